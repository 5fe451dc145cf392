// Thinking that another account of the same provider's sealed: the upstream refuses
// it, and the conversation goes on without it.

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { startUpstream } from '../upstream/upstream.mjs';
import { startGateway } from './gateway.mjs';
import { ask, open } from './client.mjs';
import { LANES, NAMES } from './samples.mjs';

let upstream, gateway;

before(async () => {
	upstream = await startUpstream();
	gateway = await startGateway({ upstream, config: { attempts_max: 3,
		early_stream_after_s: 1,
		endpoint: NAMES.map((name) => ({ name, type: LANES[name].type,
			base_url: upstream.url + LANES[name].upstreamPath })),
		models: [...NAMES.map((name) => ({ id: LANES[name].model,
			endpoint: name, provider: 'any', reasoning: 'auto' })),
		{ id: 'two', provider: 'any', reasoning: 'auto', upstreams: [
			{ endpoint: 'responses', id: LANES.responses.model },
			{ endpoint: 'messages', weight: 0 }] },
		{ id: 'three', provider: 'any', reasoning: 'auto', upstreams: [
			{ endpoint: 'messages' },
			{ endpoint: 'responses', weight: 0 },
			{ endpoint: 'generate', weight: 0 }] }] } });
});
beforeEach(() => upstream.reset());
after(async () => {
	await gateway?.stop();
	await upstream?.stop();
});

// How each API's servers say it; that of chat is a broker.
const google = { error: { code: 400, message: 'Corrupted thought signature.',
	status: 'INVALID_ARGUMENT' } };
const REFUSALS = {
	chat: { error: { message: 'Provider returned error', code: 400,
		metadata: { raw: JSON.stringify(google) } } },
	responses: { error: { message: 'The encrypted content gAAA... could not be ' +
		'verified. Reason: Encrypted content could not be decrypted or parsed.',
		type: 'invalid_request_error', param: null,
		code: 'invalid_encrypted_content' } },
	messages: { type: 'error', error: { type: 'invalid_request_error',
		message: 'messages.1.content.0: Invalid `signature` in `thinking` ' +
		    'block' } },
	generate: google,
};
const refusal = (kind) => ({ status: 400, body: REFUSALS[kind] });

// What that kind of model sealed, as a client of the other APIs has it.
const SEAL = 'U0VBTEVE';
const packed = (kind) => `d2a1.${kind[0]}tp.${Buffer.from(LANES[kind].model)
	.toString('base64url')}..${SEAL}`;

const user = { role: 'user', content: 'hi' };
const HISTORIES = {
	chat: (seal) => ({ messages: [user, { role: 'assistant', content: 'Hello',
		reasoning_content: 'Hm', reasoning_details: [{ index: 0,
			type: 'reasoning.encrypted', ...seal === SEAL ?
				{ data: seal, format: 'unknown' } :
				{ data: `2:${seal}`, format: 'droid2api' } }] }, user] }),
	responses: (seal) => ({ input: [user, { type: 'reasoning', summary: [],
		encrypted_content: seal }, { role: 'assistant', content: 'Hello' },
	user] }),
	messages: (seal) => ({ messages: [user, { role: 'assistant', content: [
		{ type: 'thinking', thinking: 'Hm', signature: seal },
		{ type: 'text', text: 'Hello' }] }, user] }),
	generate: (seal) => ({ contents: [{ role: 'user', parts: [{ text: 'hi' }] },
		{ role: 'model', parts: [{ text: 'Hm', thought: true,
			thoughtSignature: seal }, { text: 'Hello' }] },
		{ role: 'user', parts: [{ text: 'hi' }] }] }),
};
const question = (client, kind, more = {}) => ({ path: LANES[client].path,
	body: LANES[client].body('hi', { model: LANES[kind].model,
		...HISTORIES[client](client === kind ? SEAL : packed(kind)),
		...more }) });
const sealed = () => upstream.requests.map(({ bytes }) => bytes.includes(SEAL));

for (const client of NAMES)
	describe(`a ${client} client`, () => {
		for (const kind of NAMES)
			for (const stream of [false, true])
				test(`${kind}, ${stream ? 'streamed' : 'whole'}`,
					async () => {
					const from = gateway.log.length;
					upstream.next(refusal(kind), { reply: { text: 'On.' } });
					const answer = await ask(gateway, question(client, kind,
						client === 'generate' && !stream ? {} : { stream }));
					assert.equal(answer.status, 200, answer.text);
					assert.match(answer.text, /On\./);
					assert.match(answer.headers['x-droid2api-lossy'],
						/(^|, )seal/);
					assert.deepEqual(sealed(), [true, false]);
					assert.match(upstream.last.bytes.toString(), /Hello/);
					await gateway.logged(new RegExp(`upstream ${kind} ` +
						'refused a seal, asking it once more'), { from });
				});
	});

for (const kind of NAMES)
	describe(`over ${kind}`, () => {
		for (const stream of [false, true])
			test(`a second refusal is the client's, ${stream ?
				'streamed' : 'whole'}`, async () => {
				upstream.next(refusal(kind), refusal(kind));
				const answer = await ask(gateway, question(kind, kind,
					kind === 'generate' && !stream ? {} : { stream }));
				assert.equal(answer.status, 400);
				assert.deepEqual(answer.json, REFUSALS[kind]);
				assert.deepEqual(sealed(), [true, false]);
			});
		test('nothing is left out in strict mode', async () => {
			upstream.next(refusal(kind));
			const answer = await ask(gateway, { ...question(kind, kind),
				headers: { 'x-droid2api-strict': '1' } });
			assert.equal(answer.status, 400);
			assert.deepEqual(answer.json, REFUSALS[kind]);
			assert.deepEqual(sealed(), [true]);
		});
		test('what else is refused is not asked again', async () => {
			upstream.next({ status: 400, message: 'no' });
			const answer = await ask(gateway, question(kind, kind));
			assert.equal(answer.status, 400);
			assert.deepEqual(sealed(), [true]);
		});
	});

test('calls of Gemini 3 go with the words that stand for a seal', async () => {
	upstream.next(refusal('generate'));
	const answer = await ask(gateway, question('generate', 'generate', {
		contents: [{ role: 'user', parts: [{ text: 'hi' }] },
			{ role: 'model', parts: [{ functionCall: { name: 'f', args: {} },
				thoughtSignature: SEAL }] },
			{ role: 'user', parts: [{ functionResponse: { name: 'f',
				response: { output: 'ok' } } }] }],
		tools: [{ functionDeclarations: [{ name: 'f' }] }] }));
	assert.equal(answer.status, 200, answer.text);
	assert.equal(upstream.last.body.contents[1].parts[0].thoughtSignature,
		'skip_thought_signature_validator');
});

test('between a call and its result Claude does not go on thinking', async () => {
	upstream.next(refusal('messages'));
	const answer = await ask(gateway, question('messages', 'messages', {
		max_tokens: 4000, thinking: { type: 'enabled', budget_tokens: 2000 },
		tools: [{ name: 'f', input_schema: { type: 'object' } }],
		messages: [user, { role: 'assistant', content: [
			{ type: 'thinking', thinking: 'Hm', signature: SEAL },
			{ type: 'tool_use', id: 'toolu_1', name: 'f', input: {} }] },
		{ role: 'user', content: [{ type: 'tool_result',
			tool_use_id: 'toolu_1', content: 'ok' }] }] }));
	assert.equal(answer.status, 200, answer.text);
	assert.deepEqual(sealed(), [true, false]);
	assert.equal(upstream.last.body.thinking, undefined);
});

test('what no seal can be left out of is not asked again', async () => {
	upstream.next(refusal('responses'));
	const answer = await ask(gateway, question('responses', 'responses', {
		input: [{ type: 'compaction', id: 'cmp_1', encrypted_content: SEAL },
			user] }));
	assert.equal(answer.status, 400);
	assert.equal(answer.json.error.code, 'invalid_encrypted_content');
	assert.match(answer.text, /could not be verified/);
	assert.deepEqual(sealed(), [true]);
});

test('tokens are counted without seals, too', async () => {
	upstream.next(refusal('messages'));
	const answer = await ask(gateway, { ...question('messages', 'messages',
		{ max_tokens: undefined }), path: '/v1/messages/count_tokens' });
	assert.equal(answer.status, 200, answer.text);
	assert.equal(answer.headers['x-droid2api-estimate'], undefined);
	assert.deepEqual(sealed(), [true, false]);
});

test('so is a history that is to be summed up', async () => {
	upstream.next(refusal('messages'), { reply: { text: 'In short.' } });
	const answer = await ask(gateway, { ...question('responses', 'messages'),
		path: '/v1/responses/compact' });
	assert.equal(answer.status, 200, answer.text);
	assert.deepEqual(sealed(), [true, false]);
});

test('a stream that began early goes on', async () => {
	let refuse;
	upstream.next({ ...refusal('responses'), ready: new Promise((resolve) => {
		refuse = resolve;
	}) }, { reply: { text: 'On.' } });
	const answer = await open(gateway, question('responses', 'responses',
		{ stream: true }));
	await answer.event();
	refuse();
	await answer.done;
	assert.match(answer.text, /^: [^]*On\./);
	assert.deepEqual(sealed(), [true, false]);
});

describe('one upstream of several', () => {
	const of = (model) => question('responses', 'responses', { model });

	test('is asked once more before the next one is', async () => {
		upstream.next(refusal('responses'));
		const answer = await ask(gateway, of('two'));
		assert.equal(answer.status, 200, answer.text);
		assert.equal(answer.headers['x-droid2api-upstream'], 'responses');
		assert.deepEqual(sealed(), [true, false]);
	});
	test('may fail then: the next one is asked', async () => {
		upstream.next(refusal('responses'), { status: 529, message: 'busy' });
		const answer = await ask(gateway, of('two'));
		assert.equal(answer.status, 200, answer.text);
		assert.equal(answer.headers['x-droid2api-upstream'], 'messages');
		assert.equal(upstream.requests.length, 3);
	});
	test('is not where no more may be sent', async () => {
		upstream.next({ status: 529, message: 'busy' },
			refusal('responses'));
		const answer = await ask(gateway, of('three'));
		assert.equal(answer.status, 400, answer.text);
		assert.deepEqual(answer.json, REFUSALS.responses);
		assert.equal(upstream.requests.length, 2);
	});
});
