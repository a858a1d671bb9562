import {readFileSync} from 'node:fs';
import {registerHooks} from 'node:module';
import {fileURLToPath} from 'node:url';
import {transformSync} from 'esbuild';

/** Lets tests import `.tsx` from source: node strips types but does not know JSX. The product itself is bundled. */
registerHooks({
	load(url, context, nextLoad) {
		if (!url.endsWith('.tsx')) return nextLoad(url, context);
		const source = readFileSync(fileURLToPath(url), 'utf8');
		const {code} = transformSync(source, {
			loader: 'tsx',
			format: 'esm',
			jsx: 'automatic',
			sourcemap: 'inline',
			sourcefile: url,
		});
		return {format: 'module', source: code, shortCircuit: true};
	},
});
