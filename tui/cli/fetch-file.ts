import {createWriteStream} from 'node:fs';
import {rename, rm} from 'node:fs/promises';
import {type IncomingMessage, request} from 'node:http';
import {pipeline} from 'node:stream/promises';
import {engineAway, routePath} from '../../shared/api/client.ts';
import type {RouteName} from '../../shared/api/routes.ts';
import {fail, ok, type Result} from '../../shared/problem.ts';

/** A file the engine keeps for root, brought over its socket to where the caller may write. */
export async function fetchFile(
	socketPath: string,
	name: RouteName,
	params: Readonly<Record<string, string>>,
	path: string,
	signal: AbortSignal,
): Promise<Result<void>> {
	const part = `${path}.part`;
	try {
		const answer = await new Promise<IncomingMessage>((resolve, reject) => {
			const asked = request({socketPath, path: routePath(name, params), headers: {host: 'engine'}, signal}, resolve);
			asked.once('error', reject);
			asked.end();
		});
		if (answer.statusCode !== 200) {
			answer.resume();
			return fail(engineAway(`status ${answer.statusCode}`));
		}
		await pipeline(answer, createWriteStream(part, {mode: 0o600, flush: true}), {signal});
		await rename(part, path);
		return ok(undefined);
	} catch (error) {
		await rm(part, {force: true});
		const detail = error instanceof Error ? error.message : String(error);
		return fail({
			code: 'file.unwritable',
			what: `The bundle could not be copied to ${path}.`,
			next: 'It is on this machine all the same, at the place told above. Choose another place with -o.',
			detail,
		});
	}
}
