import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {masker} from '../../../server/engine/mask.ts';

test('a known secret is masked in plain, JSON, URL and base64 spelling, at any depth', () => {
	const secret = 'pä"ss wörd/1';
	const told = masker([secret])({
		a: [`x ${secret} y`, JSON.stringify({secret})],
		b: {c: encodeURIComponent(secret), d: Buffer.from(secret).toString('base64')},
	});
	const text = JSON.stringify(told);
	for (const spelling of [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')])
		assert.equal(text.includes(spelling), false);
	assert.match(text, /x \*\*\*REDACTED\*\*\* y/);
});

test('no text that holds the secret comes out with it', () => {
	fc.assert(
		fc.property(fc.string({minLength: 6, maxLength: 40}), fc.string(), fc.string(), (secret, before, after) => {
			const marker = '***REDACTED***';
			fc.pre(!marker.includes(secret) && secret.trim().length > 5 && !secret.includes('*'));
			return !masker([secret])(`${before}${secret}${after}`).includes(secret);
		}),
	);
});
