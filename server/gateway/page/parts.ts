import type {Mark} from '../../../shared/view/view.ts';
import {durationWords} from '../../../shared/view/words.ts';
import {type Children, html} from './html.ts';
import type {Scene} from './scene.ts';

const symbols: Readonly<Record<Mark, string>> = {
	good: '■',
	working: '▶',
	waiting: '·',
	attention: '▲',
	failed: '×',
	unknown: '?',
};

/** The symbol of a mark. A reader that speaks says the word beside it instead. */
export const sign = (mark: Mark) => html`<span class=${`sign ${mark}`} aria-hidden="true">${symbols[mark]}</span>`;

/** Symbol and word together: "■ ready". */
export const judged = (mark: Mark, word: string) => html`<span class=${`judged ${mark}`}>${sign(mark)} ${word}</span>`;

/** How long ago, with the exact time on hovering; empty when never. */
export function age({now}: Scene, at: number | undefined) {
	if (at === undefined) return '';
	return html`<time dateTime=${new Date(at).toISOString()} title=${new Date(at).toLocaleString()}>${durationWords(now - at)}</time>`;
}

/** Labelled facts; those without text are left out. */
export const facts = (rows: readonly (readonly [string, Children])[]) =>
	html`<dl class="facts">${rows
		.filter(([, text]) => text !== '' && text !== undefined)
		.map(([label, text]) => html`<div><dt>${label}</dt><dd>${text}</dd></div>`)}</dl>`;

export type Column<T> = {readonly title: string; readonly cell: (row: T) => Children; readonly wide?: true};

/** A table that becomes a list of small cards on a phone; each cell then carries its column's name. */
export function table<T>(caption: string, columns: readonly Column<T>[], rows: readonly T[]) {
	const cellOf = (row: T) => (column: Column<T>) =>
		html`<td data-title=${column.title} class=${column.wide ? 'wide' : undefined}><div>${column.cell(row)}</div></td>`;
	return html`<div class="scroll"><table>
		<caption class="unseen">${caption}</caption>
		<thead><tr>${columns.map(({title}) => html`<th scope="col">${title}</th>`)}</tr></thead>
		<tbody>${rows.map(row => html`<tr>${columns.map(cellOf(row))}</tr>`)}</tbody>
	</table></div>`;
}

export type Part = readonly [label: string, ...text: readonly (string | undefined)[]];
export type Card = {
	readonly title: string;
	readonly tag: string;
	readonly mark: Mark;
	readonly parts: readonly Part[];
	readonly actions?: Children;
};

/** A failure is a card, not a message. */
export function card({title, tag, mark, parts, actions}: Card) {
	const said = parts
		.map(([label, ...text]) => [label, text.filter(Boolean)] as const)
		.filter(([, text]) => text.length > 0);
	return html`<article class=${`card ${mark}`}>
		<header><h2>${sign(mark)} ${title}</h2><span class="tag">${tag}</span></header>
		<dl>${said.map(
			([label, text]) =>
				html`<div class=${label === 'Proof' ? 'proof' : undefined}><dt>${label}</dt>${text.map(row => html`<dd>${row}</dd>`)}</div>`,
		)}</dl>
		${actions && html`<footer>${actions}</footer>`}
	</article>`;
}

export const section = (title: string, ...inside: readonly Children[]) =>
	html`<section><h2>${title}</h2>${inside}</section>`;

type ButtonLook = {readonly kind?: 'main' | 'plain'; readonly off?: boolean};
export const button = (label: string, press: () => void, {kind = 'plain', off = false}: ButtonLook = {}) =>
	html`<button type="button" class=${kind} disabled=${off} onClick=${press}>${label}</button>`;

/** The same done in a shell. */
export const command = (text: string) => html`<p class="command"><span>Command line</span> <code>${text}</code></p>`;
