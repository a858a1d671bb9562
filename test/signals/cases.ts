import * as z from 'zod';

/** One observed thing, as the file writes it; read field by field by the adapter. */
const Input = z.looseObject({kind: z.string()});
const Context = z.looseObject({
	stage: z.enum(['setup', 'install', 'update', 'steady']).catch('install'),
	loginReady: z.boolean().default(false),
	airgap: z.boolean().optional(),
	dependencyFailed: z.boolean().optional(),
});
const words = z.array(z.array(z.string())).default([]);

const SignalCase = z.looseObject({
	id: z.string(),
	context: Context.default({stage: 'install', loginReady: false}),
	input: Input,
	expect: z.looseObject({
		phase: z.string(),
		phaseAccept: z.array(z.string()).default([]),
		cause: z.string(),
		causeAccept: z.array(z.string()).default([]),
		loginBlocking: z.boolean(),
		severity: z.string().optional(),
		retrySafe: z.boolean().optional(),
		retryHelps: z.string().optional(),
		selfHeals: z.boolean().optional(),
		nextStepMustMention: words,
		mustName: z.array(z.string()).default([]),
	}),
});

const BenignCase = z.looseObject({
	id: z.string(),
	context: Context.default({stage: 'install', loginReady: false}),
	input: Input,
});

const CompoundCase = z.looseObject({
	id: z.string(),
	title: z.string().default(''),
	context: Context.default({stage: 'install', loginReady: false}),
	inputs: z.array(Input),
	expect: z.looseObject({
		topCause: z.string().nullable(),
		topCauseAccept: z.array(z.string()).default([]),
		topPhase: z.string().nullable().optional(),
		loginBlocking: z.boolean().optional(),
		rollup: z.string().optional(),
		rollupAccept: z.array(z.string()).default([]),
		mustNotBeTop: z.array(z.string()).default([]),
		distinctBlockers: z.number().optional(),
		nextStepMustMention: words,
	}),
});

/** A file of cases: single signals, things that only look bad, and several signals at once. */
export const CaseFile = z.looseObject({
	components: z.record(z.string(), z.enum(['platform', 'core', 'bootstrap', 'login', 'background'])),
	signals: z.array(SignalCase).default([]),
	benign: z.array(BenignCase).default([]),
	compound: z.array(CompoundCase).default([]),
});

export type CaseFile = z.infer<typeof CaseFile>;
export type Input = z.infer<typeof Input>;
export type CaseContext = z.infer<typeof Context>;
export type SignalCase = CaseFile['signals'][number];
export type CompoundCase = CaseFile['compound'][number];
