import * as z from 'zod';
import {fail, ok, type Result} from '../../shared/problem.ts';
import {isLoopback} from './agents.ts';
import {parseChallenge} from './challenge.ts';
import {notARegistry, statusProblem} from './problems.ts';

export type Credentials = {readonly user: string; readonly password: string};

/** What a token server answers with (distribution token specification): one of the two. */
const printable = z.string().regex(/^[\x21-\x7e]+$/);
const Token = z.union([
	z.object({token: printable}).transform(({token}) => token),
	z.object({access_token: printable}).transform(({access_token}) => access_token),
]);
const longestTokenText = 64 * 1024;

/** How a token server is asked: without a token of ours, with credentials when there are some. */
export type AskRealm = (
	url: URL,
	authorization: string | undefined,
) => Promise<Result<{readonly status: number; readonly text: string | undefined}>>;

/**
 * The authorization that this 401 asks for; undefined when it asks for nothing we know. Credentials go only to the
 * registry itself or, as the specification has it, to the token server that it names, and never unencrypted over a network.
 */
export async function authorizationFor(
	header: string | string[] | undefined,
	host: string,
	what: string,
	credentials: Credentials | undefined,
	ask: AskRealm,
): Promise<Result<string | undefined>> {
	const challenge = parseChallenge(header);
	if (challenge === undefined) return ok(undefined);
	if (challenge.scheme === 'basic')
		return credentials === undefined ? fail(statusProblem(401, what, host)) : ok(basic(credentials));
	const realm = URL.parse(challenge.realm);
	if (realm === null || (realm.protocol !== 'https:' && !isLoopback(realm.host))) return fail(notARegistry(host));
	if (challenge.service) realm.searchParams.set('service', challenge.service);
	if (challenge.scope) realm.searchParams.set('scope', challenge.scope);
	const answer = await ask(realm, credentials && basic(credentials));
	if (!answer.ok) return answer;
	const {status, text} = answer.value;
	if (status !== 200) return fail(statusProblem(status, what, realm.host));
	const token = parseToken(text?.slice(0, longestTokenText) ?? '');
	return token === undefined ? fail(notARegistry(realm.host)) : ok(`Bearer ${token}`);
}

function parseToken(text: string): string | undefined {
	try {
		return Token.parse(JSON.parse(text));
	} catch {
		return undefined; // Not a token server; the caller says so.
	}
}

const basic = ({user, password}: Credentials) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
