import {readFileSync} from 'node:fs';
import * as z from 'zod';
import {releaseRepository} from '../shared/release/manifest.ts';

/** The page's process has no right to the ports below. */
const port = z.int().min(1024).max(65_535);

/** /etc/alga-appliance/appliance.json: settings an administrator of a restricted site may write by hand. */
const Settings = z.strictObject({
	releaseRepository: z.string().default(releaseRepository),
	mirrors: z.record(z.string(), z.string()).default({}),
	trustPolicy: z.enum(['require', 'allow-unsigned']).default('require'),
	registryCa: z.string().startsWith('/').optional(),
	httpPort: port.default(8080),
	httpsPort: port.default(8443),
});

/** Engine and page read the same file. Throws with the field's name when it is wrong; without a file, the product's defaults. */
export function readSettings(file: string): z.infer<typeof Settings> {
	let text: string;
	try {
		text = readFileSync(file, 'utf8');
	} catch {
		return Settings.parse({}); // No file: the defaults of the product.
	}
	const parsed = Settings.safeParse(JSON.parse(text));
	if (!parsed.success) throw new Error(`${file}: ${z.prettifyError(parsed.error)}`);
	return parsed.data;
}
