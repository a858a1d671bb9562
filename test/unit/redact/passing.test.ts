import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';
import fc from 'fast-check';
import * as z from 'zod';
import {maskAssignments} from '../../../shared/redact/assignments.ts';
import {maskCarriers} from '../../../shared/redact/carriers.ts';
import {makeKnown} from '../../../shared/redact/known.ts';
import {makeRedactor} from '../../../shared/redact/redactor.ts';
import {shapes} from '../../../shared/redact/shapes.ts';
import {onSpottedLines} from '../../../shared/redact/spot.ts';
import {harmless, secretCases} from './cases.ts';

/** What is passed over for speed must be what no rule would have touched: the rules on everything are the measure. */
const mask = (secret: string) => `***REDACTED:${secret.length}***`;
const rules = (text: string) => maskAssignments(maskCarriers(text, mask), mask);

const vectors = z
	.object({positives: z.array(z.object({input: z.string()})), negatives: z.array(z.object({input: z.string()}))})
	.parse(JSON.parse(readFileSync(new URL('../../fixtures/redaction-vectors.json', import.meta.url), 'utf8')));
const samples = [
	...secretCases.map(([input]) => input),
	...harmless,
	...[...vectors.positives, ...vectors.negatives].map(({input}) => input).filter(input => input.length < 5000),
];

test('lines that are passed over hold nothing that a rule would have found', () => {
	for (const sample of samples) assert.equal(onSpottedLines(sample, rules), rules(sample), sample);
	const line = fc.oneof(
		fc.constantFrom(...samples),
		fc.stringMatching(/^[\w .:=@/?&"'{}<>,;-]{0,60}$/),
		fc.constantFrom('', '   ', 'plain words', 'GET /x 200', 'sha@sha256:ab'),
	);
	fc.assert(
		fc.property(fc.array(line, {maxLength: 12}), lines => {
			const text = lines.join('\n');
			assert.equal(onSpottedLines(text, rules), rules(text));
		}),
		{numRuns: 400},
	);
});

test('every shape is found wherever a word may begin', () => {
	for (const [, pattern] of shapes) {
		// The generator knows no looking ahead; what follows here ends the match as well.
		const source = pattern.source.replaceAll(/\(\?![^)]*\)/g, '');
		fc.assert(
			fc.property(
				fc.stringMatching(new RegExp(`^(?:${source})$`)),
				fc.constantFrom('', 'x ', 'a=1 (', '\n'),
				(secret, before) => {
					if (/\s/.test(secret)) return;
					const told = makeRedactor({known: []}).text(`${before}${secret} end`);
					assert.ok(!told.includes(secret), `${secret} in ${told}`);
				},
			),
			{numRuns: 400},
		);
	}
});

test('known values are found as one pattern of all of them would find them', () => {
	const letters = fc.stringMatching(/^[abAB01=+/ ]{4,9}$/);
	fc.assert(
		fc.property(
			fc.array(letters, {minLength: 1, maxLength: 6}),
			fc.array(letters, {maxLength: 12}),
			(secrets, parts) => {
				const text = [...parts, ...secrets, ...parts].join('');
				const known = makeKnown(secrets);
				const told = known.replace(text, () => '#');
				for (const secret of secrets) assert.ok(!told.includes(secret), `${secret} in ${told}`);
				assert.equal(known.has(text), told !== text);
				assert.equal(known.has('no such thing'), false);
			},
		),
	);
});
