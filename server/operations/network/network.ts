import * as z from 'zod';
import {lastSeen} from '../../../shared/facts/fact.ts';
import {duration} from '../../../shared/format.ts';
import {leadsOut, primaryAddress} from '../../../shared/network/primary.ts';
import {presentSettings} from '../../../shared/network/settings.ts';
import type {OperationProgress} from '../../../shared/operations/operation.ts';
import {fail, ok, type Problem, type Result} from '../../../shared/problem.ts';
import {releaseRepository} from '../../../shared/release/manifest.ts';
import {deadline} from '../../engine/clock.ts';
import {Answers} from '../setup/input.ts';
import {Answer, type Operation, type Records, type Step, type Work} from '../step.ts';
import {keptSettings, type NetworkRun, parseNetwork, reviveNetwork} from './input.ts';
import {refusesToMove, tellKubernetes, tellLogin} from './kubernetes.ts';
import {bringAbout, Change, managerOf, remember, wanted} from './machine.ts';

/** How long a change waits to be kept. Milliseconds. */
export const keepMs = 120_000;
/** How long an address may take to come: DHCP asks again after 4, 8 and 16 seconds. */
const settleMs = 40_000;

type Network = Step<NetworkRun>;
const isTest = ({input}: Work<NetworkRun>) => input.do === 'test';
/** What only a real change does is already so when nothing but a test was asked for. */
const unlessTest =
	(check: Network['check']): Network['check'] =>
	work =>
		isTest(work) ? Promise.resolve(ok(true)) : check(work);

const changeOf = ({records, id}: Work<NetworkRun>): Change | undefined => {
	const change = Change.safeParse(records.get('network.change')).data;
	return change?.id === id ? change : undefined;
};
const addressNow = async ({host, signal}: Work<NetworkRun>) =>
	primaryAddress(lastSeen((await host.facts(signal)).network))?.address;

const tested: Network = {
	id: 'test',
	title: 'Settings tried',
	phase: 'network',
	usualMs: [2000, 15_000],
	effect: 'reads',
	check: async () => ok(false),
	run: async work => {
		const {host, input, signal, log} = work;
		const managed = await managerOf(work);
		if (!managed.ok) return managed;
		const movable = refusesToMove(work);
		if (!movable.ok) return movable;
		const {settings, before} = input;
		const seen = lastSeen((await host.facts(signal)).network);
		const there = (seen?.links ?? []).filter(link => seen && leadsOut(seen, link)).map(link => link.name);
		if (!there.includes(settings.link)) {
			return fail({
				code: 'input.invalid',
				field: 'link',
				what: `This machine has no interface called ${settings.link}.`,
				next: there.length > 0 ? `It has ${there.join(', ')}.` : 'It has no network card.',
			});
		}
		const isNew = settings.address.mode === 'static' && before.address.split('/')[0] !== settings.address.address;
		if (settings.address.mode === 'static' && isNew) {
			// Whoever answers has the address already; silence proves nothing, and that is said.
			const answered = await host.run({
				argv: ['ping', '-c', '1', '-W', '2', settings.address.address],
				deadlineMs: 10_000,
				signal,
			});
			if (answered.ok)
				return fail({
					code: 'network.address-taken',
					field: 'address',
					what: `${settings.address.address} is in use: another machine answers there.`,
					next: 'Choose a free address. Nothing was changed.',
				});
			log(`${settings.address.address}: nobody answers there`);
		}
		const silent: string[] = [];
		for (const server of settings.dns.mode === 'custom' ? settings.dns.servers : []) {
			const found = await host.lookup(releaseRepository.split('/')[0] ?? '', server, signal);
			const answers = found.ok || found.problem.code === 'dns.not-found';
			log(`${server}: ${answers ? 'answers' : `does not answer from here: ${found.problem.what}`}`);
			if (!answers) silent.push(server);
		}
		const tried: Tried = {
			at: work.clock.now(),
			mark: silent.length > 0 ? 'attention' : 'good',
			text:
				silent.length > 0
					? `${silent.join(', ')} ${silent.length === 1 ? 'does' : 'do'} not answer from the present network`
					: 'nothing speaks against these settings',
		};
		work.records.set('network.tried', tried);
		return ok(undefined);
	},
	verify: async () => ok(undefined),
};

const remembered: Network = {
	id: 'remember',
	title: 'Present settings kept',
	phase: 'network',
	usualMs: [200, 2000],
	effect: 'reads',
	check: unlessTest(async work => ok(changeOf(work) !== undefined)),
	run: async work => {
		const manager = await managerOf(work);
		if (!manager.ok) return manager;
		const files = await remember(work, manager.value);
		if (!files.ok) return files;
		const {machine} = await work.host.facts(work.signal);
		const address = await addressNow(work);
		const change: Change = {
			id: work.id,
			manager: manager.value,
			hostName: lastSeen(machine)?.hostname ?? work.input.settings.hostName,
			files: files.value,
			...(address !== undefined && {address}),
		};
		work.records.set('network.change', change);
		return ok(undefined);
	},
	verify: async () => ok(undefined),
};

const applied: Network = {
	id: 'apply',
	title: 'New settings in use',
	phase: 'network',
	usualMs: [3000, 30_000],
	effect: 'changes',
	check: unlessTest(async () => ok(false)),
	run: async work => {
		const change = changeOf(work);
		if (change === undefined) return fail(lost);
		if (change.until !== undefined && isOver(work, change)) return undo(work, change, late);
		const files = await wanted(work, change);
		if (!files.ok) return files;
		// The way back is armed before the first file is touched.
		const armed: Change = {...change, until: change.until ?? work.clock.now() + keepMs};
		work.records.set('network.change', armed);
		const done = await bringAbout(work, change.manager, files.value, work.input.settings.hostName);
		return done.ok ? done : undo(work, armed, done.problem.what);
	},
	verify: async () => ok(undefined),
};

const provenThere: Network = {
	id: 'prove',
	title: 'Address there',
	phase: 'network',
	usualMs: [1000, settleMs],
	effect: 'changes',
	check: unlessTest(async work => ok((await missing(work)) === undefined)),
	run: async work => {
		const {clock, detail, signal} = work;
		const isLate = deadline(clock, settleMs);
		for (;;) {
			const lacks = await missing(work);
			if (lacks === undefined) return ok(undefined);
			detail(lacks);
			const change = changeOf(work);
			if (change === undefined) return fail(lost);
			if (isOver(work, change) || isLate()) return undo(work, change, lacks);
			await clock.sleep(1000, signal);
		}
	},
	verify: async () => ok(undefined),
};

/** What the machine lacks of its new settings; undefined when it has them. */
async function missing({host, input, signal}: Work<NetworkRun>): Promise<string | undefined> {
	const {address, link, vlan} = input.settings;
	const network = lastSeen((await host.facts(signal)).network);
	const name = vlan === undefined ? link : `${link}.${vlan}`;
	const found = network?.links.find(one => one.name === name);
	if (found === undefined) return `${name} is not there`;
	if (!found.carrier) return `${name} has no cable`;
	const there = found.addresses.some(one =>
		address.mode === 'static' ? one.address === address.address : one.family === 4 && one.origin !== 'link-local',
	);
	if (there) return undefined;
	return address.mode === 'static'
		? `${name} did not take ${address.address}`
		: `no DHCP server gave ${name} an address`;
}

const decided: Network = {
	id: 'keep',
	title: 'Kept by somebody',
	phase: 'network',
	usualMs: [5000, keepMs],
	effect: 'changes',
	asks: true,
	check: unlessTest(async () => ok(false)),
	run: async work => {
		for (;;) {
			const change = changeOf(work);
			if (change?.until === undefined) return fail(lost);
			const answer = answerOf(work);
			if (answer === 'keep') break;
			if (answer === 'revert') return undo(work, change, 'Somebody chose to go back.');
			if (isOver(work, change)) return undo(work, change, late);
			work.signal.throwIfAborted();
			await work.nextJudgement(500);
		}
		const {settings} = work.input;
		const answers = Answers.safeParse(work.records.get('setup.answers'));
		if (answers.success)
			work.records.set('setup.answers', {
				...answers.data,
				dns: settings.dns.mode === 'custom' ? {mode: 'custom', servers: settings.dns.servers} : {mode: 'system'},
				timeServers: settings.timeServers,
				httpProxy: settings.httpProxy,
				noProxy: settings.noProxy,
			});
		work.records.set('network.kept', settings);
		return ok(undefined);
	},
	verify: async () => ok(undefined),
};

const answerOf = ({records, id}: Work<NetworkRun>): 'keep' | 'revert' | undefined => {
	const answer = Answer.safeParse(records.get('answer')).data;
	return answer?.id === id ? answer.is : undefined;
};

/** A clock that was set back must not make the wait longer than it was promised to be. */
const isOver = ({clock, records, id}: Work<NetworkRun>, {until = 0, ...change}: Change): boolean => {
	const left = until - clock.now();
	if (left > keepMs) records.set('network.change', {...change, id, until: clock.now() + keepMs});
	return left <= 0;
};

const late = `Nobody kept the new settings within ${duration(keepMs)}.`;
const notRead = (why: string): Problem => ({
	code: 'network.not-read',
	what: 'The settings that the machine has now could not be read yet.',
	next: 'Try again in a few seconds; if it lasts, look at the engine’s log (Logs).',
	detail: why,
});
const lost: Problem = {
	code: 'internal',
	what: 'What the network was before is not in the journal.',
	next: 'Look at the Network screen, and ask for the change again.',
};

/** Puts back every file as it was, byte by byte, and says why. */
async function undo(work: Work<NetworkRun>, change: Change, why: string): Promise<Result<never>> {
	work.log(`going back: ${why}`);
	const before = change.files.map(({path, mode, content}) => ({path, mode, content: content ?? undefined}));
	const back = await bringAbout(work, change.manager, before, change.hostName);
	if (!back.ok)
		return fail({
			...back.problem,
			what: `The earlier network settings could not be put back: ${back.problem.what}`,
			next: 'Press Retry: it is tried again. The files are in the log of this operation.',
			retry: 'safe',
		});
	return fail({
		code: 'operation.undone',
		what: `The network is as it was before. ${why}`,
		next: 'Look at the settings and try again.',
	});
}

/** Changes of the network that undo themselves unless somebody keeps them. */
export const network: Operation<NetworkRun> = {
	kind: 'network',
	endsByItself: true,
	parse: (raw, {records, observed}) => {
		const {network, machine} = observed();
		// What is not given stays as it is: that must be known.
		for (const fact of [network, machine]) if (fact.state === 'unknown') return fail(notRead(fact.why));
		const answers = Answers.safeParse(records.get('setup.answers')).data;
		return parseNetwork(raw, presentSettings(observed(), answers, keptSettings(records)));
	},
	revive: reviveNetwork,
	steps: [
		tested,
		remembered,
		applied,
		provenThere,
		decided,
		{...tellKubernetes, check: unlessTest(tellKubernetes.check)},
		{...tellLogin, check: unlessTest(tellLogin.check)},
	],
};

/** What trying the settings showed. */
const Tried = z.object({at: z.number(), mark: z.enum(['good', 'attention']), text: z.string()});
type Tried = z.infer<typeof Tried>;

/** What was tried last, and the change that waits to be kept, as every surface shows them. */
export function shownChange(
	records: Pick<Records, 'get'>,
	operation: OperationProgress | undefined,
): {
	readonly pendingNetwork?: {readonly id: string; readonly until: number; readonly text: string};
	readonly triedNetwork?: Tried;
} {
	const triedNetwork = Tried.safeParse(records.get('network.tried')).data;
	const shown = triedNetwork && {triedNetwork};
	if (operation?.kind !== 'network' || !operation.actions.includes('keep')) return {...shown};
	const change = Change.safeParse(records.get('network.change')).data;
	if (change?.id !== operation.id || change.until === undefined) return {...shown};
	const text =
		triedNetwork?.mark === 'attention'
			? `The address is there. Before the change ${triedNetwork.text}.`
			: 'The address is there.';
	return {...shown, pendingNetwork: {id: operation.id, until: change.until, text}};
}
