// What endpoints keep: files, batches, stored replies. Their operations carry no
// model and go to the endpoint that is the default, by bytes.

import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import http from 'node:http';
import { after, before, beforeEach, describe, test } from 'node:test';
import { startGateway, until } from './gateway.mjs';
import { ask, open } from './client.mjs';
import { assertError } from './samples.mjs';

const binary = crypto.randomBytes(300000);
const KEYS = { all: 'key-without-limits', some: 'key-of-some-models',
    tokens: 'key-of-some-tokens', let: 'key-that-may-all-the-same' };
let server, url, gateway, next, last, arrived;

before(async () => {
	server = http.createServer(async (request, response) => {
		const chunks = [];
		for await (const chunk of request)
			chunks.push(chunk);
		arrived++;
		if (next.serve)
			return next.serve(response);
		last = { url: request.url, method: request.method,
			headers: request.headers, bytes: Buffer.concat(chunks) };
		response.writeHead(next.status ?? 200, next.headers);
		response.end(next.bytes);
	});
	await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
	url = `http://127.0.0.1:${server.address().port}`;
	gateway = await startGateway({ upstream: { url },
	    env: { KEPT_KEYS: 'upstream-key-1,upstream-key-2' }, config: {
		trusted_proxies: ['127.0.0.1'], body_max_mb: 1, reply_max_mb: 1,
		first_byte_timeout_s: 5,
		client_keys: [
		    { name: 'all', key: KEYS.all, admin: true },
		    { name: 'some', key: KEYS.some, models: ['m-*'] },
		    { name: 'tokens', key: KEYS.tokens, tokens_per_day: 1000 },
		    { name: 'let', key: KEYS.let, models: ['m-*'], stored: true }],
		endpoint: [
		    { name: 'first', type: 'common', auth: 'none',
			base_url: `${url}/no/chat/completions` },
		    { name: 'chat', type: 'common', default: true,
			api_key_env: 'KEPT_KEYS',
			base_url: `${url}/c/chat/completions?v=1` },
		    { name: 'resp', type: 'openai', default: true, auth: 'none',
			base_url: `${url}/r/responses` },
		    { name: 'claude', type: 'anthropic', default: true,
			api_key_env: 'KEPT_KEYS', base_url: `${url}/a/v1/messages` },
		    { name: 'gemini', type: 'google', default: true,
			api_key_env: 'KEPT_KEYS',
			base_url: `${url}/v1beta/models/{model}` }],
		models: [{ id: 'm-1', type: 'common' }] } });
});
beforeEach(() => {
	next = { headers: { 'content-type': 'application/json' },
		bytes: '{"id" : "x","n":1.50 }' };
	last = undefined;
	arrived = 0;
});
after(async () => {
	await gateway?.stop();
	server?.closeAllConnections();
	await new Promise((resolve) => server.close(resolve));
});

const MARKS = { openai: {}, anthropic: { 'anthropic-version': '2023-06-01' },
    google: { 'x-goog-api-key': KEYS.all } };
const as = (kind, method, path, more = {}) => ask(gateway, { method, path,
    body: more.body, headers: { authorization: `Bearer ${KEYS.all}`,
	'content-type': more.body === undefined ? undefined :
	    'application/octet-stream', ...MARKS[kind], ...more.headers } });

const ROWS = {
	openai: [['GET', '/v1/files?limit=2&key=a', '/c/files?v=1&limit=2'],
	    ['POST', '/v1/files', '/c/files?v=1'],
	    ['GET', '/v1/files/file-Ab_1', '/c/files/file-Ab_1?v=1'],
	    ['DELETE', '/v1/files/file-1', '/c/files/file-1?v=1'],
	    ['GET', '/files/file-1/content', '/c/files/file-1/content?v=1'],
	    ['POST', '/v1/batches', '/c/batches?v=1'],
	    ['GET', '/v1/batches?after=b', '/c/batches?v=1&after=b'],
	    ['GET', '/v1/batches/b', '/c/batches/b?v=1'],
	    ['POST', '/v1/batches/b/cancel', '/c/batches/b/cancel?v=1'],
	    ['POST', '/v1/videos', '/c/videos?v=1'],
	    ['GET', '/v1/videos', '/c/videos?v=1'],
	    ['GET', '/v1/videos/v', '/c/videos/v?v=1'],
	    ['DELETE', '/v1/videos/v', '/c/videos/v?v=1'],
	    ['GET', '/v1/videos/v/content?variant=x',
		'/c/videos/v/content?v=1&variant=x'],
	    ['POST', '/v1/videos/v/remix', '/c/videos/v/remix?v=1'],
	    ['GET', '/v1/responses/resp_1?include=a', '/r/responses/resp_1' +
		'?include=a'],
	    ['DELETE', '/v1/responses/resp_1', '/r/responses/resp_1'],
	    ['POST', '/v1/responses/resp_1/cancel', '/r/responses/resp_1/cancel'],
	    ['GET', '/v1/responses/resp_1/input_items',
		'/r/responses/resp_1/input_items'],
	    ['POST', '/v1/conversations', '/r/conversations'],
	    ['GET', '/v1/conversations/c', '/r/conversations/c'],
	    ['POST', '/v1/conversations/c', '/r/conversations/c'],
	    ['DELETE', '/v1/conversations/c', '/r/conversations/c'],
	    ['GET', '/v1/conversations/c/items', '/r/conversations/c/items'],
	    ['POST', '/v1/conversations/c/items', '/r/conversations/c/items'],
	    ['GET', '/v1/conversations/c/items/i', '/r/conversations/c/items/i'],
	    ['DELETE', '/v1/conversations/c/items/i',
		'/r/conversations/c/items/i']],
	anthropic: [['POST', '/v1/messages/batches', '/a/v1/messages/batches'],
	    ['GET', '/v1/messages/batches?limit=1',
		'/a/v1/messages/batches?limit=1'],
	    ['GET', '/v1/messages/batches/b', '/a/v1/messages/batches/b'],
	    ['DELETE', '/v1/messages/batches/b', '/a/v1/messages/batches/b'],
	    ['POST', '/v1/messages/batches/b/cancel',
		'/a/v1/messages/batches/b/cancel'],
	    ['GET', '/v1/messages/batches/b/results',
		'/a/v1/messages/batches/b/results'],
	    ['POST', '/v1/files', '/a/v1/files'],
	    ['GET', '/v1/files?beta=true', '/a/v1/files?beta=true'],
	    ['GET', '/v1/files/f', '/a/v1/files/f'],
	    ['DELETE', '/v1/files/f', '/a/v1/files/f'],
	    ['GET', '/v1/files/f/content', '/a/v1/files/f/content'],
	    ['POST', '/v1/skills', '/a/v1/skills'],
	    ['GET', '/v1/skills', '/a/v1/skills'],
	    ['GET', '/v1/skills/s', '/a/v1/skills/s'],
	    ['DELETE', '/v1/skills/s', '/a/v1/skills/s'],
	    ['POST', '/v1/skills/s/versions', '/a/v1/skills/s/versions'],
	    ['GET', '/v1/skills/s/versions', '/a/v1/skills/s/versions'],
	    ['GET', '/v1/skills/s/versions/1', '/a/v1/skills/s/versions/1'],
	    ['DELETE', '/v1/skills/s/versions/1', '/a/v1/skills/s/versions/1'],
	    ['GET', '/v1/skills/s/versions/1/content',
		'/a/v1/skills/s/versions/1/content']],
	google: [['POST', '/v1beta/cachedContents', '/v1beta/cachedContents'],
	    ['GET', '/v1beta/cachedContents?pageSize=1',
		'/v1beta/cachedContents?pageSize=1'],
	    ['GET', '/v1beta/cachedContents/c', '/v1beta/cachedContents/c'],
	    ['PATCH', '/v1beta/cachedContents/c?updateMask=ttl',
		'/v1beta/cachedContents/c?updateMask=ttl'],
	    ['DELETE', '/v1beta/cachedContents/c', '/v1beta/cachedContents/c'],
	    ['GET', '/v1beta/files', '/v1beta/files'],
	    ['GET', '/v1beta/files/f', '/v1beta/files/f'],
	    ['DELETE', '/v1beta/files/f', '/v1beta/files/f'],
	    ['GET', '/v1beta/files/f:download?alt=media',
		'/v1beta/files/f:download?alt=media'],
	    ['POST', '/upload/v1beta/files?uploadType=media',
		'/upload/v1beta/files?uploadType=media']],
};
const CREDENTIAL = { openai: 'authorization', anthropic: 'x-api-key',
    google: 'x-goog-api-key' };

for (const [kind, rows] of Object.entries(ROWS))
	describe(kind, () => {
		for (const [method, path, there] of rows)
			test(`${method} ${path}`, async () => {
				const body = ['POST', 'PATCH'].includes(method) ?
				    binary : undefined;
				const { status, text, headers } = await as(kind, method,
				    path, { body });
				assert.equal(status, 200, text);
				assert.equal(text, next.bytes);
				assert.equal(headers['content-type'],
				    'application/json');
				assert.equal(last.method, method);
				assert.equal(last.url, there);
				assert.ok(last.bytes.equals(body ?? Buffer.alloc(0)));
				assert.equal(last.headers['content-type'], body &&
				    'application/octet-stream');
				if (!there.startsWith('/r/'))
					assert.match(last.headers[CREDENTIAL[kind]],
					    /^(Bearer )?upstream-key-1$/);
			});
		test('binary replies keep every byte', async () => {
			next = { headers: { 'content-type': 'audio/mpeg',
			    'content-disposition': 'attachment; filename="a"' },
			    bytes: binary };
			const [method, path] = rows.find(([, one]) =>
				/content|results|download/.test(one));
			const { status, body, headers } = await as(kind, method, path);
			assert.equal(status, 200);
			assert.ok(binary.equals(body));
			assert.equal(headers['content-type'], 'audio/mpeg');
			assert.equal(headers['content-disposition'],
			    'attachment; filename="a"');
		});
		test('an error of the upstream is its own', async () => {
			next = { status: 404, headers: { 'content-type':
			    'application/json' }, bytes: '{"error":{"message":"no"}}' };
			const { status, text } = await as(kind, 'GET', rows[0][1]);
			assert.equal(status, 404);
			assert.equal(text, next.bytes);
		});
	});

test('an upload as a form goes on as it is', async () => {
	const body = Buffer.concat([Buffer.from('--x\r\n'), binary]);
	const type = 'multipart/form-data; boundary=x';
	const { status } = await as('openai', 'POST', '/v1/files', { body,
		headers: { 'content-type': type } });
	assert.equal(status, 200);
	assert.equal(last.headers['content-type'], type);
	assert.ok(last.bytes.equals(body));
});

test('HEAD is asked as HEAD', async () => {
	const { status } = await as('openai', 'HEAD', '/v1/files/f');
	assert.equal(status, 200);
	assert.equal(last.method, 'HEAD');
});

test('an upstream that says nothing is 504', async () => {
	next.serve = () => {};
	assertError('chat', await as('openai', 'GET', '/v1/files'),
	    { status: 504 });
});

test('the ledger, which counts what models do, has none of it', async () => {
	const { headers } = await as('openai', 'GET', '/v1/files');
	const { json } = await ask(gateway, { method: 'GET',
		path: '/v1/usage/last', key: KEYS.all });
	assert.ok(headers['x-droid2api-request-id']);
	assert.deepEqual(json.exchanges, []);
});

describe('a file', () => {
	const content = (more) => open(gateway, { method: 'GET',
		path: '/v1/files/f/content', headers: {
			authorization: `Bearer ${KEYS.all}` }, ...more });
	const head = { 'content-type': 'video/mp4' };

	test('leaves as it comes, and may be longer than reply_max_mb', async () => {
		let response;
		next.serve = (one) => {
			response = one;
			response.writeHead(200, head);
			response.write(binary);
		};
		const answer = await content();
		await until(() => answer.body.length === binary.length, 'bytes');
		for (let i = 0; i < 7; i++)
			response.write(binary);
		response.end();
		await answer.done;
		assert.equal(answer.cut, false);
		assert.equal(answer.headers['content-type'], 'video/mp4');
		assert.ok(answer.body.equals(Buffer.concat(Array(8).fill(binary))));
	});
	test('that is cut is cut for the client', async () => {
		next.serve = (response) => {
			response.writeHead(200, { ...head, 'content-length': '900000' });
			response.write(binary, () => response.destroy());
		};
		const answer = await content();
		await answer.done;
		assert.equal(answer.cut, true);
	});
	test('that is cut before its first byte is 502', async () => {
		next.serve = (response) => {
			response.writeHead(200, { ...head, 'content-length': '9' });
			response.flushHeaders();
			response.destroy();
		};
		const answer = await content();
		await answer.done;
		assert.equal(answer.status, 502);
	});
	test('that is empty is whole', async () => {
		next = { headers: head, bytes: '' };
		const answer = await content();
		await answer.done;
		assert.equal(answer.status, 200);
		assert.equal(answer.body.length, 0);
		assert.equal(answer.cut, false);
	});
	test('of lines of JSON may be that long, too', async () => {
		const lines = Buffer.alloc(3 << 20, '{"a":1}\n');
		next = { headers: { 'content-type': 'application/jsonl' },
			bytes: lines };
		const answer = await content();
		await answer.done;
		assert.equal(answer.status, 200);
		assert.ok(answer.body.equals(lines));
	});
	test('JSON is held to reply_max_mb', async () => {
		next.bytes = `"${'a'.repeat(1 << 20)}"`;
		assertError('chat', await as('openai', 'GET', '/v1/files'),
		    { status: 502, message: /larger/ });
	});
});

test('what a stored reply used is not counted again', async () => {
	next.bytes = '{"id":"resp_1","object":"response","usage":' +
	    '{"input_tokens":77,"output_tokens":5}}';
	const from = gateway.log.length;
	assert.equal((await as('openai', 'GET', '/v1/responses/resp_1')).status,
	    200);
	const [line] = await gateway.logged(/GET \/v1\/responses\/\{id\} .*/,
	    { from });
	assert.match(line, /\bin=0\b.*\bout=0\b/);
});

describe('links', () => {
	const theirs = 'https://api.example.com/v1/messages/batches/b_1/results';
	const batch = (link) => `{"id":"b_1", "results_url" : ${link},"n":1.50}`;

	test('results_url is where the client can go', async () => {
		next.bytes = batch(`"${theirs}"`);
		const { text } = await as('anthropic', 'GET',
		    '/gw/v1/messages/batches/b_1');
		assert.equal(text, batch(`"${gateway.url}/gw/v1/messages/batches/` +
		    'b_1/results"'));
	});
	test('in a list, too', async () => {
		next.bytes = `{"data":[${batch('null')},${batch(`"${theirs}"`)}]}`;
		const { text } = await as('anthropic', 'GET',
		    '/v1/messages/batches', { headers: {
			'x-forwarded-proto': 'https',
			'x-forwarded-host': 'llm.example.org' } });
		assert.equal(text, `{"data":[${batch('null')},${batch(
		    '"https://llm.example.org/v1/messages/batches/b_1/results"')}]}`);
	});
	for (const odd of ['https://evil.example/x', 'https://h/v1/messages/' +
	    'batches/../../files', 'https://h/messages/batches/b?x=1'])
		test(`${odd} is left out`, async () => {
			next.bytes = batch(JSON.stringify(odd));
			const { text } = await as('anthropic', 'GET',
			    '/v1/messages/batches/b_1');
			assert.equal(text, batch('null'));
		});
	test('an upload goes on at the gateway', async () => {
		next.headers['x-goog-upload-status'] = 'active';
		next.headers['x-goog-upload-url'] = 'https://g.example/upload/' +
		    'v1beta/files?upload_id=u1&key=secret&upload_protocol=resumable';
		next.headers['x-goog-upload-control-url'] = 'https://g.example/' +
		    'upload/v1beta/files?upload_id=u1&%6bey=secret';
		const { headers } = await as('google', 'POST',
		    '/upload/v1beta/files', { body: '{"file":{}}', headers: {
			'x-goog-upload-protocol': 'resumable',
			'x-goog-upload-command': 'start',
			'x-goog-upload-header-content-length': '300000' } });
		assert.equal(last.headers['x-goog-upload-command'], 'start');
		assert.equal(last.headers['x-goog-upload-protocol'], 'resumable');
		assert.equal(last.headers['x-goog-upload-header-content-length'],
		    '300000');
		assert.equal(headers['x-goog-upload-status'], 'active');
		assert.equal(headers['x-goog-upload-control-url'].split('&')[0],
		    gateway.url + '/upload/v1beta/files?upload_id=u1');
		const link = new URL(headers['x-goog-upload-url']);
		const ticket = link.searchParams.get('droid2api_ticket');
		assert.match(ticket, /^[0-9a-f]{64}$/);
		assert.equal(link.href, `${gateway.url}/upload/v1beta/files` +
		    '?upload_id=u1&upload_protocol=resumable&droid2api_ticket=' +
		    ticket);
		next = { headers: { 'x-goog-upload-status': 'final' },
		    bytes: '{"file":{}}' };
		const done = await as('google', 'POST', link.pathname +
		    link.search, { body: binary, headers: {
			authorization: undefined, 'x-goog-api-key': undefined,
			'x-goog-upload-command': 'upload, finalize',
			'x-goog-upload-offset': '0' } });
		assert.equal(done.status, 200);
		assert.equal(done.headers['x-goog-upload-status'], 'final');
		assert.equal(last.url, '/upload/v1beta/files?upload_id=u1&' +
		    'upload_protocol=resumable');
		assert.equal(last.headers['x-goog-upload-offset'], '0');
		assert.ok(last.bytes.equals(binary));
		arrived = 0;
		for (const path of [link.pathname + link.search.replace('u1', 'u2'),
		    link.pathname + link.search.slice(0, -1),
		    link.pathname + link.search.slice(0, -1) + '~',
		    link.pathname + '?upload_id=u1',
		    '/v1beta/files' + link.search + '&pageSize=1',
		    '/v1beta/cachedContents' + link.search]) {
			const upload = path.startsWith('/upload/');
			const { status } = await as('google', upload ? 'POST' : 'GET',
			    path, { body: upload ? 'x' : undefined, headers: {
				authorization: undefined,
				'x-goog-api-key': undefined } });
			assert.equal(status, 401, path);
		}
		assert.equal(arrived, 0);
	});
});

describe('who may', () => {
	const bearer = (key) => ({ headers: { authorization: `Bearer ${key}` } });

	test('nobody without a key', async () => {
		for (const kind of ['openai', 'anthropic']) {
			assert.equal((await as(kind, 'GET', '/v1/files', { headers: {
				authorization: undefined } })).status, 401);
			assert.equal((await as(kind, 'GET', '/v1/files',
			    bearer('other'))).status, 401);
		}
		assert.equal(arrived, 0);
	});
	test('no key with limits of models or tokens', async () => {
		for (const [kind, name] of [['openai', 'chat'],
		    ['anthropic', 'messages']])
			for (const key of [KEYS.some, KEYS.tokens])
				assertError(name, await as(kind, 'POST', '/v1/files',
				    { body: 'x', ...bearer(key), headers: {
					...bearer(key).headers } }), { status: 403,
					message: /stored/ });
		assert.equal(arrived, 0);
	});
	test('unless it says so', async () => {
		assert.equal((await as('openai', 'GET', '/v1/files',
		    bearer(KEYS.let))).status, 200);
	});
	test('a web page of a known origin', async () => {
		const from = (origin) => as('openai', 'POST', '/v1/files', {
			body: 'x', headers: { origin } });
		assert.equal((await from('http://localhost:1')).status, 200);
		assertError('chat', await from('https://evil.example'),
		    { status: 403, message: /cors_origins/ });
		assert.equal(arrived, 1);
	});
	test('what is larger than body_max_mb is 413', async () => {
		assertError('chat', await as('openai', 'POST', '/v1/files', {
			body: Buffer.alloc((1 << 20) + 1) }), { status: 413 });
		assert.equal(arrived, 0);
	});
});

describe('paths', () => {
	for (const path of ['/v1/files/..', '/v1/files/%2e%2e/batches',
	    '/v1/files/a%2fb', '/v1/files/a%3fb', '/v1/files/a%23', '/v1/files/a%25',
	    '/v1/files/a%20b', '/v1/files/a/other', '/v1/files//content',
	    '/v1/files/a;b', '/v1/files/a%0d%0ab'])
		test(`${path} goes nowhere`, async () => {
			const { status } = await as('openai', 'GET', path);
			assert.ok(status === 404 || status === 400, `${status}`);
			assert.equal(arrived, 0);
		});
	test('a wrong method is 405', async () => {
		const { status, headers } = await as('openai', 'PATCH',
		    '/v1/files/f');
		assert.equal(status, 405);
		assert.equal(headers.allow, 'GET, HEAD, DELETE, OPTIONS');
	});
});

test('without a default it is 501, which says what to do', async () => {
	const own = await startGateway({ upstream: { url }, config: {
		access: 'open', endpoint: [
		    { name: 'chat', type: 'common', auth: 'none',
			base_url: `${url}/c/chat/completions` },
		    { name: 'odd', type: 'google', auth: 'none', default: true,
			base_url: `${url}/v1/generate` }],
		models: [{ id: 'm-1', type: 'common' }] } });
	try {
		const to = (kind, path) => ask(own, { method: 'GET', path,
			headers: MARKS[kind] });
		assertError('chat', await to('openai', '/v1/files'), { status: 501,
			message: /type common or openai.*"default": true/ });
		assertError('responses', await to('openai', '/v1/responses/r'),
		    { status: 501, message: /type openai says.*"default": true/ });
		assertError('messages', await to('anthropic', '/v1/skills'),
		    { status: 501, message: /type anthropic says/ });
		assertError('generate', await to('google', '/v1beta/files'),
		    { status: 501, message: /odd does not offer files.*paths/ });
		assert.equal(arrived, 0);
	} finally {
		await own.stop();
	}
});
