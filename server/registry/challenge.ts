/** What a 401 asks for (RFC 9110 11.6.1, distribution token specification). */
export type Challenge =
	| {
			readonly scheme: 'bearer';
			readonly realm: string;
			readonly service: string | undefined;
			readonly scope: string | undefined;
	  }
	| {readonly scheme: 'basic'};

/** Of several challenges the one that asks for a token: it needs no password. Undefined when none is known. */
export function parseChallenge(header: string | readonly string[] | undefined): Challenge | undefined {
	const all = [header ?? []].flat().join(', ');
	const bearer = /(?:^|,)\s*bearer\s+(.*)$/is.exec(all)?.[1];
	if (bearer !== undefined) {
		const pairs = [...bearer.matchAll(/(\w+)\s*=\s*(?:"([^"]*)"|([^\s",]+))/g)];
		const {realm, service, scope} = Object.fromEntries(pairs.map(([, key, quoted, bare]) => [key, quoted ?? bare]));
		if (realm !== undefined) return {scheme: 'bearer', realm, service, scope};
	}
	return /(?:^|,)\s*basic\b/i.test(all) ? {scheme: 'basic'} : undefined;
}
