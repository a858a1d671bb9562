import {stopwatch} from '../shared/format.ts';
import type {Link} from '../shared/view/store.ts';
import type {Mark} from '../shared/view/view.ts';
import {clockWords, durationWords} from '../shared/view/words.ts';
import {clipLine, type Line, line, type Span, span, spread, strong, widthOf} from './lines.ts';
import {judged, type Scene, type Seen, toneOf} from './scene.ts';
import {currentStep} from './selection.ts';

/** The engine says something at least this often. */
const heartbeatMs = 15_000;

/** Rows 1-3 of every screen: what is this, is it working, where do I go, who am I. */
export function header(scene: Scene): Line[] {
	const {view, columns} = scene;
	if (view === undefined) return [first(scene, 'Alga Appliance', '', waitingRollup(scene)), [], []];
	const {identity} = view;
	const seen: Seen = {...scene, view};
	return [
		first(scene, `${identity.product} ${identity.version}`, identity.hostname, rollup(seen)),
		whereTo(seen, columns),
		whoAmI(seen, columns),
	];
}

/** The word for the connection: live, an age, STALE, or lost. */
export function pulse(link: Link, now: number): {readonly word: string; readonly mark: Mark} {
	if (link.state === 'connecting') return {word: 'connecting', mark: 'working'};
	if (link.state === 'lost') return {word: `LOST ${durationWords(now - link.since)}`, mark: 'failed'};
	const quiet = now - link.lastAt;
	if (quiet > 3 * heartbeatMs) return {word: `STALE ${durationWords(quiet)}`, mark: 'attention'};
	return {word: quiet > heartbeatMs + 3000 ? durationWords(quiet) : 'live', mark: 'good'};
}

type Rollup = {readonly mark: Mark; readonly word: string};

function first(scene: Scene, product: string, host: string, {mark, word}: Rollup): Line {
	const {link, now, columns} = scene;
	const beat = pulse(link, now);
	const right = line(
		...judged(scene, mark, word.toUpperCase()),
		'   ',
		span(beat.word, beat.mark === 'good' ? 'plain' : toneOf(beat.mark)),
		'  ',
		clockWords(now),
		' ',
	);
	return spread(line(' ', strong(product), '  ', host), right, columns, scene.glyphs.ellipsis);
}

/** The one word for how things are. A countdown that needs an answer comes before it. */
function rollup({view, now}: Seen): Rollup {
	const {pending} = view.network;
	if (pending !== undefined)
		return {mark: 'attention', word: `Keep the new address? ${stopwatch(Math.max(0, pending.until - now))}`};
	return {mark: view.rollup.mark, word: view.rollup.word};
}

function waitingRollup({link}: Scene): Rollup {
	return link.state === 'lost' ? {mark: 'failed', word: 'Engine away'} : {mark: 'working', word: 'Starting'};
}

/** Where people go: the login page once it answers, the set-up page until then. */
function whereTo(scene: Seen, columns: number): Line {
	const {view, glyphs} = scene;
	const {identity} = view;
	const page = identity.statusUrl === '' ? 'no address yet' : identity.statusUrl;
	if (view.setup.state === 'waiting') {
		const left = line(
			' Set up here: press ',
			span('F2', 'key'),
			'   or open  ',
			strong(identity.statusUrl === '' ? page : `${page}/setup`),
			'  in a browser',
		);
		return clipLine(left, columns, glyphs.ellipsis);
	}
	const login = span(identity.login, identity.loginReady ? 'good' : 'attention');
	if (identity.loginReady || identity.statusUrl === '')
		return spread(
			line(' Login  ', strong(identity.loginUrl || 'not known yet'), '   ', login),
			line(span('page ', 'frame'), shortUrl(page), ' '),
			columns,
			glyphs.ellipsis,
		);
	return clipLine(line(' ', strong(page), '   ', span('Login  ', 'frame'), login), columns, glyphs.ellipsis);
}

const shortUrl = (url: string): string => url.replace(/^http:\/\//, '');

/** Address and name servers at the left; the token, the step that runs or the release at the right. */
function whoAmI(scene: Seen, columns: number): Line {
	const {view, glyphs} = scene;
	const {address, resolvers} = view.identity;
	const right = line(...errand(scene), ' ');
	const dns = line('   ', span('dns ', 'frame'), resolvers);
	const left = line(' ', address, ...dns);
	// The name servers give way before the address does.
	const fits = widthOf(left) + widthOf(right) + 1 <= columns;
	return spread(fits ? left : line(' ', address), right, columns, glyphs.ellipsis);
}

function errand(scene: Seen): readonly (string | Span)[] {
	const {view, now} = scene;
	const {operation, access, updates} = view;
	const open = operation && operation.state !== 'succeeded' && operation.state !== 'cancelled';
	if (open && operation.kind !== 'preflight') {
		const at = currentStep(operation) + 1;
		const verb = operation.state === 'running' ? 'step' : 'stopped at step';
		const took = operation.state === 'running' ? `   ${stopwatch(now - operation.startedAt)}` : '';
		return [span(`${operation.title}  `, 'frame'), `${verb} ${at} of ${operation.steps.length}${took}`];
	}
	if (access.state === 'unclaimed' && access.setupToken !== undefined)
		return [span('setup token  ', 'frame'), strong(access.setupToken)];
	const {current} = updates;
	return current === undefined ? [] : [span('release  ', 'frame'), `${current.version} ${current.channel}`];
}
