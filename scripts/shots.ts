import {mkdirSync, writeFileSync} from 'node:fs';
import {now} from '../test/fixtures/views/base.ts';
import {views} from '../test/fixtures/views/views.ts';
import {firstFont} from '../tui/cli/screenshot.ts';
import {renderScreen} from '../tui/screenshot.ts';
import type {ScreenName} from '../tui/state.ts';
import {pngPicture} from '../tui/terminal/picture.ts';
import {pageShots} from './shots/page.ts';

/** Screens of the manual: the same view drawn by the console, on the font of its own screen, and by the page. */
const scenes: readonly {
	readonly name: string;
	readonly view: keyof typeof views;
	readonly screen: ScreenName | 'home';
	readonly page: string;
}[] = [
	{name: 'first-boot', view: 'firstBoot', screen: 'status', page: 'status'},
	{name: 'setup', view: 'drafting', screen: 'setup', page: 'setup'},
	{name: 'checks', view: 'checked', screen: 'preflight', page: 'preflight'},
	{name: 'progress', view: 'installing', screen: 'progress', page: 'progress'},
	{name: 'failed', view: 'failed', screen: 'status', page: 'status'},
	{name: 'background-issues', view: 'background', screen: 'status', page: 'status'},
	{name: 'healthy', view: 'healthy', screen: 'status', page: 'status'},
	{name: 'diagnostics', view: 'failed', screen: 'diagnostics', page: 'diagnostics'},
	{name: 'workloads', view: 'background', screen: 'workloads', page: 'workloads'},
	{name: 'updates', view: 'healthy', screen: 'updates', page: 'updates'},
	{name: 'network', view: 'networkPending', screen: 'network', page: 'network'},
	{name: 'power', view: 'healthy', screen: 'power', page: 'power'},
];

const out = process.argv[2] ?? 'docs/screens';
mkdirSync(out, {recursive: true});
const font = await firstFont();
if (font === undefined) throw new Error('a console font is needed: apt-get install console-setup-linux');
for (const {name, view, screen} of scenes) {
	const {grid, text} = renderScreen({view: views[view], screen, cols: 80, rows: 24, tier: 'vt', now});
	writeFileSync(`${out}/${name}.png`, pngPicture(grid, font));
	writeFileSync(`${out}/${name}.txt`, `${text}\n`);
}
const pictured = await pageShots(
	out,
	scenes.map(({name, view, page}) => ({name, view: views[view], screen: page, now})),
);
console.log(`${scenes.length} screens and ${pictured.length} pages in ${out}`);
