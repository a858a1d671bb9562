import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {parseChallenge} from '../../../server/registry/challenge.ts';
import {endpointOf} from '../../../server/registry/endpoint.ts';

suite('where a repository is fetched from', () => {
	for (const [repository, mirrors, origin, name] of [
		['ghcr.io/a/b', {}, 'https://ghcr.io', 'a/b'],
		['docker.io/library/redis', {}, 'https://registry-1.docker.io', 'library/redis'],
		['127.0.0.1:5000/a', {}, 'http://127.0.0.1:5000', 'a'],
		['localhost:5000/a', {}, 'http://localhost:5000', 'a'],
		['127.evil.example/a', {}, 'https://127.evil.example', 'a'],
		['ghcr.io/a/b', {'ghcr.io': 'mirror.example:5000/ghcr'}, 'https://mirror.example:5000', 'ghcr/a/b'],
		['ghcr.io/a/b', {'ghcr.io': 'http://mirror.example/'}, 'http://mirror.example', 'a/b'],
		['ghcr.io/a/b', {'ghcr.io': 'https://127.0.0.1:1/x/y/'}, 'https://127.0.0.1:1', 'x/y/a/b'],
		['quay.io/a', {'ghcr.io': 'mirror.example'}, 'https://quay.io', 'a'],
	] as const)
		test(`${repository} with ${JSON.stringify(mirrors)}: ${origin}/v2/${name}`, () => {
			const endpoint = endpointOf(repository, mirrors);
			assert.deepEqual([endpoint.origin, endpoint.name], [origin, name]);
		});
});

suite('what a 401 asks for', () => {
	const token = {scheme: 'bearer', realm: 'https://auth.example/token', service: 'reg', scope: 'repository:a/b:pull'};
	for (const [header, wanted] of [
		['Bearer realm="https://auth.example/token",service="reg",scope="repository:a/b:pull"', token],
		['bearer realm="https://auth.example/token", service=reg, scope="repository:a/b:pull"', token],
		[['Basic realm="x"', 'Bearer realm="https://auth.example/token",service="reg",scope="repository:a/b:pull"'], token],
		[
			'Bearer realm="https://t.example/"',
			{scheme: 'bearer', realm: 'https://t.example/', service: undefined, scope: undefined},
		],
		['Basic realm="Registry"', {scheme: 'basic'}],
		['BASIC', {scheme: 'basic'}],
		['Bearer error="invalid_token"', undefined],
		['Negotiate', undefined],
		['', undefined],
		[undefined, undefined],
	] as const)
		test(`${JSON.stringify(header)}`, () => {
			assert.deepEqual(parseChallenge(header), wanted);
		});
});
