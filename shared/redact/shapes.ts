import type {Mask} from './marker.ts';
import {markerAt} from './marker.ts';

/**
 * Credentials that are known by their own shape, wherever they stand. Each alternative begins with letters that few other
 * words begin with; none can backtrack (no repeated group inside a repetition).
 */
const shapes = [
	/eyJ[\w-]{8,}(?:\.[\w-]*){2,4}/u, // JWT and JWE (RFC 7515, 7516)
	/K10[0-9a-f]{20,}::[\w:.+/=-]+/u, // k3s
	/gh[a-z]_[A-Za-z0-9]{16,}|github_pat_\w{20,}/u,
	/gl[a-z]{2,8}-[\w.-]{16,}/u,
	/(?:npm|hf|rubygems|pscale_\w{2,8}|dckr_pat|sntrys|glsa|glc|lin_api|sbp|re|ntn|fly|dop_v1|doo_v1|dor_v1|shpat|shpss|shpca|shppa|PMAK|NRAK|dp\.pt|pul|tskey-\w{2,8}|whsec|xkeysib|atlasv1|ctp|figd|figo)[_.-][\w.=-]{16,}/u,
	/pypi-[\w-]{16,}/u,
	/(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}/u,
	/AIza[\w-]{30,}|ya29\.[\w.-]{20,}|GOCSPX-[\w-]{20,}|1\/\/0[\w-]{30,}/u,
	/xox[a-z](?:-[\w-]{8,}|\.[\w.-]{8,})|xapp-\d-[\w-]{10,}/u,
	/(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{10,}/u,
	/SG\.[\w-]{10,}\.[\w-]{10,}/u,
	/sk-(?:[a-z]{2,10}-)?[\w-]{20,}/u,
	/hv[sbr]\.[\w-]{16,}|s\.[A-Za-z0-9]{24}(?![\w.])/u,
	/AGE-SECRET-KEY-1[A-Z0-9]{20,}/u,
	/SCRAM-SHA-(?:1|256|512)\$\d+:[\w+/=]+\$[\w+/=]+:[\w+/=]+/u, // PostgreSQL's verifier
	/md5[0-9a-f]{32}(?![0-9a-f])/u,
	/\$(?:[1-7]|2[abxy]?|y|gy|apr1|sha1|md5|argon2(?:i|d|id)|scrypt|pbkdf2[\w-]{0,16}|bcrypt[\w-]{0,16}|P|H)\$[^\s"'<>,;:`\\]{8,}/u, // crypt(5), PHC
	/\{(?:SSHA|SHA|SMD5|MD5|CRYPT|SSHA\d{3}|PBKDF2[\w-]*)\}[\w+/=$.]{8,}/u,
	/(?:pbkdf2|scrypt):[\w:]{3,40}\$[\w+/=.]+\$[\w+/=]+/u,
	/[0-9a-f]{32}-us\d{1,2}/u,
	/\d{8,10}:AA[\w-]{30,}/u,
	/(?:dapi|key-|SK)[0-9a-f]{32}(?![0-9a-f])/u,
	/ATATT3[\w=-]{20,}|ATCTT3[\w=-]{20,}/u,
	/[A-Za-z0-9]{3}8Q~[\w.~-]{30,}/u,
	/gAAAAA[\w-]{40,}={0,2}/u,
] as const;
const shaped = new RegExp(`(?<![A-Za-z0-9])(?:${shapes.map(one => one.source).join('|')})`, 'gu');
/** A product's own prefix and a long body of letters of both cases and digits: nobody names an object so. */
const prefixed = /(?<![\w/.+-])[A-Za-z]{2,10}[_-][A-Za-z0-9]{30,}(?![\w/+-])/gu;
/** A one-time code in groups, as it is read from a screen: capitals and digits. */
const grouped = /(?<![\w-])(?:[a-z]{2,8}-)?[A-Z0-9]{4,6}(?:-[A-Z0-9]{4,6}){3,}(?![\w-])/gu;
/** A bootstrap token of kubeadm and k3s. Event names look alike, and end in hexadecimal. */
const bootstrap = /(?<![\w.-])[a-z0-9]{6}\.[a-z0-9]{16}(?![\w.-])/gu;
/** Web addresses whose path is the credential. */
const hooks =
	/(hooks\.slack\.com\/(?:services|workflows|triggers)\/|discord(?:app)?\.com\/api\/webhooks\/\d+\/|api\.telegram\.org\/bot|outlook\.office(?:365)?\.com\/webhook\/|\.webhook\.office\.com\/webhookb2\/)([\w/@:.-]{8,})/gu;

const isMixed = (text: string) => /[A-Z]/u.test(text) && /[a-z]/u.test(text) && /\d/u.test(text);

/** Masks what is a credential by its shape alone. */
export function maskShapes(text: string, mask: Mask): string {
	const put = (found: string, at: number, whole: string) => markerAt(whole, at, at + found.length, mask(found));
	return text
		.replaceAll(hooks, (_, host: string, secret: string) => host + mask(secret))
		.replaceAll(shaped, (found, at: number, whole: string) => put(found, at, whole))
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
