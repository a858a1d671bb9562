import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import {readEvents} from '../../../server/gateway/events.ts';
import {
	addNewer,
	addOlder,
	emptyWindow,
	type LogWindow,
	linesOf,
	matches,
	mostLines,
} from '../../../server/gateway/page/log-window.ts';
import type {LogPage} from '../../../shared/api/routes.ts';

/** A page of a log whose lines are their own numbers. */
function pageOf(from: number, to: number): LogPage {
	const lines = Array.from({length: to - from}, (_, at) => ({
		severity: 'info' as const,
		text: String(from + at),
		cut: 0,
	}));
	return {lines, ...(from > 0 && {older: String(from)}), newer: String(to), dropped: 0};
}
const numbers = (window: LogWindow) => linesOf(window).map(({text}) => Number(text));

test('a window of a log has no gap, is bounded, and knows the cursors of both its ends', () => {
	fc.assert(
		fc.property(fc.array(fc.tuple(fc.boolean(), fc.integer({min: 1, max: 700})), {maxLength: 40}), moves => {
			let window = addNewer(emptyWindow, pageOf(50_000, 50_200));
			for (const [isOlder, size] of moves) {
				const shown = numbers(window);
				const [first = 0, last = 0] = [shown[0], shown.at(-1)];
				window = isOlder
					? addOlder(window, pageOf(Math.max(0, first - size), first))
					: addNewer(window, pageOf(last + 1, last + 1 + size));
				const now = numbers(window);
				assert.ok(now.length <= mostLines);
				assert.ok(
					now.every((number, at) => at === 0 || number === (now[at - 1] ?? 0) + 1),
					'no gap',
				);
				assert.equal(Number(window.pages[0]?.older), now[0]);
				assert.equal(Number(window.pages.at(-1)?.newer), (now.at(-1) ?? 0) + 1);
			}
		}),
	);
});

test('followed lines are held to the filter that pages are held to', () => {
	const line = {severity: 'warning', text: 'Disk almost FULL', cut: 0} as const;
	assert.ok(matches(line, '', 'all') && matches(line, 'full', 'warning'));
	assert.ok(!matches(line, 'empty', 'all') && !matches(line, '', 'error'));
});

test('events are read the same however the bytes are cut', async () => {
	const wire = ': hello\n\nid: 1\nevent: view\ndata: {"a":"é€😀"}\n\ndata: one\ndata: two\n\nevent: none\n\n';
	const bytes = Buffer.from(wire);
	await fc.assert(
		fc.asyncProperty(fc.array(fc.integer({min: 1, max: bytes.length - 1}), {maxLength: 12}), async cuts => {
			const places = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
			const chunks = places.slice(1).map((end, at) => bytes.subarray(places[at], end));
			const events = [];
			for await (const event of readEvents(stream(chunks))) events.push(event);
			assert.deepEqual(events, [
				{id: '1', event: 'view', data: '{"a":"é€😀"}'},
				{id: '', event: 'message', data: 'one\ntwo'},
			]);
		}),
	);
});

async function* stream(chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
	yield* chunks;
}
