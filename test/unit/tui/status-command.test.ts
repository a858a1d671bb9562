import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {View} from '../../../shared/view/view.ts';
import {tellComponent} from '../../../tui/cli/status.ts';
import {views} from '../../fixtures/views/views.ts';

function told(view: View, wanted: string): {code: number; said: string} {
	const said: string[] = [];
	const say = (line: string) => void said.push(line);
	return {code: tellComponent(view, wanted, {out: say, error: say}), said: said.join('\n')};
}

test('status of a component ends with 3 when it has failed or an issue is its own, with 0 when only others have one', () => {
	const [part, ...others] = views.healthy.components;
	assert.ok(part);
	assert.equal(told(views.healthy, part.title.toUpperCase()).code, 0);
	const broken = {...views.healthy, components: [{...part, mark: 'failed' as const}, ...others]};
	assert.equal(told(broken, part.name).code, 3);
	assert.equal(told(broken, others[0]?.name ?? '').code, 0);
	const [blocker] = views.background.blockers;
	assert.ok(blocker);
	const blocked = {...views.healthy, blockers: [{...blocker, component: part.name}]};
	const {code, said} = told(blocked, part.name);
	assert.equal(code, 3);
	assert.ok(said.includes(blocker.title), said);
	assert.equal(told(blocked, others[0]?.name ?? '').code, 0);
	assert.equal(told(broken, 'nosuch').code, 2);
});
