/** Words that console and page share, so that both say the same thing. */

/** Pages of the product in the order both surfaces show them. */
export const screenTitle = {
	status: 'Status',
	setup: 'Setup',
	preflight: 'Checks',
	progress: 'Progress',
	components: 'Components',
	workloads: 'Workloads',
	events: 'Events',
	flux: 'Delivery',
	logs: 'Logs',
	diagnostics: 'Diagnostics',
	updates: 'Updates',
	network: 'Network',
	bundle: 'Support bundle',
	power: 'Power',
	help: 'Help',
} as const;

export const checkWord = {
	waiting: 'waiting',
	running: 'checking',
	ok: 'ok',
	warns: 'warns',
	fails: 'fails',
	unknown: 'unknown',
	skipped: 'skipped',
} as const;

/** What stands in a list without rows: an empty one is not one that nobody knows. */
export const nothingListed = (components: readonly {readonly mark: string}[]): string =>
	components.some(({mark}) => mark !== 'unknown')
		? 'There are none now.'
		: 'Nothing is known yet: Kubernetes is not there or has not answered.';

/** Asked before setup starts. Where Alga PSA runs already it is another matter, and people are working with it. */
export const setupQuestion = (setup: 'waiting' | 'running' | 'stopped' | 'done' | undefined) =>
	setup === 'done'
		? {
				title: 'Run the installation again?',
				text: [
					'Alga PSA is installed and may be in use. Its data, users and secrets stay as they are.',
					'The checks run first. Then every step is looked at; what is not as these answers say is changed.',
					'Parts of the application may start again: people may not be able to log in for some minutes.',
				],
				yes: 'Run it again',
			}
		: {
				title: 'Start the installation?',
				text: [
					'The checks run first; nothing is changed until they pass.',
					'Then Kubernetes and Alga PSA are installed on this machine. It usually takes 25 to 40 minutes.',
					'You may leave this screen, close browsers or lose the connection: the installation goes on.',
				],
				yes: 'Start the installation',
			};

/** How far a blocker reaches, in the words of its card. */
export const reachWord = {blocking: 'blocks login', background: 'does not block login'} as const;

/** What the power screen offers. The phrase is typed by hand, so that no single key stops a server. */
export const powerActions = [
	{action: 'reboot', title: 'Restart the machine', phrase: 'reboot', effect: 'Nobody can log in for 3 to 6 minutes.'},
	{
		action: 'shutdown',
		title: 'Switch the machine off',
		phrase: 'shutdown',
		effect: 'Nobody can log in until somebody switches it on again at the hypervisor.',
	},
	{
		action: 'restart-engine',
		title: 'Restart the appliance engine',
		phrase: 'restart',
		effect: 'This screen says that the engine is away for some seconds. People who are logged in notice nothing.',
	},
	{
		action: 'restart-gateway',
		title: 'Restart the web page',
		phrase: 'restart',
		effect: 'The page is away for some seconds. People who are logged in to Alga PSA notice nothing.',
	},
	{
		action: 'restart-k3s',
		title: 'Restart Kubernetes (k3s)',
		phrase: 'restart',
		effect: 'Containers run on; new ones wait, and logging in may fail for a minute or two.',
	},
] as const;

/** For a web password that nobody knows any more; only the console may do it. */
export const accessReset = {
	title: 'Forget the web password',
	phrase: 'forget',
	effect: 'Everybody is signed out of the web page, and a new setup token stands in the third row here.',
} as const;

/** What the machine's own terminals ask for. */
export const consoleModes = [
	{
		mode: 'on',
		title: 'Ask for a password before actions',
		phrase: '',
		effect: 'Everybody at the console may look; whatever changes something needs the console password.',
	},
	{
		mode: 'lockdown',
		title: 'Lock the console down',
		phrase: '',
		effect: 'Without the console password a console shows this machine’s name, address and state, and nothing else.',
	},
	{
		mode: 'off',
		title: 'No console password',
		phrase: 'open',
		effect: 'Whoever stands at the console may do everything.',
	},
] as const;

/** Typed before the previous release is put back. */
export const rollbackPhrase = 'rollback';

/** What a support bundle holds, for the page that offers it. */
export const bundleContents = [
	['This machine', 'versions, disks, memory, network, time, failed services'],
	['Appliance', 'issues with their proof, what happened by time, settings'],
	['Kubernetes', 'nodes, pods, events, volumes, Flux and Helm conditions'],
	['Logs', 'the newest lines of the engine, k3s and every container'],
] as const;
export const bundlePromise =
	'Passwords, tokens and keys are removed before anything is written. Nothing is sent anywhere by itself.';

/** That a bundle disturbs nothing, told where one is offered while something else runs. */
export const bundleBeside = (running: string): string =>
	`${running} goes on meanwhile: a bundle changes nothing, neither here nor in Kubernetes.`;

/** How a bundle leaves the machine. */
export const bundleFetch = [
	['From the web page', 'Support bundle, then Download'],
	['From this machine', 'alga-appliance bundle -o FILE (makes a new one)'],
] as const;

/** A length of time as people say it: "4 s", "12 min", "3 h 5 min", "6 d". */
export function durationWords(ms: number): string {
	const seconds = Math.max(0, Math.floor(ms / 1000));
	if (seconds < 60) return `${seconds} s`;
	const minutes = Math.floor(seconds / 60);
	if (minutes < 60) return `${minutes} min`;
	const hours = Math.floor(minutes / 60);
	if (hours < 48) return minutes % 60 === 0 || hours > 9 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
	return `${Math.floor(hours / 24)} d`;
}

/** Usual time of a step: "8 to 14 min", "2 s", "up to 1 min". */
export function usualWords([least, most]: readonly [number, number]): string {
	const [from, to] = [durationWords(least), durationWords(most)];
	if (from === to) return to;
	const [amount, unit] = from.split(' ');
	return unit !== undefined && from === `${amount} ${unit}` && to.endsWith(` ${unit}`)
		? `${amount} to ${to}`
		: `${from} to ${to}`;
}

/** Time of day on this machine: "14:03:27". */
export function clockWords(at: number): string {
	const date = new Date(at);
	return [date.getHours(), date.getMinutes(), date.getSeconds()].map(part => String(part).padStart(2, '0')).join(':');
}

/** Day and time: "21 Nov 14:03". */
export function dayWords(at: number): string {
	const date = new Date(at);
	return `${String(date.getDate()).padStart(2)} ${months[date.getMonth()] ?? ''} ${clockWords(at).slice(0, 5)}`;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
