import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';
import {parse} from 'yaml';
import * as z from 'zod';
import {makeRedactor} from '../../../shared/redact/redactor.ts';
import {harmless, secretCases} from './cases.ts';

const vectorFile = new URL('../../fixtures/redaction-vectors.json', import.meta.url);
const Vectors = z.object({
	positives: z.array(
		z.object({
			id: z.string(),
			input: z.string(),
			format: z.string(),
			secrets: z.array(z.string()),
			mustKeep: z.array(z.string()),
			parseable: z.boolean().optional(),
			fileHint: z.string().optional(),
			knownSecrets: z.array(z.string()).default([]),
			chunks: z.array(z.string()).optional(),
		}),
	),
	negatives: z.array(z.object({id: z.string(), input: z.string(), fileHint: z.string().optional()})),
});

type Checked = {
	readonly name: string;
	readonly input: string;
	readonly secrets: readonly string[];
	readonly keeps: readonly string[];
	readonly known: readonly string[];
	readonly file?: string | undefined;
	readonly form?: string | undefined;
};

function check({name, input, secrets, keeps, known, file, form}: Checked): void {
	const redactor = makeRedactor({known});
	const told = redactor.text(input, file);
	const shown = `${name}\n${input}\n---\n${told}`;
	for (const secret of secrets) assert.ok(!told.includes(secret), `still there: ${secret}\n${shown}`);
	for (const kept of keeps) assert.ok(told.includes(kept), `lost: ${kept}\n${shown}`);
	assert.equal(redactor.text(told, file), told, `a second pass changes it\n${shown}`);
	assert.equal(told.split('\n').length, input.split('\n').length, `lines were lost\n${shown}`);
	if (form === 'json') assert.doesNotThrow(() => JSON.parse(told), shown);
	if (form === 'yaml') assert.doesNotThrow(() => parse(told), shown);
}

test('every kind of secret goes, and what stands around it stays', () => {
	for (const [index, [input, secrets, keeps, about]] of secretCases.entries())
		check({
			name: `case ${index}`,
			input,
			secrets,
			keeps,
			known: about?.known ?? [],
			file: about?.file,
			form: about?.form,
		});
});

test('text that speaks of secrets and holds none keeps every byte', () => {
	for (const text of harmless) assert.equal(makeRedactor({known: []}).text(text), text);
});

test('the reference vectors hold, also with every secret replaced by another of the same alphabet', () => {
	const vectors = Vectors.parse(JSON.parse(readFileSync(vectorFile, 'utf8')));
	const random = seeded(7);
	for (const vector of vectors.positives) {
		const form = vector.parseable ? vector.format : undefined;
		const {id: name, input, secrets, mustKeep: keeps, knownSecrets: known, fileHint: file} = vector;
		check({name, input, secrets, keeps, known, file, form});
		if (vector.chunks) {
			const stream = makeRedactor({known}).stream(file);
			const pieces = vector.chunks.map(chunk => stream.push(chunk)).join('') + stream.end();
			assert.equal(pieces, makeRedactor({known}).text(input, file), name);
		}
		// Base64 that says what it is (a key, a JWT) and known values, whose spellings belong together, stay as they are.
		if (known.length > 0 || secrets.some(secret => /^(?:LS0t|eyJ)/.test(secret))) continue;
		for (let round = 0; round < 5; round++) {
			const others = secrets.map(secret => ({secret, other: alike(secret, random)}));
			const changed = others.reduce((text, {secret, other}) => text.replaceAll(secret, other), input);
			check({
				name: `${name} changed`,
				input: changed,
				secrets: others.map(({other}) => other),
				keeps,
				known,
				file,
				form,
			});
		}
	}
	for (const {id, input, fileHint} of vectors.negatives)
		assert.equal(makeRedactor({known: []}).text(input, fileHint), input, id);
});

test('a known value goes in every spelling, wherever it stands in something longer', () => {
	for (const secret of ['Tr0ub4dor&3 fake/admin', 'quote " back \\ slash', 'ümläut-geheim', "it's <b>&amp; 100%"]) {
		const redactor = makeRedactor({known: [secret]});
		const bytes = Buffer.from(secret);
		const spellings = [
			secret,
			JSON.stringify(secret).slice(1, -1),
			encodeURIComponent(secret),
			encodeURIComponent(secret).replaceAll('%20', '+'),
			encodeURIComponent(secret).toLowerCase().includes('%') ? encodeURIComponent(secret) : secret,
			bytes.toString('hex'),
			bytes.toString('base64'),
			bytes.toString('base64url'),
			Buffer.from(bytes.toString('base64')).toString('base64'),
		];
		for (const spelling of spellings) {
			const told = redactor.text(`before ${spelling} after`);
			assert.ok(!told.includes(spelling), `${spelling} is still in: ${told}`);
			assert.ok(told.startsWith('before ') && told.endsWith(' after'), told);
			assert.ok(redactor.knows(spelling), spelling);
		}
		for (const around of ['', 'x', 'xy', 'xyz', 'user:', '{"a":"'])
			for (const after of ['', '!', '"}', ' and more text']) {
				const encoded = Buffer.from(around + secret + after).toString('base64');
				const told = redactor.text(`data ${encoded} end`);
				for (const shift of [0, 1, 2, 3])
					for (const run of told.split(/[^\w+/=-]+/))
						assert.ok(!Buffer.from(run.slice(shift), 'base64').toString('utf8').includes(secret), told);
			}
	}
});

test('the same secret gets the same placeholder and another gets another', () => {
	const told = makeRedactor({known: []}).text('DB_PASSWORD=one1\nPGPASSWORD=one1\nREDIS_PASSWORD=two2');
	const [first, second, third] = told.split('\n').map(line => line.split('=')[1]);
	assert.equal(first, second);
	assert.notEqual(first, third);
});

test('a stream in pieces of any size says what the whole text says', () => {
	const text = `${'x=1 y=2 info\n'.repeat(200)}DB_PASSWORD=abcPW12\n${'a: b\n'.repeat(100)}token: abcDEF123456\n`;
	const whole = makeRedactor({known: []}).text(text);
	for (const size of [1, 7, 100, 5000]) {
		const stream = makeRedactor({known: []}).stream();
		let told = '';
		for (let at = 0; at < text.length; at += size) told += stream.push(text.slice(at, at + size));
		assert.equal(told + stream.end(), whole);
	}
});

test('text made to be slow takes no more than its length', () => {
	const shapes: readonly ((length: number) => string)[] = [
		n => 'a'.repeat(n),
		n => '\n'.repeat(n),
		n => 'password='.repeat(n / 9),
		n => 'password="'.repeat(n / 10),
		n => '{"a":'.repeat(n / 5),
		n => '["'.repeat(n / 2),
		n => 'a://'.repeat(n / 4),
		n => 'a:b@'.repeat(n / 4),
		n => 'k: |\n  password:\n'.repeat(n / 17),
		n => 'kind: Secret\nstringData:\n  k: |\n   x\n'.repeat(n / 40),
		n => 'abcd\n-----END PRIVATE KEY-----\n'.repeat(n / 32),
		n => `password${' '.repeat(n)}`,
		n => 'eyJhbGciOiJ.'.repeat(n / 12),
		n => '<password>'.repeat(n / 10),
	];
	for (const [index, shape] of shapes.entries()) {
		const work = (length: number) => {
			const text = shape(length);
			const before = process.cpuUsage();
			makeRedactor({known: ['s3cretvalue9']}).text(text);
			const {user, system} = process.cpuUsage(before);
			return (user + system) / 1000;
		};
		work(40_000);
		const [short, long] = [work(80_000), work(640_000)];
		// Eight times the length: linear is 8, quadratic 64. The floor keeps noise of a busy machine out.
		assert.ok(long < 32 * Math.max(short, 15), `shape ${index}: ${short} ms, then ${long} ms for eight times as much`);
	}
});

/** Letters for letters, digits for digits; signs stay, so that the form does. */
function alike(secret: string, random: () => number): string {
	const pick = (from: string) => from[Math.floor(random() * from.length)] ?? 'x';
	const hex = /^[0-9a-f]+$/.test(secret);
	const base32 = /^[A-Z2-7]+$/.test(secret);
	const prefix = /^(?:[a-z]{2,4}_(?:live_)?|AIza|A[KS]IA|alga-|\$2y\$05\$)/.exec(secret)?.[0] ?? '';
	return (
		prefix +
		[...secret.slice(prefix.length)]
			.map((sign, at) => {
				if (/[0-9]/.test(sign)) return pick('0123456789');
				if (/[a-z]/.test(sign))
					return secret[prefix.length + at - 1] === '%' ? sign : pick(hex ? 'abcdef' : 'abcdefghijklmnopqrstuvwxyz');
				if (/[A-Z]/.test(sign))
					return secret.includes('%') ? sign : pick(base32 ? 'ABCDEFGHIJKLMNOP' : 'ABCDEFGHIJKLMNOPQRSTUVWXYZ');
				return sign;
			})
			.join('')
	);
}

/** Numbers that come the same every time, so that a failure can be looked at. */
function seeded(seed: number): () => number {
	let state = seed;
	return () => {
		state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
		return state / 2_147_483_648;
	};
}
