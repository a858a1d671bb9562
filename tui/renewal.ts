import {statSync} from 'node:fs';

/**
 * Tells when the package was upgraded under this process: the engine speaks of another version, and the program on the
 * disk is not the file this process was started from. Both, or a package that is half installed would start it for ever.
 */
export function watchRenewal(program: string, version: string): (engine: string | undefined) => boolean {
	const started = identityOf(program);
	return engine => engine !== undefined && engine !== version && started !== undefined && differs(started, program);
}

const differs = (started: string, program: string): boolean => {
	const present = identityOf(program);
	return present !== undefined && present !== started;
};

/** dpkg puts a new file in the old one's place; its date may be the same (reproducible packages). */
function identityOf(program: string): string | undefined {
	try {
		const {ino, mtimeMs, size} = statSync(program);
		return `${ino} ${mtimeMs} ${size}`;
	} catch {
		return undefined; // In the middle of an upgrade there is none for a moment.
	}
}
