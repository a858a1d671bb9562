import type {CoreV1Event, CoreV1EventSeries, V1ObjectReference} from '@kubernetes/client-node';
import type {ClusterEvent} from '../../../shared/facts/cluster.ts';
import {metaOf} from './meta.ts';
import {count, instant, object, oneOf, text} from './read.ts';

/** Both ways of counting repetitions are read: `count` of the old recorders and `series` of the new. */
export function event(raw: unknown): ClusterEvent {
	const given = object<CoreV1Event>(raw);
	const series = object<CoreV1EventSeries>(given.series);
	const about = object<V1ObjectReference>(given.involvedObject);
	const {name, namespace, uid, createdAt} = metaOf(raw);
	return {
		kind: 'Event',
		name,
		namespace,
		uid,
		labels: {},
		...(createdAt !== undefined && {createdAt}),
		type: oneOf(given.type, ['Normal', 'Warning'], 'Normal'),
		reason: text(given.reason) ?? '',
		message: text(given.message) ?? '',
		count: count(series.count) ?? count(given.count) ?? 1,
		lastAt:
			instant(series.lastObservedTime) ??
			instant(given.lastTimestamp) ??
			instant(given.eventTime) ??
			instant(given.firstTimestamp) ??
			createdAt ??
			0,
		about: {kind: text(about.kind) ?? '', namespace: text(about.namespace) ?? '', name: text(about.name) ?? ''},
	};
}
