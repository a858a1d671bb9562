import type {Problem, ProblemCode} from '../../shared/problem.ts';
import {count, object, text} from './trim/read.ts';

/** The Kubernetes API's own account of a refusal (meta/v1 Status). */
type Status = {readonly message: unknown; readonly reason: unknown; readonly code: unknown};

/** What was asked, in words: `apply HelmRelease alga-system/temporal`. Never holds a value. */
export type Asked = string;

const systemLog = 'Open Logs, k3s: its last lines say why.';

/** The API answered, and not with success. `quote` false keeps its words out: they may repeat a secret's value. */
export function refusal(asked: Asked, status: number, body: unknown, words: 'quote' | 'withhold'): Problem {
	const given = object<Status>(body);
	const said = words === 'quote' ? text(given.message)?.slice(0, 2000) : undefined;
	const detail = {...(said !== undefined && {detail: said})};
	const make = (code: ProblemCode, what: string, next: string, retry: Problem['retry']): Problem => ({
		code,
		what: `${what} (${asked}; HTTP ${status}).`,
		next,
		retry,
		...detail,
	});
	switch (count(given.code) ?? status) {
		case 401:
			return make(
				'cluster.denied',
				'Kubernetes refused the appliance’s own credentials',
				'Restart Kubernetes (systemctl restart k3s) so that it writes them anew, then retry.',
				'safe',
			);
		case 403:
			return make(
				'cluster.denied',
				'Kubernetes does not allow this',
				'Retry. If it stays, report this with a support bundle.',
				'safe',
			);
		case 404:
			return make(
				'cluster.not-found',
				'Kubernetes does not know what was asked for',
				'Retry: what it belongs to may not exist yet.',
				'safe',
			);
		case 409:
			return make('cluster.conflict', 'Somebody else changed the object at the same time', 'Retry.', 'safe');
		case 408:
		case 504:
			return make('cluster.timed-out', 'Kubernetes did not finish in time', `Retry. ${systemLog}`, 'safe');
		case 429:
		case 500:
		case 502:
		case 503:
			return make(
				'cluster.unreachable',
				'Kubernetes answers but cannot serve',
				`Wait a minute and retry. ${systemLog}`,
				'safe',
			);
		default:
			return make(
				'cluster.rejected',
				'Kubernetes rejected the request',
				'Report this with a support bundle: the release and this Kubernetes do not fit.',
				'after-fix',
			);
	}
}

/** No answer came: by the error number of the socket or the TLS library, never by its prose. */
export function connectionProblem(asked: Asked, error: unknown): Problem {
	const code = errorCode(error);
	if (code === 'ABORT_ERR' || code === 'TimeoutError')
		return {
			code: 'cluster.timed-out',
			what: `Kubernetes did not answer in time (${asked}).`,
			next: `Wait a minute and retry. ${systemLog}`,
			retry: 'safe',
		};
	if (isTrustError(code))
		return {
			code: 'cluster.denied',
			what: `Kubernetes showed a certificate that its own access file does not vouch for (${asked}; ${code}).`,
			why: 'Its certificates were renewed, or another program answers in its place.',
			next: 'Restart Kubernetes (systemctl restart k3s), then retry.',
			retry: 'safe',
		};
	return {
		code: 'cluster.unreachable',
		what: `Kubernetes does not answer (${asked}${code === undefined ? '' : `; ${code}`}).`,
		next: `If it was just started, wait a minute. ${systemLog}`,
		retry: 'safe',
	};
}

/** No kubeconfig: there is no Kubernetes on this machine yet, or no more. */
export const notInstalled: Problem = {
	code: 'cluster.unreachable',
	what: 'Kubernetes is not installed on this machine yet.',
	next: 'Run setup.',
	retry: 'safe',
};

/** The kubeconfig is there and cannot be read. */
export const unreadable = (error: unknown): Problem => ({
	code: 'file.unreadable',
	what: `The access file of Kubernetes (kubeconfig) cannot be read${errorCode(error) === undefined ? '' : ` (${errorCode(error)})`}.`,
	next: 'Check the disk: Machine shows its state. Then retry.',
	retry: 'safe',
});

export function errorCode(error: unknown): string | undefined {
	const {code, name} = object<{code: unknown; name: unknown}>(error);
	return typeof code === 'string'
		? code
		: name === 'TimeoutError' || name === 'AbortError'
			? 'TimeoutError'
			: undefined;
}

/** Codes of Node's TLS layer that mean "not whom I trust" (Node.js, "X509 certificate error codes"). */
const isTrustError = (code: string | undefined): boolean =>
	code !== undefined && /CERT|ISSUER|SIGNATURE|ERR_TLS|ERR_SSL|EPROTO/u.test(code);
