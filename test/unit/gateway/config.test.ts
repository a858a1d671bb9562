import assert from 'node:assert/strict';
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, test} from 'node:test';
import {readConfig as readEngine} from '../../../server/engine/config.ts';
import {readConfig} from '../../../server/gateway/config.ts';

let root = '';
beforeEach(() => {
	root = mkdtempSync(join(tmpdir(), 'alga-ports-'));
	mkdirSync(join(root, 'etc/alga-appliance'), {recursive: true});
});
afterEach(() => rmSync(root, {recursive: true, force: true}));
const write = (text: string) => writeFileSync(join(root, 'etc/alga-appliance/appliance.json'), text);
const ports = (...args: string[]) => {
	const {httpPort, httpsPort} = readConfig(args, {ALGA_APPLIANCE_ROOT: root});
	return [httpPort, httpsPort];
};

test('the ports of appliance.json are those of the page and those the engine tells people', () => {
	assert.deepEqual(ports(), [8080, 8443]);
	write('{"httpPort": 9080, "httpsPort": 9443}');
	assert.deepEqual(ports(), [9080, 9443]);
	assert.deepEqual(ports('--http-port', '0'), [0, 9443], 'the command line comes first');
	assert.deepEqual(readEngine({ALGA_APPLIANCE_ROOT: root}, '1').ports, {http: 9080, https: 9443});
});

test('a file that is wrong stops the engine with its reason and leaves the page on its usual ports', () => {
	for (const wrong of ['{"httpPort": 80}', '{"port": 9080}', '{']) {
		write(wrong);
		assert.deepEqual(ports(), [8080, 8443]);
		assert.throws(() => readEngine({ALGA_APPLIANCE_ROOT: root}, '1'));
	}
});
