import type {Readable} from 'node:stream';
import {fail, ok, type Result} from '../../shared/problem.ts';
import {drain, type RegistryHttp} from './http.ts';
import {digestOf} from './oci.ts';
import {notARegistry, wrongDigest} from './problems.ts';
import type {Puller} from './pull.ts';

export type Pusher = {
	/** Uploads a blob unless the registry has it; `body` is asked for anew for each attempt. */
	readonly blob: (
		repository: string,
		blob: {readonly digest: string; readonly size: number; readonly body: Uint8Array | (() => Readable)},
		signal: AbortSignal,
	) => Promise<Result<void>>;
	/** Stores a manifest under a tag or its digest; everything it names must be there. Returns its digest. */
	readonly manifest: (
		repository: string,
		reference: string,
		manifest: {readonly mediaType: string; readonly body: Uint8Array},
		signal: AbortSignal,
	) => Promise<Result<string>>;
};

/** Uploads by the distribution specification: one POST for a place, one PUT with everything. */
export function makePusher(http: RegistryHttp, {endpoint, hasBlob}: Puller): Pusher {
	return {
		blob: async (repository, {digest, size, body}, signal) => {
			const present = await hasBlob(repository, digest, signal);
			if (!present.ok) return present;
			if (present.value) return ok(undefined);
			const {origin, name, host} = endpoint(repository);
			const what = `an upload to ${repository}`;
			const begun = await http.ask({
				method: 'POST',
				url: `${origin}/v2/${name}/blobs/uploads/`,
				headers: {'content-length': '0'},
				what,
				signal,
				accepts: [202],
			});
			if (!begun.ok) return begun;
			await drain(begun.value);
			const {location} = begun.value.headers;
			const place = typeof location === 'string' ? URL.parse(location, origin) : null;
			if (place === null) return fail(notARegistry(host));
			place.searchParams.set('digest', digest);
			const stored = await http.ask({
				method: 'PUT',
				url: place.href,
				headers: {'content-type': 'application/octet-stream', 'content-length': String(size)},
				body,
				what,
				signal,
				accepts: [201],
			});
			if (!stored.ok) return stored;
			await drain(stored.value);
			return ok(undefined);
		},
		manifest: async (repository, reference, {mediaType, body}, signal) => {
			const {origin, name} = endpoint(repository);
			const stored = await http.ask({
				method: 'PUT',
				url: `${origin}/v2/${name}/manifests/${reference}`,
				headers: {'content-type': mediaType},
				body,
				what: `${repository}:${reference}`,
				signal,
				accepts: [201],
			});
			if (!stored.ok) return stored;
			await drain(stored.value);
			const digest = digestOf(body);
			const said = stored.value.headers['docker-content-digest'];
			return typeof said === 'string' && said !== digest
				? fail(wrongDigest(`${repository}:${reference}`, digest, said))
				: ok(digest);
		},
	};
}
