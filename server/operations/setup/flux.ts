import {parseAllDocuments} from 'yaml';
import * as z from 'zod';
import type {Workload} from '../../../shared/facts/cluster.ts';
import {fail, ok, type Result} from '../../../shared/problem.ts';
import {pinnedImage} from '../../../shared/release/flux-tree.ts';
import type {ReleaseManifest} from '../../../shared/release/manifest.ts';
import type {KubeObject} from '../../cluster/cluster.ts';
import {deadline} from '../../engine/clock.ts';
import type {Step, Work} from '../step.ts';
import type {SetupRun} from './input.ts';
import {targetRelease} from './release.ts';
import {sourceObjects} from './source.ts';

/** The controllers the appliance's tree needs; the others of Flux may be there too. */
const controllers = ['source-controller', 'kustomize-controller', 'helm-controller'];
const controllersDeadlineMs = 600_000;

const Manifest = z.looseObject({
	apiVersion: z.string(),
	kind: z.string(),
	metadata: z.looseObject({name: z.string(), namespace: z.string().optional()}),
});

const Deployment = z.looseObject({
	kind: z.literal('Deployment'),
	spec: z.looseObject({
		template: z.looseObject({spec: z.looseObject({containers: z.array(z.looseObject({image: z.string()}))})}),
	}),
});

/** Flux from its published manifests, pinned by digest, by server-side apply (DESIGN D6). */
export const installFlux: Step<SetupRun> = {
	id: 'flux',
	title: 'Flux installed',
	phase: 'flux',
	usualMs: [30_000, 120_000],
	effect: 'changes',
	check: async work => {
		const wanted = targetRelease(work.records);
		if (!wanted.ok) return wanted;
		const present = await work.cluster.get(
			{apiVersion: 'v1', kind: 'ConfigMap', namespace: 'flux-system', name: 'appliance-flux'},
			work.signal,
		);
		if (!present.ok) return present;
		const digest = z.object({data: z.object({digest: z.string()})}).safeParse(present.value).data?.data.digest;
		return ok(digest === wanted.value.manifest.flux.manifests.digest && waiting(work).length === 0);
	},
	run: applyFlux,
	verify: waitForControllers,
};

async function applyFlux(work: Work<SetupRun>): Promise<Result<void>> {
	const {cluster, registry, records, input, signal, detail, log} = work;
	const target = targetRelease(records);
	if (!target.ok) return target;
	const {flux} = target.value.manifest;
	detail(`fetching Flux ${flux.version}`);
	const files = await registry(input.answers).files(
		{repository: flux.manifests.repository, reference: flux.manifests.digest},
		signal,
	);
	if (!files.ok) return files;
	const objects = parseObjects(
		[...files.value]
			.filter(([path]) => /\.ya?ml$/.test(path) && !/kustomization\.ya?ml$/.test(path))
			.map(([, text]) => text),
	);
	if (!objects.ok) return objects;
	// Names first: a definition or namespace must exist before what uses it.
	const rank = (object: KubeObject) =>
		object.kind === 'Namespace' ? 0 : object.kind === 'CustomResourceDefinition' ? 1 : 2;
	const ordered = objects.value
		.map(object => pinImages(object, target.value.manifest.images))
		.sort((a, b) => rank(a) - rank(b));
	for (const [index, object] of ordered.entries()) {
		detail(`${index + 1} of ${ordered.length} objects of Flux ${flux.version}`);
		const applied = await cluster.apply(object, signal);
		if (!applied.ok) return applied;
	}
	log(`applied ${ordered.length} objects of Flux ${flux.version}`);
	const noted = await cluster.apply(
		{
			apiVersion: 'v1',
			kind: 'ConfigMap',
			metadata: {name: 'appliance-flux', namespace: 'flux-system'},
			data: {version: flux.version, digest: flux.manifests.digest},
		},
		signal,
	);
	return noted.ok ? ok(undefined) : noted;
}

/** The controllers run the very bytes that the signed release names, whatever tag Flux's manifests carry. */
function pinImages(object: KubeObject, images: ReleaseManifest['images']): KubeObject {
	const deployment = Deployment.safeParse(object);
	if (!deployment.success) return object;
	const {spec} = deployment.data;
	const pinned = (containers: readonly {image: string}[]) =>
		containers.map(container => ({...container, image: pinnedImage(container.image, images)}));
	const template = {...spec.template, spec: {...spec.template.spec, containers: pinned(spec.template.spec.containers)}};
	return {...object, spec: {...spec, template}};
}

/** The Kubernetes objects of some YAML files; a document that is none is the release's fault and is named. */
function parseObjects(texts: readonly string[]): Result<readonly KubeObject[]> {
	const objects: KubeObject[] = [];
	for (const document of texts.flatMap(text => parseAllDocuments(text))) {
		if (!('toJS' in document) || document.contents === null) continue;
		const parsed = Manifest.safeParse(document.toJS());
		if (!parsed.success)
			return fail({
				code: 'artifact.invalid',
				what: 'The release’s Flux manifests hold something that is not a Kubernetes object.',
				next: 'Choose another release and report this one.',
				detail: z.prettifyError(parsed.error),
				retry: 'after-fix',
			});
		objects.push(parsed.data);
	}
	return ok(objects);
}

const available = (workload: Workload | undefined) =>
	workload !== undefined &&
	(workload.available ?? 0) > 0 &&
	(workload.observedGeneration ?? 0) >= (workload.generation ?? 0);

function waiting({cluster}: Work<SetupRun>): readonly string[] {
	const {workloads} = cluster.facts();
	if (workloads.state !== 'known') return controllers;
	return controllers.filter(
		name => !available(workloads.value.find(one => one.namespace === 'flux-system' && one.name === name)),
	);
}

async function waitForControllers(work: Work<SetupRun>): Promise<Result<void>> {
	const {clock, signal, detail} = work;
	const isLate = deadline(clock, controllersDeadlineMs);
	for (;;) {
		const missing = waiting(work);
		if (missing.length === 0) return ok(undefined);
		detail(`waiting for ${missing.join(', ')}`);
		if (isLate()) {
			return fail({
				code: 'flux.not-ready',
				what: `Flux did not start in 10 minutes: ${missing.join(', ')}.`,
				next: 'Open Diagnostics: it names what holds its pods. Then retry.',
				retry: 'safe',
			});
		}
		await clock.sleep(1000, signal);
	}
}

/** Flux is pointed at the release's tree; from here on it runs the application. */
export const applySource: Step<SetupRun> = {
	id: 'source',
	title: 'Application handed to Flux',
	phase: 'flux',
	usualMs: [1000, 10_000],
	effect: 'changes',
	// Applying is cheap and says the same each time: it is always done, so that the source is never an older one.
	check: async () => ok(false),
	run: async work => {
		const {cluster, records, signal} = work;
		const target = targetRelease(records);
		if (!target.ok) return target;
		const objects = await sourceObjects({...work, files: work.registry(work.input.answers).files}, target.value);
		if (!objects.ok) return objects;
		for (const object of objects.value) {
			const applied = await cluster.apply(object, signal);
			if (!applied.ok) return applied;
		}
		return ok(undefined);
	},
	verify: async () => ok(undefined),
};
