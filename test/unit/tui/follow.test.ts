import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {View} from '../../../shared/view/view.ts';
import {followOperation} from '../../../tui/cli/follow.ts';
import {base, now} from '../../fixtures/views/base.ts';
import {views} from '../../fixtures/views/views.ts';

const {operation: setup} = views.installing;
assert.ok(setup);
const entry = (id: string, state: View['history'][number]['state'], more: Partial<View['history'][number]> = {}) => ({
	id,
	kind: 'update' as const,
	title: 'Update',
	mark: 'good' as const,
	word: state,
	state,
	startedAt: now,
	...more,
});

/** Follows "mine" through these views; fails where it would wait for another one. */
async function follow(...seen: readonly View[]): Promise<{code: number; said: string}> {
	const said: string[] = [];
	const code = await followOperation('mine', {
		out: line => said.push(line),
		error: line => said.push(line),
		signal: new AbortController().signal,
		watch: async look => assert.ok(seen.some(look), 'it waits for ever'),
	});
	return {code, said: said.join('\n')};
}

const running = {...setup, id: 'mine', state: 'running' as const};
const other = {...setup, id: 'other', state: 'running' as const};

test('an operation that ended before it was first seen ends with what the journal says of it', async () => {
	const good = await follow({
		...base,
		operation: other,
		history: [entry('other', 'running'), entry('mine', 'succeeded')],
	});
	assert.deepEqual(good, {code: 0, said: 'Done.'});
	const problem = {code: 'disk.full', what: 'The disk is full.', next: 'Free some space.'} as const;
	const bad = await follow({...base, operation: null, history: [entry('mine', 'failed', {problem})]});
	assert.equal(bad.code, 3);
	assert.match(bad.said, /The disk is full\.\nDo: {2}Free some space\./);
	const dropped = await follow({...base, operation: other, history: [entry('mine', 'cancelled')]});
	assert.deepEqual(dropped, {code: 3, said: 'It has ended: cancelled.'});
});

test('one that is replaced between two looks is not taken for the one that replaced it', async () => {
	const told = await follow(
		{...base, operation: running, history: [entry('mine', 'running')]},
		{...base, operation: other, history: [entry('other', 'running'), entry('mine', 'succeeded')]},
	);
	assert.equal(told.code, 0);
	assert.match(told.said, /Done\.$/);
});

test('a view from before it began is no end', async () => {
	const ended = {...running, state: 'succeeded' as const, steps: []};
	const told = await follow(base, {...base, operation: other}, {...base, operation: ended});
	assert.deepEqual(told, {code: 0, said: 'Done.'});
});
