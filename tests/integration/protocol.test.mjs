// What the four APIs and the agents that speak them have said since 2026: each
// fact over the upstreams that know nothing of it.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ask } from './client.mjs';
import { KINDS, startField } from './field.mjs';

let field;

before(async () => {
	field = await startField();
});
after(() => field?.stop());

// A whole answer of one text, as each kind of upstream says it.
const SAYS = {
	chat: (text) => ({ body: { id: 'c', object: 'chat.completion', model: 'm',
		choices: [{ index: 0, finish_reason: 'stop', message: {
			role: 'assistant', content: text } }],
		usage: { prompt_tokens: 9, completion_tokens: 3 } } }),
	responses: (text) => ({ body: { id: 'resp_1', object: 'response',
		status: 'completed', model: 'm', output: [{ type: 'message',
			id: 'msg_1', role: 'assistant', status: 'completed',
			content: [{ type: 'output_text', text, annotations: [] }] }],
		usage: { input_tokens: 9, output_tokens: 3 } } }),
	messages: (text) => ({ body: { id: 'msg_1', type: 'message',
		role: 'assistant', model: 'm', content: [{ type: 'text', text }],
		stop_reason: 'end_turn', usage: { input_tokens: 9,
			output_tokens: 3 } } }),
	generate: (text) => ({ body: { candidates: [{ index: 0,
		finishReason: 'STOP', content: { role: 'model', parts: [{
			text }] } }], usageMetadata: { promptTokenCount: 9,
		candidatesTokenCount: 3 } } }),
};

const others = (kind) => KINDS.filter((other) => other !== kind);
const types = (events) => events.map(({ data }) => data.type);

describe('Codex has a history compacted', () => {
	const input = [{ role: 'user', content: 'Tea, please.' },
		{ type: 'compaction_trigger' }];

	for (const kind of others('responses'))
		for (const stream of [false, true])
			test(`${kind}${stream ? ', streamed' : ''}`, async () => {
				const { answer, sent } = await field.ask('responses',
					kind, { input, stream }, SAYS[kind]('They "want" tea.'));
				assert.equal(answer.status, 200, answer.text);
				assert.match(JSON.stringify(sent.body),
					/Write a summary/);
				const response = stream ?
					answer.events.at(-1).data.response : answer.json;
				assert.equal(response.status, 'completed');
				assert.deepEqual(response.output.map((item) => item.type),
					['compaction']);
				if (stream)
					assert.deepEqual(types(answer.events), [
						'response.created', 'response.in_progress',
						'response.output_item.added',
						'response.output_item.done',
						'response.completed']);
				const again = await field.ask('responses', kind, { input: [
					...response.output, { role: 'user', content: 'More.' },
				] }, SAYS[kind]('ok'));
				assert.equal(again.answer.status, 200, again.answer.text);
				assert.match(JSON.stringify(again.sent.body), /They \\+"want\\+" tea/);
			});
});

describe('an older Codex has a history compacted by its own route', () => {
	const path = '/v1/responses/compact';
	const request = { model: 'm', instructions: 'Be brief.', stream: true,
		input: [{ role: 'user', content: 'Tea, please.' },
			{ role: 'assistant', content: 'Which one?' }] };
	const whole = ({ status, text }, usage) => {
		assert.equal(status, 200, text);
		const { id, created_at, ...rest } = JSON.parse(text);
		assert.match(id, /^resp_/);
		assert.ok(Math.abs(created_at - Date.now() / 1000) < 60);
		const [{ id: item, ...summary }] = rest.output;
		assert.match(item, /^cmp_/);
		assert.deepEqual({ ...rest, output: [summary] }, {
			object: 'response.compaction', output: [{ type: 'compaction',
				encrypted_content: 'droid2api.summary:They want tea.' }],
			usage: { input_tokens: 9, input_tokens_details: {
				cached_tokens: 0, cache_write_tokens: 0 },
			output_tokens: 3, output_tokens_details: {
				reasoning_tokens: 0 }, total_tokens: 12 } });
	};
	for (const kind of others('responses'))
		test(`${kind} sums it up`, async () => {
			field.upstream.reset();
			field.upstream.next(SAYS[kind]('They want tea.'));
			whole(await ask(field.gateway, { path,
				body: { ...request, model: `${kind}-m` } }));
			const { body } = field.upstream.requests.at(-1);
			assert.match(JSON.stringify(body), /Which one.*Write a summary/);
			assert.notEqual(body.stream, true);
		});
});

describe('a client of Messages has a history compacted', () => {
	const body = { compaction: { type: 'summarize', instructions: 'In verse.' },
		messages: [{ role: 'user', content: 'Tea, please.' }] };

	for (const kind of others('messages'))
		for (const stream of [false, true])
			test(`${kind}${stream ? ', streamed' : ''}`, async () => {
				const { answer, sent } = await field.ask('messages', kind,
					{ ...body, stream }, SAYS[kind]('They want tea.'));
				assert.equal(answer.status, 200, answer.text);
				assert.match(JSON.stringify(sent.body), /In verse/);
				if (!stream) {
					assert.deepEqual(answer.json.content, [{
						type: 'compaction', content: 'They want tea.',
						encrypted_content: null }]);
					assert.equal(answer.json.stop_reason, 'compaction');
					return;
				}
				const events = answer.events.map(({ data }) => data);
				assert.deepEqual(events.map(({ type }) => type), [
					'message_start', 'content_block_start',
					'content_block_delta', 'content_block_stop',
					'message_delta', 'message_stop']);
				assert.deepEqual(events[2].delta, {
					type: 'compaction_delta', content: 'They want tea.',
					encrypted_content: null });
				assert.equal(events[4].delta.stop_reason, 'compaction');
			});
});

describe('an upstream of Messages compacts', () => {
	const block = { type: 'compaction', content: 'They want tea.' };

	for (const client of others('messages')) {
		test(`for ${client}`, async () => {
			const { answer } = await field.ask(client, 'messages', {}, {
				body: { ...SAYS.messages('x').body, content: [block],
					stop_reason: 'compaction' } });
			assert.equal(answer.status, 200, answer.text);
			assert.match(answer.text, /They want tea\./);
		});
		if (client === 'generate')	// its streams have another path
			continue;
		test(`for ${client}, streamed`, async () => {
			const says = (type, more) => ({ event: type,
				data: { type, ...more } });
			const { answer } = await field.ask(client, 'messages',
				{ stream: true }, { events: [
				says('message_start', { message: {
					...SAYS.messages('x').body, content: [],
					stop_reason: null } }),
				says('content_block_start', { index: 0, content_block: {
					type: 'compaction', content: null } }),
				says('content_block_delta', { index: 0, delta: {
					type: 'compaction_delta',
					content: 'They want tea.' } }),
				says('content_block_stop', { index: 0 }),
				says('message_delta', { delta: {
					stop_reason: 'compaction' },
					usage: { output_tokens: 3 } }),
				says('message_stop', {})] });
			assert.match(answer.text, /They want tea\./);
		});
	}
});

// What OpenAI's own recordings always have, and Open Responses requires.
describe('a response object is whole', () => {
	const check = (response, done) => {
		if (done)
			assert.ok(Math.abs(response.completed_at - Date.now() / 1000) < 60,
				`completed_at ${response.completed_at}`);
		else
			assert.equal(response.completed_at, null);
		assert.equal(response.temperature, 0.25);
		assert.equal(response.top_p, 1);
		assert.equal(response.presence_penalty, 0);
		assert.equal(response.frequency_penalty, 0);
		assert.equal(response.service_tier, 'default');
	};

	for (const kind of others('responses'))
		test(kind, async () => {
			const body = { temperature: 0.25 };
			let { answer } = await field.ask('responses', kind, body,
				SAYS[kind]('ok'));
			check(answer.json, true);
			({ answer } = await field.ask('responses', kind,
				{ ...body, stream: true }, SAYS[kind]('ok')));
			const bear = answer.events.filter(({ data }) => data.response);
			assert.equal(bear.length, 3);
			bear.forEach(({ data }, i) => check(data.response, i === 2));
		});
});

describe("Codex's agents are told that their words are readable", () => {
	const tool = (name) => ({ type: 'function', name,
		parameters: { type: 'object', properties: {} } });
	const tools = [tool('look'), { type: 'namespace', name: 'collaboration',
		description: 'Agents.', tools: [tool('spawn_agent')] }];

	for (const stream of [false, true])
		test(stream ? 'streamed' : 'whole', async () => {
			const call = (id, name) => ({ id, type: 'function',
				function: { name, arguments: '{}' } });
			const { answer } = await field.ask('responses', 'chat',
				{ tools, stream }, { body: { id: 'c', choices: [{ index: 0,
				finish_reason: 'tool_calls', message: {
					role: 'assistant', content: null, tool_calls: [
						call('a', 'look'),
						call('b', 'collaboration__spawn_agent')],
				} }] } });
			const { output } = stream ? answer.events.at(-1).data.response :
				answer.json;
			assert.deepEqual(output.map((item) => item.encrypted_function_args),
				[undefined, []]);
			if (stream)
				assert.deepEqual(answer.events.filter(({ data }) =>
					data.type === 'response.output_item.done').map(
					({ data }) => data.item.encrypted_function_args),
				[undefined, []]);
		});
});

describe("a client's betas reach an anthropic upstream", () => {
	for (const client of others('messages'))
		test(client, async () => {
			const { sent } = await field.ask(client, 'messages', {},
				SAYS.messages('ok'), { 'anthropic-beta':
					'context-1m-2025-08-07, unheard-of-2027-01-01' });
			assert.match(sent.headers['anthropic-beta'],
				/context-1m-2025-08-07, *unheard-of-2027-01-01/);
		});
});

describe('Google says in newer words why it stopped', () => {
	const words = { CONTINUATION: 'max_tokens', MODEL_ARMOR: 'refusal',
		ESCALATION: 'refusal', PUP_LIMITED_DISABLED: 'refusal' };

	for (const [word, stop] of Object.entries(words))
		test(word, async () => {
			const reply = SAYS.generate('I');
			reply.body.candidates[0].finishReason = word;
			const { answer } = await field.ask('messages', 'generate', {},
				reply);
			assert.equal(answer.json.stop_reason, stop);
		});
	test('MISSING_THOUGHT_SIGNATURE', async () => {
		const reply = SAYS.generate('I');
		reply.body.candidates[0].finishReason = 'MISSING_THOUGHT_SIGNATURE';
		const { answer } = await field.ask('messages', 'generate', {}, reply);
		assert.equal(answer.status, 502);
		assert.match(answer.text, /MISSING_THOUGHT_SIGNATURE/);
	});
});

describe('warming a cache generates nothing', () => {
	const body = { prompt_cache_options: { prewarm: true },
		max_output_tokens: 500 };

	test('messages', async () => {
		const { answer, sent } = await field.ask('responses', 'messages', body,
			{ body: { ...SAYS.messages('').body, content: [],
				stop_reason: 'max_tokens' } });
		assert.equal(answer.status, 200, answer.text);
		assert.equal(sent.body.max_tokens, 0);
	});
	for (const kind of ['chat', 'generate'])
		test(kind, async () => {
			const { answer, sent } = await field.ask('responses', kind, body);
			assert.equal(answer.status, 400);
			assert.match(answer.json.error.message, /prewarm/);
			assert.equal(sent, undefined);
		});
});

describe('a tier that only some servers have', () => {
	for (const [tier, sends] of [['ultrafast', 'ultrafast'],
		['unheard_of', undefined]])
		test(tier, async () => {
			const { answer, sent } = await field.ask('responses', 'chat',
				{ service_tier: tier }, SAYS.chat('ok'));
			assert.equal(answer.status, 200, answer.text);
			assert.equal(sent.body.service_tier, sends);
			assert.equal(answer.headers['x-droid2api-lossy'],
				sends ? undefined : 'service_tier');
		});
});

describe('commentary and answer of one response stay apart', () => {
	const message = (phase, text) => ({ type: 'message', id: `msg_${phase}`,
		role: 'assistant', status: 'completed', phase,
		content: [{ type: 'output_text', text, annotations: [] }] });
	const reply = { body: { ...SAYS.responses('').body, output: [
		message('commentary', 'I look.'), message('final_answer', '42')] } };

	test('chat', async () => {
		const { answer } = await field.ask('chat', 'responses', {}, reply);
		assert.equal(answer.json.choices[0].message.content, 'I look.\n\n42');
	});
	test('chat, streamed', async () => {
		const { answer } = await field.ask('chat', 'responses',
			{ stream: true }, reply);
		assert.equal(answer.events.map(({ data }) =>
			data.choices?.[0]?.delta.content ?? '').join(''),
		'I look.\n\n42');
	});
	test('messages', async () => {
		const { answer } = await field.ask('messages', 'responses', {}, reply);
		assert.deepEqual(answer.json.content.map(({ text }) => text),
			['I look.', '42']);
	});
});
