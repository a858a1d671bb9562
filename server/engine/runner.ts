import {randomBytes} from 'node:crypto';
import type {HostFacts} from '../../shared/facts/host.ts';
import {
	legalActions,
	type OperationAction,
	type OperationId,
	type OperationKind,
	type OperationProgress,
	operationTitle,
} from '../../shared/operations/operation.ts';
import {fail, ok, type Result} from '../../shared/problem.ts';
import type {Records} from '../operations/step.ts';
import type {Runnable} from './bound.ts';
import type {Clock} from './clock.ts';
import type {Journal, JournalEntry} from './journal.ts';
import {type Live, makeSteps, plain, type Surroundings} from './live.ts';
import {busy, interruptedTooOften, notAllowed, unknownOperation} from './runner-problems.ts';
import type {SecretBook} from './secret-book.ts';
import {unwritable} from './steady-journal.ts';

/** How often a step may be cut off by a dying engine before a person is asked. */
const attemptsBeforeAsking = 3;

/** What changes the installed release: it stays in sight until it has ended well or was replaced. */
const switching: ReadonlySet<OperationKind> = new Set(['setup', 'update', 'rollback']);
/** A new attempt takes the place of one that stopped; a way back takes the place of the update it undoes. */
const replaces = (kind: OperationKind, stopped: OperationKind): boolean =>
	kind === stopped || (kind !== 'setup' && stopped !== 'setup' && switching.has(kind) && switching.has(stopped));

export type Runner = {
	/** Refused while another of these operations runs, naming it and its start. */
	readonly start: (kind: OperationKind, raw: unknown) => Result<OperationId>;
	readonly act: (id: string, action: OperationAction, secrets: Readonly<Record<string, string>>) => Result<OperationId>;
	/** The running operation, else the newest that still wants an answer, else the newest. */
	readonly current: () => OperationProgress | undefined;
	/** Every kind, also those of other runners. */
	readonly history: () => readonly JournalEntry[];
	/** Takes up what the last engine left: called once, on start. */
	readonly resume: () => void;
	/** Stops at the present step; it is found interrupted by the next engine. */
	readonly stop: () => Promise<void>;
};

export function makeRunner(given: {
	readonly journal: Journal;
	readonly clock: Clock;
	readonly runnables: ReadonlyMap<OperationKind, Runnable>;
	readonly surroundings: Surroundings;
	readonly observed: () => HostFacts;
	/** Told every secret an operation is given. */
	readonly secrets: Pick<SecretBook, 'add'>;
	readonly log: (id: OperationId, line: string) => void;
	readonly changed: () => void;
}): Runner {
	const {journal, clock, runnables, changed} = given;
	const mine = [...runnables.keys()];
	const records: Records = {get: journal.get, set: journal.set};
	let live: Live | undefined;
	let running: Promise<void> = Promise.resolve();
	let stopping = false;

	const steps = makeSteps({...given, records, isStopping: () => stopping});
	const run = async (operation: Live): Promise<void> => {
		given.secrets.add(...Object.values(operation.secrets));
		await steps.run(operation);
	};
	const launch = (operation: Live) => {
		live = operation;
		running = run(operation).catch((error: unknown) => {
			// It cannot be remembered how far this came: it stops here, and the next engine looks what is there.
			operation.state = 'interrupted';
			operation.problem = unwritable(error instanceof Error ? error.message : String(error));
			changed();
		});
		changed();
	};
	const mutating = (operation: Live) =>
		operation.prepared.steps.some(
			step => step.effect === 'changes' && operation.steps.find(one => one.id === step.id)?.state.is !== 'waiting',
		);
	const actionsOf = (operation: Live): readonly OperationAction[] =>
		operation.state === 'running' && isAsking(operation)
			? ['keep', 'revert']
			: legalActions(operation.state, mutating(operation));
	const isAsking = (operation: Live) =>
		operation.prepared.steps.some(
			step => step.asks && operation.steps.find(one => one.id === step.id)?.state.is === 'running',
		);
	const shown = (operation: Live): OperationProgress => ({
		id: operation.id,
		kind: operation.kind,
		title: operationTitle[operation.kind],
		state: operation.state,
		startedAt: operation.startedAt,
		steps: operation.steps,
		actions: actionsOf(operation),
		...(operation.endedAt !== undefined && {endedAt: operation.endedAt}),
		...(operation.problem && {problem: operation.problem}),
		...(operation.state === 'needs-input' && {needs: operation.prepared.steps.flatMap(step => step.needs ?? [])}),
	});

	const again = (operation: Live, secrets: Readonly<Record<string, string>>) => {
		operation.secrets = {...operation.secrets, ...secrets};
		operation.state = 'running';
		operation.abort = new AbortController();
		delete operation.problem;
		delete operation.endedAt;
		journal.state(operation.id, 'running', clock.now());
		launch(operation);
	};

	/** An operation from an earlier engine, as live as it can be made. */
	const revive = (entry: JournalEntry): Result<Live> => {
		const runnable = runnables.get(entry.kind);
		if (runnable === undefined) return fail(unknownOperation(entry.id));
		const prepared = runnable.revive(entry.input);
		if (!prepared.ok) return prepared;
		return ok({
			id: entry.id,
			kind: entry.kind,
			startedAt: entry.startedAt,
			prepared: prepared.value,
			secrets: {},
			state: entry.state,
			steps: prepared.value.steps.map(step => ({...plain(step), state: entry.steps.get(step.id) ?? {is: 'waiting'}})),
			abort: new AbortController(),
			...(entry.problem && {problem: entry.problem}),
			...(entry.endedAt !== undefined && {endedAt: entry.endedAt}),
		});
	};
	const wantsAnswer = (entry: JournalEntry) =>
		!entry.dismissed &&
		(entry.state === 'failed' ||
			entry.state === 'interrupted' ||
			entry.state === 'needs-input' ||
			entry.state === 'running');
	const isRunning = () => live?.state === 'running';
	/** After a side job (a fix, a check) has ended well, the operation that still wants an answer comes back. */
	const present = (): Live | undefined => {
		if (live && live.state !== 'succeeded' && live.state !== 'cancelled') return live;
		const waiting = journal.list(20, mine).find(entry => wantsAnswer(entry) && entry.id !== live?.id);
		if (waiting && (live === undefined || switching.has(waiting.kind))) {
			const revived = revive(waiting);
			if (revived.ok) live = revived.value;
		}
		return live;
	};

	return {
		start: (kind, raw) => {
			if (live && isRunning()) return fail(busy(live, clock.now()));
			const runnable = runnables.get(kind);
			if (runnable === undefined) return fail(unknownOperation(kind));
			const prepared = runnable.prepare(raw, {
				records,
				judgement: given.surroundings.judgement,
				observed: given.observed,
			});
			if (!prepared.ok) return prepared;
			for (const entry of journal.list(20, mine))
				if (replaces(kind, entry.kind) && wantsAnswer(entry)) journal.dismiss(entry.id);
			const id = `${kind}-${randomBytes(5).toString('hex')}` as OperationId;
			const startedAt = clock.now();
			journal.begin({id, kind, input: prepared.value.input, startedAt});
			journal.activity({at: startedAt, mark: 'working', source: operationTitle[kind], text: 'started'});
			const secrets = Object.fromEntries(
				Object.entries(prepared.value.secrets).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
			);
			launch({
				id,
				kind,
				startedAt,
				prepared: prepared.value,
				secrets,
				state: 'running',
				steps: prepared.value.steps.map(step => ({...plain(step), state: {is: 'waiting'}})),
				abort: new AbortController(),
			});
			return ok(id);
		},
		act: (id, action, secrets) => {
			const operation = present();
			if (operation === undefined || operation.id !== id) return fail(unknownOperation(id));
			const legal = actionsOf(operation);
			if (!legal.includes(action)) return fail(notAllowed(operation, action, legal));
			switch (action) {
				case 'cancel':
					operation.abort.abort();
					break;
				case 'dismiss':
					journal.dismiss(operation.id);
					live = undefined;
					changed();
					break;
				case 'keep':
				case 'revert':
					journal.set('answer', {id: operation.id, is: action});
					changed();
					break;
				case 'retry':
				case 'give-secret':
					again(operation, secrets);
					break;
			}
			return ok(operation.id);
		},
		current: () => {
			const operation = present();
			return operation && shown(operation);
		},
		history: () => journal.list(30),
		resume: () => {
			const left =
				journal.list(50, mine).find(entry => entry.state === 'running' && !entry.dismissed) ??
				journal.list(50, mine).find(wantsAnswer);
			const revived = left && revive(left);
			if (revived === undefined) return;
			if (!revived.ok) {
				journal.state(left?.id ?? ('' as OperationId), 'failed', clock.now(), revived.problem);
				return;
			}
			const operation = revived.value;
			live = operation;
			if (operation.state !== 'running') return;
			let tries = 0;
			for (const step of operation.steps) {
				if (step.state.is !== 'running') continue;
				tries = step.state.attempt;
				steps.put(operation, step.id, {is: 'interrupted', since: step.state.since, attempt: step.state.attempt});
			}
			journal.activity({
				at: clock.now(),
				mark: 'attention',
				source: operationTitle[operation.kind],
				text: 'the engine was restarted while this ran; it goes on',
			});
			if (tries >= attemptsBeforeAsking && !runnables.get(operation.kind)?.endsByItself)
				steps.end(operation, 'interrupted', interruptedTooOften(operationTitle[operation.kind], tries));
			else launch(operation);
		},
		stop: async () => {
			stopping = true;
			live?.abort.abort();
			await running;
		},
	};
}
