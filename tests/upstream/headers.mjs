// What a request to an upstream carries in its headers, and nothing else.

import { fail } from './check.mjs';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const some = /\S/;
const STAINLESS = {
	'x-stainless-arch': some, 'x-stainless-lang': some,
	'x-stainless-os': some, 'x-stainless-runtime': some,
	'x-stainless-retry-count': /^\d+$/,
	'x-stainless-package-version': /^\d+\.\d+\.\d+/,
	'x-stainless-runtime-version': /^v\d+/,
};
const WIRE = { host: some, 'content-type': /^application\/json(; *charset=utf-8)?$/,
    'content-length': /^\d+$/, 'transfer-encoding': /^chunked$/,
    connection: /^keep-alive$/i, accept: some, 'accept-encoding': /^identity$/ };

// Required ones end in "!".
const FACTORY = {
	...WIRE,
	'authorization!': /^Bearer \S+$/,
	'user-agent!': /^factory-cli\/\d+\.\d+\.\d+$/,
	'x-api-provider!': /^(?!null$)\S+$/,
	'x-factory-client!': some,
	'x-session-id!': UUID,
	'x-assistant-message-id!': UUID,
};
const required = (table) => Object.fromEntries(Object.entries(table).map(
    ([name, pattern]) => [`${name}!`, pattern]));
const ANTHROPIC = { 'anthropic-version!': /^\d{4}-\d\d-\d\d$/,
    'anthropic-beta': /^[a-z0-9-]+(, ?[a-z0-9-]+)*$/ };
const FACTORY_KINDS = {
	messages: { ...FACTORY, ...ANTHROPIC, 'x-api-key!': /^placeholder$/,
	    'x-stainless-timeout!': /^\d+$/,
	    'x-stainless-helper-method': /^stream$/, ...required(STAINLESS) },
	responses: { ...FACTORY, ...required(STAINLESS) },
	chat: { ...FACTORY, ...required(STAINLESS) },
	generate: { ...FACTORY, 'x-client-version!': /^\d+\.\d+\.\d+$/ },
};
const PLAIN = { ...WIRE, 'user-agent': some };
const AUTH = { authorization: /^Bearer \S+$/, 'x-api-key': /^(?!placeholder$)\S+$/,
    'x-goog-api-key': /^\S+$/ };
const PLAIN_KINDS = {
	messages: { ...PLAIN, ...AUTH, ...ANTHROPIC },
	responses: { ...PLAIN, ...AUTH },
	chat: { ...PLAIN, ...AUTH },
	generate: { ...PLAIN, ...AUTH },
};

// request: {dialect, profile, headers, rawHeaders}; allow: names of further
// headers that the configuration under test adds.
export function checkHeaders(request, allow = []) {
	const table = (request.profile === 'factory' ? FACTORY_KINDS :
	    PLAIN_KINDS)[request.dialect];
	const seen = new Set();

	for (let i = 0; i < request.rawHeaders.length; i += 2) {
		const name = request.rawHeaders[i].toLowerCase();
		const value = request.rawHeaders[i + 1];
		const pattern = table[name] ?? table[`${name}!`];

		if (seen.has(name))
			fail(['header', name], `header ${name} stands twice`);
		seen.add(name);
		if (allow.includes(name))
			continue;
		if (!pattern)
			fail(['header', name], `header ${name} does not belong here`);
		if (!pattern.test(value))
			fail(['header', name], `header ${name} has a wrong value: ` +
			    value);
	}
	for (const name of Object.keys(table))
		if (name.endsWith('!') && !seen.has(name.slice(0, -1)) &&
		    !allow.includes(name.slice(0, -1)))
			fail(['header', name], `header ${name.slice(0, -1)} is missing`);
	if (!seen.has('content-type'))
		fail(['header'], 'header content-type is missing');
	const styles = Object.keys(AUTH).filter((name) => seen.has(name));
	if (request.profile === 'plain' && styles.length > 1)
		fail(['header'], `several credentials: ${styles.join(', ')}`);
}
