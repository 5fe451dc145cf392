// Keys with names: which models they may use, and how much.

import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import path from 'node:path';
import { execFileSync } from 'node:child_process';
import { after, before, beforeEach, describe, test } from 'node:test';
import { startUpstream } from '../upstream/upstream.mjs';
import { MODELS, build, configuration, startGateway, until } from
    './gateway.mjs';
import { ask, open } from './client.mjs';
import { ERRORS, LANES, NAMES, assertError } from './samples.mjs';

const TOKENS = 39;		// what the upstream says of each answer
const CLIENTS = 64;

const hash = (key) => 'sha256:' + crypto.createHash('sha256').update(key)
    .digest('hex');
const keyOf = (name) => `ck-${name}-0123456789`;
const entry = (name, more = {}) => ({ name, key: hash(keyOf(name)), ...more });

let upstream, gateway;

const KEYS = [entry('alice'), entry('bob', { models: ['claude-*', 'glm-5'] }),
    entry('old', { expires: '2020-01-31' }),
    entry('new', { expires: '2999-01-31' }),
    ...NAMES.map((name) => entry(`two-${name}`, { requests_per_minute: 2,
	tokens_per_day: 100000 })),
    entry('minute', { requests_per_minute: 20 }),
    entry('places', { concurrent: 5 }),
    entry('day', { tokens_per_day: 500 }),
    entry('left', { tokens_per_day: 500 }),
    entry('month', { tokens_per_month: TOKENS }), 'ck-plain-0123456789'];

before(async () => {
	upstream = await startUpstream();
	gateway = await startGateway({ upstream, config: { client_keys: KEYS,
		model_redirects: { sonnet: LANES.messages.model,
		    gem: LANES.generate.model } } });
});
beforeEach(() => upstream.reset());
after(async () => {
	await gateway?.stop();
	await upstream?.stop();
});

const request = (key, name = 'chat', more = {}) => ask(gateway, {
	path: LANES[name].path, key: keyOf(key),
	body: LANES[name].body('hi', more) });

describe('a name', () => {
	test('is in the log, and no key', async () => {
		const from = gateway.log.length;
		await request('alice');
		await gateway.logged(/key=alice /, { from });
		await ask(gateway, { path: LANES.chat.path,
			key: 'ck-plain-0123456789', body: LANES.chat.body() });
		await gateway.logged(/key=key14 /, { from });
		assert.doesNotMatch(gateway.log, /ck-|sha256/);
	});
	test('of a key that has expired is refused', async () => {
		for (const name of NAMES) {
			const answer = await request('old', name);
			assertError(name, answer, { ...ERRORS.unauthorized,
				message: /key old .*expired/ });
		}
		assert.equal(upstream.requests.length, 0);
		assert.equal((await request('new')).status, 200);
	});
});

describe('models', () => {
	test('that are not the key\'s are 403', async () => {
		for (const [name, status] of Object.entries({ chat: 200,
		    messages: 200, responses: 403, generate: 403 })) {
			const answer = await request('bob', name);
			assert.equal(answer.status, status, answer.text);
			if (status === 403)
				assertError(name, answer, { ...ERRORS.forbidden,
					message: /key bob may not use the model/ });
		}
	});
	test('are judged behind their redirects', async () => {
		assert.equal((await request('bob', 'messages',
		    { model: 'sonnet' })).status, 200);
		assert.equal((await request('bob', 'chat',
		    { model: 'gem' })).status, 403);
	});
	test('are listed as far as they are the key\'s', async () => {
		const names = async (key) => (await ask(gateway, { key,
			path: '/v1/models' })).json.data.map((one) => one.id);
		const all = [...MODELS.map((one) => one.id), 'sonnet', 'gem'];
		assert.deepEqual(await names(keyOf('alice')), all);
		assert.deepEqual(await names(undefined), all);
		assert.deepEqual(await names(keyOf('bob')),
		    [LANES.messages.model, 'glm-5', 'sonnet']);
		for (const [id, status] of [['glm-5', 200], ['gpt-5.4', 403]])
			assert.equal((await ask(gateway, { key: keyOf('bob'),
				path: `/v1/models/${id}` })).status, status);
	});
});

describe('limits', () => {
	for (const name of NAMES)
		test(`${name}: 429, and what is left`, async () => {
			const family = name === 'messages' ?
			    (what, part) => `anthropic-ratelimit-${what}-${part}` :
			    (what, part) => `x-ratelimit-${part}-${what}`;
			const first = await request(`two-${name}`, name);
			assert.equal(first.status, 200, first.text);
			assert.equal(first.headers[family('requests', 'limit')], '2');
			assert.equal(first.headers[family('requests', 'remaining')],
			    '1');
			assert.equal(first.headers[family('tokens', 'limit')],
			    '100000');
			assert.equal(first.headers[family('tokens', 'remaining')],
			    '100000');
			const second = await request(`two-${name}`, name);
			assert.equal(second.headers[family('tokens', 'remaining')],
			    String(100000 - TOKENS));
			const third = await request(`two-${name}`, name);
			assertError(name, third, { ...ERRORS.rate, message:
			    /limit of 2 requests a minute \(requests_per_minute\)/ });
			assert.equal(third.headers[family('requests', 'remaining')],
			    '0');
			const wait = Number(third.headers['retry-after']);
			assert.ok(wait > 30 && wait <= 60, String(wait));
			const reset = third.headers[family('requests', 'reset')];
			if (name === 'messages')
				assert.ok(Math.abs(Date.parse(reset) - Date.now() -
				    wait * 1000) < 3000, reset);
			else
				assert.equal(reset, `${wait}s`);
			assert.equal(upstream.requests.length, 2);
		});
	// Anthropic's first event says all of the input and a token of output.
	test('what a client did not wait for costs its guess', async () => {
		upstream.next({ cutAfter: 3, cut: 'hang', events: [
			['message_start', { message: { id: 'm', role: 'assistant',
				content: [], usage: { input_tokens: 7,
				output_tokens: 1 } } }],
			['content_block_start', { index: 0,
				content_block: { type: 'text', text: '' } }],
			['content_block_delta', { index: 0, delta: {
				type: 'text_delta', text: 'x'.repeat(80000) } }],
		].map(([type, more]) => `event: ${type}\ndata: ` +
		    `${JSON.stringify({ type, ...more })}\n\n`) });
		const answer = await open(gateway, { key: keyOf('left'),
			path: LANES.messages.path,
			body: LANES.messages.body('hi', { stream: true }) });
		for (let i = 0; i < 3; i++)
			await answer.event();
		answer.close();
		await answer.done;
		const next = await until(async () => {
			const tried = await request('left');
			return tried.status !== 200 && tried;
		}, 'the limit');
		assertError('chat', next, { ...ERRORS.rate,
			message: /tokens_per_day/ });
		assert.ok(upstream.requests.length < 5);
	});
	test('of a month, with a long wait that no client waits', async () => {
		assert.equal((await request('month')).status, 200);
		const answer = await request('month');
		assertError('chat', answer, { ...ERRORS.rate,
			message: /tokens_per_month/ });
		assert.equal(answer.headers['x-should-retry'], 'false');
		const wait = Number(answer.headers['retry-after']);
		const end = new Date(Date.now() + wait * 1000 + 3000);
		assert.equal(end.getUTCDate(), 1);
		assert.equal(end.getUTCHours(), 0);
	});
});

const parallel = (key, more) => Promise.all(Array.from({ length: CLIENTS },
    () => request(key, 'chat', more)));
const good = (answers) => answers.filter((one) => one.status === 200).length;

describe(`limits hold over all processes under ${CLIENTS} clients`, () => {
	test('requests a minute', async () => {
		const answers = [...await parallel('minute'),
		    ...await parallel('minute')];
		assert.equal(good(answers), 20);
		assert.equal(upstream.requests.length, 20);
		assert.equal(answers.filter((one) => one.status === 429).length,
		    2 * CLIENTS - 20);
	});
	test('requests at once', async () => {
		let release;
		const ready = new Promise((resolve) => { release = resolve; });
		let refused = 0;
		upstream.fallback = () => ({ ready });
		const all = Array.from({ length: CLIENTS }, () =>
		    request('places').then((answer) => {
			refused += answer.status === 429;
			return answer;
		    }));
		await until(() => refused === CLIENTS - 5, 'the refusals');
		await until(() => upstream.requests.length === 5, 'the others');
		release();
		assert.equal(good(await Promise.all(all)), 5);
		upstream.fallback = null;
		assert.equal((await request('places')).status, 200);
	});
	test('tokens a day', async () => {
		const client = async () => {
			let got = 0;
			for (;;) {
				const answer = await request('day');
				if (answer.status === 200)
					got++;
				else if (answer.headers['x-should-retry'])
					return got;
				assert.match(answer.text, /tokens_per_day|Hello/);
			}
		};
		const sums = await Promise.all(Array.from({ length: CLIENTS },
		    client));
		const used = TOKENS * sums.reduce((a, b) => a + b);
		assert.ok(used >= 500 && used < 500 + TOKENS, String(used));
	});
	test('the places of killed processes are free', async () => {
		upstream.fallback = () => ({ hang: true });
		const all = Promise.all(Array.from({ length: 5 }, () =>
		    request('places')));
		await until(() => upstream.requests.length === 5, 'five');
		assert.equal((await request('places')).status, 429);
		for (const pid of gateway.responders())
			process.kill(pid, 'SIGKILL');
		assert.equal(good(await all), 0);
		upstream.fallback = null;
		await until(async () => (await request('places')).status === 200,
		    'a free place');
	});
});

test('--new-key draws a key that works at once', async () => {
	const text = execFileSync(path.join(build, 'fcgi/droid2api.fcgi'),
	    ['--new-key', 'carol', '--models', 'glm-*'], { encoding: 'utf8' });
	const [, key] = /^\t(d2a-[0-9a-f]{64})$/m.exec(text);
	const [, made] = /^\t(\{.*\})$/m.exec(text);
	assert.deepEqual(JSON.parse(made), { name: 'carol', key: hash(key),
		models: ['glm-*'] });
	gateway.writeConfig(configuration(upstream, { client_keys: [
	    JSON.parse(made)] }));
	await until(async () => (await ask(gateway, { path: LANES.chat.path, key,
		body: LANES.chat.body() })).status === 200, 'the new key taken');
	assert.equal((await ask(gateway, { path: LANES.messages.path, key,
		body: LANES.messages.body() })).status, 403);
});
