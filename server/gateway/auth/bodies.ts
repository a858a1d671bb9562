import * as z from 'zod';

const password = z.string().min(10, 'at least 10 characters').max(200, 'at most 200 characters');

export const ClaimBody = z.object({token: z.string().trim().min(1, 'the setup token is needed').max(200), password});
export const LoginBody = z.object({password: z.string().max(200)});

/** All that somebody who is not signed in is told. */
export const SessionAnswer = z.object({
	product: z.string(),
	version: z.string(),
	/** The setup token waits for its one use. */
	setupWaiting: z.boolean(),
	signedIn: z.boolean(),
	/** The page's other address is this host with the other scheme and port. */
	ports: z.object({http: z.number(), https: z.number()}),
});
