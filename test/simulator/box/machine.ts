import type {Instant} from '../../../shared/facts/fact.ts';

/** What the box is, apart from its files and services. Commands change it. */
export type Machine = {
	hostname: string;
	timezone: string;
	bootId: string;
	bootedAt: Instant;
	power: 'on' | 'off';
	/** Servers set by hand (systemd-resolved), which go before the network's. */
	ownResolvers: readonly string[];
	network: {address: string; prefix: number; gateway: string; resolvers: readonly string[]; origin: 'dhcp' | 'static'};
};

export const freshMachine = (bootId: string, now: Instant): Machine => ({
	hostname: 'alga-appliance',
	timezone: 'Etc/UTC',
	bootId,
	bootedAt: now - 95_000,
	power: 'on',
	ownResolvers: [],
	network: {address: '192.168.64.8', prefix: 24, gateway: '192.168.64.1', resolvers: ['192.168.64.1'], origin: 'dhcp'},
});

/** The address of the network's own name server: only that one is in trouble when a scenario says so. */
export const networkResolver = '192.168.64.1';

/** Name servers in the order they are asked. */
export const resolversOf = ({ownResolvers, network}: Machine): readonly string[] =>
	ownResolvers.length > 0 ? ownResolvers : network.resolvers;
