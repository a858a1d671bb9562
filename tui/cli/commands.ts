import {analyze} from './analyze.ts';
import {bundle} from './bundle.ts';
import type {Command} from './command.ts';
import {network} from './network.ts';
import {access, consoleLock, logs, operations, retry} from './operations.ts';
import {power} from './power.ts';
import {screenshot} from './screenshot.ts';
import {setup} from './setup.ts';
import {status, view} from './status.ts';
import {rollback, update} from './update.ts';

/** Every command, in the order of the help. */
export const commands: readonly Command[] = [
	status,
	setup,
	update,
	rollback,
	retry,
	operations,
	logs,
	network,
	bundle,
	analyze,
	screenshot,
	power,
	access,
	consoleLock,
	view,
];

/** What `alga-appliance --help` prints. */
export const overview = (version: string): readonly string[] => [
	`Alga Appliance ${version}`,
	'',
	'Usage: alga-appliance COMMAND [OPTIONS]',
	'',
	...commands.map(command => `  ${command.usage.padEnd(58)} ${command.summary}`),
	`  ${'release lint | build | push | sign | promote | diff | show'.padEnd(58)} For those who publish releases.`,
	`  ${'bundle create RELEASE -o FILE | import FILE'.padEnd(58)} A release for a site without internet.`,
	'',
	'Every command has --help. All of them do what console and web page do.',
];
