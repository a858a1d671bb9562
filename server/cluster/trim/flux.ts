import type {FluxObject} from '../../../shared/facts/cluster.ts';
import {conditionsOf, metaOf} from './meta.ts';
import {count, flag, list, object, present, text} from './read.ts';

/** The fields of Flux's sources, Kustomizations and HelmReleases that are read (fluxcd.io, API reference v1 and v2). */
type Spec = {suspend: unknown; url: unknown; dependsOn: unknown};
type Status = {
	observedGeneration: unknown;
	conditions: unknown;
	artifact: unknown;
	lastAppliedRevision: unknown;
	lastAttemptedRevision: unknown;
	history: unknown;
};

export function flux(kind: FluxObject['kind']): (raw: unknown) => FluxObject {
	return raw => {
		const given = object<{spec: unknown; status: unknown}>(raw);
		const spec = object<Spec>(given.spec);
		const status = object<Status>(given.status);
		const meta = metaOf(raw);
		// A HelmRelease names what it runs only in the newest entry of its history.
		const newest = list<{chartVersion: unknown}>(status.history)[0];
		return {
			kind,
			...meta,
			...present<Pick<FluxObject, 'observedGeneration' | 'url' | 'revision' | 'lastAttemptedRevision'>>({
				observedGeneration: count(status.observedGeneration),
				url: text(spec.url),
				revision:
					text(status.lastAppliedRevision) ??
					text(object<{revision: unknown}>(status.artifact).revision) ??
					text(newest?.chartVersion),
				lastAttemptedRevision: text(status.lastAttemptedRevision),
			}),
			suspended: flag(spec.suspend),
			conditions: conditionsOf(status.conditions),
			// The name alone within one namespace, as Flux writes it; `namespace/name` across.
			dependsOn: list<{name: unknown; namespace: unknown}>(spec.dependsOn).map(each => {
				const namespace = text(each.namespace) ?? meta.namespace;
				return namespace === meta.namespace ? (text(each.name) ?? '') : `${namespace}/${text(each.name) ?? ''}`;
			}),
		};
	};
}
