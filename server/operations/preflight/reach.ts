import {reservedNetworks, within} from '../../../shared/network/address.ts';
import {nameOf} from '../../registry/endpoint.ts';
import {type Check, cannotTell, fails, fine, type Looking, warns} from './check.ts';

/** Hosts that every release needs, for when its manifest could not be read. */
const registryHost = 'ghcr.io';

/** Every registry that the release's parts come from has a mirror: no host outside is asked for anything. */
function isMirrored({release, mirrors}: Looking): boolean {
	if (release === undefined) return mirrors[registryHost] !== undefined;
	const {images, charts, config, flux} = release.manifest;
	const hosts = [...images, ...charts, config, flux.manifests].map(({repository}) => repository.split('/')[0] ?? '');
	return [registryHost, ...hosts].every(host => mirrors[host] !== undefined);
}

/** Hosts of the mirrors that have to be looked up; this machine itself and plain addresses have not. */
const mirrorHosts = ({mirrors}: Looking) =>
	[...new Set(Object.keys(mirrors).flatMap(host => nameOf(host, mirrors) ?? []))].map(host => ({
		host,
		port: 443,
		purpose: 'the mirror of this site',
	}));

const neededHosts = (looking: Looking) => {
	const {release} = looking;
	if (isMirrored(looking)) return mirrorHosts(looking);
	return release
		? [...new Map(release.manifest.hosts.map(one => [`${one.host}:${one.port}`, one])).values()]
		: [{host: registryHost, port: 443, purpose: 'releases'}];
};

const fromMirror = {result: 'skipped', found: 'not needed: releases come from a mirror'} as const;

const serversOf = ({answers, facts}: Looking): readonly string[] =>
	answers.dns.mode === 'custom'
		? answers.dns.servers
		: facts.network.state === 'unknown'
			? []
			: facts.network.value.resolvers.map(one => one.address);

export const resolversCheck: Check = {
	id: 'resolvers',
	title: 'Name servers',
	phase: 'dns',
	needed: () => 'all answer',
	look: async looking => {
		const servers = serversOf(looking);
		if (looking.answers.dns.mode === 'system' && looking.facts.network.state === 'unknown')
			return cannotTell(looking.facts.network.why);
		if (servers.length === 0) {
			return fails('none', {
				code: 'dns.no-servers',
				what: 'This machine has no name server.',
				why: 'The network (DHCP) gave none.',
				next: 'Set your own servers (Names), or repair DHCP, then run the checks again.',
			});
		}
		const asked = await Promise.all(
			servers.map(async server => ({server, answer: await looking.host.lookup(registryHost, server, looking.signal)})),
		);
		// One that says "no such name" is alive; whether the names are known is the next check's question.
		const dead = asked.filter(one => !one.answer.ok && one.answer.problem.code !== 'dns.not-found');
		const [first] = dead;
		if (first === undefined || first.answer.ok) return fine(servers.join(', '));
		const problem = {
			...first.answer.problem,
			what: `Name server ${first.server}: ${first.answer.problem.what}`,
			next: 'Set name servers that answer (Names), or repair this one, then run the checks again.',
		};
		return dead.length === asked.length && neededHosts(looking).length > 0
			? fails(`${first.server} gives no answer`, problem)
			: warns(`${dead.length} of ${asked.length} give no answer`, problem);
	},
};

export const dnsCheck: Check = {
	id: 'dns',
	title: 'Name lookup',
	phase: 'dns',
	needed: looking => (looking.release ? `all ${neededHosts(looking).length} hosts` : registryHost),
	look: async looking => {
		const hosts = neededHosts(looking).map(one => one.host);
		if (hosts.length === 0) return fromMirror;
		const server = looking.answers.dns.mode === 'custom' ? looking.answers.dns.servers[0] : undefined;
		// Behind a proxy the proxy looks names up; this machine need not.
		if (looking.answers.httpProxy) return {result: 'skipped', found: 'done by the proxy'};
		for (const host of hosts) {
			const answer = await looking.host.lookup(host, server, looking.signal);
			if (!answer.ok) return fails(`${host} not found`, {...answer.problem, next: answer.problem.next});
		}
		return fine(`${hosts.length} ${hosts.length === 1 ? 'host' : 'hosts'} found`);
	},
};

export const registryCheck: Check = {
	id: 'registry',
	title: 'Registry',
	phase: 'release-source',
	needed: () => 'answers',
	look: async ({registry, signal}) => {
		const answer = await registry.ping(registryHost, signal);
		return answer.ok
			? fine(`${registryHost} in ${Math.round(answer.value.latencyMs)} ms`)
			: fails('no answer', answer.problem);
	},
};

export const releaseCheck: Check = {
	id: 'release',
	title: 'Release',
	phase: 'release-source',
	needed: ({answers}) => answers.releasePin ?? `channel ${answers.channel}`,
	look: async ({registry, answers, found, signal}) => {
		const release = await registry.resolveRelease(answers.releasePin ?? answers.channel, signal);
		if (!release.ok) return fails('not usable', release.problem);
		found(release.value);
		const signer = release.value.signedBy;
		const text = `${release.value.manifest.version}${signer ? `, signed by ${signer}` : ''}`;
		if (release.value.unverified.length > 0) {
			return warns(text, {
				code: 'preflight.needs-acceptance',
				what: `Release ${release.value.manifest.version} is of the old format: ${release.value.unverified.join('; ')}.`,
				next: 'Prefer a newer release. Accept this only when support asks for it.',
			});
		}
		return fine(text);
	},
};

export const hostsCheck: Check = {
	id: 'downloads',
	title: 'Downloads',
	phase: 'network',
	needed: looking =>
		neededHosts(looking)
			.map(one => one.host)
			.join(', '),
	look: async looking => {
		const {host, answers, signal, release} = looking;
		if (release === undefined) return {result: 'skipped', found: 'release not known'};
		// Whether the mirror answers was asked before, the way images will be.
		if (isMirrored(looking)) return fromMirror;
		const way = {
			...(answers.httpProxy && {proxy: answers.httpProxy}),
			...(answers.dns.mode === 'custom' && {servers: answers.dns.servers}),
		};
		for (const one of neededHosts(looking)) {
			const answer = await host.fetch(`https://${one.host}:${one.port}/`, signal, way);
			if (!answer.ok)
				return fails(`${one.host} fails`, {
					...answer.problem,
					what: `${one.host}: ${answer.problem.what}`,
					next: answer.problem.code.startsWith('dns.')
						? answer.problem.next
						: `Ask for outgoing port ${one.port} to ${one.host} (${one.purpose}), or set the proxy (Proxy).`,
				});
		}
		return fine(`${neededHosts(looking).length} hosts answer`);
	},
};

export const podNetworkCheck: Check = {
	id: 'pod-network',
	title: 'Pod networks',
	phase: 'network',
	needed: () => `${reservedNetworks.join(', ')} unused`,
	look: async ({facts: {network}, answers}) => {
		if (network.state === 'unknown') return cannotTell(network.why);
		const clusterDevices = /^(cni|flannel|veth|kube)/;
		const taken = [
			...network.value.links
				.filter(link => !clusterDevices.test(link.name))
				.flatMap(link => link.addresses.map(one => ({what: `${link.name} has ${one.address}`, address: one.address}))),
			...network.value.routes
				.filter(route => !clusterDevices.test(route.device) && route.destination !== 'default')
				.map(route => ({what: `the route to ${route.destination}`, address: route.destination.split('/')[0] ?? ''})),
			...network.value.resolvers.map(one => ({what: `the name server ${one.address}`, address: one.address})),
			...(answers.dns.mode === 'custom'
				? answers.dns.servers.map(address => ({what: `the name server ${address}`, address}))
				: []),
		];
		const clash = taken.find(({address}) => reservedNetworks.some(range => within(address, range)));
		if (clash === undefined) return fine('unused');
		return fails(clash.what, {
			code: 'preflight.failed',
			what: `${clash.what} lies in a network that Kubernetes uses inside this machine.`,
			why: 'The site’s own hosts in that range would become unreachable.',
			next: 'Use another network for this machine, or ask support for other pod networks.',
		});
	},
};
