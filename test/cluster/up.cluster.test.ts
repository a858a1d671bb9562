import assert from 'node:assert/strict';
import {existsSync} from 'node:fs';
import {readdir, readFile} from 'node:fs/promises';
import {describe, test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {execa} from 'execa';
import {availability, binaryPath} from './binaries.ts';
import {until} from './child.ts';

const available = await availability([
	...(['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kwok', 'kubectl'] as const),
]);

describe('the one command', {skip: available.state === 'absent' && available.why}, () => {
	for (const signal of ['SIGINT', 'SIGKILL'] as const) {
		test(`prints a kubectl line that works, and leaves nothing running after ${signal}`, async () => {
			const up = execa(process.execPath, [fileURLToPath(new URL('up.ts', import.meta.url))], {reject: false});
			try {
				let printed = '';
				up.stdout.on('data', (chunk: Buffer) => {
					printed += chunk.toString();
				});
				await until('it is up', async () => (printed.includes('Ctrl-C') ? true : undefined));
				const kubeconfig = /--kubeconfig (\S+)/.exec(printed)?.[1] ?? '';
				const {stdout} = await execa(await binaryPath('kubectl'), ['--kubeconfig', kubeconfig, 'get', 'nodes']);
				assert.match(stdout, /node-0 +Ready/);
				const directory = /Logs and data: (\S+)\. /.exec(printed)?.[1] ?? '';
				assert.notDeepEqual(await commandsNaming(directory), []);
				up.kill(signal);
				await up;
				await until('nothing runs', async () => ((await commandsNaming(directory)).length === 0 ? true : undefined));
				// Killed outright nobody is left to remove the folder; every other end does.
				assert.equal(existsSync(directory), signal === 'SIGKILL');
				if (signal === 'SIGKILL') await execa('rm', ['-r', directory]);
			} finally {
				up.kill('SIGKILL');
			}
		});
	}
});

/** Command lines of running processes that name the folder. */
async function commandsNaming(directory: string): Promise<readonly string[]> {
	const processes = (await readdir('/proc')).filter(name => /^\d+$/.test(name));
	const commands = processes.map(pid => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''));
	return (await Promise.all(commands)).filter(command => command.includes(directory));
}
