import type {Scenario} from '../simulator.ts';
import {bootstrapJobFails, missingBackgroundImage, pvcSubpath, slowImagePull, temporalSchema} from './application.ts';
import {happy} from './happy.ts';
import {channelMissing, diskTooSmall, dnsRefused, registryUnreachable} from './preflight.ts';
import {updateBreaks} from './update-breaks.ts';
import {apiFlaps, powerLoss, registryOutage, update} from './weather.ts';

/** Every scenario, in the order they are offered. */
export const scenarios: readonly Scenario[] = [
	happy,
	dnsRefused,
	registryUnreachable,
	channelMissing,
	diskTooSmall,
	missingBackgroundImage,
	pvcSubpath,
	temporalSchema,
	slowImagePull,
	bootstrapJobFails,
	apiFlaps,
	update,
	updateBreaks,
	registryOutage,
	powerLoss,
];
