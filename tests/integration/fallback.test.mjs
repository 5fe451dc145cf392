// Several upstreams for a model: who is asked, who is asked next, and what the
// client sees of it: nothing.

import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before, beforeEach, describe, test } from 'node:test';
import { Steps, startUpstream } from '../upstream/upstream.mjs';
import { freePort, startGateway, until } from './gateway.mjs';
import { ask, open, readEvents } from './client.mjs';
import { LANES, NAMES } from './samples.mjs';

// Two of each kind, at two servers: the first is asked before the second.
const KINDS = {
	chat: ['common', '/api/llm/o/v1/chat/completions'],
	responses: ['openai', '/api/llm/o/v1/responses'],
	messages: ['anthropic', '/api/llm/a/v1/messages'],
	generate: ['google', '/api/llm/g/v1/generate'],
};
let one, two, gateway, dead;

const endpoint = (name, url, kind) => ({ name: `${name}-${kind}`,
	type: KINDS[kind][0], base_url: url + KINDS[kind][1] });

const pair = (first, second, more = {}) => ({
	id: `${first}/${second}`, provider: 'any',
	upstreams: [{ endpoint: `one-${first}`, weight: 1 },
		{ endpoint: `two-${second}`, weight: 0 }],
	operations: ['conversations', 'embeddings'],
	reasoning: 'auto', first_event_timeout_s: 1, ...more });

before(async () => {
	one = await startUpstream();
	two = await startUpstream();
	dead = await freePort();
	const models = NAMES.flatMap((first) => NAMES.flatMap((second) =>
		['', '/2', '/3', '/4', '/patient'].map((more) => pair(first,
			second, { id: `${first}/${second}${more}`,
				first_event_timeout_s: more === '/patient' ? 30 : 1,
			}))));
	gateway = await startGateway({ upstream: one, config: {
		keep_alive_s: 1, attempts_max: 3,
		model_redirects: { 'another name': 'catches' },
		endpoint: NAMES.flatMap((kind) => [
			endpoint('one', one.url, kind),
			endpoint('two', two.url, kind),
			endpoint('dead', `http://127.0.0.1:${dead}`, kind)]),
		models: [...models, ...[
			{ id: 'dead', upstreams: [{ endpoint: 'dead-chat' },
				{ endpoint: 'two-chat', weight: 0 }] },
			{ id: 'spread', upstreams: [
				{ endpoint: 'one-chat', id: 'spread-one', weight: 3 },
				{ endpoint: 'two-chat', id: 'spread-two' }] },
			{ id: 'aside', upstreams: [
				{ endpoint: 'one-chat', id: 'aside-one' },
				{ endpoint: 'two-chat', weight: 0 }] },
			{ id: 'refusing', upstreams: [
				{ endpoint: 'one-chat', id: 'refusing-one' },
				{ endpoint: 'two-chat', weight: 0 }] },
			{ id: 'said', upstreams: [
				{ endpoint: 'one-chat', id: 'said-one' },
				{ endpoint: 'two-chat', weight: 0 }] },
			{ id: 'falls', endpoint: 'one-messages', reasoning: 'auto',
				fallback: ['catches'] },
			{ id: 'catches', endpoint: 'two-chat' },
			{ id: 'many', upstreams: ['chat', 'responses', 'messages',
				'generate'].flatMap((kind) => [
				{ endpoint: `one-${kind}` },
				{ endpoint: `two-${kind}` }]) },
			{ id: 'any-*', upstreams: [{ endpoint: 'one-chat' },
				{ endpoint: 'two-chat', weight: 0 }] },
			{ id: 'renamed', endpoint: 'one-messages',
				fallback: ['another name'] },
			{ id: 'both', upstreams: [
				{ endpoint: 'one-chat', id: 'both-one' },
				{ endpoint: 'two-chat', weight: 0 }] },
			{ id: 'alone', endpoint: 'one-chat' },
			{ id: 'counts', upstreams: [{ endpoint: 'one-messages' },
				{ endpoint: 'two-messages', weight: 0 }] },
			{ id: 'embeds', operations: ['embeddings'],
				upstreams: [{ endpoint: 'one-messages' },
				{ endpoint: 'two-chat', weight: 0 }] },
			{ id: 'embeds too', operations: ['embeddings'],
				upstreams: [{ endpoint: 'one-chat' },
				{ endpoint: 'two-chat', weight: 0 }] },
			{ id: 'embeds alone', operations: ['embeddings'],
				endpoint: 'one-chat', fallback: ['alone'] },
		].map((model) => ({ provider: 'any', ...model }))] } });
});
beforeEach(() => {
	one.reset();
	two.reset();
});
after(async () => {
	await gateway?.stop();
	await one?.stop();
	await two?.stop();
});

const question = (client, model, more = {}) => ({ path: LANES[client].path,
	body: LANES[client].body('hi', { model, ...more }) });

async function stateOf(model, endpoint = 'one-chat') {
	const answer = await ask(gateway, { method: 'GET', path: '/status' });
	return JSON.parse(answer.text).upstreams.find((each) =>
		each.model === model && each.endpoint === endpoint);
}

// What the first may do that is its own trouble.
const HTML = '<html><title>Bad gateway</title></html>';
const TROUBLES = {
	529: { status: 529, body: { type: 'error', error: {
		type: 'overloaded_error', message: 'Overloaded' } } },
	'500 with a page': { status: 500, body: HTML,
		headers: { 'content-type': 'text/html' } },
	'502 without a body': { status: 502, body: '' },
	408: { status: 408, body: { error: { message: 'too slow' } } },
	425: { status: 425, body: { error: { message: 'too early' } } },
	'429': { status: 429, body: { error: { message: 'slow down' } } },
	'401 to a key of ours': { status: 401, body: { error: {
		message: 'bad key', type: 'authentication_error' } } },
	'403 to a key of ours': { status: 403, body: { error: {
		message: 'no', code: 403, status: 'PERMISSION_DENIED' } } },
	'404, no such model': { status: 404, body: { error: {
		code: 'model_not_found', message: 'no such model' } } },
	'400, no such model': { status: 400, body: { error: {
		type: 'invalid_request_error',
		message: 'The model `x` does not exist' } } },
	'200 with a page': { body: HTML, headers: { 'content-type': 'text/html' } },
	'200 without a body': { body: '' },
	'200 with an error': { body: { error: { code: 502,
		message: 'Provider returned error' } } },
	'200 with an error of another API': { body: { type: 'error', error: {
		type: 'overloaded_error', message: 'Overloaded' } } },
	'no HTTP': { raw: 'good morning\r\n\r\n' },
	'silence': { hang: true },
};
const STREAM_TROUBLES = {
	'cut before any event': { cutAfter: 0, cut: 'rst', events: [] },
	'an empty stream': { events: [] },
	'signs of life for ever': { eventDelayMs: 50, events: Array.from(
		{ length: 400 }, () => ': PROCESSING\n\n') },
	'nothing but the end': { events: ['data: [DONE]\n\n'] },
	'only a comment, then silence': { events: [': hello\n\n'], cutAfter: 1,
		cut: 'hang' },
};

describe('the next upstream is asked', () => {
	let n = 0;

	// Whoever fails three times is set aside: the pairs take turns.
	const nextPair = () => {
		const first = NAMES[n % 4], second = NAMES[(n >> 2) % 4];
		const more = ['', '/2', '/3'][n >> 4];
		n++;
		return [first, second, more];
	};
	for (const stream of [false, true])
		for (const [what, fault] of Object.entries(stream ?
		    { ...TROUBLES, ...STREAM_TROUBLES } : TROUBLES))
			test(`${what}${stream ? ', streamed' : ''}`, async () => {
				const [first, second, more] = nextPair();
				for (const client of [NAMES[n % 4], first]) {
					one.reset();
					two.reset();
					one.next(fault);
					two.next({ reply: { text: 'from the second' } });
					const answer = await ask(gateway, question(client,
						`${first}/${second}${more}`,
						client === 'generate' && !stream ? {} :
						{ stream }));
					assert.equal(answer.status, 200, answer.text);
					assert.equal(answer.cut, false);
					assert.match(answer.text, /second/);
					assert.equal(answer.headers[
						'x-droid2api-upstream'], `two-${second}`);
					assert.equal(one.requests.length, 1);
					assert.equal(two.requests.length, 1);
				}
			});
	test('nobody there', async () => {
		const answer = await ask(gateway, question('chat', 'dead'));
		assert.equal(answer.status, 200);
		await gateway.logged(/upstream=dead-chat:failed,two-chat:200 /);
		const { exchanges } = (await ask(gateway, {
			path: '/v1/usage/last?count=1' })).json;
		assert.equal(exchanges[0].tries, 'dead-chat:failed,two-chat:200');
		assert.equal(exchanges[0].attempts, 2);
	});
	test('another model, which the reply names', async () => {
		one.next({ status: 503, body: 'down' });
		const answer = await ask(gateway, question('messages', 'falls'));
		assert.equal(JSON.parse(answer.text).model, 'catches');
		assert.equal(two.requests[0].body.model, 'catches');
	});
	test('a model by another name', async () => {
		one.next({ status: 503, body: 'down' });
		const answer = await ask(gateway, question('messages', 'renamed'));
		assert.equal(JSON.parse(answer.text).model, 'catches');
	});
	const LEFT = {
		chat: ['data: [DONE]\n\n'],
		messages: [{ event: 'message_stop', data: { type: 'message_stop' } }],
	};
	for (const kind of Object.keys(LEFT))
		test(`what the first left behind does not end the second, ${kind}`,
		    async () => {
			one.next({ events: LEFT[kind] });
			const slow = new Steps();
			two.next({ steps: slow, reply: { text: 'a long pause' } });
			const answer = await open(gateway, question(kind,
				`${kind}/${kind}/4`, { stream: true }));
			slow.go(4);
			await answer.event();
			// More than is waited behind an end.
			await new Promise((resolve) => setTimeout(resolve, 2500));
			slow.all();
			await answer.done;
			assert.equal(two.requests.length, 1);
			assert.equal(answer.cut, false);
			assert.match(answer.text, /"(stop|end_turn|completed)"/);
		});
	test('a head and an empty block are no content', async () => {
		const events = [
			{ event: 'message_start', data: { type: 'message_start',
				message: { id: 'msg_1', type: 'message',
				role: 'assistant', content: [], model: 'm',
				usage: { input_tokens: 1, output_tokens: 1 } } } },
			{ event: 'content_block_start', data: {
				type: 'content_block_start', index: 0,
				content_block: { type: 'text', text: '' } } },
			{ event: 'error', data: { type: 'error', error: {
				type: 'overloaded_error', message: 'Overloaded' } } }];
		for (const [client, second] of [['messages', 'messages'],
			['chat', 'generate']]) {
			one.next({ events });
			const answer = await ask(gateway, question(client,
				`messages/${second}`, { stream: true }));
			assert.equal(answer.status, 200);
			assert.doesNotMatch(answer.text, /verloaded|msg_1/);
			assert.equal(two.requests.at(-1).path, KINDS[second][1]);
		}
	});
});

test('what the first one began is not what the next one ends', async () => {
	one.next({ cutAfter: 1, cut: 'rst', events: [{ event: 'response.created',
		data: { type: 'response.created', response: { id: 'resp_1' } } }] });
	two.next({ cutAfter: 4, cut: 'rst' });
	const answer = await ask(gateway, question('chat', 'responses/chat',
		{ stream: true }));
	const { data } = readEvents(answer.text).at(-1);
	assert.equal(two.requests.length, 1);
	assert.ok(data.error, answer.text);
});

describe('of what not every endpoint has', () => {
	const count = (model) => ({ path: '/v1/messages/count_tokens', body: {
		model, messages: [{ role: 'user', content: 'How many?' }] } });
	const estimated = (answer) => answer.headers['x-droid2api-estimate'];
	const NO_ROUTE = { status: 404, body: { type: 'error', error: {
		type: 'not_found_error', message: 'no' } } };

	test('one that does not count is not asked to', async () => {
		const answer = await ask(gateway, count('chat/messages'));
		assert.equal(answer.status, 200, answer.text);
		assert.equal(answer.json.input_tokens, 14);
		assert.equal(estimated(answer), undefined);
		assert.equal(one.requests.length, 0);
		assert.match(two.last.path, /count_tokens$/);
	});
	test('nor is one that says so, which is not held against it', async () => {
		for (let i = 0; i < 4; i++) {
			one.next(NO_ROUTE);
			const answer = await ask(gateway, count('counts'));
			assert.equal(answer.json.input_tokens, 14, answer.text);
			assert.equal(estimated(answer), undefined);
			assert.equal(one.requests.length, i + 1);
		}
		assert.equal((await stateOf('counts', 'one-messages')).state, 'up');
	});
	test('where none counts it is estimated, and none is set aside',
	    async () => {
		for (let i = 0; i < 4; i++) {
			one.next(NO_ROUTE);
			two.next(NO_ROUTE);
			const answer = await ask(gateway, count('counts'));
			assert.equal(answer.status, 200, answer.text);
			assert.equal(estimated(answer), '1');
		}
		assert.equal(two.requests.length, 4);
		assert.equal((await stateOf('counts', 'two-messages')).state, 'up');
	});
	const LIST = { anyRoute: true, body: { object: 'list', data: [] } };

	test('embeddings', async () => {
		two.next(LIST);
		const answer = await ask(gateway, { path: '/v1/embeddings',
			body: { model: 'embeds', input: 'hi' } });
		assert.equal(answer.status, 200, answer.text);
		assert.equal(one.requests.length, 0);
		assert.equal(two.last.path, '/api/llm/o/v1/embeddings');
		for (const status of [404, 405, 501]) {
			two.reset();
			one.next({ status, anyRoute: true,
				body: { error: { message: 'no' } } });
			two.next(LIST);
			const again = await ask(gateway, { path: '/v1/embeddings',
				body: { model: 'embeds too', input: 'hi' } });
			assert.equal(again.status, 200, again.text);
			assert.equal(two.requests.length, 1);
		}
		assert.equal((await stateOf('embeds too')).failures, 0);
	});
	test('not by a model that does not serve them', async () => {
		one.next({ status: 503, anyRoute: true,
			body: { error: { message: 'no' } } });
		const answer = await ask(gateway, { path: '/v1/embeddings',
			body: { model: 'embeds alone', input: 'hi' } });
		assert.equal(answer.status, 503, answer.text);
		assert.equal(one.requests.length, 1);
	});
	test('where none has it that is said', async () => {
		const answer = await ask(gateway, { path: '/v1/embeddings',
			body: { model: 'messages/generate', input: 'hi' } });
		assert.equal(answer.status, 501, answer.text);
		assert.match(answer.text, /one-messages .*does not offer/);
		assert.equal(one.requests.length + two.requests.length, 0);
	});
});

describe('it is not', () => {
	for (const [what, fault, status] of [
		['the request is at fault', { status: 400, body: { error: {
			type: 'invalid_request_error',
			message: 'messages: at least one' } } }, 400],
		['it is too large', { status: 413, body: { error: {
			message: 'too large' } } }, 413],
		['422', { status: 422, body: { detail: 'no' } }, 422]])
		test(what, async () => {
			one.next(fault);
			const answer = await ask(gateway, question('chat',
				'chat/messages/patient'));
			assert.equal(answer.status, status);
			assert.equal(two.requests.length, 0);
		});
	test('content was sent', async () => {
		one.next({ cutAfter: 5, cut: 'rst' });
		const answer = await ask(gateway, question('messages',
			'messages/chat/patient', { stream: true }));
		assert.equal(answer.status, 200);
		assert.equal(readEvents(answer.text).at(-1).event, 'error');
		assert.equal(two.requests.length, 0);
	});
	test('the client said its own key, and that was refused', async () => {
		const own = await startGateway({ upstream: one, env: {
			FACTORY_API_KEY: undefined }, config: {
			endpoint: [endpoint('one', one.url, 'chat'),
				endpoint('two', two.url, 'chat')],
			models: [pair('chat', 'chat')] } });
		try {
			one.next({ status: 401, body: { error: { message: 'no' } } });
			const answer = await ask(own, { ...question('chat',
				'chat/chat'), headers: {
				authorization: 'Bearer sk-own-0123456789' } });
			assert.equal(answer.status, 401);
			assert.equal(two.requests.length, 0);
		} finally {
			await own.stop();
		}
	});
});

describe('who is asked first', () => {
	test('a conversation stays, weights count', async () => {
		const of = new Map();
		for (let i = 0; i < 40; i++)
			for (let turn = 0; turn < 2; turn++) {
				const answer = await ask(gateway, { ...question('chat',
					'spread'), headers: { 'x-session-id': `s${i}` } });
				const name = answer.headers['x-droid2api-upstream'];
				assert.equal(of.get(i) ?? name, name);
				of.set(i, name);
			}
		const heavy = [...of.values()].filter((name) =>
			name === 'one-chat').length;
		assert.ok(heavy > 20 && heavy < 40, `${heavy} of 40`);
		assert.ok(one.requests.every((entry) =>
			entry.body.model === 'spread-one'));
	});
	test('not the one that failed three times, until one request tried it',
	    async () => {
		for (let i = 0; i < 3; i++) {
			one.next({ status: 500, body: 'down' });
			await ask(gateway, question('chat', 'aside'));
		}
		assert.equal(one.requests.length, 3);
		await ask(gateway, question('chat', 'aside'));
		assert.equal(one.requests.length, 3);
		const state = await stateOf('aside');
		assert.equal(state.state, 'set_aside');
		assert.equal(state.failures, 3);
		assert.ok(state.set_aside_s >= 1 && state.set_aside_s <= 5);
		assert.match(state.last_error, /down|500/);
		// Its pause is over after five seconds; it is asked by one alone.
		let release;
		one.next({ ready: new Promise((resolve) => { release = resolve; }) });
		const answers = [];
		await until(async () => {
			answers.push(ask(gateway, question('chat', 'aside')));
			await new Promise((resolve) => setTimeout(resolve, 100));
			return one.requests.length === 4;
		}, 'a trial', 15000);
		for (let i = 0; i < 5; i++)
			await ask(gateway, question('chat', 'aside'));
		assert.equal(one.requests.length, 4);
		release();
		await Promise.all(answers);
		await ask(gateway, question('chat', 'aside'));
		assert.equal(one.requests.length, 5);
		assert.equal((await stateOf('aside')).state, 'up');
	});
	test('its first request again is one that goes out', async () => {
		const refused = { ...question('messages', 'refusing', { top_k: 1 }),
			headers: { 'x-droid2api-strict': '1' } };
		for (let i = 0; i < 3; i++) {
			one.next({ status: 500, body: 'down' });
			await ask(gateway, question('chat', 'refusing'));
		}
		await until(async () => (await stateOf('refusing')).state === 'up',
		    'the end of its pause', 15000);
		assert.equal((await ask(gateway, refused)).status, 400);
		await ask(gateway, question('chat', 'refusing'));
		assert.equal(one.requests.length, 4);
	});
	test('not the one that said when to come again', async () => {
		one.next({ status: 429, headers: { 'retry-after': '30' },
			body: { error: { message: 'slow down' } } });
		await ask(gateway, question('chat', 'said'));
		await ask(gateway, question('chat', 'said'));
		assert.equal(one.requests.length, 1);
		const state = await stateOf('said');
		assert.ok(state.set_aside_s > 20 && state.set_aside_s <= 30);
	});
});

describe('nor', () => {
	const DATE = () => new Date(Date.now() + 30500).toUTCString();
	const later = (after) => ({ status: 429, headers: { 'retry-after': after },
		body: { error: { message: 'slow down' } } });

	test('whichever process is asked, and when a date was said', async () => {
		one.next(later(DATE()));
		await ask(gateway, question('chat', 'both'));
		await Promise.all(Array.from({ length: 30 }, () =>
			ask(gateway, question('chat', 'both'))));
		assert.equal(one.requests.length, 1);
		const state = await stateOf('both');
		assert.ok(state.set_aside_s > 20 && state.set_aside_s <= 31);
		// Of the last one's answer, which is passed on, it counts as well.
		two.reset();
		two.next(later('40'));
		one.next(later('50'));
		const answer = await ask(gateway, question('chat', 'both'));
		assert.equal(answer.status, 429);
		assert.ok((await stateOf('both', 'two-chat')).set_aside_s > 30);
		assert.ok((await stateOf('both')).set_aside_s > 40);
		assert.equal(answer.headers['retry-after'], '40');
	});
	test('for a name that clients made up', async () => {
		for (let i = 0; i < 4; i++) {
			const missing = { status: 404, body: { error: {
				code: 'model_not_found', message: 'no such model' } } };
			one.next(missing);
			two.next(missing);
			const answer = await ask(gateway, question('chat',
				`any-${i}`));
			assert.equal(answer.status, 404);
		}
		assert.equal(one.requests.length, 4);
		assert.equal(two.requests.length, 4);
		assert.equal((await stateOf('any-*')).state, 'up');
	});
});

describe('of other settings', () => {
	const with_ = async (config, env, use) => {
		const own = await startGateway({ upstream: one, env, config: {
			endpoint: [...NAMES.flatMap((kind) => [
				endpoint('one', one.url, kind),
				endpoint('two', two.url, kind)]),
			    { name: 'keys', type: 'common', api_key_env: 'KEYS',
				base_url: `${one.url}/v1/chat/completions` }],
			models: [...NAMES.map((kind) => pair(kind, kind)),
			    pair('chat', 'messages'), pair('messages', 'chat'),
			    pair('responses', 'messages'),
			    { id: 'keyed', upstreams: [{ endpoint: 'keys' },
				{ endpoint: 'two-chat', weight: 0,
				    provider: 'any' }] },
			    { id: 'falls', endpoint: 'one-chat', provider: 'any',
				fallback: ['catches'] },
			    { id: 'catches', endpoint: 'two-chat',
				provider: 'any' }], ...config } });
		try {
			await use(own);
		} finally {
			await own.stop();
		}
	};

	test('another one is asked before the same is repeated', () => with_(
	    { retries: 2 }, {}, async (own) => {
		one.next({ status: 500, body: 'down' });
		const answer = await ask(own, question('chat', 'chat/chat'));
		assert.equal(answer.status, 200);
		assert.equal(one.requests.length, 1);
		assert.equal(two.requests.length, 1);
	}));
	test('keys of an endpoint count as attempts', () => with_(
	    { attempts_max: 3 }, { KEYS: 'key-1,key-2,key-3,key-4,key-5' },
	    async (own) => {
		one.fallback = two.fallback = () => ({ status: 401 });
		const answer = await ask(own, question('chat', 'keyed'));
		assert.equal(answer.status, 401, answer.text);
		assert.equal(one.requests.length, 2);
		assert.equal(two.requests.length, 1);
	}));
	test('a key leads to no model that it may not use', () => with_(
	    { client_keys: [{ name: 'ann', key: 'ck-ann-123456',
		models: ['falls'] }, { name: 'bob', key: 'ck-bob-123456' }] }, {},
	    async (own) => {
		for (const [key, status] of [['ck-ann-123456', 503],
			['ck-bob-123456', 200]]) {
			one.next({ status: 503, body: 'down' });
			const answer = await ask(own, { ...question('chat', 'falls'),
				key });
			assert.equal(answer.status, status, answer.text);
		}
		assert.equal(two.requests.length, 1);
	}));
	describe('a stream that begins early', () => {
		const HEAD = { cutAfter: 1, cut: 'hang' };
		for (const [name, client, model, fault] of [
			['at silence', 'chat', 'chat/messages', { hang: true }],
			['at silence, the same API', 'messages',
				'messages/messages', { hang: true }],
			['at a head', 'messages', 'messages/messages', HEAD],
			['at a head of another API', 'chat', 'messages/chat', HEAD],
			['at a head', 'responses', 'responses/messages', HEAD]])
			test(`${name}, for ${client}`, () => with_({
				early_stream_after_s: 1, keep_alive_s: 1,
				models: NAMES.flatMap((first) => NAMES.map((second) =>
					pair(first, second, {
						first_event_timeout_s: 4 }))) }, {},
			    async (own) => {
				one.next(fault);
				const answer = await open(own, question(client, model,
					{ stream: true }));
				assert.equal(answer.status, 200);
				assert.equal(two.requests.length, 0);
				await answer.event();
				assert.equal(two.requests.length, 0);
				await answer.done;
				assert.equal(answer.cut, false);
				assert.equal(two.requests.length, 1);
				const kinds = readEvents(answer.text).map(({ event, data }) =>
					event ?? (data?.choices?.[0]?.delta?.role && 'role'));
				const heads = kinds.filter((kind) => ['message_start',
					'response.created', 'role'].includes(kind));
				assert.equal(heads.length, 1, answer.text);
				assert.doesNotMatch(answer.text, /"error":\{/);
				assert.match(answer.text, /Hel/);
			}));
	});
});

describe('when all fail', () => {
	test('the last error is told, with the shortest time', async () => {
		one.next({ status: 429, headers: { 'retry-after': '7' },
			body: { error: { message: 'first' } } });
		two.next({ status: 429, headers: { 'retry-after': '40' },
			body: { error: { message: 'second' } } });
		const answer = await ask(gateway, question('messages',
			'generate/responses'));
		assert.equal(answer.status, 429);
		assert.match(answer.text, /second/);
		assert.equal(answer.headers['retry-after'], '7');
	});
	test('also where that is passed on as it is', async () => {
		one.next({ status: 429, headers: { 'retry-after': '7' },
			body: { error: { message: 'first' } } });
		two.next({ status: 529, body: { type: 'error', error: {
			type: 'overloaded_error', message: 'second' } } });
		const answer = await ask(gateway, question('messages',
			'responses/messages'));
		assert.equal(answer.status, 529);
		assert.match(answer.text, /second/);
		assert.equal(answer.headers['retry-after'], '7');
	});
	test('attempts are bounded', async () => {
		for (const upstream of [one, two])
			for (let i = 0; i < 4; i++)
				upstream.next({ status: 500, body: 'down' });
		const answer = await ask(gateway, question('chat', 'many'));
		assert.equal(answer.status, 500);
		assert.equal(one.requests.length + two.requests.length, 3);
	});
	test('one alone is never set aside', async () => {
		for (let i = 0; i < 5; i++) {
			one.next({ status: 500, body: 'down' });
			await ask(gateway, question('chat', 'alone'));
		}
		assert.equal(one.requests.length, 5);
	});
});

describe('while upstreams come and go', () => {
	test('every answer is whole or an honest error', async () => {
		const port = await freePort();
		const config = { attempts_max: 6, endpoint: [
			{ name: 'flaky', type: 'anthropic', profile: 'plain',
				auth: 'none', base_url:
				`http://127.0.0.1:${port}/v1/messages` },
			endpoint('two', two.url, 'chat')], models: [{ id: 'm',
			provider: 'any', reasoning: 'auto', upstreams: [{ endpoint: 'flaky' },
			{ endpoint: 'two-chat' }] }] };
		const flaky = await startGateway({ upstream: two, config });
		let living, alive = true;
		const comeAndGo = (async () => {
			while (alive) {
				living = net.createServer((socket) =>
					socket.on('error', () => {}).on('data', () =>
						Math.random() < 0.5 ? socket.destroy() :
						socket.end('HTTP/1.1 200 OK\r\n' +
						'content-type: text/event-stream\r\n\r\n')));
				await new Promise((resolve) =>
					living.listen(port, '127.0.0.1', resolve));
				await new Promise((resolve) => setTimeout(resolve, 40));
				await new Promise((resolve) => living.close(resolve));
				await new Promise((resolve) => setTimeout(resolve, 20));
			}
		})();
		try {
			let whole = 0;
			for (let i = 0; i < 25; i++) {
				const answers = await Promise.all(Array.from(
					{ length: 8 }, (_, k) => ask(flaky, question(
					NAMES[k % 3], 'm', { stream: k % 2 === 0 }))));
				for (const answer of answers) {
					assert.equal(answer.cut, false);
					whole += answer.status === 200;
				}
			}
			// The living one alone could answer them all.
			assert.equal(whole, 200);
		} finally {
			alive = false;
			await comeAndGo;
			await flaky.stop();
		}
	});
});
