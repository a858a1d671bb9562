import assert from 'node:assert/strict';
import {once} from 'node:events';
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {createServer} from 'node:http';
import {createServer as createTls} from 'node:https';
import {type AddressInfo, connect} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite, test} from 'node:test';
import {createAuthority} from '../../cluster/certificates.ts';
import {listen, registryMissing, startDockerRegistry, store} from '../../harness/registry.ts';
import {artifact, releasePath, sampleKey} from '../../harness/release.ts';
import {codeOf, openSite} from './site.ts';

const never = new AbortController().signal;
const key = sampleKey();

/** A forward proxy that lets CONNECT through to one place, or answers it with a status. */
async function startProxy(answer: {readonly to: string} | {readonly status: string}) {
	const asked: string[] = [];
	const server = createServer((_, response) => response.writeHead(405).end());
	server.on('connect', (request, socket) => {
		asked.push(request.url ?? '');
		socket.on('error', () => socket.destroy());
		if ('status' in answer) return socket.end(`HTTP/1.1 ${answer.status}\r\nContent-Length: 0\r\n\r\n`);
		const [host, port] = answer.to.split(':');
		const upstream = connect(Number(port), host, () => {
			socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
			upstream.pipe(socket).pipe(upstream);
		});
		upstream.on('error', () => socket.destroy());
		upstream.on('close', () => socket.destroy());
		return socket.on('close', () => upstream.destroy());
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const {port} = server.address() as AddressInfo;
	return {
		url: `http://127.0.0.1:${port}`,
		asked,
		[Symbol.asyncDispose]: async () => {
			server.closeAllConnections();
			server.close();
		},
	};
}

suite('the ways to a registry', {skip: registryMissing}, () => {
	test('through a proxy, which names the host itself; not for hosts that are to be reached straight', async () => {
		await using registry = await startDockerRegistry('tls');
		await using proxy = await startProxy({to: registry.host});
		const more = {mirrors: {'ghcr.io': 'https://registry.example'}, proxy: proxy.url, ca: registry.ca};
		await using site = await openSite('', [key], more);
		// The certificate is for an address, so the way is right and the name is not: the check stays between the ends.
		assert.equal(codeOf(await site.registry.ping('ghcr.io', never)), 'tls.failed');
		assert.deepEqual([...new Set(proxy.asked)], ['registry.example:443']);
		await using straight = await openSite('', [key], {...more, noProxy: ['.example']});
		assert.match(codeOf(await straight.registry.ping('ghcr.io', never)), /^dns\./);
		assert.deepEqual([...new Set(proxy.asked)], ['registry.example:443']);
	});

	for (const [status, code] of [
		['403 Forbidden', 'network.proxy-refused'],
		['407 Proxy Authentication Required', 'network.proxy-auth'],
	] as const)
		test(`a proxy that says ${status}: ${code}`, async () => {
			await using proxy = await startProxy({status});
			await using site = await openSite('', [key], {mirrors: {}, proxy: proxy.url});
			assert.equal(codeOf(await site.registry.ping('ghcr.io', never)), code);
		});

	test('a proxy that is not there is named, not the registry', async () => {
		await using site = await openSite('', [key], {mirrors: {}, proxy: 'http://127.0.0.1:1'});
		const answer = await site.registry.ping('ghcr.io', never);
		assert.equal(codeOf(answer), 'network.refused');
		assert.match(answer.ok ? '' : answer.problem.what, /proxy 127\.0\.0\.1:1/);
	});

	test('a redirect from TLS to plain HTTP is not followed', async () => {
		const folder = await mkdtemp(join(tmpdir(), 'tls-'));
		const plain = await listen((_, response) => void response.end('{}'));
		try {
			const authority = await createAuthority(folder);
			const {certFile, keyFile} = await authority.issue('server', '/CN=x', ['subjectAltName=IP:127.0.0.1']);
			const server = createTls({cert: await readFile(certFile), key: await readFile(keyFile)}, (_, response) =>
				response.writeHead(307, {location: plain.origin}).end(),
			);
			server.listen(0, '127.0.0.1');
			await once(server, 'listening');
			const {port} = server.address() as AddressInfo;
			await using site = await openSite(`https://127.0.0.1:${port}`, [key], {ca: authority.caPem});
			const answer = await site.registry.resolveRelease('stable', never);
			assert.equal(codeOf(answer), 'tls.failed');
			assert.match(answer.ok ? '' : answer.problem.what, /without encryption/);
			server.closeAllConnections();
			server.close();
		} finally {
			await plain.server();
			await rm(folder, {recursive: true, force: true});
		}
	});

	test('a release of the first format is read, refused, and said why', async () => {
		await using registry = await startDockerRegistry();
		const release = {
			schema: 'alga.appliance.release/v1',
			version: '1.0.3',
			images: {algaCore: '62cdce38'},
			config: {repository: 'ghcr.io/nine-minds/alga-appliance-config', digest: `sha256:${'a'.repeat(64)}`},
			charts: {sebastian: '0.0.1'},
			profileValues: {'alga-core.single-node.yaml': 'appUrl: ""'},
		};
		const mediaType = 'application/vnd.alga.appliance.release.config.v1+json';
		const bytes = Buffer.from(JSON.stringify(release));
		await store(registry.origin, [artifact(releasePath, ['stable'], {mediaType, bytes}, [{mediaType, bytes}])]);
		await using site = await openSite(registry.host, [], {policy: 'allow-unsigned'});
		const answer = await site.registry.resolveRelease('stable', never);
		assert.equal(codeOf(answer), 'artifact.invalid');
		assert.match(answer.ok ? '' : (answer.problem.detail ?? ''), /algaCore is named by the tag 62cdce38/);
		assert.match(answer.ok ? '' : answer.problem.what, /1\.0\.3.*first format/);
	});
});
