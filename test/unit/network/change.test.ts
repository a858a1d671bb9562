import assert from 'node:assert/strict';
import {test} from 'node:test';
import {parse} from 'yaml';
import {netplanYaml, networkdUnits} from '../../../server/operations/network/files.ts';
import {network} from '../../../server/operations/network/network.ts';
import {unknown} from '../../../shared/facts/fact.ts';
import {noSettings, type SettingName, whatBreaks} from '../../../shared/network/change.ts';
import {checkSettings, type NetworkSettings, parseSettings} from '../../../shared/network/settings.ts';

const present = {...noSettings, link: 'eth0', address: '192.168.64.8/24', gateway: '192.168.64.1', hostName: 'alga-01'};
const fixed = {
	...present,
	mode: 'static',
	address: '10.0.0.5/24',
	gateway: '10.0.0.1',
	dnsMode: 'custom',
	dnsServers: '10.0.0.2',
};
const settings = (change: Partial<Record<SettingName, string>>): NetworkSettings => {
	const parsed = parseSettings({...fixed, ...change}, present);
	if (!parsed.ok) throw new Error(parsed.problem.what);
	return parsed.value;
};

const wrong: readonly (readonly [SettingName, string, RegExp])[] = [
	['address', '10.0.0.5', /with its prefix/],
	['address', '10.0.0.5/33', /with its prefix/],
	['address', '10.0.0.5/31', /from 8 to 30/],
	['address', '127.0.0.1/8', /not an address a machine can have/],
	['address', '169.254.3.4/16', /not an address a machine can have/],
	['address', '10.42.7.1/24', /Kubernetes uses 10\.42\.0\.0\/16/],
	['address', '10.0.0.5/8', /Kubernetes uses/],
	['gateway', '10.0.1.1', /not in the network of 10\.0\.0\.5\/24/],
	['gateway', '10.0.0.5', /another machine/],
	['gateway', 'router', /not an IPv4 address/],
	['vlan', '4095', /1 to 4094/],
	['dnsServers', '', /at least one/],
	['dnsServers', '10.0.0.300', /not an address/],
	['dnsMode', 'system', /no name servers/],
	['httpProxy', 'http://user:secret@proxy:3128', /password are not supported/],
	['hostName', 'Alga 01', /letters, digits/],
	['link', 'eth0; reboot', /not the name of an interface/],
];
for (const [name, typed, message] of wrong)
	test(`${name} "${typed}" is refused under its own name, with the fix`, () => {
		assert.match(checkSettings({...fixed, [name]: typed})[name] ?? 'no message', message);
	});

test('what is right is kept in its plain form, and a name nobody knows is refused', () => {
	assert.deepEqual(settings({dnsServers: '10.0.0.2  10.0.0.3', vlan: '', gateway: ''}), {
		link: 'eth0',
		address: {mode: 'static', address: '10.0.0.5', prefix: 24},
		dns: {mode: 'custom', servers: ['10.0.0.2', '10.0.0.3'], searchDomains: []},
		timeServers: [],
		noProxy: [],
		hostName: 'alga-01',
	});
	const stranger = parseSettings({adress: '10.0.0.5/24'}, present);
	assert.equal(stranger.ok ? '' : stranger.problem.field, 'adress');
});

test('a machine that has not been read yet is not changed: what is not given could not stay as it is', () => {
	const notYet = unknown('not read yet');
	const asked = network.parse(
		{values: {...fixed, link: 'eth0'}},
		{
			records: {get: () => undefined, set: () => assert.fail('nothing is written')},
			judgement: () => assert.fail('nobody asks'),
			observed: () => ({
				machine: notYet,
				network: notYet,
				disks: notYet,
				memory: notYet,
				clock: notYet,
				services: notYet,
				rebootRequired: notYet,
				probes: [],
				journals: [],
			}),
		},
	);
	assert.equal(asked.ok ? 'begun' : asked.problem.code, 'network.not-read');
});

test('what will break is said beforehand', () => {
	const told = whatBreaks(present, {...fixed, gateway: ''}, true).join('\n');
	for (const part of [
		/at 192\.168\.64\.8 end. Go on at 10\.0\.0\.5, with the same port/,
		/Kubernetes is restarted/,
		/no updates/,
		/other servers/,
	])
		assert.match(told, part);
	assert.deepEqual(whatBreaks(present, present, true), []);
});

const merged = `network:
  version: 2
  renderer: networkd
  ethernets:
    eth0:
      match: {macaddress: "52:54:00:a1:9a:01"}
      set-name: eth0
      dhcp4: true
      addresses: [192.168.64.77/24]
    eth1:
      dhcp4: true
  vlans:
    eth0.7: {id: 7, link: eth0, dhcp4: true}
    eth1.9: {id: 9, link: eth1, dhcp4: true}
`;

test('netplan keeps the card’s identity and every other interface, and nothing of the address before', () => {
	const {network} = parse(netplanYaml(merged, settings({searchDomains: 'corp.example'})));
	assert.deepEqual(network.ethernets, {
		eth0: {
			match: {macaddress: '52:54:00:a1:9a:01'},
			'set-name': 'eth0',
			dhcp4: false,
			addresses: ['10.0.0.5/24'],
			routes: [{to: 'default', via: '10.0.0.1'}],
			nameservers: {addresses: ['10.0.0.2'], search: ['corp.example']},
		},
		eth1: {dhcp4: true},
	});
	assert.deepEqual(network.vlans, {'eth1.9': {id: 9, link: 'eth1', dhcp4: true}});
	assert.equal(network.renderer, 'networkd');
});

test('a tagged network has its address on the VLAN and none on the card', () => {
	const {network} = parse(netplanYaml(merged, settings({vlan: '120'})));
	assert.deepEqual(network.vlans['eth0.120'], {
		id: 120,
		link: 'eth0',
		dhcp4: false,
		addresses: ['10.0.0.5/24'],
		routes: [{to: 'default', via: '10.0.0.1'}],
		nameservers: {addresses: ['10.0.0.2']},
	});
	assert.equal(network.ethernets.eth0.addresses, undefined);
	const units = networkdUnits(settings({vlan: '120'}));
	assert.match(units[0]?.content ?? '', /Name=eth0\n[\s\S]*VLAN=eth0\.120/);
	assert.match(
		units[1]?.content ?? '',
		/Name=eth0\.120\n[\s\S]*Address=10\.0\.0\.5\/24\nGateway=10\.0\.0\.1\nDNS=10\.0\.0\.2/,
	);
	assert.match(units[2]?.content ?? '', /Kind=vlan\n[\s\S]*Id=120/);
});

test('own name servers with DHCP keep the network’s from being asked', () => {
	const dhcp = settings({mode: 'dhcp'});
	assert.deepEqual(parse(netplanYaml(merged, dhcp)).network.ethernets.eth0['dhcp4-overrides'], {'use-dns': false});
	assert.match(networkdUnits(dhcp)[0]?.content ?? '', /DHCP=ipv4\nDNS=10\.0\.0\.2\n\n\[DHCPv4\]\nUseDNS=no/);
});
