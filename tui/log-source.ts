import type {ComponentView, LogSourceView, View} from '../shared/view/view.ts';

/** Parts that are no workload, and whose log tells of them. */
const standIns: Readonly<Partial<Record<string, string>>> = {
	host: 'kernel',
	node: 'k3s',
	kubernetes: 'k3s',
	flux: 'source-controller',
	release: 'source-controller',
};

/** The component of this name or title, in any spelling of capitals. */
export function findComponent({components}: Pick<View, 'components'>, wanted: string): ComponentView | undefined {
	const same = sameAs(wanted);
	return components.find(({name}) => same(name)) ?? components.find(({title}) => same(title));
}

/**
 * The log that is meant by an id, a title, a component, a container, a pod or the beginning of a pod's name. What fits
 * best wins, then what stands first in the list: containers stand before those that only prepare them.
 */
export function findLog(view: Pick<View, 'components' | 'logs'>, wanted: string): LogSourceView | undefined {
	const name = findComponent(view, wanted)?.name ?? standIns[wanted.toLowerCase()] ?? wanted;
	const ranked = view.logs
		.map(source => ({source, rank: rankOf(source, wanted, name)}))
		.filter(({rank}) => rank !== undefined);
	const best = ranked.reduce((least, {rank = least}) => Math.min(least, rank), Number.POSITIVE_INFINITY);
	const fitting = ranked.filter(({rank}) => rank === best).map(({source}) => source);
	// Of workloads whose names begin alike, the one with the shortest name is nearest to what was asked for.
	const length = ({component = ''}: LogSourceView) => component.length;
	return fitting.reduce<LogSourceView | undefined>(
		(first, source) => (first === undefined || length(source) < length(first) ? source : first),
		undefined,
	);
}

/** How well a log fits, 0 best; undefined when it does not. */
function rankOf({id, title, component}: LogSourceView, wanted: string, name: string): number | undefined {
	const [, first = '', pod = '', container = ''] = id.split(':');
	const named = sameAs(name);
	const asked = sameAs(wanted);
	const beginning = `${name.toLowerCase()}-`;
	const fits = [
		id === wanted,
		asked(title) || (pod === '' && named(first)),
		component !== undefined && named(component),
		pod !== '' && named(container),
		pod !== '' && (asked(pod) || asked(`${first}/${pod}`)),
		component?.endsWith(`-${name.toLowerCase()}`) === true,
		pod.startsWith(beginning),
	];
	const at = fits.indexOf(true);
	return at < 0 ? undefined : at;
}

const sameAs = (wanted: string) => (name: string) => name.toLowerCase() === wanted.toLowerCase();
