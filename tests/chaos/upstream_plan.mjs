// What the upstream makes of a good answer. A plan is {name, kind, clean, dialect,
// answer}:
//
//   exact	all of it arrives, however slowly or torn
//   short	its end does not arrive, and whoever reads can know that
//   altered	other bytes, which may or may not look like an answer
//   error	a status that says so
//
// `clean`: the transfer itself ends well; `answer` is what tests/upstream/answer.mjs gives.

import zlib from 'node:zlib';
import { DIALECTS } from '../upstream/dialects.mjs';
import { eventText } from '../upstream/replies.mjs';
import { damaged, torn } from './damage.mjs';

const STALLED_MS = [0, 1, 20, 200];

// The good answer as it goes over the wire.
function headOf(good, more) {
	const headers = { 'content-type': good.events ? 'text/event-stream' :
		'application/json', date: new Date().toUTCString(), ...more };
	return Buffer.from(`HTTP/1.1 200 OK\r\n${Object.entries(headers).map(
	    ([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`);
}

const bodyOf = (good) => Buffer.from(good.events ?
	good.events.map(eventText).join('') : JSON.stringify(good.body));

const chunk = (bytes) => Buffer.concat([
	Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes,
	Buffer.from('\r\n')]);
const LAST_CHUNK = Buffer.from('0\r\n\r\n');

const chunked = (good, pieces) => [headOf(good, {
	'transfer-encoding': 'chunked' }), ...pieces.map(chunk), LAST_CHUNK];

const withLength = (good, bytes, length = bytes.length, more = {}) => [
	headOf(good, { 'content-length': length, ...more }), bytes];

const wire = (random, good) => Buffer.concat(random.chance(0.5) ?
	chunked(good, torn(random, bodyOf(good))) :
	withLength(good, bodyOf(good)));

// Where something breaks: anywhere, or near the end, where it counts.
const breakIn = (random, length) => random.chance(0.5) ?
	random.below(length) : Math.max(0, length - 1 - random.below(200));

const ends = (random) => random.pick([[], [], ['rst'], ['hang']]);

const EXACT = {
	plain: (random, good) => good,
	slow: (random, good) => ({ ...good, delayMs: random.below(300),
		eventDelayMs: random.below(4) }),
	pieces: (random, good) => ({ ...good,
		writeSize: random.between(7, 90) }),
	'torn chunks': (random, good) => {
		const steps = chunked(good, torn(random, bodyOf(good)));
		for (let i = random.below(4); i > 0; i--)
			steps.splice(random.below(steps.length), 0,
			    random.pick(STALLED_MS));
		return { wire: steps };
	},
	'torn packets': (random, good) => ({ wire: torn(random,
		wire(random, good)) }),
	'a silent second': (random, good) => {
		const bytes = wire(random, good);
		const at = random.below(bytes.length);
		return { wire: [bytes.subarray(0, at), 1100,
			bytes.subarray(at)] };
	},
	'no length': (random, good) => ({ wire: [headOf(good, { connection:
		'close' }), bodyOf(good)] }),
	'extra bytes behind': (random, good) => ({ wire: [...withLength(good,
		bodyOf(good)), random.bytes(random.between(1, 300)), 50] }),
};

const SHORT = {
	cut: (random, good) => {
		const bytes = wire(random, good);
		return { wire: [bytes.subarray(0, breakIn(random, bytes.length)),
			random.pick(STALLED_MS), ...ends(random)] };
	},
	'cut, but for its length': (random, good) => {
		const bytes = bodyOf(good);
		return { wire: withLength(good, bytes.subarray(0,
			breakIn(random, bytes.length))) };
	},
	'ends early': (random, good) => {
		const bytes = bodyOf(good);
		return { wire: chunked(good, torn(random, bytes.subarray(0,
			breakIn(random, bytes.length)))) };
	},
	'too long a length': (random, good) => ({ wire: [...withLength(good,
		bodyOf(good), bodyOf(good).length + random.between(1, 9999)),
		...ends(random)] }),
	'too short a length': (random, good) => ({ wire: withLength(good,
		bodyOf(good), breakIn(random, bodyOf(good).length)) }),
	silence: () => ({ hang: true }),
	'nothing at all': () => ({ wire: [] }),
	reset: () => ({ wire: ['rst'] }),
	'comments without end': (random, good) => ({ wire: [headOf({ events: [] },
		{ 'transfer-encoding': 'chunked' }), ...Array.from({ length: 40 },
		() => [chunk(Buffer.from(good.events ? ': still here\n\n' : ' ')),
		    50]).flat(), LAST_CHUNK] }),
};

const HTML = '<!DOCTYPE html><html><head><title>Sorry</title></head><body>' +
	'<h1>Blocked</h1><p>Ray ID: 8f3 &amp; more</p></body></html>\n';

const ALTERED = {
	damage: (random, good) => ({ wire: torn(random,
		damaged(random, wire(random, good))) }),
	'damage in the body': (random, good) => ({ wire: withLength(good,
		damaged(random, bodyOf(good))) }),
	'damage in an event': (random, good) => {
		const pieces = good.events?.map((one) =>
			Buffer.from(eventText(one))) ?? [bodyOf(good)];
		const at = random.below(pieces.length);
		pieces[at] = damaged(random, pieces[at]);
		return { wire: chunked(good, pieces.filter((one) =>
			one.length)) };
	},
	'events in another order': (random, good) => {
		const events = [...good.events ?? []];
		for (let i = random.between(1, 3); events.length > 1 && i > 0; i--) {
			const [one] = events.splice(random.below(events.length), 1);
			events.splice(random.below(events.length), 0, one);
		}
		return good.events ? { events } : good;
	},
	gzip: (random, good) => {
		const bytes = zlib.gzipSync(bodyOf(good));
		return { wire: withLength(good, random.chance(0.5) ? bytes :
			damaged(random, bytes), undefined,
		    { 'content-encoding': 'gzip' }) };
	},
	'garbage that says gzip': (random, good) => ({ wire: withLength(good,
		random.bytes(random.between(1, 500)), undefined,
		{ 'content-encoding': 'gzip' }) }),
	html: (random) => ({ status: random.pick([200, 200, 403, 502, 503]),
		headers: { 'content-type': 'text/html' }, body: HTML }),
	'another type': (random, good) => ({ ...good, headers: {
		'content-type': random.pick(['text/plain', 'application/json',
		    'text/event-stream', 'application/octet-stream']) } }),
	empty: () => ({ body: '' }),
	'no content': () => ({ wire: [Buffer.from(
		'HTTP/1.1 204 No Content\r\n\r\n')] }),
	'half JSON': (random) => ({ body: random.pick(['{', '[]', 'null', '""',
		'{"choices":', '{}', '[{}]', '7']) }),
	'deep JSON': (random) => ({ body: random.pick(['[', '{"a":'])
		.repeat(random.pick([100, 5000, 100000])) }),
	'a header of 100 KB': (random, good) => ({ wire: withLength(good,
		bodyOf(good), undefined, { 'x-long': 'x'.repeat(100000) }) }),
	'1,000 headers': (random, good) => ({ wire: withLength(good, bodyOf(good),
		undefined, Object.fromEntries(Array.from({ length: 1000 },
		    (_, i) => [`x-${i}`, i]))) }),
	noise: (random) => ({ wire: torn(random,
		random.bytes(random.between(1, 4000))) }),
	'another form': (random, good, other) => other,
};

const STATUSES = [400, 401, 402, 403, 404, 408, 409, 413, 422, 425, 429, 500,
	502, 503, 504, 520, 529];

const ERROR = {
	status: (random) => ({ status: random.pick(STATUSES) }),
	'retry later': (random) => ({ status: random.pick([429, 503, 529]),
		headers: { 'retry-after': '1' } }),
	'of no sense': (random) => ({ status: random.pick(STATUSES),
		body: random.pick(['', 'no', '{"error":', '{"error":{}}',
		    '{"error":"x"}', '{"message":7}', '[]', HTML]) }),
	'damaged': (random, good, other, dialect) => {
		const status = random.pick(STATUSES);
		return { ...dialect.error(status, 'as ordered'),
			body: damaged(random, Buffer.from(JSON.stringify(
			    dialect.error(status, 'as ordered').body))) };
	},
	'elsewhere': (random) => ({ status: random.pick([301, 302, 307]),
		headers: { location: 'http://127.0.0.1:9/' }, body: '' }),
};

// Those that end as HTTP wants it: who passes bytes on has nothing to tell.
const CLEAN = new Set(['cut, but for its length', 'ends early',
	'too short a length', 'comments without end']);

const KINDS = { exact: EXACT, short: SHORT, altered: ALTERED, error: ERROR };
const WEIGHTS = { exact: 8, short: 4, altered: 5, error: 3 };
const RARE = new Set(['silence', 'comments without end', 'a silent second']);

// `reply` as tests/upstream/replies.mjs has it; `random` is this attempt's own.
export function plan(random, entry, reply) {
	const dialect = DIALECTS[entry.dialect];
	const { whole, events } = dialect.write(reply, entry);
	const [good, other] = entry.stream ? [{ events }, { body: whole }] :
		[{ body: whole }, { events }];
	const kind = random.weighted(WEIGHTS);
	let name = random.pick(Object.keys(KINDS[kind]));

	if (RARE.has(name) && random.chance(0.7))
		name = random.pick(Object.keys(KINDS[kind]));
	return { kind, name, clean: CLEAN.has(name), dialect: entry.dialect,
		answer: KINDS[kind][name](random, good, other, dialect) };
}
