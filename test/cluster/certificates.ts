import {readFile, writeFile} from 'node:fs/promises';
import {execa} from 'execa';

/** A certificate authority of one test run, kept as files because that is how Kubernetes reads them. */
export type Authority = {
	readonly caFile: string;
	readonly caPem: string;
	/** Issues `<name>.crt` and `<name>.key` in the folder, over what was there: the API server picks the new one up. */
	readonly issue: (name: string, subject: string, extensions?: readonly string[]) => Promise<CertificateFiles>;
};

export type CertificateFiles = {readonly certFile: string; readonly keyFile: string};

/** Makes an authority in `directory` with openssl; keys are P-256 and everything is valid for two days. */
export async function createAuthority(directory: string): Promise<Authority> {
	const openssl = (...args: string[]) => execa('openssl', args, {cwd: directory});
	const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
	await openssl('req', '-x509', ...newKey, '-keyout', 'ca.key', '-out', 'ca.crt', '-subj', '/CN=alga-test-ca');
	const caFile = `${directory}/ca.crt`;
	return {
		caFile,
		caPem: await readFile(caFile, 'utf8'),
		issue: async (name, subject, extensions = ['extendedKeyUsage=clientAuth']) => {
			const added = extensions.flatMap(extension => ['-addext', extension]);
			await openssl(
				...['req', '-x509', ...newKey, '-CA', 'ca.crt', '-CAkey', 'ca.key', '-subj', subject],
				...['-addext', 'basicConstraints=critical,CA:FALSE', ...added],
				...['-keyout', `${name}.key`, '-out', `${name}.crt`],
			);
			return {certFile: `${directory}/${name}.crt`, keyFile: `${directory}/${name}.key`};
		},
	};
}

/** Writes a kubeconfig of mode 0600 for one user with a client certificate and answers with its path. */
export async function writeKubeconfig(
	path: string,
	server: string,
	caFile: string,
	user: CertificateFiles,
): Promise<string> {
	const encoded = async (file: string) => (await readFile(file)).toString('base64');
	const config = {
		apiVersion: 'v1',
		kind: 'Config',
		clusters: [{name: 'alga', cluster: {server, 'certificate-authority-data': await encoded(caFile)}}],
		users: [
			{
				name: 'user',
				user: {
					'client-certificate-data': await encoded(user.certFile),
					'client-key-data': await encoded(user.keyFile),
				},
			},
		],
		contexts: [{name: 'alga', context: {cluster: 'alga', user: 'user'}}],
		'current-context': 'alga',
	};
	await writeFile(path, JSON.stringify(config, null, '\t'), {mode: 0o600});
	return path;
}
