import type {Problem} from '../shared/problem.ts';
import type {EngineClient} from './engine-client.ts';
import type {Effect, LogWindow, Outcome} from './state.ts';
import type {Grid} from './terminal/cells.ts';

type Effects = {
	readonly run: (effect: Effect) => void;
	readonly close: () => void;
};

/** Does what the reducer asked for, and reports what came of it. At most one log is followed at a time. */
export function makeEffects(
	engine: EngineClient,
	report: (outcome: Outcome) => void,
	screen: {
		readonly repaint: () => void;
		readonly leave: () => void;
		/** What is shown now, for a file. */
		readonly picture: () => Grid;
	},
): Effects {
	const over = new AbortController();
	let following = new AbortController();

	const call = async (effect: Extract<Effect, {do: 'start' | 'act' | 'reset-access'}>) => {
		const {do: what} = effect;
		const answer =
			what === 'start'
				? await engine.call('start', {body: effect.body}, over.signal)
				: what === 'reset-access'
					? await engine.call('resetAccess', {}, over.signal)
					: await engine.call(
							'act',
							{params: {id: effect.id, action: effect.action}, body: {secrets: {...effect.secrets}}},
							over.signal,
						);
		const kind = what === 'start' ? effect.body.kind : what === 'act' ? effect.action : what;
		report({of: 'call', label: effect.label, kind, ...(!answer.ok && {problem: answer.problem})});
	};

	// One at a time and in order: an older draft that arrives late would undo what was typed since.
	let drafts = Promise.resolve();
	const draft = (values: Readonly<Record<string, string>>) => {
		drafts = drafts.then(async () => {
			const answer = await engine.call('draft', {body: {values: {...values}}}, over.signal);
			report({of: 'draft', ...(!answer.ok && {problem: answer.problem})});
		});
	};

	const readLog = async ({place, window, cursor, from}: Extract<Effect, {do: 'log'}>) => {
		if (place === 'open') {
			following.abort();
			following = new AbortController();
		}
		const {signal} = following;
		const answer = await engine.call(
			'logs',
			{
				params: {source: window.source},
				query: {
					direction: place === 'newer' || from === 'first' ? 'newer' : 'older',
					severity: window.severity,
					...(cursor !== undefined && {cursor}),
					...(window.filter !== '' && {filter: window.filter}),
					...(from !== undefined && {from}),
					...(window.run === 'previous' && {previous: true}),
				},
			},
			signal,
		);
		if (signal.aborted) return;
		if (!answer.ok) return report({of: 'log-problem', ticket: window.ticket, problem: answer.problem});
		report({of: 'log', ticket: window.ticket, place, page: answer.value, ...(from && {from})});
		// The previous run has ended: nothing new comes. From the first line on one reads by paging.
		if (place === 'open' && from === undefined && window.run === 'current') follow(window, answer.value.newer, signal);
	};

	const follow = (window: LogWindow, cursor: string, signal: AbortSignal) => {
		engine.follow(
			window.source,
			{cursor},
			{
				page: page => report({of: 'log-lines', ticket: window.ticket, page}),
				ended: why => {
					if (!signal.aborted) report({of: 'log-problem', ticket: window.ticket, problem: cutOff(why)});
				},
			},
			signal,
		);
	};

	/** Through the engine: the console may write nowhere. */
	const picture = async () => {
		const grid = screen.picture();
		// A picture is rare; the code for it costs memory on every terminal.
		const {svgPicture, textPicture} = await import('./terminal/picture.ts');
		const answer = await engine.call('picture', {body: {text: textPicture(grid), svg: svgPicture(grid)}}, over.signal);
		report(
			answer.ok
				? {of: 'told', text: `Picture: ${answer.value.file}, .txt`}
				: {of: 'call', label: 'Picture', kind: 'picture', problem: answer.problem},
		);
	};

	const unlock = async ({label, password}: Extract<Effect, {do: 'unlock'}>) => {
		const answer = await engine.call('unlock', {body: {password}}, over.signal);
		if (answer.ok) engine.session(answer.value.session);
		report({of: 'call', label, kind: 'unlock', ...(!answer.ok && {problem: answer.problem})});
	};
	const lock = async () => {
		await engine.call('lock', {}, over.signal);
		engine.session(undefined);
	};
	const changeLock = async ({label, body}: Extract<Effect, {do: 'console-lock'}>) => {
		const answer = await engine.call('consoleLock', {body}, over.signal);
		// Every session is over with a change, this one's too.
		if (answer.ok) engine.session(undefined);
		report({of: 'call', label, kind: 'console-lock', ...(!answer.ok && {problem: answer.problem})});
	};

	return {
		run(effect) {
			switch (effect.do) {
				case 'start':
				case 'act':
				case 'reset-access':
					void call(effect);
					return;
				case 'draft':
					draft(effect.values);
					return;
				case 'log':
					void readLog(effect);
					return;
				case 'log-close':
					following.abort();
					return;
				case 'repaint':
					screen.repaint();
					return;
				case 'unlock':
					void unlock(effect);
					return;
				case 'lock':
					void lock();
					return;
				case 'keep-unlocked':
					void engine.call('keepUnlocked', {}, over.signal);
					return;
				case 'console-lock':
					void changeLock(effect);
					return;
				case 'leave':
					screen.leave();
					return;
				case 'picture':
					void picture();
					return;
			}
		},
		close() {
			over.abort();
			following.abort();
		},
	};
}

const cutOff = (detail: string): Problem => ({
	code: 'engine.unreachable',
	what: 'No new lines come: the engine closed the stream.',
	next: 'Press Space to follow again.',
	detail,
});
