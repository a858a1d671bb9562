import {plannedWords} from './update.ts';
import type {BlockerView, TierView, View} from './view.ts';
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
		...tierLines(tiers, now),
		...blockerLines(blockers),
	];
}

/** A row a tier: what it is, how it does, for how long, and why. */
export const tierLines = (tiers: readonly TierView[], now: number): string[] =>
	tiers.map(
		tier =>
			`${tier.title.padEnd(14)} ${tier.word.padEnd(9)} ${(tier.since === undefined ? '' : durationWords(now - tier.since)).padStart(8)}  ${tier.reason}`,
	);

/** What is wrong, why, the proof, and what to do, each after an empty line. */
export const blockerLines = (blockers: readonly BlockerView[]): string[] =>
	blockers.flatMap(blocker => [
		'',
		`${blocker.phaseTitle}: ${blocker.title} (${blocker.blocks})`,
		`  Why    ${blocker.why}`,
		...blocker.proof.map(line => `  Proof  ${line}`),
		`  Do     ${blocker.next}`,
		`  Retry  ${blocker.retry}`,
		...blocker.explains.map(line => `  Explains  ${line}`),
	]);

/** Every component, pod and delivery, the machine and its network; of one component only what is its own. */
export function detailLines(view: View, component: string | undefined): readonly string[] {
	const about = (name: string) => component === undefined || name === component || name.startsWith(`${component}-`);
	const block = (title: string, rows: readonly string[]) =>
		rows.length === 0 ? [] : ['', title, ...rows.map(row => `  ${row}`)];
	const {workloads, network, machine, components, blockers} = view;
	const everything = component === undefined;
	return [
		...block(
			'Components',
			components
				.filter(one => about(one.name))
				.map(one => `${one.name.padEnd(28)} ${one.word.padEnd(10)} ${one.reason}`),
		),
		...block(
			'Pods',
			workloads.pods
				.filter(one => about(one.name))
				.map(
					one =>
						`${`${one.namespace}/${one.name}`.padEnd(50)} ${one.word.padEnd(20)} ready ${one.ready}, restarts ${one.restarts}`,
				),
		),
		...block(
			'Delivery',
			everything
				? workloads.flux.map(one => `${`${one.kind} ${one.name}`.padEnd(44)} ${one.word.padEnd(12)} ${one.reason}`)
				: [],
		),
		...block(
			'Events',
			workloads.events
				.filter(one => everything || one.about.includes(component))
				.slice(-20)
				.map(one => `${one.about}: ${one.text}`),
		),
		...block('Machine', everything ? machine.map(one => `${one.label.padEnd(20)} ${one.text}`) : []),
		...block(
			'Network',
			everything
				? [...network.interfaces, ...network.resolvers, ...network.routes].map(
						one => `${one.label.padEnd(20)} ${one.text}`,
					)
				: [],
		),
		...block(
			'Issues',
			everything
				? []
				: blockers
						.filter(one => about(one.component))
						.flatMap(one => [one.title, `  Why  ${one.why}`, `  Do   ${one.next}`]),
		),
	];
}
