import type {Rule} from '../rule.ts';
import type {Source} from '../signal.ts';

/** Where the words of a failed connection to the outside turn up; application logs speak of other connections. */
const outward: readonly Source[] = ['pod', 'event', 'flux', 'journal', 'probe'];
/** k3s's service range: what has such an address lives inside the cluster. */
const inCluster = String.raw`(?:10\.43\.\d+\.\d+|\[(?:fd43|2001:cafe:43):[0-9a-f:]*\]|kubernetes\.default|[a-z0-9.-]+\.svc(?:\.cluster\.local)?)`;
const host = String.raw`(?:https?:\\?\/\\?\/(?<host>[^\s/"\\]+))`;

/** Time, proxies, trust: what breaks every connection in the same way, told before the connection itself. */
export const trustRules: readonly Rule[] = [
	{cause: 'clock-skew', reason: /^(?:time|clock|ntp)$/u, from: ['probe']},
	{
		cause: 'clock-skew',
		text: /is before \d{4}-|certificate is not yet valid|token is not valid yet|CERT_NOT_YET_VALID|Release file .* is not valid yet/u,
	},
	{
		cause: 'k3s-cert-expired',
		from: ['journal', 'log', 'event'],
		text: /x509: certificate has expired|is after \d{4}-/u,
		unless: /https:\\?\/\\?\/(?!127\.|10\.43\.|localhost|\[::1\]|[^/"\s]*:6443)/u,
	},
	{
		cause: 'k3s-cert-expired',
		text: new RegExp(String.raw`https:\/\/(?:127\.0\.0\.1|${inCluster})[:/].*certificate has expired`, 'u'),
	},
	{
		cause: 'registry-cert-expired',
		text: new RegExp(String.raw`(?:${host}.*)?(?:certificate has expired|is after \d{4}-|CERT_HAS_EXPIRED)`, 'su'),
	},
	{
		cause: 'proxy-bypass-missing',
		text: new RegExp(
			String.raw`https?:\\?\/\\?\/(?<host>127\.[\d.]+|localhost|[^/"\s\\]+:(?:6443|6444|9345|10250)|${inCluster})[^\s]*.*(?:proxyconnect|Proxy Authentication|from proxy|squid|Forbidden$)`,
			'su',
		),
	},
	{
		cause: 'proxy-auth-required',
		text: /Proxy Authentication Required|\b407\b.*proxy|HTTP 407|HTTP code 407|ERR_PROXY_AUTH/iu,
	},
	{
		cause: 'proxy-unreachable',
		text: /proxyconnect tcp: dial tcp:? (?:lookup )?(?<host>[^\s:]+(?::\d+)?)|proxyconnect tcp/u,
	},
	{
		cause: 'proxy-unreachable',
		text: /(?:ECONNREFUSED|ETIMEDOUT|EHOSTUNREACH|ENOTFOUND|refused|timed? ?out)\S* ?(?<host>\S*?);.*proxy (?:https?:\/\/)?\k<host>/iu,
	},
	{
		cause: 'proxy-unreachable',
		text: /curl: \((?:5|97)\)|Could not resolve proxy:? (?<host>\S+)|unable to connect to proxy|tunneling socket could not be established|Could not connect to (?<peer>\S+:(?:3128|8080|8888|8118|9090))\b/iu,
	},
	{
		cause: 'egress-blocked',
		from: outward,
		text: /HTTP code 403 from proxy|(?:Get|Head|Post) "https:\/\/(?<host>[^/"]+)[^"]*": Forbidden/u,
		unless: /\/blobs\//u,
	},
	{
		cause: 'registry-cdn-blocked',
		from: outward,
		text: /https:\/\/(?<host>[^/"\s]*(?:githubusercontent|cloudflare|storage|cdn|amazonaws)[^/"\s]*)\/[^"\s]*": Forbidden/u,
	},
	{
		cause: 'tls-interception',
		text: new RegExp(
			String.raw`(?:${host}.*)?(?:signed by unknown authority|unable to get (?:local )?issuer cert|self[- ]signed certificate|UNABLE_TO_(?:GET_ISSUER|VERIFY)|SELF_SIGNED_CERT|DEPTH_ZERO_SELF|CERTIFICATE_VERIFY_FAILED|PKIX path building failed|cannot verify \S+ certificate|certificate is NOT trusted|Certificate verification failed|certificate issuer is unknown|x509: certificate is (?:valid for|not valid for)|ERR_TLS_CERT_ALTNAME|curl: \(60\))`,
			'su',
		),
		unless: /https:\/\/(?:127\.0\.0\.1|10\.43\.)|failed calling webhook/u,
	},
];

/** The way inside the cluster: packet filter, overlay, the services everything else needs. */
export const insideRules: readonly Rule[] = [
	{
		cause: 'iptables-flushed',
		text: /chains? absent|KUBE-[A-Z]+.*(?:absent|missing|gone)|No chain\/target\/match by that name/u,
		from: ['probe'],
	},
	{cause: 'iptables-flushed', reason: /^(?:packetFilter|iptables)$/u, from: ['probe']},
	{cause: 'overlay-corrupt', reason: /^(?:overlay|vxlan)$/u, from: ['probe']},
	{cause: 'host-firewall-blocks-pods', reason: /^(?:firewall|podNetwork|podToService|hostFirewall)$/u, from: ['probe']},
	{
		cause: 'host-firewall-blocks-pods',
		from: ['kernel', 'journal'],
		text: /(?:UFW BLOCK|FINAL_REJECT|_DROP).*(?:cni0|10\.4[23]\.)/u,
	},
	{
		cause: 'apiserver-down',
		text: /dial tcp (?:127\.0\.0\.1|10\.43\.0\.1|localhost|\[::1\]):(?:6443|6444|443): connect: connection refused/u,
	},
	{
		cause: 'flux-controller-down',
		from: ['flux', 'event'],
		text: /(?:source-controller|notification-controller|helm-controller|kustomize-controller)\.[a-z-]+\.svc|giving up after \d+ attempt|failed to download archive|Could not load chart/u,
	},
	{
		cause: 'host-firewall-blocks-pods',
		text: /(?:https:\/\/|dial tcp )(?:10\.43\.0\.1|\[(?:fd43|2001:cafe:43):[0-9a-f:]*\])(?::443)?(?![\d.]).*(?:i\/o timeout|no route to host|context deadline exceeded|ETIMEDOUT|EHOSTUNREACH)/u,
	},
	{
		cause: 'host-firewall-blocks-pods',
		from: ['flux', 'log', 'event'],
		reason: /^(?!Unhealthy|Failed$|BackOff)/u,
		text: /dial tcp 10\.4[23]\.\d+\.\d+:\d+: (?:i\/o timeout|connect: no route to host)/u,
		unless: /:(?:5432|6432|6379|7233)\b/u,
	},
];

/** The way out, read last: the words of a dropped connection come with many other reasons. */
export const wayRules: readonly Rule[] = [
	{
		cause: 'no-default-route',
		text: /network is unreachable|ENETUNREACH|no default route|select an IP from default routes|default gateway.*(?:missing|not found)|no route found/iu,
		unless: /:(?:5432|6432|6379|7233)\b/u,
	},
	{cause: 'no-default-route', reason: /^(?:defaultRoute|route|gateway)$/iu, from: ['probe']},
	{
		cause: 'registry-cdn-blocked',
		from: outward,
		text: /https:\/\/(?<host>[^/"\s]+)\/[^"\s]*(?:blobs|sha256)[^"\s]*"?: (?:dial tcp|net\/http|read tcp|EOF|context deadline).*(?:i\/o timeout|refused|no route to host|Client\.Timeout|TLS handshake timeout|reset by peer|Forbidden)/u,
		when: ({image, text}) => {
			const blobs = /https:\/\/(?<host>[^/"\s]+)\/[^"\s]*(?:blobs|sha256)/u.exec(text)?.groups?.['host'] ?? '';
			const reference =
				image ?? /(?:pull and unpack )?image \\?"(?<image>[^"\\]+)/u.exec(text)?.groups?.['image'] ?? '';
			// Without the image's name, only hosts that serve nothing else are told apart.
			if (reference === '') return /githubusercontent|cloudflare|storage|blob|cdn|\.s3\.|amazonaws/u.test(blobs);
			return !sameRegistry(blobs, registryOf(reference));
		},
	},
	{cause: 'registry-cdn-blocked', from: ['probe'], reason: /blob|cdn/iu, unless: /ENOTFOUND|EAI_AGAIN|no such host/u},
	{
		cause: 'connection-interrupted',
		from: outward,
		text: new RegExp(
			String.raw`(?:(?:${host}|in connection to (?<peer>[^\s:]+)).*)?(?:connection reset by peer|TLS handshake timeout|unexpected EOF|: EOF$|ECONNRESET|EPIPE|broken pipe|SSL_connect|SSL_ERROR_SYSCALL|socket hang up|bad record MAC|wrong version number|read tcp \S+: read: connection timed out|stream error|GOAWAY|UND_ERR_SOCKET|other side closed|curl: \((?:18|35|52|56|92)\)|transfer closed|http2: client connection lost|short read)`,
			'siu',
		),
		unless: /\/var\/run|\.sock\b/u,
	},
	{
		cause: 'registry-unavailable',
		from: outward,
		text: /(?:dial tcp|connect ECONNREFUSED) (?<host>10\.[\d.]+|192\.168\.[\d.]+|172\.(?:1[6-9]|2\d|3[01])\.[\d.]+)(?::\d+)?(?:: connect: connection refused)?/u,
		when: ({text, reason}) =>
			/refused/iu.test(text) &&
			/^(?:registry|mirror|ErrImagePull|ImagePullBackOff|Failed|OCIArtifactPullFailed|ChartPullError)$/u.test(reason),
	},
	{
		cause: 'egress-blocked',
		from: outward,
		reason: /^(?!Unhealthy|appUrl|login|seed|FailedMount|FailedKillPod|InstallFailed|UpgradeFailed|release$)/u,
		text: new RegExp(
			String.raw`(?:(?:${host}|connect to (?<peer>[^\s]+) port).*)?(?:dial tcp \S+:\d+: (?:i\/o timeout|connect: (?:no route to|connection (?:ref|timed)))|EHOSTUNREACH|Client\.Timeout|(?:Get|Head|Post) "[^"]+": context deadline exceeded|ETIMEDOUT|ESOCKETTIMEDOUT|UND_ERR_(?:CONNECT|HEADERS)_TIMEOUT|Connect Timeout|[Cc]onnection timed out|ECONNREFUSED|curl: \((?:7|28)\)|Failed to connect to|Could not connect to|Unable to connect to|request canceled while waiting for connection|timed out after|no answer)`,
			'su',
		),
		unless: /127\.0\.0\.1|10\.4[23]\.|localhost/u,
	},
];

/** `docker.io` answers at several names. */
function sameRegistry(a: string, b: string): boolean {
	const hub = (name: string) =>
		/(?:^|\.)docker\.(?:io|com)$/u.test(name) && !name.includes('cloudflare') ? 'docker.io' : name;
	return hub(a) === hub(b);
}

/** The host an image reference is pulled from; a name without a host is Docker Hub's. */
function registryOf(image: string): string {
	const [first = '', ...rest] = image.split('/');
	return rest.length > 0 && /[.:]|^localhost$/u.test(first) ? first : 'docker.io';
}

/** An application that is dropped on its way to the outside; its own services have private addresses. */
export const outsideLogRules: readonly Rule[] = [
	{
		cause: 'egress-blocked',
		from: ['log'],
		text: /attempted address: (?<host>(?!10\.|127\.|192\.168\.)[\w.-]+\.[\w-]+:\d+)/u,
		unless: /\.svc\b/u,
	},
	{
		cause: 'egress-blocked',
		from: ['log'],
		text: /(?:ETIMEDOUT|EHOSTUNREACH|dial tcp|i\/o timeout)[^\n]{0,20}\b(?<host>(?!10\.|127\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.)(?:\d{1,3}\.){3}\d{1,3}:\d+)/u,
	},
];
