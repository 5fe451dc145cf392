// Google's own routes as a client, both kinds of Google URLs as an upstream, and
// what is said between them and the other APIs.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { startUpstream } from '../upstream/upstream.mjs';
import { MODELS, factoryEndpoints, root, startGateway } from './gateway.mjs';
import { ask, readEvents } from './client.mjs';
import { LANES } from './samples.mjs';

const TEXT = 'Hello, World! — ünïcödé 🌍';
const OWN = 'gemini-2.5-flash';		/* at an endpoint with {model} */
const FACTORY = 'gemini-3-flash-preview';
const FOREIGN = { chat: 'glm-5', responses: 'gpt-5.4',
    messages: 'claude-sonnet-4-5-20250929' };
const CUT = { chat: 3, responses: 6, messages: 5, generate: 3 };

let upstream, gateway;

before(async () => {
	upstream = await startUpstream();
	gateway = await startGateway({ upstream, env: { PLAIN_KEY: 'pk-1' },
		config: {
			endpoint: [...factoryEndpoints(upstream), {
			    name: 'gemini', type: 'google', auth: 'x-goog-api-key',
			    api_key_env: 'PLAIN_KEY', base_url: upstream.url +
			    '/v1beta/models/{model}:generateContent' }],
			models: [...MODELS, { id: OWN, type: 'google',
			    endpoint: 'gemini', reasoning: 'auto',
			    thinking: 'budget' }] } });
});
beforeEach(() => upstream.reset());
after(async () => {
	await gateway?.stop();
	await upstream?.stop();
});

const contents = [{ role: 'user', parts: [{ text: 'hi' }] }];
const google = (model, method, more = {}, version = 'v1beta') =>
	ask(gateway, { path: `/${version}/models/${model}:${method}`,
	    body: { contents, ...more } });
const partsOf = (reply) => reply.candidates[0]?.content?.parts ?? [];
const textOf = (chunks) => chunks.flatMap(partsOf).filter((part) =>
	!part.thought).map((part) => part.text ?? '').join('');
const chunksOf = (answer) => readEvents(answer.text).map((one) => {
	assert.match(one.text, /^data: [^\n]*$/);
	return one.data;
});

function isAnswer(chunks) {
	assert.equal(textOf(chunks), TEXT);
	assert.equal(chunks.at(-1).candidates[0].finishReason, 'STOP');
	assert.equal(chunks.at(-1).usageMetadata.totalTokenCount, 39);
}

for (const [name, model] of Object.entries({ ...FOREIGN, generate: FACTORY,
    'google URL': OWN }))
	describe(`a Google client of ${name}`, () => {
		for (const version of ['v1beta', 'v1'])
			test(`${version} generateContent`, async () => {
				const answer = await google(model, 'generateContent',
				    {}, version);
				assert.equal(answer.status, 200, answer.text);
				assert.match(answer.headers['content-type'],
				    /^application\/json/);
				isAnswer([answer.json]);
			});
		test('streamGenerateContent with alt=sse', async () => {
			const answer = await google(model,
			    'streamGenerateContent?alt=sse');
			assert.equal(answer.status, 200, answer.text);
			assert.match(answer.headers['content-type'],
			    /^text\/event-stream/);
			isAnswer(chunksOf(answer));
		});
		test('streamGenerateContent is an array without', async () => {
			const answer = await google(model, 'streamGenerateContent');
			assert.equal(answer.status, 200, answer.text);
			assert.match(answer.headers['content-type'],
			    /^application\/json/);
			isAnswer(answer.json);
		});
		test('a call and its result', async () => {
			const tools = [{ functionDeclarations: [{ name: 'w',
			    parameters: { type: 'OBJECT', properties: {
			    place: { type: 'STRING' } } } }] }];
			upstream.next({ reply: { calls: [{ name: 'w', input: {
			    place: 'Ü' } }, { name: 'w' }] } });
			const first = await google(model, 'generateContent',
			    { tools });
			assert.equal(first.status, 200, first.text);
			const parts = partsOf(first.json);
			const calls = parts.map((part) => part.functionCall);
			assert.deepEqual(calls.map((call) => call.args),
			    [{ place: 'Ü' }, {}]);
			const second = await google(model, 'generateContent', {
				tools, contents: [...contents, { role: 'model', parts },
				    { role: 'user', parts: calls.map(({ id, name }) =>
				    ({ functionResponse: { id, name, response: {
				    output: 'sun' } } })).reverse() }] });
			assert.equal(second.status, 200, second.text);
		});
		test('a stream that is cut', async () => {
			upstream.next({ cutAfter: CUT[name] ?? 3 });
			const events = await google(model,
			    'streamGenerateContent?alt=sse');
			assert.ok(readEvents(events.text).at(-1).data.error.code);
			if (FOREIGN[name] === undefined)
				return;
			upstream.next({ cutAfter: CUT[name] ?? 3 });
			const array = await google(model, 'streamGenerateContent');
			assert.ok(array.json.at(-1).error?.code, array.text);
		});
		test('an error', async () => {
			upstream.next({ status: 429, headers: {
			    'retry-after': '7' } });
			const { status, headers, json } = await google(model,
			    'generateContent');
			assert.equal(status, 429);
			assert.equal(headers['retry-after'], '7');
			assert.equal(json.error.status, 'RESOURCE_EXHAUSTED');
		});
		test('countTokens', async () => {
			const answer = await google(model, 'countTokens');
			assert.equal(answer.status, 200, answer.text);
			assert.ok(answer.json.totalTokens > 0);
			assert.equal(answer.headers['x-droid2api-estimate'],
			    model === OWN ? undefined : '1');
		});
	});

describe('where model and method go', () => {
	test('into the body for Factory', async () => {
		await google(FACTORY, 'streamGenerateContent?alt=sse&x=1&key=k');
		assert.equal(upstream.last.url, '/api/llm/g/v1/generate?x=1');
		assert.equal(upstream.last.body.model, FACTORY);
		assert.equal(upstream.last.body.stream, true);
		assert.equal(upstream.last.bytes.toString().match(/"model"/g)
		    .length, 1);
		await google(FACTORY, 'generateContent');
		assert.equal(upstream.last.body.stream, undefined);
	});
	test('into the path for Google', async () => {
		await google(OWN, 'streamGenerateContent?x=1');
		assert.equal(upstream.last.url, `/v1beta/models/${OWN}` +
		    ':streamGenerateContent?alt=sse&x=1');
		assert.deepEqual(upstream.last.body, { contents });
		assert.equal(upstream.last.headers['x-goog-api-key'], 'pk-1');
		await ask(gateway, { path: '/v1/generate', body: { model: OWN,
		    stream: true, contents } });
		assert.equal(upstream.last.url, `/v1beta/models/${OWN}` +
		    ':streamGenerateContent?alt=sse');
		assert.deepEqual(upstream.last.body, { contents });
		await google(OWN, 'countTokens');
		assert.equal(upstream.last.url, `/v1beta/models/${OWN}:countTokens`);
	});
	for (const [name, { path, body }] of Object.entries(LANES).filter(
	    ([name]) => name in FOREIGN))
		for (const model of [OWN, FACTORY])
			test(`from ${name} to ${model}`, async () => {
				const whole = await ask(gateway, { path, body: { ...body(),
				    model } });
				assert.equal(whole.status, 200, whole.text);
				assert.ok(whole.text.includes('Hello, World!'));
				const query = { true: '?alt=sse', false: '' };
				const url = (stream) => model === FACTORY ?
					'/api/llm/g/v1/generate' :
					`/v1beta/models/${OWN}:` + (stream ?
					'streamGenerateContent' : 'generateContent') +
					query[stream];
				assert.equal(upstream.last.url, url(false));
				assert.equal(upstream.last.body.stream, undefined);
				const stream = await ask(gateway, { path, body: {
				    ...body(), model, stream: true } });
				assert.equal(stream.status, 200, stream.text);
				assert.match(stream.headers['content-type'],
				    /^text\/event-stream/);
				assert.equal(upstream.last.url, url(true));
				assert.equal(upstream.last.body.stream,
				    model === FACTORY ? true : undefined);
				assert.equal(upstream.last.body.model,
				    model === FACTORY ? FACTORY : undefined);
			});
});

// What a client was given in one turn comes back in the next as it was.
test('a sealed call goes round through other APIs', async () => {
	const tools = { chat: [{ type: 'function', function: { name: 'w',
	    parameters: { type: 'object' } } }],
	    messages: [{ name: 'w', input_schema: { type: 'object' } }] };
	const calls = [{ name: 'w', id: 'abcdefgh' }];

	upstream.next({ reply: { thinking: 'Hm.', calls } }, {});
	const chat = { model: FACTORY, tools: tools.chat, messages: [{
	    role: 'user', content: 'hi' }] };
	const { message } = (await ask(gateway, { path: LANES.chat.path,
	    body: chat })).json.choices[0];
	await ask(gateway, { path: LANES.chat.path, body: { ...chat, messages: [
	    ...chat.messages, message, { role: 'tool', content: 'sun',
	    tool_call_id: message.tool_calls[0].id }] } });
	assert.deepEqual(upstream.last.body.contents.slice(1), [{ role: 'model',
	    parts: [{ text: 'Hm.', thought: true }, { functionCall: {
	    id: 'abcdefgh', name: 'w', args: {} },
	    thoughtSignature: 'c2VhbGVk' }] }, { role: 'user', parts: [{
	    functionResponse: { id: 'abcdefgh', name: 'w', response: {
	    output: 'sun' } } }] }]);

	upstream.next({ reply: { calls } }, {});
	const messages = { model: FACTORY, max_tokens: 99,
	    tools: tools.messages, messages: [{ role: 'user', content: 'hi' }] };
	const { content } = (await ask(gateway, { path: LANES.messages.path,
	    body: messages })).json;
	await ask(gateway, { path: LANES.messages.path, body: { ...messages,
	    messages: [...messages.messages, { role: 'assistant', content }, {
	    role: 'user', content: [{ type: 'tool_result', content: 'sun',
	    tool_use_id: content.at(-1).id }] }] } });
	assert.equal(upstream.last.body.contents[1].parts[0].thoughtSignature,
	    'c2VhbGVk');
});

// Bodies of real clients, towards a model of Google's that asks for signatures
// and one that doesn't.
const recorded = path.join(root, '../shared/requests');

describe('real clients', { skip: fs.existsSync(recorded) ? false :
    `${recorded} is not here` }, () => {
	const names = fs.existsSync(recorded) ? fs.readdirSync(recorded)
	    .filter((name) => /^(claude|qwen|codex|gemini)/.test(name)) : [];
	const routeOf = (name) => name.startsWith('codex') ?
		LANES.responses.path : name.startsWith('gemini') ?
		LANES.generate.path : LANES.messages.path;

	for (const name of names)
		for (const model of [FACTORY, OWN])
			test(`${name} to ${model}`, async () => {
				/* Long texts are filler there, files too. */
				const body = JSON.parse(fs.readFileSync(
				    path.join(recorded, name)), (key, value) =>
					key === 'data' ? 'iVBORw0KGgo=' : value);
				const answer = await ask(gateway, {
				    path: routeOf(name), body: { ...body, model } });
				assert.equal(answer.status, 200, answer.text);
			});
});
