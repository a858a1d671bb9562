import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {diagnose} from '../../../shared/diagnosis/diagnose.ts';
import {toSituation} from '../../signals/adapter.ts';
import {CaseFile} from '../../signals/cases.ts';
import {check, components, event, flux, job, k3s, type Observed, waiting} from './observed.ts';

/** Words as a program of tomorrow might say them. */
const word = fc.stringMatching(/^[a-z]{3,12}$/);
const sentence = fc.array(word, {minLength: 1, maxLength: 8}).map(words => words.join(' '));
const reason = word.map(each => `${each.charAt(0).toUpperCase()}${each.slice(1)}Xy`);

/** Things that have failed for certain, whatever the words. */
const failed: fc.Arbitrary<Observed> = fc.oneof(
	fc
		.tuple(fc.constantFrom('OCIRepository', 'HelmRepository', 'HelmChart', 'Kustomization'), reason, sentence)
		.map(([kind, why, words]) => flux(kind, 'tree', why, words)),
	fc.tuple(reason, sentence).map(([why, words]) => flux('HelmRelease', 'web', why, words)),
	fc.tuple(reason, sentence).map(([why, words]) => waiting(why, words, 'db', 900)),
	sentence.map(words => event('FailedScheduling', words, 'db', {count: 20})),
	fc.tuple(reason, sentence).map(([why, words]) => job('Failed', why, words)),
	sentence.map(words => k3s(`time="2026-11-02T06:20:00Z" level=fatal msg="${words}"`)),
	fc
		.tuple(fc.constantFrom('dns', 'registry', 'release', 'proxy'), sentence)
		.map(([name, error]) => check(name, 'ghcr.io', {error})),
);

test('what has failed in words nobody foresaw is told with these words, and keeps people from logging in', () => {
	const file = CaseFile.parse({components});
	fc.assert(
		fc.property(failed, observed => {
			const asked = toSituation(file, {stage: 'install', loginReady: false}, [{...observed}]);
			const [top] = diagnose({...asked, previous: []});
			assert.ok(top !== undefined, 'nothing is said');
			assert.ok(top.loginBlocking && top.nextStep !== '' && top.proof.length > 0, JSON.stringify(top));
		}),
		{numRuns: 300},
	);
});
