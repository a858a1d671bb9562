import {mkdirSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {fail, ok, type Result} from '../../shared/problem.ts';

/** Pictures kept at once; the oldest goes. Each is two files of some kilobytes. */
const mostPictures = 20;

/**
 * Keeps a screen of a console as text and as SVG beside the support bundles; answers the path of the SVG as it is on the
 * machine. Readable by root alone: a screen may show names of the site.
 */
export function keepPicture(folder: string, now: number, picture: {text: string; svg: string}): Result<{file: string}> {
	// 20261121-094229: sorts by age, and the whole path has room in a row of a console.
	const name = `console-${new Date(now).toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')}`;
	try {
		mkdirSync(folder, {recursive: true, mode: 0o700});
		writeFileSync(join(folder, `${name}.txt`), picture.text, {mode: 0o600});
		writeFileSync(join(folder, `${name}.svg`), picture.svg, {mode: 0o600});
		const kept = readdirSync(folder)
			.filter(file => /^console-.*\.(?:txt|svg)$/.test(file))
			.sort();
		for (const file of kept.slice(0, -2 * mostPictures)) rmSync(join(folder, file), {force: true});
	} catch (error) {
		return fail({
			code: 'internal',
			what: `The picture could not be written to ${folder}.`,
			next: 'See that the disk has room and /var may be written to; then press the key again.',
			detail: error instanceof Error ? error.message : String(error),
		});
	}
	return ok({file: join(folder, `${name}.svg`)});
}
