import {readFileSync, statSync} from 'node:fs';
import {readdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {Config} from '../engine/config.ts';
import {entriesOf, LayoutIndex} from './layout.ts';
import {mirrorsFor} from './mirror.ts';
import {isPublicKey, type TrustKey, type TrustPolicy} from './signature.ts';

/** Where the node's own mirror listens, on loopback and towards the pods (systemd-units/alga-appliance-mirror.socket). */
export const mirrorPort = 5180;

/** Whom this site trusts, and from where it fetches what releases name: for the engine, Kubernetes and Flux alike. */
export type Site = {
	readonly policy: TrustPolicy;
	/** Registry host → its mirror: what an administrator wrote, else the bundle that was imported. */
	readonly mirrors: () => Readonly<Record<string, string>>;
	/** Every trusted key that is one; read anew, so that keys change without a restart. */
	readonly keys: () => Promise<readonly TrustKey[]>;
	/** An authority (PEM) that registries of this site are certified by, and its file. */
	readonly ca: {readonly file: string; readonly pem: string} | undefined;
};

export function siteOf(config: Pick<Config, 'paths' | 'mirrors' | 'trustPolicy' | 'registryCa' | 'mirrorPort'>): Site {
	const index = join(config.paths.bundles, 'layout/index.json');
	const origin = `http://127.0.0.1:${config.mirrorPort ?? mirrorPort}`;
	let known: {readonly changed: number; readonly hosts: readonly string[]} | undefined;
	const hosts = (): readonly string[] => {
		const changed = statSync(index, {throwIfNoEntry: false})?.mtimeMs;
		if (changed === undefined) return []; // No bundle was imported.
		if (known?.changed !== changed) known = {changed, hosts: hostsIn(readFileSync(index, 'utf8'))};
		return known.hosts;
	};
	return {
		policy: config.trustPolicy,
		mirrors: () => ({...mirrorsFor(origin, hosts()), ...config.mirrors}),
		keys: async () => (await readKeys(config.paths.trust)).filter(isPublicKey),
		ca: config.registryCa,
	};
}

/** The registry hosts whose repositories a layout holds. */
function hostsIn(text: string): readonly string[] {
	const entries = entriesOf(LayoutIndex.parse(JSON.parse(text)));
	return [...new Set(entries.map(({repository}) => repository.split('/')[0] ?? ''))].sort();
}

/** Every `.pub` file of the trust folder; several are valid at once, so that keys can be rotated. */
export async function readKeys(folder: string): Promise<readonly TrustKey[]> {
	let names: string[];
	try {
		names = await readdir(folder);
	} catch {
		return []; // No folder trusts nobody; the signature check says so.
	}
	return Promise.all(
		names
			.filter(name => name.endsWith('.pub'))
			.sort()
			.map(async name => ({name: name.slice(0, -4), pem: await readFile(join(folder, name), 'utf8')})),
	);
}
