import assert from 'node:assert/strict';
import {test} from 'node:test';
import {deadline, systemClock} from '../../../server/engine/clock.ts';

test('a deadline passes by the time that went by, whatever the clock on the wall was set to', context => {
	context.mock.timers.enable({apis: ['Date']});
	let passed = 0;
	const isLate = deadline({elapsed: () => passed}, 1000);
	context.mock.timers.setTime(new Date('2050-01-01').getTime());
	assert.equal(isLate(), false);
	passed = 1001;
	context.mock.timers.setTime(new Date('2001-01-01').getTime());
	assert.equal(isLate(), true);
});

test('the machine’s own clock counts on evenly when it is set back a year', context => {
	const before = systemClock.elapsed();
	context.mock.timers.enable({apis: ['Date'], now: Date.now() - 365 * 86_400_000});
	assert.ok(systemClock.elapsed() >= before);
});
