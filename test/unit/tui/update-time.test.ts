import assert from 'node:assert/strict';
import {test} from 'node:test';
import {timeOf} from '../../../shared/view/update.ts';

const now = new Date(2026, 10, 21, 14, 30).getTime();

test('a time of day is the next such time', () => {
	assert.equal(timeOf('15:00', now), new Date(2026, 10, 21, 15, 0).getTime());
	assert.equal(timeOf('2:00', now), new Date(2026, 10, 22, 2, 0).getTime());
	assert.equal(timeOf('14:30', now), new Date(2026, 10, 22, 14, 30).getTime());
});

test('a date is taken by the clock of this machine, and one that is over is refused', () => {
	assert.equal(timeOf('2026-11-22 02:00', now), new Date(2026, 10, 22, 2, 0).getTime());
	for (const wrong of ['2026-11-20 02:00', 'tonight', '25:00', '12:75', ''])
		assert.equal(timeOf(wrong, now), undefined);
});
