import * as z from 'zod';
import {type SettingValues, settingNames} from '../../../shared/network/change.ts';
import {type NetworkSettings, parseSettings} from '../../../shared/network/settings.ts';
import {fail, ok, type Result} from '../../../shared/problem.ts';
import type {Records} from '../step.ts';

/** The settings as they are journalled. */
export const Settings: z.ZodType<NetworkSettings> = z.object({
	link: z.string(),
	address: z.discriminatedUnion('mode', [
		z.object({mode: z.literal('dhcp')}),
		z.object({mode: z.literal('static'), address: z.string(), prefix: z.number(), gateway: z.string().optional()}),
	]),
	vlan: z.number().optional(),
	dns: z.discriminatedUnion('mode', [
		z.object({mode: z.literal('system')}),
		z.object({mode: z.literal('custom'), servers: z.array(z.string()), searchDomains: z.array(z.string())}),
	]),
	timeServers: z.array(z.string()),
	httpProxy: z.string().optional(),
	noProxy: z.array(z.string()),
	hostName: z.string(),
});

const Values = z.record(z.enum(settingNames), z.string());
export const NetworkRun = z.object({
	settings: Settings,
	/** As they were when the change was asked for. */
	before: Values,
	/** `test`: nothing is changed; only what can be tried beforehand is. */
	do: z.enum(['apply', 'test']),
});
export type NetworkRun = z.infer<typeof NetworkRun>;

const Asked = z.object({values: z.record(z.string(), z.string()), only: z.literal('test').optional()});

/** The command's input → what is kept. A setting that is not given stays as it is; a wrong one is named. */
export function parseNetwork(
	raw: unknown,
	present: SettingValues,
): Result<{input: NetworkRun; secrets: Readonly<Record<string, string>>}> {
	const asked = Asked.safeParse(raw);
	if (!asked.success)
		return fail({
			code: 'input.invalid',
			what: 'The network settings have the wrong form.',
			next: 'Send {"values": {"mode": "dhcp", …}}, with "only": "test" to change nothing.',
			detail: z.prettifyError(asked.error),
		});
	const settings = parseSettings(asked.data.values, present);
	if (!settings.ok) return settings;
	return ok({
		input: {settings: settings.value, before: {...present}, do: asked.data.only === undefined ? 'apply' : 'test'},
		secrets: {},
	});
}

export function reviveNetwork(stored: unknown): Result<NetworkRun> {
	const parsed = NetworkRun.safeParse(stored);
	return parsed.success
		? ok(parsed.data)
		: fail({
				code: 'internal',
				what: 'The journal holds a network change that cannot be read.',
				next: 'Ask for it again.',
			});
}

/** What an earlier change was told, once it was kept. */
export const keptSettings = (records: Pick<Records, 'get'>): NetworkSettings | undefined =>
	Settings.safeParse(records.get('network.kept')).data;
