import {readFileSync} from 'node:fs';
import * as z from 'zod';
import {fail, ok, type Result} from '../../shared/problem.ts';
import type {Credentials} from './tokens.ts';

/** containers-auth.json(5), which docker's config.json shares; helpers that run programs are not used. */
const AuthFile = z.object({auths: z.record(z.string(), z.object({auth: z.string().optional()})).default({})});

/** Logins by host from the first of these files that is there; a file that is none is an error, not nobody. */
export function readAuthFiles(files: readonly string[]): Result<(host: string) => Credentials | undefined> {
	for (const file of files) {
		let text: string;
		try {
			text = readFileSync(file, 'utf8');
		} catch {
			continue; // Not every tool was used on this machine.
		}
		const parsed = parseAuthFile(text);
		if (!parsed.ok)
			return fail({
				code: 'file.unreadable',
				what: `${file} is not a file of registry logins.`,
				why: 'Without it nobody is logged in, and private registries refuse.',
				next: 'Repair or remove it, then log in again (docker login, podman login or skopeo login).',
				detail: parsed.why,
			});
		const {auths} = parsed;
		return ok(host => {
			const encoded = (auths[host] ?? auths[`https://${host}`])?.auth;
			if (encoded === undefined) return undefined;
			const [, user, password] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString('utf8')) ?? [];
			return user === undefined || password === undefined ? undefined : {user, password};
		});
	}
	return ok(() => undefined);
}

function parseAuthFile(text: string) {
	try {
		const parsed = AuthFile.safeParse(JSON.parse(text));
		return parsed.success
			? {ok: true as const, auths: parsed.data.auths}
			: {ok: false as const, why: z.prettifyError(parsed.error)};
	} catch {
		// The parser's own words quote the file, and with it a password.
		return {ok: false as const, why: 'It is not JSON.'};
	}
}
