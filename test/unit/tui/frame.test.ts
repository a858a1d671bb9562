import assert from 'node:assert/strict';
import {test} from 'node:test';
import {frame} from '../../../tui/frame.ts';
import {sceneOf} from '../../../tui/scene.ts';
import {renderScreen} from '../../../tui/screenshot.ts';
import {firstUi, screenNames} from '../../../tui/state.ts';
import {fitsTier, type Tier} from '../../../tui/terminal/glyphs.ts';
import {textWidth} from '../../../tui/terminal/width.ts';
import {now} from '../../fixtures/views/base.ts';
import {views} from '../../fixtures/views/views.ts';
import {at} from './situation.ts';

const sizes = [
	[80, 24],
	[80, 25],
	[100, 37],
	[128, 48],
	[160, 50],
	[60, 16],
	[59, 15],
	[20, 5],
	[1, 1],
] as const;
const tiers: readonly Tier[] = ['rich', 'vt', 'basic'];
const sgr = /\x1b\[[\d;]*m/g;

for (const [name, view] of Object.entries(views)) {
	test(`every screen of "${name}" has exactly the screen's rows, fits its columns and uses only the tier's glyphs`, () => {
		for (const screen of [...screenNames, 'home'] as const)
			for (const [columns, rows] of sizes)
				for (const tier of tiers)
					for (const detail of ['closed', 'open'] as const) {
						const scene = sceneOf({...at(view, {screen, detail}), columns, rows}, tier);
						const drawn = frame(scene).rows;
						const where = `${name} ${screen} ${columns}x${rows} ${tier} ${detail}`;
						assert.equal(drawn.length, rows, where);
						for (const row of drawn) {
							const text = row.replace(sgr, '');
							assert.ok(textWidth(text) <= columns, `${where}: too wide: ${text}`);
							assert.ok(fitsTier(text, tier), `${where}: not in the tier: ${text}`);
							assert.ok(!/\x1b\[(?:[\d;]*;)?[2345](?:;|m)/.test(row), `${where}: dim, italic or blink: ${row}`);
							if (tier === 'basic') assert.ok(!/\x1b\[(?!0m|7m)/.test(row), `${where}: colour on basic: ${row}`);
						}
					}
	});
}

test('a console that has heard nothing yet says so at every size', () => {
	for (const [columns, rows] of sizes)
		for (const tier of tiers)
			for (const link of [
				{state: 'connecting', since: now},
				{state: 'lost', since: now - 9000, why: 'connect ENOENT'},
			] as const) {
				const drawn = frame(sceneOf({...at(undefined, {}, link), columns, rows}, tier)).rows;
				assert.equal(drawn.length, rows);
			}
});

test('the painter has nothing to replace, not even in names that no font has', () => {
	for (const tier of tiers)
		for (const screen of screenNames) {
			const {replaced, text} = renderScreen({view: views.hostile, screen, cols: 80, rows: 24, tier, now});
			assert.equal(replaced, 0, `${screen} ${tier}\n${text}`);
		}
});

test('rows 1 to 3 tell product, state, address and errand on every screen', () => {
	for (const screen of screenNames) {
		const {text} = renderScreen({view: views.installing, screen, cols: 80, rows: 24, tier: 'vt', now});
		const [first = '', second = '', third = ''] = text.split('\n');
		assert.match(first, /Alga Appliance 1\.0\.0 {2}alga-01 .* INSTALLING {3}live/, screen);
		assert.match(second, /http:\/\/192\.168\.64\.8:8080 .*not yet: core services are starting/, screen);
		assert.match(third, /eth0 192\.168\.64\.8\/24 dhcp .* step 7 of 11/, screen);
	}
});

test('the setup token is on the first screen, in no picture, and the release takes its place once it was used', () => {
	const drawn = frame(sceneOf(at(views.firstBoot), 'basic')).rows.join('\n');
	assert.match(drawn, /setup token {2}7F3K-9QXT-2MVB/);
	const picture = renderScreen({view: views.firstBoot, screen: 'home', cols: 80, rows: 24, tier: 'basic', now}).text;
	assert.match(picture, /setup token {2}\*{4}-\*{4}-\*{4}/);
	const claimed = renderScreen({view: views.healthy, screen: 'home', cols: 80, rows: 24, tier: 'basic', now}).text;
	assert.match(claimed, /release {2}1\.4\.2 stable/);
	assert.doesNotMatch(claimed, /token/);
});

test('a lost engine is named, with the last data still on the screen', () => {
	const {text} = renderScreen({
		view: views.healthy,
		screen: 'status',
		cols: 80,
		rows: 24,
		tier: 'vt',
		now,
		link: {state: 'lost', since: now - 12_000, why: 'connect ECONNREFUSED'},
	});
	assert.match(text, /LOST 12 s/);
	assert.match(text, /Platform .* ready/);
	assert.match(text, /The engine does not answer; what is shown is from 12 s ago/);
});

test('silence of an engine that is still connected turns into an age and then into STALE', () => {
	const word = (quiet: number) =>
		renderScreen({
			view: views.healthy,
			screen: 'status',
			cols: 80,
			rows: 24,
			tier: 'vt',
			now,
			link: {state: 'live', lastAt: now - quiet},
		}).text;
	assert.match(word(2000), / live /);
	assert.match(word(25_000), / 25 s /);
	assert.match(word(60_000), / STALE 1 min /);
});

test('what keeps people out stands above the tiers, what does not stands below', () => {
	const order = (view: typeof views.failed) => {
		const {text} = renderScreen({view, screen: 'status', cols: 80, rows: 24, tier: 'vt', now});
		return text.indexOf('┌') - text.indexOf('Platform');
	};
	assert.ok(order(views.failed) < 0);
	assert.ok(order(views.background) > 0);
});

test('home shows first boot, progress, checks or status, whichever deserves it', () => {
	const title = (view: typeof views.failed) =>
		/^. (\w+) /.exec(
			renderScreen({view, screen: 'home', cols: 80, rows: 24, tier: 'vt', now}).text.split('\n')[3] ?? '',
		)?.[1];
	assert.equal(title(views.firstBoot), 'Status');
	assert.equal(title(views.installing), 'Progress');
	assert.equal(title(views.needsPassword), 'Progress');
	assert.equal(title(views.failed), 'Status');
});

test('a secret is never on the screen unless it is asked to be', () => {
	const ui = firstUi();
	const form = {...ui.form, page: 5, field: 3, text: {adminPassword: 'canary-c0ffee'}};
	const shot = (secret: 'masked' | 'readable') =>
		renderScreen({
			view: views.drafted,
			screen: 'setup',
			cols: 80,
			rows: 24,
			tier: 'vt',
			now,
			ui: {...ui, form: {...form, secret}},
		}).text;
	assert.doesNotMatch(shot('masked'), /canary/);
	assert.match(shot('readable'), /canary-c0ffee/);
	const review = {...ui, form: {...form, page: 6, field: 0}};
	assert.doesNotMatch(
		renderScreen({view: views.drafted, screen: 'setup', cols: 80, rows: 24, tier: 'vt', now, ui: review}).text,
		/canary/,
	);
});
