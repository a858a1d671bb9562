import type {Problem} from '../../shared/problem.ts';

/** The system's, Node's and undici's names for what can happen on the way to a server → what a technician is told. */
export function networkProblem(error: unknown, target: string): Problem {
	const code = codeOf(error);
	const detail = error instanceof Error ? error.message.slice(0, 500) : String(error);
	const said = (problem: Omit<Problem, 'detail' | 'retry'>): Problem => ({...problem, detail, retry: 'safe'});
	switch (code) {
		case 'ENOTFOUND':
		case 'ENODATA':
			return said({
				code: 'dns.not-found',
				what: `The name ${target} is not known.`,
				why: 'The name servers in use do not know it.',
				next: 'Allow the name in your DNS, or set other name servers (Names).',
			});
		case 'EAI_AGAIN':
		case 'ESERVFAIL':
			return said({
				code: 'dns.failed',
				what: `The name ${target} could not be looked up.`,
				why: 'The name server reports a failure of its own.',
				next: 'Check the name server’s forwarders, or set other name servers (Names).',
			});
		case 'EREFUSED':
		case 'DNS_ECONNREFUSED':
			return said({
				code: 'dns.refused',
				what: `The name server refused to look up ${target}.`,
				why: 'Nothing answers name lookups at its address, or it does not serve this machine.',
				next: 'Set name servers that answer (Names).',
			});
		case 'ETIMEOUT':
			return said({
				code: 'dns.timed-out',
				what: `Looking up ${target} got no answer in time.`,
				why: 'The name server is off, or a firewall drops port 53.',
				next: 'Set name servers that answer (Names), or allow port 53.',
			});
		case 'ECONNREFUSED':
			return said({
				code: 'network.refused',
				what: `${target} refused the connection.`,
				why: 'Nothing listens there, or a firewall or proxy says no.',
				next: 'Ask for outgoing access to it, or set the proxy (Proxy).',
			});
		case 'ECONNRESET':
		case 'EPIPE':
		case 'UND_ERR_SOCKET':
			return said({
				code: 'network.reset',
				what: `The connection to ${target} was cut off.`,
				why: 'A middlebox or proxy on the path closes it.',
				next: 'Try again; if it stays, ask the network team about filters to this host.',
			});
		case 'ETIMEDOUT':
		case 'UND_ERR_CONNECT_TIMEOUT':
		case 'UND_ERR_HEADERS_TIMEOUT':
		case 'UND_ERR_BODY_TIMEOUT':
		case 'TimeoutError':
		case 'ABORT_ERR':
			return said({
				code: 'network.timed-out',
				what: `${target} gave no answer in time.`,
				why: 'A firewall drops the connection, or the path is very slow.',
				next: 'Ask for outgoing access to it, or set the proxy (Proxy).',
			});
		case 'ENETUNREACH':
		case 'EHOSTUNREACH':
			return said({
				code: 'network.unreachable',
				what: `There is no route to ${target}.`,
				why: 'The machine has no gateway, or the gateway does not know the way.',
				next: 'Check address and gateway (Network).',
			});
		case 'CERT_HAS_EXPIRED':
		case 'CERT_NOT_YET_VALID':
			return said({
				code: 'tls.expired',
				what: `The certificate of ${target} is not valid at this machine’s time.`,
				why: 'The certificate has run out, or this machine’s clock is wrong.',
				next: 'Check the clock first, then tell the owner of the server.',
			});
		case 'DEPTH_ZERO_SELF_SIGNED_CERT':
		case 'SELF_SIGNED_CERT_IN_CHAIN':
		case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
		case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
			return said({
				code: 'tls.untrusted',
				what: `The certificate of ${target} is not trusted.`,
				why: 'Usually a firewall that opens encrypted traffic and signs it anew.',
				next: 'Have this host exempted from inspection, or add the site’s certificate authority to this machine.',
			});
		case 'UND_ERR_PRX_TLS':
			return said({
				code: 'network.proxy-refused',
				what: `The proxy did not connect to ${target}.`,
				next: 'Check the proxy’s address and that it allows this host.',
			});
		default:
			if (/Proxy response \(407\)/.test(detail))
				return said({
					code: 'network.proxy-auth',
					what: 'The proxy asks for a user and password.',
					next: 'Have this machine exempted from the proxy’s login.',
				});
			if (/Proxy response \(\d+\)/.test(detail))
				return said({
					code: 'network.proxy-refused',
					what: `The proxy did not connect to ${target}.`,
					next: 'Check that the proxy allows this host.',
				});
			if (/^ERR_(TLS|SSL)/.test(code))
				return said({
					code: 'tls.failed',
					what: `No secure connection to ${target} could be made.`,
					next: 'Ask the network team about filters to this host.',
				});
			return said({
				code: 'network.reset',
				what: `${target} could not be reached.`,
				next: 'Try again; if it stays, send a support bundle.',
			});
	}
}

/** The innermost code: undici and fetch wrap the system's error as `cause`. */
function codeOf(error: unknown): string {
	if (!(error instanceof Error)) return '';
	if (error.cause instanceof Error) {
		const inner = codeOf(error.cause);
		if (inner !== '') return inner;
	}
	if ('code' in error && typeof error.code === 'string') return error.code;
	return error.name === 'TimeoutError' || error.name === 'AbortError' ? 'TimeoutError' : '';
}
