import * as z from 'zod';
import {hostName, listOf, nameServer, proxyUrl, timeServer, webUrl} from './values.ts';

/** Pages of the form, in order. */
export const groups = [
	{id: 'release', title: 'Release', help: 'Which version of Alga PSA is installed.'},
	{id: 'address', title: 'Address', help: 'Where people open Alga PSA, and what this machine is called.'},
	{
		id: 'names',
		title: 'Names',
		help: 'How names like ghcr.io are looked up. Sites with Active Directory should keep what the network gave.',
	},
	{id: 'proxy', title: 'Proxy', help: 'Only needed where machines may not reach the internet directly.'},
	{id: 'company', title: 'Company', help: 'The first company in Alga PSA.'},
	{id: 'administrator', title: 'Administrator', help: 'The first person who can log in.'},
] as const;
export type GroupId = (typeof groups)[number]['id'];

/** How one answer is asked for, checked and kept. TUI, page, CLI and answers file are generated from this list. */
export type Field = {
	readonly name: FieldName;
	readonly group: GroupId;
	readonly label: string;
	/** One or two sentences under the field. */
	readonly help: string;
	readonly example?: string;
	readonly kind: 'text' | 'choice' | 'secret';
	readonly choices?: readonly {readonly value: string; readonly label: string; readonly note?: string}[];
	/** What an untouched field holds; a fresh draft starts with these. */
	readonly initial: string;
	/** Hidden behind "advanced" until asked for. */
	readonly advanced?: true;
	/** Shown only while another field holds this value. */
	readonly onlyWhen?: {readonly field: FieldName; readonly is: string};
	/** What is typed → what is kept, or a message that names the fix. */
	readonly schema: z.ZodType<string, string>;
};

export const fieldNames = [
	'channel',
	'releasePin',
	'appUrl',
	'hostName',
	'dnsMode',
	'dnsServers',
	'timeServers',
	'httpProxy',
	'noProxy',
	'companyName',
	'adminFirstName',
	'adminLastName',
	'adminEmail',
	'adminPassword',
] as const;
export type FieldName = (typeof fieldNames)[number];

/** Values as typed, by field; secrets are never part of a draft. */
export type Draft = Readonly<Record<Exclude<FieldName, SecretName>, string>>;
export const secretNames = ['adminPassword'] as const;
export type SecretName = (typeof secretNames)[number];

const required = (what: string) => z.string().trim().min(1, `${what} is needed`).max(200, 'at most 200 characters');
const optional = (schema: z.ZodType<string, string>) =>
	z
		.string()
		.trim()
		.pipe(z.union([z.literal(''), schema]));

export const fields: readonly Field[] = [
	{
		name: 'channel',
		group: 'release',
		label: 'Channel',
		kind: 'choice',
		initial: 'stable',
		help: 'Updates follow the channel. Change it only when support asks for it.',
		choices: [
			{value: 'stable', label: 'stable', note: 'for every customer'},
			{value: 'nightly', label: 'nightly', note: 'for testing only, when support directs it'},
		],
		schema: z.enum(['stable', 'nightly'], 'choose stable or nightly'),
	},
	{
		name: 'releasePin',
		group: 'release',
		label: 'Release',
		kind: 'text',
		initial: '',
		advanced: true,
		example: '1.4.2',
		help: 'Leave empty for the newest release of the channel. A pinned release stays until the pin is removed.',
		schema: optional(
			z.string().regex(/^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$|^sha256:[0-9a-f]{64}$/, 'not a release; example: 1.4.2'),
		),
	},
	{
		name: 'appUrl',
		group: 'address',
		label: 'Login address',
		kind: 'text',
		initial: '',
		example: 'https://psa.example.com',
		help: 'The address people type to log in. Empty: this machine’s own address, port 3000.',
		schema: optional(webUrl),
	},
	{
		name: 'hostName',
		group: 'address',
		label: 'Host name',
		kind: 'text',
		initial: '',
		example: 'alga-01',
		help: 'Name of this machine. It cannot be changed after Kubernetes is installed. Empty: keep the present one.',
		schema: optional(hostName),
	},
	{
		name: 'dnsMode',
		group: 'names',
		label: 'Name lookup',
		kind: 'choice',
		initial: 'system',
		help: 'Sites with Active Directory or internal names should keep what the network gave.',
		choices: [
			{value: 'system', label: 'as the network gave it'},
			{value: 'custom', label: 'my own servers'},
		],
		schema: z.enum(['system', 'custom'], 'choose system or custom'),
	},
	{
		name: 'dnsServers',
		group: 'names',
		label: 'Servers',
		kind: 'text',
		initial: '',
		example: '10.0.0.10, 10.0.0.11',
		help: 'One to three addresses. They are used by this machine and by everything in the cluster.',
		onlyWhen: {field: 'dnsMode', is: 'custom'},
		schema: listOf(nameServer, {least: 1, most: 3, what: 'name server', example: '10.0.0.10, 10.0.0.11'}),
	},
	{
		name: 'timeServers',
		group: 'names',
		label: 'Time servers',
		kind: 'text',
		initial: '',
		advanced: true,
		example: 'ntp.example.com',
		help: 'Empty: the ones Ubuntu comes with. Logins fail when the clock is wrong.',
		schema: listOf(timeServer, {least: 0, most: 4, what: 'time server', example: 'ntp.example.com'}),
	},
	{
		name: 'httpProxy',
		group: 'proxy',
		label: 'Proxy',
		kind: 'text',
		initial: '',
		example: 'http://10.0.9.9:3128',
		help: 'Used for all downloads. Empty: no proxy.',
		schema: optional(proxyUrl),
	},
	{
		name: 'noProxy',
		group: 'proxy',
		label: 'Without proxy',
		kind: 'text',
		initial: '',
		example: '.corp.example, 10.0.0.0/8',
		help: 'Names and networks reached directly. This machine and the cluster are added by themselves.',
		schema: listOf(z.string().regex(/^[A-Za-z0-9.*:/_-]+$/, 'not a name, address or network'), {
			least: 0,
			most: 40,
			what: 'entry',
			example: '.corp.example, 10.0.0.0/8',
		}),
	},
	{
		name: 'companyName',
		group: 'company',
		label: 'Company',
		kind: 'text',
		initial: '',
		example: 'Example IT',
		help: 'Shown in Alga PSA; can be changed there later.',
		schema: required('the company’s name'),
	},
	{
		name: 'adminFirstName',
		group: 'administrator',
		label: 'First name',
		kind: 'text',
		initial: '',
		help: 'Of the first administrator.',
		schema: required('a first name'),
	},
	{
		name: 'adminLastName',
		group: 'administrator',
		label: 'Last name',
		kind: 'text',
		initial: '',
		help: 'Of the first administrator.',
		schema: required('a last name'),
	},
	{
		name: 'adminEmail',
		group: 'administrator',
		label: 'E-mail',
		kind: 'text',
		initial: '',
		example: 'ada@example.com',
		help: 'The administrator logs in with it.',
		schema: z.string().trim().pipe(z.email('not an e-mail address; example: ada@example.com')),
	},
	{
		name: 'adminPassword',
		group: 'administrator',
		label: 'Password',
		kind: 'secret',
		initial: '',
		help: 'At least 10 characters. It is kept in memory and handed to Alga PSA, never written to disk.',
		schema: z.string().min(10, 'at least 10 characters').max(200, 'at most 200 characters'),
	},
];
