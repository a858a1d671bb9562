import {parseArgs} from 'node:util';
import * as z from 'zod';
import type {Problem} from '../../shared/problem.ts';
import {type Judgement, judge, type Question} from '../../shared/view/judge.ts';
import {blockerLines, tierLines} from '../../shared/view/status-lines.ts';
import {readBundle} from './bundle-file.ts';
import {type Command, exit, tellProblem} from './command.ts';

const Index = z.object({siteId: z.string(), version: z.string(), madeAt: z.string()});
const Analysis = z.object({blockers: z.array(z.object({title: z.string(), evidence: z.array(z.string())}))});
/** What our own engine wrote; only its outline is looked at, since judging tells whether the rest still fits. */
const Facts = z.custom<Question>(value => Outline.safeParse(value).success);
const Outline = z.object({
	host: z.looseObject({machine: z.unknown(), probes: z.array(z.unknown())}),
	cluster: z.looseObject({pods: z.unknown(), logs: z.array(z.unknown())}),
	installed: z.boolean(),
	now: z.number(),
});

export const analyze: Command = {
	name: 'analyze',
	usage: 'analyze FILE',
	summary: 'What is wrong in a support bundle, by the rules of this version.',
	help: [
		'FILE is a support bundle of any appliance; neither an engine nor a network is needed.',
		'What was told when it was made, where it differs, is told too.',
		'Exit codes: 0 nothing is wrong, 2 no support bundle, 3 something is.',
	],
	run: async (args, io) => {
		const {positionals} = parseArgs({args: [...args], allowPositionals: true});
		const [file] = positionals;
		if (file === undefined) {
			io.error('Say which bundle: alga-appliance analyze FILE');
			return exit.usage;
		}
		const read = await readBundle(file, ['index.json', 'analysis.json', 'appliance/facts.json']);
		if (!read.ok) {
			tellProblem(read.problem, io);
			return exit.usage;
		}
		const part = (name: string) => parsed(read.value.get(name));
		const index = Index.safeParse(part('index.json'));
		const facts = Facts.safeParse(part('appliance/facts.json'));
		const judged = facts.success ? judgedNow(facts.data) : undefined;
		if (!index.success || !facts.success || judged === undefined) {
			tellProblem(strange(file), io);
			return exit.usage;
		}
		const then = Analysis.safeParse(part('analysis.json')).data?.blockers ?? [];
		// A bundle comes from elsewhere: nothing in it may steer this terminal.
		const tell = (line: string) => io.out(line.replaceAll(/\p{Cc}/gu, ' '));
		tell(`Support bundle of ${index.data.siteId}, version ${index.data.version}, made ${index.data.madeAt}`);
		tell(`${judged.rollup.message} ${judged.rollup.nextAction}`);
		// One look tells no age: since when a tier has been so is nothing these facts hold.
		const tiers = judged.tiers.map(({since: _, ...tier}) => tier);
		for (const line of ['', ...tierLines(tiers, facts.data.now), ...blockerLines(judged.blockers)]) tell(line);
		const evidence = then.filter(one => judged.blockers.some(({title}) => title === one.title));
		if (evidence.length > 0) tell('');
		for (const one of evidence) tell(`More about it: ${one.evidence.join(', ')}`);
		const differs = then.filter(one => !evidence.includes(one));
		if (differs.length > 0) tell('');
		for (const {title} of differs) tell(`Told when it was made, and not by these rules: ${title}`);
		return judged.blockers.length === 0 ? exit.ok : exit.actionRequired;
	},
};

/** Undefined when the facts are not such as these rules know. */
function judgedNow(question: Question): Judgement | undefined {
	try {
		return judge(question, undefined);
	} catch {
		return undefined; // Facts of a version that wrote them otherwise; the caller says so.
	}
}

function parsed(text: string | undefined): unknown {
	try {
		return JSON.parse(text ?? '');
	} catch {
		return undefined; // The schema says what is missing.
	}
}

const strange = (file: string): Problem => ({
	code: 'file.unreadable',
	what: `${file} holds no facts that these rules can judge.`,
	why: 'It is no support bundle, is not whole, or a much older or newer version made it.',
	next: 'Read its summary.md, which tells what was wrong when it was made.',
});
