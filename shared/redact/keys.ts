/**
 * How sure a name is that what follows is secret. `strong`: a password, whatever it looks like. `weak`: a token or a key,
 * unless it looks like a number, a reference or a setting.
 */
export type Weight = 'strong' | 'weak' | 'none';

const strong = new Set(
	'password passwords passwd passphrase pwd pass passcode psk otp totp mnemonic authorization authtoken apikey userpass'.split(
		' ',
	),
);
const strongEnd = /(?:password|passwd|passphrase)$/u;
const passEnd = /^(?:db|user|smtp|pg|root|admin|mail|ldap|redis|mysql|sql|ssh|bind|proxy|key|store|my)(?:pass|pwd)$/u;
const weak = new Set(
	'secret secrets token tokens jwt bearer credential credentials creds salt keydata apikeys sessionid sessid jsessionid phpsessid auth sharedaccesssignature csrf xsrf'.split(
		' ',
	),
);
const weakEnd = /(?:secret|token|apikey|privatekey|accesskey|secretkey|sharedkey|licensekey|accountkey)$/u;
/** A key is secret by what stands before it: a cache key or a public key is not. */
const keyKinds = new Set(
	'api access private secret encryption encrypt decryption signing sign session master auth account storage shared preshared license licence client service admin deploy webhook app application subscription hmac jwt aes cipher crypto ssh tls ssl root server instrumentation ingestion project integration routing product activation'.split(
		' ',
	),
);
/** Names that end so speak about a secret, and are none. */
const neutralEnd = new Set(
	'name names ref refs reference file files filename path paths dir directory url uri urls endpoint host hosts port type types kind ttl expiry expires expire expiration exp length size count counter min max policy enabled disabled required rotation rotate provider algorithm alg algo class label labels header headers field prefix suffix issuer audience mode format version timeout interval lifetime age limit limits budget bucket namespace mount selector hint strength seconds minutes hours days at bytes status state error errors reason message review reviews request requests layout fingerprint thumbprint identifier usage used store'.split(
		' ',
	),
);
const neutralStart = new Set(
	'checksum digest hash existing missing invalid wrong expired unknown max min no non incorrect automount'.split(' '),
);

/** Most names hold none of these, and need no closer look. */
const hints = /pass|pwd|secret|token|key|auth|cred|psk|otp|salt|jwt|bearer|sess|mnemonic|signature|[cx]srf/iu;

const wordsOf = (key: string): readonly string[] =>
	key
		.slice(-120)
		.replaceAll(/([a-z0-9])([A-Z])/gu, '$1 $2')
		.replaceAll(/([A-Z])([A-Z][a-z])/gu, '$1 $2')
		.toLowerCase()
		.split(/[^a-z0-9]+/u)
		.filter(Boolean);

/** Judges a name by its words, in whatever style they are joined: DB_PASSWORD, dbPassword, db-password. */
export function weightOf(key: string): Weight {
	if (!hints.test(key)) return 'none';
	const words = wordsOf(key);
	const last = words.at(-1);
	const [first] = words;
	if (last === undefined || first === undefined) return 'none';
	if (neutralEnd.has(last)) return 'none';
	if (words.length > 1 && neutralStart.has(first)) return 'none';
	if (last === 'id') {
		const before = words.at(-2);
		return before === 'secret' || before === 'session' || (before === 'key' && words.includes('private'))
			? 'weak'
			: 'none';
	}
	if (last === 'pwd' && words.length === 1 && key === key.toUpperCase()) return 'none'; // The shell's working directory.
	if (last === 'oldpwd') return 'none';
	if (words.some(word => strong.has(word) || strongEnd.test(word) || passEnd.test(word))) return 'strong';
	if (words.some(word => weak.has(word) || weakEnd.test(word))) return 'weak';
	const at = words.findIndex(word => word === 'key' || word === 'keys');
	if (at > 0 && keyKinds.has(words[at - 1] ?? '') && !words.includes('public')) return 'weak';
	return 'none';
}

/** Cookies carry sessions: their values go, their names and attributes stay. */
export const isCookieKey = (key: string): boolean => /^(?:set-)?cookie2?$/iu.test(key);
