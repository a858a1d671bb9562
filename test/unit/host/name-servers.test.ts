import assert from 'node:assert/strict';
import {createSocket} from 'node:dgram';
import {once} from 'node:events';
import {createServer} from 'node:http';
import {test} from 'node:test';
import {systemClock} from '../../../server/engine/clock.ts';
import {fetchOnce} from '../../../server/host/reach.ts';
import {registryHttp} from '../../../server/registry/http.ts';

/** A name server (RFC 1035) that knows one name: every other is refused. */
async function startNameServer(known: string): Promise<{readonly at: string} & AsyncDisposable> {
	const socket = createSocket('udp4');
	socket.on('message', (question, from) => {
		const name = nameIn(question);
		const type = question.readUInt16BE(12 + name.length + 2);
		const isKnown = name === known && type === 1;
		const header = Buffer.from(question.subarray(0, 12));
		header.writeUInt16BE(name === known ? 0x8180 : 0x8185, 2);
		header.writeUInt16BE(isKnown ? 1 : 0, 6);
		header.writeUInt32BE(0, 8);
		const asked = question.subarray(12, 12 + name.length + 6);
		const answer = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1]);
		socket.send(Buffer.concat([header, asked, ...(isKnown ? [answer] : [])]), from.port, from.address);
	});
	socket.bind(0, '127.0.0.1');
	await once(socket, 'listening');
	return {
		at: `127.0.0.1:${socket.address().port}`,
		[Symbol.asyncDispose]: () => new Promise(resolve => socket.close(() => resolve())),
	};
}

function nameIn(question: Buffer): string {
	const labels: string[] = [];
	for (let at = 12; question[at]; at += (question[at] ?? 0) + 1)
		labels.push(question.subarray(at + 1, at + 1 + (question[at] ?? 0)).toString());
	return labels.join('.');
}

async function startPage(): Promise<{readonly port: number} & AsyncDisposable> {
	const server = createServer((request, response) => response.end(`asked for ${request.headers.host}`));
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const address = server.address();
	return {
		port: typeof address === 'object' && address !== null ? address.port : 0,
		[Symbol.asyncDispose]: async () => {
			server.closeAllConnections();
			await new Promise(resolve => server.close(resolve));
		},
	};
}

test('a server is reached by the name servers that were chosen, before the machine itself asks them', async () => {
	await using names = await startNameServer('releases.site.example');
	await using page = await startPage();
	const url = `http://releases.site.example:${page.port}/`;
	const signal = AbortSignal.timeout(20_000);
	const found = await fetchOnce(url, signal, {servers: [names.at]});
	assert.equal(found.ok ? found.value.body : found.problem.what, `asked for releases.site.example:${page.port}`);

	await using http = registryHttp({
		noProxy: [],
		servers: [names.at],
		credentials: () => undefined,
		clock: systemClock,
	});
	const answer = await http.ask({method: 'GET', url, what: 'its API', signal, accepts: [200]});
	assert.equal(
		answer.ok ? await answer.value.body.text() : answer.problem.what,
		`asked for releases.site.example:${page.port}`,
	);
});

test('a name server that refuses is told as such, not as a server that refuses', async () => {
	await using names = await startNameServer('another.example');
	const answer = await fetchOnce('http://releases.site.example:1/', AbortSignal.timeout(20_000), {servers: [names.at]});
	assert.equal(answer.ok ? '' : answer.problem.code, 'dns.refused');
});
