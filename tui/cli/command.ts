import type {Client} from '../../shared/api/client.ts';
import type {RouteName} from '../../shared/api/routes.ts';
import type {Problem, Result} from '../../shared/problem.ts';
import type {View} from '../../shared/view/view.ts';

/** Exit codes: scripts read them. */
export const exit = {ok: 0, failed: 1, usage: 2, actionRequired: 3} as const;

/** What a command may use; given, so that tests run it without a terminal. */
export type CommandIo = {
	readonly client: Client;
	readonly out: (line: string) => void;
	readonly error: (line: string) => void;
	/** Calls back with every new view until it returns true or the signal aborts. */
	readonly watch: (seen: (view: View) => boolean, signal: AbortSignal) => Promise<void>;
	/** Brings a file from the engine, piece by piece, and puts it there whole or not at all (0600). */
	readonly fetchFile: (
		name: RouteName,
		params: Readonly<Record<string, string>>,
		path: string,
	) => Promise<Result<void>>;
	/** Asks for a secret without showing it; undefined where there is no terminal. */
	readonly askSecret: (label: string) => Promise<string | undefined>;
	readonly readFile: (path: string) => Promise<string>;
	/** The engine's clock, once a view was watched; this machine's before. */
	readonly now: () => number;
	readonly columns: number;
	readonly signal: AbortSignal;
};

/** One word after `alga-appliance`. The list of them is `commands.ts`. */
export type Command = {
	readonly name: string;
	readonly usage: string;
	readonly summary: string;
	/** Options and examples. */
	readonly help: readonly string[];
	readonly run: (args: readonly string[], io: CommandIo) => Promise<number>;
};

/** Answers words that no command takes; undefined when there are none. */
export function refuseExtra(
	[extra]: readonly string[],
	usage: string,
	io: Pick<CommandIo, 'error'>,
): typeof exit.usage | undefined {
	if (extra === undefined) return undefined;
	io.error(`"${extra}" is one word too many.`);
	io.error(`Usage: alga-appliance ${usage}`);
	return exit.usage;
}

/** A problem as a technician reads it on a terminal: what, why, what to do. */
export function tellProblem(problem: Problem, io: Pick<CommandIo, 'error'>): void {
	io.error(problem.what);
	if (problem.why) io.error(`Why: ${problem.why}`);
	io.error(`Do:  ${problem.next}`);
	if (problem.detail) for (const line of problem.detail.split('\n').slice(0, 6)) io.error(`     ${line}`);
}
