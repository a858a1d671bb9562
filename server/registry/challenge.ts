/** What a 401 asks for (RFC 9110 11.6.1, distribution token specification). */
export type Challenge =
	| {
			readonly scheme: 'bearer';
			readonly realm: string;
			readonly service: string | undefined;
			readonly scope: string | undefined;
	  }
	| {readonly scheme: 'basic'};

export function parseChallenge(header: string | undefined): Challenge | undefined {
	const [, scheme, rest = ''] = /^\s*(\w+)\s*(.*)$/s.exec(header ?? '') ?? [];
	if (scheme?.toLowerCase() === 'basic') return {scheme: 'basic'};
	if (scheme?.toLowerCase() !== 'bearer') return undefined;
	const parameters = Object.fromEntries([...rest.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key, value]));
	return parameters.realm === undefined
		? undefined
		: {scheme: 'bearer', realm: parameters.realm, service: parameters.service, scope: parameters.scope};
}
