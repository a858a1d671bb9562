import {plannedWords} from './update.ts';
import type {View} from './view.ts';
import {durationWords} from './words.ts';

/** The same rows in the same order as the console's first screen. */
export function statusLines(view: View, now: number): string[] {
	const {identity, rollup, tiers, blockers, updates} = view;
	return [
		`${identity.product} ${identity.version}  ${identity.hostname}  ${rollup.word}`,
		`${rollup.message} ${rollup.nextAction}`,
		`Web page  ${identity.statusUrl || 'no address yet'}`,
		`Login     ${identity.loginUrl ? `${identity.loginUrl}  ` : ''}${identity.login}`,
		...(updates.planned ? [`Update    planned: ${plannedWords(updates.planned)}`] : []),
		`Network   ${identity.address}   dns ${identity.resolvers}`,
		'',
		...tiers.map(
			tier =>
				`${tier.title.padEnd(14)} ${tier.word.padEnd(9)} ${(tier.since === undefined ? '' : durationWords(now - tier.since)).padStart(8)}  ${tier.reason}`,
		),
		...blockers.flatMap(blocker => [
			'',
			`${blocker.phaseTitle}: ${blocker.title} (${blocker.blocks})`,
			`  Why    ${blocker.why}`,
			...blocker.proof.map(line => `  Proof  ${line}`),
			`  Do     ${blocker.next}`,
			`  Retry  ${blocker.retry}`,
			...blocker.explains.map(line => `  Explains  ${line}`),
		]),
	];
}
