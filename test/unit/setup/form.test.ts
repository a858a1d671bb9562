import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {fieldNames, fields, groups} from '../../../shared/setup/fields.ts';
import {checkField, checkForm, emptyDraft, parseForm} from '../../../shared/setup/form.ts';

const good = {
	companyName: 'Example IT',
	adminFirstName: 'Ada',
	adminLastName: 'Lovelace',
	adminEmail: 'ada@example.com',
	adminPassword: 'correct horse battery',
};

test('five groups of defaults are enough: company and administrator are all that must be typed', () => {
	const parsed = parseForm(good);
	assert.ok(parsed.ok);
	assert.equal(parsed.value.answers.channel, 'stable');
	assert.deepEqual(parsed.value.answers.dns, {mode: 'system'});
	assert.equal(JSON.stringify(parsed.value.answers).includes(good.adminPassword), false);
});

for (const [field, typed, kept] of [
	['appUrl', ' psa.example.com/ ', 'http://psa.example.com'],
	['appUrl', 'https://psa.example.com/msp', 'https://psa.example.com'],
	['hostName', ' Alga-01 ', 'alga-01'],
	['dnsServers', '10.0.0.10 10.0.0.11', '10.0.0.10, 10.0.0.11'],
	['dnsServers', '10.0.0.10;10.0.0.10,fd00::1', '10.0.0.10, fd00::1'],
	['httpProxy', '10.0.9.9:3128', 'http://10.0.9.9:3128'],
	['timeServers', '', ''],
	['releasePin', '1.4.2', '1.4.2'],
	['releasePin', '', ''],
] as const)
	test(`what people paste is accepted: ${field} "${typed}"`, () =>
		assert.deepEqual(checkField(field, typed), {ok: true, value: kept}));

for (const [field, typed, message] of [
	['dnsServers', '10.0.0.1053', '10.0.0.1053: not an address; example: 10.0.0.10'],
	['dnsServers', '', 'at least one name server is needed; example: 10.0.0.10, 10.0.0.11'],
	['dnsServers', '1.1.1.1 1.1.1.2 1.1.1.3 1.1.1.4', 'at most 3 name servers'],
	['appUrl', 'ftp://x', 'not a web address; example: https://psa.example.com'],
	['appUrl', 'https://ada:pw@psa.example.com', 'no user or password in the address; example: https://psa.example.com'],
	[
		'httpProxy',
		'http://u:p@proxy:3128',
		'proxies that ask for a password are not supported; have this machine exempted',
	],
	['hostName', 'alga_01', 'letters, digits and "-" only, at most 63; example: alga-01'],
	['hostName', 'localhost', 'localhost is taken by every machine; example: alga-01'],
	['adminEmail', 'ada', 'not an e-mail address; example: ada@example.com'],
	['adminPassword', 'short', 'at least 10 characters'],
	['channel', 'beta', 'choose stable or nightly'],
	['releasePin', 'latest', 'not a release; example: 1.4.2'],
] as const)
	test(`a wrong ${field} names the fix: "${typed}"`, () => {
		const checked = checkField(field, typed);
		assert.equal(checked.ok, false);
		if (!checked.ok) assert.equal(checked.message, message);
	});

test('a field that is not asked for is not checked', () => {
	assert.equal(checkForm({...good, dnsServers: 'nonsense'}, 'with-secrets').dnsServers, undefined);
	assert.match(
		checkForm({...good, dnsMode: 'custom', dnsServers: 'nonsense'}, 'with-secrets').dnsServers ?? '',
		/not an address/,
	);
});

test('a wrong form is refused whole and names its first wrong field', () => {
	const parsed = parseForm({...good, adminEmail: 'ada'});
	assert.equal(parsed.ok, false);
	if (!parsed.ok) assert.equal(parsed.problem.field, 'adminEmail');
});

test('every field has a group, help and an initial value; secrets are in no draft', () => {
	for (const field of fields) {
		assert.ok(groups.some(group => group.id === field.group));
		assert.ok(field.help.length > 10);
	}
	assert.deepEqual(new Set(fields.map(field => field.name)), new Set(fieldNames));
	assert.equal('adminPassword' in emptyDraft(), false);
});

test('no input throws: any text in any field gives a value or a message', () => {
	fc.assert(
		fc.property(fc.constantFrom(...fieldNames), fc.string({unit: 'binary', maxLength: 300}), (name, typed) => {
			const checked = checkField(name, typed);
			return checked.ok ? typeof checked.value === 'string' : checked.message.length > 0;
		}),
	);
});
