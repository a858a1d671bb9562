import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {OperationKind, OperationProgress} from '../../../shared/operations/operation.ts';
import {rollupWord} from '../../../shared/view/tell.ts';

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
