import assert from 'node:assert/strict';
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {join, relative} from 'node:path';
import {suite, test} from 'node:test';
import {parseAllDocuments} from 'yaml';
import * as z from 'zod';
import {pinCharts} from '../../../shared/release/flux-tree.ts';
import {sampleKey, sampleRelease} from '../../harness/release.ts';

const root = join(import.meta.dirname, '../../../flux-assets');
const definitions = join(import.meta.dirname, '../../../../shared/reference/flux-crds');
const {manifest} = await sampleRelease('1.0.0', sampleKey());

const files = new Map(
	readdirSync(root, {recursive: true, withFileTypes: true})
		.filter(entry => entry.isFile())
		.map(entry => join(entry.parentPath, entry.name))
		.map(path => [relative(root, path), readFileSync(path, 'utf8')]),
);
const Resource = z.looseObject({
	apiVersion: z.string(),
	kind: z.string(),
	metadata: z.looseObject({
		name: z.string(),
		namespace: z.string().optional(),
		labels: z.record(z.string(), z.string()).optional(),
	}),
	spec: z.record(z.string(), z.unknown()).optional(),
});
const read = (texts: Iterable<[string, string]>) =>
	[...texts].flatMap(([file, text]) =>
		parseAllDocuments(text).map(document => {
			assert.deepEqual(document.errors, [], file);
			return {file, value: document.toJS()};
		}),
	);
const objects = read(
	[...pinCharts(files, manifest.charts)].filter(([file]) => !file.endsWith('kustomization.yaml')),
).map(({file, value}) => ({file, ...Resource.parse(value)}));
const ofKind = (kind: string) => objects.filter(object => object.kind === kind);
const dependsOn = z.array(z.object({name: z.string()})).default([]);

suite('the Flux tree', () => {
	test('every chart is pinned by the digest of its release, and none by a tag', () => {
		const sources = ofKind('OCIRepository');
		assert.equal(sources.length, manifest.charts.length);
		for (const {spec, file} of sources) {
			const {url, ref} = z.object({url: z.string(), ref: z.strictObject({digest: z.string()})}).parse(spec, {
				error: () => file,
			});
			const chart = manifest.charts.find(one => url === `oci://${one.repository}`);
			assert.equal(ref.digest, chart?.digest, url);
		}
	});

	test('a chart that the release does not name stops the build', () => {
		assert.throws(() => pinCharts(files, manifest.charts.slice(1)), /does not name/);
	});

	for (const profile of ['single-node', 'ha-3node'])
		test(`${profile}: one tier after the other, each from a folder that is there`, () => {
			const tiers = ofKind('Kustomization').filter(({file}) => file.startsWith(`profiles/${profile}/`));
			assert.deepEqual(
				tiers.map(({metadata, spec}) => [metadata.name, dependsOn.parse(spec?.dependsOn).map(one => one.name)]),
				[
					['alga-platform', []],
					['alga-core', ['alga-platform']],
					['alga-background', ['alga-core']],
				],
			);
			for (const {spec} of tiers) assert.ok(existsSync(join(root, String(spec?.path), 'kustomization.yaml')));
		});

	test('each kustomization lists every file beside it', () => {
		for (const [file, text] of files) {
			if (!file.endsWith('kustomization.yaml')) continue;
			const listed = z.object({resources: z.array(z.string())}).parse(parseAllDocuments(text)[0]?.toJS()).resources;
			const there = [...files.keys()]
				.filter(one => one.startsWith(file.replace('kustomization.yaml', '')) && one !== file)
				.map(one => one.slice(file.length - 'kustomization.yaml'.length));
			assert.deepEqual([...listed].sort(), there.sort(), file);
		}
	});

	test('namespaces that hold data are never pruned', () => {
		for (const {metadata} of ofKind('Namespace'))
			assert.equal(metadata.labels?.['kustomize.toolkit.fluxcd.io/prune'], 'disabled', metadata.name);
	});

	test('every Helm release has its values, tries again, and waits for nobody’s login', () => {
		const releases = ofKind('HelmRelease');
		assert.deepEqual(releases.map(one => one.metadata.name).sort(), Object.keys(manifest.values).sort());
		const Retries = z.object({disableWait: z.literal(true), remediation: z.object({retries: z.int().positive()})});
		for (const {metadata, spec} of releases) {
			assert.equal(metadata.namespace, 'alga-system');
			const {valuesFrom, targetNamespace} = z
				.object({
					targetNamespace: z.string(),
					install: Retries,
					upgrade: Retries,
					valuesFrom: z.array(z.object({kind: z.literal('ConfigMap'), name: z.string()})),
				})
				.parse(spec);
			assert.equal(targetNamespace, 'msp');
			assert.deepEqual(valuesFrom, [{kind: 'ConfigMap', name: `appliance-values-${metadata.name}`}]);
			for (const {name} of dependsOn.parse(spec?.dependsOn))
				assert.ok(
					releases.some(one => one.metadata.name === name),
					name,
				);
		}
	});

	const skip = existsSync(definitions) ? false : 'Flux’s definitions are not here';
	test('every object is what Flux’s own definitions allow, with no unknown field', {skip}, () => {
		const Definition = z.object({
			spec: z.object({
				group: z.string(),
				names: z.object({kind: z.string()}),
				versions: z.array(
					z.object({name: z.string(), schema: z.object({openAPIV3Schema: z.record(z.string(), z.unknown())})}),
				),
			}),
		});
		const schemas = new Map<string, z.ZodType>(
			read(readdirSync(definitions).map(name => [name, readFileSync(join(definitions, name), 'utf8')]))
				.map(({value}) => Definition.parse(value).spec)
				.flatMap(({group, names, versions}) =>
					versions.map(
						({name, schema}) =>
							[`${group}/${name} ${names.kind}`, z.fromJSONSchema(closed(schema.openAPIV3Schema))] as const,
					),
				),
		);
		let checked = 0;
		for (const {file, ...object} of objects) {
			const schema = schemas.get(`${object.apiVersion} ${object.kind}`);
			if (schema === undefined) {
				assert.equal(object.apiVersion, 'v1', `${file}: ${object.apiVersion} ${object.kind} is not known`);
				continue;
			}
			const {metadata: _, ...rest} = object;
			const parsed = schema.safeParse(rest);
			assert.ok(parsed.success, `${file} ${object.kind}: ${parsed.error && z.prettifyError(parsed.error)}`);
			checked++;
		}
		assert.ok(checked > 15, `only ${checked} checked`);
	});
});

type Schema = Record<string, unknown>;
const isSchema = (value: unknown): value is Schema =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

/** The same schema as the API server applies it: fields that are not named do not exist. Kubernetes’ own keywords go. */
function closed(schema: Schema): Schema {
	const kept = Object.entries(schema).filter(([key]) => !key.startsWith('x-kubernetes') && key !== 'description');
	const entries = kept.map(([key, value]): [string, unknown] => {
		if (key === 'properties' && isSchema(value))
			return [
				key,
				Object.fromEntries(Object.entries(value).map(([name, one]) => [name, isSchema(one) ? closed(one) : one])),
			];
		return [key, isSchema(value) && ['items', 'additionalProperties'].includes(key) ? closed(value) : value];
	});
	const open = schema['x-kubernetes-preserve-unknown-fields'] === true;
	return {
		...Object.fromEntries(entries),
		...(isSchema(schema.properties) && !open && !('additionalProperties' in schema) && {additionalProperties: false}),
	};
}
