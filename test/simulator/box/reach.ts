import type {Clock} from '../../../server/engine/clock.ts';
import type {HttpAnswer, Way} from '../../../server/host/host.ts';
import {fail, ok, type Problem, type Result} from '../../../shared/problem.ts';
import type {Conditions} from '../conditions.ts';
import {type Machine, networkResolver, resolversOf} from './machine.ts';

/** What answers at the application's address at present. */
export type Web = {
	readonly state: () => 'absent' | 'answers';
	/** The host name people were told, once it is known in the cluster. */
	readonly host: () => string | undefined;
};

export type Surroundings = {
	readonly machine: Machine;
	readonly world: Conditions;
	readonly clock: Clock;
	readonly web: Web;
};

/** Names the internet knows, as far as this world has one. */
const internet: Readonly<Record<string, string>> = {
	'ghcr.io': '140.82.121.33',
	'pkg-containers.githubusercontent.com': '185.199.108.154',
	'registry-1.docker.io': '44.208.254.194',
	'auth.docker.io': '44.208.254.195',
	'production.cloudflare.docker.com': '104.16.99.215',
	'registry.k8s.io': '34.96.108.209',
	'quay.io': '44.216.66.253',
	'github.com': '140.82.121.4',
	'objects.githubusercontent.com': '185.199.108.133',
};

const said = (code: Problem['code'], what: string, next: string): Problem => ({code, what, next, retry: 'safe'});

/** Looks a name up as the box's resolver, or one server, would answer. */
export async function lookup(
	{machine, world, clock, web}: Surroundings,
	name: string,
	server: string | undefined,
	signal: AbortSignal,
): Promise<Result<readonly string[]>> {
	await clock.sleep(15, signal);
	const asked = server ?? resolversOf(machine)[0];
	if (asked === undefined)
		return fail(said('dns.no-servers', 'This machine has no name server.', 'Set name servers (Names).'));
	if (/^[\d.]+$|^localhost$/.test(name)) return ok([name === 'localhost' ? '127.0.0.1' : name]);
	// Only the network's own server is in trouble; one that is set by hand answers.
	const state = asked === networkResolver ? world.dns : 'answers';
	if (state === 'refuses')
		return fail(
			said(
				'dns.refused',
				`The name server ${asked} refused to look up ${name}.`,
				'Set name servers that answer (Names).',
			),
		);
	if (state === 'silent') {
		await clock.sleep(5000, signal);
		return fail(
			said(
				'dns.timed-out',
				`The name server ${asked} gave no answer for ${name} in time.`,
				'Set name servers that answer (Names).',
			),
		);
	}
	const address = internet[name] ?? (name === web.host() ? machine.network.address : undefined);
	if (state === 'knows-nothing' || address === undefined)
		return fail(
			said('dns.not-found', `The name ${name} is not known.`, 'Check the name, or set other name servers (Names).'),
		);
	return ok([address]);
}

/** One GET from the box: the registry's hosts, the application, or nobody. */
export async function fetch(
	around: Surroundings,
	address: string,
	signal: AbortSignal,
	{servers}: Way = {},
): Promise<Result<HttpAnswer>> {
	const {machine, world, clock, web} = around;
	const url = new URL(address);
	const began = clock.now();
	const found = await lookup(around, url.hostname, servers?.[0], signal);
	if (!found.ok) return found;
	await clock.sleep(25, signal);
	const answer = (status: number, headers: Readonly<Record<string, string>>, body: string): Result<HttpAnswer> =>
		ok({status, headers, body, latencyMs: clock.now() - began, address: found.value[0] ?? ''});
	if (internet[url.hostname] !== undefined) {
		if (world.registry === 'unreachable')
			return fail(
				said(
					'network.timed-out',
					`${url.hostname} gave no answer in time.`,
					'Ask for outgoing access to it, or set the proxy (Proxy).',
				),
			);
		return url.pathname.startsWith('/v2')
			? answer(
					401,
					{
						'www-authenticate': `Bearer realm="https://${url.hostname}/token",service="${url.hostname}"`,
						'content-type': 'application/json',
					},
					'{"errors":[{"code":"UNAUTHORIZED"}]}',
				)
			: answer(200, {'content-type': 'text/html'}, '');
	}
	const own = [machine.network.address, '127.0.0.1', 'localhost', machine.hostname, web.host()];
	if (!own.includes(url.hostname) || web.state() === 'absent')
		return fail(said('network.refused', `${url.host} refused the connection.`, 'Nothing listens there.'));
	if (url.pathname === '/') return answer(307, {location: '/auth/signin'}, '');
	if (url.pathname.startsWith('/auth') || url.pathname === '/api/health')
		return answer(200, {'content-type': 'text/html'}, '<!doctype html><title>Sign in to Alga PSA</title>');
	return answer(404, {'content-type': 'text/html'}, '');
}
