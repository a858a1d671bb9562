import type {ReleaseManifest} from '../../../shared/release/manifest.ts';
import type {SetupAnswers} from '../../../shared/setup/form.ts';
import type {KubeObject} from '../../cluster/cluster.ts';

/** Namespaces of the appliance (DESIGN §5). */
export const namespaces = ['flux-system', 'alga-system', 'msp'] as const;
export const tenantSecret = {
	apiVersion: 'v1',
	kind: 'Secret',
	namespace: 'msp',
	name: 'appliance-initial-tenant',
} as const;

const labels = {'app.kubernetes.io/managed-by': 'alga-appliance'};

export const namespaceObject = (name: string): KubeObject => ({
	apiVersion: 'v1',
	kind: 'Namespace',
	metadata: {name, labels},
});

/** The address the application is told it lives at. */
export const appUrlOf = (
	answers: Pick<SetupAnswers, 'appUrl'>,
	manifest: ReleaseManifest,
	address: string | undefined,
): string => answers.appUrl ?? `http://${address ?? 'localhost'}:${manifest.profile.login.port}`;

/** Helm values per release: a pure function of intent and release. JSON is YAML, so Flux reads it as it is. */
export function valuesObjects(manifest: ReleaseManifest, answers: SetupAnswers, appUrl: string): readonly KubeObject[] {
	const images = Object.fromEntries(
		manifest.images.map(image => [
			image.name,
			{repository: image.repository, digest: image.digest, reference: `${image.repository}@${image.digest}`},
		]),
	);
	const appliance = {
		releaseVersion: manifest.version,
		appUrl,
		images,
		...(answers.httpProxy && {proxy: {http: answers.httpProxy, noProxy: answers.noProxy}}),
	};
	return Object.entries(manifest.values).map(([release, values]) => ({
		apiVersion: 'v1',
		kind: 'ConfigMap',
		metadata: {name: `appliance-values-${release}`, namespace: 'alga-system', labels},
		data: {'values.yaml': `${JSON.stringify({...values, appliance}, undefined, 2)}\n`},
	}));
}

/** What is installed, for anybody who looks with kubectl. */
export const selectionObject = (
	manifest: ReleaseManifest,
	digest: string,
	channel: string,
	pin: string | undefined,
	appUrl: string,
): KubeObject => ({
	apiVersion: 'v1',
	kind: 'ConfigMap',
	metadata: {name: 'appliance-release-selection', namespace: 'alga-system', labels},
	data: {
		releaseVersion: manifest.version,
		appVersion: manifest.appVersion,
		releaseDigest: digest,
		channel,
		pinned: pin ?? '',
		appUrl,
		configDigest: manifest.config.digest,
	},
});

/** The first tenant and administrator; deleted once the bootstrap job has succeeded. */
export const tenantSecretObject = (answers: SetupAnswers, password: string): KubeObject => ({
	apiVersion: 'v1',
	kind: 'Secret',
	metadata: {name: tenantSecret.name, namespace: tenantSecret.namespace, labels},
	type: 'Opaque',
	stringData: {
		tenantName: answers.company,
		adminFirstName: answers.administrator.firstName,
		adminLastName: answers.administrator.lastName,
		adminEmail: answers.administrator.email,
		adminPassword: password,
	},
});

/** Where Flux takes our tree from: pinned by digest, which the signed release names (DESIGN D3). */
export const fluxSource = (
	manifest: ReleaseManifest,
	place: {readonly url: string; readonly [field: string]: unknown},
): KubeObject => ({
	apiVersion: 'source.toolkit.fluxcd.io/v1',
	kind: 'OCIRepository',
	metadata: {name: 'alga-appliance', namespace: 'flux-system', labels},
	spec: {
		interval: '10m',
		ref: {digest: manifest.config.digest},
		timeout: '60s',
		...place,
	},
});

export const fluxRoot = (manifest: ReleaseManifest, patches: readonly unknown[]): KubeObject => ({
	apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
	kind: 'Kustomization',
	metadata: {name: 'alga-appliance', namespace: 'flux-system', labels},
	spec: {
		interval: '10m',
		path: `./profiles/${manifest.profile.name}`,
		prune: true,
		wait: false,
		timeout: '5m',
		...(patches.length > 0 && {patches}),
		sourceRef: {kind: 'OCIRepository', name: 'alga-appliance'},
	},
});
