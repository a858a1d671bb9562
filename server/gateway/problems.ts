import type {Problem} from '../../shared/problem.ts';

/** What the gateway itself says no with, and the status it says it with. */
export type Refusal = {readonly status: number; readonly problem: Problem; readonly retryAfter?: number};

const signIn = 'Sign in with the management password.';

export const signInFirst: Refusal = {
	status: 401,
	problem: {code: 'auth.required', what: 'You are not signed in.', next: signIn},
};

export const wrongPassword: Refusal = {
	status: 401,
	problem: {
		code: 'auth.denied',
		what: 'The password is not right.',
		next: 'Try again. If it is lost: alga-appliance access reset, on the appliance’s own console.',
	},
};

export const noPasswordYet: Refusal = {
	status: 401,
	problem: {
		code: 'auth.denied',
		what: 'No management password has been chosen yet.',
		next: 'Enter the setup token from the appliance’s console and choose one.',
	},
};

export const elsewhere: Refusal = {
	status: 403,
	problem: {
		code: 'auth.denied',
		what: 'The request did not come from this page.',
		why: 'Another web site, or a program that sends no Origin header, asked for a change.',
		next: 'Use the page of the appliance itself, or the command alga-appliance.',
	},
};

/** Too many wrong tries from one address. Seconds are rounded up. */
export const lockedOut = (seconds: number): Refusal => ({
	status: 429,
	retryAfter: seconds,
	problem: {
		code: 'auth.locked',
		what: `Too many wrong tries from this address. The next one counts in ${spoken(seconds)}.`,
		why: 'Each wrong try after the fifth doubles the wait, for this address alone.',
		next: 'Wait, then try again. The appliance’s own console is not locked.',
	},
});

export const tooBusy: Refusal = {
	status: 429,
	retryAfter: 2,
	problem: {
		code: 'auth.locked',
		what: 'Too many people sign in at this moment.',
		next: 'Try again in a few seconds.',
	},
};

export const tooLarge: Refusal = {
	status: 413,
	problem: {code: 'input.invalid', what: 'The request is too large.', next: 'Send at most 64 KiB.'},
};

export const notJson: Refusal = {
	status: 415,
	problem: {code: 'input.invalid', what: 'The request is not JSON.', next: 'Send application/json.'},
};

export const noSuchRoute: Refusal = {
	status: 404,
	problem: {
		code: 'route.unknown',
		what: 'There is nothing at this address.',
		next: 'Open / for the page; /api/openapi.json names every route.',
	},
};

/** The request cannot be understood; `what` names the part. */
export const badRequest = (what: string, field?: string): Refusal => ({
	status: 400,
	problem: {
		code: 'input.invalid',
		what,
		next: 'Correct it and try again. Nothing was changed.',
		...(field && {field}),
	},
});

/** Our own mistake: said without its inside. */
export const ourFault: Refusal = {
	status: 500,
	problem: {
		code: 'internal',
		what: 'The web gateway made a mistake.',
		next: 'Try again; if it stays: journalctl -u alga-appliance-gateway',
	},
};

function spoken(seconds: number): string {
	if (seconds < 90) return `${seconds} s`;
	return seconds < 5400 ? `${Math.ceil(seconds / 60)} min` : `${Math.ceil(seconds / 3600)} h`;
}
