// What goes to an upstream in headers, and what comes back. The strict upstream
// refuses any header that does not belong there, so a 200 says much.

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { startUpstream } from '../upstream/upstream.mjs';
import { MODELS, TEST_KEY, factoryEndpoints, startGateway }
    from './gateway.mjs';
import { ask } from './client.mjs';
import { LANES, NAMES } from './samples.mjs';

const UUID4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
let upstream, gateway;

const plain = (upstream) => [
	{ name: 'local', type: 'common',
	    base_url: `${upstream.url}/v1/chat/completions`, auth: 'none' },
	{ name: 'keyed', type: 'anthropic', auth: 'x-api-key',
	    api_key_env: 'PLAIN_KEY', base_url: `${upstream.url}/v1/messages` },
	{ name: 'bearer', type: 'openai', auth: 'bearer',
	    api_key_env: 'PLAIN_KEY', base_url: `${upstream.url}/v1/responses` },
	{ name: 'edited', type: 'common',
	    base_url: `${upstream.url}/api/llm/o/v1/chat/completions`,
	    headers: { add: { 'x-added': 'yes' },
		replace: { 'x-factory-client': 'desktop' },
		remove: ['x-stainless-os'] } },
];

before(async () => {
	upstream = await startUpstream();
	gateway = await startGateway({ upstream,
		env: { PLAIN_KEY: 'plain-0123456789' },
		config: {
			endpoint: [...factoryEndpoints(upstream),
			    ...plain(upstream)],
			models: [...MODELS,
			    { id: 'local', type: 'common', endpoint: 'local',
				reasoning: 'auto' },
			    { id: 'claude-plain', type: 'anthropic',
				endpoint: 'keyed', reasoning: 'auto' },
			    { id: 'gpt-plain', type: 'openai',
				endpoint: 'bearer', reasoning: 'auto' },
			    { id: 'edited', type: 'common', provider: 'p',
				endpoint: 'edited', reasoning: 'auto' },
			    { id: 'claude-fast', type: 'anthropic', fast: true,
				provider: 'anthropic', reasoning: 'auto' },
			    { id: 'claude-low', type: 'anthropic',
				provider: 'anthropic', reasoning: 'low' },
			    { id: 'claude-off', type: 'anthropic',
				provider: 'anthropic', reasoning: 'off' }],
		} });
});
beforeEach(() => upstream.reset());
after(async () => {
	await gateway?.stop();
	await upstream?.stop();
});

async function sent(name, { headers, more, path } = {}) {
	const answer = await ask(gateway, { path: path ?? LANES[name].path,
		body: LANES[name].body('hi', more), headers });
	assert.equal(answer.status, 200, answer.text);
	return upstream.last.headers;
}

const EXPECTED = {
	messages: { accept: 'application/json', 'x-api-key': 'placeholder',
	    'anthropic-version': '2023-06-01', 'x-api-provider': 'anthropic',
	    'x-stainless-timeout': '600',
	    'x-stainless-package-version': '0.57.0' },
	responses: { 'x-api-provider': 'openai',
	    'x-stainless-package-version': '5.23.2' },
	chat: { accept: 'application/json', 'x-api-provider': 'fireworks',
	    'x-stainless-package-version': '5.23.2' },
	generate: { 'x-api-provider': 'google', 'x-client-version': '0.85.0' },
};
const STAINLESS = { 'x-stainless-arch': 'x64', 'x-stainless-lang': 'js',
    'x-stainless-os': 'MacOS', 'x-stainless-runtime': 'node',
    'x-stainless-retry-count': '0', 'x-stainless-runtime-version': 'v24.3.0' };

describe('to Factory', () => {
	for (const name of NAMES) {
		test(`${name}: the list`, async () => {
			const headers = await sent(name);
			const expected = { 'content-type': 'application/json',
				authorization: `Bearer ${TEST_KEY}`,
				'user-agent': 'factory-cli/0.85.0',
				'x-factory-client': 'cli', ...EXPECTED[name],
				...(name === 'generate' ? {} : STAINLESS) };
			for (const [key, value] of Object.entries(expected))
				assert.equal(headers[key], value, key);
			assert.match(headers['x-session-id'], UUID4);
			assert.match(headers['x-assistant-message-id'], UUID4);
			assert.equal(headers['anthropic-beta'], undefined);
			assert.equal(headers['x-stainless-helper-method'],
			    undefined);
			assert.ok([undefined, 'identity'].includes(
			    headers['accept-encoding']));
			assert.equal(headers.host, `127.0.0.1:${upstream.port}`);
		});
		test(`${name}: nothing of the client leaks`, async () => {
			await sent(name, { headers: { cookie: 'a=b', te: 'trailers',
				'x-foo': 'bar', 'openai-organization': 'org-x',
				'proxy-authorization': 'Basic eDp5', referer: 'x',
				'user-agent': 'curl/8', 'x-api-key': 'client-key',
				authorization: 'Bearer client-token', dnt: '1',
				'accept-language': 'de', range: 'bytes=0-1',
				'if-none-match': '"x"', 'x-goog-api-key': 'k',
				'accept-encoding': 'gzip, br', proxy: 'http://x',
				'x_underscore': '1', 'content_length': '7' } });
			assert.equal(upstream.last.headers.authorization,
			    `Bearer ${TEST_KEY}`);
		});
	}
	test('messages: the stream helper header', async () => {
		const headers = await sent('messages', { more: { stream: true } });
		assert.equal(headers['x-stainless-helper-method'], 'stream');
	});
	test("the client's own values are kept where they are allowed",
	    async () => {
		const message = '6b1f2c9e-0000-4000-8000-00000000abcd';
		const headers = await sent('messages', { headers: {
			'anthropic-version': '2026-10-21',
			'x-assistant-message-id': message,
			'x-stainless-timeout': '99', 'x-stainless-os': 'Linux',
			'x-stainless-package-version': '1.2.3' } });
		assert.equal(headers['anthropic-version'], '2026-10-21');
		assert.equal(headers['x-assistant-message-id'], message);
		assert.equal(headers['x-stainless-timeout'], '99');
		assert.equal(headers['x-stainless-os'], 'Linux');
		assert.equal(headers['x-stainless-package-version'], '1.2.3');
	});
	test('headers of the endpoint: add, replace, remove', async () => {
		upstream.allowHeaders = ['x-added', 'x-stainless-os'];
		const headers = await sent('chat', { more: { model: 'edited' } });
		assert.equal(headers['x-added'], 'yes');
		assert.equal(headers['x-factory-client'], 'desktop');
		assert.equal(headers['x-stainless-os'], undefined);
	});
});

describe('anthropic-beta', () => {
	const beta = async (model, client) => (await sent('messages', {
		more: { model, max_tokens: 9000 }, headers: {
		    'anthropic-beta': client } }))['anthropic-beta'];

	test("the client's list passes", async () => {
		assert.equal(await beta(LANES.messages.model,
		    'context-1m-2025-08-07,effort-2025-11-24'),
		    'context-1m-2025-08-07, effort-2025-11-24');
	});
	test('a level adds interleaved thinking once', async () => {
		assert.equal(await beta('claude-low', undefined),
		    'interleaved-thinking-2025-05-14');
		assert.equal(await beta('claude-low',
		    'interleaved-thinking-2025-05-14, a-1'),
		    'interleaved-thinking-2025-05-14, a-1');
	});
	test('off removes it', async () => {
		assert.equal(await beta('claude-off',
		    'a-1,interleaved-thinking-2025-05-14'), 'a-1');
		assert.equal(await beta('claude-off',
		    'interleaved-thinking-2025-05-14'), undefined);
	});
	test('fast adds fast mode', async () => {
		assert.equal(await beta('claude-fast', 'a-1'),
		    'a-1, fast-mode-2026-02-01');
	});
});

describe('x-session-id', () => {
	const uuid = '0f9a6a1c-1111-4222-8333-444455556666';
	const session = async (options, name = 'messages') =>
		(await sent(name, options))['x-session-id'];

	test('random without a hint', async () => {
		assert.notEqual(await session(), await session());
	});
	for (const name of ['x-session-id', 'x-claude-code-session-id',
	    'session-id', 'thread-id'])
		test(`a UUID in ${name} goes verbatim`, async () => {
			assert.equal(await session({ headers: { [name]: uuid } }),
			    uuid);
		});
	test('anything else becomes a stable UUID', async () => {
		const one = await session({ headers: { 'session-id': 'mine' } });
		assert.match(one, UUID4);
		assert.equal(await session({ headers: { 'session-id': 'mine' } }),
		    one);
		assert.notEqual(await session({ headers: {
			'session-id': 'yours' } }), one);
		assert.notEqual(await session({ headers: { 'thread-id': 'mine' } }),
		    one);
	});
	test('the first hint wins', async () => {
		assert.equal(await session({ headers: { 'thread-id': 'x',
			'x-session-id': uuid } }), uuid);
	});
	test('session_id inside metadata.user_id', async () => {
		const user_id = JSON.stringify({ device_id: 'd',
			session_id: uuid });
		assert.equal(await session({ more: { metadata: { user_id } } }),
		    uuid);
	});
	test('a bare user id is no session', async () => {
		const more = { metadata: { user_id: 'user-7' } };
		assert.notEqual(await session({ more }), await session({ more }));
	});
	test('prompt_cache_key', async () => {
		const more = { prompt_cache_key: 'k1' };
		const one = await session({ more }, 'responses');
		assert.equal(await session({ more }, 'responses'), one);
		assert.notEqual(await session({ more: {
			prompt_cache_key: 'k2' } }, 'responses'), one);
	});
});

describe('to a plain endpoint', () => {
	const own = async (name, model, headers) => {
		const answer = await ask(gateway, { path: LANES[name].path,
			body: LANES[name].body('hi', { model }), headers });
		assert.equal(answer.status, 200, answer.text);
		return upstream.last;
	};

	test('no credential and no Factory header', async () => {
		const { headers, path } = await own('chat', 'local');
		assert.equal(path, '/v1/chat/completions');
		for (const name of Object.keys(headers))
			assert.doesNotMatch(name, /factory|provider|stainless|^auth/);
	});
	test('its own key in its own style', async () => {
		let { headers } = await own('messages', 'claude-plain');
		assert.equal(headers['x-api-key'], 'plain-0123456789');
		assert.equal(headers.authorization, undefined);
		assert.equal(headers['anthropic-version'], '2023-06-01');
		({ headers } = await own('responses', 'gpt-plain'));
		assert.equal(headers.authorization, 'Bearer plain-0123456789');
	});
	test('count_tokens beside its base_url', async () => {
		const answer = await ask(gateway, {
			path: '/v1/messages/count_tokens', body: {
			    model: 'claude-plain', messages: [{ role: 'user',
				content: 'hi' }] } });
		assert.equal(answer.status, 200, answer.text);
		assert.equal(upstream.last.path, '/v1/messages/count_tokens');
	});
});

describe('to the client', () => {
	const LIMITS = { 'anthropic-ratelimit-requests-remaining': '9',
	    'x-ratelimit-remaining-tokens': '5' };

	test('request ids', async () => {
		upstream.next({ headers: { 'x-request-id': 'up-1',
			'request-id': 'req_2' } }, {});
		let { headers } = await ask(gateway, { path: LANES.messages.path,
			body: LANES.messages.body() });
		assert.equal(headers['x-request-id'], 'up-1');
		assert.equal(headers['request-id'], 'req_2');
		assert.match(headers['x-droid2api-request-id'], /\S{8}/);
		const first = headers['x-droid2api-request-id'];
		({ headers } = await ask(gateway, { path: LANES.messages.path,
			body: LANES.messages.body() }));
		assert.match(headers['x-request-id'], /\S{8}/);
		assert.notEqual(headers['x-droid2api-request-id'], first);
	});
	test("a server-side credential's limits are not shown", async () => {
		upstream.next({ headers: LIMITS });
		const { headers } = await ask(gateway, { body:
			LANES.messages.body(), path: LANES.messages.path });
		for (const name of Object.keys(LIMITS))
			assert.equal(headers[name], undefined);
	});
	test("the upstream's other headers stay behind", async () => {
		upstream.next({ headers: { 'set-cookie': 'a=b', server: 'up',
			'x-internal': '1', 'alt-svc': 'h3', 'content-type':
			'application/json; charset=utf-8' } });
		const { headers } = await ask(gateway, { body:
			LANES.messages.body(), path: LANES.messages.path });
		for (const name of ['set-cookie', 'x-internal', 'alt-svc'])
			assert.equal(headers[name], undefined);
		assert.equal(headers['content-type'],
		    'application/json; charset=utf-8');
	});
});
