import * as z from 'zod';

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'a digest like sha256:<64 hex digits>');
const semver = z.string().regex(/^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/, 'a version like 1.4.2');
const name = z.string().regex(/^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/, 'a lower-case name');
const repository = z
	.string()
	.regex(/^[a-z0-9.-]+(?::\d+)?(?:\/[a-z0-9._-]+)+$/, 'a repository like ghcr.io/owner/name');
/** A file stored as a blob of the release's own repository. */
const blob = z.object({digest, size: z.int().positive()});
const perArchitecture = z.object({amd64: blob, arm64: blob.optional()});

const component = z.object({
	name,
	/** What a technician calls it. */
	title: z.string().min(1),
	tier: z.enum(['core', 'bootstrap', 'login', 'background']),
	workload: z.object({kind: z.enum(['Deployment', 'StatefulSet', 'DaemonSet', 'Job']), namespace: name, name}),
	/** The HelmRelease in alga-system that brings it. */
	helmRelease: name.optional(),
	/** Names in `images` it runs. */
	images: z.array(name).default([]),
	volumes: z.array(z.object({claim: name, size: z.string()})).default([]),
	/** Secrets that must exist with these keys before it can start. */
	secrets: z.array(z.object({name, keys: z.array(z.string())})).default([]),
	/** Components it cannot work without. */
	dependsOn: z.array(name).default([]),
});

/**
 * One release, whole: the config blob of the release artifact (media type below). All that is ever fetched for it is
 * named here by digest. Version 2 of the format; the incumbent's first is read by `release/v1.ts`.
 */
export const ReleaseManifest = z.object({
	schema: z.literal('alga.appliance.release/v2'),
	version: semver,
	/** Version of the application as its users see it. */
	appVersion: z.string(),
	channel: z.enum(['stable', 'candidate', 'nightly']),
	builtAt: z.iso.datetime(),
	/** Releases this one can follow; empty for a first release. `1.3.x` covers a minor. */
	upgradeFrom: z.array(z.string()),
	minimumManager: semver,
	notes: z.string().optional(),
	rollback: z.enum(['safe', 'data-restore', 'none']).default('safe'),
	os: z.object({base: z.string()}),
	requirements: z.object({
		cpuCores: z.int().positive(),
		memoryBytes: z.int().positive(),
		diskBytes: z.int().positive(),
	}),
	/** Hosts that must be reachable, for the checks before installation. */
	hosts: z.array(z.object({host: z.string(), port: z.int().default(443), purpose: z.string()})),
	k3s: z.object({version: z.string(), binary: perArchitecture, airgapImages: perArchitecture.optional()}),
	/** Flux's published manifests, an OCI artifact with one tar layer. */
	flux: z.object({version: z.string(), manifests: z.object({repository, digest})}),
	/** Our Flux tree (OCIRepository → Kustomizations), an OCI artifact with one tar layer. */
	config: z.object({repository, digest}),
	charts: z.array(z.object({name, repository, version: z.string(), digest})),
	images: z.array(z.object({name, repository, digest, size: z.int().positive().optional()})),
	/** Helm values per release name; rendered with the site's intent into ConfigMaps. */
	values: z.record(name, z.record(z.string(), z.unknown())),
	profile: z.object({
		name: z.string(),
		components: z.array(component).min(1),
		/** The Job that prepares the database and makes the first administrator. */
		bootstrap: z.object({component: name, seedQuery: z.string().optional()}),
		/** What must answer before anybody is told to log in. */
		login: z.object({component: name, path: z.string().startsWith('/').default('/'), port: z.int().default(3000)}),
	}),
});

export type ReleaseManifest = z.infer<typeof ReleaseManifest>;
export type Component = ReleaseManifest['profile']['components'][number];
export type Channel = ReleaseManifest['channel'];

/** The config blob's media type: it makes the artifact recognisable in any registry. */
export const releaseMediaType = 'application/vnd.alga.appliance.release.config.v2+json';

/** Where releases come from unless a mirror is set (DESIGN D2). */
export const releaseRepository = 'ghcr.io/nine-minds/alga-appliance-release';
