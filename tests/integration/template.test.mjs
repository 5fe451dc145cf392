// What servers of Chat Completions beside OpenAI's ask of a conversation: templates
// that check who speaks, as Mistral's do (the strict upstream refuses what they
// refuse), thoughts that must come back or may not, arguments that they read.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { KINDS, describe, startField, test } from './field.mjs';

let field, any, said, others;

before(async () => {
	field = await startField();
	any = await startField({ models: { chat: { template: 'any' } } });
	said = await startField({ models: { chat: { template: 'mistral' } } });
	others = await startField({ config: { models: [
		{ id: 'chat-thinks', reasoning_content: 'required' },
		{ id: 'chat-forgets', reasoning_content: 'forbidden' },
		{ id: 'chat-sees', input_modalities: ['text', 'image'] },
		{ id: 'chat-reads', input_modalities: ['text', 'image', 'file'] },
		{ id: 'chat-alone', mid_system: false }, { id: 'chat-m' },
		{ id: 'gpt-5.4' }].map((model) => ({ type: 'common',
		endpoint: 'chat', reasoning: 'auto', ...model })) } });
});
after(async () => {
	await field?.stop();
	await any?.stop();
	await said?.stop();
	await others?.stop();
});

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk' +
	'+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const schema = { type: 'object', properties: {} };

// A call, its result, and what the user says behind it; then the same again with
// the next id, and nothing behind it.
const BODIES = {
	chat: (id, model) => ({ model, tools: [{ type: 'function', function: {
		name: 'f', parameters: schema } }], messages: [
		{ role: 'user', content: 'one' }, { role: 'assistant', content: null,
			tool_calls: [{ id, type: 'function', function: { name: 'f',
				arguments: '{}' } }] },
		{ role: 'tool', tool_call_id: id, content: 'found' },
		{ role: 'user', content: 'two' },
		{ role: 'assistant', content: null, tool_calls: [{ id: `${id}b`,
			type: 'function', function: { name: 'f', arguments: '{}' } }] },
		{ role: 'tool', tool_call_id: `${id}b`, content: 'more' }] }),
	responses: (id, model) => ({ model, tools: [{ type: 'function', name: 'f',
		parameters: schema }], input: [{ role: 'user', content: 'one' },
		{ type: 'function_call', call_id: id, name: 'f', arguments: '{}' },
		{ type: 'function_call_output', call_id: id, output: 'found' },
		{ role: 'user', content: 'two' },
		{ type: 'function_call', call_id: `${id}b`, name: 'f',
			arguments: '{}' },
		{ type: 'function_call_output', call_id: `${id}b`,
			output: 'more' }] }),
	messages: (id, model) => ({ model, tools: [{ name: 'f',
		input_schema: schema }], messages: [{ role: 'user', content: 'one' },
		{ role: 'assistant', content: [{ type: 'tool_use', id, name: 'f',
			input: {} }] },
		{ role: 'user', content: [{ type: 'tool_result', tool_use_id: id,
			content: 'found' }, { type: 'text', text: 'two' }] },
		{ role: 'assistant', content: [{ type: 'tool_use', id: `${id}b`,
			name: 'f', input: {} }] },
		{ role: 'user', content: [{ type: 'tool_result',
			tool_use_id: `${id}b`, content: 'more' }] }] }),
	generate: (id, model) => ({ model, tools: [{ functionDeclarations: [{
		name: 'f' }] }], contents: [{ role: 'user', parts: [{ text: 'one' }] },
		{ role: 'model', parts: [{ functionCall: { id, name: 'f',
			args: {} } }] },
		{ role: 'user', parts: [{ functionResponse: { id, name: 'f',
			response: { output: 'found' } } }, { text: 'two' }] },
		{ role: 'model', parts: [{ functionCall: { id: `${id}b`, name: 'f',
			args: {} } }] },
		{ role: 'user', parts: [{ functionResponse: { id: `${id}b`,
			name: 'f', response: { output: 'more' } } }] }] }),
};

const spoken = ({ body }) => body.messages.map(({ role, content }) =>
	role === 'tool' ? role : `${role}: ${content}`);
const TALK = ['user: one', 'assistant: null', 'tool', 'assistant: OK.',
	'user: two', 'assistant: null', 'tool'];

describe('I: templates that check a conversation', () => {
	for (const client of KINDS) {
		test(`by the model's name, from ${client}`, async () => {
			const { answer, sent } = await field.ask(client, 'chat',
				BODIES[client]('call_1', 'chat-mistral-large'));
			assert.equal(answer.status, 200, answer.text);
			assert.deepEqual(spoken(sent), TALK);
		});
		test(`by the entry, from ${client}`, async () => {
			const { sent } = await said.ask(client, 'chat',
				BODIES[client]('call_1', 'chat-m'));
			assert.deepEqual(spoken(sent), TALK);
			assert.match(sent.body.messages[2].tool_call_id, /^\w{9}$/);
		});
		test(`not where the entry says so, from ${client}`, async () => {
			const { answer, sent } = await any.ask(client, 'chat',
				BODIES[client]('call_1', 'chat-mistral-large'));
			assert.equal(answer.status, 400);
			assert.match(answer.text, /must be a-z, A-Z, 0-9/);
			assert.deepEqual(spoken(sent), TALK.filter((_, i) => i !== 3));
		});
		test(`its own ids stay, from ${client}`, async () => {
			const { sent } = await field.ask(client, 'chat',
				BODIES[client]('aB345678', 'chat-mistral-large'));
			assert.equal(sent.body.messages[6].tool_call_id, 'aB345678b');
		});
	}
	test('a system message behind results', async () => {
		const body = BODIES.chat('call_1', 'chat-mistral-large');
		body.messages.splice(3, 1, { role: 'system', content: 'two' });
		const { answer, sent } = await field.ask('chat', 'chat', body);
		assert.equal(answer.status, 200, answer.text);
		assert.deepEqual(spoken(sent), TALK.map((line) =>
			line.replace('user: two', 'system: two')));
	});
	test('files of results', async () => {
		const body = BODIES.messages('call_1', 'chat-mistral-large');
		body.messages[4].content[0].content = [{ type: 'image', source: {
			type: 'base64', media_type: 'image/png', data: PNG } }];
		const { answer, sent } = await field.ask('messages', 'chat', body);
		assert.equal(answer.status, 200, answer.text);
		assert.deepEqual(sent.body.messages.map(({ role }) => role),
			['user', 'assistant', 'tool', 'assistant', 'user', 'assistant',
				'tool', 'assistant', 'user']);
	});
	for (const client of ['messages', 'responses'])
		test(`an id goes to ${client} and comes back`, async () => {
			const { answer } = await field.ask(client, 'chat',
				BODIES[client]('call_1', 'chat-mistral-large'), { body: {
					id: 'x', object: 'chat.completion', created: 1,
					model: 'x', choices: [{ index: 0,
						finish_reason: 'tool_calls', message: {
							role: 'assistant', content: null,
							tool_calls: [{ id: 'D681PevKs',
								type: 'function', function: {
									name: 'f',
									arguments: '{}' } }] } }] } });
			const call = client === 'messages' ?
				answer.json.content.find(({ type }) =>
					type === 'tool_use').id :
				answer.json.output.find(({ type }) =>
					type === 'function_call').call_id;
			const { sent } = await field.ask(client, 'chat',
				BODIES[client](call, 'chat-mistral-large'));
			assert.equal(sent.body.messages[2].tool_call_id, 'D681PevKs');
		});
});

describe('I: what a server wants to read of earlier turns', () => {
	const thought = { role: 'assistant', content: 'one', reasoning_content: 'Hm',
		reasoning_details: [{ type: 'reasoning.text', text: 'Hm' }] };
	const talk = (model, first) => ({ model, messages: [{ role: 'user',
		content: 'hi' }, first, { role: 'user', content: 'two' }] });

	for (const first of [{ role: 'assistant', content: 'one' },
		{ role: 'assistant', content: 'one', reasoning_content: '' },
		{ role: 'assistant', content: 'one', reasoning_content: null }])
		test(`a blank for thoughts: ${JSON.stringify(first)}`, async () => {
			const { sent } = await others.ask('chat', 'chat',
				talk('chat-thinks', first));
			assert.equal(sent.body.messages[1].reasoning_content, ' ');
		});
	test('a blank for thoughts, converted', async () => {
		const { sent } = await others.ask('messages', 'chat',
			talk('chat-thinks', { role: 'assistant', content: 'one' }));
		assert.equal(sent.body.messages[1].reasoning_content, ' ');
	});
	test('no thoughts where they are forbidden', async () => {
		const { answer, sent } = await others.ask('chat', 'chat',
			talk('chat-forgets', thought));
		assert.deepEqual(sent.body.messages[1], { role: 'assistant',
			content: 'one' });
		assert.equal(answer.headers['x-droid2api-lossy'], 'thinking');
	});
	for (const [name, given, wanted] of [['cut', '{"a":', '{"_raw":"{\\"a\\":"}'],
		['null', 'null', '{}'], ['a list', '[1]', '{"_raw":"[1]"}'],
		['empty', '', '{}'], ['an object', '{"a": 1}', '{"a": 1}']])
		test(`arguments that are ${name}`, async () => {
			const { sent } = await others.ask('responses', 'chat', {
				model: 'chat-m', input: [{ role: 'user', content: 'x' },
					{ type: 'function_call', call_id: 'a', name: 'f',
						arguments: given },
					{ type: 'function_call_output', call_id: 'a',
						output: 'x' }] });
			assert.equal(sent.body.messages[1].tool_calls[0].function
				.arguments, wanted);
		});
});

describe('I: what OpenAI\'s own servers alone know', () => {
	const two = (model) => ({ model, input: 'hi', tools: ['f', 'g', 'h'].map(
		(name) => ({ type: 'function', name, parameters: schema })),
	tool_choice: { type: 'allowed_tools', mode: 'required', tools: ['f', 'g']
		.map((name) => ({ type: 'function', name })) } });
	const pdf = (model) => ({ model, messages: [{ role: 'user', content: [
		{ type: 'document', source: { type: 'base64', data: 'JVBERi0xLjQ=',
			media_type: 'application/pdf' } }, { type: 'text',
			text: 'read' }] }] });

	test('a choice among several tools', async () => {
		let { answer, sent } = await others.ask('responses', 'chat',
			two('gpt-5.4'));
		assert.equal(sent.body.tool_choice.type, 'allowed_tools');
		({ answer, sent } = await others.ask('responses', 'chat',
			two('chat-m')));
		assert.equal(sent.body.tool_choice, 'required');
		assert.equal(answer.headers['x-droid2api-lossy'],
			'forced_tool_choice');
	});
	for (const [model, type] of [['chat-sees', 'text'], ['chat-reads', 'file'],
		['chat-m', 'file'], ['gpt-5.4', 'file']])
		test(`a file for ${model}`, async () => {
			const { sent } = await others.ask('messages', 'chat', pdf(model));
			const [part] = [sent.body.messages[0].content].flat();
			assert.equal(part.type ?? 'text', type);
		});
	test('a limit of 16 where a model reasons', async () => {
		let { answer, sent } = await others.ask('messages', 'chat', {
			model: 'gpt-5.4', max_tokens: 1 });
		assert.equal(sent.body.max_completion_tokens, 16);
		assert.equal(answer.headers['x-droid2api-lossy'], 'max_tokens');
		({ answer, sent } = await others.ask('messages', 'chat', {
			model: 'chat-m', max_tokens: 1 }));
		assert.equal(sent.body.max_tokens, 1);
	});
	test('more than one system message in front', async () => {
		const { sent } = await others.ask('chat', 'chat', {
			model: 'chat-alone', messages: [{ role: 'system', content: 'a' },
				{ role: 'system', content: 'b' }, { role: 'user',
					content: 'hi' }] });
		assert.deepEqual(sent.body.messages[0], { role: 'system',
			content: 'a\n\nb' });
	});
});
