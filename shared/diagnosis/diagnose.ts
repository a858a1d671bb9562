import type {ClusterFacts} from '../facts/cluster.ts';
import type {HostFacts} from '../facts/host.ts';
import type {Expected} from '../readiness/components.ts';
import {indexOwnership} from '../readiness/ownership.ts';
import type {Blocker, BlockerTier, DiagnosisContext, Proof} from './blocker.ts';
import {layers} from './blocker.ts';
import type {Cause} from './cause.ts';
import {causes} from './causes.ts';
import {observeClaims, observeFlux, observeJobs, observeNodes} from './observe/objects.ts';
import {observePods} from './observe/pods.ts';
import {setScene} from './observe/scene.ts';
import {
	observeDisks,
	observeEvents,
	observeJournals,
	observeKubernetes,
	observeLogs,
	observeOperation,
	observeProbes,
} from './observe/words.ts';
import {indexParts, type Part} from './part.ts';
import {type Explained, rankCauses} from './rank.ts';
import {applyRules, type Finding} from './rule.ts';
import {rules} from './rules.ts';
import {render} from './sentence.ts';
import type {Signal} from './signal.ts';

export type DiagnosisQuestion = {
	readonly facts: {readonly host: HostFacts; readonly cluster: ClusterFacts};
	/** The release that is installed or being installed; without one only the platform can be told apart. */
	readonly expected?: Expected | undefined;
	readonly context: DiagnosisContext;
	/** What the last call returned; keeps `firstSeen`. */
	readonly previous: readonly Blocker[];
};

/** What stands in the way now, the most important first. Normal progress is never a blocker. */
export function diagnose({facts, expected, context, previous}: DiagnosisQuestion): readonly Blocker[] {
	const ownership = indexOwnership(facts.cluster);
	const parts = indexParts(facts.cluster, ownership, expected);
	const scene = setScene(facts.host, facts.cluster, context, parts, ownership);
	const surroundings = {
		airgap: context.airgap === true,
		hostResolves: facts.host.probes.some(probe => probe.check === 'dns' && probe.ok),
	};
	const findings = oncePerPart(observers.flatMap(observe => observe(scene))).flatMap(
		signal => applyRules(rules, signal, surroundings) ?? [],
	);
	const groups = group(rankCauses(withoutRepeats(findings), parts.broughtBy));
	const before = new Map(previous.map(blocker => [blocker.id, blocker]));
	return groups.map(each => toBlocker(each, context, before)).sort(compare);
}

const observers = [
	observeOperation,
	observeProbes,
	observeDisks,
	observeJournals,
	observeKubernetes,
	observeNodes,
	observeClaims,
	observeEvents,
	observePods,
	observeLogs,
	observeJobs,
	observeFlux,
];

/** Pods of one part that say the same in the same words are read once. */
function oncePerPart(signals: readonly Signal[]): readonly Signal[] {
	const first = new Map<string, Signal>();
	for (const signal of signals) {
		const {part, source, reason, text, image, subject} = signal;
		const thing = subject.kind === 'Pod' ? image : `${subject.kind}/${subject.namespace}/${subject.name}`;
		const key = [part.name, source, reason, thing, text].join('\n');
		if (!first.has(key)) first.set(key, signal);
	}
	return [...first.values()];
}

/** A hundred pods of one workload that say the same say it once: what is compared stays as small as the product. */
function withoutRepeats(findings: readonly Finding[]): readonly Finding[] {
	const first = new Map<string, Finding>();
	for (const finding of findings) {
		const {part, subject, image, source} = finding.signal;
		const thing = subject.kind === 'Pod' ? (image ?? '') : `${subject.namespace}/${subject.name}`;
		const key = [finding.cause, part.name, source, subject.kind, thing].join(' ');
		if (!first.has(key)) first.set(key, finding);
	}
	return [...first.values()];
}

type Group = {readonly id: string; readonly findings: readonly Finding[]; readonly explains: readonly Finding[]};

/** One blocker for the same cause in the same thing, however many parts suffer from it. */
function group(explained: readonly Explained[]): readonly Group[] {
	const groups = new Map<string, Group>();
	for (const {finding, explains} of explained) {
		const id = idOf(finding);
		const known = groups.get(id);
		groups.set(id, {
			id,
			findings: [...(known?.findings ?? []), finding],
			explains: [...(known?.explains ?? []), ...explains],
		});
	}
	return [...groups.values()];
}

function idOf({cause, signal, values}: Finding): string {
	const {part, subject} = signal;
	switch (causes[cause].per) {
		case 'site':
			return cause;
		case 'host':
			return `${cause}/${values['host'] ?? hostIn(signal.text) ?? part.name}`;
		case 'image':
			return `${cause}/${values['image'] ?? signal.image ?? part.name}`;
		case 'component':
			return `${cause}/${part.name}`;
		case 'object':
			return `${cause}/${subject.kind}/${subject.namespace}/${subject.name}`;
	}
}

/** The server a failed request went to. */
const hostIn = (text: string): string | undefined => /https?:\/\/(?<host>[^/"\s:]+)/u.exec(text)?.groups?.['host'];

const tierOrder: readonly BlockerTier[] = ['platform', 'core', 'bootstrap', 'login', 'background'];

function toBlocker(
	{id, findings, explains}: Group,
	{loginReady, now}: DiagnosisContext,
	before: ReadonlyMap<string, Blocker>,
): Blocker {
	const [first, ...others] = [...findings].sort((a, b) => tierOf(a) - tierOf(b));
	if (!first) throw new RangeError('a group has at least one finding');
	const cause: Cause = causes[first.cause];
	const {part, subject} = first.signal;
	const values = {...Object.assign({}, ...[...others, first].map(valuesOf)), component: part.title} as Readonly<
		Record<string, string>
	>;
	const holdsLogin = part.tier !== 'background' || explains.some(finding => keepsFromLogin(finding, part));
	const loginBlocking = holdsLogin && !loginReady && !cause.warning;
	const sources = new Set(findings.map(finding => finding.signal.source));
	return {
		id,
		cause: first.cause,
		component: part.name,
		components: [...new Set([first, ...others, ...explains].map(finding => finding.signal.part.name))],
		subject,
		tier: part.tier,
		phase: cause.phase === 'component' ? part.phase : cause.phase,
		layer: cause.layer,
		severity: cause.warning
			? 'warning'
			: loginBlocking
				? 'critical'
				: part.tier === 'background'
					? 'background'
					: 'warning',
		summary: render(cause.summary, values),
		why: render(cause.why, values),
		nextStep: render(cause.next, values),
		proof: proofOf([first, ...others, ...explains]),
		retrySafe: cause.retry !== 'unsafe',
		retryHelps: cause.helps ?? 'after-fix',
		selfHeals: cause.selfHeals === true,
		owner: cause.owner ?? 'you',
		loginBlocking,
		confidence: cause.symptom ? 'guess' : sources.size > 1 ? 'certain' : 'likely',
		command: render(cause.shows ?? 'alga-appliance status --all', {...values, component: part.name}),
		...(cause.fix === undefined ? {} : {fix: cause.fix}),
		firstSeen: before.get(id)?.firstSeen ?? now,
		lastSeen: now,
		explains: [
			...new Set(
				explains.map(finding =>
					render(causes[finding.cause].summary, {...valuesOf(finding), component: finding.signal.part.title}),
				),
			),
		],
	};
}

/** A background part can hold up the bootstrap that waits for it; what Flux or Helm say of the whole proves nothing. */
const keepsFromLogin = ({cause, signal}: Finding, part: Part): boolean =>
	signal.part.tier !== 'background' &&
	signal.part.needs.has(part.name) &&
	!['helm', 'flux'].includes(causes[cause].layer);

const tierOf = ({signal}: Finding): number => tierOrder.indexOf(signal.part.tier);

/** The values a cause's sentences may use; several groups can mean the same thing in one pattern. */
function valuesOf({signal, values}: Finding): Readonly<Record<string, string>> {
	const {
		host,
		peer,
		name,
		path,
		dir,
		file,
		other,
		stat,
		module,
		object,
		node,
		mod,
		server,
		asked,
		key,
		image,
		detail,
		next,
	} = values;
	const known = {
		host: host ?? peer ?? name,
		path: path ?? dir ?? file ?? stat ?? module ?? other,
		object: object ?? node ?? mod ?? name ?? serviceBehind(signal.text),
		server: server ?? asked,
		key: key ?? values['var'] ?? name ?? other,
		image: image ?? signal.image,
		detail: detail && detail.length > 3 ? detail : undefined,
		next,
	};
	return Object.fromEntries(Object.entries(known).flatMap(([word, value]) => (value ? [[word, value]] : [])));
}

/** Which service a port belongs to: the address alone does not tell a person anything. */
const services: Readonly<Record<string, string>> = {
	'5432': 'Postgres',
	'6432': 'PgBouncer',
	'6379': 'Redis',
	'7233': 'Temporal',
};
const serviceBehind = (text: string): string | undefined =>
	Object.entries(services).find(([port]) => new RegExp(`:${port}\\b`, 'u').test(text))?.[1];

/** Where each line was read, without saying the same twice; at most ten. */
function proofOf(findings: readonly Finding[]): readonly Proof[] {
	const seen = new Map<string, Proof>();
	for (const {signal} of findings) {
		const text = signal.text.trim().slice(0, 1000) || signal.reason;
		if (!seen.has(text)) seen.set(text, {from: whereFrom(signal), text, at: signal.at});
	}
	return [...seen.values()].slice(0, 10);
}

function whereFrom({source, subject, container, reason}: Finding['signal']): string {
	const name = [subject.kind, subject.namespace, subject.name].filter(Boolean).join('/');
	return source === 'log' || source === 'pod'
		? [name, container, reason].filter(Boolean).join(' ')
		: `${name} ${reason}`;
}

const severities = ['critical', 'background', 'warning', 'info'] as const;

function compare(a: Blocker, b: Blocker): number {
	return (
		Number(b.loginBlocking) - Number(a.loginBlocking) ||
		severities.indexOf(a.severity) - severities.indexOf(b.severity) ||
		Number(a.confidence === 'guess') - Number(b.confidence === 'guess') ||
		layers.indexOf(a.layer) - layers.indexOf(b.layer) ||
		a.firstSeen - b.firstSeen ||
		(a.id < b.id ? -1 : 1)
	);
}
