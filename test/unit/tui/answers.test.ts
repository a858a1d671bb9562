import assert from 'node:assert/strict';
import {test} from 'node:test';
import {makeStore} from '../../../shared/view/store.ts';
import {makeConsole} from '../../../tui/console.ts';
import {frame} from '../../../tui/frame.ts';
import {sceneOf} from '../../../tui/scene.ts';
import {renderScreen} from '../../../tui/screenshot.ts';
import {firstUi, type Situation} from '../../../tui/state.ts';
import {reconcile, settle} from '../../../tui/ui.ts';
import {now} from '../../fixtures/views/base.ts';
import {views} from '../../fixtures/views/views.ts';
import {at, char, press, typed} from './situation.ts';

const {healthy, installing, failed} = views;
const lost = {state: 'lost', since: now - 3000, why: 'connect ECONNREFUSED'} as const;
const drawn = (situation: Situation): string =>
	frame(sceneOf(situation, 'basic'))
		.rows.join('\n')
		.replace(/\x1b\[[\d;]*m/g, '');
const footer = (situation: Situation): string => drawn(situation).split('\n').at(-1) ?? '';

test('an answer that cannot be taken is told with what is expected, keeps what was typed, and is forgotten with the next letter', () => {
	const updates = at(healthy, {screen: 'updates'});
	for (const [start, keys, words] of [
		[updates, [char('t'), ...typed('25:99')], /"25:99" is not a time in the future\. Write 02:00/],
		[updates, [char('t'), ...typed('2020-01-01 02:00')], /"2020-01-01 02:00" is not a time in the future/],
		[updates, [char('t')], /Type a time first, such as 02:00/],
		[updates, [char('y'), ...typed('no')], /"no" is not the word: type rollback/],
		[updates, [char('y')], /Type the word rollback first/],
		[updates, [char('i')], /Enter alone does nothing here: y goes on/],
	] as const) {
		const {ui, effects} = press(start, ...keys, {name: 'enter'});
		assert.deepEqual(effects, []);
		assert.equal(ui.dialog?.typed, press(start, ...keys).ui.dialog?.typed);
		assert.match(drawn({...start, ui}), words);
		const next = press({...start, ui}, char('0')).ui;
		if (ui.dialog?.ask.is !== 'yes') assert.equal(next.dialog?.wrong, undefined);
	}
	for (const key of ['t', 'y'])
		assert.match(footer({...updates, ui: press(updates, char(key)).ui}), /^ Enter /, `${key}: the footer names Enter`);
});

test('a key that cannot work now says why, and says nothing where it never works', () => {
	const said = (situation: Situation, key: string) => press(situation, char(key)).ui.message?.text;
	assert.match(said(at(installing, {screen: 'network'}), 'e') ?? '', /^Not now: .* is running\. "change" has to wait/);
	const power = press(at(installing, {screen: 'power'}), {name: 'enter'});
	assert.match(power.ui.message?.text ?? '', /^Not now: .* is running\. "choose"/);
	assert.match(said(at(healthy, {screen: 'bundle'}, lost), 'g') ?? '', /the engine does not answer\. "make a bundle"/);
	assert.match(said(at(failed, {screen: 'status'}, lost), 'r') ?? '', /the engine does not answer\. "retry"/);
	assert.equal(said(at(healthy, {screen: 'updates'}), 'q'), undefined);
	const answered = press(at(healthy, {screen: 'bundle'}, lost), char('g'));
	assert.match(drawn(at(healthy, answered.ui, lost)), /Not now: the engine does not answer/);
	assert.equal(press(at(healthy, answered.ui, lost), char('q')).ui.message, undefined);
	assert.doesNotMatch(drawn(at(installing, {screen: 'network'})), /e changes them/);
	assert.match(drawn(at(healthy, {screen: 'network'})), /e changes them/);
});

test('the reason stays on the screen for as long as any message', () => {
	const store = makeStore(now);
	store.apply({event: 'view', data: {revision: 1, view: installing}}, now);
	let clock = 100_000;
	const console = makeConsole(
		store,
		{tier: 'basic', tty: 'vt'},
		{columns: 80, rows: 24},
		() => now,
		() => clock,
		() => {},
	);
	console.key({name: 'f10'});
	console.key({name: 'enter'});
	clock += 5000;
	console.tick();
	assert.match(console.screen.get().rows.join('\n'), /"choose" has to wait/);
	clock += 60_000;
	console.tick();
	assert.doesNotMatch(console.screen.get().rows.at(-2) ?? '', /Not now/);
	console.close();
});

test('with the engine lost nothing is called well, and how old the screen is fits its row', () => {
	const screen = drawn(at(healthy, {screen: 'diagnostics'}, lost));
	assert.doesNotMatch(screen, /Nothing is known to be wrong/);
	assert.match(screen, /Nothing was known to be wrong 3 s ago/);
	for (const columns of [60, 80, 160])
		for (const ago of [3000, 47 * 60_000, 3 * 3_600_000 + 59 * 60_000]) {
			const text = drawn({...at(healthy, {}, {...lost, since: now - ago}), columns});
			assert.match(text.split('\n').at(-2) ?? '', /The engine does not answer; .* ago\.(?: It .*\.)?$/);
		}
});

test('that something was begun is told while it runs and no longer', () => {
	const begun = settle(firstUi(), {of: 'call', label: 'Retry', kind: 'retry'});
	const runs = reconcile(reconcile(begun, healthy), installing);
	assert.equal(runs.message?.text, 'Retry: begun');
	assert.equal(reconcile(runs, healthy).message, undefined);
	const reset = settle(firstUi(), {of: 'call', label: 'Reset', kind: 'reset-access'});
	assert.equal(reconcile(reconcile(reset, installing), healthy).message?.text, 'Reset: done');
});

test('ages of hours and the names of sources are whole, and a long image name leaves the verb readable', () => {
	const digest = 'abbb84e8fcd996223165456f'.padEnd(64, '0');
	const title = `The image ghcr.io/nine-minds/workflow-worker@sha256:${digest} does not exist`;
	const view = {
		...views.background,
		tiers: views.background.tiers.map(tier => ({...tier, since: now - (2 * 60 + 41) * 60_000})),
		activity: [
			{at: now, mark: 'good', source: 'Fully healthy', text: 'everything works'},
			{at: now, mark: 'good', source: 'Support bundle', text: 'made'},
		] as const,
		blockers: views.background.blockers.map(blocker => ({...blocker, title})),
	};
	const opened = {...firstUi(), detail: 'open'} as const;
	const shot = (screen: 'status' | 'diagnostics', cols: number, ui = firstUi()) =>
		renderScreen({view: {...view, activity: [...view.activity]}, screen, cols, rows: 24, tier: 'vt', now, ui}).text;
	assert.match(shot('status', 80), /2 h 41 min/);
	const wide = shot('status', 160);
	assert.match(wide, /Platform .* 2 h 41 min {2}k3s/);
	assert.doesNotMatch(shot('status', 80), new RegExp(digest));
	for (const screen of ['status', 'diagnostics'] as const) {
		const text = shot(screen, 80);
		assert.match(text, /^ ▲ .*The image ghcr.*~.* does not exist$/m, text);
		assert.match(text, /┌ The image ghcr.*~.* does not exist/, text);
	}
	const detail = shot('diagnostics', 80, opened).replaceAll(/\s+/g, '');
	assert.ok(detail.includes(title.replaceAll(' ', '')), detail);
	const calm = {...healthy, tiers: view.tiers, activity: [...view.activity]};
	const recent = renderScreen({view: calm, screen: 'status', cols: 80, rows: 24, tier: 'vt', now}).text;
	assert.match(recent, /Fully healthy +everything works/);
	assert.match(recent, /Support bundle +made/);
});

test('pods that begin alike are told apart', () => {
	const [pod] = healthy.workloads.pods;
	assert.ok(pod);
	const named = ['alga-core-sebastian-43c0c5c3f9-2hzq2', 'alga-core-sebastian-bootstrap-pjgzt'];
	const image = `ghcr.io/nine-minds/alga@sha256:${'a'.repeat(64)}`;
	const pods = named.map(name => ({...pod, name, image, word: 'CrashLoopBackOff', node: 'appliance-of-example'}));
	const view = {...healthy, workloads: {...healthy.workloads, pods}};
	const text = renderScreen({view, screen: 'workloads', cols: 60, rows: 16, tier: 'vt', now}).text;
	for (const end of ['2hzq2', 'pjgzt']) assert.match(text, new RegExp(`alga.*${end} `), text);
});

test('the support page can be read to its end on the smallest screen', () => {
	const bundles = [1, 2, 3].map(n => ({
		name: `bundle-${n}.tar.gz`,
		path: `/var/lib/alga-appliance/bundles/bundle-${n}.tar.gz`,
		sizeBytes: 4e6,
		at: now - n * 1000,
	}));
	for (const [columns, rows] of [
		[80, 24],
		[60, 16],
	] as const) {
		let situation: Situation = {...at({...healthy, bundles}, {screen: 'bundle'}), columns, rows};
		let seen = '';
		for (let page = 0; page < 8; page++) {
			const {overflow} = frame(sceneOf(situation, 'vt'));
			seen += drawn(situation);
			situation = {...situation, overflow, ui: press({...situation, overflow}, {name: 'pagedown'}).ui};
		}
		assert.match(seen, /bundle-3\.tar\.gz/);
		assert.match(seen, /From this machine +alga-appliance bundle -o FILE/);
		assert.match(footer({...at({...healthy, bundles}, {screen: 'bundle'}), columns: 160, rows}), /Up\/Dn scroll/);
	}
});

test('the help begins with the screen one came from, names keys as keyboards do, and has a row a key', () => {
	const text = drawn({...at(healthy, {screen: 'help', back: ['home', 'updates']}), rows: 400});
	const rows = text.split('\n');
	assert.match(rows[4] ?? '', /Keys on this screen: Updates/);
	assert.doesNotMatch(text, /Pageup|Pagedown|Backtab|Down +down/);
	assert.match(text, /Shift-Tab, Up/);
	assert.equal(rows.filter(row => / Ctrl-K /.test(row)).length, 1);
	const fingerprint = healthy.identity.fingerprint;
	assert.ok(text.replaceAll(/\s/g, '').includes(fingerprint.replaceAll(/\s/g, '')), 'the fingerprint is whole');
	const end = rows.findLastIndex(row => /F keys and Ctrl keys|Ctrl keys work/.test(row));
	assert.ok(end < 150, `${end} rows`);
});

test('with a plan set every key of the Updates screen is in the footer at 80 columns, in a terminal emulator too', () => {
	for (const tty of ['vt', 'pty'] as const) {
		const view = {
			...views.updatePlanned,
			updates: {...views.updatePlanned.updates, previous: healthy.updates.previous},
		};
		const keys = footer({...at(view, {screen: 'updates'}), tty});
		for (const key of ['i install', 't plan', 'x take the plan back', 'y roll back', 'F1 help'])
			assert.ok(keys.includes(key), `${tty} ${key}: ${keys}`);
	}
});

test('the review has a row for each answer at 80x24, the password too, and says what F8 does to its end', () => {
	const ui = firstUi();
	const form = {
		...ui.form,
		page: 6,
		text: {dnsMode: 'custom', dnsServers: '192.0.2.53', adminPassword: 'canary-c0ffee'},
	};
	const text = drawn(at(views.drafted, {screen: 'setup', form}));
	assert.match(text, /Servers +192\.0\.2\.53/);
	assert.match(text, /Password +\*+/);
	assert.match(text, /F8 only runs the checks, which change nothing\./);
});
