import {createHash, generateKeyPairSync, sign} from 'node:crypto';
import {readdirSync, readFileSync} from 'node:fs';
import {join, relative} from 'node:path';
import {gzipSync} from 'node:zlib';
import {pack} from 'tar-stream';
import {pinCharts} from '../../shared/release/flux-tree.ts';
import {type ReleaseManifest, releaseMediaType} from '../../shared/release/manifest.ts';

/** One artifact as a registry holds it; repositories are named without a host. */
export type SampleArtifact = {
	readonly repository: string;
	readonly manifest: {readonly mediaType: string; readonly body: Uint8Array};
	readonly blobs: readonly Uint8Array[];
	readonly tags: readonly string[];
};

export type SampleRelease = {
	readonly manifest: ReleaseManifest;
	readonly digest: string;
	readonly artifacts: readonly SampleArtifact[];
};
export type SampleKey = {readonly name: string; readonly publicPem: string; readonly privatePem: string};

export const releasePath = 'nine-minds/alga-appliance-release';
const imageType = 'application/vnd.oci.image.manifest.v1+json';
const signatureType = 'application/vnd.dev.cosign.simplesigning.v1+json';

export const digestOf = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const utf8 = (text: string) => new TextEncoder().encode(text);
const json = (value: unknown) => utf8(JSON.stringify(value));

/** A key pair as a publisher has it; `name` is the file it is trusted under. */
export function sampleKey(name = 'alga-test'): SampleKey {
	const {publicKey, privateKey} = generateKeyPairSync('ec', {namedCurve: 'P-256'});
	return {
		name,
		publicPem: publicKey.export({type: 'spki', format: 'pem'}).toString(),
		privatePem: privateKey.export({type: 'pkcs8', format: 'pem'}).toString(),
	};
}

/** cosign's signature object for a digest, as it is stored beside the artifact. */
export function signatureFor(repository: string, digest: string, key: SampleKey): SampleArtifact {
	const payload = json({
		critical: {
			identity: {'docker-reference': `ghcr.io/${repository}`},
			image: {'docker-manifest-digest': digest},
			type: 'cosign container image signature',
		},
		optional: null,
	});
	const signature = sign('sha256', payload, key.privatePem).toString('base64');
	return artifact(
		repository,
		[`${digest.replace(':', '-')}.sig`],
		{
			mediaType: 'application/vnd.oci.image.config.v1+json',
			bytes: json({architecture: '', os: '', rootfs: {type: 'layers', diff_ids: []}, config: {}}),
		},
		[{mediaType: signatureType, bytes: payload, annotations: {'dev.cosignproject.cosign/signature': signature}}],
	);
}

type Part = {
	readonly mediaType: string;
	readonly bytes: Uint8Array;
	readonly annotations?: Readonly<Record<string, string>>;
};

/** An OCI image manifest over its config and layers. */
export function artifact(
	repository: string,
	tags: readonly string[],
	config: Part,
	layers: readonly Part[],
): SampleArtifact {
	const descriptor = ({mediaType, bytes, annotations}: Part) => ({
		mediaType,
		digest: digestOf(bytes),
		size: bytes.byteLength,
		...(annotations && {annotations}),
	});
	const body = json({
		schemaVersion: 2,
		mediaType: imageType,
		config: descriptor(config),
		layers: layers.map(descriptor),
	});
	return {
		repository,
		tags,
		manifest: {mediaType: imageType, body},
		blobs: [config.bytes, ...layers.map(layer => layer.bytes)],
	};
}

/** A gzipped tar of text files. */
export async function tarOf(files: ReadonlyMap<string, string>): Promise<Uint8Array> {
	const tar = pack();
	for (const [name, content] of files) tar.entry({name, mtime: new Date(0)}, content);
	tar.finalize();
	const chunks: Uint8Array[] = [];
	for await (const chunk of tar) if (chunk instanceof Uint8Array) chunks.push(chunk);
	return gzipSync(Buffer.concat(chunks));
}

const fluxLayer = (bytes: Uint8Array): Part => ({mediaType: 'application/vnd.cncf.flux.content.v1.tar+gzip', bytes});
const fluxConfig: Part = {
	mediaType: 'application/vnd.cncf.flux.config.v1+json',
	bytes: json({created: '2026-01-01T00:00:00Z'}),
};

const imageNames = [
	'alga-psa-ee',
	'pgvector',
	'redis',
	'pgbouncer',
	'temporal',
	'temporal-ui',
	'workflow-worker',
	'temporal-worker',
	'email-service',
] as const;
const fluxControllers = ['source-controller', 'kustomize-controller', 'helm-controller'] as const;
const chartNames = [
	'sebastian',
	'pgbouncer',
	'temporal',
	'email-service',
	'workflow-worker',
	'temporal-worker',
] as const;

const component = (
	name: string,
	title: string,
	tier: 'core' | 'bootstrap' | 'login' | 'background',
	kind: 'Deployment' | 'StatefulSet' | 'Job',
	workload: string,
	helmRelease: string,
	image: string,
	more: Partial<ReleaseManifest['profile']['components'][number]> = {},
) => ({
	name,
	title,
	tier,
	workload: {kind, namespace: 'msp', name: workload},
	helmRelease,
	images: [image],
	volumes: [],
	secrets: [],
	dependsOn: [],
	...more,
});

const components: ReleaseManifest['profile']['components'] = [
	component('db', 'Database', 'core', 'StatefulSet', 'db', 'alga-core', 'pgvector', {
		volumes: [{claim: 'data-db-0', size: '20Gi'}],
		secrets: [{name: 'db-credentials', keys: ['DB_PASSWORD_SUPERUSER', 'DB_PASSWORD_SERVER']}],
	}),
	component('redis', 'Cache', 'core', 'StatefulSet', 'redis', 'alga-core', 'redis', {
		secrets: [{name: 'redis-credentials', keys: ['REDIS_PASSWORD']}],
	}),
	component('pgbouncer', 'Connection pool', 'core', 'Deployment', 'pgbouncer', 'pgbouncer', 'pgbouncer', {
		dependsOn: ['db'],
	}),
	component(
		'bootstrap',
		'Database preparation',
		'bootstrap',
		'Job',
		'alga-core-sebastian-bootstrap',
		'alga-core',
		'alga-psa-ee',
		{dependsOn: ['db', 'redis']},
	),
	component('alga-core', 'Application', 'login', 'Deployment', 'alga-core-sebastian', 'alga-core', 'alga-psa-ee', {
		dependsOn: ['db', 'redis', 'pgbouncer'],
	}),
	component('temporal', 'Workflow engine', 'background', 'Deployment', 'temporal', 'temporal', 'temporal', {
		dependsOn: ['db'],
	}),
	component('temporal-ui', 'Workflow console', 'background', 'Deployment', 'temporal-ui', 'temporal', 'temporal-ui', {
		dependsOn: ['temporal'],
	}),
	component(
		'workflow-worker',
		'Workflow worker',
		'background',
		'Deployment',
		'workflow-worker',
		'workflow-worker',
		'workflow-worker',
		{dependsOn: ['temporal']},
	),
	component(
		'temporal-worker',
		'Temporal worker',
		'background',
		'Deployment',
		'temporal-worker',
		'temporal-worker',
		'temporal-worker',
		{dependsOn: ['temporal']},
	),
	component(
		'email-service',
		'E-mail service',
		'background',
		'Deployment',
		'email-service',
		'email-service',
		'email-service',
	),
];

/** Versions of what a release brings along. */
export type SampleVersions = {readonly k3s?: string; readonly flux?: string};

/** A small but whole release, every part of it really there; `overrides` go into the manifest last. */
export async function sampleRelease(
	version: string,
	key: SampleKey,
	overrides: Partial<ReleaseManifest> = {},
	{k3s: k3sVersion = 'v1.33.4+k3s1', flux: fluxVersion = 'v2.6.4'}: SampleVersions = {},
): Promise<SampleRelease> {
	const binary = utf8(`#!/bin/sh\n# stands for the k3s binary\necho "k3s version ${k3sVersion} (a1b2c3d4)"\n`);
	const airgap = utf8(`images of k3s ${k3sVersion}`);
	const flux = artifact('fluxcd/flux-manifests', [fluxVersion], fluxConfig, [
		fluxLayer(
			await tarOf(
				new Map([
					['install.yaml', fluxManifests()],
					['VERSION', fluxVersion],
				]),
			),
		),
	]);
	const images = imageNames.map(name =>
		artifact(
			`nine-minds/${name}`,
			[version],
			{
				mediaType: 'application/vnd.oci.image.config.v1+json',
				bytes: json({architecture: 'amd64', os: 'linux', name, version, rootfs: {type: 'layers', diff_ids: []}}),
			},
			[{mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', bytes: smallLayer(name, version)}],
		),
	);
	const controllers = fluxControllers.map(name =>
		artifact(
			`fluxcd/${name}`,
			[version],
			{mediaType: 'application/vnd.oci.image.config.v1+json', bytes: json({architecture: 'amd64', os: 'linux', name})},
			[{mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', bytes: smallLayer(name, 'v1.6.2')}],
		),
	);
	const charts = chartNames.map(name =>
		artifact(
			`nine-minds/charts/${name}`,
			[version],
			{mediaType: 'application/vnd.cncf.helm.config.v1+json', bytes: json({name, version})},
			[{mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip', bytes: smallLayer(`chart ${name}`, version)}],
		),
	);
	const named = charts.map((chart, index) => ({
		name: chartNames[index] ?? '',
		repository: `ghcr.io/${chart.repository}`,
		version,
		digest: digestOf(chart.manifest.body),
	}));
	const config = artifact('nine-minds/alga-appliance-config', [version], fluxConfig, [
		fluxLayer(await tarOf(pinCharts(fluxAssets(version), named))),
	]);
	const manifest: ReleaseManifest = {
		schema: 'alga.appliance.release/v2',
		version,
		appVersion: version,
		channel: 'stable',
		builtAt: '2026-01-01T00:00:00Z',
		upgradeFrom: [],
		minimumManager: '1.0.0',
		notes: `What is new in ${version}.`,
		rollback: 'safe',
		os: {base: 'ubuntu-24.04'},
		requirements: {cpuCores: 2, memoryBytes: 8 * 2 ** 30, diskBytes: 60 * 2 ** 30},
		hosts: [
			{host: 'ghcr.io', port: 443, purpose: 'releases and images'},
			{host: 'pkg-containers.githubusercontent.com', port: 443, purpose: 'image downloads'},
		],
		k3s: {
			version: k3sVersion,
			binary: {amd64: {digest: digestOf(binary), size: binary.byteLength}},
			airgapImages: {amd64: {digest: digestOf(airgap), size: airgap.byteLength}},
		},
		flux: {
			version: fluxVersion,
			manifests: {repository: `ghcr.io/${flux.repository}`, digest: digestOf(flux.manifest.body)},
		},
		config: {repository: `ghcr.io/${config.repository}`, digest: digestOf(config.manifest.body)},
		charts: named,
		images: [...images, ...controllers].map((image, index) => ({
			name: [...imageNames, ...fluxControllers][index] ?? '',
			repository: `ghcr.io/${image.repository}`,
			digest: digestOf(image.manifest.body),
		})),
		values: Object.fromEntries(
			['alga-core', 'pgbouncer', 'temporal', 'email-service', 'workflow-worker', 'temporal-worker'].map(name => [
				name,
				{replicas: 1},
			]),
		),
		profile: {
			name: 'single-node',
			components,
			bootstrap: {component: 'bootstrap'},
			login: {component: 'alga-core', path: '/', port: 3000},
		},
		...overrides,
	};
	const release = artifact(
		releasePath,
		[version, manifest.channel],
		{mediaType: releaseMediaType, bytes: json(manifest)},
		[
			{mediaType: 'application/vnd.alga.appliance.k3s.v1', bytes: binary},
			{mediaType: 'application/vnd.alga.appliance.k3s-images.v1', bytes: airgap},
		],
	);
	const digest = digestOf(release.manifest.body);
	return {
		manifest,
		digest,
		artifacts: [
			release,
			signatureFor(releasePath, digest, key),
			flux,
			config,
			// Flux checks the tree's own signature again.
			signatureFor(config.repository, digestOf(config.manifest.body), key),
			...images,
			...controllers,
			...charts,
		],
	};
}

const smallLayer = (name: string, version: string) => gzipSync(utf8(`${name} ${version}`));

/** The Flux tree of the product itself, with the version noted so that each release has its own digest. */
function fluxAssets(version: string): ReadonlyMap<string, string> {
	const root = join(import.meta.dirname, '../../flux-assets');
	const files = readdirSync(root, {recursive: true, withFileTypes: true})
		.filter(entry => entry.isFile())
		.map(entry => join(entry.parentPath, entry.name))
		.sort();
	return new Map([
		...files.map((file): [string, string] => [relative(root, file), readFileSync(file, 'utf8')]),
		['RELEASE', `${version}\n`],
	]);
}

/** The shape of Flux's published install.yaml: names, definitions, controllers. The real one is far longer. */
function fluxManifests(): string {
	const definition = (group: string, version: string, kind: string) => {
		const plural = `${kind.toLowerCase().replace(/y$/, 'ie')}s`;
		return {
			apiVersion: 'apiextensions.k8s.io/v1',
			kind: 'CustomResourceDefinition',
			metadata: {name: `${plural}.${group}`},
			spec: {
				group,
				names: {kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase()},
				scope: 'Namespaced',
				versions: [
					{
						name: version,
						served: true,
						storage: true,
						subresources: {status: {}},
						schema: {openAPIV3Schema: {type: 'object', 'x-kubernetes-preserve-unknown-fields': true}},
					},
				],
			},
		};
	};
	const controller = (name: string) => ({
		apiVersion: 'apps/v1',
		kind: 'Deployment',
		metadata: {name, namespace: 'flux-system', labels: {app: name}},
		spec: {
			replicas: 1,
			selector: {matchLabels: {app: name}},
			template: {
				metadata: {labels: {app: name}},
				spec: {containers: [{name: 'manager', image: `fluxcd/${name}:v1.6.2`}]},
			},
		},
	});
	const objects = [
		{apiVersion: 'v1', kind: 'Namespace', metadata: {name: 'flux-system'}},
		definition('source.toolkit.fluxcd.io', 'v1', 'OCIRepository'),
		definition('source.toolkit.fluxcd.io', 'v1', 'HelmRepository'),
		definition('source.toolkit.fluxcd.io', 'v1', 'HelmChart'),
		definition('kustomize.toolkit.fluxcd.io', 'v1', 'Kustomization'),
		definition('helm.toolkit.fluxcd.io', 'v2', 'HelmRelease'),
		...fluxControllers.map(controller),
	];
	return objects.map(object => `---\n${JSON.stringify(object, undefined, 1)}\n`).join('');
}
