import {setImmediate as nextTurn} from 'node:timers/promises';
import type {Problem} from '../../shared/problem.ts';
import {makeRedactor, type Redactor, type RuleCounts, redactionRules} from '../../shared/redact/redactor.ts';
import {analysisOf} from './analysis.ts';
import type {Entry} from './bundles.ts';
import {type Item, itemsFor, type Sources} from './items.ts';
import {summaryOf} from './summary.ts';
import {timelineFile} from './timeline.ts';

/** The whole bundle; what was not reached by then is named in the index, and the bundle is delivered all the same. */
const wholeMs = 120_000;
const mostCharacters = 60 << 20;
/** Longest file; a command's output can be larger, and nobody reads it. */
const mostOfOne = 2 << 20;

/** Parts that are asked for at the same time: one that does not answer holds up few others. */
const atOnce = 4;

/** How one item went, as the index tells it. */
export type Outcome =
	| {
			readonly file: string;
			readonly title: string;
			readonly bytes: number;
			readonly masked: RuleCounts;
			readonly ms: number;
	  }
	| {readonly file: string; readonly title: string; readonly missing: string};

/** Collects and redacts item after item; the summary and the index come last, since they tell how it went. */
export async function* collect(
	sources: Sources,
	given: {
		readonly known: readonly string[];
		readonly at: number;
		readonly signal: AbortSignal;
		readonly progress: (title: string, done: number, total: number) => void;
		readonly finished: (outcomes: readonly Outcome[]) => void;
	},
): AsyncGenerator<Entry> {
	const redactor = makeRedactor({known: given.known});
	const items = itemsFor(sources);
	const whole = AbortSignal.any([given.signal, AbortSignal.timeout(wholeMs)]);
	const outcomes: Outcome[] = [];
	let characters = 0;
	let moments = '';
	const ahead: Promise<Answer>[] = [];
	const waiting = [...items];
	for (const [index, {file, title, from = file}] of items.entries()) {
		given.signal.throwIfAborted();
		given.progress(title, index, items.length);
		const isFull = characters > mostCharacters;
		const room = whole.aborted || isFull ? 0 : atOnce - ahead.length;
		for (const next of waiting.splice(0, room)) ahead.push(ask(next, sources, whole));
		const before = redactor.counts();
		const answer = (await ahead.shift()) ?? {missing: 'not reached: the bundle’s own time was over', ms: 0};
		const began = performance.now();
		const told = isFull ? {missing: 'left out: the bundle would be too large'} : redacted(answer, from, redactor);
		await nextTurn(); // Screens are served in between.
		if ('missing' in told) {
			outcomes.push({file, title, missing: told.missing});
			continue;
		}
		if (file === timelineFile) moments = told.text;
		characters += told.text.length;
		const ms = Math.round(answer.ms + performance.now() - began);
		outcomes.push({file, title, bytes: Buffer.byteLength(told.text), masked: since(before, redactor.counts()), ms});
		yield {file, text: told.text};
	}
	given.finished(outcomes);
	const files = new Set(outcomes.flatMap(one => ('bytes' in one ? [one.file] : [])));
	const analysis = analysisOf(sources.evidence, files, given.at);
	const pointers = new Map(analysis.blockers.map(({id, evidence}) => [id, evidence]));
	const masked = total(redactor.counts());
	const summary = summaryOf(sources.evidence, outcomes, {at: given.at, masked, timeline: moments, pointers});
	for (const [file, text] of [
		['analysis.json', json(analysis)],
		['summary.md', summary],
	] as const) {
		const told = redacted({text}, file, redactor);
		yield {file, text: 'text' in told ? told.text : `${told.missing}\n`};
	}
	yield {file: 'redaction-report.json', text: json(reportOf(outcomes, redactor.counts()))};
	yield {file: 'index.json', text: json(indexOf(sources, outcomes, total(redactor.counts()), given.at))};
}

const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;

const indexOf = ({evidence}: Sources, items: readonly Outcome[], secretsMasked: number, at: number) => ({
	schemaVersion: 1,
	product: evidence.view.identity.product,
	version: evidence.view.identity.version,
	siteId: evidence.view.identity.siteId,
	madeAt: new Date(at).toISOString(),
	complete: items.every(item => 'bytes' in item),
	secretsMasked,
	items: items.map(item => ('masked' in item ? {...item, masked: total(item.masked)} : item)),
});

/** How many secrets each rule found, in all and file by file; never what or where. */
const reportOf = (outcomes: readonly Outcome[], rules: RuleCounts) => ({
	schemaVersion: 1,
	total: total(rules),
	rules,
	files: outcomes.flatMap(one =>
		'masked' in one && total(one.masked) > 0
			? [{file: one.file, rules: Object.fromEntries(Object.entries(one.masked).filter(([, count]) => count > 0))}]
			: [],
	),
	withheld: outcomes.flatMap(one => ('missing' in one && one.missing.startsWith('withheld') ? [one.file] : [])),
});

const total = (counts: RuleCounts): number => Object.values(counts).reduce((sum, count) => sum + count, 0);
function since(before: RuleCounts, after: RuleCounts): RuleCounts {
	const found = {...after};
	for (const rule of redactionRules) found[rule] -= before[rule];
	return found;
}

type Told = {readonly text: string} | {readonly missing: string};
/** With the time it took, milliseconds. */
type Answer = Told & {readonly ms: number};

/** What one item holds, as it is, within its own time. */
async function ask(item: Item, sources: Sources, whole: AbortSignal): Promise<Answer> {
	const began = performance.now();
	const limit = AbortSignal.any([whole, AbortSignal.timeout(item.deadlineMs)]);
	const took = () => performance.now() - began;
	try {
		const answer = await Promise.race([item.collect(sources, limit), late(limit, item.deadlineMs)]);
		return answer.ok
			? {text: answer.value.slice(0, mostOfOne), ms: took()}
			: {missing: wordsOf(answer.problem), ms: took()};
	} catch (error) {
		return {missing: error instanceof Error ? error.message : String(error), ms: took()};
	}
}

/** The same without secrets. A failure is words in the index, and a file that cannot be redacted stays out. */
function redacted(answer: Told, from: string, redactor: Redactor): Told {
	try {
		if ('missing' in answer) return {missing: redactor.text(answer.missing)};
		const text = redactor.text(answer.text, from);
		// The last look: a known secret that is still in it keeps the file out.
		return redactor.knows(text) ? {missing: 'withheld: a secret could not be removed from it'} : {text};
	} catch (error) {
		return {missing: `withheld: it could not be redacted (${error instanceof Error ? error.name : 'unknown'})`};
	}
}

const wordsOf = ({what, detail}: Problem): string => (detail ? `${what} ${detail.slice(0, 500)}` : what);

function late(limit: AbortSignal, ms: number): Promise<never> {
	return new Promise((_resolve, reject) => {
		limit.addEventListener('abort', () => reject(new Error(`gave no answer in ${ms / 1000} s`)), {once: true});
	});
}
