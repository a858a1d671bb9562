import {maskAssignments} from './assignments.ts';
import {maskCarriers, maskElements} from './carriers.ts';
import {maskEncoded} from './encoded.ts';
import {maskFile} from './files.ts';
import {maskJson} from './json.ts';
import {makeKnown} from './known.ts';
import {type Mask, makeMask} from './marker.ts';
import {maskKeys} from './pem.ts';
import {maskShapes} from './shapes.ts';
import {onSpottedLines} from './spot.ts';
import {maskYaml} from './yaml.ts';

export type Redactor = {
	/** The text without its secrets; idempotent, line for line. `file` is where it came from, when that says what it is. */
	readonly text: (text: string, file?: string) => string;
	/** Any JSON value, by its keys and by what its strings hold. */
	readonly value: (value: unknown) => unknown;
	/** The same for a text that comes in pieces. */
	readonly stream: (file?: string) => RedactingStream;
	/** Whether a known secret is in the text, in any spelling: the last look before something leaves. */
	readonly knows: (text: string) => boolean;
	/** How many secrets were masked so far, by the rule that found them. */
	readonly counts: () => RuleCounts;
};
/** What finds a secret, in the order they are asked. */
export const redactionRules = [
	'known',
	'file',
	'private key',
	'json',
	'yaml',
	'carrier',
	'assignment',
	'shape',
	'encoded',
] as const;
type Rule = (typeof redactionRules)[number];
export type RuleCounts = Readonly<Record<Rule, number>>;
export type RedactingStream = {
	/** Answers what can be told already. */
	readonly push: (piece: string) => string;
	/** The rest. */
	readonly end: () => string;
};

/** Strings in strings in strings: escaped JSON and base64 are opened so often. */
const deepest = 4;
/** A stream is held back until it is this long, then cut at a line that begins something new. */
const streamWindow = 1 << 20;

/**
 * Removes secrets from whatever leaves the appliance. First the values that are known, in every spelling; then by
 * structure (private keys, JSON, YAML); then by what carries them (addresses, headers, command lines, assignments); then by
 * shape; and last what is hidden in base64. Each stage is linear in the text's length.
 */
export function makeRedactor({known}: {readonly known: Iterable<string>}): Redactor {
	const mask = makeMask();
	const secrets = makeKnown(known);
	const counts: Record<Rule, number> = {
		known: 0,
		file: 0,
		'private key': 0,
		json: 0,
		yaml: 0,
		carrier: 0,
		assignment: 0,
		shape: 0,
		encoded: 0,
	};
	const by =
		(rule: Rule): Mask =>
		secret => {
			counts[rule]++;
			return mask(secret);
		};
	const masks = {
		known: by('known'),
		file: by('file'),
		keys: by('private key'),
		json: by('json'),
		yaml: by('yaml'),
		carriers: by('carrier'),
		assignments: by('assignment'),
		shapes: by('shape'),
		encoded: by('encoded'),
	};
	const redact = (text: string, depth: number): string => {
		if (text.length < 4) return text;
		const inner = depth < deepest ? (part: string) => redact(part, depth + 1) : (part: string) => part;
		let told = secrets.replace(text, masks.known);
		told = maskKeys(told, masks.keys);
		told = maskJson(told, masks.json, inner);
		told = maskYaml(told, masks.yaml);
		told = maskElements(told, masks.carriers);
		told = onSpottedLines(told, part => maskAssignments(maskCarriers(part, masks.carriers), masks.assignments));
		told = maskShapes(told, masks.shapes);
		return maskEncoded(told, masks.encoded, inner);
	};
	const text = (whole: string, file?: string) =>
		redact(file === undefined ? whole : maskFile(whole, file, masks.file), 0);
	return {
		text,
		value: value => JSON.parse(text(JSON.stringify(value) ?? 'null')),
		stream: file => {
			let held = '';
			return {
				push: piece => {
					held += piece;
					if (held.length < streamWindow) return '';
					const cut = cutOf(held);
					const told = text(held.slice(0, cut), file);
					held = held.slice(cut);
					return told;
				},
				end: () => {
					const told = text(held, file);
					held = '';
					return told;
				},
			};
		},
		knows: secrets.has,
		counts: () => ({...counts}),
	};
}

/** The last line that begins something new and is not inside a key; failing that, the last line. */
function cutOf(text: string): number {
	const key = text.lastIndexOf('-----BEGIN');
	const open = key >= 0 && text.indexOf('-----END', key) < 0 && text.length - key < 40_000 ? key : text.length;
	const limit = text.lastIndexOf('\n', open - 1) + 1;
	for (let at = limit; at > limit - 100_000 && at > 0; at = text.lastIndexOf('\n', at - 2) + 1)
		if (/[^\s}\]-]/u.test(text[at] ?? ' ')) return at;
	return limit > 0 ? limit : text.length;
}
