import * as z from 'zod';

/** RFC 1123 label, lower case, as Kubernetes wants a node's name. */
export const hostName = z
	.string()
	.trim()
	.toLowerCase()
	.pipe(
		z
			.string()
			.regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'letters, digits and "-" only, at most 63; example: alga-01')
			.refine(name => name !== 'localhost', 'localhost is taken by every machine; example: alga-01'),
	);

const dnsName =
	/^(?=.{1,253}$)(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;

/** An address that a machine can ask for names: IPv4 or IPv6, not a name, not 0.0.0.0. */
export const nameServer = z
	.string()
	.trim()
	.pipe(z.union([z.ipv4(), z.ipv6()], 'not an address; example: 10.0.0.10'))
	.refine(address => address !== '0.0.0.0' && address !== '::', 'not the address of a server');

export const timeServer = z
	.string()
	.trim()
	.refine(
		value => dnsName.test(value) || z.ipv6().safeParse(value).success,
		'not a name or address; example: ntp.example.com',
	);

export const searchDomain = z
	.string()
	.trim()
	.toLowerCase()
	.refine(value => dnsName.test(value), 'not a domain; example: corp.example');

/** A web address people can type: scheme added when missing, path and trailing slash removed. */
export const webUrl = z
	.string()
	.trim()
	.transform((typed, context) => {
		const url = URL.parse(/^[a-z]+:\/\//i.test(typed) ? typed : `http://${typed}`);
		if (!url || !/^https?:$/.test(url.protocol) || !isHost(url.hostname)) {
			context.addIssue({code: 'custom', message: 'not a web address; example: https://psa.example.com'});
			return z.NEVER;
		}
		if (url.username || url.password) {
			context.addIssue({
				code: 'custom',
				message: 'no user or password in the address; example: https://psa.example.com',
			});
			return z.NEVER;
		}
		return url.origin;
	});

/** An HTTP proxy. Credentials are refused: they would have to be stored and shown. */
export const proxyUrl = z
	.string()
	.trim()
	.transform((typed, context) => {
		const url = URL.parse(/^[a-z]+:\/\//i.test(typed) ? typed : `http://${typed}`);
		if (!url || !/^https?:$/.test(url.protocol) || !isHost(url.hostname)) {
			context.addIssue({code: 'custom', message: 'not a proxy address; example: http://10.0.9.9:3128'});
			return z.NEVER;
		}
		if (url.username || url.password) {
			context.addIssue({
				code: 'custom',
				message: 'proxies that ask for a password are not supported; have this machine exempted',
			});
			return z.NEVER;
		}
		return url.origin;
	});

const isHost = (host: string) => dnsName.test(host) || host.startsWith('[');

/** What people paste between commas, spaces or lines, kept as `a, b`; each entry checked, the wrong one named. */
export function listOf(
	entry: z.ZodType<string, string>,
	rule: {least: number; most: number; what: string; example: string},
): z.ZodType<string, string> {
	return z.string().transform((typed, context) => {
		const entries = typed.split(/[\s,;]+/).filter(Boolean);
		if (entries.length < rule.least)
			context.addIssue({code: 'custom', message: `at least one ${rule.what} is needed; example: ${rule.example}`});
		if (entries.length > rule.most) context.addIssue({code: 'custom', message: `at most ${rule.most} ${rule.what}s`});
		const kept: string[] = [];
		for (const one of entries) {
			const parsed = entry.safeParse(one);
			if (parsed.success) kept.push(parsed.data);
			else context.addIssue({code: 'custom', message: `${one}: ${parsed.error.issues[0]?.message ?? 'not valid'}`});
		}
		return [...new Set(kept)].join(', ');
	});
}
