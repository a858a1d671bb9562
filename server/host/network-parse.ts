import * as z from 'zod';
import type {Link, NetworkFacts, Resolver, Route} from '../../shared/facts/host.ts';
import {fail, ok, type Result} from '../../shared/problem.ts';

/** `ip -json -details addr` (iproute2 6), only the fields read. */
const IpAddr = z.array(
	z.object({
		ifname: z.string(),
		flags: z.array(z.string()).default([]),
		mtu: z.number(),
		address: z.string().optional(),
		link_type: z.string().optional(),
		linkinfo: z.object({info_kind: z.string().optional()}).optional(),
		addr_info: z
			.array(
				z.object({
					local: z.string().optional(),
					prefixlen: z.number(),
					family: z.string(),
					scope: z.string().optional(),
					dynamic: z.boolean().optional(),
				}),
			)
			.default([]),
	}),
);
const IpRoute = z.array(
	z.object({
		dst: z.string(),
		gateway: z.string().optional(),
		dev: z.string().optional(),
		metric: z.number().optional(),
	}),
);

/** Kinds that are made by software: bridges, container ends, tunnels. A physical card has none; a VLAN stands for one. */
const softwareKinds = new Set([
	'bridge',
	'veth',
	'vxlan',
	'dummy',
	'tun',
	'ipip',
	'wireguard',
	'ifb',
	'macvlan',
	'ipvlan',
	'geneve',
	'gre',
]);

export function parseAddresses(text: string): Result<readonly Link[]> {
	const parsed = IpAddr.safeParse(tryJson(text));
	if (!parsed.success) return malformed('network addresses', parsed.error);
	return ok(
		parsed.data.map(link => ({
			name: link.ifname,
			physical: link.link_type !== 'loopback' && !softwareKinds.has(link.linkinfo?.info_kind ?? ''),
			carrier: link.flags.includes('LOWER_UP'),
			mtu: link.mtu,
			...(link.address && {mac: link.address}),
			addresses: link.addr_info.flatMap(one =>
				one.local === undefined
					? []
					: [
							{
								address: one.local,
								prefix: one.prefixlen,
								family: one.family === 'inet6' ? (6 as const) : (4 as const),
								origin:
									one.scope === 'link' || one.local.startsWith('169.254.')
										? ('link-local' as const)
										: one.dynamic
											? ('dhcp' as const)
											: ('static' as const),
							},
						],
			),
		})),
	);
}

export function parseRoutes(text: string): Result<readonly Route[]> {
	const parsed = IpRoute.safeParse(tryJson(text));
	if (!parsed.success) return malformed('routes', parsed.error);
	return ok(
		parsed.data.map(({dst, gateway, dev, metric}) => ({
			destination: dst,
			device: dev ?? '',
			...(gateway && {gateway}),
			...(metric !== undefined && {metric}),
		})),
	);
}

/** systemd-networkd's own account (`networkctl --json`): which servers, and who gave them. */
const Networkctl = z.object({
	Interfaces: z.array(
		z.object({
			Name: z.string(),
			DNS: z
				.array(z.object({Family: z.number(), Address: z.array(z.number()), ConfigSource: z.string().optional()}))
				.default([]),
			SearchDomains: z.array(z.object({Domain: z.string()})).default([]),
		}),
	),
});

export function parseNetworkctl(text: string): Pick<NetworkFacts, 'resolvers' | 'searchDomains'> | undefined {
	const parsed = Networkctl.safeParse(tryJson(text));
	if (!parsed.success) return undefined;
	const resolvers = parsed.data.Interfaces.flatMap(link =>
		link.DNS.map(one => ({address: addressOf(one.Address), origin: originOf(one.ConfigSource), link: link.Name})),
	);
	return {
		resolvers,
		searchDomains: [...new Set(parsed.data.Interfaces.flatMap(link => link.SearchDomains.map(one => one.Domain)))],
	};
}

const originOf = (source: string | undefined): Resolver['origin'] =>
	source?.startsWith('DHCP') || source === 'NDisc' ? 'dhcp' : source === 'static' ? 'static' : 'unknown';

function addressOf(octets: readonly number[]): string {
	if (octets.length === 4) return octets.join('.');
	const groups = Array.from({length: 8}, (_, index) =>
		(((octets[index * 2] ?? 0) << 8) | (octets[index * 2 + 1] ?? 0)).toString(16),
	);
	return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

/** resolv.conf(5): the servers and search domains in it. */
export function parseResolvConf(text: string): Pick<NetworkFacts, 'resolvers' | 'searchDomains'> {
	const servers = [...text.matchAll(/^nameserver\s+(\S+)/gm)].map(([, address]) => ({
		address: address ?? '',
		origin: 'resolv.conf' as const,
	}));
	const search = [...text.matchAll(/^search\s+(.+)$/gm)].at(-1)?.[1]?.split(/\s+/) ?? [];
	return {resolvers: servers, searchDomains: search};
}

function tryJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined; // The schema says it is not what was expected.
	}
}

const malformed = (what: string, error: z.ZodError) =>
	fail({
		code: 'answer.malformed' as const,
		what: `The system gave its ${what} in a form we do not know.`,
		next: 'Send a support bundle.',
		detail: z.prettifyError(error).slice(0, 1000),
	});
