import assert from 'node:assert/strict';
import {test} from 'node:test';
import {formValues, reviewPage} from '../../../tui/form.ts';
import {shownScreen} from '../../../tui/state.ts';
import {reconcile, settle} from '../../../tui/ui.ts';
import {viewWith} from '../../fixtures/views/base.ts';
import {views} from '../../fixtures/views/views.ts';
import {at, char, ctrl, press, typed} from './situation.ts';

const company = {...at(views.firstBoot).ui.form, page: 4};
const review = {...at(views.firstBoot).ui.form, page: reviewPage};

test('letters typed into a field are its text, whatever they mean elsewhere', () => {
	const {ui} = press(at(views.firstBoot, {screen: 'setup', form: company}), ...typed('sl?du bnphq 12'));
	assert.equal(ui.form.text.companyName, 'sl?du bnphq 12');
	assert.equal(ui.screen, 'setup');
});

test('editing keys change the text at the cursor', () => {
	const start = at(views.firstBoot, {screen: 'setup', form: company});
	const cases: readonly [string, Parameters<typeof press>[1][], string][] = [
		['backspace', [...typed('abc'), {name: 'backspace'}], 'ab'],
		['left, then a letter', [...typed('ac'), {name: 'left'}, char('b')], 'abc'],
		['home and delete', [...typed('xabc'), {name: 'home'}, {name: 'delete'}], 'abc'],
		['Ctrl-U', [...typed('wrong'), ctrl('u'), ...typed('right')], 'right'],
		['a paste with line ends', [{name: 'paste', text: '  Example\r\nIT \n'}], 'Example IT'],
		['wide signs', [...typed('日本'), {name: 'backspace'}], '日'],
		['a paste of 10 KB', [{name: 'paste', text: 'x'.repeat(10_000)}], 'x'.repeat(1000)],
	];
	for (const [name, keys, text] of cases) assert.equal(press(start, ...keys).ui.form.text.companyName, text, name);
});

test('nothing typed is lost by leaving the screen, by an error, or by a view that comes meanwhile', () => {
	const situation = at(views.firstBoot, {screen: 'setup', form: company});
	const left = press(situation, ...typed('Example IT'), {name: 'f4'});
	assert.equal(left.ui.screen, 'logs');
	assert.equal(left.effects[0]?.do, 'draft');
	const failed = settle(left.ui, {of: 'draft', problem: {code: 'engine.unreachable', what: 'away', next: 'wait'}});
	const later = reconcile(failed, views.firstBoot);
	assert.equal(formValues(later.form, views.firstBoot).companyName, 'Example IT');
	const back = press({...situation, ui: later}, {name: 'escape'});
	assert.equal(shownScreen({...situation, ui: back.ui}), 'setup');
	assert.equal(back.ui.form.page, company.page);
});

test('an answer the engine has kept is no longer held here, so that another surface may change it', () => {
	const ui = {...at(views.firstBoot).ui, form: {...company, text: {companyName: 'Example IT'}}};
	const kept = viewWith({
		setup: {...views.firstBoot.setup, draft: {...views.firstBoot.setup.draft, companyName: 'Example IT'}},
	});
	assert.deepEqual(reconcile(ui, kept).form.text, {});
});

test('a wrong answer is told under its field when the field is left, and keeps standing as typed', () => {
	const dns = {...company, page: 2, field: 1, text: {dnsMode: 'custom'}};
	const {ui, effects} = press(at(views.firstBoot, {screen: 'setup', form: dns}), ...typed('10.0.0.1053'), {
		name: 'tab',
	});
	assert.match(ui.form.problems.dnsServers ?? '', /10\.0\.0\.1053: not an address/);
	assert.equal(ui.form.text.dnsServers, '10.0.0.1053');
	assert.equal(effects[0]?.do, 'draft');
});

test('what is pasted is kept in its plain form', () => {
	const dns = {...company, page: 2, field: 1, text: {dnsMode: 'custom'}};
	const {ui} = press(
		at(views.firstBoot, {screen: 'setup', form: dns}),
		{name: 'paste', text: '10.0.0.10;10.0.0.11 10.0.0.10'},
		{name: 'enter'},
	);
	assert.equal(ui.form.text.dnsServers, '10.0.0.10, 10.0.0.11');
});

test('a draft carries what was typed here and nothing that another surface may have changed', () => {
	const {effects} = press(at(views.drafted, {screen: 'setup', form: company}), ...typed(' Ltd'), {name: 'tab'});
	assert.deepEqual(effects, [{do: 'draft', values: {companyName: 'Example IT Ltd'}}]);
});

test('no draft ever carries a password', () => {
	const admin = {...company, page: 5, field: 3, text: {adminPassword: 'canary-c0ffee'}};
	const {effects} = press(
		at(views.firstBoot, {screen: 'setup', form: admin}),
		{name: 'up'},
		char('x'),
		{name: 'tab'},
		{name: 'f8'},
	);
	assert.ok(effects.length > 0);
	assert.doesNotMatch(JSON.stringify(effects), /canary/);
});

test('held Enter walks through the form and never starts an installation', () => {
	const complete = {...company, page: 0, text: {adminPassword: 'canary-c0ffee'}};
	const {ui, effects} = press(
		at(views.drafted, {screen: 'setup', form: complete}),
		...Array.from({length: 60}, () => ({name: 'enter'}) as const),
	);
	assert.equal(ui.dialog?.ask.is, 'yes');
	assert.deepEqual(
		effects.filter(effect => effect.do === 'start'),
		[],
	);
});

test('the installation starts once, with the answers, the password and the accepted warnings', () => {
	const form = {...review, text: {adminPassword: 'canary-c0ffee'}, accept: ['fsync']};
	const {ui, effects} = press(
		at(views.drafted, {screen: 'setup', form}),
		{name: 'enter'},
		char('y'),
		{name: 'enter'},
		char('y'),
	);
	const starts = effects.filter(effect => effect.do === 'start');
	assert.equal(starts.length, 1);
	assert.equal(starts[0]?.body.kind, 'setup');
	const input = JSON.stringify(starts[0]?.body.input);
	for (const piece of ['Example IT', 'ada@example.com', 'canary-c0ffee', '"accept":["fsync"]'])
		assert.ok(input.includes(piece), piece);
	assert.equal(ui.busy, 'Setup');
});

test('with an open question Enter on the review leads to its field', () => {
	const {ui, effects} = press(at(views.firstBoot, {screen: 'setup', form: review}), {name: 'enter'});
	assert.equal(ui.form.page, 4);
	assert.match(ui.form.problems.companyName ?? '', /is needed/);
	assert.deepEqual(effects, []);
});

test('a refusal is told in the message row and the next request may be sent', () => {
	const busy = {...at(views.healthy).ui, busy: 'Support bundle'};
	const ui = settle(busy, {
		of: 'call',
		label: 'Support bundle',
		kind: 'bundle',
		problem: {code: 'operation.busy', what: 'Setup is running since 14:01.', next: 'Wait for it.'},
	});
	assert.equal(ui.busy, undefined);
	assert.equal(ui.message?.text, 'Setup is running since 14:01. Wait for it.');
});

test('a typed phrase is needed before the machine is restarted', () => {
	const start = at(views.healthy, {screen: 'power'});
	assert.deepEqual(press(start, {name: 'enter'}, {name: 'enter'}).effects, []);
	assert.deepEqual(press(start, {name: 'enter'}, ...typed('rebot'), {name: 'enter'}).effects, []);
	const [effect] = press(start, {name: 'enter'}, ...typed('reboot'), {name: 'enter'}).effects;
	assert.deepEqual(effect?.do === 'start' && effect.body, {kind: 'power', input: {action: 'reboot', phrase: 'reboot'}});
	assert.equal(press(start, {name: 'enter'}, ...typed('reboot'), {name: 'escape'}).ui.dialog, undefined);
});

test('a forgotten web password is reset by a phrase of its own', () => {
	const {effects} = press(
		at(views.healthy, {screen: 'power', selected: {power: 5}}),
		{name: 'enter'},
		...typed('forget'),
		{name: 'enter'},
	);
	assert.deepEqual(effects, [{do: 'reset-access', label: 'Forget the web password'}]);
});

test('nothing is offered that would disturb a running operation', () => {
	for (const screen of ['power', 'updates'] as const) {
		const {ui, effects} = press(
			at({...views.healthy, operation: views.installing.operation}, {screen}),
			{name: 'enter'},
			char('i'),
			char('g'),
		);
		assert.equal(ui.dialog, undefined);
		assert.deepEqual(effects, []);
	}
});

test('a bundle can be made and given up while something else runs, and never two at once', () => {
	const {operation} = views.installing;
	assert.ok(operation);
	const beside = {...views.healthy, operation};
	const made = press(at(beside, {screen: 'bundle'}), char('g')).effects;
	assert.deepEqual(made, [{do: 'start', label: 'Support bundle', body: {kind: 'bundle', input: {}}}]);
	const bundling = {...operation, id: 'bundle-1', kind: 'bundle' as const, actions: ['cancel' as const]};
	const busy = at({...beside, bundling}, {screen: 'bundle'});
	assert.deepEqual(press(busy, char('g')).effects, []);
	assert.deepEqual(press(busy, char('x')).effects, [
		{do: 'act', label: 'Cancel', id: 'bundle-1', action: 'cancel', secrets: {}},
	]);
});

test('a lost password is asked for and handed over once', () => {
	const {effects} = press(
		at(views.needsPassword),
		char('i'),
		...typed('correct horse'),
		{name: 'enter'},
		{name: 'enter'},
	);
	assert.deepEqual(effects, [
		{do: 'act', label: 'Password', id: 'op-1', action: 'give-secret', secrets: {adminPassword: 'correct horse'}},
	]);
});

test('a warning is accepted knowingly and a failure cannot be', () => {
	const warned = press(at(views.checked, {screen: 'preflight', selected: {preflight: 3}}), char('w'));
	assert.deepEqual(warned.ui.form.accept, ['fsync']);
	const fails = press(at(views.checked, {screen: 'preflight', selected: {preflight: 8}}), char('w'));
	assert.deepEqual(fails.ui.form.accept, []);
});

test('a fix is asked about first, then started for its blocker', () => {
	const asked = press(at(views.failed), char('f'));
	assert.equal(asked.ui.dialog?.title, 'make the folder on volume data-db-0 and restart db');
	const [effect] = press(at(views.failed), char('f'), char('y')).effects;
	assert.deepEqual(effect?.do === 'start' && effect.body, {
		kind: 'fix',
		input: {blocker: 'pvc-subpath:db-0', fix: 'make-folder'},
	});
});

test('Escape goes back the way one came and ends at home', () => {
	const start = at(views.healthy);
	const there = press(start, char('d'), char('n'), char('u'));
	assert.equal(there.ui.screen, 'updates');
	const back = press({...start, ui: there.ui}, {name: 'escape'}, {name: 'escape'}, {name: 'escape'}, {name: 'escape'});
	assert.equal(back.ui.screen, 'home');
	assert.deepEqual(back.ui.back, []);
});

test('text pasted where no field is does nothing', () => {
	const start = at(views.healthy, {screen: 'power'});
	assert.deepEqual(press(start, {name: 'paste', text: 'reboot\nreboot\n'}), {ui: start.ui, effects: []});
});

test('the password is forgotten once setup is done', () => {
	const ui = {...at(views.healthy).ui, form: {...review, text: {adminPassword: 'canary-c0ffee'}}};
	assert.doesNotMatch(JSON.stringify(reconcile(ui, views.healthy)), /canary/);
});
