import {type Known, makeKnown} from '../../shared/redact/known.ts';

/** The values this engine knows to be secret, in memory only. What shows a log asks it about every line. */
export type SecretBook = {
	readonly add: (...secrets: readonly (string | undefined)[]) => void;
	readonly list: () => readonly string[];
	readonly mask: (text: string) => string;
};

/** A password is kept as long as the engine lives: a log that holds it may be opened long after it was used. */
export function openSecretBook(): SecretBook {
	const secrets = new Set<string>();
	let known: Known = makeKnown([]);
	return {
		add: (...more) => {
			const added = more.filter(one => one !== undefined && one.length >= 4 && !secrets.has(one));
			for (const one of added) if (one !== undefined) secrets.add(one);
			if (added.length > 0) known = makeKnown(secrets);
		},
		list: () => [...secrets],
		mask: text => known.replace(text, () => '***REDACTED***'),
	};
}
