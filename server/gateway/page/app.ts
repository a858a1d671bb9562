import type {VNode} from 'preact';
import {useEffect, useRef, useState} from 'preact/hooks';
import type {OperationKind} from '../../../shared/operations/operation.ts';
import type {Store} from '../../../shared/view/store.ts';
import {clockWords, durationWords, screenTitle} from '../../../shared/view/words.ts';
import {api, type Outcome, type WhoAmI} from './call.ts';
import {Dialog} from './dialog.ts';
import {noAnswers, settle} from './form.ts';
import {header} from './header.ts';
import {html} from './html.ts';
import {goLive} from './live.ts';
import {sign} from './parts.ts';
import {type Answers, type Message, type Question, type Scene, type ScreenName, shownScreen, told} from './scene.ts';
import {components, events, flux, workloads} from './screens/cluster.ts';
import {diagnostics} from './screens/diagnostics.ts';
import {Logs} from './screens/logs.ts';
import {bundle, power, settings} from './screens/machine.ts';
import {network} from './screens/network.ts';
import {preflight} from './screens/preflight.ts';
import {progress} from './screens/progress.ts';
import {Setup} from './screens/setup.ts';
import {status} from './screens/status.ts';
import {updates} from './screens/updates.ts';
import {SignIn} from './sign-in.ts';

const screens: Readonly<Record<ScreenName, (scene: Scene) => VNode>> = {
	status,
	setup: scene => html`<${Setup} scene=${scene} />`,
	preflight,
	progress,
	components,
	workloads,
	events,
	flux,
	logs: scene => html`<${Logs} scene=${scene} />`,
	diagnostics,
	updates,
	network,
	bundle,
	power,
	settings,
};
const names = Object.keys(screens).filter((name): name is ScreenName => Object.hasOwn(screens, name));
const titles: Readonly<Record<ScreenName, string>> = {...screenTitle, settings: 'Settings'};
/** Lists under Components have tabs of their own. */
const inMenu = names.filter(name => name !== 'workloads' && name !== 'events' && name !== 'flux');

/** The page: sign-in until there is a session, then the screens over one live view. */
export function App({makeStore}: {readonly makeStore: () => Store}): VNode {
	const [who, setWho] = useState<WhoAmI>();
	const [problem, setProblem] = useState('');
	const hadForm = useRef(false);
	const ask = async (): Promise<WhoAmI | undefined> => {
		const answer = await api.whoAmI();
		setProblem(answer.ok ? '' : told(answer.problem));
		if (!answer.ok) return void setTimeout(() => void ask(), 2_000);
		if (!answer.value.signedIn) hadForm.current = true;
		setWho(answer.value);
		return answer.value;
	};
	// biome-ignore lint/correctness/useExhaustiveDependencies: asked once, at the start
	useEffect(() => void ask(), []);
	if (who === undefined)
		return html`<main class="sign-in"><h1>Alga Appliance</h1><p role="status">${problem || 'Connecting ...'}</p></main>`;
	if (!who.signedIn) return html`<${SignIn} who=${who} ask=${ask} />`;
	return html`<${Screens} who=${who} makeStore=${makeStore} again=${ask} hadForm=${hadForm.current} />`;
}

type ScreensProps = {
	readonly who: WhoAmI;
	readonly makeStore: () => Store;
	readonly again: () => Promise<unknown>;
	/** The form that had the keyboard's focus is gone. */
	readonly hadForm: boolean;
};

function Screens({who, makeStore, again, hadForm}: ScreensProps): VNode {
	const [store] = useState(makeStore);
	const [, redraw] = useState(0);
	const [hash, setHash] = useState(location.hash.slice(1));
	const [answers, setAnswers] = useState<Answers>(noAnswers);
	const [question, setQuestion] = useState<Question>();
	const [message, setMessage] = useState<Message>();
	const [busy, setBusy] = useState(false);
	// The outcome of a request is shown on the screen it leads to.
	const isCarried = useRef(false);
	const skew = useRef<() => number>(() => 0);
	const main = useRef<HTMLElement>(null);

	// biome-ignore lint/correctness/useExhaustiveDependencies: one line for the life of the page
	useEffect(() => {
		const draw = () => redraw(before => before + 1);
		const live = goLive(store, Date.now, () => void again());
		skew.current = live.skew;
		const leave = store.subscribe(draw);
		const tick = setInterval(draw, 1_000); // Ages tick here; a clock never crosses the wire.
		const move = () => {
			setHash(location.hash.slice(1));
			if (!isCarried.current) setMessage(undefined);
			isCarried.current = false;
			scrollTo(0, 0);
			main.current?.focus({preventScroll: true});
		};
		addEventListener('hashchange', move);
		return () => {
			live.stop();
			leave();
			clearInterval(tick);
			removeEventListener('hashchange', move);
		};
	}, []);

	useEffect(() => {
		if (message?.mark !== 'good') return;
		const passed = setTimeout(() => setMessage(undefined), 10_000);
		return () => clearTimeout(passed);
	}, [message]);

	const {view, link} = store.get();
	const now = Date.now() + skew.current();
	const head = header({view, link, now, product: `${who.product} ${who.version}`});
	useEffect(() => {
		if (view)
			document.title = `${link.state === 'lost' ? 'LOST' : view.rollup.word} – ${view.identity.hostname} – ${view.identity.product}`;
	}, [view, link.state]);
	// biome-ignore lint/correctness/useExhaustiveDependencies: once, with the first view
	useEffect(() => {
		if (hadForm && document.activeElement === document.body) main.current?.focus();
	}, [view === undefined]);
	const setup = view?.setup;
	// biome-ignore lint/correctness/useExhaustiveDependencies: answers are let go when the draft has changed
	useEffect(() => {
		if (view !== undefined) setAnswers(before => settle(before, view));
	}, [setup]);
	// biome-ignore lint/correctness/useExhaustiveDependencies: the menu moves with the screen
	useEffect(() => {
		document.querySelector('.menu [aria-current]')?.scrollIntoView({block: 'nearest', inline: 'center'});
	}, [hash, view === undefined]);
	if (view === undefined) {
		return html`${head}<main id="main"><p class="lead" role="status">${link.state === 'lost' ? `Nothing is known yet. ${link.why} This page goes on trying.` : 'Reading what the appliance knows ...'}</p></main>`;
	}

	/** One request at a time; its outcome is told in words. */
	const run = async (label: string, request: Promise<Outcome<unknown>>, then?: () => void) => {
		setBusy(true);
		const answer = await request;
		setBusy(false);
		setMessage(
			answer.ok
				? {mark: 'good', text: `${label}: begun`}
				: {mark: 'failed', text: told(answer.problem), problem: answer.problem},
		);
		if (answer.ok) then?.();
		else if (answer.status === 401) void again();
	};
	const home: Partial<Record<OperationKind, string>> = {
		setup: '#',
		update: '#',
		rollback: '#',
		preflight: '#preflight',
	};
	const scene: Scene = {
		view,
		link,
		now,
		who,
		busy: busy || link.state === 'lost',
		answers,
		setAnswers,
		start: (kind, input, label) =>
			void run(label, api.start({kind, input}), () => {
				const there = home[kind];
				if (there === undefined || there.slice(1) === location.hash.slice(1)) return;
				isCarried.current = true;
				location.hash = there;
			}),
		act: ({id}, action, label, secrets = {}) => void run(label, api.act(id, action, secrets)),
		ask: setQuestion,
		message,
		say: setMessage,
		signOut: () => void api.logout().then(() => again()),
	};
	const name = shownScreen(hash.split('/')[0] ?? '', view, names);
	const parent = ['workloads', 'events', 'flux'].includes(name) ? 'components' : name;
	return html`<a class="skip" href="#main" onClick=${(event: Event) => {
		event.preventDefault();
		main.current?.focus();
	}}>To the content</a>
		${head}
		<nav class="menu" aria-label="Screens">${inMenu.map(one => html`<a href=${`#${one}`} aria-current=${one === parent ? 'page' : undefined}>${titles[one]}</a>`)}</nav>
		${link.state === 'lost' && html`<div class="lost"><span role="alert">${sign('failed')} ${link.why} Nothing can be started until it is back. What stands below is old: from ${clockWords(link.since)}</span>, ${durationWords(now - link.since)} ago.</div>`}
		<p class="unseen" role="status" aria-live="polite">${view.rollup.word}. ${view.rollup.message}</p>
		<main id="main" tabIndex=${-1} ref=${main} aria-label=${titles[name]}>
			<div key=${name}>${screens[name](scene)}</div>
			${message && html`<p class=${`message ${message.mark}`} role="alert">${sign(message.mark)} ${message.text}</p>`}
		</main>
		${question && html`<${Dialog} key=${question.title} question=${question} now=${now} close=${() => setQuestion(undefined)} />`}`;
}
