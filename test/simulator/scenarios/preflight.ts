import {releasePath} from '../../harness/release.ts';
import type {Scenario} from '../simulator.ts';

export const dnsRefused: Scenario = {
	name: 'dns-refused',
	title: 'The name server that DHCP gave refuses every question; servers set by hand answer.',
	start: async ({conditions, log}) => {
		conditions.dns = 'refuses';
		log('the name server 192.168.64.1 refuses');
	},
};

export const registryUnreachable: Scenario = {
	name: 'registry-unreachable',
	title: 'The registry cannot be reached from this network.',
	start: async ({registry}) => registry.set('unreachable'),
};

export const channelMissing: Scenario = {
	name: 'channel-missing',
	title: 'The registry answers, but nothing was published in the channel.',
	start: async ({registry, log}) => {
		for (const channel of ['stable', 'nightly']) registry.untag(releasePath, channel);
		log('no channel has a release');
	},
};

export const diskTooSmall: Scenario = {
	name: 'disk-too-small',
	title: 'The virtual disk was imported with 40 GB.',
	start: async ({conditions, log}) => {
		conditions.disk = {sizeBytes: 40 * 2 ** 30, freeBytes: 31 * 2 ** 30};
		log('the disk has 31 GiB free');
	},
};
