import type {Rule} from '../rule.ts';

/** Words nobody foresaw, read last: what they kept from happening is known all the same, and is never passed over. */
export const unforeseenRules: readonly Rule[] = [
	{cause: 'start-unexplained', from: ['event'], reason: /^(?:FailedScheduling|Failed)$/u},
	{cause: 'start-unexplained', from: ['pod'], unless: /^$/u},
	{cause: 'registry-auth-denied', from: ['flux'], reason: /^AuthenticationFailed$/u},
	{cause: 'none', from: ['flux'], when: ({subject}) => subject.kind === 'Pod'},
	{
		cause: 'flux-source-missing',
		from: ['flux'],
		when: ({subject}) => /^(?:OCIRepository|HelmRepository|HelmChart|GitRepository|Bucket)$/u.test(subject.kind),
	},
	{cause: 'flux-unexplained', from: ['flux']},
	{cause: 'bootstrap-job-failed', from: ['job']},
	{cause: 'apiserver-down', from: ['journal'], reason: /^k3s/u, text: /level=(?:fatal|panic)|^F\d{4} |^panic: /mu},
	{cause: 'resolver-failing', from: ['probe'], reason: /^(?:dns|resolver)$/u},
	{cause: 'registry-unavailable', from: ['probe'], reason: /^(?:registry|release)$/u},
	{cause: 'proxy-unreachable', from: ['probe'], reason: /^proxy$/u},
	{cause: 'insufficient-cpu', from: ['probe'], reason: /^cpu$/u},
];
