// The vocabulary of the request validators.
//
// A check is a function (value, path) that returns nothing or throws
// Invalid.  A path is an array of keys and indexes; each dialect spells
// it in its own way when it words the error.

export class Invalid extends Error {
	constructor(path, message, kind = 'value') {
		super(message);
		this.path = path;
		this.kind = kind;	// missing, unknown, type or value
	}
}

export function fail(path, message, kind) {
	throw new Invalid(path, message, kind);
}

const kindOf = (value) => value === null ? 'null' :
	Array.isArray(value) ? 'array' : typeof value;

function expect(value, path, kind) {
	if (kindOf(value) !== kind)
		fail(path, `expected ${kind}, got ${kindOf(value)}`, 'type');
}

export const any = () => {};

export function bool(value, path) {
	expect(value, path, 'boolean');
}

export const text = ({ min = 0, max = Infinity, pattern } = {}) =>
	(value, path) => {
		expect(value, path, 'string');
		if (value.length < min || value.length > max)
			fail(path, `length ${value.length} is not within ` +
			    `${min}..${max}`);
		if (pattern && !pattern.test(value))
			fail(path, `string should match pattern '${pattern.source}'`);
	};

// Text that holds something besides white space.
export function solid(value, path) {
	expect(value, path, 'string');
	if (!value.trim())
		fail(path, 'text content blocks must contain non-whitespace text');
}

export const number = (min = -Infinity, max = Infinity) => (value, path) => {
	expect(value, path, 'number');
	if (value < min || value > max)
		fail(path, `${value} is not within ${min}..${max}`);
};

export const integer = (min, max) => (value, path) => {
	number(min, max)(value, path);
	if (!Number.isInteger(value))
		fail(path, 'expected an integer', 'type');
};

export const word = (...words) => (value, path) => {
	if (!words.includes(value))
		fail(path, `${JSON.stringify(value)} is not one of ` +
		    words.join(', '));
};

export const nullable = (check) => (value, path) => {
	if (value !== null)
		check(value, path);
};

export const list = (check, { min = 0, max = Infinity } = {}) =>
	(value, path) => {
		expect(value, path, 'array');
		if (value.length < min || value.length > max)
			fail(path, `${value.length} entries are not within ` +
			    `${min}..${max}`);
		value.forEach((entry, i) => check(entry, [...path, i]));
	};

// An object with free keys.
export const map = (check = any, { max = Infinity, key = Infinity } = {}) =>
	(value, path) => {
		expect(value, path, 'object');
		const entries = Object.entries(value);
		if (entries.length > max)
			fail(path, `more than ${max} entries`);
		for (const [name, entry] of entries) {
			if (name.length > key)
				fail([...path, name], `key over ${key} characters`);
			check(entry, [...path, name]);
		}
	};

export const anyObject = map();

// An object whose keys are all known.  A name that ends in "!" is required.
// spell() maps a key of the wire to the table's (Google takes two spellings).
export function object(table, { spell = (key) => key } = {}) {
	const fields = new Map();
	const required = [];

	for (const [name, check] of Object.entries(table)) {
		fields.set(name.replace(/!$/, ''), check);
		if (name.endsWith('!'))
			required.push(name.slice(0, -1));
	}
	return (value, path) => {
		expect(value, path, 'object');
		const seen = new Set();
		for (const key of Object.keys(value)) {
			const check = fields.get(spell(key));
			if (!check)
				fail([...path, key], 'unknown field', 'unknown');
			check(value[key], [...path, key]);
			seen.add(spell(key));
		}
		for (const name of required)
			if (!seen.has(name))
				fail([...path, name], 'field required', 'missing');
	};
}

// An object whose form depends on one of its fields, `type` as a rule.
export const tagged = (tag, table, otherwise) => (value, path) => {
	expect(value, path, 'object');
	const name = value[tag];
	if (name === undefined && !table[undefined] && !otherwise)
		fail([...path, tag], 'field required', 'missing');
	const check = (Object.hasOwn(table, name) && table[name]) ||
	    (otherwise && otherwise(name));
	if (!check)
		fail([...path, tag], `'${name}' is not one of ` +
		    Object.keys(table).join(', '));
	check(value, path);
};

// A value whose form depends on its JSON kind.
export const byKind = (table) => (value, path) => {
	const check = table[kindOf(value)];
	if (!check)
		fail(path, `expected ${Object.keys(table).join(' or ')}, got ` +
		    kindOf(value), 'type');
	check(value, path);
};

// Base64 of the standard alphabet, whole groups of four: what a field of bytes is.
export function base64(value, path) {
	text({ min: 1 })(value, path);
	if (value.length % 4 || !/^[A-Za-z0-9+/]+={0,2}$/.test(value))
		fail(path, 'Base64 decoding failed', 'bytes');
}

// What OpenAI takes as parameters of a function, strict or not: an object that
// says its properties, and lists that say their items.
const ROOT_BANNED = ['oneOf', 'anyOf', 'allOf', 'enum', 'not'];

export function parametersSchema(schema, name, path) {
	const bad = (why) => fail(path, `Invalid schema for function '${name}': ` +
	    `${why}.`, 'schema');

	if (schema.type !== 'object')
		bad('schema must be a JSON Schema of \'type: "object"\', got ' +
		    `'type: "${schema.type ?? 'None'}"'`);
	if (ROOT_BANNED.some((key) => key in schema))
		bad("schema must have type 'object' and not have 'oneOf'/'anyOf'/" +
		    "'allOf'/'enum'/'not' at the top level");
	if (kindOf(schema.properties) !== 'object')
		bad('In context=(), object schema missing properties');
	itemsSaid(schema, [], bad);
}

function itemsSaid(schema, context, bad) {
	if (kindOf(schema) !== 'object')
		return;
	if (schema.type === 'array' && schema.items === undefined)
		bad(`In context=(${context.map((key) => `'${key}'`).join(', ')}), ` +
		    'array schema missing items');
	for (const [name, sub] of Object.entries(schema.properties ?? {}))
		itemsSaid(sub, [...context, 'properties', name], bad);
	itemsSaid(schema.items, [...context, 'items'], bad);
}

// The rule of strict structured output at OpenAI and Anthropic: every object
// is closed and, where `all` says so, names all its properties as required.
export function closedSchema(schema, path, { all }) {
	if (kindOf(schema) !== 'object')
		return;
	if (schema.type === 'object' || schema.properties) {
		if (schema.additionalProperties !== false)
			fail(path, "'additionalProperties' is required to be " +
			    'supplied and to be false');
		const missing = Object.keys(schema.properties ?? {}).find(
		    (name) => !schema.required?.includes(name));
		if (all && missing !== undefined)
			fail(path, "'required' is required to be supplied and to be " +
			    'an array including every key in properties. ' +
			    `Missing '${missing}'.`);
	}
	for (const key of ['properties', '$defs', 'definitions'])
		for (const [name, sub] of Object.entries(schema[key] ?? {}))
			closedSchema(sub, [...path, key, name], { all });
	for (const key of ['anyOf', 'oneOf', 'allOf', 'prefixItems'])
		(schema[key] ?? []).forEach((sub, i) =>
			closedSchema(sub, [...path, key, i], { all }));
	closedSchema(schema.items, [...path, 'items'], { all });
}
