import {weightOf} from './keys.ts';
import {isMasked, type Mask} from './marker.ts';
import {isHarmless} from './values.ts';

/** A scheme and what follows it up to the end of the word; the user part is found in it by hand. */
const url = /(?<![A-Za-z0-9+.-])([A-Za-z][A-Za-z0-9+.-]{1,30}:\/\/)([^\s"'<>`|\\^{}]{3,4000})/gu;
/** host:port of a proxy or broker without a scheme, after a user and password. */
const bareUrl = /(?<![\w/@:.*-])([\w.%+-]{1,64}):([^\s:@/"'`<>]{3,200})@([\w.-]{1,253}:\d{2,5})(?![\d\w])/gu;
const goDsn = /(?<![\w/@:.*-])([\w.-]{1,64}):([^\s"'`]{1,200})@(tcp|tcp6|unix)\(/gu;
const schemes =
	/(?<![\w-])(Bearer|Basic|Token|Negotiate|NTLM|ApiKey|GenieKey|Splunk|SSWS)((?:\s|%20|\+|\\u0020){1,4})([\w+/=.~:%-]{6,8000})/giu;
const sql =
	/\b(PASSWORD|IDENTIFIED\s{1,9}(?:WITH\s{1,9}\S{1,40}\s{1,9})?(?:BY|AS))(\s{1,9}(?:=\s{0,9})?E?)'((?:[^'\n]|'')*)'/giu;
const element = /<([\w:.-]{1,100})((?:\s[^<>]{0,400})?)>([^<>]{1,8000})<\/\1>/gu;
const nameThenValue = /\b(name|key)=(["'])([^"']{1,120})\2(\s{1,9}value=)(["'])([^"'\n]{1,4000})\5/giu;
const valueThenName = /\bvalue=(["'])([^"'\n]{1,4000})\1(\s{1,9}(?:name|key)=(["'])([^"']{1,120})\4)/giu;
const flowPair = /\{[^{}\n]{0,4000}\}/gu;
const flag = /(?<![\w-])(--?[A-Za-z][\w-]{0,60})([ \t]{1,9})(?!-)("(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[^\s"'`,;\])}]+)/gu;
const shortFlags =
	/\b(mysql|mysqldump|mysqladmin|mariadb|mariadb-dump|sshpass|redis-cli|curl|wget|docker login|crane auth login|helm registry login|ldapsearch|ldapmodify|kinit|smbclient|psql|mongo|mongosh|openssl|zip|7z)\b([^\n|;]{0,2000})/gu;
const netrc = /\b(machine\s{1,9}\S{1,253}\s{1,9}login\s{1,9}\S{1,200}\s{1,9}password\s{1,9})(\S{1,500})/gu;
const quotedAfter =
	/\b((?:password|passphrase|passcode|passwd)(?:\s{1,3}(?:is|was|set to|for [^\n.;]{1,80}? is))?\s{0,3}[:=]?\s{0,3})(["'`])([^"'`\n]{4,200})\2/giu;
const plainAfter =
	/\b((?:password|passphrase|passcode|setup token|access token|api key|one-time code|token)\s{1,3}(?:is|was|set to)[:]?\s{1,3})([^\s"'`,;]{4,500})/giu;

type Programs = Readonly<Record<string, RegExp>>;
/** Programs whose short flags carry a password, told by the flag's form. */
const shortFlag: Programs = {
	mysql: /(\s-p)([^\s"']+)/gu,
	mysqldump: /(\s-p)([^\s"']+)/gu,
	mysqladmin: /(\s-p)([^\s"']+)/gu,
	mariadb: /(\s-p)([^\s"']+)/gu,
	'mariadb-dump': /(\s-p)([^\s"']+)/gu,
	sshpass: /(\s-p\s?)([^\s"']+|"[^"\n]*"|'[^'\n]*')/gu,
	'redis-cli': /(\s(?:-a|--pass)\s{1,3})([^\s"']+|"[^"\n]*"|'[^'\n]*')/gu,
	curl: /(\s(?:-u|-U|--user|--proxy-user)[ =]?["']?[^\s:"']{0,100}:)([^\s"']+)/gu,
	wget: /(\s(?:--user|--proxy-user)[ =]["']?[^\s:"']{0,100}:)([^\s"']+)/gu,
	'docker login': /(\s-p[ =]?)([^\s"']+)/gu,
	'crane auth login': /(\s-p[ =]?)([^\s"']+)/gu,
	'helm registry login': /(\s-p[ =]?)([^\s"']+)/gu,
	ldapsearch: /(\s-w\s{0,3})([^\s"']+|"[^"\n]*"|'[^'\n]*')/gu,
	ldapmodify: /(\s-w\s{0,3})([^\s"']+|"[^"\n]*"|'[^'\n]*')/gu,
	smbclient: /(\s-U\s?["']?[^\s%"']{1,100}%)([^\s"']+)/gu,
	openssl: /(\s-(?:passin|passout|pass|k|K)\s{1,3}(?:pass:)?)([^\s"']+)/gu,
	mongo: /(\s-p\s{1,3})([^\s"']+)/gu,
	mongosh: /(\s-p\s{1,3})([^\s"']+)/gu,
	zip: /(\s-P\s{1,3})([^\s"']+)/gu,
	'7z': /(\s-p)([^\s"']+)/gu,
};

/** Masks what stands between the tags of an element, or after the words of a .netrc, over as many lines as it takes. */
export function maskElements(text: string, mask: Mask): string {
	const put = (secret: string) => (isMasked(secret) ? secret : mask(secret));
	let told = text;
	if (told.includes('</'))
		told = told.replaceAll(element, (found, name: string, attributes: string, secret: string) => {
			const weight = weightOf(name);
			return weight === 'none' || isHarmless(secret, weight) ? found : `<${name}${attributes}>${put(secret)}</${name}>`;
		});
	if (told.includes('machine'))
		told = told.replaceAll(netrc, (_, before: string, secret: string) => before + put(secret));
	return told;
}

/** Masks credentials by what carries them, line by line: addresses, schemes of HTTP, SQL, XML, command lines, phrases. */
export function maskCarriers(text: string, mask: Mask): string {
	const put = (secret: string) => (isMasked(secret) ? secret : mask(secret));
	let told = text;
	if (told.includes('://'))
		told = told.replaceAll(url, (_, scheme: string, rest: string) => scheme + withoutUser(rest, put));
	if (told.includes('@')) {
		told = told
			.replaceAll(goDsn, (_, user: string, secret: string, net: string) => `${user}:${put(secret)}@${net}(`)
			.replaceAll(bareUrl, (found, user: string, secret: string, host: string) =>
				/^(?:mailto|sha256|sha512|acct|sip)$/iu.test(user) ? found : `${user}:${put(secret)}@${host}`,
			);
	}
	told = told.replaceAll(schemes, (found, scheme: string, gap: string, secret: string) =>
		isCredential(scheme, secret) ? `${scheme}${gap}${put(secret)}` : found,
	);
	told = told.replaceAll(sql, (found, word: string, gap: string, secret: string) =>
		isHarmless(secret, 'strong') ? found : `${word}${gap}'${put(secret)}'`,
	);
	if (/value=/iu.test(told)) {
		told = told
			.replaceAll(
				nameThenValue,
				(found, word: string, quote: string, name: string, gap: string, sign: string, secret: string) =>
					isSecret(name, secret) ? `${word}=${quote}${name}${quote}${gap}${sign}${put(secret)}${sign}` : found,
			)
			.replaceAll(valueThenName, (found, sign: string, secret: string, rest: string, _quote: string, name: string) =>
				isSecret(name, secret) ? `value=${sign}${put(secret)}${sign}${rest}` : found,
			);
	}
	if (told.includes('{')) told = told.replaceAll(flowPair, pair => maskFlowPair(pair, put));
	told = told.replaceAll(flag, (found, name: string, gap: string, value: string) => {
		const quote = /^["']/u.exec(value)?.[0] ?? '';
		const secret = quote === '' ? value : value.slice(1, -1);
		return name.length > 2 && isSecret(name, secret) ? `${name}${gap}${quote}${put(secret)}${quote}` : found;
	});
	told = told.replaceAll(shortFlags, (found, program: string, rest: string) => {
		const pattern = shortFlag[program];
		if (pattern === undefined) return found;
		return (
			program +
			rest.replaceAll(pattern, (whole, before: string, secret: string) =>
				isHarmless(secret, 'strong') || secret.startsWith('$') ? whole : before + put(secret),
			)
		);
	});
	return told
		.replaceAll(quotedAfter, (found, before: string, quote: string, secret: string) =>
			isHarmless(secret, 'strong') ? found : `${before}${quote}${put(secret)}${quote}`,
		)
		.replaceAll(plainAfter, (found, before: string, secret: string) =>
			/^[a-z]+[.!]?$/u.test(secret) || isHarmless(secret, 'weak') ? found : before + put(secret),
		);
}

const isSecret = (name: string, value: string): boolean => {
	const weight = weightOf(name);
	return weight !== 'none' && !isHarmless(value, weight);
};

/** A word after "basic" or "token" is a credential when it is none of the language. */
function isCredential(scheme: string, secret: string): boolean {
	if (isMasked(secret) || /^[a-z_-]+[=:]/u.test(secret) || /^(?:[A-Z]?[a-z]+|[A-Z]+)[.:,]?$/u.test(secret))
		return false;
	if (/^(?:token|basic|splunk)$/u.test(scheme))
		return (
			secret.length >= 12 &&
			/\d|[A-Z]/u.test(secret) &&
			!/^[\d.:-]+$/u.test(secret) &&
			!secret.startsWith('/') &&
			!/^[a-z0-9]+(?:[-./][a-z0-9]+)+$/u.test(secret)
		);
	return /[\d=A-Z]/u.test(secret) || secret.length >= 20;
}

/** The rest of an address after its scheme, with the password of its user part masked (RFC 3986 §3.2.1). */
function withoutUser(rest: string, put: (secret: string) => string): string {
	const slash = rest.search(/[/?#]/u);
	const authority = slash < 0 ? rest : rest.slice(0, slash);
	let at = authority.lastIndexOf('@');
	// An unescaped slash in the password: what looks like the port then is not a number.
	if (at < 0 && /^[^:[\]]*:(?!\d{1,5}$)/u.test(authority)) {
		const query = rest.search(/[?]/u);
		at = (query < 0 ? rest : rest.slice(0, query)).lastIndexOf('@');
	}
	if (at < 0) return rest;
	const user = rest.slice(0, at);
	if (isMasked(user)) return rest;
	const colon = user.indexOf(':');
	if (colon >= 0) {
		const secret = user.slice(colon + 1);
		return secret === '' || (isHarmless(secret, 'strong') && !/^[a-z]/iu.test(secret))
			? rest
			: `${user.slice(0, colon)}:${put(secret)}${rest.slice(at)}`;
	}
	// A user alone is a token when it looks like nobody's name.
	const isToken = user.length >= 16 && /\d/u.test(user) && /[A-Za-z]/u.test(user) && !user.includes('.');
	return isToken ? put(user) + rest.slice(at) : rest;
}

/** `{name: DB_PASSWORD, value: abc}` in one line, quoted or not. */
function maskFlowPair(pair: string, put: (secret: string) => string): string {
	const name = /[{,\s]["']?(?:name|key|Name)["']?\s{0,3}:\s{0,3}["']?([\w.-]{1,120})/u.exec(pair)?.[1];
	if (name === undefined || weightOf(name) === 'none') return pair;
	return pair.replace(
		/([{,\s]["']?(?:value|Value)["']?\s{0,3}:\s{0,3})("(?:[^"\\]|\\.)*"|'[^']*'|[^\s,}][^,}]*)/u,
		(found, before: string, value: string) => {
			const secret = value.replace(/^(["'])(.*)\1$/su, '$2').trim();
			return isSecret(name, secret) ? `${before}"${put(secret)}"` : found;
		},
	);
}
