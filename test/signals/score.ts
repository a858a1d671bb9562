import type {Blocker} from '../../shared/diagnosis/blocker.ts';
import {diagnose} from '../../shared/diagnosis/diagnose.ts';
import {rollup} from '../../shared/readiness/rollup.ts';
import {type Tier, type Tiers, withBlockers} from '../../shared/readiness/tiers.ts';
import {toSituation} from './adapter.ts';
import type {CaseContext, CaseFile, CompoundCase, Input, SignalCase} from './cases.ts';
import {mutate, randomFrom} from './mutate.ts';

/** How many of how many were right, by what was asked; and every miss in words. */
export type Score = {
	readonly right: Readonly<Record<string, readonly [right: number, of: number]>>;
	readonly misses: readonly string[];
	readonly falseAlarms: number;
};

/** Scores every case of the file, each with names, hashes and addresses replaced when a seed is given. */
export function score(file: CaseFile, seed: number | undefined): Score {
	const right = new Map<string, [number, number]>();
	const misses: string[] = [];
	let falseAlarms = 0;
	const tally = (what: string, ok: boolean, words: () => string): void => {
		const [good, of] = right.get(what) ?? [0, 0];
		right.set(what, [good + Number(ok), of + 1]);
		if (!ok) misses.push(words());
	};
	const random = randomFrom(seed ?? 0);
	const changed = <T>(each: T): T => (seed === undefined ? each : mutate(each, random));
	for (const each of file.signals.map(changed)) scoreSignal(file, each, tally);
	for (const each of file.benign.map(changed)) {
		const blockers = blockersOf(file, each.context, [each.input]);
		falseAlarms += blockers.length;
		tally('benign: nothing said', blockers.length === 0, () => `${each.id} benign, but ${shown(blockers)}`);
	}
	for (const each of file.compound.map(changed)) scoreCompound(file, each, tally);
	return {right: Object.fromEntries(right), misses, falseAlarms};
}

type Tally = (what: string, ok: boolean, words: () => string) => void;

function blockersOf(file: CaseFile, context: CaseContext, inputs: readonly Input[]): readonly Blocker[] {
	return diagnose({...toSituation(file, context, inputs), previous: []});
}

const shown = (blockers: readonly Blocker[]): string =>
	blockers.length === 0
		? 'nothing'
		: blockers.map(each => `${each.cause} [${each.phase}, ${each.component}]`).join(' + ');
/** The file's word for our phase. */
const phaseOf = (blocker: Blocker | undefined): string | undefined =>
	blocker?.phase === 'background-services' ? 'background' : blocker?.phase;

const mentions = (said: string, groups: readonly (readonly string[])[]): boolean =>
	groups.every(group => group.some(word => said.toLowerCase().includes(word.toLowerCase())));

function scoreSignal(file: CaseFile, {id, context, input, expect}: SignalCase, tally: Tally): void {
	const blockers = blockersOf(file, context, [input]);
	const [top] = blockers;
	const wanted = expect.causeAccept.length > 0 ? expect.causeAccept : [expect.cause];
	const evidence = () => ` <- ${JSON.stringify(input).slice(0, 700)}`;
	tally(
		'signals: cause',
		wanted.includes(top?.cause ?? 'none'),
		() => `${id} cause: want ${wanted.join('|')}, got ${shown(blockers)}${evidence()}`,
	);
	tally(
		'signals: login blocking',
		(top?.loginBlocking ?? false) === expect.loginBlocking,
		() => `${id} loginBlocking: want ${expect.loginBlocking}, got ${shown(blockers)}`,
	);
	if (!top) {
		tally(
			'signals: phase',
			expect.cause === 'none' || wanted.includes('none'),
			() => `${id} phase: want ${expect.phase}, got nothing`,
		);
		return;
	}
	const phases = expect.phaseAccept.length > 0 ? expect.phaseAccept : [expect.phase];
	tally(
		'signals: phase',
		phases.includes(phaseOf(top) ?? ''),
		() => `${id} phase: want ${phases.join('|')}, got ${shown(blockers)}`,
	);
	tally('signals: one blocker', blockers.length === 1, () => `${id} said more than once: ${shown(blockers)}`);
	tally(
		'signals: next step',
		mentions(top.nextStep, expect.nextStepMustMention),
		() => `${id} next step must mention ${JSON.stringify(expect.nextStepMustMention)}: ${top.cause}: ${top.nextStep}`,
	);
	tally(
		'signals: named',
		expect.mustName.every(name => JSON.stringify(top).includes(JSON.stringify(name).slice(1, -1))),
		() => `${id} must name ${expect.mustName.join(', ')}: ${JSON.stringify(top.proof)}`,
	);
	if (!wanted.includes(top.cause) || top.cause !== expect.cause) return;
	for (const field of ['severity', 'retrySafe', 'retryHelps', 'selfHeals'] as const)
		if (expect[field] !== undefined)
			tally(
				`signals: ${field}`,
				top[field] === expect[field],
				() => `${id} ${field}: want ${expect[field]}, got ${top[field]} for ${top.cause}`,
			);
}

function scoreCompound(file: CaseFile, {id, title, context, inputs, expect}: CompoundCase, tally: Tally): void {
	const blockers = blockersOf(file, context, inputs);
	const [top] = blockers;
	const name = `${id} ${title}`;
	const wanted = expect.topCauseAccept.length > 0 ? expect.topCauseAccept : [expect.topCause ?? 'none'];
	tally(
		'compound: top cause',
		wanted.includes(top?.cause ?? 'none'),
		() => `${name}: top cause: want ${wanted.join('|')}, got ${shown(blockers)}`,
	);
	if (expect.topPhase !== undefined)
		tally(
			'compound: top phase',
			(phaseOf(top) ?? null) === expect.topPhase,
			() => `${name}: phase: want ${expect.topPhase}, got ${shown(blockers)}`,
		);
	if (expect.loginBlocking !== undefined)
		tally(
			'compound: login blocking',
			(top?.loginBlocking ?? false) === expect.loginBlocking,
			() => `${name}: loginBlocking: want ${expect.loginBlocking}, got ${shown(blockers)}`,
		);
	tally(
		'compound: symptoms below',
		!expect.mustNotBeTop.includes(top?.cause ?? ''),
		() => `${name}: must not be top: ${top?.cause}`,
	);
	if (expect.distinctBlockers !== undefined)
		tally(
			'compound: distinct',
			blockers.length === expect.distinctBlockers,
			() => `${name}: want ${expect.distinctBlockers} blockers, got ${shown(blockers)}`,
		);
	tally(
		'compound: next step',
		mentions(top?.nextStep ?? '', expect.nextStepMustMention),
		() => `${name}: next step: ${top?.nextStep}`,
	);
	if (expect.rollup === undefined) return;
	const states = expect.rollupAccept.length > 0 ? expect.rollupAccept : [expect.rollup];
	const {state} = rollup({tiers: tiersOf(context, inputs, blockers), blockers, installed: true});
	tally(
		'compound: rollup',
		states.includes(state),
		() => `${name}: rollup: want ${states.join('|')}, got ${state} with ${shown(blockers)}`,
	);
}

/** The tiers the case gives, or those its context implies; the rest follows from the blockers. */
function tiersOf(context: CaseContext, inputs: readonly Input[], blockers: readonly Blocker[]): Tiers {
	const given = inputs.find(input => input.kind === 'TierFacts') ?? {};
	const tier = (name: string, otherwise: boolean): Tier => {
		const value = Object.entries(given).find(([key]) => key === name)?.[1];
		return (value ?? otherwise) === true ? {state: 'ready', reason: 'given'} : {state: 'waiting', reason: 'given'};
	};
	const background = blockers.every(each => each.tier !== 'background');
	return withBlockers(
		{
			platform: tier('platform', context.loginReady),
			core: tier('core', context.loginReady),
			bootstrap: tier('bootstrap', context.loginReady),
			login: tier('login', context.loginReady),
			background: tier('background', context.loginReady && background),
			fullHealth: tier('fullHealth', false),
		},
		blockers,
	);
}
