import type {Screen} from '../scene.ts';
import type {ScreenName} from '../state.ts';
import {bundle} from './bundle.ts';
import {components, events, flux, workloads} from './cluster.ts';
import {diagnostics} from './diagnostics.ts';
import {help} from './help.ts';
import {logs} from './logs.ts';
import {network} from './network.ts';
import {power} from './power.ts';
import {preflight} from './preflight.ts';
import {progress} from './progress.ts';
import {setup} from './setup.ts';
import {status} from './status.ts';
import {updates} from './updates.ts';

/** Every screen there is. */
export const screens: Readonly<Record<ScreenName, Screen>> = {
	status,
	setup,
	preflight,
	progress,
	components,
	workloads,
	events,
	flux,
	logs,
	diagnostics,
	updates,
	network,
	bundle,
	power,
	help,
};
