import type {Weight} from './keys.ts';
import {isMasked} from './marker.ts';

/** Words that say how something is set, not what it is. */
const settings =
	/^(?:true|false|yes|no|on|off|null|nil|none|undefined|unset|empty|enabled?|disabled?|required|optional|missing|invalid|expired|present|absent|set|redacted|hidden|masked|sensitive|unknown|default|n\/a|~|-|not set|not found|unchanged|changed|opaque|bearer|basic|jwt|oauth2?|oidc|saml|md5|scram|scram-sha-256|trust|peer|cert|prompt|interactive)$/iu;
const placeholders = [
	/^[*x•.#_-]{3,}$/iu,
	/^<[^<>]*>.{0,60}$/u, // kubectl: <none>, <set to the key … in secret …>
	/^[[(](?:redacted|hidden|masked|filtered|sensitive)[^\])]*[\])]$/iu,
	/^\$\{[^}]*\}$/u,
	/^\$\([^)]*\)$/u,
	/^\{\{.*\}\}$/su,
	/^%\w+%$/u,
	/^\$[A-Za-z_]\w*$/u,
	/^\d+ bytes?$/u,
	/^(?:\.{0,2}\/[a-z0-9._@-]+){2,}\/?$/u, // A path: base64 would hold capitals.
	/^(?:file|https?|oci):\/\/[^\s@]*$/u,
	/^-----BEGIN (?:CERTIFICATE|[A-Z ]*PUBLIC KEY)/u,
] as const;
const weakPlaceholders = [
	/^[\d.,]+(?:ms|s|m|h|d|k|ki|mi|gi|%)?$/iu,
	/^[a-z0-9-]+\/[a-z0-9.-]+$/u, // A reference: namespace/name.
	/^[a-z]+(?:[-.][a-z]+)+$/u, // An object's or a file's name: db-credentials, tls.key.
	/^sha(?:1|256|512):[0-9a-f]+$/u,
] as const;

/** Whether a value that a secret's name stands before is none after all: a reference, a setting, a size, the marker. */
export function isHarmless(value: string, weight: Weight): boolean {
	const text = value.trim();
	if (text === '' || isMasked(text) || settings.test(text)) return true;
	if (text.length > 2000) return false;
	if (placeholders.some(one => one.test(text))) return true;
	return weight === 'weak' && weakPlaceholders.some(one => one.test(text));
}

/** `auth` names both a credential and a way to log in: only what looks encoded is taken for the first. */
export const looksEncoded = (value: string): boolean =>
	/^[\w+/=.~:-]{12,}$/u.test(value) && [/[A-Z]/u, /[a-z]/u, /[\d=]/u].filter(one => one.test(value)).length >= 2;
