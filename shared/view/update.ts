import type {BlockerView, Mark, TierView, View} from './view.ts';
import {dayWords} from './words.ts';

type Updates = View['updates'];
type Offer = NonNullable<Updates['available']>;
type Trouble = Updates['troubles'][number];

/** What does not work now and an update would be begun in spite of; each is accepted by its id. */
export function troublesOf({
	blockers,
	tiers,
}: {
	readonly blockers: readonly BlockerView[];
	readonly tiers: readonly TierView[];
}): readonly Trouble[] {
	const serious = blockers.filter(({severity}) => severity === 'critical' || severity === 'background');
	if (serious.length > 0) return serious.map(({id, title}) => ({id, text: title}));
	const login = tiers.find(({id}) => id === 'login');
	return login?.ready ? [] : [{id: 'login', text: login?.reason ?? 'login was not looked at yet'}];
}

/** What may be installed now: what is offered, or the first step of the way to it. */
export const nextStep = ({allowed, version, digest, next}: Offer) =>
	allowed ? {version, digest} : next === '' ? undefined : {version: next};

/** What stands where a release to install would: nothing is called the newest that was not looked for. */
export function offerWords({
	updates,
	operation,
}: Pick<View, 'updates' | 'operation'>): {readonly mark: Mark; readonly text: string} | undefined {
	if (isSwitching(operation)) {
		const at = operation.steps.findIndex(({state}) => state === 'running');
		return {mark: 'working', text: `${operation.title}: step ${Math.max(0, at) + 1} of ${operation.steps.length}.`};
	}
	if (updates.available !== undefined) return undefined;
	if (updates.current === undefined)
		return {mark: 'waiting', text: 'Newer releases are looked for once one is installed.'};
	return updates.checkedAt === undefined
		? {mark: 'waiting', text: 'The channel has not been asked yet.'}
		: {mark: 'good', text: 'This is the newest release of the channel.'};
}

/** The installed release is being changed: what could be installed or put back is told when that is over. */
export const isSwitching = (operation: View['operation']): operation is NonNullable<View['operation']> =>
	operation?.state === 'running' && (operation.kind === 'update' || operation.kind === 'rollback');

/** A question of the Updates screen; console and page ask it with the same words. */
export type UpdateQuestion = {readonly title: string; readonly text: readonly string[]};

const promise = 'A snapshot is taken first. If it fails, you can go back.';

export const installQuestion = ({allowed, version, next, downtime, disk}: Offer): UpdateQuestion => ({
	title: `Install release ${next}?`,
	text: [allowed ? '' : stepOf(version), ...(allowed ? [downtime, disk] : []), promise].filter(text => text !== ''),
});

const stepOf = (version: string) => `It is the next step on the way to ${version}. Its own checks tell what it needs.`;

export const planQuestion = ({allowed, version, next, downtime}: Offer): UpdateQuestion => ({
	title: `When is release ${next} to be installed?`,
	text: [
		allowed ? downtime : stepOf(version),
		'02:00 is the next such time; another day is written 2026-11-22 02:00.',
		'The checks run now and again then. It can be taken back until it begins.',
	].filter(text => text !== ''),
});

export const unplanQuestion = (planned: NonNullable<Updates['planned']>): UpdateQuestion => ({
	title: 'Take the planned update back?',
	text: [plannedWords(planned), 'Nothing is installed by itself then.'],
});

/** Typed before an update is begun in spite of what does not work. */
export const acceptPhrase = 'accept';

/** What would be accepted, spelled out: never more than the screen holds. */
export const acceptQuestion = (version: string, troubles: readonly Trouble[]): UpdateQuestion => ({
	title: `Go on to release ${version} although something does not work?`,
	text: [
		...troubles.slice(0, mostSpelled).map(({text}) => text),
		...(troubles.length > mostSpelled ? [`and ${troubles.length - mostSpelled} more (Diagnostics)`] : []),
		'An update may hide the cause or make it worse. Only these are accepted.',
	],
});
const mostSpelled = 5;

/** "release 1.5.0, 22 Nov 02:00, accepted: the mail service does not start". */
export const plannedWords = ({version, at, accepted}: NonNullable<Updates['planned']>): string =>
	[
		version === '' ? 'what the channel offers then' : `release ${version}`,
		dayWords(at),
		...(accepted.length === 0 ? [] : [`accepted: ${accepted.join('; ')}`]),
	].join(', ');

/** "02:00" is the next two o'clock, everything else a date and time; undefined when it is none or over. Local time. */
export function timeOf(text: string, now: number): number | undefined {
	const clock = /^(?<hour>\d{1,2}):(?<minute>\d{2})$/u.exec(text.trim());
	if (clock === null) {
		const date = /^(\d{4}-\d{2}-\d{2})[ T](\d{1,2}:\d{2})$/u.exec(text.trim());
		const at = date === null ? Number.NaN : Date.parse(`${date[1]}T${(date[2] ?? '').padStart(5, '0')}`);
		return Number.isFinite(at) && at > now ? at : undefined;
	}
	const [hour, minute] = [Number(clock.groups?.hour), Number(clock.groups?.minute)];
	if (hour > 23 || minute > 59) return undefined;
	const date = new Date(now);
	date.setHours(hour, minute, 0, 0);
	// A day is not always 24 hours long.
	if (date.getTime() <= now) date.setDate(date.getDate() + 1);
	return date.getTime();
}
