import {type Runnable, runnable} from '../engine/bound.ts';
import {bundle} from './bundle.ts';
import {fix} from './fix.ts';
import {network} from './network/network.ts';
import {power} from './power.ts';
import {preflightOperation} from './setup/preflight.ts';
import {setup} from './setup/setup.ts';
import {schedule} from './update/schedule.ts';
import {rollback, update} from './update/update.ts';

/** The operations of which one at a time may run. Adding one is adding it here. */
export const operations: readonly Runnable[] = [
	runnable(setup),
	runnable(update),
	runnable(rollback),
	runnable(schedule),
	runnable(preflightOperation),
	runnable(network),
	runnable(power),
	runnable(fix),
];

/** Those that change nothing, neither here nor on the cluster: they run beside any of the others. */
export const observing: readonly Runnable[] = [runnable(bundle)];
