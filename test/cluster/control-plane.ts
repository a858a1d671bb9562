import {writeFile} from 'node:fs/promises';
import {Agent, fetch} from 'undici';
import {binaryPath} from './binaries.ts';
import {type Authority, createAuthority, writeKubeconfig} from './certificates.ts';
import {freePort, until} from './child.ts';
import {openWorkspace, type Workspace} from './workspace.ts';

/** A real etcd and kube-apiserver on loopback, with RBAC, its own certificates and nothing of the machine's. */
export type ControlPlane = AsyncDisposable & {
	/** `https://127.0.0.1:PORT`; stays the same over restarts. */
	readonly url: string;
	readonly caPem: string;
	/** Kubeconfig with the client certificate of a member of system:masters. */
	readonly kubeconfigPath: string;
	/** Bearer token of the same rank. */
	readonly adminToken: string;
	readonly workspace: Workspace;
	/** A kubeconfig with a client certificate for a user that has only the rights the test's RBAC objects give. */
	readonly kubeconfigFor: (user: string, groups?: readonly string[]) => Promise<string>;
	/** A new serving certificate from the same authority; the running API server takes it up within seconds. */
	readonly rotateServingCertificate: () => Promise<void>;
	/** Kills the API server as a crash would; etcd keeps the data. */
	readonly stopApiServer: () => Promise<void>;
	/** Starts it again on the same port, killing it first if it runs; resolves when it is ready. */
	readonly restartApiServer: () => Promise<void>;
	/** Freezes the API server: connections stay open and are accepted, and nothing is answered until `thawApiServer`. */
	readonly freezeApiServer: () => void;
	readonly thawApiServer: () => void;
	/** Freezes etcd, as a stalled disk does; requests hang until `thawEtcd`. */
	readonly freezeEtcd: () => void;
	readonly thawEtcd: () => void;
	/** Ends every program and removes the folder. */
	readonly stop: () => Promise<void>;
};

const servingExtensions = ['extendedKeyUsage=serverAuth', 'subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:kubernetes'];

/** Starts a control plane from the built programs (see `availability`); fails with their last output if it cannot. */
export async function startControlPlane(): Promise<ControlPlane> {
	const workspace = openWorkspace();
	try {
		return await startIn(workspace);
	} catch (error) {
		await workspace.close();
		throw error;
	}
}

async function startIn(workspace: Workspace): Promise<ControlPlane> {
	const {directory} = workspace;
	const authority = await createAuthority(directory);
	const adminToken = crypto.randomUUID();
	await writeFile(`${directory}/tokens.csv`, `${adminToken},token-admin,1,"system:masters"\n`, {mode: 0o600});
	await authority.issue('apiserver', '/CN=kube-apiserver', servingExtensions);
	await authority.issue('accounts', '/CN=service-accounts');

	const [clientPort, peerPort, apiPort] = [await freePort(), await freePort(), await freePort()];
	const etcd = workspace.start('etcd', await binaryPath('etcd'), etcdArguments(directory, clientPort, peerPort));
	const url = `https://127.0.0.1:${apiPort}`;
	const readyz = await readinessProbe(url, authority);

	const startApiServer = async () => {
		const args = apiServerArguments(directory, clientPort, apiPort);
		const child = workspace.start('kube-apiserver', await binaryPath('kube-apiserver'), args);
		await until('the API server is ready', readyz, {children: [etcd, child]});
		return child;
	};
	let apiServer = await startApiServer();

	const kubeconfigFor = async (user: string, groups: readonly string[] = []) => {
		const file = `user-${user.replaceAll(/[^\w.-]/g, '_')}`;
		const subject = [...groups.map(group => `/O=${group}`), `/CN=${user}`].join('');
		const certificate = await authority.issue(file, subject);
		return writeKubeconfig(`${directory}/${file}.kubeconfig`, url, authority.caFile, certificate);
	};
	return {
		url,
		caPem: authority.caPem,
		kubeconfigPath: await kubeconfigFor('admin', ['system:masters']),
		adminToken,
		workspace,
		kubeconfigFor,
		rotateServingCertificate: async () => {
			await authority.issue('apiserver', '/CN=kube-apiserver', servingExtensions);
		},
		stopApiServer: () => apiServer.kill(),
		restartApiServer: async () => {
			await apiServer.kill();
			apiServer = await startApiServer();
		},
		freezeApiServer: () => apiServer.signal('SIGSTOP'),
		thawApiServer: () => apiServer.signal('SIGCONT'),
		freezeEtcd: () => etcd.signal('SIGSTOP'),
		thawEtcd: () => etcd.signal('SIGCONT'),
		stop: () => workspace.close(),
		[Symbol.asyncDispose]: () => workspace.close(),
	};
}

function etcdArguments(directory: string, clientPort: number, peerPort: number): readonly string[] {
	const client = `http://127.0.0.1:${clientPort}`;
	const peer = `http://127.0.0.1:${peerPort}`;
	return [
		...['--name=test', `--data-dir=${directory}/etcd`, '--log-level=warn'],
		...[`--listen-client-urls=${client}`, `--advertise-client-urls=${client}`],
		...[`--listen-peer-urls=${peer}`, `--initial-advertise-peer-urls=${peer}`, `--initial-cluster=test=${peer}`],
		// The data outlives a killed process, not a lost machine: that is all a test needs, and it is far faster.
		'--unsafe-no-fsync',
	];
}

function apiServerArguments(directory: string, etcdPort: number, port: number): readonly string[] {
	return [
		`--etcd-servers=http://127.0.0.1:${etcdPort}`,
		...['--bind-address=127.0.0.1', '--advertise-address=127.0.0.1', `--secure-port=${port}`],
		// The `kubernetes` service cannot have a loopback endpoint, and nothing here runs inside the cluster.
		'--endpoint-reconciler-type=none',
		...[`--tls-cert-file=${directory}/apiserver.crt`, `--tls-private-key-file=${directory}/apiserver.key`],
		...[`--client-ca-file=${directory}/ca.crt`, `--token-auth-file=${directory}/tokens.csv`],
		'--authorization-mode=RBAC',
		'--service-account-issuer=https://kubernetes.default.svc.cluster.local',
		...[
			`--service-account-key-file=${directory}/accounts.crt`,
			`--service-account-signing-key-file=${directory}/accounts.key`,
		],
		...['--service-cluster-ip-range=10.43.0.0/16', '--allow-privileged=true'],
		// KWOK answers for the kubelet with a certificate it signs itself.
		'--kubelet-preferred-address-types=InternalIP',
	];
}

async function readinessProbe(url: string, authority: Authority) {
	return async (signal: AbortSignal): Promise<true | undefined> => {
		const dispatcher = new Agent({connect: {ca: authority.caPem}});
		try {
			const response = await fetch(`${url}/readyz`, {dispatcher, signal});
			const text = await response.text();
			if (response.ok) return true;
			throw new Error(text);
		} finally {
			await dispatcher.destroy();
		}
	};
}
