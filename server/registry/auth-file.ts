import {readFileSync} from 'node:fs';
import * as z from 'zod';
import type {Credentials} from './tokens.ts';

/** containers-auth.json(5), which docker's config.json shares; helpers that run programs are not used. */
const AuthFile = z.object({auths: z.record(z.string(), z.object({auth: z.string().optional()})).default({})});

/** Logins by host from the first of these files that is there; a file that is none is an error, not nobody. */
export function readAuthFiles(files: readonly string[]): (host: string) => Credentials | undefined {
	for (const file of files) {
		let text: string;
		try {
			text = readFileSync(file, 'utf8');
		} catch {
			continue; // Not every tool was used on this machine.
		}
		const parsed = AuthFile.safeParse(JSON.parse(text));
		if (!parsed.success) throw new Error(`${file}: ${z.prettifyError(parsed.error)}`);
		const {auths} = parsed.data;
		return host => {
			const encoded = (auths[host] ?? auths[`https://${host}`])?.auth;
			if (encoded === undefined) return undefined;
			const [, user, password] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString('utf8')) ?? [];
			return user === undefined || password === undefined ? undefined : {user, password};
		};
	}
	return () => undefined;
}
