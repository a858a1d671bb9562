import type {Instant} from '../facts/fact.ts';
import {type Tier, type TierName, type Tiers, tierNames} from './tiers.ts';

/** A tier as shown: what it says, since when, and how long it has been on its way down. */
export type ShownTier = {
	readonly tier: Tier;
	readonly since: Instant;
	/** First sample that disagreed with "ready", and how many there were in a row. */
	readonly falling?: {readonly since: Instant; readonly samples: number};
};
export type ShownTiers = Readonly<Record<TierName, ShownTier>>;

/** Readiness flaps while pods restart: a tier falls after this many samples in a row, or this long; milliseconds. */
const fallsAfter = {samples: 3, ms: 30_000};

/** What to show next. A tier rises at once and falls late, except into `unknown`: not knowing is said at once. */
export function settle(previous: ShownTiers | undefined, judged: Tiers, now: Instant): ShownTiers {
	const next = (name: TierName) => settleOne(previous?.[name], judged[name], now);
	return Object.fromEntries(tierNames.map(name => [name, next(name)])) as Record<TierName, ShownTier>;
}

function settleOne(previous: ShownTier | undefined, judged: Tier, now: Instant): ShownTier {
	if (!previous) return {tier: judged, since: now};
	const sameState = previous.tier.state === judged.state;
	if (previous.tier.state !== 'ready' || judged.state === 'unknown' || sameState)
		return {tier: judged, since: sameState ? previous.since : now};
	const falling = {since: previous.falling?.since ?? now, samples: (previous.falling?.samples ?? 0) + 1};
	return falling.samples >= fallsAfter.samples || now - falling.since >= fallsAfter.ms
		? {tier: judged, since: falling.since}
		: {...previous, falling};
}
