// What is passed by bytes: of the request all but the model, of the reply all.

import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import http from 'node:http';
import { after, before, beforeEach, describe, test } from 'node:test';
import { startGateway } from './gateway.mjs';
import { ask } from './client.mjs';
import { assertError } from './samples.mjs';

const binary = crypto.randomBytes(300000);
let server, gateway, next, last;

const ALL = ['conversations', 'embeddings', 'completions', 'images',
    'speech', 'transcriptions', 'moderations', 'rerank', 'compact', 'predict'];

const answer = (status, type, bytes) => ({ status, type, bytes });

before(async () => {
	server = http.createServer(async (request, response) => {
		const chunks = [];
		for await (const chunk of request)
			chunks.push(chunk);
		last = { url: request.url, method: request.method,
			headers: request.headers,
			text: Buffer.concat(chunks).toString() };
		response.writeHead(next.status, { 'content-type': next.type });
		response.end(next.bytes);
		next = next.then ?? next;
	});
	await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
	const url = `http://127.0.0.1:${server.address().port}`;
	gateway = await startGateway({ upstream: { url }, config: {
		endpoint: [
		    { name: 'local', type: 'common', auth: 'none',
			base_url: `${url}/v1/chat/completions` },
		    { name: 'other', type: 'openai', auth: 'none',
			base_url: `${url}/openai/responses?api-version=1`,
			paths: { rerank: '/rank/{model}' } },
		    { name: 'claude', type: 'anthropic', auth: 'none',
			base_url: `${url}/v1/messages` }],
		model_redirects: { alias: 'm-1' },
		models: [
		    { id: 'm-1', type: 'common', reasoning: 'high',
			sampling: false, drop: ['user'], operations: ALL },
		    { id: 'm-2', type: 'openai', operations: ALL },
		    { id: 'm-3', type: 'anthropic', operations: ALL },
		    { id: 'talks', type: 'openai' },
		    { id: 'images', type: 'openai', operations: ['images',
			'speech'] }] } });
});
beforeEach(() => {
	next = answer(200, 'application/json', '{"object":"list" ,"data":[]}');
	last = undefined;
});
after(async () => {
	await gateway?.stop();
	server?.closeAllConnections();
	await new Promise((resolve) => server.close(resolve));
});

const body = (model) => `{ "input" : ["a\\u00e4", 1.50e2],"temperature":0.1,` +
    `"user":"u", "model":"${model}" , "reasoning":{"effort":"none"}}`;

for (const path of ['/embeddings', '/completions', '/images/generations',
    '/audio/speech', '/moderations', '/rerank'])
	describe(`POST /v1${path}`, () => {
		test('at a chat endpoint', async () => {
			const { status, text, headers } = await ask(gateway, {
				path: `/v1${path}?x=1&key=k`, body: body('m-1') });
			assert.equal(status, 200, text);
			assert.equal(text, next.bytes);
			assert.equal(headers['content-type'], 'application/json');
			assert.equal(last.method, 'POST');
			assert.equal(last.url, `/v1${path}?x=1`);
			assert.equal(last.text, body('m-1'));
			assert.equal(last.headers.accept, '*/*');
		});
		test('at a Responses endpoint, by another name', async () => {
			const { status, text } = await ask(gateway, {
				path: `/v1${path}`, body: body('m-2') });
			assert.equal(status, 200, text);
			assert.equal(last.url, path === '/rerank' ? '/rank/m-2' :
			    `/openai${path}?api-version=1`);
			assert.equal(last.text, body('m-2'));
		});
		test('a redirect changes the model and nothing else', async () => {
			const { status, text } = await ask(gateway, {
				path: `/v1${path}`, body: body('alias') });
			assert.equal(status, 200, text);
			assert.equal(last.text, body('m-1'));
		});
		test('not at an endpoint of another family', async () => {
			const refused = await ask(gateway, { path: `/v1${path}`,
				body: body('m-3') });
			assertError('chat', refused, { status: 501,
				message: /claude.*does not offer/ });
			assert.equal(last, undefined);
		});
	});

test('binary replies keep every byte', async () => {
	next = answer(200, 'audio/mpeg', binary);
	const { status, body: bytes, headers } = await ask(gateway, {
		path: '/v1/audio/speech', body: body('m-1') });
	assert.equal(status, 200);
	assert.equal(headers['content-type'], 'audio/mpeg');
	assert.ok(binary.equals(bytes));
});

test('streams keep every byte', async () => {
	next = answer(200, 'text/event-stream', 'data: {"id":"c","object":' +
	    '"text_completion","choices":[{"index":0,"text":"hi"}]}\n\n' +
	    'data: [DONE]\n\n');
	const { status, text, headers } = await ask(gateway, {
		path: '/v1/completions', body: '{"model":"alias","stream":true}' });
	assert.equal(status, 200, text);
	assert.match(headers['content-type'], /^text\/event-stream/);
	assert.equal(text, next.bytes);
	assert.equal(last.text, '{"model":"m-1","stream":true}');
	assert.equal(last.headers.accept, 'text/event-stream');
});

test('an error of the upstream is its own', async () => {
	next = answer(404, 'application/json', '{"error":{"message":"no"}}');
	const { status, text } = await ask(gateway, { path: '/v1/embeddings',
		body: body('m-1') });
	assert.equal(status, 404);
	assert.equal(text, next.bytes);
});

test('responses/compact goes where Responses are', async () => {
	const { status, text } = await ask(gateway, {
		path: '/v1/responses/compact', body: body('m-2') });
	assert.equal(status, 200, text);
	assert.equal(last.url, '/openai/responses/compact?api-version=1');
	assert.equal(last.text, body('m-2'));
});

test('responses/compact where Responses have it not: the model sums up', async () => {
	const says = answer(200, 'application/json', JSON.stringify({
		id: 'r', object: 'response', status: 'completed', model: 'm',
		output: [{ type: 'message', id: 'msg_1', role: 'assistant',
			status: 'completed', content: [{ type: 'output_text',
				text: 'A sum.', annotations: [] }] }],
		usage: { input_tokens: 9, output_tokens: 3 } }));
	for (const status of [404, 405, 501]) {
		next = answer(status, 'application/json', '{"detail":"Not Found"}');
		next.then = says;
		const { text } = await ask(gateway, { path: '/v1/responses/compact',
			body: { model: 'm-2', input: 'Tea, please.' } });
		assert.equal(last.url, '/openai/responses?api-version=1');
		assert.match(last.text, /Tea, please.*Write a summary/);
		const { object, output: [item] } = JSON.parse(text);
		assert.equal(object, 'response.compaction');
		assert.equal(item.encrypted_content, 'droid2api.summary:A sum.');
	}
});

test('what responses/compact refuses is refused', async () => {
	next = answer(400, 'application/json', '{"error":{"message":"too long"}}');
	next.then = answer(200, 'application/json', '{}');
	const { status, text } = await ask(gateway, {
		path: '/v1/responses/compact', body: body('m-2') });
	assert.equal(status, 400);
	assert.match(text, /too long/);
	assert.equal(last.url, '/openai/responses/compact?api-version=1');
});

describe('what a model serves', () => {
	const asked = (model, path) => ask(gateway, { path: `/v1${path}`,
		body: body(model) });

	test('is conversations by default, and to compact them', async () => {
		assertError('chat', await asked('talks', '/embeddings'), {
			status: 400, message: /embeddings.*conversations, compact/ });
		assert.equal(last, undefined);
		assert.equal((await asked('talks', '/responses/compact')).status,
		    200);
	});
	test('is what its entry says', async () => {
		assert.equal((await asked('images', '/images/generations')).status,
		    200);
		assert.equal((await asked('images', '/images/edits')).status, 200);
		last = undefined;
		for (const [path, dialect] of [['/embeddings', 'chat'],
		    ['/audio/transcriptions', 'chat'], ['/responses', 'responses'],
		    ['/responses/compact', 'responses'], ['/messages', 'messages'],
		    ['/messages/count_tokens', 'messages']])
			assertError(dialect, await asked('images', path), {
				status: 400, message: /images.*: images, speech/ });
		assert.equal(last, undefined);
	});
	test('is listed', async () => {
		const { json } = await ask(gateway, { method: 'GET',
			path: '/v1/models' });
		assert.deepEqual(json.data.map(({ operations }) => operations),
		    [ALL, ALL, ALL, ['conversations', 'compact'],
			['images', 'speech'], ALL]);
	});
});

test('what a model needs is asked for as ever', async () => {
	const missing = await ask(gateway, { path: '/v1/embeddings',
		body: '{"input":"a"}' });
	assertError('chat', missing, { status: 400, message: /model is required/ });
	const unknown = await ask(gateway, { path: '/v1/embeddings',
		body: body('nope') });
	assert.equal(unknown.status, 404);
});
