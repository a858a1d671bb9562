import type {Blocker, Layer} from '../../shared/diagnosis/blocker.ts';
import type {Evidence} from './evidence.ts';

/** Where in a bundle more stands about what suffers at this layer. */
const ofLayer: Readonly<Record<Layer, readonly string[]>> = {
	time: ['machine/time.txt', 'logs/unit/systemd-timesyncd.log'],
	host: ['machine/facts.json', 'machine/df.txt', 'machine/free.txt', 'logs/unit/kernel.log'],
	dns: ['machine/probes.json', 'network/resolvers.txt', 'logs/unit/systemd-resolved.log'],
	network: ['machine/probes.json', 'network/addresses.txt', 'network/routes.txt', 'logs/unit/systemd-networkd.log'],
	registry: ['machine/probes.json', 'appliance/release.json', 'kubernetes/events.json'],
	release: ['appliance/release.json', 'machine/probes.json'],
	storage: [
		'kubernetes/volume-claims.json',
		'kubernetes/events.json',
		'kubernetes/storage-classes.json',
		'machine/df.txt',
	],
	node: ['kubernetes/nodes.json', 'kubernetes/nodes.txt', 'logs/unit/kernel.log'],
	k3s: ['machine/k3s-unit.txt', 'logs/unit/k3s.log', 'kubernetes/api.json'],
	scheduling: ['kubernetes/nodes.txt', 'kubernetes/events.json'],
	image: ['kubernetes/events.json', 'kubernetes/images.txt', 'machine/probes.json'],
	config: ['kubernetes/events.json', 'kubernetes/secrets-without-values.json'],
	container: ['kubernetes/events.json'],
	app: ['machine/probes.json'],
	job: ['kubernetes/jobs.json', 'kubernetes/events.json'],
	helm: ['kubernetes/flux.json', 'kubernetes/events.json'],
	flux: ['kubernetes/flux.json', 'kubernetes/events.json'],
};
const ofKind: Readonly<Record<string, string>> = {
	Pod: 'kubernetes/pods.json',
	Node: 'kubernetes/nodes.json',
	Job: 'kubernetes/jobs.json',
	PersistentVolumeClaim: 'kubernetes/volume-claims.json',
	StorageClass: 'kubernetes/storage-classes.json',
	Secret: 'kubernetes/secrets-without-values.json',
	Deployment: 'kubernetes/workloads.json',
	StatefulSet: 'kubernetes/workloads.json',
	DaemonSet: 'kubernetes/workloads.json',
	ReplicaSet: 'kubernetes/workloads.json',
	OCIRepository: 'kubernetes/flux.json',
	HelmRepository: 'kubernetes/flux.json',
	HelmChart: 'kubernetes/flux.json',
	Kustomization: 'kubernetes/flux.json',
	HelmRelease: 'kubernetes/flux.json',
};
const mostLogs = 8;

/** What is wrong as the screens tell it, and for each where in this bundle the proof lies. */
export function analysisOf({view, judgement}: Evidence, files: ReadonlySet<string>, at: number) {
	const kept = new Map(judgement.memory.blockers.map(one => [one.id, one]));
	return {
		schemaVersion: 1,
		at: new Date(at).toISOString(),
		rollup: view.rollup,
		tiers: view.tiers,
		operation: view.operation,
		blockers: view.blockers.map(blocker => {
			const judged = kept.get(blocker.id);
			return {
				...blocker,
				...(judged && {subject: judged.subject, confidence: judged.confidence}),
				evidence: judged === undefined ? [] : evidenceOf(judged, files),
			};
		}),
	};
}

/** Files of the bundle that tell more about it, the nearest first. Only such as are there. */
export function evidenceOf(
	{subject, components, layer}: Pick<Blocker, 'subject' | 'components' | 'layer'>,
	files: ReadonlySet<string>,
): readonly string[] {
	const names = [subject.name, ...components];
	const logs = [...files].filter(file => {
		const [kind, of, namespace, pod = ''] = file.split('/');
		if (kind !== 'logs' || of !== 'pod' || (subject.namespace !== '' && namespace !== subject.namespace)) return false;
		return names.some(name => pod === name || pod.startsWith(`${name}-`));
	});
	const about = ofKind[subject.kind];
	const pointed = [...(about === undefined ? [] : [about]), ...logs.slice(0, mostLogs), ...ofLayer[layer]];
	return [...new Set(pointed)].filter(file => files.has(file));
}
