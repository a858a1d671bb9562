import {parse} from 'yaml';
import * as z from 'zod';
import {fail, ok, type Result} from '../../shared/problem.ts';

/** Where Kubernetes answers and who we are to it. Certificates and key are PEM. */
export type Access = {
	readonly server: URL;
	readonly ca?: string;
	readonly serverName?: string;
	readonly certificate?: string;
	readonly key?: string;
	readonly token?: string;
};

const base64 = z.base64().transform(text => Buffer.from(text, 'base64').toString('utf8'));
const Named = z.object({name: z.string()});
const Kubeconfig = z.object({
	'current-context': z.string().optional(),
	clusters: z.array(
		Named.extend({
			cluster: z.object({
				server: z.url({protocol: /^https?$/u}),
				'certificate-authority-data': base64.optional(),
				'tls-server-name': z.string().optional(),
			}),
		}),
	),
	users: z
		.array(
			Named.extend({
				user: z.object({
					'client-certificate-data': base64.optional(),
					'client-key-data': base64.optional(),
					token: z.string().optional(),
				}),
			}),
		)
		.default([]),
	contexts: z.array(Named.extend({context: z.object({cluster: z.string(), user: z.string().default('')})})).default([]),
});

/**
 * Reads the text of a kubeconfig with its credentials inside, as k3s writes it (kubernetes.io, "Organizing Cluster
 * Access Using kubeconfig Files"). The text is never quoted in a problem: it is all secret.
 */
export function parseKubeconfig(text: string): Result<Access> {
	const parsed = Kubeconfig.safeParse(yamlOf(text));
	if (!parsed.success) return malformed(parsed.error.issues.map(issue => issue.path.join('.')).join(', '));
	const {clusters, contexts, users} = parsed.data;
	const current = contexts.find(each => each.name === parsed.data['current-context']) ?? contexts[0];
	const cluster = clusters.find(each => each.name === current?.context.cluster) ?? clusters[0];
	if (cluster === undefined) return malformed('clusters');
	const user = users.find(each => each.name === current?.context.user)?.user ?? users[0]?.user;
	const [ca, serverName] = [cluster.cluster['certificate-authority-data'], cluster.cluster['tls-server-name']];
	const [certificate, key, token] = [user?.['client-certificate-data'], user?.['client-key-data'], user?.token];
	return ok({
		server: new URL(cluster.cluster.server),
		...(ca !== undefined && {ca}),
		...(serverName !== undefined && {serverName}),
		...(certificate !== undefined && {certificate}),
		...(key !== undefined && {key}),
		...(token !== undefined && {token}),
	});
}

function yamlOf(text: string): unknown {
	try {
		return parse(text);
	} catch {
		// Half-written or damaged: the schema says what is missing, without quoting the text.
		return undefined;
	}
}

const malformed = (fields: string) =>
	fail({
		code: 'answer.malformed',
		what: 'The access file of Kubernetes (kubeconfig) cannot be read.',
		why: `These parts of it are missing or damaged: ${fields || 'all of it'}.`,
		next: 'Restart Kubernetes (systemctl restart k3s): it writes the file anew.',
		retry: 'safe',
	});
