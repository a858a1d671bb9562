/** A small seeded generator (mulberry32), so that a miss can be seen again. */
export function randomFrom(seed: number): () => number {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
	};
}

/** Addresses that mean the same on every appliance. */
const fixed: ReadonlySet<string> = new Set([
	'10.43.0.1',
	'10.43.0.10',
	'127.0.0.1',
	'127.0.0.53',
	'0.0.0.0',
	'8.8.8.8',
]);
const address = String.raw`\b(?:\d{1,3}\.){3}\d{1,3}\b`;
const podName = String.raw`\b(?:[a-z0-9]+-)+(?:[a-z0-9]{8,10}-)?[a-z0-9]{5}\b(?=\\?"|_msp|_flux-system|_kube-system)`;
const digest = String.raw`\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{6,64}\b`;
const names = String.raw`\bghcr\.io\b|\bgithub\.com\b|\bnine-minds\b|\balga-core-sebastian\b|\bpgbouncer-config\b(?!-)|\bdb-credentials\b(?!-)|\bcorp\.example\b|\balga-appliance\b(?!-)`;
const everything = new RegExp([address, podName, digest, names].join('|'), 'gu');

/** The same case with other hashes, addresses and names, replaced alike wherever they stand, expectations included. */
export function mutate<T>(original: T, random: () => number): T {
	const replaced = new Map<string, string>();
	const fresh = (found: string): string => {
		const known = replaced.get(found);
		if (known !== undefined) return known;
		const made = replacementOf(found, random, fresh);
		replaced.set(found, made);
		return made;
	};
	return JSON.parse(JSON.stringify(original).replace(everything, fresh));
}

function replacementOf(found: string, random: () => number, fresh: (part: string) => string): string {
	const pick = (low: number, high: number) => low + Math.floor(random() * (high - low + 1));
	const letters = (alphabet: string, length: number) =>
		Array.from({length}, () => alphabet[Math.floor(random() * alphabet.length)]).join('');
	if (/^\d+(?:\.\d+){3}$/u.test(found)) {
		if (fixed.has(found)) return found;
		const [a = '10', b = '0'] = found.split('.');
		if (a === '127' || found.startsWith('10.42.') || found.startsWith('10.43.'))
			return `${a}.${b}.${pick(2, 250)}.${pick(2, 250)}`;
		if (a === '10') return `10.${pick(50, 200)}.${pick(1, 250)}.${pick(2, 250)}`;
		if (a === '192') return `192.168.${pick(1, 250)}.${pick(2, 250)}`;
		return `${pick(60, 90)}.${pick(1, 250)}.${pick(1, 250)}.${pick(2, 250)}`;
	}
	if (/^[0-9a-f]{6,64}$/u.test(found)) {
		// A short form stands for a whole digest: both begin alike, so both are cut from one replacement.
		return fresh(`digest ${found.slice(0, 6)}`).slice(0, found.length);
	}
	if (found.startsWith('digest ')) return `a7${letters('0123456789abcdef', 62)}`;
	switch (found) {
		case 'ghcr.io':
		case 'github.com':
			return `${letters('bcdfgh', 5)}.${letters('klmnp', 4)}.example`;
		case 'corp.example':
			return `${letters('bcdfgh', 5)}.test`;
		case 'nine-minds':
		case 'alga-appliance':
		case 'alga-core-sebastian':
		case 'pgbouncer-config':
		case 'db-credentials':
			return `${letters('bcdfghjk', 4)}-${letters('lmnpqr', 5)}`;
	}
	const parts = found.split('-');
	const hash = parts.length > 2 && /^(?=.*\d)[a-z0-9]{8,10}$/u.test(parts.at(-2) ?? '') ? 2 : 1;
	if (!/\d/u.test(parts.slice(-hash).join(''))) return found;
	const base = parts.slice(0, -hash).join('-');
	const ends = parts.slice(-hash).map(part => letters('bcdfghjklmnpqrstvwxz2456789', part.length));
	return [base.replace(/\balga-core-sebastian\b/gu, fresh), ...ends].join('-');
}
