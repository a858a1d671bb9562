import type {VNode} from 'preact';
import {useEffect, useLayoutEffect, useRef, useState} from 'preact/hooks';
import type {LogLine, LogPage} from '../../../../shared/api/routes.ts';
import {clockWords} from '../../../../shared/view/words.ts';
import {api, type LogQuestion} from '../call.ts';
import {html} from '../html.ts';
import {followLog, type LogStream} from '../log-stream.ts';
import {addNewer, addOlder, emptyWindow, type LogWindow, linesOf, matches} from '../log-window.ts';
import {button, judged} from '../parts.ts';
import {type Scene, told} from '../scene.ts';

type Severity = 'all' | 'warning' | 'error';
type Look = {
	readonly source: string;
	readonly filter: string;
	readonly severity: Severity;
	readonly run: 'current' | 'previous';
};

const severityWord: Readonly<Record<LogLine['severity'], string>> = {debug: '', info: '', warning: 'WRN', error: 'ERR'};
const nearEnd = 24;
/** Pieces that are held while paused; after more the end is read anew. */
const mostLate = 1_000;
const firstRetry = 5_000;

/** One log: following until somebody scrolls, then it waits and counts. The first line is always reachable. */
export function Logs({scene}: {readonly scene: Scene}): VNode {
	const sources = scene.view.logs;
	const [look, setLook] = useState<Look>({source: sources[0]?.id ?? '', filter: '', severity: 'all', run: 'current'});
	const [shown, setShown] = useState<LogWindow>(emptyWindow);
	const [mode, setMode] = useState<'following' | 'paused'>('following');
	const [waiting, setWaiting] = useState(0);
	const [problem, setProblem] = useState('');
	const [place, setPlace] = useState<'end' | 'first'>('end');
	const [tries, setTries] = useState(0);
	const [isCut, setIsCut] = useState(false);
	const stream = useRef<LogStream>(undefined);
	const box = useRef<HTMLDivElement>(null);
	const held = useRef<number | undefined>(undefined);
	const loading = useRef(false);
	const source = sources.find(({id}) => id === look.source) ?? sources[0];
	const id = source?.id;

	const ask = async (question: LogQuestion, take: (page: LogPage) => void, failed?: () => void) => {
		if (id === undefined || loading.current) return;
		loading.current = true;
		const answer = await api.logs(id, {
			...question,
			...(look.filter && {filter: look.filter}),
			severity: look.severity,
			...(look.run === 'previous' && {previous: 'true'}),
		});
		loading.current = false;
		setProblem(answer.ok ? '' : told(answer.problem));
		if (answer.ok) take(answer.value);
		else failed?.();
	};

	// A new log, filter or place: read anew, then follow from where that page ends.
	// biome-ignore lint/correctness/useExhaustiveDependencies: only what is looked at matters
	useEffect(() => {
		setShown(emptyWindow);
		setWaiting(0);
		// What waited belongs to the window that is gone; it is read again.
		late.current = [];
		let over = false;
		let again: ReturnType<typeof setTimeout> | undefined;
		loading.current = false;
		void ask(
			{limit: 300, from: place},
			page => {
				if (over) return;
				setShown({pages: [page], dropped: page.dropped});
				setIsCut(false);
				if (place === 'first' || look.run === 'previous' || id === undefined) return;
				stream.current = followLog(`/api/v1/logs/${encodeURIComponent(id)}/follow`, page.newer, {
					page: more =>
						following.current({...more, lines: more.lines.filter(one => matches(one, look.filter, look.severity))}),
					isOpen: open => setIsCut(!open),
				});
			},
			() => {
				if (over) return;
				setIsCut(true);
				again = setTimeout(() => setTries(before => before + 1), firstRetry);
			},
		);
		return () => {
			over = true;
			clearTimeout(again);
			stream.current?.close();
			stream.current = undefined;
		};
	}, [id, look.filter, look.severity, look.run, place, tries]);

	const isLost = scene.link.state === 'lost';
	// biome-ignore lint/correctness/useExhaustiveDependencies: opened anew when the appliance went or came
	useEffect(() => stream.current?.reopen(), [isLost]);

	// Lines that come while paused only count: what is read must not move.
	const following = useRef<(page: LogPage) => void>(() => undefined);
	const late = useRef<LogPage[]>([]);
	following.current = page => {
		if (mode === 'following') return setShown(before => addNewer(before, page));
		if (late.current.length < mostLate) late.current.push(page);
		setWaiting(before => before + page.lines.length);
	};
	const follow = () => {
		setMode('following');
		setWaiting(0);
		if (place === 'first') return setPlace('end');
		if (late.current.length >= mostLate) return setTries(tries + 1);
		const pages = late.current.splice(0);
		setShown(before => pages.reduce(addNewer, before));
	};
	const toFirst = () => {
		setMode('paused');
		setPlace('first');
	};
	const older = () => {
		const cursor = shown.pages[0]?.older;
		if (cursor === undefined) return;
		held.current = box.current === null ? undefined : box.current.scrollHeight - box.current.scrollTop;
		void ask({cursor, direction: 'older', limit: 300}, page => setShown(before => addOlder(before, page)));
	};
	const newer = () => {
		const cursor = shown.pages.at(-1)?.newer;
		if (cursor === undefined || place === 'end') return;
		void ask(
			{cursor, direction: 'newer', limit: 300},
			page => page.lines.length > 0 && setShown(before => addNewer(before, page)),
		);
	};
	// biome-ignore lint/correctness/useExhaustiveDependencies: lines that were drawn move the window
	useLayoutEffect(() => {
		const {current} = box;
		if (current === null) return;
		if (mode === 'following') current.scrollTop = current.scrollHeight;
		else if (held.current !== undefined) current.scrollTop = current.scrollHeight - held.current;
		held.current = undefined;
	}, [shown, mode]);
	const onScroll = () => {
		const {current} = box;
		if (current === null) return;
		const atEnd = current.scrollHeight - current.scrollTop - current.clientHeight < nearEnd;
		if (current.scrollTop < 40 && mode === 'paused') older();
		if (atEnd && mode === 'paused') newer();
		if (!atEnd && mode === 'following') setMode('paused');
		if (atEnd && mode === 'paused' && place === 'end' && waiting > 0) follow();
	};
	const onKeyDown = ({key}: KeyboardEvent) => {
		if (key === 'End') follow();
		if (key === 'Home') toFirst();
	};

	if (id === undefined) return html`<p class="lead">No log yet.</p>`;
	const lines = linesOf(shown);
	const change = (part: Partial<Look>) => {
		setMode('following');
		setPlace('end');
		setLook({...look, ...part});
	};
	const pick = (take: (value: string) => Partial<Look>) => (event: Event) => {
		if (event.target instanceof HTMLSelectElement || event.target instanceof HTMLInputElement)
			change(take(event.target.value));
	};
	const atFirst = shown.pages[0] !== undefined && shown.pages[0].older === undefined;
	const isAway = isCut || isLost;
	const away = 'not connected, trying again';
	const state =
		mode === 'paused'
			? judged('attention', `paused${waiting > 0 ? `   +${waiting} new` : ''}${isAway ? `   ${away}` : ''}`)
			: isAway
				? judged('attention', away)
				: judged('good', 'following');
	return html`<div class="log-bar">
			<label>Log <select value=${id} onChange=${pick(value => ({source: value, run: 'current'}))}>${sources.map(({id: one, title}) => html`<option value=${one}>${title}</option>`)}</select></label>
			<label>Show <select value=${look.severity} onChange=${pick(value => ({severity: value === 'error' || value === 'warning' ? value : 'all'}))}><option value="all">all lines</option><option value="warning">warnings and errors</option><option value="error">errors only</option></select></label>
			<label>Filter <input type="search" value=${look.filter} maxLength=${200} onChange=${pick(value => ({filter: value}))} /></label>
			${source?.kind === 'container' && button(look.run === 'current' ? 'Previous run' : 'Current run', () => change({run: look.run === 'current' ? 'previous' : 'current'}))}
		</div>
		<div class="log" role="log" aria-live="off" aria-label=${`Log of ${source?.title}`} tabIndex=${0} ref=${box} onScroll=${onScroll} onKeyDown=${onKeyDown}>
			${atFirst ? html`<p class="quiet">first line</p>` : lines.length > 0 && button('Older lines', older)}
			${lines.map(row)}
			${lines.length === 0 && problem && button('Try again', () => setTries(tries + 1))}
			${lines.length === 0 && html`<p>${problem || (shown.pages.length === 0 ? 'Reading the log ...' : look.filter || look.severity !== 'all' ? 'No line matches.' : 'This log has no lines yet.')}</p>`}
		</div>
		<div class="log-state">
			<p>${state} <span class="quiet">${lines.length} lines here${shown.dropped > 0 ? `, ${shown.dropped} lines lost` : ''}</span> ${lines.length > 0 && problem}</p>
			<p class="buttons">${mode === 'following' ? button('Pause', () => setMode('paused')) : button('Follow', follow, {kind: 'main'})}${button('First line', toFirst, {off: atFirst && place === 'first'})}</p>
		</div>`;
}

const row = ({at, severity, text, cut}: LogLine) =>
	html`<div class=${`line ${severity}`}><time>${at === undefined ? '' : clockWords(at)}</time> <b>${severityWord[severity]}</b> <span>${text}${cut > 0 && ` [${cut} bytes more]`}</span></div>`;
