import {installFlux} from '../setup/flux.ts';
import {installK3s} from '../setup/k3s.ts';
import type {Operation} from '../step.ts';
import {commitRollback, commitUpdate, healthGate} from './gate.ts';
import {parseRollback, parseUpdate, reviveUpdate, type UpdateRun} from './input.ts';
import {rollbackPreflight, updatePreflight} from './preflight.ts';
import {fetchImages, siteRegistries, snapshot} from './prepare.ts';
import {applyRelease, switchSource} from './switch.ts';
import {onPlan} from './target.ts';

/** From the recorded release to the next. Until something is switched it may be cancelled; after that it stops in place. */
export const update: Operation<UpdateRun> = {
	kind: 'update',
	parse: parseUpdate,
	revive: reviveUpdate,
	steps: [
		updatePreflight,
		snapshot,
		siteRegistries,
		fetchImages,
		onPlan(installK3s),
		onPlan(installFlux),
		applyRelease,
		switchSource,
		healthGate,
		commitUpdate,
	],
};

/** Back to the recorded release after an update that failed, else to the one before it. Kubernetes and Flux stay as they are. */
export const rollback: Operation<UpdateRun> = {
	kind: 'rollback',
	parse: parseRollback,
	revive: reviveUpdate,
	steps: [
		rollbackPreflight,
		snapshot,
		siteRegistries,
		fetchImages,
		applyRelease,
		switchSource,
		healthGate,
		commitRollback,
	],
};
