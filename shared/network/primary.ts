import type {Address, Link, NetworkFacts} from '../facts/host.ts';

/** An interface that leads out of the machine: a card, or what a container has in place of one. */
export const leadsOut = (network: NetworkFacts, link: Link): boolean =>
	link.name !== 'lo' &&
	(link.physical || network.routes.some(route => route.destination === 'default' && route.device === link.name));

/**
 * The address people reach this machine at: the interface of the default route first, then other interfaces with a
 * device behind them; never one of the cluster, never link-local while there is another.
 */
export function primaryAddress(network: NetworkFacts | undefined): (Address & {readonly link: string}) | undefined {
	if (network === undefined) return undefined;
	const routed = network.routes
		.filter(route => route.destination === 'default')
		.sort((a, b) => (a.metric ?? 0) - (b.metric ?? 0))[0]?.device;
	const rank = (link: Link) => (link.name === routed ? 0 : link.physical && link.carrier ? 1 : link.physical ? 2 : 3);
	const candidates = network.links
		.filter(link => link.name !== 'lo' && (link.physical || link.name === routed))
		.sort((a, b) => rank(a) - rank(b))
		.flatMap(link => link.addresses.map(address => ({...address, link: link.name})));
	return (
		candidates.find(one => one.family === 4 && one.origin !== 'link-local') ??
		candidates.find(one => one.origin !== 'link-local') ??
		candidates[0]
	);
}
