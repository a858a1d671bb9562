import {createReadStream} from 'node:fs';
import {pipeline} from 'node:stream/promises';
import {createGunzip} from 'node:zlib';
import {extract} from 'tar-stream';
import {fail, ok, type Result} from '../../shared/problem.ts';

/** Longest file that is taken out of a bundle; those it writes are shorter. */
const mostBytes = 8 << 20;

/** The text of some files of a support bundle; those it lacks are left out. Nothing is written anywhere. */
export async function readBundle(
	path: string,
	wanted: readonly string[],
): Promise<Result<ReadonlyMap<string, string>>> {
	const files = new Map<string, string>();
	const archive = extract();
	const take = async () => {
		for await (const entry of archive) {
			const {name, type, size = 0} = entry.header;
			if (type !== 'file' || !wanted.includes(name) || size > mostBytes) {
				entry.resume();
				continue;
			}
			const chunks: Uint8Array[] = [];
			for await (const chunk of entry) if (chunk instanceof Uint8Array) chunks.push(chunk);
			files.set(name, Buffer.concat(chunks).toString('utf8'));
		}
	};
	try {
		await Promise.all([pipeline(createReadStream(path), createGunzip(), archive), take()]);
		return ok(files);
	} catch (error) {
		return fail({
			code: 'file.unreadable',
			what: `${path} cannot be read as a support bundle.`,
			next: 'Give a file that "alga-appliance bundle" or the web page made, whole.',
			detail: error instanceof Error ? error.message : String(error),
		});
	}
}
