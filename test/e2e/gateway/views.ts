import {noSettings} from '../../../shared/network/change.ts';
import {emptyDraft} from '../../../shared/setup/form.ts';
import {tierIds, type View} from '../../../shared/view/view.ts';

/** A fixed afternoon, so that texts can be compared. */
export const now = Date.UTC(2026, 10, 21, 14, 3, 27);
const ago = (minutes: number) => now - minutes * 60_000;

const titles = {
	platform: 'Platform',
	core: 'Core',
	bootstrap: 'Bootstrap',
	login: 'Login',
	background: 'Background',
	fullHealth: 'Fully healthy',
} as const;

/** What a machine shows before anything was set up. */
export function freshView(): View {
	return {
		identity: {
			product: 'Alga Appliance',
			version: '1.0.0',
			siteId: 'site-1',
			hostname: 'alga-01',
			address: 'eth0 192.168.64.8/24 dhcp',
			resolvers: '192.168.64.1',
			statusUrl: 'http://192.168.64.8:8080',
			secureUrl: 'https://192.168.64.8:8443',
			fingerprint: '3A:19:C2:55:01',
			loginUrl: '',
			login: 'not yet: setup has not begun',
			loginReady: false,
		},
		access: {state: 'unclaimed'},
		rollup: {
			state: 'setup_required',
			mark: 'waiting',
			word: 'Setup waiting',
			message: 'Ubuntu is installed. The application is not: it waits for your answers.',
			nextAction: 'Answer the setup questions.',
			since: ago(3),
		},
		tiers: tierIds.map(id => ({
			id,
			title: titles[id],
			ready: false,
			mark: 'waiting',
			status: 'waiting',
			word: 'waiting',
			reason: 'for setup',
		})),
		components: [],
		blockers: [],
		machine: [
			{id: 'network', label: 'Network', mark: 'good', text: 'eth0 up, address by DHCP', at: ago(0)},
			{id: 'dns', label: 'Name lookup', mark: 'good', text: '192.168.64.1 answers in 3 ms', at: ago(0)},
			{id: 'internet', label: 'Internet', mark: 'attention', text: 'ghcr.io answers; ntp not reachable', at: ago(1)},
			{id: 'disk', label: 'Disk', mark: 'good', text: '/  212 GB free of 240 GB', at: ago(0)},
		],
		checks: [],
		operation: null,
		history: [],
		setup: {
			state: 'waiting',
			draft: {...emptyDraft()},
			problems: {},
			origins: {dnsMode: '192.168.64.1 by DHCP'},
			revision: 0,
		},
		updates: {channel: 'stable', pin: '', support: '', troubles: [], history: []},
		workloads: {pods: [], events: [], flux: [], cut: ''},
		network: {interfaces: [], resolvers: [], routes: [], settings: noSettings},
		bundling: null,
		bundles: [],
		activity: [{at: ago(2), mark: 'good', source: 'engine', text: 'started'}],
		logs: [{id: 'engine', title: 'engine', kind: 'unit'}],
	};
}

/** Login works; a worker image is missing. */
export function backgroundIssueView(): View {
	const fresh = freshView();
	const ready = (id: (typeof tierIds)[number], reason: string) =>
		({
			id,
			title: titles[id],
			ready: true,
			mark: 'good',
			status: 'healthy',
			word: 'ready',
			reason,
			since: ago(41),
		}) as const;
	return {
		...fresh,
		access: {state: 'claimed'},
		identity: {...fresh.identity, loginUrl: 'http://192.168.64.8:3000', login: 'answers in 84 ms', loginReady: true},
		rollup: {
			state: 'ready_with_background_issues',
			mark: 'attention',
			word: 'Ready with background issues',
			message: 'People can log in. 2 background services do not run.',
			nextAction: 'See workflow-worker.',
			since: ago(12),
		},
		tiers: [
			ready('platform', 'k3s v1.33.4, storage tested, Flux running'),
			ready('core', 'db, redis, pgbouncer'),
			ready('bootstrap', 'database migrated, administrator exists'),
			ready('login', 'login page fetched'),
			{
				id: 'background',
				title: titles.background,
				ready: false,
				mark: 'attention',
				status: 'degraded',
				word: '2 issues',
				reason: 'workflow-worker, email-service',
				since: ago(12),
			},
			{
				id: 'fullHealth',
				title: titles.fullHealth,
				ready: false,
				mark: 'waiting',
				status: 'waiting',
				word: 'waiting',
				reason: 'for background',
			},
		],
		components: [
			{name: 'db', title: 'Database', tier: 'core', mark: 'good', word: 'ready', reason: '', since: ago(29)},
			{
				name: 'workflow-worker',
				title: 'Workflow worker',
				tier: 'background',
				mark: 'failed',
				word: 'image missing',
				reason: 'the registry does not have it',
				image: 'ghcr.io/nine-minds/workflow-worker:61e4a00e',
				since: ago(12),
			},
		],
		blockers: [
			{
				id: 'image-missing:workflow-worker',
				cause: 'image.missing',
				severity: 'background',
				component: 'workflow-worker',
				layer: 'image',
				phase: 'background-services',
				phaseTitle: 'Background services',
				title: 'Image not found: ghcr.io/nine-minds/workflow-worker:61e4a00e',
				why: 'the release names an image that its registry does not have',
				next: 'publish the image, or go to 1.4.1. Heals itself once it exists.',
				proof: ['workflow-worker-7d9: ImagePullBackOff', 'kubelet: manifest unknown'],
				retry: 'safe; it is also tried again by itself',
				retrySafe: true,
				selfHeals: true,
				owner: 'the publisher of the release',
				loginBlocking: false,
				blocks: 'does not block login',
				firstSeen: ago(12),
				lastSeen: ago(1),
				explains: ['HelmRelease/workflow-worker: context deadline exceeded'],
				command: 'alga-appliance blockers',
				fix: {id: 'restart', title: 'Restart the worker', effect: 'Its pod is deleted and made anew.'},
			},
		],
		setup: {...fresh.setup, state: 'done'},
		logs: [
			{id: 'container:db', title: 'db', kind: 'container', component: 'db'},
			{id: 'engine', title: 'engine', kind: 'unit'},
		],
	};
}
