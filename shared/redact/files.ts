import {isMasked, type Mask} from './marker.ts';

/** Files whose content is a secret by where it lies, a line or a field each. */
const whole =
	/(?:^|\/)(?:[\w-]*token|setup-token|password|passwd\.txt|cred(?:ential)?s?(?:\.txt)?|[\w.-]+\.(?:key|pass|secret))$/u;
const pgpass = /(?:^|\/)\.?pgpass(?:\.conf)?$/u;
const netrc = /(?:^|\/)[._]netrc$/u;
const k3sPasswd = /(?:^|\/)cred\/(?:passwd|node-passwd)$/u;
const shadow = /(?:^|\/)g?shadow-?$/u;

/** Masks by the file's name, where nothing in the line itself says that it is secret. */
export function maskFile(text: string, file: string, mask: Mask): string {
	const put = (secret: string) =>
		secret === '' || isMasked(secret) || /^[!*x]+$/u.test(secret) ? secret : mask(secret);
	const lines = (change: (line: string) => string) =>
		text
			.split('\n')
			.map(line => (line.endsWith('\r') ? `${change(line.slice(0, -1))}\r` : change(line)))
			.join('\n');
	if (pgpass.test(file))
		return lines(line =>
			line.startsWith('#')
				? line
				: line.replace(/^((?:(?:[^:\\]|\\.)*:){4})(.+)$/u, (_, before: string, secret: string) => before + put(secret)),
		);
	if (netrc.test(file))
		return lines(line =>
			line.replace(/(\bpassword\s+)(\S+)/u, (_, before: string, secret: string) => before + put(secret)),
		);
	if (k3sPasswd.test(file)) return lines(line => line.replace(/^([^,]+)/u, secret => put(secret)));
	if (shadow.test(file))
		return lines(line =>
			line.replace(/^([^:]+:)([^:]+)/u, (_, before: string, secret: string) => before + put(secret)),
		);
	if (whole.test(file) && !/-----BEGIN|[{<]/u.test(text))
		return lines(line => (line.trim() === '' || line.startsWith('#') ? line : put(line.trim())));
	return text;
}
