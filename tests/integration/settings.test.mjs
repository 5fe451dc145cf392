// Settings that few people need: each does what its manual says.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';
import path from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { startUpstream } from '../upstream/upstream.mjs';
import { PATIENCE_MS, certificate, startGateway, temporaryFolder, within }
    from './gateway.mjs';
import { acceptedConnection, ask, open, rawRequest, sha256 }
    from './client.mjs';
import { ERRORS, LANES, NAMES, assertError } from './samples.mjs';

let upstream;

before(async () => {
	upstream = await startUpstream();
});
beforeEach(() => upstream.reset());
after(() => upstream?.stop());

const request = (name = 'chat', more = {}, headers = {}) => ({
	path: LANES[name].path, body: LANES[name].body('hi', more), headers });

describe('retries', () => {
	let gateway;

	before(async () => {
		gateway = await startGateway({ upstream, config: { retries: 2 } });
	});
	after(() => gateway?.stop());

	test('a 429 and a 503 are survived, Retry-After is waited for',
	    async () => {
		upstream.next({ status: 429, headers: { 'retry-after': '1' } },
		    { status: 503 });
		const answer = await ask(gateway, request());
		assert.equal(answer.status, 200, answer.text);
		const [first, second, third] = upstream.requests;
		assert.ok(second.at - first.at >= 1000);
		assert.equal(third.sha256, first.sha256);
	});
	test('they are counted, and the last answer passes', async () => {
		upstream.next({ status: 500 }, { status: 500 },
		    { status: 500, message: 'the third' });
		const answer = await ask(gateway, request('messages'));
		assert.equal(answer.status, 500);
		assert.match(answer.json.error.message, /the third/);
		assert.equal(upstream.requests.length, 3);
	});
	for (const [what, order] of Object.entries({
		'a long Retry-After': { status: 429, headers: {
			'retry-after': '61' } },
		'x-should-retry: false': { status: 503, headers: {
			'x-should-retry': 'false' } },
		'a 400': { status: 400 },
	}))
		test(`${what} is the client's`, async () => {
			upstream.next(order);
			const answer = await ask(gateway, request());
			assert.equal(answer.status, order.status);
			assert.equal(upstream.requests.length, 1);
		});
	test('a client that hangs up meanwhile ends it', async () => {
		upstream.next({ status: 429, headers: { 'retry-after': '30' } });
		const arrived = upstream.arrival();
		const socket = await acceptedConnection(gateway);
		socket.write(rawRequest(request()));
		await within(PATIENCE_MS, arrived, 'arrival');
		await gateway.logged(/retry 1 of 2 in 30000 ms/);
		const from = gateway.log.length;
		// lighttpd sees an end in silence late, if at all.
		socket.resetAndDestroy();
		await gateway.logged(/client gone/, { from });
		assert.equal(upstream.requests.length, 1);
	});
});

describe('early_stream_after_s', () => {
	let gateway;

	before(async () => {
		gateway = await startGateway({ upstream, config: {
			early_stream_after_s: 1, keep_alive_s: 1 } });
	});
	after(() => gateway?.stop());

	for (const name of NAMES.filter((one) => one !== 'generate'))
		test(`${name}: a stream that begins late`, async () => {
			let begin;
			upstream.next({ ready: new Promise((resolve) => {
				begin = resolve;
			}) });
			const answer = await open(gateway, request(name, {
				stream: true }));
			assert.equal(answer.status, 200);
			assert.match(answer.headers['content-type'],
			    /^text\/event-stream/);
			await answer.event();
			begin();
			await answer.done;
			assert.match(answer.text, name === 'chat' ? /\[DONE\]/ :
			    name === 'messages' ? /message_stop/ :
			    /response\.completed/);
		});
	test('an error can then only be an event', async () => {
		let begin;
		upstream.next({ status: 429, ready: new Promise((resolve) => {
			begin = resolve;
		}) });
		const answer = await open(gateway, request('messages', {
			stream: true }));
		assert.equal(answer.status, 200);
		begin();
		await answer.done;
		assert.match(answer.text,
		    /event: error\ndata: .*rate_limit_error.*\n\n$/);
	});
	test('an array of Google\'s waits for it, too', async () => {
		upstream.next({ delayMs: 1500, status: 429 });
		const answer = await ask(gateway, { path: '/v1beta/models/' +
		    `${LANES.generate.model}:streamGenerateContent`,
		body: { contents: LANES.generate.body().contents } });
		assert.equal(answer.status, 429);
		assert.match(answer.headers['content-type'], /^application\/json/);
	});
	test('and so does what is no conversation', async () => {
		const server = http.createServer((request, response) =>
			setTimeout(() => response.setHeader('content-type',
			    'audio/mpeg').end('MP3'), 1500));
		await new Promise((resolve) => server.listen(0, '127.0.0.1',
		    resolve));
		const gateway = await startGateway({ upstream, config: {
			early_stream_after_s: 1, keep_alive_s: 1,
			endpoint: [{ name: 'e', auth: 'none', type: 'common',
			    base_url: `http://127.0.0.1:${server.address().port}/v1/chat/completions` }],
			models: [{ id: 'm', type: 'common', operations: ['speech'] }]
		} });
		const answer = await ask(gateway, { path: '/v1/audio/speech',
			body: { model: 'm', input: 'a', stream: true } });
		await gateway.stop();
		server.close();
		assert.deepEqual([answer.status, answer.text], [200, 'MP3']);
		assert.equal(answer.headers['content-type'], 'audio/mpeg');
	});
	test('a whole answer waits for its status', async () => {
		upstream.next({ delayMs: 1500, status: 429 });
		assertError('chat', await ask(gateway, request()), ERRORS.rate);
	});
});

describe('base_path', () => {
	test('stands before every route, with and without /v1', async () => {
		const gateway = await startGateway({ upstream, config: {
			base_path: '/llm' } });
		for (const prefix of ['/llm/v1', '/llm', '/v1'])
			assert.equal((await ask(gateway, { ...request(),
				path: `${prefix}/chat/completions` })).status,
			    200, prefix);
		assert.equal((await ask(gateway, { path: '/llm/health' }))
		    .status, 200);
		assert.equal((await ask(gateway, { ...request(),
			path: '/llmx/chat/completions' })).status, 404);
		await gateway.stop();
	});
});

describe('strict', () => {
	const lossy = () => request('chat', { model: LANES.messages.model,
		logit_bias: { 50256: -100 } });
	test('what is lost is named, or refused', async () => {
		const gateway = await startGateway({ upstream });
		const answer = await ask(gateway, lossy());
		assert.equal(answer.status, 200, answer.text);
		assert.match(answer.headers['x-droid2api-lossy'], /logit_bias/);
		const asked = lossy();
		asked.headers['x-droid2api-strict'] = '1';
		const refused = await ask(gateway, asked);
		assertError('chat', refused, ERRORS.invalid);
		assert.match(refused.json.error.message, /logit_bias/);
		await gateway.stop();
	});
	test('for all by configuration', async () => {
		const gateway = await startGateway({ upstream, config: {
			strict: true } });
		assertError('chat', await ask(gateway, lossy()),
		    ERRORS.invalid);
		assert.equal(upstream.requests.length, 0);
		await gateway.stop();
	});
});

describe('access: server', () => {
	test('no header makes a user', async () => {
		const gateway = await startGateway({ upstream, config: {
			access: 'server' } });
		for (const headers of [{}, { 'remote-user': 'root' },
		    { remote_user: 'root' }, { 'x-remote-user': 'root' },
		    { authorization: 'Basic cm9vdDpyb290' }])
			assertError('chat', await ask(gateway, request('chat', {},
			    headers)), ERRORS.unauthorized);
		assert.equal(upstream.requests.length, 0);
		await gateway.stop();
	});
});

// An endpoint that speaks TLS.
const listen = (server) => new Promise((resolve) =>
	server.listen(0, '127.0.0.1', () => resolve(server.address().port)));

const STREAM = `${Array.from({ length: 40 }, (_, i) => `data: ${
	JSON.stringify({ choices: [{ index: 0, delta: {
		content: `${i}`.repeat(10000) } }] })}\n\n`).join('')
}data: [DONE]\n\n`;

describe('TLS', () => {
	const seen = [];
	const serve = (message, response) => {
		let body = '';
		seen.push(message.httpVersion);
		message.on('data', (bytes) => {
			body += bytes;
		}).on('end', () => {
			const stream = JSON.parse(body).stream;
			response.writeHead(200, { 'content-type': stream
				? 'text/event-stream' : 'application/json' });
			response.end(stream ? STREAM : '{"choices":[]}');
		});
	};
	let folder, pair, server;

	before(async () => {
		folder = temporaryFolder();
		pair = certificate(folder);
		server = http2.createSecureServer({ allowHTTP1: true, ...pair },
		    serve);
		server.port = await listen(server);
	});
	beforeEach(() => seen.splice(0));
	after(() => {
		server?.close();
		fs.rmSync(folder, { recursive: true, force: true });
	});

	const gatewayTo = (host, more, endpoint = {}) => startGateway({
		upstream, config: { ...more, endpoint: [{ name: 'tls',
			type: 'common', auth: 'none', ...endpoint, base_url:
			`https://${host}:${server.port}/v1/chat/completions` }],
			models: [{ id: 'glm-5', type: 'common', endpoint: 'tls',
				reasoning: 'auto' }] } });

	test('ca_file is trusted, HTTP/1.1 is spoken', async () => {
		const gateway = await gatewayTo('localhost', {
			ca_file: pair.file });
		const answer = await ask(gateway, request());
		assert.equal(answer.text, '{"choices":[]}');
		assert.deepEqual(seen, ['1.1']);
		await gateway.stop();
	});
	test('http2 is spoken where it is wanted', async () => {
		const gateway = await gatewayTo('localhost', {
			ca_file: pair.file }, { http2: true });
		for (let i = 0; i < 3; i++)
			assert.equal((await ask(gateway, request())).text,
			    '{"choices":[]}');
		assert.deepEqual(seen, ['2.0', '2.0', '2.0']);
		await gateway.stop();
	});
	// Records of TLS are larger than what is read at a time, and tickets come.
	for (const http2 of [false, true])
		test(`streams pass whole, http2 ${http2}`, async () => {
			const gateway = await gatewayTo('localhost', {
				ca_file: pair.file }, { http2 });
			for (let i = 0; i < 3; i++) {
				const { text } = await ask(gateway, request('chat',
				    { stream: true }));
				assert.equal(sha256(text), sha256(STREAM));
			}
			await gateway.stop();
		});
	test('another name or authority is refused', async () => {
		for (const [host, more] of [['localhost', {}],
		    ['127.0.0.1', { ca_file: pair.file }]]) {
			const gateway = await gatewayTo(host, more);
			const answer = await ask(gateway, request());
			assertError('chat', answer, ERRORS.upstream);
			assert.match(answer.json.error.message, /certificate/);
			// An exchange that is cut keeps what OpenSSL gave it.
			await gateway.logged(/status=502/);
			await gateway.stop();
		}
		assert.equal(seen.length, 0);
	});
});

describe('memory_max_mb and json_tokens_max', () => {
	let gateway;

	before(async () => {
		gateway = await startGateway({ upstream, config: { processes: 1,
			memory_max_mb: 16, json_tokens_max: 1000 } });
	});
	after(() => gateway?.stop());

	test('a body over the memory is 503, and leaves none behind',
	    async () => {
		const large = { path: LANES.chat.path,
			body: LANES.chat.body('x'.repeat(20 << 20)) };
		for (let i = 0; i < 3; i++) {
			const answer = await ask(gateway, large);
			assertError('chat', answer, ERRORS.overloaded);
			assert.match(answer.headers['retry-after'], /^\d+$/);
		}
		assert.equal(upstream.requests.length, 0);
		assert.equal((await ask(gateway, { ...large, body:
			LANES.chat.body('x'.repeat(8 << 20)) })).status, 200);
	});
	test('many values are 413 where all must be read', async () => {
		const content = Array.from({ length: 500 }, () => (
			{ type: 'text', text: 'x' }));
		const answer = await ask(gateway, request('chat', {
			model: LANES.messages.model,
			messages: [{ role: 'user', content }] }));
		assertError('chat', answer, ERRORS.tooLarge);
	});
});

describe('trusted_proxies', () => {
	test('the last address that is none of them counts', async () => {
		const gateway = await startGateway({ upstream, config: {
			trusted_proxies: ['127.0.0.0/8', '10.0.0.0/8'] } });
		for (const [list, status] of [['1.2.3.4', 403],
		    ['127.0.0.1, 1.2.3.4', 403], ['1.2.3.4, 10.1.1.1', 403],
		    ['::1', 200], ['1.2.3.4, ::1', 200], ['nonsense', 403]])
			assert.equal((await ask(gateway, request('chat', {},
			    { 'x-forwarded-for': list }))).status, status, list);
		await gateway.stop();
	});
});
