import type {Command} from '../../tui/cli/command.ts';

const month = (date: Date) => date.toISOString().slice(0, 10);
/** roff takes a leading dot or quote for a request, a backslash for an escape and a bare hyphen for a typographic one. */
const roff = (text: string) =>
	text
		.replaceAll('\\', '\\e')
		.replaceAll('-', '\\-')
		.replaceAll('’', "'")
		.replace(/^([.'])/gm, '\\&$1');

/** The manual page, from the command line's own table: man and --help cannot disagree. */
export function manPage(commands: readonly Command[], version: string, date: Date): string {
	const each = commands.flatMap(command => [
		'.TP',
		`.B ${roff(command.usage)}`,
		roff(command.summary),
		...(command.help.length > 0 ? ['.RS', '.nf', ...command.help.map(roff), '.fi', '.RE'] : []),
	]);
	return `${[
		`.TH ALGA\\-APPLIANCE 8 "${month(date)}" "Alga Appliance ${version}" "System Administration"`,
		'.SH NAME',
		'alga\\-appliance \\- own an on\\-premises Alga PSA appliance',
		'.SH SYNOPSIS',
		'.B alga\\-appliance',
		'.I COMMAND',
		'.RI [ OPTIONS ]',
		'.SH DESCRIPTION',
		'Installs Kubernetes and Flux on this machine and watches the application they run. The same is to be had on the',
		"machine's first display and its serial lines, as a web page on port 8080, and with this command.",
		'.SH COMMANDS',
		...each,
		'.TP',
		'.B console',
		'The full\\-screen console in this terminal.',
		'.TP',
		'.B release lint | build | push | sign | promote | diff | show',
		'For those who publish releases.',
		'.TP',
		'.BI "bundle create " RELEASE " \\-o " FILE',
		'Everything of a release in one signed file, for a site without internet.',
		'.TP',
		'.BI "bundle import " FILE',
		'Verifies such a file and serves it to this machine: setup and update then need no internet.',
		'.SH FILES',
		'.TP',
		'.I /etc/alga\\-appliance/appliance.json',
		'Settings of a restricted site: release repository, mirrors, trust, ports.',
		'.TP',
		'.I /var/lib/alga\\-appliance',
		'Journal, tokens, bundles and downloaded releases; root only.',
		'.TP',
		'.I /run/alga\\-appliance/engine.sock',
		'For root and members of the group alga\\-appliance.',
		'.SH UNITS',
		'alga\\-appliance.service, alga\\-appliance\\-gateway.service, alga\\-appliance\\-mirror.socket, alga\\-appliance\\-console@.service. The consoles own tty1 and',
		'every serial line that has a UART; a login is on tty2.',
		'.SH EXIT STATUS',
		'0 done, 1 failed, 2 wrong usage, 3 somebody has to act.',
		'.SH EXAMPLES',
		'.EX',
		'alga\\-appliance status',
		'alga\\-appliance status \\-\\-json',
		'journalctl \\-u alga\\-appliance \\-f',
		'systemctl restart alga\\-appliance\\-console@tty1',
		'.EE',
		'.SH SEE ALSO',
		'.BR systemctl (1),',
		'.BR journalctl (1)',
	].join('\n')}\n`;
}

/** Completion for bash: the commands, then the options each one's usage names. */
export function completion(commands: readonly Command[]): string {
	const options = commands.map(command => {
		const named = [
			...new Set(
				[...command.usage.matchAll(/--[a-z-]+/g), ...command.help.join(' ').matchAll(/--[a-z-]+/g)].map(
					([option]) => option,
				),
			),
			'--help',
		];
		const words = [...command.usage.matchAll(/[ |[]([a-z][a-z-]+)(?=[|\] ]|$)/g)].flatMap(([, word]) =>
			word && word !== command.name ? [word] : [],
		);
		return `\t${command.name}) words='${[...new Set([...words, ...named])].join(' ')}' ;;`;
	});
	return `# bash completion for alga-appliance
_alga_appliance() {
	local words
	if [ "$COMP_CWORD" -eq 1 ]; then
		words='${[...commands.map(command => command.name), 'console', 'release', '--help', '--version'].join(' ')}'
	else
		case \${COMP_WORDS[1]} in
${options.map(line => `\t${line}`).join('\n')}
		release) words='lint build push sign promote diff show' ;;
		*) words= ;;
		esac
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}")
}
complete -o default -F _alga_appliance alga-appliance
`;
}
