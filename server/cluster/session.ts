import type {Instant} from '../../shared/facts/fact.ts';
import {fail, ok} from '../../shared/problem.ts';
import type {Clock} from '../engine/clock.ts';
import {requestToken} from './identity.ts';
import {type Access, parseKubeconfig} from './kubeconfig.ts';
import {notInstalled, unreadable} from './problems.ts';
import {type Answer, type Failure, openTransport, type Transport} from './transport.ts';

/** Who we are to Kubernetes now. Credentials are read again whenever they are doubted. */
export type Session = Disposable & {
	/** As the administrator of k3s.yaml: for writes. */
	readonly admin: (signal: AbortSignal) => Promise<Answer<Connection>>;
	/** As our own minimal identity once it exists, before that as the administrator: for reads. */
	readonly reader: (signal: AbortSignal) => Promise<Answer<Connection>>;
	/** Tells that a call on this connection failed. */
	readonly failed: (connection: Connection, failure: Failure) => void;
};

/** `epoch` changes with the cluster or its credentials: versions seen under another one mean nothing. */
export type Connection = {readonly transport: Transport; readonly epoch: number};

/** How long reads stay with the administrator after our identity was found missing or powerless. */
const identityRetryMs = 60_000;

/** `readKubeconfig` gives undefined while there is no Kubernetes. */
export function openSession({
	readKubeconfig,
	clock,
}: {
	readonly readKubeconfig: () => Promise<string | undefined>;
	readonly clock: Clock;
}): Session {
	type Admin = Connection & {readonly text: string; readonly access: Access};
	type Own = Connection & {readonly of: Admin; readonly renewAt: Instant};
	let admin: Admin | undefined;
	let own: Own | undefined;
	let doubted = true;
	let reading: Promise<Answer<Admin>> | undefined;
	let asking: Promise<void> | undefined;
	let askAgainAt = 0;
	let epoch = 0;
	let closed = false;

	const dropOwn = () => {
		own?.transport[Symbol.dispose]();
		own = undefined;
	};
	const dropAdmin = () => {
		dropOwn();
		admin?.transport[Symbol.dispose]();
		admin = undefined;
		askAgainAt = 0;
	};

	const readAgain = async (): Promise<Answer<Admin>> => {
		let text: string | undefined;
		try {
			text = await readKubeconfig();
		} catch (error) {
			return fail(unreadable(error));
		}
		if (text === undefined || closed) {
			dropAdmin();
			return fail(notInstalled);
		}
		if (admin === undefined || text !== admin.text) {
			dropAdmin();
			const access = parseKubeconfig(text);
			if (!access.ok) return access;
			admin = {text, access: access.value, transport: openTransport(access.value), epoch: ++epoch};
		}
		doubted = false;
		return ok(admin);
	};
	const current = (): Promise<Answer<Admin>> => {
		if (admin !== undefined && !doubted) return Promise.resolve(ok(admin));
		reading ??= readAgain().finally(() => {
			reading = undefined;
		});
		return reading;
	};

	const takeIdentity = async (by: Admin, signal: AbortSignal): Promise<void> => {
		const token = await requestToken(by.transport, signal);
		askAgainAt = clock.now() + identityRetryMs;
		if (token === undefined || by !== admin) return;
		dropOwn();
		const {server, ca, serverName} = by.access;
		const access = {
			server,
			token: token.token,
			...(ca !== undefined && {ca}),
			...(serverName !== undefined && {serverName}),
		};
		// Renewed at half its life, so that a slow clock on either side does no harm.
		const renewAt = clock.now() + Math.max(60_000, (token.expiresAt - clock.now()) / 2);
		own = {of: by, transport: openTransport(access), epoch: by.epoch, renewAt};
	};

	return {
		admin: current,
		reader: async signal => {
			const by = await current();
			if (!by.ok) return by;
			const fresh = own !== undefined && own.of === by.value && clock.now() < own.renewAt;
			if (!fresh && clock.now() >= askAgainAt) {
				asking ??= takeIdentity(by.value, signal).finally(() => {
					asking = undefined;
				});
				await asking;
			}
			return ok(own?.of === by.value ? own : by.value);
		},
		failed: (connection, failure) => {
			const refused = failure.status === 401 || failure.status === 403;
			if (connection === own) {
				if (!refused) doubted = true;
				else {
					dropOwn();
					askAgainAt = clock.now() + identityRetryMs;
				}
			} else if (refused || failure.status === undefined) doubted = true;
		},
		[Symbol.dispose]: () => {
			closed = true;
			dropAdmin();
		},
	};
}
