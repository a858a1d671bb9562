import {html as template} from 'htm/preact';
import {type ComponentChildren, createElement, Fragment, type VNode} from 'preact';

export type Children = ComponentChildren;

/** Templates instead of JSX: the page needs no step between its source and the bundle. */
export function html(strings: TemplateStringsArray, ...values: readonly unknown[]): VNode {
	const made: VNode | VNode[] = template(strings, ...values);
	return Array.isArray(made) ? createElement(Fragment, null, made) : made;
}
