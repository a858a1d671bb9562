import {applyEdits, type Edit, type Mask, markerAt} from './marker.ts';

/**
 * Credentials that are known by their own shape, wherever they stand: what each begins with (at least two letters, as in
 * the pattern), and the pattern. None can backtrack (no repeated group inside a repetition).
 */
export const shapes: readonly (readonly [begins: string, pattern: RegExp])[] = [
	['eyJ', /eyJ[\w-]{8,}(?:\.[\w-]*){2,4}/u], // JWT and JWE (RFC 7515, 7516)
	['K10', /K10[0-9a-f]{20,}::[\w:.+/=-]+/u], // k3s
	['gh github_pat', /gh[a-z]_[A-Za-z0-9]{16,}|github_pat_\w{20,}/u],
	['gl', /gl[a-z]{2,8}-[\w.-]{16,}/u],
	[
		'npm hf_ hf. hf- rubygems pscale dckr sntrys glsa glc lin sbp re_ re. re- ntn fly dop doo dor shpat shpss shpca shppa PMAK NRAK dp. pul tskey whsec xkeysib atlas ctp figd figo',
		/(?:npm|hf|rubygems|pscale_\w{2,8}|dckr_pat|sntrys|glsa|glc|lin_api|sbp|re|ntn|fly|dop_v1|doo_v1|dor_v1|shpat|shpss|shpca|shppa|PMAK|NRAK|dp\.pt|pul|tskey-\w{2,8}|whsec|xkeysib|atlasv1|ctp|figd|figo)[_.-][\w.=-]{16,}/u,
	],
	['pypi', /pypi-[\w-]{16,}/u],
	['AKIA ASIA ABIA ACCA', /(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}/u],
	['AIza ya29 GOCSPX 1//0', /AIza[\w-]{30,}|ya29\.[\w.-]{20,}|GOCSPX-[\w-]{20,}|1\/\/0[\w-]{30,}/u],
	['xox xapp', /xox[a-z](?:-[\w-]{8,}|\.[\w.-]{8,})|xapp-\d-[\w-]{10,}/u],
	['sk_ rk_ pk_', /(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{10,}/u],
	['SG', /SG\.[\w-]{10,}\.[\w-]{10,}/u],
	['sk-', /sk-(?:[a-z]{2,10}-)?[\w-]{20,}/u],
	['hvs hvb hvr s.', /hv[sbr]\.[\w-]{16,}|s\.[A-Za-z0-9]{24}(?![\w.])/u],
	['AGE', /AGE-SECRET-KEY-1[A-Z0-9]{20,}/u],
	['SCRAM', /SCRAM-SHA-(?:1|256|512)\$\d+:[\w+/=]+\$[\w+/=]+:[\w+/=]+/u], // PostgreSQL's verifier
	['md5', /md5[0-9a-f]{32}(?![0-9a-f])/u],
	[
		'$1 $2 $3 $4 $5 $6 $7 $y $g $a $s $m $p $b $P $H',
		/\$(?:[1-7]|2[abxy]?|y|gy|apr1|sha1|md5|argon2(?:i|d|id)|scrypt|pbkdf2[\w-]{0,16}|bcrypt[\w-]{0,16}|P|H)\$[^\s"'<>,;:`\\]{8,}/u,
	], // crypt(5), PHC
	['{S {M {C {P', /\{(?:SSHA|SHA|SMD5|MD5|CRYPT|SSHA\d{3}|PBKDF2[\w-]*)\}[\w+/=$.]{8,}/u],
	['pbkdf2 scrypt', /(?:pbkdf2|scrypt):[\w:]{3,40}\$[\w+/=.]+\$[\w+/=]+/u],
	['dapi key SK', /(?:dapi|key-|SK)[0-9a-f]{32}(?![0-9a-f])/u],
	['ATATT ATCTT', /ATATT3[\w=-]{20,}|ATCTT3[\w=-]{20,}/u],
	['gAAAAA', /gAAAAA[\w-]{40,}={0,2}/u],
];
const shaped = new RegExp(shapes.map(([, pattern]) => pattern.source).join('|'), 'uy');
/** Two letters that one of them begins with, and the three where it says as many. */
const begins = new Uint8Array(1 << 14);
for (const [beginnings] of shapes)
	for (const one of beginnings.split(' ')) begins[(one.charCodeAt(0) << 7) | one.charCodeAt(1)] = 1;
const firstThree = new Set(shapes.flatMap(([beginnings]) => beginnings.split(' ').map(one => one.slice(0, 3))));
/** Those that begin with anything, and what is in the middle of each. */
const others: readonly (readonly [inside: string, pattern: RegExp])[] = [
	['-us', /(?<![A-Za-z0-9])[0-9a-f]{32}-us\d{1,2}/gu],
	[':AA', /(?<![A-Za-z0-9])\d{8,10}:AA[\w-]{30,}/gu],
	['8Q~', /(?<![A-Za-z0-9])[A-Za-z0-9]{3}8Q~[\w.~-]{30,}/gu],
];
/** A product's own prefix and a long body of letters of both cases and digits: nobody names an object so. */
const prefixed = /(?<![\w/.+-])[A-Za-z]{2,10}[_-][A-Za-z0-9]{30,}(?![\w/+-])/gu;
/** A one-time code in groups, as it is read from a screen: capitals and digits. */
const grouped = /(?<![\w-])(?:[a-z]{2,8}-)?[A-Z0-9]{4,6}(?:-[A-Z0-9]{4,6}){3,}(?![\w-])/gu;
/** A bootstrap token of kubeadm and k3s. Event names look alike, and end in hexadecimal. */
const bootstrap = /(?<![\w.-])[a-z0-9]{6}\.[a-z0-9]{16}(?![\w.-])/gu;
/** Web addresses whose path is the credential. */
const hooks =
	/(hooks\.slack\.com\/(?:services|workflows|triggers)\/|discord(?:app)?\.com\/api\/webhooks\/\d+\/|api\.telegram\.org\/bot|outlook\.office(?:365)?\.com\/webhook\/|\.webhook\.office\.com\/webhookb2\/)([\w/@:.-]{8,})/gu;

const hookHosts = ['hooks.slack.com', 'api.telegram.org', 'webhook'];

const isMixed = (text: string) => /[A-Z]/u.test(text) && /[a-z]/u.test(text) && /\d/u.test(text);

/** Masks what is a credential by its shape alone. */
export function maskShapes(text: string, mask: Mask): string {
	const put = (found: string, at: number, whole: string) => markerAt(whole, at, at + found.length, mask(found));
	let told = text;
	if (hookHosts.some(host => told.includes(host)))
		told = told.replaceAll(hooks, (_, host: string, secret: string) => host + mask(secret));
	told = maskShaped(told, mask);
	for (const [inside, pattern] of others) if (told.includes(inside)) told = told.replaceAll(pattern, put);
	return told;
}

/** Tries the patterns only where a word begins as one of them does. */
function maskShaped(text: string, mask: Mask): string {
	const edits: Edit[] = [];
	const find = new RegExp(shaped);
	let isInside = false;
	let hasGroups = false;
	for (let at = 0; at + 1 < text.length; at++) {
		const code = text.charCodeAt(at);
		const kind = kinds[code] ?? 0;
		const isStart = !isInside;
		isInside = kind > 0 && kind < dot;
		hasGroups ||= kind >= dot && isSuspicious(text, at, kind);
		if (!isStart || code > 127) continue;
		const next = text.charCodeAt(at + 1);
		if (next > 127 || begins[(code << 7) | next] === 0) continue;
		if (!firstThree.has(text.slice(at, at + 3)) && !firstThree.has(text.slice(at, at + 2))) continue;
		find.lastIndex = at;
		const found = find.exec(text)?.[0];
		if (found === undefined) continue;
		const end = at + found.length;
		edits.push({start: at, end, text: markerAt(text, at, end, mask(found))});
		const last = kinds[text.charCodeAt(end - 1)] ?? 0;
		isInside = last > 0 && last < dot;
		at = end - 1;
	}
	const told = applyEdits(text, edits);
	return hasGroups ? maskGrouped(told, mask) : told;
}

/** The dearer patterns, tried only in lines with dots and dashes that stand as theirs do. */
function maskGrouped(text: string, mask: Mask): string {
	const parts: string[] = [];
	let told = 0;
	for (let at = 1; at < text.length; at++) {
		const sign = kinds[text.charCodeAt(at)] ?? 0;
		if (sign < dot || !isSuspicious(text, at, sign)) continue;
		const start = Math.max(told, text.lastIndexOf('\n', at) + 1);
		const found = text.indexOf('\n', at);
		const end = found < 0 ? text.length : found;
		parts.push(text.slice(told, start), maskLine(text.slice(start, end), mask));
		told = end;
		at = end;
	}
	return parts.length === 0 ? text : parts.join('') + text.slice(told);
}

function isSuspicious(text: string, at: number, sign: number): boolean {
	if (sign === dot) return areOf(text, at - 6, at, low) && areOf(text, at + 1, at + 17, low);
	if (sign === dash && areOf(text, at - 4, at, high) && areOf(text, at + 1, at + 5, high)) return true;
	return areOf(text, at + 1, at + 31, low | high);
}

function maskLine(line: string, mask: Mask): string {
	const put = (found: string, at: number, whole: string) => markerAt(whole, at, at + found.length, mask(found));
	return line
		.replaceAll(prefixed, (found, at: number, whole: string) =>
			isMixed(found.slice(3)) ? put(found, at, whole) : found,
		)
		.replaceAll(grouped, (found, at: number, whole: string) =>
			/[A-Z]/u.test(found) && /\d/u.test(found) ? put(found, at, whole) : found,
		)
		.replaceAll(bootstrap, (found, at: number, whole: string) =>
			/\d/u.test(found.slice(7)) && /[g-z]/u.test(found.slice(7)) ? put(found, at, whole) : found,
		);
}

/** What a letter is: small or digit, capital or digit (a digit is both), or one of the signs between groups. */
const [low, high, dot, dash, underscore] = [1, 2, 4, 5, 6];
const kinds = new Uint8Array(1 << 16);
for (const [letters, kind] of [
	['abcdefghijklmnopqrstuvwxyz', low],
	['ABCDEFGHIJKLMNOPQRSTUVWXYZ', high],
	['0123456789', low | high],
	['.', dot],
	['-', dash],
	['_', underscore],
] as const)
	for (const letter of letters) kinds[letter.charCodeAt(0)] = kind;

function areOf(text: string, from: number, to: number, wanted: number): boolean {
	if (from < 0 || to > text.length) return false;
	for (let at = from; at < to; at++) {
		const kind = kinds[text.charCodeAt(at)] ?? 0;
		if (kind >= dot || (kind & wanted) === 0) return false;
	}
	return true;
}
