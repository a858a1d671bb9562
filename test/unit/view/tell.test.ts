import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {OperationKind, OperationProgress} from '../../../shared/operations/operation.ts';
import {rollupWord, withoutPast} from '../../../shared/view/tell.ts';

const operation = (kind: OperationKind, state: OperationProgress['state']) => ({kind, state});

test('what is under way is called by its name; a machine that only starts is not installing anything', () => {
	assert.equal(rollupWord('installing', operation('setup', 'running')), 'Installing');
	assert.equal(rollupWord('installing', operation('update', 'running')), 'Updating');
	assert.equal(rollupWord('installing', operation('rollback', 'running')), 'Going back');
	assert.equal(rollupWord('installing', operation('setup', 'succeeded')), 'Starting');
	assert.equal(rollupWord('installing', operation('bundle', 'running')), 'Starting');
	assert.equal(rollupWord('installing', undefined), 'Starting');
	assert.equal(rollupWord('fully_healthy', operation('update', 'running')), 'Fully healthy');
});

test('a setup that stopped over what has gone since says so, and one that is still held up keeps its words', () => {
	const stopped: OperationProgress = {
		...{id: 'setup-1' as OperationProgress['id'], kind: 'setup', title: 'Setup', state: 'failed', startedAt: 0},
		actions: ['retry', 'dismiss'],
		steps: [
			{
				...{id: 'core', title: 'Core services ready', phase: 'app-bootstrap', usualMs: [0, 1]},
				state: {is: 'failed', since: 0, until: 1, attempt: 1, problem: {code: 'core.not-ready', what: 'x', next: 'y'}},
			},
		],
		problem: {code: 'core.not-ready', what: 'ghcr.io gives no answer.', next: 'Allow it.'},
	};
	const past = withoutPast(stopped, {loginReady: true, blockers: []}).problem;
	assert.match(past?.what ?? '', /"Core services ready" is over: people can log in/u);
	assert.match(past?.next ?? '', /^Retry/u);
	assert.equal(withoutPast(stopped, {loginReady: false, blockers: []}), stopped);
	const refused = {...stopped, problem: {code: 'release.path-blocked', what: 'x', next: 'y'} as const};
	assert.equal(withoutPast(refused, {loginReady: true, blockers: []}), refused, 'what does not pass is not past');
});
