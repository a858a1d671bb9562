import {Refusal} from './answer.ts';
import {apiVersionOf, type Kind} from './kinds.ts';
import {at, type Stored} from './object.ts';
import type {Store} from './store.ts';

export type Selection = (object: Stored) => boolean;

/** `labelSelector` and `fieldSelector` of a request: equality, inequality, presence and sets. */
export function selectionOf(query: URLSearchParams): Selection {
	const labels = terms(query.get('labelSelector') ?? '').map(labelTerm);
	const fields = (query.get('fieldSelector') ?? '').split(',').filter(Boolean).map(fieldTerm);
	return object => [...labels, ...fields].every(term => term(object));
}

/** Splits at commas outside brackets. */
const terms = (selector: string) =>
	selector
		.split(/,(?![^(]*\))/)
		.map(term => term.trim())
		.filter(Boolean);

function labelTerm(term: string): Selection {
	const set = /^(\S+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(term);
	if (set) {
		const [, name = '', operator, values = ''] = set;
		const among = values.split(',').map(one => one.trim());
		return object => among.includes(object.metadata.labels?.[name] ?? '') === (operator === 'in');
	}
	const equality = /^([^!=]+?)\s*(!=|==|=)\s*(.*)$/.exec(term);
	if (equality) {
		const [, name = '', operator, value] = equality;
		return object => (object.metadata.labels?.[name] === value) === (operator !== '!=');
	}
	if (term.startsWith('!')) return object => object.metadata.labels?.[term.slice(1)] === undefined;
	return object => object.metadata.labels?.[term] !== undefined;
}

function fieldTerm(term: string): Selection {
	const parts = /^([^!=]+?)(!=|==|=)(.*)$/.exec(term);
	if (!parts) throw new Refusal(400, 'BadRequest', `invalid field selector ${JSON.stringify(term)}`);
	const [, path = '', operator, value] = parts;
	return object => (String(at(object, ...path.split('.')) ?? '') === value) === (operator !== '!=');
}

type Continuation = {readonly revision: number; readonly after: string};

/** One page of a list, with the revision a watch can start from. */
export function listPage(store: Store, kind: Kind, namespace: string | undefined, query: URLSearchParams) {
	const selected = store.list(kind.kind, namespace).filter(selectionOf(query));
	const token = query.get('continue');
	const from = token === null || token === '' ? undefined : readToken(token);
	if (from !== undefined && store.since(from.revision) === undefined) {
		throw new Refusal(
			410,
			'Expired',
			'The provided continue parameter is too old to display a consistent list result.',
		);
	}
	const limit = Number(query.get('limit') ?? 0);
	const rest = from === undefined ? selected : selected.filter(one => place(one) > from.after);
	const page = limit > 0 ? rest.slice(0, limit) : rest;
	const revision = from?.revision ?? store.revision();
	const last = page.at(-1);
	const more = page.length < rest.length && last !== undefined;
	return {
		kind: `${kind.kind}List`,
		apiVersion: apiVersionOf(kind),
		metadata: {
			resourceVersion: String(revision),
			...(more && {
				continue: Buffer.from(JSON.stringify({revision, after: place(last)})).toString('base64url'),
				remainingItemCount: rest.length - page.length,
			}),
		},
		items: page,
	};
}

const place = (object: Stored) => `${object.metadata.namespace ?? ''}/${object.metadata.name}`;

function readToken(token: string): Continuation {
	try {
		const read: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
		const [revision, after] = [at(read, 'revision'), at(read, 'after')];
		if (typeof revision === 'number' && typeof after === 'string') return {revision, after};
	} catch {
		// Said below, with the same words as for a token of another shape.
	}
	throw new Refusal(400, 'BadRequest', 'continue key is not valid');
}
