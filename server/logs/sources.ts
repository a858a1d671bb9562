import type {ClusterFacts, Pod} from '../../shared/facts/cluster.ts';
import type {LogSourceView} from '../../shared/view/view.ts';

/** What a source's id means. Ids hold no slash: they stand in a path. */
export type Source =
	| {readonly kind: 'operation'; readonly id: string}
	| {readonly kind: 'unit'; readonly unit: string}
	| {readonly kind: 'container'; readonly namespace: string; readonly pod: string; readonly container: string};

/** The units whose journal explains an appliance. */
export const units = [
	'k3s',
	'alga-appliance',
	'alga-appliance-gateway',
	'kernel',
	'systemd-resolved',
	'systemd-timesyncd',
	'systemd-networkd',
] as const;
const unitTitles: Partial<Record<string, string>> = {
	k3s: 'Kubernetes (k3s)',
	'alga-appliance': 'Appliance engine',
	'alga-appliance-gateway': 'Appliance web page',
	kernel: 'Kernel',
	'systemd-resolved': 'Name lookup (systemd-resolved)',
	'systemd-timesyncd': 'Time (systemd-timesyncd)',
	'systemd-networkd': 'Network (systemd-networkd)',
};

const name = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/u;

/** The source an id names, or undefined: ids come from outside and become paths. */
export function parseSource(id: string): Source | undefined {
	const [kind, first = '', pod = '', container = '', ...rest] = id.split(':');
	if (rest.length > 0) return undefined;
	if (kind === 'operation' && /^[\w.-]{1,100}$/u.test(first) && pod === '') return {kind, id: first};
	if (kind === 'unit' && units.some(unit => unit === first) && pod === '') return {kind, unit: first};
	if (kind === 'pod' && name.test(first) && name.test(pod) && name.test(container))
		return {kind: 'container', namespace: first, pod, container};
	return undefined;
}

/** Every log there is, operations first; the same list object while nothing changed. */
export function sourceLister(): (
	operations: readonly {readonly id: string}[],
	pods: ClusterFacts['pods'],
) => readonly LogSourceView[] {
	let before:
		| {readonly key: string; readonly pods: readonly Pod[]; readonly list: readonly LogSourceView[]}
		| undefined;
	const none: readonly Pod[] = [];
	return (operations, fact) => {
		const pods = fact.state === 'unknown' ? none : fact.value;
		const key = operations.map(each => each.id).join();
		if (before?.key === key && before.pods === pods) return before.list;
		const list = [
			...operations.map(
				(each): LogSourceView => ({id: `operation:${each.id}`, title: `Operation ${each.id}`, kind: 'operation'}),
			),
			...units.map((unit): LogSourceView => ({id: `unit:${unit}`, title: unitTitles[unit] ?? unit, kind: 'unit'})),
			...pods.toSorted(byPlace).flatMap(containersOf),
		];
		before = {key, pods, list};
		return list;
	};
}

/** The application first, then what runs it. */
const order = ['msp', 'alga-system', 'flux-system', 'kube-system'];
const rank = (namespace: string) => (order.includes(namespace) ? order.indexOf(namespace) : order.length);
const byPlace = (a: Pod, b: Pod): number => rank(a.namespace) - rank(b.namespace) || a.name.localeCompare(b.name);

function containersOf(pod: Pod): readonly LogSourceView[] {
	const component = pod.labels['app.kubernetes.io/name'] ?? pod.labels['app.kubernetes.io/instance'] ?? pod.labels.app;
	return [...pod.containers, ...pod.initContainers].map(container => ({
		id: `pod:${pod.namespace}:${pod.name}:${container.name}`,
		title: pod.containers.length + pod.initContainers.length > 1 ? `${pod.name} (${container.name})` : pod.name,
		kind: 'container',
		...(component !== undefined && {component}),
	}));
}
