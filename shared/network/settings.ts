import * as z from 'zod';
import {lastSeen} from '../facts/fact.ts';
import type {HostFacts} from '../facts/host.ts';
import {fail, ok, type Result} from '../problem.ts';
import type {SetupAnswers} from '../setup/form.ts';
import {hostName, listOf, nameServer, proxyUrl, searchDomain, timeServer} from '../setup/values.ts';
import {sameNetwork, within} from './address.ts';
import {isAskedFor, type SettingName, type SettingValues, settingNames} from './change.ts';
import {primaryAddress} from './primary.ts';

/** How one setting is asked for and checked. Console, page and command line are generated from this list. */
export type Setting = {
	readonly name: SettingName;
	readonly label: string;
	readonly help: string;
	readonly example?: string;
	readonly choices?: readonly {readonly value: string; readonly label: string}[];
	/** Asked for only while another setting holds this value. */
	readonly onlyWhen?: {readonly name: SettingName; readonly is: string};
	readonly schema: z.ZodType<string, string>;
};

const optional = (schema: z.ZodType<string, string>) =>
	z
		.string()
		.trim()
		.pipe(z.union([z.literal(''), schema]));
const interfaceName = z
	.string()
	.trim()
	.regex(/^[A-Za-z][A-Za-z0-9_.-]{0,14}$/, 'not the name of an interface; example: eth0');
const staticAddress = z
	.string()
	.trim()
	.pipe(z.cidrv4('an IPv4 address with its prefix is needed; example: 192.168.64.20/24'))
	.refine(typed => {
		const prefix = Number(typed.split('/')[1]);
		return prefix >= 8 && prefix <= 30;
	}, 'the prefix must be from 8 to 30; example: 192.168.64.20/24')
	.refine(
		typed => !/^(?:0|127|22[4-9]|23\d|24\d|25[0-5])\.|^169\.254\./.test(typed),
		'not an address a machine can have',
	);

export const networkSettings: readonly Setting[] = [
	{
		name: 'link',
		label: 'Interface',
		help: 'The network card that is changed; the others stay as they are.',
		schema: interfaceName,
	},
	{
		name: 'mode',
		label: 'Address',
		help: 'An appliance that people log in to is easier to find at a fixed address, or with a reservation in DHCP.',
		choices: [
			{value: 'dhcp', label: 'by DHCP'},
			{value: 'static', label: 'fixed'},
		],
		schema: z.enum(['dhcp', 'static'], 'choose dhcp or static'),
	},
	{
		name: 'address',
		label: 'Fixed address',
		example: '192.168.64.20/24',
		help: 'With its prefix. It must be free in this network and outside of what DHCP gives away.',
		onlyWhen: {name: 'mode', is: 'static'},
		schema: staticAddress,
	},
	{
		name: 'gateway',
		label: 'Gateway',
		example: '192.168.64.1',
		help: 'Empty where nothing outside this network is to be reached.',
		onlyWhen: {name: 'mode', is: 'static'},
		schema: optional(z.ipv4('not an IPv4 address; example: 192.168.64.1')),
	},
	{
		name: 'vlan',
		label: 'VLAN',
		example: '120',
		help: 'Only where the switch hands this network over tagged. Empty: untagged.',
		schema: optional(
			z
				.string()
				.regex(/^\d{1,4}$/, 'a number from 1 to 4094')
				.refine(typed => Number(typed) >= 1 && Number(typed) <= 4094, 'a number from 1 to 4094'),
		),
	},
	{
		name: 'dnsMode',
		label: 'Name lookup',
		help: 'Sites with Active Directory or internal names should keep what the network gives.',
		choices: [
			{value: 'system', label: 'as the network gives it'},
			{value: 'custom', label: 'my own servers'},
		],
		schema: z.enum(['system', 'custom'], 'choose system or custom'),
	},
	{
		name: 'dnsServers',
		label: 'Name servers',
		example: '10.0.0.10, 10.0.0.11',
		help: 'One to three addresses. They are used by this machine and by everything in the cluster.',
		onlyWhen: {name: 'dnsMode', is: 'custom'},
		schema: listOf(nameServer, {least: 1, most: 3, what: 'name server', example: '10.0.0.10, 10.0.0.11'}),
	},
	{
		name: 'searchDomains',
		label: 'Search domains',
		example: 'corp.example',
		help: 'Added to short names that are looked up. Usually empty.',
		onlyWhen: {name: 'dnsMode', is: 'custom'},
		schema: listOf(searchDomain, {least: 0, most: 6, what: 'search domain', example: 'corp.example'}),
	},
	{
		name: 'timeServers',
		label: 'Time servers',
		example: 'ntp.example.com',
		help: 'Empty: the ones Ubuntu comes with, or those DHCP names.',
		schema: listOf(timeServer, {least: 0, most: 4, what: 'time server', example: 'ntp.example.com'}),
	},
	{
		name: 'httpProxy',
		label: 'Proxy',
		example: 'http://10.0.9.9:3128',
		help: 'Only where machines may not reach the internet directly.',
		schema: optional(proxyUrl),
	},
	{
		name: 'noProxy',
		label: 'Not through it',
		example: 'corp.example, 10.0.0.0/8',
		help: 'Names and ranges that are reached directly. The cluster’s own are always among them.',
		schema: listOf(z.string().max(200, 'at most 200 characters'), {
			least: 0,
			most: 30,
			what: 'entry',
			example: 'corp.example',
		}),
	},
	{
		name: 'hostName',
		label: 'Host name',
		example: 'alga-01',
		help: 'What this machine calls itself. Kubernetes keeps the name it was installed with.',
		schema: hostName,
	},
];

/** What is to be: the settings in their kept form. */
export type NetworkSettings = {
	readonly link: string;
	readonly address:
		| {readonly mode: 'dhcp'}
		| {readonly mode: 'static'; readonly address: string; readonly prefix: number; readonly gateway?: string};
	readonly vlan?: number;
	readonly dns:
		| {readonly mode: 'system'}
		| {readonly mode: 'custom'; readonly servers: string[]; readonly searchDomains: string[]};
	readonly timeServers: string[];
	readonly httpProxy?: string;
	readonly noProxy: string[];
	readonly hostName: string;
};

export const isSettingName = (name: string): name is SettingName => (settingNames as readonly string[]).includes(name);

/** The settings as they are now: what a form starts with. `kept`: what an earlier change or setup was told. */
export function presentSettings(
	host: HostFacts,
	answers: SetupAnswers | undefined,
	kept: NetworkSettings | undefined,
): SettingValues {
	const network = lastSeen(host.network);
	const primary = primaryAddress(network);
	const route = network?.routes.find(one => one.destination === 'default' && one.device === primary?.link);
	const [, link = primary?.link ?? '', vlan = ''] = /^(.+)\.(\d+)$/.exec(primary?.link ?? '') ?? [];
	const isOwn = answers?.dns.mode === 'custom' || kept?.dns.mode === 'custom';
	return {
		link,
		mode: primary?.origin === 'static' ? 'static' : 'dhcp',
		address: primary?.family === 4 ? `${primary.address}/${primary.prefix}` : '',
		gateway: route?.gateway ?? '',
		vlan,
		// A machine with a fixed address has no network to get its name servers from.
		dnsMode: isOwn || primary?.origin === 'static' ? 'custom' : 'system',
		dnsServers: (network?.resolvers ?? [])
			.slice(0, 3)
			.map(one => one.address)
			.join(', '),
		searchDomains: kept?.dns.mode === 'custom' ? kept.dns.searchDomains.join(', ') : '',
		timeServers: (kept ?? answers)?.timeServers.join(', ') ?? '',
		httpProxy: (kept ?? answers)?.httpProxy ?? '',
		noProxy: (kept ?? answers)?.noProxy.join(', ') ?? '',
		hostName: lastSeen(host.machine)?.hostname ?? '',
	};
}

/** Messages by setting; empty when the change may be asked for. */
export function checkSettings(values: SettingValues): Readonly<Partial<Record<SettingName, string>>> {
	const problems: Partial<Record<SettingName, string>> = {};
	for (const setting of networkSettings) {
		if (!isAskedFor(setting, values)) continue;
		const parsed = setting.schema.safeParse(values[setting.name]);
		if (!parsed.success) problems[setting.name] = messageOf(parsed.error);
	}
	const {mode, address, gateway} = values;
	if (mode === 'static' && problems.address === undefined && problems.gateway === undefined && gateway.trim() !== '') {
		if (!within(gateway.trim(), address.trim()))
			problems.gateway = `${gateway.trim()} is not in the network of ${address.trim()}, so it cannot be reached from there`;
		else if (gateway.trim() === address.trim().split('/')[0])
			problems.gateway = 'the gateway is another machine; this is the address of this one';
	}
	if (mode === 'static' && problems.address === undefined && sameNetwork(address.trim()) !== undefined)
		problems.address = `Kubernetes uses ${sameNetwork(address.trim())} inside this machine; an address there cannot work`;
	if (mode === 'static' && values.dnsMode === 'system')
		problems.dnsMode = 'with a fixed address the network gives no name servers; choose your own';
	return problems;
}

function messageOf(error: z.ZodError): string {
	const [issue] = error.issues;
	if (issue?.code !== 'invalid_union') return issue?.message ?? 'not valid';
	return issue.errors.flat().find(one => one.code !== 'invalid_value')?.message ?? issue.message;
}

/** Typed values → settings in their kept form, or the first wrong one by name. Missing values are those of now. */
export function parseSettings(
	typed: Readonly<Record<string, string>>,
	present: SettingValues,
): Result<NetworkSettings> {
	const stranger = Object.keys(typed).find(name => !isSettingName(name));
	if (stranger !== undefined)
		return fail({
			code: 'input.invalid',
			field: stranger,
			what: `There is no network setting called "${stranger}".`,
			next: `The names are: ${settingNames.join(', ')}.`,
		});
	const values: SettingValues = {...present, ...typed};
	const problems = checkSettings(values);
	const wrong = networkSettings.find(({name}) => problems[name] !== undefined);
	if (wrong !== undefined)
		return fail({
			code: 'input.invalid',
			field: wrong.name,
			what: `${wrong.label}: ${problems[wrong.name]}.`,
			next: `Correct "${wrong.label}" and try again. Nothing was changed.`,
		});
	const kept = (name: SettingName): string =>
		networkSettings.find(one => one.name === name)?.schema.safeParse(values[name]).data ?? '';
	const list = (name: SettingName) => kept(name).split(', ').filter(Boolean);
	const [address = '', prefix = ''] = kept('address').split('/');
	const [gateway, vlan, httpProxy] = [kept('gateway'), kept('vlan'), kept('httpProxy')];
	return ok({
		link: kept('link'),
		address:
			kept('mode') === 'static'
				? {mode: 'static', address, prefix: Number(prefix), ...(gateway && {gateway})}
				: {mode: 'dhcp'},
		...(vlan && {vlan: Number(vlan)}),
		dns:
			kept('dnsMode') === 'custom'
				? {mode: 'custom', servers: list('dnsServers'), searchDomains: list('searchDomains')}
				: {mode: 'system'},
		timeServers: list('timeServers'),
		...(httpProxy && {httpProxy}),
		noProxy: list('noProxy'),
		hostName: kept('hostName'),
	});
}
