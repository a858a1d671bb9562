import {parse, stringify} from 'yaml';
import type {NetworkSettings} from '../../../shared/network/settings.ts';
import {onHost} from '../../engine/paths.ts';

/** A file as it is to be; `undefined` content: it is to be absent. */
export type WantedFile = {readonly path: string; readonly mode: number; readonly content: string | undefined};

export const netplanFolder = '/etc/netplan';
export const ourNetplan = `${netplanFolder}/90-alga-appliance.yaml`;
/** Sorts before what systems and installers write: the first file that matches an interface is the one used. */
export const networkdFiles = {
	link: '/etc/systemd/network/05-alga-appliance.network',
	vlan: '/etc/systemd/network/05-alga-appliance-vlan.network',
	device: '/etc/systemd/network/05-alga-appliance-vlan.netdev',
};
/** Cloud-init would write the network of the first boot again. */
const cloudInit = '/etc/cloud/cloud.cfg.d/99-alga-appliance-network.cfg';

type Tree = Readonly<Record<string, unknown>>;
const treeOf = (value: unknown): Tree =>
	typeof value === 'object' && value !== null && !Array.isArray(value) ? Object(value) : {};

const addressing = (settings: NetworkSettings): Tree => ({
	...(settings.address.mode === 'dhcp'
		? {dhcp4: true, ...(settings.dns.mode === 'custom' && {'dhcp4-overrides': {'use-dns': false}})}
		: {
				dhcp4: false,
				addresses: [`${settings.address.address}/${settings.address.prefix}`],
				...(settings.address.gateway && {routes: [{to: 'default', via: settings.address.gateway}]}),
			}),
	...(settings.dns.mode === 'custom' && {
		nameservers: {
			addresses: settings.dns.servers,
			...(settings.dns.searchDomains.length > 0 && {search: settings.dns.searchDomains}),
		},
	}),
});

/**
 * The whole of netplan's configuration with one interface replaced (netplan-yaml(5)). Netplan joins the lists of its
 * files, so an address in another file would stay beside ours: what the others say is taken over here, and they are
 * moved out of the way.
 */
export function netplanYaml(merged: string, settings: NetworkSettings): string {
	const network = treeOf(treeOf(parse(merged)).network);
	const ethernets = treeOf(network.ethernets);
	const before = treeOf(ethernets[settings.link]);
	const {match, 'set-name': name, macaddress, mtu, wakeonlan} = before;
	const card = Object.fromEntries(
		Object.entries({match, 'set-name': name, macaddress, mtu, wakeonlan}).filter(([, value]) => value !== undefined),
	);
	const vlanName = `${settings.link}.${settings.vlan}`;
	const otherVlans = Object.fromEntries(
		Object.entries(treeOf(network.vlans)).filter(([, vlan]) => treeOf(vlan).link !== settings.link),
	);
	const vlans =
		settings.vlan === undefined
			? otherVlans
			: {...otherVlans, [vlanName]: {id: settings.vlan, link: settings.link, ...addressing(settings)}};
	return `# Written by the Alga appliance. Change it there: Network, or alga-appliance network.\n${stringify({
		network: {
			version: 2,
			...network,
			ethernets: {
				...ethernets,
				[settings.link]: settings.vlan === undefined ? {...card, ...addressing(settings)} : {...card, dhcp4: false},
			},
			...(Object.keys(vlans).length > 0 ? {vlans} : {vlans: undefined}),
		},
	})}`;
}

/** The same for machines without netplan (systemd.network(5), systemd.netdev(5)). */
export function networkdUnits(settings: NetworkSettings): readonly WantedFile[] {
	const {address, dns, link, vlan} = settings;
	const lines = [
		'[Network]',
		...(address.mode === 'dhcp' ? ['DHCP=ipv4'] : [`Address=${address.address}/${address.prefix}`]),
		...(address.mode === 'static' && address.gateway ? [`Gateway=${address.gateway}`] : []),
		...(dns.mode === 'custom' ? dns.servers.map(server => `DNS=${server}`) : []),
		...(dns.mode === 'custom' && dns.searchDomains.length > 0 ? [`Domains=${dns.searchDomains.join(' ')}`] : []),
		...(address.mode === 'dhcp' && dns.mode === 'custom' ? ['', '[DHCPv4]', 'UseDNS=no'] : []),
		'',
	];
	const unit = (match: string, body: readonly string[]) =>
		['# Written by the Alga appliance.', '[Match]', `Name=${match}`, '', ...body].join('\n');
	const tagged = vlan === undefined ? undefined : `${link}.${vlan}`;
	return [
		{
			path: networkdFiles.link,
			mode: 0o644,
			content:
				tagged === undefined
					? unit(link, lines)
					: unit(link, ['[Network]', `VLAN=${tagged}`, 'LinkLocalAddressing=no', '']),
		},
		{path: networkdFiles.vlan, mode: 0o644, content: tagged && unit(tagged, lines)},
		{
			path: networkdFiles.device,
			mode: 0o644,
			content: tagged && ['[NetDev]', `Name=${tagged}`, 'Kind=vlan', '', '[VLAN]', `Id=${vlan}`, ''].join('\n'),
		},
	];
}

/** Files beside the interface's own: name lookup for the host and for Kubernetes alike (DESIGN D11), and time. */
export function siteFiles(
	settings: Pick<NetworkSettings, 'dns' | 'timeServers'>,
	upstream: readonly string[],
): readonly WantedFile[] {
	const {dns, timeServers} = settings;
	const servers = (dns.mode === 'custom' ? dns.servers : upstream).slice(0, 3);
	return [
		{
			path: onHost.resolvers,
			mode: 0o644,
			content: servers.length === 0 ? undefined : servers.map(server => `nameserver ${server}\n`).join(''),
		},
		{
			path: onHost.resolved,
			mode: 0o644,
			content: dns.mode === 'custom' ? `[Resolve]\nDNS=${dns.servers.join(' ')}\nDomains=~.\n` : undefined,
		},
		{
			path: onHost.timesyncd,
			mode: 0o644,
			content: timeServers.length > 0 ? `[Time]\nNTP=${timeServers.join(' ')}\n` : undefined,
		},
	];
}

export const withoutCloudInit: WantedFile = {path: cloudInit, mode: 0o644, content: 'network: {config: disabled}\n'};
