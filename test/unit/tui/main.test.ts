import assert from 'node:assert/strict';
import {once} from 'node:events';
import {mkdtemp, rm} from 'node:fs/promises';
import {createServer} from 'node:http';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {type TestContext, test} from 'node:test';
import {type IPty, spawn} from '@lydell/node-pty';
import xterm from '@xterm/headless';
import {views} from '../../fixtures/views/views.ts';

const entry = new URL('../../../tui/main.tsx', import.meta.url).pathname;
const loader = new URL('../../harness/tsx.ts', import.meta.url).pathname;

test('on a real terminal the console shows the engine’s view, answers keys, follows the size and leaves cleanly', async context => {
	const socket = await viewServer(context);
	const screen = startConsole(context, socket);
	await screen.until(/FULLY HEALTHY/);
	screen.pty.write('\x03\x04\x1a\x1c');
	screen.pty.write('d');
	await screen.until(/Nothing is known to be wrong/);
	screen.pty.write('\x1b[15~\x1bOQ\x1b');
	await screen.until(/Fully healthy +. ready/);
	screen.terminal.resize(100, 30);
	screen.pty.resize(100, 30);
	await screen.until(/^.{85}live {2}\d\d:\d\d:\d\d $/m);
	const ended = new Promise<number>(resolve => screen.pty.onExit(({exitCode}) => resolve(exitCode)));
	screen.pty.kill('SIGTERM');
	assert.equal(await ended, 0);
	assert.match(screen.raw().slice(-200), /\x1b\[\?25h/, 'the cursor is back');
});

test('without an engine the console says so and what to do', async context => {
	const screen = startConsole(context, '/nonexistent/engine.sock');
	await screen.until(/ENGINE AWAY/);
	await screen.until(/journalctl -u alga-appliance/);
});

/** The console from source on a pty of 80x24, its output on an emulated screen. */
function startConsole(context: TestContext, socket: string) {
	const {CI: _, NO_COLOR: __, ...env} = process.env;
	const pty: IPty = spawn(process.execPath, ['--import', loader, entry, '--socket', socket], {
		cols: 80,
		rows: 24,
		env: {...env, TERM: 'xterm-256color', LANG: 'C.UTF-8', NODE_ENV: 'production'},
	});
	const terminal = new xterm.Terminal({cols: 80, rows: 24, allowProposedApi: true});
	let raw = '';
	pty.onData(data => {
		raw += data;
		terminal.write(data);
	});
	let running = true;
	pty.onExit(() => {
		running = false;
	});
	context.after(() => {
		if (running) pty.kill('SIGKILL');
		terminal.dispose();
	});
	const text = () =>
		Array.from(
			{length: terminal.rows},
			(_row, row) => terminal.buffer.active.getLine(row)?.translateToString(false) ?? '',
		).join('\n');
	const until = async (wanted: RegExp) => {
		const limit = AbortSignal.timeout(20_000);
		while (!wanted.test(text())) {
			if (limit.aborted) assert.fail(`never saw ${wanted}:\n${text()}`);
			await new Promise(resolve => setTimeout(resolve, 30));
		}
	};
	return {pty, terminal, until, raw: () => raw};
}

/** Serves one view on a socket of its own. */
async function viewServer(context: TestContext): Promise<string> {
	const folder = await mkdtemp(join(tmpdir(), 'alga-console-'));
	const socket = join(folder, 'engine.sock');
	const server = createServer((_request, response) => {
		response.writeHead(200, {'content-type': 'text/event-stream'});
		response.write(`event: view\ndata: ${JSON.stringify({revision: 1, view: views.healthy})}\n\n`);
	});
	server.listen(socket);
	await once(server, 'listening');
	context.after(async () => {
		server.closeAllConnections();
		server.close();
		await rm(folder, {recursive: true});
	});
	return socket;
}
