// The day of faults itself: the same seed is the same day, a good answer stays one
// whatever is done to its bytes, and what may not be is found.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startUpstream } from '../upstream/upstream.mjs';
import { DIALECTS } from '../upstream/dialects.mjs';
import { eventText } from '../upstream/replies.mjs';
import { ask } from '../integration/client.mjs';
import { LANES, NAMES } from '../integration/samples.mjs';
import { damaged, torn } from './damage.mjs';
import { Fault, judge } from './judge.mjs';
import { operation } from './operations.mjs';
import { Random } from './random.mjs';
import { goodRequest } from './requests.mjs';
import { plan } from './upstream_plan.mjs';

const REPLY = { text: 'Answer 1', thinking: '', calls: [] };

// What of a day follows from its seed.
const day = (seed) => JSON.stringify(Array.from({ length: 500 }, (_, number) => {
	const { name, random } = operation(seed, number);
	const { name: what, kind } = plan(new Random(seed, number, 'attempt', 0),
	    { dialect: 'chat', stream: number % 2 === 0 }, REPLY);
	return [name, goodRequest(number, random), what, kind];
}));

describe('a day', () => {
	test('is the same for the same seed', () => {
		assert.equal(day('7'), day('7'));
		assert.notEqual(day('7'), day('8'));
	});
	test('holds every operation and every kind of answer', () => {
		const seen = new Set(Array.from({ length: 20000 }, (_, number) =>
			operation('7', number).name));
		for (const name of ['converse', 'hangUp', 'hostileFastCgi', 'look',
		    'killResponder', 'killTokend', 'killFolding', 'fillDisk',
		    'tearConfig', 'tearToken', 'failLogin', 'moveLog'])
			assert.ok(seen.has(name), name);
		for (const kind of ['exact', 'short', 'altered', 'error'])
			assert.ok(day('7').includes(`"${kind}"`), kind);
	});
	test('tears without a loss, and damages', () => {
		const bytes = Buffer.from('some bytes, '.repeat(5000));
		for (let i = 0; i < 200; i++) {
			const random = new Random('damage', i);
			assert.ok(Buffer.concat(torn(random, bytes)).equals(bytes));
			assert.ok(!damaged(random, bytes).equals(bytes));
		}
	});
});

describe('an answer that counts as good', () => {
	let upstream;

	before(async () => {
		upstream = await startUpstream();
		upstream.strict = false;
	});
	after(() => upstream?.stop());

	for (const name of NAMES)
		test(`${name} has the bytes that it should have`, async () => {
			const { path, body } = LANES[name];
			const names = new Set();
			for (let i = 0; i < 120; i++) {
				let expected, kind;
				upstream.fallback = (entry) => {
					const { whole, events } = DIALECTS[name]
					    .write(REPLY, entry);
					const one = plan(new Random(name, i), entry,
					    REPLY);
					expected = entry.stream ? events.map(
					    eventText).join('') :
					    JSON.stringify(whole);
					({ kind } = one);
					if (kind === 'exact')
						names.add(one.name);
					return kind === 'exact' ? one.answer :
						{ body: '' };
				};
				const answer = await ask(upstream, { path: name ===
				    'generate' ? '/api/llm/g/v1/generate' : path,
				    body: body('hi', { stream: i % 2 === 0 }) });
				if (kind === 'exact')
					assert.equal(answer.text, expected);
			}
			assert.ok(names.size > 3, [...names].join());
		});
});

describe('what may not be is found', () => {
	const { whole, events } = DIALECTS.chat.write(REPLY, {});
	const stream = events.map(eventText);
	const answerOf = (text, more) => ({ status: 200, cut: false, text,
		get json() { return JSON.parse(text); }, ...more });
	const judged = (text, kind, { streamed = true, undisturbed = true,
	    clean = false, dialect = 'messages', ...more } = {}) => judge(
	    { client: 'chat', stream: streamed }, answerOf(text, more),
	    [{ kind, clean, dialect }], REPLY, undisturbed);

	test('a whole answer is one', () => {
		assert.equal(judged(stream.join(''), 'exact'), 'whole');
		assert.equal(judged(JSON.stringify(whole), 'exact',
		    { streamed: false }), 'whole');
	});
	test('a good answer that was refused, or is another one', () => {
		assert.throws(() => judged('{"error":{}}', 'exact',
		    { status: 502 }), Fault);
		assert.throws(() => judged(stream.join('').replace('Answer 1',
		    'Answer 2'), 'exact'), Fault);
		assert.equal(judged('{"error":{}}', 'exact', { status: 502,
			undisturbed: false }), 'refused');
	});
	test('a part that looks whole', () => {
		const half = JSON.stringify(whole).replace('Answer 1', 'Answ');
		for (const undisturbed of [true, false])
			assert.throws(() => judged(half, 'short', { undisturbed,
				streamed: false }), /looks whole/);
		assert.throws(() => judged([stream[0], ...stream.slice(2)].join(''),
		    'short'), /looks whole/);
	});
	test('a stream that ends without a word', () => {
		const half = stream.slice(0, 2).join('');
		assert.throws(() => judged(half, 'short'), /without a word/);
		assert.equal(judged(half, 'short', { cut: true }), 'failed');
		assert.equal(judged(half, 'short', { clean: true,
			dialect: 'chat' }), 'failed');
	});
	test('an error that is no JSON', () => {
		for (const text of ['', '<html>', '{}'])
			assert.throws(() => judged(text, 'error', { status: 500 }),
			    Fault);
	});
	test('an answer that nobody gave', () => {
		assert.throws(() => judge({ client: 'chat', stream: true },
		    answerOf(stream.join('')), [], REPLY, true), /no upstream/);
	});
});
