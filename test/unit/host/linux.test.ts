import assert from 'node:assert/strict';
import {test} from 'node:test';
import {linuxHost} from '../../../server/host/linux.ts';

const host = linuxHost('/');
const deadlineMs = 20_000;

test('a command’s lines are told as they come, of both outputs', async () => {
	const lines: string[] = [];
	const done = await host.run({
		argv: ['sh', '-c', 'echo one; echo two >&2'],
		deadlineMs,
		onLine: line => lines.push(line),
	});
	assert.deepEqual([done.ok && done.value, lines.toSorted()], ['one', ['one', 'two']]);
});

test('a command that fails after some lines gives its lines, its exit code and its last words', async () => {
	const lines: string[] = [];
	const done = await host.run({
		argv: ['sh', '-c', 'echo trying; echo "no such card" >&2; exit 3'],
		deadlineMs,
		onLine: line => lines.push(line),
	});
	assert.ok(!done.ok);
	assert.deepEqual(
		[done.problem.code, done.problem.what, done.problem.detail],
		['command.failed', 'sh ended with exit code 3.', 'no such card'],
	);
	assert.deepEqual(lines.toSorted(), ['no such card', 'trying']);
});

for (const onLine of [undefined, () => undefined]) {
	const listened = onLine === undefined ? 'nobody listens' : 'somebody listens';
	test(`a program that is not installed is named (${listened})`, async () => {
		const done = await host.run({argv: ['no-such-program'], deadlineMs, ...(onLine && {onLine})});
		assert.equal(done.ok ? '' : done.problem.code, 'command.missing');
	});
	test(`a command that gives no answer is ended at its deadline (${listened})`, async () => {
		const done = await host.run({argv: ['sleep', '60'], deadlineMs: 200, ...(onLine && {onLine})});
		assert.equal(done.ok ? '' : done.problem.code, 'command.timed-out');
	});
}

test('facts whose commands were cut short are told as far as they are known', async () => {
	const facts = await host.facts(AbortSignal.abort());
	assert.equal(facts.memory.state, 'known');
	assert.equal(facts.services.state, 'unknown');
});
