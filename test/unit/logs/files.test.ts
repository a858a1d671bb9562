import assert from 'node:assert/strict';
import {appendFile, rename, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {test} from 'node:test';
import {gzipSync} from 'node:zlib';
import fc from 'fast-check';
import {cri, makeBox, page, query, readBack, readOn, source, texts, timeAt, write} from './box.ts';

const numbered = (from: number, to: number) => Array.from({length: to - from}, (_, index) => `line ${from + index}`);
const written = (lines: readonly string[], from = 0) => lines.map((text, index) => cri(text, from + index)).join('');

test('the newest lines come first, and every line is reached in both directions', async () => {
	await using box = await makeBox();
	const lines = numbered(0, 1234);
	await write(box, '0.log', written(lines));
	const newest = await page(box);
	assert.deepEqual(texts(newest), lines.slice(-200));
	assert.equal(newest.lines.at(-1)?.at, Date.parse(timeAt(1233)));
	assert.deepEqual(await readBack(box), lines);
	assert.deepEqual(await readOn(box), lines);
	const first = await page(box, {from: 'first', limit: 3});
	assert.deepEqual(texts(first), lines.slice(0, 3));
	assert.equal(first.older, undefined);
});

test('whatever the lines are, going back and going on give the same ones', async () => {
	const text = fc.oneof(
		fc.string({unit: 'binary', maxLength: 60}),
		fc.constant(''),
		fc.nat(400_000).map(size => 'x'.repeat(size)),
	);
	const line = text.map(each => each.replaceAll(/[\n\r]/gu, ' '));
	await fc.assert(
		fc.asyncProperty(fc.array(line, {maxLength: 30}), fc.integer({min: 1, max: 7}), async (lines, limit) => {
			await using box = await makeBox();
			await write(box, '0.log', written(lines));
			if (lines.length === 0) return;
			const back = await readBack(box, {limit});
			assert.equal(back.length, lines.length);
			assert.deepEqual(back, await readOn(box, {limit}));
		}),
		{numRuns: 60},
	);
});

test('rotated and compressed files are one log with the present one', async () => {
	await using box = await makeBox();
	const lines = numbered(0, 900);
	await write(box, '0.log.20260101-000000.gz', gzipSync(written(lines.slice(0, 300))));
	await write(box, '0.log.20260101-000001', written(lines.slice(300, 600), 300));
	await write(box, '0.log', written(lines.slice(600), 600));
	assert.deepEqual(await readBack(box, {limit: 77}), lines);
	assert.deepEqual(await readOn(box, {limit: 77}), lines);
});

test('a cursor means the same line after its file was rotated and compressed', async () => {
	await using box = await makeBox();
	const lines = numbered(0, 500);
	await write(box, '0.log', written(lines));
	const before = await page(box, {limit: 100});
	assert.ok(before.older);
	await rename(join(box.container, '0.log'), join(box.container, '0.log.20260101-000000'));
	await write(box, '0.log', written(numbered(500, 510), 500));
	assert.deepEqual(texts(await page(box, {cursor: before.newer, direction: 'newer'})), numbered(500, 510));
	assert.deepEqual(texts(await page(box, {cursor: before.older, limit: 50})), lines.slice(350, 400));
	await write(box, '0.log.20260101-000000.gz', gzipSync(written(lines)));
	await rm(join(box.container, '0.log.20260101-000000'));
	assert.deepEqual(texts(await page(box, {cursor: before.newer, direction: 'newer'})), numbered(500, 510));
	assert.deepEqual(texts(await page(box, {cursor: before.older, limit: 50})), lines.slice(350, 400));
	await rm(join(box.container, '0.log.20260101-000000.gz'));
	const lost = await page(box, {cursor: before.newer, direction: 'newer'});
	assert.deepEqual(texts(lost), numbered(500, 510));
	assert.equal(lost.dropped, 1);
});

test('the previous container is a log of its own, and a restart is followed into the new one', async () => {
	await using box = await makeBox();
	await write(box, '2.log', written(['fatal: no database']));
	const never = await box.logs.page(source, query({previous: true}));
	assert.equal(!never.ok && never.problem.code, 'log.not-found');
	const end = await page(box);
	await write(box, '3.log', written(['starting again'], 10));
	assert.deepEqual(texts(await page(box)), ['starting again']);
	assert.deepEqual(texts(await page(box, {previous: true})), ['fatal: no database']);
	assert.deepEqual(texts(await page(box, {cursor: end.newer, direction: 'newer'})), ['starting again']);
});

test('a line written in parts is one line, in both directions, and one still open waits', async () => {
	await using box = await makeBox();
	const parts = `${cri('one ', 0, 'P')}${cri('two ', 1, 'P')}${cri('three', 2)}`;
	await write(box, '0.log', `${cri('before')}${parts}${cri('half', 3, 'P')}`);
	assert.deepEqual(texts(await page(box)), ['before', 'one two three']);
	assert.deepEqual(await readOn(box, {limit: 1}), ['before', 'one two three']);
	assert.deepEqual(await readBack(box, {limit: 1}), ['before', 'one two three']);
	const at = await page(box);
	await appendFile(join(box.container, '0.log'), `${cri(' and whole', 4)}unended`);
	assert.deepEqual(texts(await page(box, {cursor: at.newer, direction: 'newer'})), ['half and whole']);
	assert.deepEqual(texts(await page(box, {limit: 1})), ['half and whole']);
});

test('a line of a megabyte is shown cut, with the count of what is not', async () => {
	await using box = await makeBox();
	await write(box, '0.log', `${cri('before')}${cri(`${'é'.repeat(500_000)}END`)}${cri('after')}`);
	for (const given of [{}, {from: 'first'}] as const) {
		const {lines} = await page(box, given);
		assert.deepEqual([lines.length, lines[0]?.text, lines[2]?.text], [3, 'before', 'after']);
		assert.equal(lines[1]?.text, 'é'.repeat(2048));
		assert.equal(lines[1]?.cut, 1_000_003 - 4096);
	}
	// The same megabyte as containerd writes it: in parts of 16 KiB.
	const pieces = Array.from({length: 64}, () => cri('y'.repeat(16_384), 0, 'P')).join('');
	await write(box, '0.log', `${cri('before')}${pieces}${cri('end')}`);
	for (const given of [{}, {from: 'first'}] as const) {
		const {lines} = await page(box, given);
		assert.deepEqual([lines.length, lines[1]?.cut], [2, 64 * 16_384 + 3 - 4096]);
	}
});

test('binary and escape sequences cannot reach a terminal', async () => {
	await using box = await makeBox();
	const bytes = Buffer.from(Array.from({length: 256}, (_, index) => (index === 10 ? 32 : index)));
	await write(
		box,
		'0.log',
		Buffer.concat([
			Buffer.from(`${timeAt(0)} stdout F `),
			bytes,
			Buffer.from(`\n${cri('\u001b[31mred\u001b[0m \u001b]0;title\u0007done\u202eevil')}`),
		]),
	);
	const {lines} = await page(box);
	assert.equal(lines.length, 2);
	assert.equal(lines[1]?.text, 'red doneevil');
	for (const {text} of lines) assert.doesNotMatch(text, /[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/u);
});

test('severity and words are filtered, and the pages still lead to both ends', async () => {
	await using box = await makeBox();
	const lines = Array.from({length: 3000}, (_, index) =>
		index % 1000 === 7
			? `{"level":"error","msg":"broken ${index}"}`
			: index % 500 === 9
				? `WARN slow ${index}`
				: `info ${index}`,
	);
	await write(box, '0.log', written(lines));
	assert.deepEqual(
		await readBack(box, {severity: 'error', limit: 2}),
		lines.filter(each => each.includes('broken')),
	);
	assert.deepEqual(
		await readBack(box, {severity: 'warning', limit: 2}),
		lines.filter(each => /broken|WARN/u.test(each)),
	);
	assert.deepEqual(
		await readOn(box, {filter: 'SLOW 5', limit: 2}),
		lines.filter(each => each.includes('slow 5')),
	);
});

test('a time is jumped to', async () => {
	await using box = await makeBox();
	const lines = numbered(0, 60_000);
	await write(box, '0.log.20260101-000000', written(lines.slice(0, 20_000)));
	await write(box, '0.log', written(lines.slice(20_000), 20_000));
	for (const index of [0, 1, 12_345, 19_999, 20_000, 41_234, 59_999]) {
		const found = await page(box, {at: Date.parse(timeAt(index)), limit: 2});
		assert.deepEqual(texts(found), lines.slice(index, index + 2), `at ${index}`);
		if (found.older !== undefined)
			assert.deepEqual(texts(await page(box, {cursor: found.older, limit: 1})), [lines[index - 1]]);
	}
	assert.deepEqual(texts(await page(box, {at: Date.parse(timeAt(70_000))})), []);
});

test('an operation’s log is read as text with its times', async () => {
	await using box = await makeBox();
	await writeFile(
		join(box.root, 'setup-1.log'),
		'2026-01-01T00:00:00.000Z placed k3s\n2026-01-01T00:00:01.000Z error: no space left\nno time\n',
	);
	const {lines} = await page(box, {}, 'operation:setup-1');
	assert.deepEqual(
		lines.map(({at, severity, text}) => ({at, severity, text})),
		[
			{at: 1767225600000, severity: 'info', text: 'placed k3s'},
			{at: 1767225601000, severity: 'error', text: 'error: no space left'},
			{at: undefined, severity: 'info', text: 'no time'},
		],
	);
});

for (const id of [
	'',
	'pod:msp:../../etc:passwd',
	'pod:msp:web-1',
	'unit:sshd;reboot',
	'operation:../../etc/shadow',
	'pod:msp:web-1:main:more',
	'operation:other',
]) {
	test(`there is no log ${JSON.stringify(id)}`, async () => {
		await using box = await makeBox();
		const answer = await box.logs.page(id, query());
		assert.equal(!answer.ok && answer.problem.code, 'log.not-found');
	});
}

test('a cursor that is none of ours is refused, not guessed', async () => {
	await using box = await makeBox();
	await write(box, '0.log', written(['a']));
	const answer = await box.logs.page(source, query({cursor: 'bm9uc2Vuc2U'}));
	assert.equal(!answer.ok && answer.problem.code, 'input.invalid');
});

test('a million lines are read from both ends without holding them', async () => {
	await using box = await makeBox();
	const text = 'x'.repeat(60);
	const block = Array.from({length: 100_000}, (_, index) => cri(`${index} ${text}`, index)).join('');
	for (let part = 0; part < 10; part++) await appendFile(join(box.container, '0.log'), block);
	globalThis.gc?.();
	const before = process.memoryUsage().rss;
	const newest = await page(box, {limit: 500});
	assert.match(newest.lines.at(-1)?.text ?? '', /^99999 /u);
	assert.match((await page(box, {from: 'first', limit: 1})).lines[0]?.text ?? '', /^0 /u);
	// What matches nothing is looked for in bounded steps; each answers where it got to.
	let steps = 0;
	let at = await page(box, {filter: 'absent'});
	while (at.older !== undefined) {
		steps++;
		at = await page(box, {filter: 'absent', cursor: at.older});
	}
	assert.ok(steps >= 1 && steps < 10, `${steps} steps`);
	const grown = process.memoryUsage().rss - before;
	assert.ok(grown < 120 << 20, `grew by ${grown >> 20} MB over a log of 100 MB`);
});

test('known secrets are masked in windows and in what follows', async () => {
	await using box = await makeBox({mask: text => text.replaceAll('hunter2', '***')});
	await write(box, '0.log', written(['password hunter2']));
	assert.deepEqual(texts(await page(box)), ['password ***']);
	for await (const one of box.logs.follow(source, {previous: false}, AbortSignal.timeout(10_000))) {
		assert.deepEqual(texts(one), ['password ***']);
		break;
	}
});
