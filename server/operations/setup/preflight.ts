import type {CheckResult} from '../../../shared/operations/check.ts';
import {blocksStart} from '../../../shared/operations/check.ts';
import {fail, ok, type Result} from '../../../shared/problem.ts';
import {runChecks} from '../preflight/checks.ts';
import type {Operation, Step, Work} from '../step.ts';
import {parseSetup, reviveSetup, type SetupRun} from './input.ts';

/** Everything is looked at before anything is changed. A failed check stops here; a warning must be accepted knowingly. */
export const preflight: Step<SetupRun> = {
	id: 'preflight',
	title: 'Checks passed',
	phase: 'network',
	usualMs: [5000, 30_000],
	effect: 'reads',
	check: async () => ok(false),
	run: look,
	verify: async () => ok(undefined),
};

async function look(work: Work<SetupRun>): Promise<Result<void>> {
	const {host, registry, clock, input, signal} = work;
	const facts = await host.facts(signal);
	const {results} = await runChecks(
		{
			host,
			registry: registry(input.answers),
			mirrors: work.site.mirrors(),
			clock,
			answers: input.answers,
			facts,
			signal,
		},
		checks => {
			work.checks(checks);
			work.detail(`${checks.filter(one => one.at !== undefined).length} of ${checks.length} checks done`);
		},
	);
	for (const one of results)
		work.log(`${one.result.padEnd(7)} ${one.title}: ${one.found}${one.problem ? `. ${one.problem.what}` : ''}`);
	return verdict(results, new Set(input.accept));
}

function verdict(results: readonly CheckResult[], accepted: ReadonlySet<string>): Result<void> {
	const blocking = results.filter(one => blocksStart(one, accepted));
	const worst = blocking.find(one => one.result === 'fails') ?? blocking[0];
	if (worst === undefined) return ok(undefined);
	const others = blocking.length > 1 ? ` ${blocking.length - 1} more need attention.` : '';
	if (worst.result === 'fails' && worst.problem) {
		return fail({
			...worst.problem,
			what: `${worst.problem.what}${others}`,
			next: `${worst.problem.next} Nothing has been changed on this machine.`,
			retry: 'safe',
		});
	}
	return fail({
		code: 'preflight.needs-acceptance',
		what: `${worst.title}: ${worst.problem?.what ?? worst.found}${others}`,
		next: `Repair it, or accept it knowingly and start again (accept: ${blocking.map(one => one.id).join(', ')}). Nothing has been changed on this machine.`,
		retry: 'safe',
	});
}

/** The checks alone, with the answers as they are: from the form's "check now" and before an update. */
export const preflightOperation: Operation<SetupRun> = {
	kind: 'preflight',
	parse: parseDraftForChecks,
	revive: reviveSetup,
	steps: [preflight],
};

/** Checks may run before the form is complete: only what they use must be valid. */
function parseDraftForChecks(raw: unknown): Result<{input: SetupRun; secrets: Record<string, never>}> {
	const values =
		typeof raw === 'object' && raw !== null && 'values' in raw && typeof raw.values === 'object' && raw.values !== null
			? raw.values
			: {};
	const placeholders = {
		companyName: '-',
		adminFirstName: '-',
		adminLastName: '-',
		adminEmail: 'nobody@example.com',
		adminPassword: 'not-used-here',
	};
	const parsed = parseSetup({values: {...values, ...placeholders}});
	return parsed.ok ? ok({input: parsed.value.input, secrets: {}}) : parsed;
}
