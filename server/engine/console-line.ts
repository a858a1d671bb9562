import {mkdirSync, renameSync, writeFileSync} from 'node:fs';
import {dirname} from 'node:path';
import type {View} from '../../shared/view/view.ts';

/**
 * Keeps a few lines about the appliance in a file, for a serial line whose console sleeps: a shell reads it, where the
 * console itself would cost 60 MB. Written only when the words change. Holds nothing that must not be seen by anybody.
 */
export function consoleLine(file: string): (view: View) => void {
	let written: string | undefined;
	mkdirSync(dirname(file), {recursive: true});
	return view => {
		const {identity, rollup} = view;
		const text = [
			`${identity.product} ${identity.version}   ${identity.hostname}   ${identity.address}`,
			rollup.message === '' ? rollup.word : `${rollup.word}: ${rollup.message}`,
			identity.statusUrl === '' ? 'There is no address yet for the web page.' : `Page: ${identity.statusUrl}`,
			...(identity.loginReady ? [`Login: ${identity.loginUrl}`] : []),
			'',
		]
			// Host names and messages may hold anything; a raw terminal gets printable ASCII only.
			.map(line => line.replaceAll('’', "'").replace(/[^ -~]/g, '?'))
			.join('\n');
		if (text === written) return;
		try {
			writeFileSync(`${file}.next`, text, {mode: 0o644});
			renameSync(`${file}.next`, file);
			written = text;
		} catch (error) {
			console.error(`the serial lines were not told: ${error instanceof Error ? error.message : String(error)}`);
			written = text; // Said once; the next change tries again.
		}
	};
}
