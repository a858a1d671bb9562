import assert from 'node:assert/strict';
import {test} from 'node:test';
import {canDraw, fitsTier, glyphs, nearest, type Tier} from '../../../tui/terminal/glyphs.ts';
import {clip, fit, textWidth} from '../../../tui/terminal/width.ts';

const tiers = ['rich', 'vt', 'basic'] as const satisfies Tier[];

/** Every symbol of a table with its path, such as `state.good`. */
function leaves(table: object, path = ''): [string, string][] {
	return Object.entries(table).flatMap(([name, value]) =>
		typeof value === 'string' ? [[`${path}${name}`, value] as [string, string]] : leaves(value, `${path}${name}.`),
	);
}

test('every symbol is one cell wide in all three tiers, and its own tier can draw it', () => {
	const names = leaves(glyphs.rich).map(([name]) => name);
	assert.ok(names.length > 30);
	for (const tier of tiers) {
		assert.deepEqual(
			leaves(glyphs[tier]).map(([name]) => name),
			names,
		);
		for (const [name, symbol] of leaves(glyphs[tier])) {
			assert.equal(textWidth(symbol), 1, `${tier} ${name} ${symbol}`);
			assert.ok(fitsTier(symbol, tier), `${tier} cannot draw ${name} ${symbol}`);
		}
	}
});

test('no two states look the same in any tier', () => {
	for (const tier of tiers) assert.equal(new Set(Object.values(glyphs[tier].state)).size, 6);
});

for (const [text, fits] of [
	['plain text ~ 100 %', ['rich', 'vt', 'basic']],
	['┌─┐│└┘├┤┬┴┼ ░▒█ •·■×±° ←↑→↓ ▲▼▶◀ »« ≤≥', ['rich', 'vt']],
	['… ✓ ✗ ●', ['rich']],
	['Zürich 東京', ['rich']],
	['–', []],
	['╭', []],
	['🙂', []],
	['\x1b[2m', []],
] as const) {
	test(`${JSON.stringify(text)} may be drawn on: ${fits.join(', ') || 'nothing'}`, () => {
		assert.deepEqual(
			tiers.filter(tier => fitsTier(text, tier)),
			fits,
		);
	});
}

test('what a tier lacks is replaced by something it has, of the same width', () => {
	const samples = [...'…✓✗●─│┌┐└┘├┤┬┴┼░▒█•·■×±°←↑→↓▲▼▶◀»«≤≥╭╮╰╯═║╔╗╚╝━┃–—“”‘’éÜñ東界ГλЖ🙂►▄√'];
	for (const tier of tiers) {
		for (const sample of samples) {
			const replacement = nearest(sample, tier);
			assert.equal(textWidth(replacement), textWidth(sample), `${tier} ${sample} ${replacement}`);
			assert.ok(
				[...replacement].every(character => canDraw(character, tier)),
				`${tier} ${sample} ${replacement}`,
			);
		}
	}
	assert.equal([...'Zoé…│✓'].map(sign => nearest(sign, 'basic')).join(''), 'Zoe~|+');
});

for (const [text, width, clipped] of [
	['abcdef', 6, 'abcdef'],
	['abcdefg', 6, 'abcde~'],
	['東京都庁', 5, '東京~'],
	['東京都庁', 4, '東~'],
	['e\u0301a\u0301b', 2, 'e\u0301~'],
	['abc', 1, '~'],
	['abc', 0, ''],
] as const) {
	test(`${text} in ${width} cells is ${clipped}`, () => {
		assert.equal(clip(text, width, '~'), clipped);
		assert.equal(textWidth(fit(text, width, '~')), width);
	});
}
