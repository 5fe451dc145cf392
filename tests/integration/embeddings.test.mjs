// Embeddings: by bytes where client and endpoint have the same API, in its words
// where one has OpenAI's and the other Google's; and Google's other methods.

import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, beforeEach, describe, test } from 'node:test';
import { startGateway } from './gateway.mjs';
import { ask } from './client.mjs';
import { assertError } from './samples.mjs';

let server, gateway, next, last;

before(async () => {
	server = http.createServer(async (request, response) => {
		const chunks = [];
		for await (const chunk of request)
			chunks.push(chunk);
		last = { url: request.url, headers: request.headers,
			text: Buffer.concat(chunks).toString() };
		last.json = JSON.parse(last.text);
		response.writeHead(next.status ?? 200, {
			'content-type': 'application/json' });
		response.end(next.bytes);
	});
	await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
	const url = `http://127.0.0.1:${server.address().port}`;
	gateway = await startGateway({ upstream: { url }, config: {
		endpoint: [
		    { name: 'chat', type: 'common', auth: 'none',
			base_url: `${url}/v1/chat/completions` },
		    { name: 'resp', type: 'openai', auth: 'none',
			base_url: `${url}/v1/responses` },
		    { name: 'gemini', type: 'google', auth: 'none',
			base_url: `${url}/v1beta/models/{model}` },
		    { name: 'claude', type: 'anthropic', auth: 'none',
			base_url: `${url}/v1/messages` }],
		model_redirects: { alias: 'gem-1' },
		models: [['text-1', 'common'], ['text-2', 'openai'],
		    ['gem-1', 'google'], ['claude-1', 'anthropic']].map(
		    ([id, type]) => ({ id, type, operations: ['embeddings',
			'predict'] })) } });
});
beforeEach(() => {
	next = { bytes: '{}' };
	last = undefined;
});
after(async () => {
	await gateway?.stop();
	server?.closeAllConnections();
	await new Promise((resolve) => server.close(resolve));
});

const openai = (body, more) => ask(gateway, { path: '/v1/embeddings', body,
    ...more });
const google = (model, method, body) => ask(gateway, {
	path: `/v1beta/models/${model}:${method}`, body });
const part = (text) => ({ content: { parts: [{ text }] } });

describe('Google at Google', () => {
	for (const [method, body] of [
	    ['embedContent', (id) => '{ "content":{"parts":[{"text":"a\\u00e4"}]},' +
		`"model":"models/${id}", "x":1.50}`],
	    ['batchEmbedContents', (id) => '{"requests" :[{"model":"models/' +
		`${id}","content":{"parts":[{"text":"a"}]}},{"model" : ` +
		`"models/${id}"}]}`],
	    ['predict', () => '{"instances":[{"content": "a"}]}']]) {
		test(`${method} goes on as it is`, async () => {
			next.bytes = '{"any" : [1.50]}';
			const { status, text } = await google('gem-1', method,
			    body('gem-1'));
			assert.equal(status, 200, text);
			assert.equal(text, next.bytes);
			assert.equal(last.url, `/v1beta/models/gem-1:${method}`);
			assert.equal(last.text, body('gem-1'));
		});
		test(`${method} of a redirect names the model`, async () => {
			const { status, text } = await google('alias', method,
			    body('alias'));
			assert.equal(status, 200, text);
			assert.equal(last.url, `/v1beta/models/gem-1:${method}`);
			assert.equal(last.text, body('gem-1'));
		});
		test(`no other model is smuggled into ${method}`, async () => {
			await google('gem-1', method, body('other'));
			assert.equal(last.text, body('gem-1'));
		});
	}
	test('predict is nobody else\'s', async () => {
		assertError('generate', await google('text-1', 'predict', '{}'),
		    { status: 501, message: /chat.*does not offer/ });
	});
});

describe('OpenAI\'s at Google', () => {
	beforeEach(() => {
		next.bytes = '{"embeddings":[{"values":[0.5,-1.25e-3]},' +
		    '{"values":[1,2]}],"usageMetadata":{"promptTokenCount":7}}';
	});
	test('texts', async () => {
		const { status, text, headers } = await openai({ model: 'alias',
			input: ['a "b" ä', 'c'], dimensions: 2, user: 'u', odd: 1 });
		assert.equal(status, 200, text);
		assert.equal(last.url, '/v1beta/models/gem-1:batchEmbedContents');
		assert.deepEqual(last.json, { requests: ['a "b" ä', 'c'].map(
		    (one) => ({ model: 'models/gem-1', ...part(one),
			outputDimensionality: 2 })) });
		assert.equal(text, '{"object":"list","data":[{"object":' +
		    '"embedding","index":0,"embedding":[0.5,-1.25e-3]},' +
		    '{"object":"embedding","index":1,"embedding":[1,2]}],' +
		    '"model":"gem-1","usage":{"prompt_tokens":7,' +
		    '"total_tokens":7}}');
		assert.match(headers['x-droid2api-lossy'], /user/);
		assert.match(headers['x-droid2api-lossy'], /unknown:odd/);
	});
	test('one text, as base64', async () => {
		next.bytes = '{"embeddings":[{"values":[0.5,-1.25e-3,3,4,5e9]}]}';
		const { status, json, text } = await openai({ model: 'gem-1',
			input: 'a', encoding_format: 'base64' });
		assert.equal(status, 200, text);
		assert.deepEqual(last.json, { requests: [{ model: 'models/gem-1',
			...part('a') }] });
		const bytes = Buffer.from(json.data[0].embedding, 'base64');
		assert.equal(bytes.length, 20);
		assert.deepEqual([0, 4, 8, 12, 16].map((at) =>
			bytes.readFloatLE(at)), [0.5, -1.25e-3, 3, 4, 5e9]
		    .map(Math.fround));
		assert.equal(json.usage.prompt_tokens, 0);
	});
	for (const [what, body] of Object.entries({
		'tokens': { input: [1, 2] }, 'lists of tokens': { input: [[1]] },
		'nothing': {}, 'no text': { input: [] }, 'a number': { input: 1 },
		'a format': { input: 'a', encoding_format: 'int8' },
		'dimensions': { input: 'a', dimensions: 0 } }))
		test(`400 for ${what}`, async () => {
			assertError('chat', await openai({ model: 'gem-1', ...body }),
			    { status: 400 });
			assert.equal(last, undefined);
		});
	test('strict refuses what is lost', async () => {
		assertError('chat', await openai({ model: 'gem-1', input: 'a',
			user: 'u' }, { headers: { 'x-droid2api-strict': '1' } }),
		    { status: 400, message: /user/ });
	});
	test('an answer that lacks vectors is 502', async () => {
		for (const bytes of ['{"embeddings":[{"values":[1]}]}', '{}', 'x',
		    '{"embeddings":[{"values":[1]},{"values":"a"}]}',
		    '{"embeddings":[{"values":[1]},{"values":[1]},{"values":[1]}]}']) {
			next.bytes = bytes;
			assertError('chat', await openai({ model: 'gem-1',
				input: ['a', 'b'] }), { status: 502 });
		}
	});
	test('an error is in the client\'s words', async () => {
		next = { status: 429, bytes: '{"error":{"code":429,"message":' +
		    '"slow down","status":"RESOURCE_EXHAUSTED"}}' };
		assertError('chat', await openai({ model: 'gem-1', input: 'a' }),
		    { status: 429, message: /slow down/ });
	});
});

for (const model of ['text-1', 'text-2'])
	describe(`Google's at OpenAI, ${model}`, () => {
		test('embedContent', async () => {
			next.bytes = '{"data":[{"index":0,"embedding":[0.50,2]}],' +
			    '"usage":{"prompt_tokens":3,"total_tokens":3}}';
			const { status, text, headers } = await google(model,
			    'embedContent', { content: { parts: [{ text: 'a' },
				{ text: 'ä"' }] }, outputDimensionality: 2,
				taskType: 'RETRIEVAL_QUERY' });
			assert.equal(status, 200, text);
			assert.equal(last.url, '/v1/embeddings');
			assert.deepEqual(last.json, { model, encoding_format: 'float',
				input: ['aä"'], dimensions: 2 });
			assert.equal(text, '{"embedding":{"values":[0.50,2]},' +
			    '"usageMetadata":{"promptTokenCount":3}}');
			assert.match(headers['x-droid2api-lossy'],
			    /unknown:taskType/);
		});
		test('batchEmbedContents, which come in any order', async () => {
			next.bytes = '{"data":[{"index":1,"embedding":[2]},' +
			    '{"index":0,"embedding":[1]}]}';
			const { status, json, text } = await google(model,
			    'batchEmbedContents', { requests: [part('a'),
				{ model: 'models/x', ...part('b') }] });
			assert.equal(status, 200, text);
			assert.deepEqual(last.json, { model, encoding_format: 'float',
				input: ['a', 'b'] });
			assert.deepEqual(json, { embeddings: [{ values: [1] },
				{ values: [2] }] });
		});
		for (const [what, body] of Object.entries({
			'an image': { requests: [{ content: { parts: [{
			    inlineData: { mimeType: 'image/png', data: '' } }] } }] },
			'nothing': {}, 'no content': { requests: [{}] },
			'no requests': { requests: [] },
			'empty text': { requests: [part('')] },
			'two sizes': { requests: [
			    { ...part('a'), outputDimensionality: 1 },
			    { ...part('b'), outputDimensionality: 2 }] } }))
			test(`400 for ${what}`, async () => {
				assertError('generate', await google(model,
				    'batchEmbedContents', body), { status: 400 });
				assert.equal(last, undefined);
			});
	});

test('Anthropic has none', async () => {
	assertError('chat', await openai({ model: 'claude-1', input: 'a' }),
	    { status: 501 });
	assertError('generate', await google('claude-1', 'embedContent',
	    part('a')), { status: 501 });
});
