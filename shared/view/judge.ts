import type {Blocker} from '../diagnosis/blocker.ts';
import {diagnose} from '../diagnosis/diagnose.ts';
import type {ClusterFacts} from '../facts/cluster.ts';
import type {Instant} from '../facts/fact.ts';
import type {HostFacts, ProbeFact} from '../facts/host.ts';
import type {OperationProgress} from '../operations/operation.ts';
import {type ComponentHealth, judgeComponents} from '../readiness/components.ts';
import {type ShownTiers, settle} from '../readiness/hysteresis.ts';
import {type Rollup, rollup} from '../readiness/rollup.ts';
import {judgeTiers, type Tier, type Tiers, tierNames, withBlockers} from '../readiness/tiers.ts';
import type {ReleaseManifest} from '../release/manifest.ts';
import {blockerView, rollupWord, tierView} from './tell.ts';
import type {BlockerView, TierView} from './view.ts';

/** Everything the judgement looks at; the same question gives the same answer. */
export type Question = {
	readonly host: HostFacts;
	readonly cluster: ClusterFacts;
	/** The release that is installed or being installed; undefined before. */
	readonly release: ReleaseManifest | undefined;
	/** Whether a release was ever put on this machine. */
	readonly installed: boolean;
	readonly loginUrl: string | undefined;
	readonly loginProbe: ProbeFact | undefined;
	readonly bootstrapRecorded: Instant | undefined;
	readonly storageProved: Instant | undefined;
	readonly operation: OperationProgress | undefined;
	readonly now: Instant;
};

/** What is so, in the words every surface uses. */
export type Judgement = {
	readonly tiers: readonly TierView[];
	readonly components: readonly ComponentHealth[];
	readonly blockers: readonly BlockerView[];
	readonly rollup: Rollup & {readonly word: string; readonly since: Instant};
	readonly loginReady: boolean;
	/** Carried into the next judgement: first-seen times, and tiers on their way down. */
	readonly memory: {readonly shown: ShownTiers; readonly blockers: readonly Blocker[]};
};

/** Facts → tiers, blockers and the one-line rollup. Pure; `previous` only carries what needs memory. */
export function judge(question: Question, previous: Judgement | undefined): Judgement {
	const {host, cluster, release, now, operation} = question;
	const facts = {host, cluster};
	const judged = judgeTiers({
		facts,
		expected: release,
		loginProbe: question.loginProbe,
		loginUrl: question.loginUrl,
		bootstrapRecorded: question.bootstrapRecorded,
		storageProved: question.storageProved,
		now,
	});
	const settled = settle(previous?.memory.shown, judged, now);
	const isLoginReady = settled.login.tier.state === 'ready';
	// Before anything is installed a silent Kubernetes is no fault: it is not there yet.
	const blockers =
		release === undefined
			? []
			: diagnose({
					facts,
					expected: release,
					context: {stage: stageOf(operation, question.installed), loginReady: isLoginReady, now, operation},
					previous: previous?.memory.blockers ?? [],
				});
	const tiers: Tiers = withBlockers(tiersOf(settled), blockers);
	const summary = rollup({tiers, blockers, installed: question.installed, operation});
	return {
		tiers: tierNames.map(name => tierView(name, tiers[name], settled[name].since)),
		components: judgeComponents(cluster, release, now),
		blockers: blockers.map(blocker => blockerView(blocker, operation)),
		rollup: {
			...summary,
			word: rollupWord(summary.state, operation),
			since: previous?.rollup.state === summary.state ? previous.rollup.since : now,
		},
		loginReady: tiers.login.state === 'ready',
		memory: {shown: settled, blockers},
	};
}

const tiersOf = (shown: ShownTiers): Tiers => {
	const tier = (name: (typeof tierNames)[number]): Tier => shown[name].tier;
	return {
		platform: tier('platform'),
		core: tier('core'),
		bootstrap: tier('bootstrap'),
		login: tier('login'),
		background: tier('background'),
		fullHealth: tier('fullHealth'),
	};
};

function stageOf(
	operation: OperationProgress | undefined,
	installed: boolean,
): 'setup' | 'install' | 'update' | 'steady' {
	if (operation?.state === 'running' && operation.kind === 'update') return 'update';
	if (!installed) return 'install';
	return 'steady';
}
