import type {Cause} from './cause.ts';
import {applicationCauses} from './causes/application.ts';
import {dnsCauses} from './causes/dns.ts';
import {fluxCauses} from './causes/flux.ts';
import {kubernetesCauses} from './causes/kubernetes.ts';
import {networkCauses} from './causes/network.ts';
import {releaseCauses} from './causes/release.ts';
import {storageCauses} from './causes/storage.ts';

const table = {
	...networkCauses,
	...dnsCauses,
	...releaseCauses,
	...storageCauses,
	...kubernetesCauses,
	...applicationCauses,
	...fluxCauses,
};

/** Every cause there is: a blocker always names one. */
export type CauseId = keyof typeof table;
export const causes: Readonly<Record<CauseId, Cause>> = table;
export const causeIds = Object.keys(table) as readonly CauseId[];
