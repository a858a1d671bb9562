import assert from 'node:assert/strict';
import {appendFile, mkdir, rename, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {test} from 'node:test';
import type {LogPage} from '../../../shared/api/routes.ts';
import {type Box, cri, makeBox, page, source, texts, write} from './box.ts';

/** Follows in the background; `until` resolves once the lines so far satisfy it, or fails with them. */
function following(box: Box, from: {readonly cursor?: string; readonly previous?: boolean} = {}, id = source) {
	const stop = new AbortController();
	const pages: LogPage[] = [];
	const listeners = new Set<() => void>();
	const ended = (async () => {
		for await (const one of box.logs.follow(id, {previous: false, ...from}, stop.signal)) {
			pages.push(one);
			for (const listener of listeners) listener();
		}
	})();
	const lines = () => pages.flatMap(texts);
	return {
		pages,
		lines,
		until: async (what: string, holds: () => boolean) => {
			const {promise, resolve, reject} = Promise.withResolvers<void>();
			const deadline = setTimeout(
				() =>
					reject(new Error(`${what}: not within 10 s; ${lines().length} lines, last ${lines().slice(-3).join(' | ')}`)),
				10_000,
			);
			const look = () => holds() && resolve();
			listeners.add(look);
			look();
			await promise.finally(() => clearTimeout(deadline));
		},
		[Symbol.asyncDispose]: async () => {
			stop.abort();
			await ended;
		},
	};
}

test('new lines come as they are written, through rotation and a restart, each once', async () => {
	await using box = await makeBox();
	const file = join(box.container, '0.log');
	await write(box, '0.log', cri('first'));
	await using follow = following(box, {cursor: (await page(box)).newer});
	await appendFile(file, cri('second', 1));
	await follow.until('the second line', () => follow.lines().includes('second'));
	await appendFile(file, cri('third', 2));
	await rename(file, `${file}.20260101-000000`);
	await write(box, '0.log', cri('fourth', 3));
	await follow.until('the line after rotation', () => follow.lines().includes('fourth'));
	await write(box, '1.log', cri('fifth', 4));
	await follow.until('the line after the restart', () => follow.lines().includes('fifth'));
	assert.deepEqual(follow.lines(), ['second', 'third', 'fourth', 'fifth']);
	assert.equal(
		follow.pages.reduce((sum, each) => sum + each.dropped, 0),
		0,
	);
});

test('without a cursor the newest lines come first; a container that has not begun is waited for', async () => {
	await using box = await makeBox();
	await rm(box.container, {recursive: true});
	await using follow = following(box);
	await mkdir(box.container, {recursive: true});
	await write(box, '0.log', `${cri('one')}${cri('two')}`);
	await follow.until('the first lines', () => follow.lines().length === 2);
	assert.deepEqual(follow.lines(), ['one', 'two']);
});

test('a follower far behind is moved up, and what it misses is counted to the line', async () => {
	await using box = await makeBox();
	await write(box, '0.log', cri('start'));
	const {newer} = await page(box);
	const many = 250_000;
	const text = 'z'.repeat(60);
	await appendFile(
		join(box.container, '0.log'),
		Array.from({length: many}, (_, index) => cri(`${index} ${text}`, index)).join(''),
	);
	await using follow = following(box, {cursor: newer});
	await follow.until(
		'the last line',
		() =>
			follow
				.lines()
				.at(-1)
				?.startsWith(`${many - 1} `) === true,
	);
	const dropped = follow.pages.reduce((sum, each) => sum + each.dropped, 0);
	assert.ok(dropped > 0);
	assert.equal(dropped + follow.lines().length, many);
});

test('following what does not exist ends with the reason', async () => {
	await using box = await makeBox();
	await assert.rejects(async () => {
		for await (const _ of box.logs.follow('unit:none', {previous: false}, AbortSignal.timeout(5000)));
	}, /There is no log/u);
});
