import type {Pod} from '../../shared/facts/cluster.ts';
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

/** A container whose log is somewhere. */
export type ContainerName = {readonly namespace: string; readonly pod: string; readonly container: string};
type Lister = (
	operations: readonly {readonly id: string}[],
	containers: readonly ContainerName[] | readonly Pod[],
) => readonly LogSourceView[];

/** Every log there is, operations first; the same list object while nothing changed. */
export function sourceLister(): Lister {
	let before: {readonly key: string; readonly containers: unknown; readonly list: readonly LogSourceView[]} | undefined;
	return (operations, containers) => {
		const key = operations.map(each => each.id).join();
		if (before?.key === key && before.containers === containers) return before.list;
		const list = [
			...operations.map(
				(each): LogSourceView => ({id: `operation:${each.id}`, title: `Operation ${each.id}`, kind: 'operation'}),
			),
			...units.map((unit): LogSourceView => ({id: `unit:${unit}`, title: unitTitles[unit] ?? unit, kind: 'unit'})),
			...containers
				.flatMap(each => ('container' in each ? [containerSource(each)] : podSources(each)))
				.sort(byPlace)
				.map(each => each.view),
		];
		before = {key, containers, list};
		return list;
	};
}

/** The application first, then what runs it. */
const order = ['msp', 'alga-system', 'flux-system', 'kube-system'];
const rank = (namespace: string) => (order.includes(namespace) ? order.indexOf(namespace) : order.length);
type Placed = {readonly namespace: string; readonly pod: string; readonly view: LogSourceView};
const byPlace = (a: Placed, b: Placed): number => rank(a.namespace) - rank(b.namespace) || a.pod.localeCompare(b.pod);

function podSources(pod: Pod): readonly Placed[] {
	const component = pod.labels['app.kubernetes.io/name'] ?? pod.labels['app.kubernetes.io/instance'] ?? pod.labels.app;
	const containers = [...pod.containers, ...pod.initContainers];
	return containers.map(({name: container}) => {
		const {namespace, name: of} = pod;
		const {view} = containerSource({namespace, pod: of, container});
		const title = containers.length > 1 ? view.title : of;
		return {namespace, pod: of, view: {...view, title, ...(component !== undefined && {component})}};
	});
}

function containerSource({namespace, pod, container}: ContainerName): Placed {
	return {
		namespace,
		pod,
		view: {id: `pod:${namespace}:${pod}:${container}`, title: `${pod} (${container})`, kind: 'container'},
	};
}
