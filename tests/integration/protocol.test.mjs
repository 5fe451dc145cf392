// What the four APIs and the agents that speak them have said since 2026: each
// fact over the upstreams that know nothing of it.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
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
