import type {Operation} from '../step.ts';
import {applySource, installFlux} from './flux.ts';
import {parseSetup, reviveSetup, type SetupRun} from './input.ts';
import {installK3s} from './k3s.ts';
import {machineSettings} from './machine.ts';
import {preflight} from './preflight.ts';
import {resolveRelease} from './release.ts';
import {applySettings, applyTenant} from './settings.ts';
import {smokeTestStorage} from './storage.ts';
import {waitForBootstrap, waitForCore, waitForLogin} from './wait.ts';

/** From a fresh machine to "Ready to log in". Background services are observed, never waited for. */
export const setup: Operation<SetupRun> = {
	kind: 'setup',
	parse: parseSetup,
	revive: reviveSetup,
	steps: [
		preflight,
		resolveRelease,
		machineSettings,
		installK3s,
		smokeTestStorage,
		installFlux,
		applySettings,
		applyTenant,
		applySource,
		waitForCore,
		waitForBootstrap,
		waitForLogin,
	],
};
