// Where an endpoint is asked: {model} in the URL of each type, and `paths`.

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { startUpstream } from '../upstream/upstream.mjs';
import { MODELS, factoryEndpoints, startGateway } from './gateway.mjs';
import { ask } from './client.mjs';
import { LANES, NAMES } from './samples.mjs';

const AZURE = {
	chat: { type: 'common', path: '/chat/completions?api-version=1' },
	responses: { type: 'openai', path: '/responses?api-version=1' },
	messages: { type: 'anthropic', path: '/v1/messages?api-version=1' },
};
const count = { messages: [{ role: 'user', content: 'How many?' }] };
let upstream, gateway;

before(async () => {
	upstream = await startUpstream();
	gateway = await startGateway({ upstream, config: { dev_mode: true,
		endpoint: [...factoryEndpoints(upstream),
		    ...Object.entries(AZURE).map(([name, { type, path }]) => ({
			name: `azure ${name}`, type, auth: 'none', base_url:
			    `${upstream.url}/deployments/{model}${path}` })),
		    { name: 'named', type: 'anthropic', auth: 'none',
			base_url: `${upstream.url}/nowhere`, paths: {
			    conversations: '/v1/messages',
			    count_tokens: '/deployments/{model}/v1/messages/' +
				'count_tokens?x=1' } },
		    { name: 'elsewhere', type: 'google', auth: 'none',
			base_url: `${upstream.url}/api/llm/g/v1/generate`,
			paths: { count_tokens: `${upstream.url}/v1/models/` +
			    '{model}' } }],
		models: [...MODELS,
		    ...Object.entries(AZURE).map(([name, { type }]) => ({
			id: `${name}/a b*`, type, endpoint: `azure ${name}`,
			reasoning: 'auto' })),
		    { id: 'named', type: 'anthropic', endpoint: 'named' },
		    { id: 'elsewhere', type: 'google',
			endpoint: 'elsewhere' }] } });
});
beforeEach(() => upstream.reset());
after(async () => {
	await gateway?.stop();
	await upstream?.stop();
});

for (const [kind, { path }] of Object.entries(AZURE))
	describe(`{model} in the URL of ${kind}`, () => {
		const url = `/deployments/${kind}%2Fa%20b%3F%C3%A4${path}`;

		for (const name of NAMES)
			for (const stream of [false, true])
				test(`${name}${stream ? ', stream' : ''}`, async () => {
					const answer = await ask(gateway, {
						path: `${LANES[name].path}?key=k&y=2`,
						body: LANES[name].body('hi', { stream,
						    model: `${kind}/a b?ä` }) });
					assert.equal(answer.status, 200, answer.text);
					assert.match(answer.headers['content-type'],
					    stream ? /^text\/event-stream/ :
					    /^application\/json/);
					assert.match(answer.text, /Hel/);
					assert.equal(upstream.last.url, name === kind ?
					    `${url}&y=2` : url);
				});
	});

describe('count_tokens', () => {
	test('beside a URL with {model}', async () => {
		const answer = await ask(gateway, {
			path: '/v1/messages/count_tokens',
			body: { model: 'messages/a b', ...count } });
		assert.equal(answer.status, 200, answer.text);
		assert.equal(answer.headers['x-droid2api-estimate'], undefined);
		assert.equal(upstream.last.url, '/deployments/messages%2Fa%20b/' +
		    'v1/messages/count_tokens?api-version=1');
	});
	test('where `paths` has it', async () => {
		const answer = await ask(gateway, {
			path: '/v1/messages/count_tokens?y=2',
			body: { model: 'named', ...count } });
		assert.equal(answer.status, 200, answer.text);
		assert.equal(answer.headers['x-droid2api-estimate'], undefined);
		assert.equal(upstream.last.url,
		    '/deployments/named/v1/messages/count_tokens?x=1&y=2');
		await gateway.logged(
		    /> POST http:\S+\/named\/v1\/messages\/count_tokens\n/);
	});
	test('a method at another URL', async () => {
		const answer = await ask(gateway, {
			path: '/v1beta/models/elsewhere:countTokens',
			body: { contents: [{ role: 'user', parts: [{
			    text: 'hi' }] }] } });
		assert.equal(answer.status, 200, answer.text);
		assert.equal(answer.headers['x-droid2api-estimate'], undefined);
		assert.equal(upstream.last.url, '/v1/models/elsewhere:countTokens');
	});
	test('of another dialect is not asked for', async () => {
		const answer = await ask(gateway, {
			path: '/v1/messages/count_tokens',
			body: { model: 'elsewhere', ...count } });
		assert.equal(answer.status, 200, answer.text);
		assert.equal(answer.headers['x-droid2api-estimate'], '1');
		assert.equal(upstream.requests.length, 0);
	});
});

test('conversations where `paths` has them', async () => {
	const answer = await ask(gateway, { path: LANES.chat.path,
		body: LANES.chat.body('hi', { model: 'named' }) });
	assert.equal(answer.status, 200, answer.text);
	assert.equal(upstream.last.url, '/v1/messages');
});

test('GET / says what there is', async () => {
	const { endpoints } = (await ask(gateway, { path: '/' })).json;
	for (const name of NAMES)
		assert.ok(endpoints.includes(`POST ${LANES[name].path}`), name);
	for (const one of ['GET /v1/models', 'POST /v1/messages/count_tokens',
	    'POST /v1/models/{model}:countTokens'])
		assert.ok(endpoints.includes(one), one);
	assert.ok(!endpoints.some((one) => one.includes('*')));
});
