import assert from 'node:assert/strict';
import test from 'node:test';
import {systemClock} from '../../../server/engine/clock.ts';
import {plannedWords} from '../../../shared/view/update.ts';
import type {View} from '../../../shared/view/view.ts';
import {renderScreen} from '../../../tui/screenshot.ts';
import {firstUi, type ScreenName} from '../../../tui/state.ts';
import {now} from '../../fixtures/views/base.ts';
import {views} from '../../fixtures/views/views.ts';
import {startStage} from '../gateway/harness.ts';
import {openBrowser, signIn} from './browser.ts';

/** Screens that show facts of the view; both surfaces know them by the same names. */
const screens = [
	'status',
	'setup',
	'preflight',
	'progress',
	'components',
	'workloads',
	'events',
	'flux',
	'diagnostics',
	'updates',
	'network',
	'power',
	'bundle',
] as const satisfies readonly ScreenName[];
type Fact = {readonly on: (typeof screens)[number]; readonly text: string};

/** Everything a technician must find on both surfaces, and on which screen. */
function factsOf(view: View): readonly Fact[] {
	const facts: Fact[] = [];
	const add = (on: Fact['on'], ...texts: readonly (string | undefined)[]) => {
		for (const text of texts) if (text !== undefined && text !== '') facts.push({on, text});
	};
	const {identity, rollup, operation, updates} = view;
	for (const on of screens) {
		add(on, identity.product, identity.version, identity.hostname, identity.address, identity.resolvers);
		if (view.network.pending === undefined) add(on, rollup.word);
		if (view.setup.state !== 'waiting')
			add(on, identity.login, identity.loginReady ? identity.loginUrl : identity.statusUrl);
	}
	const isFresh = view.setup.state === 'waiting' && operation === null;
	if (isFresh) for (const row of view.machine) add('status', row.label, row.text);
	else for (const tier of view.tiers) add('status', tier.title, tier.word, tier.reason);
	for (const blocker of view.blockers) {
		const {title, why, next, proof, retry, owner, blocks, command, explains, fix, doing, phaseTitle, layer, component} =
			blocker;
		add(
			'diagnostics',
			title,
			why,
			next,
			...proof,
			retry,
			owner,
			blocks,
			command,
			...explains,
			fix?.title,
			fix?.effect,
			doing,
			phaseTitle,
			layer,
			component,
		);
	}
	for (const check of view.checks) {
		add('preflight', check.title, check.found, check.needed);
		const {problem} = check;
		add('preflight', problem?.what, problem?.why, problem?.next, problem?.detail);
	}
	if (operation !== null)
		add(
			'progress',
			...operation.steps.map(({title}) => title),
			...operation.steps.map(({detail, state}) => (state === 'running' ? detail : undefined)),
		);
	const action = {
		retry: 'retry',
		cancel: 'cancel',
		dismiss: 'put away',
		'give-secret': 'password',
		keep: 'keep',
		revert: 'go back',
	} as const;
	for (const one of operation?.actions ?? [])
		add(one === 'keep' || one === 'revert' ? 'network' : 'progress', action[one]);
	for (const part of view.components) add('components', part.title, part.word, part.reason);
	for (const pod of view.workloads.pods) add('workloads', pod.name, pod.word, pod.ready, pod.image);
	for (const event of view.workloads.events) add('events', event.about, event.text);
	for (const object of view.workloads.flux)
		add('flux', `${object.kind}/${object.name}`, object.word, object.revision, object.reason);
	for (const row of [...view.network.interfaces, ...view.network.resolvers, ...view.network.routes])
		add('network', row.label, row.text);
	add('network', view.network.pending?.text, view.network.tried?.text);
	const {current, available, previous} = updates;
	add(
		'updates',
		current?.version,
		current?.appVersion,
		current?.signedBy,
		updates.channel,
		updates.support,
		previous?.version,
		updates.problem?.what,
	);
	add(
		'updates',
		available?.version,
		available?.notes,
		available?.path,
		available?.downtime,
		available?.disk,
		...(available?.changes ?? []),
	);
	if (updates.planned !== undefined)
		for (const on of ['status', 'updates'] as const) add(on, plannedWords(updates.planned));
	if (available !== undefined) add('updates', ...updates.troubles.map(({text}) => text));
	for (const entry of updates.history) add('updates', entry.title, entry.text);
	return facts;
}

/** What both surfaces may do differently: breaks, frames, capitals. Letters, digits and their order are the same. */
const plain = (text: string) =>
	text
		.replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
		.trim()
		.toLowerCase();

/** The console's text of a screen, every row of its list opened once, on a terminal wide enough to break no line. */
function consoleText(view: View, screen: (typeof screens)[number]): string {
	const rows = {
		preflight: view.checks.length,
		diagnostics: view.blockers.length,
		progress: view.operation?.steps.length ?? 0,
	};
	const count = screen === 'preflight' || screen === 'diagnostics' || screen === 'progress' ? rows[screen] : 0;
	const shots = [
		firstUi(),
		...Array.from({length: count}, (_, row) => ({...firstUi(), selected: {[screen]: row}, detail: 'open' as const})),
	];
	return shots.map(ui => renderScreen({view, screen, cols: 400, rows: 90, tier: 'rich', now, ui}).text).join('\n');
}

const {hostile, ...ordinary} = views;
assert.ok(hostile);

for (const [name, view] of Object.entries(ordinary)) {
	test(`console and page tell the same of "${name}"`, async () => {
		await using stage = await startStage(view);
		stage.clock.offset = now - systemClock.now();
		await using browser = await openBrowser();
		const context = await browser.newContext();
		await signIn(context, stage);
		if (view.access.state === 'unclaimed') stage.engine.publish({access: view.access});
		const page = await context.newPage();
		const missing: string[] = [];
		const texts = new Map<string, {readonly terminal: string; readonly page: string}>();
		for (const screen of screens) {
			await page.goto(`${stage.url()}/#${screen}`);
			await page.getByRole('navigation', {name: 'Screens'}).waitFor();
			texts.set(screen, {terminal: plain(consoleText(view, screen)), page: plain(await page.innerText('body'))});
		}
		for (const {on, text} of factsOf(view)) {
			const shown = texts.get(on);
			const wanted = plain(text);
			if (!shown?.terminal.includes(wanted)) missing.push(`console, ${on}: ${text}`);
			if (!shown?.page.includes(wanted)) missing.push(`page, ${on}: ${text}`);
		}
		assert.deepEqual([...new Set(missing)], []);
	});
}
