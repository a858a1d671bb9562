const releaseWords = ['create', 'import', 'serve'];

/**
 * What to say when a command was meant that is a program of its own: `release …`, and `bundle` with a word for releases.
 * The installed command tells them apart before it comes here; in a checkout nobody has. Undefined for all others.
 */
export function elsewhere([name, ...args]: readonly string[]): readonly string[] | undefined {
	const isRelease = name === 'release' || (name === 'bundle' && releaseWords.includes(args[0] ?? ''));
	if (!isRelease) return undefined;
	return [
		`"${[name, ...args.slice(0, 1)].join(' ')}" belongs to the release commands, a program of its own. In a checkout it is:`,
		`  scripts/run node server/registry/release-main.ts ${[name, ...args].join(' ')}`,
		'Where the package is installed, "alga-appliance" starts it.',
	];
}
