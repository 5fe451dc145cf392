// Bodies of multipart/form-data: of the request all but the model's name goes
// on as it came, and what two readers may read in two ways does not go at all.

import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import http from 'node:http';
import { after, before, beforeEach, describe, test } from 'node:test';
import { startGateway } from './gateway.mjs';
import { ask } from './client.mjs';
import { assertError } from './samples.mjs';

const PATHS = ['/images/edits', '/audio/transcriptions', '/audio/translations'];
const sound = crypto.randomBytes(200000);
const KEY = 'a-key-of-some-models';
let server, gateway, next, last, arrived;

before(async () => {
	server = http.createServer(async (request, response) => {
		const chunks = [];
		for await (const chunk of request)
			chunks.push(chunk);
		arrived++;
		last = { url: request.url, headers: request.headers,
			bytes: Buffer.concat(chunks) };
		response.writeHead(200, { 'content-type': next.type });
		response.end(next.bytes);
	});
	await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
	const url = `http://127.0.0.1:${server.address().port}`;
	gateway = await startGateway({ upstream: { url }, config: {
		body_max_mb: 1, access: 'open',
		client_keys: [{ name: 'some', key: KEY, models: ['whisper-*'] }],
		endpoint: [
		    { name: 'local', type: 'common', auth: 'none',
			base_url: `${url}/v1/chat/completions`,
			paths: { transcriptions: '/ears?x=1' } },
		    { name: 'claude', type: 'anthropic', auth: 'none',
			base_url: `${url}/v1/messages` }],
		model_redirects: { alias: 'whisper-1' },
		models: [['whisper-1', 'common'], ['claude-1', 'anthropic'],
		    ['*', 'common']].map(([id, type]) => ({ id, type,
			operations: ['images', 'transcriptions', 'embeddings']
			})) } });
});
beforeEach(() => {
	next = { type: 'application/json', bytes: '{"text" : "hello"}' };
	last = undefined;
	arrived = 0;
});
after(async () => {
	await gateway?.stop();
	server?.closeAllConnections();
	await new Promise((resolve) => server.close(resolve));
});

const CRLF = '\r\n';
const TYPE = 'multipart/form-data; boundary=--b0undary';
const field = (name, value, more = '') => Buffer.concat([
	Buffer.from(`----b0undary${CRLF}Content-Disposition: form-data; ` +
	    `name="${name}"${more}${CRLF}${CRLF}`),
	Buffer.from(value), Buffer.from(CRLF)]);
const file = () => field('file', sound, '; filename="a\\"b.wav"' + CRLF +
    'Content-Type: audio/wav');
const form = (...parts) => Buffer.concat([...parts,
    Buffer.from(`----b0undary--${CRLF}`)]);
const send = (path, body, headers = {}) => ask(gateway, { path: `/v1${path}`,
    body, headers: { 'content-type': TYPE, ...headers } });

for (const path of PATHS)
	describe(`POST /v1${path}`, () => {
		test('goes on as it is', async () => {
			const body = form(file(), field('model', 'whisper-1'),
			    field('prompt', 'ä'));
			const { status, text } = await send(path, body);
			assert.equal(status, 200, text);
			assert.equal(text, next.bytes);
			assert.equal(last.url, path === '/audio/transcriptions' ?
			    '/ears?x=1' : `/v1${path}`);
			assert.equal(last.headers['content-type'], TYPE);
			assert.ok(last.bytes.equals(body));
		});
		test('a redirect changes the model and nothing else', async () => {
			const body = (model) => form(field('model', model), file());
			const { status, text } = await send(path, body('alias'));
			assert.equal(status, 200, text);
			assert.ok(last.bytes.equals(body('whisper-1')));
		});
		test('JSON is taken, too', async () => {
			const { status, text } = await ask(gateway, {
				path: `/v1${path}`, body: '{"model":"alias" }' });
			assert.equal(status, 200, text);
			assert.equal(last.bytes.toString(),
			    '{"model":"whisper-1" }');
			assert.equal(last.headers['content-type'],
			    'application/json');
		});
		test('not at an endpoint of another family', async () => {
			assertError('chat', await send(path, form(
			    field('model', 'claude-1'))), { status: 501,
				message: /claude.*does not offer/ });
		});
	});

test('a stream comes back as one', async () => {
	next = { type: 'text/event-stream', bytes: 'data: {"type":' +
	    '"transcript.text.delta","delta":"hi"}\n\ndata: {"type":' +
	    '"transcript.text.done","text":"hi"}\n\n' };
	const { status, text, headers } = await send('/audio/transcriptions',
	    form(field('stream', 'true'), field('model', 'whisper-1')));
	assert.equal(status, 200, text);
	assert.match(headers['content-type'], /^text\/event-stream/);
	assert.equal(text, next.bytes);
});

const refused = {
	'no model': [form(file()), /model is required/],
	'an empty model': [form(field('model', '')), /model is required/],
	'two models': [form(field('model', 'whisper-1'),
	    field('model', 'other')), /must stand once/],
	'a file for a model': [form(field('model', 'whisper-1',
	    '; filename="a"')), /must stand once/],
	'a body that is cut': [form(field('model', 'whisper-1'))
	    .subarray(0, -4), /not alone|missing/],
	'a line of its own before a boundary': [Buffer.concat([
	    Buffer.from(CRLF), form(field('model', 'whisper-1'))]),
	    /not begin/],
	'another boundary': [Buffer.from(form(field('model', 'whisper-1'))
	    .toString('latin1').replaceAll('b0undary', 'boundary')),
	    /not begin/],
	'JSON by another name': [Buffer.from('{"model":"whisper-1"}'),
	    /not begin/],
};
for (const [what, [body, message]] of Object.entries(refused))
	test(`${what} is refused`, async () => {
		assertError('chat', await send('/audio/transcriptions', body),
		    { status: 400, message });
		assert.equal(arrived, 0);
	});

test('a key gets its models alone, wherever the name stands', async () => {
	const headers = { authorization: `Bearer ${KEY}` };
	const path = '/audio/transcriptions';
	const good = await send(path, form(field('model', 'whisper-1')), headers);
	assert.equal(good.status, 200, good.text);
	assertError('chat', await send(path, form(file(),
	    field('model', 'other')), headers), { status: 403,
		message: /may not use the model other/ });
	for (const hidden of [
	    field('x', `\n----b0undary\nContent-Disposition: form-data; ` +
		`name="model"\n\nother`),
	    field('x', 'a', `; x="b"; name="model"`),
	    field('x', 'a', `${CRLF} ; name="model"`)])
		assertError('chat', await send(path, form(
		    field('model', 'whisper-1'), hidden), headers),
		    { status: 400 });
	assert.equal(arrived, 1);
});

test('the ledger has it like any other', async () => {
	next.bytes = '{"text":"hi","usage":{"input_tokens":14,' +
	    '"prompt_tokens":14,"output_tokens":3,"completion_tokens":3}}';
	const { headers } = await send('/audio/transcriptions',
	    form(file(), field('model', 'alias')));
	const { json } = await ask(gateway, { method: 'GET',
		path: '/v1/usage/last' });
	const row = json.exchanges.find(({ id }) =>
		id === headers['x-droid2api-request-id']);
	assert.deepEqual([row.asked, row.model, row.upstream, row.status],
	    ['alias', 'whisper-1', 'local', 200]);
	assert.equal(row.input, 14);
	assert.equal(row.output, 3);
});

test('a form over body_max_mb is 413', async () => {
	assertError('chat', await send('/audio/transcriptions', form(
	    field('model', 'whisper-1'), field('file', Buffer.alloc(1 << 20)))),
	    { status: 413 });
	assert.equal(arrived, 0);
});

test('a page sends forms from an origin that may, alone', async () => {
	const body = form(field('model', 'whisper-1'));
	const sent = (origin) => send('/audio/transcriptions', body, { origin });
	assert.equal((await sent('http://localhost:1')).status, 200);
	assertError('chat', await sent('https://evil.example'), { status: 403,
		message: /cors_origins/ });
	const other = await ask(gateway, { path: '/v1/embeddings', body,
		headers: { 'content-type': TYPE, origin: 'http://localhost' } });
	assert.equal(other.status, 415);
});
