import type {Component, ReleaseManifest} from '../../../shared/release/manifest.ts';
import {at, type Draft} from '../kube/object.ts';
import {bootstrapMark, dependsMark, waitContainer} from './run.ts';

/** Where an image is taken from, as the values of a release say. */
export type ImageOf = (name: string) => string;

/** The image references that rendered values carry, with the release's own as what they default to. */
export function imagesIn(values: unknown, manifest: ReleaseManifest): ImageOf {
	return name => {
		const given = at(values, 'appliance', 'images', name, 'reference');
		if (typeof given === 'string') return given;
		const image = manifest.images.find(one => one.name === name);
		return image === undefined ? name : `${image.repository}@${image.digest}`;
	};
}

/** The components that one Helm release brings. */
export const componentsOf = (manifest: ReleaseManifest, release: string): readonly Component[] =>
	manifest.profile.components.filter(one => one.helmRelease === release);

/** What a chart makes of one component: its claims, its workload and a Service. */
export function render(component: Component, manifest: ReleaseManifest, imageOf: ImageOf): readonly Draft[] {
	const {name, workload, volumes, secrets} = component;
	const {bootstrap, login} = manifest.profile;
	// The application does not start before its database is prepared.
	const dependsOn = login.component === name ? [...component.dependsOn, bootstrap.component] : component.dependsOn;
	const {namespace} = workload;
	const labels = {
		'app.kubernetes.io/name': workload.name,
		'app.kubernetes.io/component': name,
		'app.kubernetes.io/instance': component.helmRelease ?? name,
		'app.kubernetes.io/managed-by': 'Helm',
	};
	const isBootstrap = bootstrap.component === name;
	const annotations = {
		...(dependsOn.length > 0 && {[dependsMark]: dependsOn.join(',')}),
		...(isBootstrap && {[bootstrapMark]: 'true'}),
	};
	const env = secrets.flatMap(({name: secret, keys}) =>
		// The initial tenant is only there for the first run.
		keys.map(key => ({
			name: key.toUpperCase().replace(/[^A-Z0-9]/g, '_'),
			valueFrom: {secretKeyRef: {name: secret, key, ...(secret === 'appliance-initial-tenant' && {optional: true})}},
		})),
	);
	const template = {
		metadata: {labels, annotations},
		spec: {
			restartPolicy: workload.kind === 'Job' ? 'Never' : 'Always',
			...(dependsOn.length > 0 && {
				initContainers: [{name: waitContainer, image: imageOf(component.images[0] ?? name)}],
			}),
			containers: [
				{
					name,
					image: imageOf(component.images[0] ?? name),
					env,
					volumeMounts: volumes.map(({claim}) => ({name: claim, mountPath: `/var/lib/${claim}`})),
				},
			],
			volumes: volumes.map(({claim}) => ({name: claim, persistentVolumeClaim: {claimName: claim}})),
		},
	};
	const claims = volumes.map(({claim, size}) => ({
		apiVersion: 'v1',
		kind: 'PersistentVolumeClaim',
		metadata: {name: claim, namespace, labels, annotations: {'helm.sh/resource-policy': 'keep'}},
		spec: {accessModes: ['ReadWriteOnce'], resources: {requests: {storage: size}}},
		status: {phase: 'Pending'},
	}));
	const metadata = {name: workload.name, namespace, labels};
	if (workload.kind === 'Job')
		return [...claims, {apiVersion: 'batch/v1', kind: 'Job', metadata, spec: {backoffLimit: 3, template}}];
	const service = {
		apiVersion: 'v1',
		kind: 'Service',
		metadata,
		spec: {selector: {'app.kubernetes.io/component': name}, ports: [{name: 'main', port: portOf(name, manifest)}]},
	};
	return [
		...claims,
		service,
		{
			apiVersion: 'apps/v1',
			kind: workload.kind,
			metadata,
			spec: {
				replicas: 1,
				// What the charts of the product say: an image on a slow line takes its time.
				progressDeadlineSeconds: 2400,
				selector: {matchLabels: {'app.kubernetes.io/component': name}},
				template,
				...(workload.kind === 'StatefulSet' && {serviceName: workload.name, podManagementPolicy: 'OrderedReady'}),
			},
		},
	];
}

const wellKnown: Readonly<Record<string, number>> = {
	db: 5432,
	redis: 6379,
	pgbouncer: 6432,
	temporal: 7233,
	'temporal-ui': 8080,
};
const portOf = (name: string, {profile}: ReleaseManifest) =>
	name === profile.login.component ? profile.login.port : (wellKnown[name] ?? 8000);
