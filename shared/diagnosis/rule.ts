import type {CauseId} from './causes.ts';
import type {Signal, Source} from './signal.ts';

/**
 * One row: which signals it looks at, the structured word and the words it needs, and the cause they prove. Named
 * groups of `text` become the values of the cause's sentences. `none` means that this is normal.
 */
export type Rule = {
	readonly cause: CauseId | 'none';
	readonly from?: readonly Source[];
	readonly reason?: RegExp;
	readonly text?: RegExp;
	readonly unless?: RegExp;
	readonly when?: (signal: Signal, surroundings: Surroundings) => boolean;
};

/** What a rule may know beyond the signal itself. */
export type Surroundings = {
	readonly airgap: boolean;
	/** The machine itself gets answers to its name lookups now. */
	readonly hostResolves: boolean;
};

export type Finding = {
	readonly cause: CauseId;
	readonly signal: Signal;
	readonly values: Readonly<Record<string, string>>;
};

/** The first row that fits, or nothing when none does or the signal is normal. */
export function applyRules(rules: readonly Rule[], signal: Signal, surroundings: Surroundings): Finding | undefined {
	for (const rule of rules) {
		if (rule.from && !rule.from.includes(signal.source)) continue;
		if (rule.reason && !rule.reason.test(signal.reason)) continue;
		if (rule.unless?.test(signal.text)) continue;
		const found = rule.text?.exec(signal.text);
		if (rule.text && !found) continue;
		if (rule.when && !rule.when(signal, surroundings)) continue;
		if (rule.cause === 'none') return undefined;
		return {cause: rule.cause, signal, values: definedOnly(found?.groups)};
	}
	return undefined;
}

const definedOnly = (groups: Readonly<Record<string, string | undefined>> | undefined): Record<string, string> =>
	Object.fromEntries(
		Object.entries(groups ?? {}).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
	);
