import {hash, timingSafeEqual} from 'node:crypto';
import type {ResponseOf} from '../../../shared/api/routes.ts';
import type {Result} from '../../../shared/problem.ts';
import type {Clock} from '../../engine/clock.ts';
import type {Engine} from '../engine.ts';
import type {Sessions} from './sessions.ts';

export type Credential = ResponseOf<'credential'>;

/** What passwords and tokens are compared with. The engine keeps it; the gateway holds the last answer in memory. */
export type Credentials = {
	/** The credential, asked anew when the last answer is older than `maxAge` milliseconds. */
	readonly get: (maxAge: number) => Promise<Result<Credential>>;
	/** Asks now, after whatever was asked before has been answered. */
	readonly renew: () => Promise<Result<Credential>>;
	readonly isFresh: (maxAge: number) => boolean;
	readonly last: () => Credential | undefined;
};

/** A newer epoch ends every session before anyone is told of it. */
export function makeCredentials(
	engine: Engine,
	sessions: Sessions,
	{elapsed}: Pick<Clock, 'elapsed'>,
	stop: AbortSignal,
): Credentials {
	let last: {readonly at: number; readonly credential: Credential} | undefined;
	let asking: Promise<Result<Credential>> | undefined;
	const ask = async (): Promise<Result<Credential>> => {
		const at = elapsed();
		const answer = await engine.client('credential', {}, stop);
		if (answer.ok) {
			await sessions.setEpoch(answer.value.epoch);
			last = {at, credential: answer.value};
		}
		return answer;
	};
	const get = (maxAge: number): Promise<Result<Credential>> => {
		if (last !== undefined && elapsed() - last.at < maxAge) return Promise.resolve({ok: true, value: last.credential});
		asking ??= ask().finally(() => {
			asking = undefined;
		});
		return asking;
	};
	return {
		get,
		renew: async () => {
			await asking; // One after the other: an older answer must never overtake a newer one.
			return get(0);
		},
		isFresh: maxAge => last !== undefined && elapsed() - last.at < maxAge,
		last: () => last?.credential,
	};
}

/** Whether this is the read-only status token, told in constant time. The engine keeps its SHA-256 in hex. */
export function isStatusToken(token: string, credential: Credential | undefined): boolean {
	const expected = Buffer.from(credential?.statusTokenHash ?? '', 'hex');
	const given = hash('sha256', token, 'buffer');
	return expected.length === given.length && timingSafeEqual(expected, given);
}
