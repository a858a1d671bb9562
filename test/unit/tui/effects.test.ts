import assert from 'node:assert/strict';
import {test} from 'node:test';
import {makeClient} from '../../../shared/api/client.ts';
import {makeEffects} from '../../../tui/effects.ts';
import type {EngineClient} from '../../../tui/engine-client.ts';
import {emptyLog, type Outcome} from '../../../tui/state.ts';
import {drawFrame} from '../../../tui/terminal/cells.ts';

/** An engine that answers when it is told to, and keeps what it was asked. */
function slowEngine() {
	const asked: {path: string; body: string | undefined; answer: (value: unknown) => void}[] = [];
	const followed: {source: string; on: Parameters<EngineClient['follow']>[2]; signal: AbortSignal}[] = [];
	const engine: EngineClient = {
		call: makeClient(
			({path, body}) =>
				new Promise(resolve => {
					asked.push({path, body, answer: value => resolve({status: 200, body: JSON.stringify(value)})});
				}),
		),
		follow: (source, _query, on, signal) => followed.push({source, on, signal}),
		session() {},
		close() {},
	};
	return {engine, asked, followed};
}
const screen = {
	repaint: () => {},
	leave: () => {},
	picture: () => drawFrame('a screen', 20, 2, 'vt').grid,
};
const turn = () => new Promise(resolve => setImmediate(resolve));

test('drafts are kept one after the other, so that an old one never overtakes a new one', async () => {
	const {engine, asked} = slowEngine();
	const effects = makeEffects(engine, () => {}, screen);
	effects.run({do: 'draft', values: {companyName: 'E'}});
	effects.run({do: 'draft', values: {companyName: 'Example'}});
	await turn();
	assert.equal(asked.length, 1);
	asked[0]?.answer({draft: {}, problems: {}});
	await turn();
	assert.deepEqual(
		asked.map(({body}) => body),
		['{"values":{"companyName":"E"}}', '{"values":{"companyName":"Example"}}'],
	);
	effects.close();
});

test('a log that is opened is followed from its end; opening another stops the first', async () => {
	const {engine, asked, followed} = slowEngine();
	const outcomes: Outcome[] = [];
	const effects = makeEffects(engine, outcome => outcomes.push(outcome), screen);
	effects.run({do: 'log', place: 'open', window: emptyLog('db', 1)});
	asked[0]?.answer({lines: [], newer: '40', dropped: 0});
	await turn();
	assert.equal(followed[0]?.source, 'db');
	effects.run({do: 'log', place: 'open', window: emptyLog('redis', 2)});
	assert.equal(followed[0]?.signal.aborted, true);
	followed[0]?.on.ended('aborted');
	assert.deepEqual(
		outcomes.map(({of}) => of),
		['log'],
		'a stream that was left is no problem',
	);
	effects.close();
});

test('the log of a previous run and one read from its first line are not followed', async () => {
	const {engine, asked, followed} = slowEngine();
	const effects = makeEffects(engine, () => {}, screen);
	effects.run({do: 'log', place: 'open', window: {...emptyLog('db', 1), run: 'previous'}});
	effects.run({do: 'log', place: 'open', window: emptyLog('db', 2), from: 'first'});
	for (const {answer} of asked) answer({lines: [], newer: '0', dropped: 0});
	await turn();
	assert.equal(followed.length, 0);
	effects.close();
});

test('a picture goes to the engine as text and as SVG, and where it lies is told', async () => {
	const {engine, asked} = slowEngine();
	const outcomes: Outcome[] = [];
	const effects = makeEffects(engine, outcome => outcomes.push(outcome), screen);
	effects.run({do: 'picture'});
	const deadline = Date.now() + 5000;
	while (asked.length === 0 && Date.now() < deadline) await turn();
	assert.match(asked[0]?.body ?? '', /"text":"a screen.*"svg":"<svg /);
	asked[0]?.answer({file: '/var/lib/alga-appliance/bundles/console-1.svg'});
	while (outcomes.length === 0 && Date.now() < deadline) await turn();
	assert.deepEqual(outcomes, [{of: 'told', text: 'Picture: /var/lib/alga-appliance/bundles/console-1.svg, .txt'}]);
	effects.close();
});
