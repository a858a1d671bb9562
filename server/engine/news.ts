import type {Judgement} from '../../shared/view/judge.ts';
import {rollupMark} from '../../shared/view/tell.ts';
import type {Activity} from './journal.ts';

/** What a technician should find in the list of events: the rollup, tiers and issues that came or went. */
export function newsBetween(before: Judgement | undefined, after: Judgement, at: number): readonly Activity[] {
	if (before === undefined) return [];
	const known = new Set(before.blockers.map(one => one.id));
	const still = new Set(after.blockers.map(one => one.id));
	const was = new Map(before.tiers.map(tier => [tier.id, tier.ready]));
	return [
		...after.tiers
			.filter(tier => tier.ready && was.get(tier.id) === false)
			.map(tier => ({at, mark: 'good' as const, source: tier.title, text: `ready: ${tier.reason}`})),
		...after.tiers
			.filter(tier => !tier.ready && was.get(tier.id) === true)
			.map(tier => ({at, mark: 'attention' as const, source: tier.title, text: `no longer ready: ${tier.reason}`})),
		...after.blockers
			.filter(one => !known.has(one.id))
			.map(one => ({
				at,
				mark: one.loginBlocking ? ('failed' as const) : ('attention' as const),
				source: one.component,
				text: one.title,
			})),
		...before.blockers
			.filter(one => !still.has(one.id))
			.map(one => ({at, mark: 'good' as const, source: one.component, text: `no longer: ${one.title}`})),
		...(before.rollup.state === after.rollup.state
			? []
			: [
					{
						at,
						mark: rollupMark[after.rollup.state],
						source: 'Appliance',
						text: `${after.rollup.word}: ${after.rollup.message}`,
					},
				]),
	];
}
