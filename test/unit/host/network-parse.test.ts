import assert from 'node:assert/strict';
import {test} from 'node:test';
import {parseAddresses, parseNetworkctl, parseResolvConf, parseRoutes} from '../../../server/host/network-parse.ts';
import {within} from '../../../shared/network/address.ts';
import {primaryAddress} from '../../../shared/network/primary.ts';

const addresses = JSON.stringify([
	{
		ifname: 'lo',
		flags: ['LOOPBACK', 'UP', 'LOWER_UP'],
		mtu: 65536,
		link_type: 'loopback',
		addr_info: [{family: 'inet', local: '127.0.0.1', prefixlen: 8, scope: 'host'}],
	},
	{
		ifname: 'cni0',
		flags: ['UP', 'LOWER_UP'],
		mtu: 1450,
		link_type: 'ether',
		linkinfo: {info_kind: 'bridge'},
		addr_info: [{family: 'inet', local: '10.42.0.1', prefixlen: 24, scope: 'global'}],
	},
	{ifname: 'eth1', flags: ['UP'], mtu: 1500, link_type: 'ether', addr_info: []},
	{
		ifname: 'eth0',
		flags: ['UP', 'LOWER_UP'],
		mtu: 1500,
		link_type: 'ether',
		address: '02:00:00:00:00:01',
		addr_info: [
			{family: 'inet', local: '192.168.64.8', prefixlen: 24, scope: 'global', dynamic: true},
			{family: 'inet6', local: 'fe80::1', prefixlen: 64, scope: 'link'},
		],
	},
]);

test('addresses tell DHCP from static and cards from bridges', () => {
	const links = parseAddresses(addresses);
	assert.ok(links.ok);
	const eth0 = links.value.find(link => link.name === 'eth0');
	assert.equal(eth0?.physical, true);
	assert.deepEqual(
		eth0?.addresses.map(one => one.origin),
		['dhcp', 'link-local'],
	);
	assert.equal(links.value.find(link => link.name === 'cni0')?.physical, false);
	assert.equal(links.value.find(link => link.name === 'eth1')?.carrier, false);
});

test('the address shown is the default route’s, never the cluster’s', () => {
	const links = parseAddresses(addresses);
	const routes = parseRoutes(
		JSON.stringify([
			{dst: 'default', gateway: '192.168.64.1', dev: 'eth0', metric: 100},
			{dst: '10.42.0.0/24', dev: 'cni0'},
		]),
	);
	assert.ok(links.ok && routes.ok);
	assert.equal(
		primaryAddress({links: links.value, routes: routes.value, resolvers: [], searchDomains: []})?.address,
		'192.168.64.8',
	);
	assert.equal(
		primaryAddress({links: links.value, routes: [], resolvers: [], searchDomains: []})?.address,
		'192.168.64.8',
	);
});

test('resolvers say who gave them', () => {
	const parsed = parseNetworkctl(
		JSON.stringify({
			Interfaces: [
				{
					Name: 'eth0',
					DNS: [
						{Family: 2, Address: [192, 168, 64, 1], ConfigSource: 'DHCPv4'},
						{Family: 10, Address: [0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], ConfigSource: 'static'},
					],
					SearchDomains: [{Domain: 'corp.example'}],
				},
			],
		}),
	);
	assert.deepEqual(parsed, {
		resolvers: [
			{address: '192.168.64.1', origin: 'dhcp', link: 'eth0'},
			{address: 'fd00::1', origin: 'static', link: 'eth0'},
		],
		searchDomains: ['corp.example'],
	});
	assert.deepEqual(parseResolvConf('# x\nnameserver 10.0.0.1\nsearch a.example b.example\n'), {
		resolvers: [{address: '10.0.0.1', origin: 'resolv.conf'}],
		searchDomains: ['a.example', 'b.example'],
	});
});

test('what is not the known form is refused with a problem, never thrown', () => {
	for (const text of ['', 'x', '{}', '[{"ifname":1}]']) {
		assert.equal(parseAddresses(text).ok, false);
		assert.equal(parseNetworkctl(text), undefined);
	}
});

for (const [address, range, expected] of [
	['10.42.0.9', '10.42.0.0/16', true],
	['10.43.255.255', '10.43.0.0/16', true],
	['10.44.0.0', '10.43.0.0/16', false],
	['192.168.1.1', '0.0.0.0/0', true],
	['fd00::1', '10.42.0.0/16', false],
	['10.42.0', '10.42.0.0/16', false],
] as const)
	test(`${address} ${expected ? 'lies' : 'does not lie'} in ${range}`, () =>
		assert.equal(within(address, range), expected));
