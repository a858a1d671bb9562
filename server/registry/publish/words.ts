import type {Problem} from '../../../shared/problem.ts';

/** The registry's problems are told to sites. Whoever publishes can do something else about some of them. */
export function forPublisher(problem: Problem, trust: string | undefined): Problem {
	if (problem.code === 'artifact.invalid') return {...problem, next: 'Build it anew from its draft.'};
	// It names the field of the draft already.
	if (problem.field !== undefined) return problem;
	switch (problem.code) {
		case 'registry.not-found':
			return {...problem, next: 'Correct the name, or push it first: release push FOLDER.'};
		case 'registry.denied':
			return {...problem, why: 'Without a login, or with one that may not do this.', next: login};
		case 'signature.missing':
			return {...problem, next: 'Sign it first: release sign VERSION --key FILE.', retry: 'after-fix'};
		case 'signature.untrusted':
			return {
				...problem,
				what: `The release is signed by none of the keys in ${trust ?? 'the folder of --trust'}.`,
				next: 'Sign it with a key whose public half is there, or name the folder that has it with --trust.',
				retry: 'after-fix',
			};
		default:
			return problem;
	}
}

/** A part that the draft names by tag and that cannot be had. */
export function notPinned(problem: Problem, field: string, named: string): Problem {
	if (problem.code === 'registry.not-found')
		return {
			...problem,
			next: `Push ${named} first, or correct ${field} in the draft.`,
			field,
		};
	const why = `The draft takes ${named} by ${field}.`;
	return problem.code === 'registry.denied'
		? {...problem, why, next: login, field}
		: {...problem, why: problem.why ?? why, field};
}

export const floats = (field: string, tag: string): Problem => ({
	code: 'release.lint',
	what: `${field} is "${tag}", which names something else tomorrow.`,
	why: 'The release would hold whatever the tag means while it is built, and nobody could say which version that was.',
	next: 'Write the tag of one version there, or its digest.',
	field,
	retry: 'after-fix',
});

const login = 'Log in with "docker login", "podman login" or "skopeo login", and check the name.';
