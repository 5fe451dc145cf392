// Who may use the server's credential.

import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import os from 'node:os';
import { after, before, beforeEach, describe, test } from 'node:test';
import { startUpstream } from '../upstream/upstream.mjs';
import { MODELS, factoryEndpoints, startGateway } from './gateway.mjs';
import { ask, askRaw } from './client.mjs';
import { ERRORS, LANES, NAMES, assertError } from './samples.mjs';

let upstream;

before(async () => {
	upstream = await startUpstream();
});
beforeEach(() => upstream.reset());
after(() => upstream?.stop());

const request = (headers, name = 'chat') => ({ path: LANES[name].path,
	body: LANES[name].body(), headers });

const FOREIGN = {
	'a foreign Origin': { origin: 'https://evil.example' },
	'an opaque Origin': { origin: 'null' },
	'a foreign Host': { host: 'evil.example' },
	'a rebound Host': { host: '127.0.0.1.evil.example:3000' },
	'X-Forwarded-For': { 'x-forwarded-for': '127.0.0.1' },
	'X-Forwarded-Host': { 'x-forwarded-host': 'localhost' },
	'X-Forwarded-Port': { 'x-forwarded-port': '80' },
	Forwarded: { forwarded: 'for=127.0.0.1' },
	Via: { via: '1.1 proxy' },
	'X-Real-IP': { 'x-real-ip': '127.0.0.1' },
	'CF-Connecting-IP': { 'cf-connecting-ip': '1.2.3.4' },
	'CF-IPCountry': { 'cf-ipcountry': 'DE' },
	'Client-IP': { 'client-ip': '127.0.0.1' },
	'CDN-Loop': { 'cdn-loop': 'cloudflare' },
	'X-Envoy-External-Address': { 'x-envoy-external-address': '1.2.3.4' },
	'X-Original-Forwarded-For': { 'x-original-forwarded-for': '1.2.3.4' },
	'a malformed Origin': { origin: 'http://[::1].evil.example' },
};

describe('access: loopback, the default', () => {
	let gateway;

	before(async () => {
		gateway = await startGateway({ upstream, config: {
			listen: ['0.0.0.0'] } });
	});
	after(() => gateway?.stop());

	test('this machine may', async () => {
		for (const headers of [{}, { host: `localhost:${gateway.port}` },
		    { host: '[::1]:3000' }, { origin: 'http://localhost:5173' },
		    { origin: 'http://127.0.0.1' }])
			assert.equal((await ask(gateway, request(headers))).status,
			    200, JSON.stringify(headers));
	});
	for (const [what, headers] of Object.entries(FOREIGN))
		for (const name of NAMES)
			test(`${what} is 403 (${name})`, async () => {
				const answer = await ask(gateway, request(headers,
				    name));
				assertError(name, answer, ERRORS.forbidden);
				assert.equal(upstream.requests.length, 0);
			});
	const address = Object.values(os.networkInterfaces()).flat().find(
	    (one) => one.family === 'IPv4' && !one.internal)?.address;
	test('another address is 403', { skip: !address &&
	    'this machine has loopback only' }, async () => {
		const answer = await fetch(`http://${address}:${gateway.port}` +
		    LANES.chat.path, { method: 'POST', headers: {
			'content-type': 'application/json' },
			body: JSON.stringify(LANES.chat.body()) });
		assert.equal(answer.status, 403);
	});
	test('another address that is a local peer may', { skip: !address &&
	    'this machine has loopback only' }, async () => {
		const other = await startGateway({ upstream, config: {
			listen: ['0.0.0.0'] }, env: {
			DROID2API_LOCAL_PEERS: address } });
		const post = (host) => ask(other, { ...request({ host }),
			host: address });
		assert.equal((await post('localhost:3000')).status, 200);
		assertError('chat', await post('evil.example'),
		    ERRORS.forbidden);
		await other.stop();
	});
	test('what costs nothing is open', async () => {
		for (const path of ['/', '/health', '/v1/models'])
			assert.equal((await ask(gateway, { path, headers: {
				'x-forwarded-for': '1.2.3.4' } })).status, 200);
	});
});

describe('a client with its own credential passes no gate', () => {
	test('behind a proxy', async () => {
		const gateway = await startGateway({ upstream,
			env: { FACTORY_API_KEY: undefined } });
		const answer = await ask(gateway, request({
			'x-forwarded-for': '1.2.3.4',
			authorization: 'Bearer own' }));
		assert.equal(answer.status, 200, answer.text);
		await gateway.stop();
	});
});

describe('access: keys, the default with client_keys', () => {
	const plain = 'ck-plain-key-123456';
	const hashed = 'ck-hashed-key-12345';
	let gateway;

	before(async () => {
		gateway = await startGateway({ upstream, config: { client_keys: [
			plain, 'sha256:' + crypto.createHash('sha256')
			    .update(hashed).digest('hex')] } });
	});
	after(() => gateway?.stop());

	for (const key of [plain, hashed]) {
		for (const [what, headers] of Object.entries({
			Bearer: { authorization: `Bearer ${key}` },
			'bearer in lower case': { authorization: `bearer ${key}` },
			'x-api-key': { 'x-api-key': key },
			'x-goog-api-key': { 'x-goog-api-key': key },
			'the second of two': { authorization: 'Bearer none',
				'x-api-key': key },
		}))
			test(`${key.slice(0, 6)} as ${what}`, async () => {
				const answer = await ask(gateway, request({ ...headers,
					'x-forwarded-for': '1.2.3.4',
					host: 'gw.example' }));
				assert.equal(answer.status, 200, answer.text);
				assert.ok(!JSON.stringify(upstream.last.headers)
				    .includes(key));
			});
		test(`${key.slice(0, 6)} as ?key=`, async () => {
			const answer = await ask(gateway, { ...request({}, 'generate'),
				path: `/v1/generate?a=1&key=${key}&b=2` });
			assert.equal(answer.status, 200, answer.text);
			assert.equal(upstream.last.url,
			    '/api/llm/g/v1/generate?a=1&b=2');
		});
	}
	for (const name of NAMES)
		test(`${name}: a wrong key is 401 and not to be retried`,
		    async () => {
			for (const headers of [{}, { authorization: 'Bearer no' },
			    { 'x-api-key': `${plain}x` },
			    { 'x-api-key': plain.slice(0, -1) },
			    { authorization: plain }]) {
				const answer = await ask(gateway, request(headers,
				    name));
				assertError(name, answer, ERRORS.unauthorized);
				assert.equal(answer.headers['x-should-retry'],
				    'false');
			}
			assert.equal(upstream.requests.length, 0);
		});
	test('a wrong key gets no work: no JSON, no model, no estimate',
	    async () => {
		const headers = { authorization: 'Bearer junk-junk-junk' };
		for (const [path, body] of [['/v1/messages', '{'],
		    ['/v1/messages', { model: 'nobody', messages: [] }],
		    ['/v1/messages/count_tokens', { model: 'glm-5', messages:
			[{ role: 'user', content: 'hi' }] }]])
			assertError('messages', await ask(gateway, { path, body,
				headers }), ERRORS.unauthorized);
	});
	test('where an endpoint takes its own, a wrong key still gets no more',
	    async () => {
		const mixed = await startGateway({ upstream, config: {
			client_keys: [plain], endpoint: [
			    ...factoryEndpoints(upstream), { name: 'own',
				type: 'common', profile: 'plain',
				base_url: `${upstream.url}/v1/chat/completions` }],
			models: [...MODELS, { id: 'own', type: 'common',
			    endpoint: 'own', reasoning: 'auto' }] } });
		const count = (model, key) => ask(mixed, {
			path: '/v1/messages/count_tokens', headers: {
			    authorization: `Bearer ${key}` }, body: { model,
			    messages: [{ role: 'user', content: 'hi' }] } });
		assertError('messages', await count('glm-5', 'somebody-else'),
		    ERRORS.unauthorized);
		assert.equal((await count('own', 'somebody-else')).status, 200);
		assert.equal((await count('glm-5', plain)).status, 200);
		const answer = await ask(mixed, { path: LANES.chat.path,
			body: { ...LANES.chat.body(), model: 'own' },
			headers: { authorization: 'Bearer somebody-else' } });
		assert.equal(answer.status, 200, answer.text);
		assert.equal(upstream.last.headers.authorization,
		    'Bearer somebody-else');
		await mixed.stop();
	});
	test('models and health stay open', async () => {
		for (const path of ['/', '/health', '/v1/models'])
			assert.equal((await ask(gateway, { path })).status, 200);
	});
	test('no key is in the log', () => {
		assert.ok(!gateway.log.includes(plain));
		assert.ok(!gateway.log.includes(hashed));
	});
});

describe('access: loopback with cors_origins', () => {
	const LISTED = ['https://app.example', 'null', 'file://', 'app://obsidian',
	    'chrome-extension://abcdefghijklmnopabcdefghijklmnop'];
	let gateway;

	before(async () => {
		gateway = await startGateway({ upstream, config: {
			cors_origins: LISTED } });
	});
	after(() => gateway?.stop());

	const preflight = (origin) => ask(gateway, { method: 'OPTIONS',
		path: LANES.chat.path, headers: { origin,
		    'access-control-request-method': 'POST',
		    'access-control-request-headers': 'content-type' } });

	for (const origin of LISTED)
		test(`${origin} may`, async () => {
			const { headers } = await preflight(origin);
			assert.equal(headers['access-control-allow-origin'], origin);
			const answer = await ask(gateway, request({ origin }));
			assert.equal(answer.status, 200, answer.text);
			assert.equal(answer.headers['access-control-allow-origin'],
			    origin);
		});
	test('another is told what would help', async () => {
		const origin = 'https://other.example';
		const { headers } = await preflight(origin);
		assert.equal(headers['access-control-allow-origin'], undefined);
		const answer = await ask(gateway, request({ origin }));
		assertError('chat', answer, ERRORS.forbidden);
		assert.match(answer.json.error.message,
		    /"https:\/\/other.example" .* cors_origins/);
	});
	test('a listed one through a proxy may not', async () => {
		const answer = await ask(gateway, request({ origin: LISTED[0],
			via: '1.1 proxy' }));
		assertError('chat', answer, ERRORS.forbidden);
	});
});

describe('behind a proxy that leaves no trace', () => {
	test('what nginx speaks by itself is refused', async () => {
		const gateway = await startGateway({ upstream });
		const body = JSON.stringify(LANES.chat.body());
		const ask10 = (version) => askRaw(gateway, `POST ${
			LANES.chat.path} HTTP/${version}\r\nHost: 127.0.0.1:${
			gateway.port}\r\nConnection: close\r\nContent-Type: ` +
			`application/json\r\nContent-Length: ${body.length}\r\n\r\n` +
			body);
		assert.match(`${await ask10('1.1')}`, /^HTTP\/1\.1 200/);
		assert.match(`${await ask10('1.0')}`,
		    /^HTTP\/1\.[01] 403[^]*through a proxy \(HTTP\/1\.0/);
		await gateway.stop();
	});
});

describe('by environment', () => {
	test('DROID2API_ACCESS=open lets anybody in', async () => {
		const gateway = await startGateway({ upstream,
			env: { DROID2API_ACCESS: 'open' } });
		for (const headers of Object.values(FOREIGN)) {
			if (headers.origin)
				continue;
			assert.equal((await ask(gateway, request(headers))).status,
			    200, JSON.stringify(headers));
		}
		await gateway.stop();
	});
	test('DROID2API_CLIENT_KEYS are keys', async () => {
		const gateway = await startGateway({ upstream,
			env: { DROID2API_CLIENT_KEYS: 'ck-env-one-1,ck-env-two-2' } });
		for (const [key, status] of [['ck-env-one-1', 200],
		    ['ck-env-two-2', 200], ['ck-env-one-1,ck-env-two-2', 401]])
			assert.equal((await ask(gateway, request({
				'x-api-key': key }))).status, status, key);
		await gateway.stop();
	});
});
