// Paths, methods, models, CORS.

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { startUpstream } from '../upstream/upstream.mjs';
import { MODELS, startGateway } from './gateway.mjs';
import { ask, askRaw } from './client.mjs';
import { ERRORS, LANES, NAMES, assertError } from './samples.mjs';

let upstream, gateway;

before(async () => {
	upstream = await startUpstream();
	gateway = await startGateway({ upstream, config: {
		cors_origins: ['https://app.example'],
		model_redirects: { 'claude-sonnet-4-5':
		    'claude-sonnet-4-5-20250929' },
		models: [...MODELS, { id: 'star-*', type: 'common',
		    provider: 'p', reasoning: 'auto' }] } });
});
beforeEach(() => upstream.reset());
after(async () => {
	await gateway?.stop();
	await upstream?.stop();
});

const get = (path, more) => ask(gateway, { path, ...more });
const post = (path, name, more) => ask(gateway, { path,
	body: LANES[name].body('hi', more) });

describe('paths that serve', () => {
	for (const name of NAMES) {
		const { path, upstreamPath } = LANES[name];
		for (const spelled of [path, path.replace('/v1', ''), `${path}/`,
		    `${path}?x=1`, `/gw${path}`])
			test(`POST ${spelled}`, async () => {
				const answer = await post(spelled, name);
				assert.equal(answer.status, 200, answer.text);
				assert.equal(upstream.last.path, upstreamPath);
			});
	}
	test('count_tokens without /v1', async () => {
		const answer = await ask(gateway, { path: '/messages/count_tokens',
			body: { model: LANES.messages.model, messages: [{
			    role: 'user', content: 'x' }] } });
		assert.equal(answer.status, 200, answer.text);
	});
	test('GET / and /health', async () => {
		const home = (await get('/')).json;
		assert.equal(home.name, 'droid2api');
		assert.match(home.version, /^\d+\.\d+/);
		for (const one of ['POST /v1/messages', 'GET /v1/files',
		    'POST /v1/files', 'DELETE /v1/files/{id}'])
			assert.ok(home.endpoints.includes(one), one);
		assert.equal((await get('/health')).status, 200);
	});
	test('HEAD is GET without the body', async () => {
		for (const path of ['/', '/health', '/v1/models']) {
			const answer = await get(path, { method: 'HEAD' });
			assert.equal(answer.status, 200);
			assert.equal(answer.body.length, 0);
		}
	});
	test('a client that goes on with the same connection', async () => {
		const text = await askRaw(gateway, 'GET /health HTTP/1.1\r\n' +
		    'Host: localhost\r\n\r\nGET /v1/models HTTP/1.1\r\n' +
		    'Host: localhost\r\nConnection: close\r\n\r\n');
		assert.equal(text.match(/HTTP\/1\.1 200/g).length, 2);
	});
});

describe('models', () => {
	test("OpenAI's list", async () => {
		const { status, json } = await get('/v1/models');
		assert.equal(status, 200);
		assert.equal(json.object, 'list');
		const glm = json.data.find((one) => one.id === 'glm-5');
		assert.equal(glm.object, 'model');
		assert.equal(glm.owned_by, 'fireworks');
		assert.ok(Number.isInteger(glm.created) && glm.created < 4e9);
		assert.deepEqual((await get('/v1/models')).json, json);
		assert.ok(json.data.some((one) => one.id ===
		    'claude-sonnet-4-5'), 'aliases are listed');
		assert.deepEqual((await get('/models')).json, json);
	});
	test("Anthropic's list", async () => {
		const { json } = await get('/v1/models?limit=1000', { headers: {
			'anthropic-version': '2023-06-01' } });
		assert.equal(json.has_more, false);
		assert.ok('first_id' in json && 'last_id' in json);
		const one = json.data.find((entry) => entry.id ===
		    LANES.messages.model);
		assert.equal(one.type, 'model');
		assert.equal(typeof one.display_name, 'string');
		assert.match(one.created_at, /^\d{4}-\d\d-\d\dT/);
	});
	test("Google's list", async () => {
		const { status, json } = await get('/v1beta/models');
		assert.equal(status, 200);
		assert.ok(json.models.some((one) => one.name ===
		    'models/gemini-3-flash-preview'));
	});
	test('one model', async () => {
		const { json } = await get('/v1/models/glm-5');
		assert.equal(json.id, 'glm-5');
		assert.equal(json.object, 'model');
		assert.equal((await get('/v1/models/claude-sonnet-4-5', { headers:
			{ 'anthropic-version': '2023-06-01' } })).json.type,
		    'model');
		assertError('chat', await get('/v1/models/nope'), ERRORS.missing);
		assertError('messages', await get('/v1/models/nope', { headers: {
			'anthropic-version': '2023-06-01' } }), ERRORS.missing);
	});
	test('a redirect is one step and goes upstream by its new name',
	    async () => {
		const answer = await post('/v1/messages', 'messages', {
			model: 'claude-sonnet-4-5' });
		assert.equal(answer.status, 200);
		assert.equal(upstream.last.bytes.toString(), JSON.stringify(
		    LANES.messages.body('hi')));
	});
	test('a pattern serves any name, which goes through', async () => {
		const answer = await post('/v1/chat/completions', 'chat', {
			model: 'star-7b/x:y' });
		assert.equal(answer.status, 200, answer.text);
		assert.equal(upstream.last.body.model, 'star-7b/x:y');
	});
});

describe('paths that do not', () => {
	for (const [path, name] of [['/v1/nope', 'chat'], ['/nope', 'chat'],
	    ['/v1/chat', 'chat'], ['/v1/messages/nope', 'messages'],
	    ['/v1/chat/completions/x', 'chat']])
		test(`POST ${path} is 404`, async () => {
			const answer = await post(path, name);
			assert.equal(answer.status, 404);
			assert.ok(answer.json.error);
		});
	for (const path of ['/v1//chat/completions', '/v1/../v1/chat/completions',
	    '/v1/%2e%2e/x', '/v1%2fchat/completions'])
		test(`${path} is refused`, async () => {
			const body = JSON.stringify(LANES.chat.body());
			const text = await askRaw(gateway, `POST ${path} HTTP/1.1\r\n` +
			    'Host: localhost\r\nConnection: close\r\n' +
			    `Content-Length: ${body.length}\r\n\r\n${body}`);
			assert.match(text, /^HTTP\/1.1 40[04]/);
			assert.equal(upstream.requests.length, 0);
		});
	for (const name of NAMES)
		test(`GET ${LANES[name].path} is 405 with Allow`, async () => {
			const answer = await get(LANES[name].path);
			assert.equal(answer.status, 405);
			assert.match(answer.headers.allow, /POST/);
			assert.ok(answer.json.error);
		});
	test('POST and DELETE /v1/models are 405', async () => {
		for (const method of ['POST', 'DELETE', 'PUT', 'PATCH']) {
			const answer = await get('/v1/models', { method });
			assert.equal(answer.status, 405);
			assert.match(answer.headers.allow, /GET/);
		}
	});
	test('GET /v1/responses with Upgrade is 426', async () => {
		const answer = await get('/v1/responses', { headers: {
			connection: 'Upgrade', upgrade: 'websocket',
			'sec-websocket-version': '13',
			'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' } });
		assert.equal(answer.status, 426);
	});
	for (const [path, name] of [['/v1/files', 'chat'],
	    ['/v1/responses/resp_1/cancel', 'responses'],
	    ['/v1/responses/input_tokens', 'responses'],
	    ['/v1/messages/batches', 'messages']])
		test(`POST ${path} is 501`, async () => {
			const answer = await post(path, name);
			assert.equal(answer.status, 501);
			assert.ok(answer.json.error);
		});
});

describe('CORS', () => {
	const preflight = (origin, headers = 'authorization,x-api-key,' +
	    'anthropic-version,anthropic-beta,x-stainless-os,x-session-id,' +
	    'content-type,anthropic-dangerous-direct-browser-access') =>
		ask(gateway, { method: 'OPTIONS', path: '/v1/messages', headers: {
			origin, 'access-control-request-method': 'POST',
			'access-control-request-headers': headers } });

	for (const origin of ['http://localhost:5173', 'https://app.example'])
		test(`${origin} may`, async () => {
			const { status, headers } = await preflight(origin);
			assert.ok(status === 200 || status === 204);
			assert.equal(headers['access-control-allow-origin'], origin);
			assert.match(headers.vary ?? '', /origin/i);
			assert.match(headers['access-control-allow-methods'], /POST/);
			const allowed = headers['access-control-allow-headers']
			    .toLowerCase();
			for (const name of ['authorization', 'x-api-key',
			    'anthropic-version', 'anthropic-beta', 'x-session-id',
			    'x-stainless-os', 'content-type'])
				assert.ok(allowed.includes(name) ||
				    allowed.trim() === '*', name);
			assert.match(headers['access-control-max-age'], /^\d+$/);
		});
	test('another origin gets no permission', async () => {
		const { headers } = await preflight('https://evil.example');
		assert.equal(headers['access-control-allow-origin'], undefined);
	});
	test('answers carry it, errors too', async () => {
		const origin = 'http://localhost:5173';
		const good = await ask(gateway, { path: '/v1/chat/completions',
			body: LANES.chat.body(), headers: { origin } });
		assert.equal(good.status, 200, good.text);
		assert.equal(good.headers['access-control-allow-origin'], origin);
		const bad = await ask(gateway, { path: '/v1/chat/completions',
			body: '{', headers: { origin } });
		assert.equal(bad.status, 400);
		assert.equal(bad.headers['access-control-allow-origin'], origin);
		assert.ok(good.headers['access-control-expose-headers']);
	});
	test('a web page must say JSON', async () => {
		const answer = await ask(gateway, { path: '/v1/chat/completions',
			body: JSON.stringify(LANES.chat.body()), headers: {
			    origin: 'http://localhost:5173',
			    'content-type': 'text/plain' } });
		assert.equal(answer.status, 415);
	});
});
