import type {Rule} from './rule.ts';
import {applicationRules, configRules, containerRules, endRules} from './rules/application.ts';
import {codeRules} from './rules/codes.ts';
import {dnsRules} from './rules/dns.ts';
import {fluxRules} from './rules/flux.ts';
import {k3sRules, nodeRules, runtimeRules} from './rules/kubernetes.ts';
import {insideRules, outsideLogRules, trustRules, wayRules} from './rules/network.ts';
import {imageRules, pullRules, registryRules, releaseCheckRules} from './rules/release.ts';
import {databaseRules, storageRules} from './rules/storage.ts';
import {unforeseenRules} from './rules/unforeseen.ts';

/**
 * Every rule in the order it is tried: the first that fits names the cause. The order is part of the knowledge: a
 * wrapped error ends with its reason, so the words of lower layers are looked for before those of higher ones.
 */
export const rules: readonly Rule[] = [
	...codeRules,
	...releaseCheckRules,
	...storageRules,
	...databaseRules,
	...trustRules,
	...imageRules,
	...dnsRules,
	...k3sRules,
	...configRules,
	...nodeRules,
	...registryRules,
	...insideRules,
	...outsideLogRules,
	...applicationRules,
	...wayRules,
	...runtimeRules,
	...containerRules,
	...pullRules,
	...fluxRules,
	...endRules,
	...unforeseenRules,
];
