import {type Runnable, runnable} from '../engine/bound.ts';
import {fix} from './fix.ts';
import {power} from './power.ts';
import {preflightOperation} from './setup/preflight.ts';
import {setup} from './setup/setup.ts';

/** Every operation of the appliance. Adding one is adding it here. */
export const operations: readonly Runnable[] = [
	runnable(setup),
	runnable(preflightOperation),
	runnable(power),
	runnable(fix),
];
