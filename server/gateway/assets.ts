import {createHash} from 'node:crypto';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {gzipSync} from 'node:zlib';

/** One static file as it lies in memory, ready in every encoding a browser may ask for. */
export type Asset = {
	readonly path: string;
	readonly type: string;
	readonly cache: string;
	readonly etag: string;
	readonly policy: string;
	readonly bodies: {readonly gzip: Buffer; readonly identity: Buffer};
};

/** Nothing from elsewhere, and of what stands in the document itself only this style. */
const policyFor = (style: string) =>
	`default-src 'none'; script-src 'self'; style-src '${style}'; img-src data:; connect-src 'self'; ` +
	"base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'";

/** The built page: `index.html` that names one script by its hash. Throws when it was not built. */
export async function loadPage(pageDir: string): Promise<readonly Asset[]> {
	const [html, script] = await Promise.all([
		readFile(join(pageDir, 'index.html'), 'utf8'),
		readFile(join(pageDir, 'page.js')),
	]);
	const hash = createHash('sha256').update(script).digest('hex').slice(0, 16);
	const named = html.replaceAll('page.js', `page.${hash}.js`);
	const style = /<style>(.*)<\/style>/s.exec(html)?.[1] ?? '';
	const policy = policyFor(`sha256-${createHash('sha256').update(style).digest('base64')}`);
	return [
		asset('/', 'text/html; charset=utf-8', 'no-cache', policy, Buffer.from(named)),
		asset(`/page.${hash}.js`, 'text/javascript; charset=utf-8', 'public, max-age=31536000, immutable', policy, script),
	];
}

function asset(path: string, type: string, cache: string, policy: string, identity: Buffer): Asset {
	const etag = `"${createHash('sha256').update(identity).digest('base64url').slice(0, 22)}"`;
	return {path, type, cache, etag, policy, bodies: {gzip: gzipSync(identity, {level: 9}), identity}};
}

/** The best body that the browser's Accept-Encoding allows. Brotli would save 3 KB and cost 20 MB at the start. */
export function encodingFor(accepted: string | undefined): keyof Asset['bodies'] {
	const offered = (accepted ?? '').split(',').map(one => one.trim().split(';')[0]);
	return offered.includes('gzip') ? 'gzip' : 'identity';
}
