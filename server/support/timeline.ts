import type {ClusterFacts, Condition, Container, Pod} from '../../shared/facts/cluster.ts';
import {type Fact, type Instant, lastSeen} from '../../shared/facts/fact.ts';
import {duration} from '../../shared/format.ts';
import {operationTitle} from '../../shared/operations/operation.ts';
import {ok} from '../../shared/problem.ts';
import type {JournalEntry} from '../engine/journal.ts';
import type {Item, Sources} from './items.ts';

/** One thing that happened. */
export type Moment = {
	readonly at: Instant;
	readonly from: 'step' | 'appliance' | 'unit' | 'event' | 'condition' | 'container' | 'machine';
	/** What it is about: an operation, a unit, an object. */
	readonly about: string;
	readonly severity: 'info' | 'warning' | 'error';
	readonly text: string;
};

/** The newest are kept. */
const most = 4000;
const mostOfUnit = 1000;
const longest = 600;
/** Units whose trouble explains the others', of which only trouble, starts and stops are told. */
const units = ['k3s', 'alga-appliance', 'alga-appliance-gateway', 'kernel'] as const;
/** Words of systemd about a unit, whatever their level. */
const ofSystemd =
	/^(?:Start(?:ed|ing)|Stopp(?:ed|ing)|Reload(?:ed|ing)|Failed to start) |Main process exited|Failed with result|Scheduled restart job|State '.*' timed out|oom-kill|Out of memory/u;

export const timelineFile = 'timeline.ndjson';

/** Everything that has a time, from every source, in one order: what came before what is half of every diagnosis. */
export const timeline: Item = {
	file: timelineFile,
	title: 'What happened, from every source, by time',
	deadlineMs: 20_000,
	collect: async (sources, signal) => {
		const {evidence} = sources;
		const lines = await Promise.all(units.map(unit => unitMoments(sources, unit, signal)));
		const moments = [
			...evidence.operations.flatMap(stepMoments),
			...evidence.activities.map(({at, mark, source, text}): Moment => {
				const severity = mark === 'failed' ? 'error' : mark === 'attention' ? 'warning' : 'info';
				return {at, from: 'appliance', about: source, severity, text};
			}),
			...bootOf(sources),
			...clusterMoments(evidence.cluster),
			...lines.flat(),
		];
		return ok(linesOf(moments));
	},
};

/** A moment a line, the oldest first; those without a time are left out. */
export function linesOf(moments: readonly Moment[]): string {
	return moments
		.filter(({at}) => Number.isFinite(at) && at > 0)
		.toSorted((a, b) => a.at - b.at)
		.slice(-most)
		.map(
			({at, text, ...rest}) =>
				`${JSON.stringify({at: new Date(at).toISOString(), ...rest, text: text.slice(0, longest)})}\n`,
		)
		.join('');
}

function stepMoments({id, kind, startedAt, endedAt, state, problem, steps}: JournalEntry): readonly Moment[] {
	const tell = (at: Instant, text: string, severity: Moment['severity'] = 'info'): Moment => ({
		at,
		from: 'step',
		about: id,
		severity,
		text,
	});
	const bad = state === 'failed' || state === 'interrupted' ? 'error' : 'info';
	return [
		tell(startedAt, `${operationTitle[kind]} begins`),
		...[...steps].flatMap(([step, now]) => {
			if (now.is === 'waiting') return [];
			const began = tell(
				now.since,
				`${step} begins${'attempt' in now && now.attempt > 1 ? `, attempt ${now.attempt}` : ''}`,
			);
			if (now.is === 'done')
				return [
					began,
					tell(
						now.until,
						`${step} is done${now.already ? ': it was already so' : ` after ${duration(now.until - now.since)}`}`,
					),
				];
			if (now.is === 'failed') return [began, tell(now.until, `${step} stops: ${now.problem.what}`, 'error')];
			return [began];
		}),
		...(endedAt === undefined
			? []
			: [tell(endedAt, `${operationTitle[kind]}: ${state}${problem ? `: ${problem.what}` : ''}`, bad)]),
	];
}

const bootOf = ({evidence}: Sources): readonly Moment[] => {
	const machine = lastSeen(evidence.host.machine);
	return machine
		? [
				{
					at: machine.bootedAt,
					from: 'machine',
					about: machine.hostname,
					severity: 'info',
					text: 'The machine was started',
				},
			]
		: [];
};

async function unitMoments({logs}: Sources, unit: string, signal: AbortSignal): Promise<readonly Moment[]> {
	const found: Moment[] = [];
	// First what systemd says of it, among all levels; then the trouble further back.
	for (const severity of ['all', 'warning'] as const) {
		const page = await logs
			.page(`unit:${unit}`, {direction: 'older', limit: 500, severity, from: 'end', previous: false})
			.catch(() => undefined);
		if (!page?.ok || signal.aborted) break; // The unit's own log in the bundle says why it could not be read.
		for (const {at, severity: level, text} of page.value.lines) {
			const isTrouble = level === 'warning' || level === 'error';
			if (at === undefined || (severity === 'all' ? !ofSystemd.test(text) || isTrouble : !isTrouble)) continue;
			found.push({at, from: 'unit', about: unit, severity: isTrouble ? level : 'info', text});
		}
	}
	return found.slice(-mostOfUnit);
}

function clusterMoments({events, flux, nodes, pods, jobs}: ClusterFacts): readonly Moment[] {
	return [
		...seen(events).map(({lastAt, type, reason, message, count, about}): Moment => {
			const times = count > 1 ? ` (${count} times)` : '';
			const severity = type === 'Warning' ? 'warning' : 'info';
			return {at: lastAt, from: 'event', about: nameOf(about), severity, text: `${reason}: ${message}${times}`};
		}),
		...[...seen(flux), ...seen(nodes), ...seen(jobs)].flatMap(one => one.conditions.flatMap(turned(nameOf(one)))),
		...seen(pods).flatMap(pod => [...pod.initContainers, ...pod.containers].flatMap(runs(pod))),
	];
}

const seen = <T>(fact: Fact<readonly T[]>): readonly T[] => lastSeen(fact) ?? [];
const nameOf = ({kind, namespace, name}: {readonly kind: string; readonly namespace: string; readonly name: string}) =>
	`${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`;

const turned =
	(about: string) =>
	({type, status, reason, message, at}: Condition): readonly Moment[] => {
		if (at === undefined) return [];
		const severity = status === 'False' && (type === 'Ready' || type === 'Released') ? 'warning' : 'info';
		const text = `${type} became ${status}${reason ? `, ${reason}` : ''}${message ? `: ${message}` : ''}`;
		return [{at, from: 'condition', about, severity, text}];
	};

const runs =
	(pod: Pod) =>
	({name, state, last, restarts}: Container): readonly Moment[] => {
		const about = `${nameOf(pod)} (${name})`;
		const of = [last, state].flatMap((one): readonly Moment[] => {
			if (one?.is === 'running' && one.startedAt !== undefined)
				return [
					{
						at: one.startedAt,
						from: 'container',
						about,
						severity: 'info',
						text: `started${restarts > 0 ? `, start ${restarts + 1}` : ''}`,
					},
				];
			if (one?.is !== 'terminated' || one.finishedAt === undefined) return [];
			const how = one.signal === undefined ? `exit code ${one.exitCode}` : `signal ${one.signal}`;
			const why = [one.reason, one.message].filter(Boolean).join(': ');
			const severity = one.exitCode === 0 ? 'info' : 'error';
			return [
				{at: one.finishedAt, from: 'container', about, severity, text: `ended with ${how}${why ? `, ${why}` : ''}`},
			];
		});
		return of;
	};
