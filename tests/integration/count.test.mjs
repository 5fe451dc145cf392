// count_tokens: forwarded where the upstream counts, else estimated and marked.

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { startUpstream } from '../upstream/upstream.mjs';
import { startGateway } from './gateway.mjs';
import { ask } from './client.mjs';
import { LANES } from './samples.mjs';

const path = '/v1/messages/count_tokens?beta=true';
const marked = (answer) => answer.headers['x-droid2api-estimate'];
const body = (model) => ({ model, messages: [{ role: 'user',
    content: 'How many tokens are these words?' }] });

let upstream, gateway;

before(async () => {
	upstream = await startUpstream();
	gateway = await startGateway({ upstream });
});
beforeEach(() => upstream.reset());
after(async () => {
	await gateway?.stop();
	await upstream?.stop();
});

test('an upstream that counts is asked', async () => {
	const answer = await ask(gateway, { path,
		body: body(LANES.messages.model) });
	assert.equal(answer.status, 200, answer.text);
	assert.equal(typeof answer.json.input_tokens, 'number');
	assert.equal(marked(answer), undefined);
	assert.match(upstream.last.path, /count_tokens$/);
});

test('one that has no such route is not believed', async () => {
	upstream.next({ status: 404, body: { type: 'error', error: {
		type: 'not_found_error', message: 'no' } } });
	const answer = await ask(gateway, { path,
		body: body(LANES.messages.model) });
	assert.equal(answer.status, 200, answer.text);
	assert.ok(answer.json.input_tokens >= 5);
	assert.equal(marked(answer), '1');
});

for (const name of ['chat', 'responses', 'generate'])
	test(`a ${name} model is estimated`, async () => {
		const answer = await ask(gateway, { path,
			body: body(LANES[name].model) });
		assert.equal(answer.status, 200, answer.text);
		assert.ok(answer.json.input_tokens >= 5);
		assert.equal(marked(answer), '1');
		assert.equal(upstream.requests.length, 0);
	});

test('Google\'s clients count too', async () => {
	const answer = await ask(gateway, {
		path: `/v1beta/models/${LANES.chat.model}:countTokens`,
		body: { contents: [{ parts: [{ text: 'some words here' }] }] } });
	assert.equal(answer.status, 200, answer.text);
	assert.ok(answer.json.totalTokens >= 3);
	assert.equal(marked(answer), '1');
});
