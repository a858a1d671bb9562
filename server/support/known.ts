import * as z from 'zod';
import {lastSeen} from '../../shared/facts/fact.ts';
import {weightOf} from '../../shared/redact/keys.ts';
import {isHarmless} from '../../shared/redact/values.ts';
import type {Cluster} from '../cluster/cluster.ts';
import type {Host} from '../host/host.ts';
import type {Evidence} from './evidence.ts';

/** Files whose content is a secret of this machine, a line or a field each. They are read for masking only. */
const files = [
	'/var/lib/alga-appliance/setup-token',
	'/var/lib/rancher/k3s/server/token',
	'/var/lib/rancher/k3s/server/agent-token',
	'/var/lib/rancher/k3s/server/cred/passwd',
	'/etc/rancher/node/password',
] as const;
const mostSecrets = 300;

/**
 * Every value that must not be in the bundle, whatever it stands in: the engine's own, k3s's, and what Kubernetes keeps in
 * Secrets. Values stay in memory. What cannot be read now is left to the redactor's rules.
 */
export async function knownSecrets(
	{host, cluster, evidence}: {readonly host: Host; readonly cluster: Cluster; readonly evidence: Evidence},
	signal: AbortSignal,
): Promise<readonly string[]> {
	const known = new Set(evidence.secrets);
	for (const file of files) {
		const content = await host.readFile(file);
		if (!content.ok) continue;
		for (const line of content.value.split('\n').map(one => one.trim())) {
			known.add(file.endsWith('passwd') ? (line.split(',')[0] ?? '') : line);
			known.add(line.split(':').at(-1) ?? '');
		}
	}
	for (const secret of (lastSeen(evidence.cluster.secrets) ?? []).slice(0, mostSecrets)) {
		if (signal.aborted || secret.kind !== 'Secret') continue;
		const {name, namespace} = secret;
		const got = await cluster.get({apiVersion: 'v1', kind: 'Secret', name, namespace}, signal);
		const data = got.ok ? Data.safeParse(got.value?.data).data : undefined;
		if (got.ok)
			for (const [key, value] of Object.entries(data ?? {}))
				addValue(known, key, Buffer.from(value, 'base64').toString('utf8'));
		if (!got.ok && got.problem.code === 'cluster.unreachable') break; // None of the others would answer either.
	}
	return [...known].filter(value => value.length >= 4);
}

const Data = z.record(z.string(), z.string());

/** A Secret also holds names and addresses; masking those would make the bundle useless. */
function addValue(known: Set<string>, key: string, value: string): void {
	const weight = weightOf(key);
	const text = value.trim();
	if (text === '' || text.includes('\ufffd') || isHarmless(text, weight === 'none' ? 'weak' : weight)) return;
	if (weight !== 'none') known.add(text);
	else if (/PRIVATE KEY/u.test(text) || (/^[\w+/=.~-]{16,}$/u.test(text) && /\d/u.test(text) && /[A-Za-z]/u.test(text)))
		known.add(text);
}
