/** What of the machine's network can be changed, in the order it is asked for. */
export const settingNames = [
	'link',
	'mode',
	'address',
	'gateway',
	'vlan',
	'dnsMode',
	'dnsServers',
	'searchDomains',
	'timeServers',
	'httpProxy',
	'noProxy',
	'hostName',
] as const;
export type SettingName = (typeof settingNames)[number];
export type SettingValues = Readonly<Record<SettingName, string>>;

/** Before anything is known of the machine. */
export const noSettings: SettingValues = {
	link: '',
	mode: 'dhcp',
	address: '',
	gateway: '',
	vlan: '',
	dnsMode: 'system',
	dnsServers: '',
	searchDomains: '',
	timeServers: '',
	httpProxy: '',
	noProxy: '',
	hostName: '',
};

/** Whether a setting is asked for at all, given the others. */
export const isAskedFor = (
	{onlyWhen}: {readonly onlyWhen?: {readonly name: SettingName; readonly is: string}},
	values: Readonly<Partial<SettingValues>>,
): boolean => onlyWhen === undefined || values[onlyWhen.name] === onlyWhen.is;

/** What will stop working, or look different, once the change is made: said before anybody says yes. */
export function whatBreaks(before: SettingValues, after: SettingValues, isInstalled: boolean): readonly string[] {
	const differs = (...names: SettingName[]) => names.some(name => before[name].trim() !== after[name].trim());
	const told: string[] = [];
	const [oldAddress = '', newAddress = ''] = [before, after].map(one => one.address.trim().split('/')[0] ?? '');
	const isFixed = after.mode === 'static';
	const moves = differs('link', 'vlan', 'mode') || (isFixed && differs('address'));
	if (moves) {
		told.push(
			isFixed && newAddress !== oldAddress
				? `Pages and SSH sessions at ${oldAddress || 'the present address'} end. Go on at ${newAddress}, with the same port.`
				: 'Pages and SSH sessions may end. The console shows the address the machine has then.',
		);
		if (isInstalled && (!isFixed || newAddress !== oldAddress))
			told.push('Once kept, Kubernetes is restarted with the new address: nobody can log in for a few minutes.');
	}
	if (isFixed && after.gateway.trim() === '')
		told.push('Without a gateway nothing outside this network can be reached: no updates, no e-mail.');
	if (differs('httpProxy') || (after.httpProxy.trim() !== '' && differs('noProxy')))
		told.push(
			isInstalled
				? 'Once kept, Kubernetes is restarted to use the proxy.'
				: 'Downloads go through the proxy once it is kept.',
		);
	if (differs('dnsMode') || (after.dnsMode === 'custom' && differs('dnsServers')))
		told.push('Names are looked up on other servers, by this machine and by everything in the cluster.');
	return told;
}

/** The question before a change, the same on every surface. */
export const changeQuestion = (before: SettingValues, after: SettingValues, isInstalled: boolean) => ({
	title: 'Use the new network settings?',
	text: [
		...whatBreaks(before, after, isInstalled),
		'They undo themselves after two minutes unless somebody keeps them, here or on any other surface.',
	],
	yes: 'Use them',
});
