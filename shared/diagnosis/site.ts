import {causes} from './causes.ts';
import type {Finding} from './rule.ts';

/** Whether a finding speaks for the whole machine: it was read from the host, the node or the platform itself. */
export function siteWide({cause, signal}: Finding): boolean {
	if (causes[cause].per !== 'site' || signal.part.tier !== 'platform') return false;
	return !['helm', 'flux', 'release'].includes(causes[cause].layer) || signal.subject.kind !== 'HelmRelease';
}
