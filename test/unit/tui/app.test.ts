import assert from 'node:assert/strict';
import {test} from 'node:test';
import {render} from 'ink';
import {createElement} from 'react';
import {makeStore} from '../../../shared/view/store.ts';
import {App} from '../../../tui/app.tsx';
import {makeConsole} from '../../../tui/console.ts';
import {renderScreen} from '../../../tui/screenshot.ts';
import {drawFrame, rowTexts} from '../../../tui/terminal/cells.ts';
import type {Tier} from '../../../tui/terminal/glyphs.ts';
import {silentStdin} from '../../../tui/terminal/keyboard.ts';
import {now} from '../../fixtures/views/base.ts';
import {views} from '../../fixtures/views/views.ts';
import {recordingStdout} from './recording-stdout.ts';

for (const tier of ['rich', 'vt', 'basic'] as const satisfies Tier[])
	test(`what Ink lays out in tier ${tier} is the screen, row for row, with nothing but colours in it`, async () => {
		for (const [columns, rows] of [
			[80, 24],
			[100, 37],
			[60, 16],
			[20, 5],
			[1, 1],
		] as const)
			for (const name of ['firstBoot', 'failed', 'hostile'] as const) {
				const store = makeStore(now);
				store.apply({event: 'view', data: {revision: 1, view: {...views[name], access: {state: 'claimed'}}}}, now);
				const console = makeConsole(
					store,
					{tier, tty: 'vt'},
					{columns, rows},
					() => now,
					() => 0,
					() => {},
				);
				const stdout = recordingStdout(columns, rows);
				const ink = render(createElement(App, {screen: console.screen}), {
					stdout: stdout.stream,
					stdin: silentStdin() as unknown as NodeJS.ReadStream,
					debug: true,
					interactive: true,
					patchConsole: false,
					exitOnCtrlC: false,
				});
				await ink.waitUntilRenderFlush();
				const drawn = stdout.lastFrame();
				ink.unmount();
				console.close();
				const where = `${name} ${columns}x${rows}`;
				assert.equal(drawn.split('\n').length, rows, where);
				assert.equal(drawn.replace(/\x1b\[[\d;]*m/g, '').includes('\x1b'), false, where);
				const wanted = renderScreen({
					view: {...views[name], access: {state: 'claimed'}},
					screen: 'home',
					cols: columns,
					rows,
					tier,
					now,
				}).text;
				assert.equal(rowTexts(drawFrame(drawn, columns, rows, tier).grid).join('\n'), wanted, where);
			}
	});

test('a key, a section and a tick of the clock each change only the rows they concern', () => {
	const store = makeStore(now);
	let time = now;
	const console = makeConsole(
		store,
		{tier: 'vt', tty: 'vt'},
		{columns: 80, rows: 24},
		() => time,
		() => 0,
		() => {},
	);
	store.apply({event: 'view', data: {revision: 1, view: views.healthy}}, now);
	const before = console.screen.get().rows;
	console.tick();
	assert.equal(console.screen.get().rows, before, 'nothing changed, so nothing is drawn');
	time += 1000;
	console.tick();
	const changed = console.screen.get().rows.filter((row, index) => row !== before[index]);
	assert.ok(changed.length <= 1, `only the clock: ${changed.join('\n')}`);
	console.close();
});
