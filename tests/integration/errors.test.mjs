// Whatever goes wrong is said in the client's dialect, with the right status.

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { Steps, startUpstream } from '../upstream/upstream.mjs';
import { MODELS, PATIENCE_MS, factoryEndpoints, freePort, startGateway,
    within } from './gateway.mjs';
import { ask, askRaw } from './client.mjs';
import { ERRORS, LANES, NAMES, assertError, filler } from './samples.mjs';

let upstream, gateway, impatient;

before(async () => {
	upstream = await startUpstream();
	const closed = `http://127.0.0.1:${await freePort()}`;
	gateway = await startGateway({ upstream, config: { body_max_mb: 1,
		reply_max_mb: 1,
		endpoint: [...factoryEndpoints(upstream),
		    ...NAMES.map((name) => ({ name: `closed-${name}`,
			type: LANES[name].type, base_url: closed +
			    LANES[name].upstreamPath }))],
		models: [...MODELS, ...NAMES.map((name) => ({
		    id: `closed-${name}`, type: LANES[name].type,
		    provider: 'p', endpoint: `closed-${name}`,
		    reasoning: 'auto' }))] } });
	impatient = await startGateway({ upstream, config: {
		first_byte_timeout_s: 4, idle_timeout_s: 2 } });
});
beforeEach(() => upstream.reset());
after(async () => {
	await Promise.all([gateway?.stop(), impatient?.stop()]);
	await upstream?.stop();
});

const EMPTY = {
	chat: 'data: {"id":"x","choices":[{"index":0,"delta":{"content":""}}]}\n\n',
	responses: 'event: keepalive\ndata: {"type":"keepalive"}\n\n',
	messages: 'event: ping\ndata: {"type":"ping"}\n\n',
	generate: 'data: {"candidates":[{"content":{"parts":[{"text":""}],' +
	    '"role":"model"},"index":0}]}\n\n',
};

for (const name of NAMES) {
	const { path, body } = LANES[name];
	const post = (what) => ask(gateway, { path, body: what });
	const get = () => post(body());

	describe(`${name}: the client's fault`, () => {
		const without = { ...body(), model: undefined };
		const BAD = {
			'no model': [without, /model/],
			'an empty model': [{ ...without, model: '' }, /model/],
			'a model that is no string': [{ ...without, model: 7 },
			    /model/],
			'an empty body': ['', /./],
			'an array': [`[${JSON.stringify(body())}]`, /object/],
			'a scalar': ['7', /object/],
			null: ['null', /object/],
			'malformed JSON': [JSON.stringify(body()).slice(0, -1),
			    /JSON|json/],
			'a trailing comma': ['{"model":"x",}', /JSON|json/],
			'a NUL byte': ['{"model":"x\0"}', /JSON|json/],
			'invalid UTF-8': [Buffer.from('{"model":"\xff"}',
			    'latin1'), /UTF-8|JSON/],
			'too deep': [`{"model":"glm-5","x":${'['.repeat(5000)}${
			    ']'.repeat(5000)}}`, /deep|nest/],
		};
		for (const [what, [bad, message]] of Object.entries(BAD))
			test(`${what} is 400`, async () => {
				assertError(name, await post(bad), { ...ERRORS.invalid,
					message });
				assert.equal(upstream.requests.length, 0);
			});
		for (const model of ['nope', 'constructor', '__proto__',
		    'GLM-5', 'glm-5 ', 'ünïcödé"\\'])
			test(`model ${model} is 404`, async () => {
				assertError(name, await post({ ...body(), model }), {
					...ERRORS.missing, message: /model|Model/ });
			});
		test('a body over body_max_mb is 413', async () => {
			assertError(name, await post(body(filler(1100 << 10))),
			    ERRORS.tooLarge);
			const fits = await post(body(filler(900 << 10)));
			assert.equal(fits.status, 200);
		});
		test('a gzip bomb is 413', async () => {
			const zlib = await import('node:zlib');
			const bomb = zlib.gzipSync(Buffer.alloc(200 << 20, ' '));
			assertError(name, await ask(gateway, { path, body: bomb,
				headers: { 'content-encoding': 'gzip' } }),
			    ERRORS.tooLarge);
		});
		// Node before 22.15 makes no zstd: a frame of one raw block.
		test('zstd, which Codex sends, is read', async () => {
			const text = Buffer.from(JSON.stringify(body('hi')));
			const block = Buffer.alloc(3);
			block.writeUIntLE(text.length << 3 | 1, 0, 3);
			const frame = Buffer.concat([Buffer.from('28b52ffd0040', 'hex'),
				block, text]);
			const zstd = { 'content-encoding': 'zstd' };
			const fits = await ask(gateway, { path, body: frame,
				headers: zstd });
			assert.equal(fits.status, 200, fits.text);
			const broken = await ask(gateway, { path, headers: zstd,
				body: frame.subarray(0, -1) });
			assert.equal(broken.status, 400, broken.text);
		});
		test('an encoding nobody knows is 415', async () => {
			for (const encoding of ['br', 'gzip, gzip']) {
				const answer = await ask(gateway, { path, body: 'x',
					headers: { 'content-encoding': encoding } });
				assert.ok([415, 400].includes(answer.status));
			}
		});
	});

	describe(`${name}: the upstream's fault`, () => {
		for (const status of [400, 401, 403, 404, 413, 500, 503])
			test(`its ${status} passes with its body`, async () => {
				upstream.next({ status, message: 'from upstream' });
				const answer = await get();
				assert.equal(answer.status, status, answer.text);
				assert.match(answer.json.error.message,
				    /from upstream/);
			});
		test('its 429 passes with Retry-After', async () => {
			upstream.next({ status: 429, headers: {
				'retry-after': '17' } });
			const answer = await get();
			assertError(name, answer, ERRORS.rate);
			assert.equal(answer.headers['retry-after'], '17');
		});
		test('a 429 without Retry-After is given one', async () => {
			upstream.next({ status: 429 });
			const answer = await get();
			assert.equal(answer.status, 429);
			assert.match(answer.headers['retry-after'], /^\d+$/);
		});
		test('an HTML page becomes an error of the dialect', async () => {
			upstream.next({ status: 502, body: '<html><body><h1>502 Bad ' +
			    'Gateway</h1></body></html>', headers: {
				'content-type': 'text/html' } });
			assertError(name, await get(), { ...ERRORS.upstream,
				message: /answered 502: 502 Bad Gateway$/ });
		});
		test('a page is called by its title, text is passed on',
		    async () => {
			for (const [type, body, message] of [
				['text/html', '<!DOCTYPE html><html><head><title>' +
				    'No workers</title></head><body>x</body></html>',
				/^the upstream answered 502: No workers$/],
				['text/plain', 'upstream\r\n request timeout\n',
				/^the upstream answered 502: upstream request timeout$/],
				['text/plain', '', /^the upstream answered 502 and did /],
			]) {
				upstream.next({ status: 502, body, headers: {
					'content-type': type } });
				assertError(name, await get(),
				    { ...ERRORS.upstream, message });
			}
		});
		test('an error object of any shape passes', async () => {
			const detail = '{"detail": "no workers"}';
			upstream.next({ status: 503, body: detail });
			const answer = await get();
			assert.equal(answer.status, 503);
			assert.equal(answer.text, detail);
		});
		test('nobody listens: 502', async () => {
			assertError(name, await post({ ...body(),
				model: `closed-${name}` }), ERRORS.upstream);
		});
		test('no HTTP at all: 502', async () => {
			upstream.next({ raw: 'garbage\r\n\r\n' });
			assertError(name, await get(), ERRORS.upstream);
		});
		for (const [what, head] of Object.entries({
			'an endless field': `200 OK\r\nX: ${'y'.repeat(300000)}`,
			'endless fields': '200 OK\r\n' +
			    `X: ${'y'.repeat(1000)}\r\n`.repeat(400),
			'a status that is none': '999 Odd\r\n\r\n{}',
		}))
			test(`${what}: 502`, async () => {
				upstream.next({ raw: `HTTP/1.1 ${head}` });
				assertError(name, await get(), ERRORS.upstream);
			});
		test('a redirect: 502, and it is not followed', async () => {
			upstream.next({ status: 302, headers: {
				location: `${upstream.url}/elsewhere` } });
			assertError(name, await get(), ERRORS.upstream);
			assert.equal(upstream.requests.length, 1);
		});
		for (const cut of ['fin', 'rst'])
			test(`a whole reply cut by ${cut}: 502`, async () => {
				upstream.next({ cutAfter: 500, cut, body: {
					text: filler(5000) } });
				assertError(name, await get(), ERRORS.upstream);
			});
		test('a chunked whole reply that was cut: 502', async () => {
			upstream.next({ cutAfter: 500, chunked: true, body: {
				text: filler(5000) } });
			assertError(name, await get(), ERRORS.upstream);
		});
		test('a reply over reply_max_mb: 502', async () => {
			upstream.next({ body: { text: filler(2 << 20) } });
			assertError(name, await get(), ERRORS.upstream);
		});
		test('no answer in time: 504', async () => {
			upstream.next({ hang: true });
			assertError(name, await ask(impatient, { path,
				body: body() }), ERRORS.timeout);
			assert.equal(await within(PATIENCE_MS,
			    upstream.last.gone, 'end of the upstream'), true);
		});
		// Each lasts a minute, if it is not given up.
		for (const [what, order] of Object.entries({
			'endless comments': { events: Array(600).fill(
			    ': alive\n\n') },
			'endless empty events': { events: Array(600).fill(
			    EMPTY[name]) },
			'endless blank lines': { events: Array(600).fill('\n'),
			    headers: { 'content-type': 'application/json' } },
		}))
			test(`${what} for a whole answer: 504`, async () => {
				upstream.next({ ...order, eventDelayMs: 100 });
				const from = performance.now();
				assertError(name, await ask(impatient, { path,
					body: body() }), { ...ERRORS.timeout,
					message: /signs of life/ });
				assert.ok(performance.now() - from < 50000);
			});
		test('a stream whose head says 500 is an error answer',
		    async () => {
			upstream.next({ status: 500, message: 'no stream' });
			const answer = await post(body('hi', { stream: true }));
			assert.equal(answer.status, 500);
			assert.match(answer.json.error.message, /no stream/);
		});
	});
}

describe('single cases', () => {
	test("Anthropic's 529 and 402 keep their words", async () => {
		for (const [status, type] of [[529, 'overloaded_error'],
		    [402, 'billing_error']]) {
			upstream.next({ status, body: { type: 'error', error: {
				type, message: 'x' }, request_id: 'r' } });
			const answer = await ask(gateway, {
				path: LANES.messages.path,
				body: LANES.messages.body() });
			assert.equal(answer.status, status);
			assert.equal(answer.json.error.type, type);
		}
	});
	test("the upstream's own 400 is verbatim", async () => {
		const body = '{"type":"error","error":{"type":' +
		    '"invalid_request_error","message":"prompt is too long: ' +
		    '210000 tokens > 200000 maximum"}}';
		upstream.next({ status: 400, body });
		const answer = await ask(gateway, { path: LANES.messages.path,
			body: LANES.messages.body() });
		assert.equal(answer.text, body);
	});
	test('a body that stops half way costs nothing upstream', async () => {
		const text = await askRaw(gateway, 'POST /v1/chat/completions ' +
		    'HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n' +
		    'Transfer-Encoding: chunked\r\n\r\nzz\r\n');
		assert.match(text, /^HTTP\/1.1 400/);
		assert.equal(upstream.requests.length, 0);
	});
	test('a mid-stream failure after a slow start is an event, not a page',
	    async () => {
		const steps = new Steps();
		upstream.next({ steps });
		steps.go(3);
		const answer = await ask(impatient, {
			path: LANES.messages.path,
			body: LANES.messages.body('x', { stream: true }) });
		assert.doesNotMatch(answer.text, /<html|<!DOCTYPE/i);
		assert.match(answer.text, /event: error\ndata: .*\n\n$/);
	});
});
