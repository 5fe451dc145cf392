// What nobody knows, made up at each level of a request: content reaches the model
// as text or is refused by its name, never dropped; an option passes in its own
// dialect and is named as lost in the others. Over all pairs.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { KINDS, startField } from './field.mjs';

const WORD = 'quetzal';
const user = 'user';
const hi = { type: 'text', text: 'hi' };
const png = 'iVBORw0KGgo=';

// An option is `mood`; content is a `hologram`, a `prophecy` or an `oracle`'s.
const mood = { mood: 'calm' };
const read = { type: 'hologram', text: WORD };
const unread = { type: 'hologram', url: WORD };

const talk = (content) => ({ messages: [{ role: user, content: 'a' },
	{ role: 'assistant', content }, { role: user, content: 'b' }] });
const says = (...content) => ({ messages: [{ role: user, content }] });

const chat = {
	tools: [{ type: 'function', function: { name: 'f', parameters: {
		type: 'object' } } }],
	called: (call, tool) => ({ tools: chat.tools, messages: [
		{ role: user, content: 'a' }, { role: 'assistant', content: null,
		tool_calls: [{ id: 'call_1', type: 'function', function: {
			name: 'f', arguments: '{}' }, ...call }] },
		{ role: 'tool', tool_call_id: 'call_1', content: 'x', ...tool }] }),
};
const responses = {
	item: (item) => ({ input: [{ role: user, content: 'hi' }, item] }),
	part: (part) => ({ input: [{ role: user, content: [
		{ type: 'input_text', text: 'hi' }, part] }] }),
	called: (call, output) => ({ input: [{ role: user, content: 'a' },
		{ type: 'function_call', call_id: 'c1', name: 'f',
		arguments: '{}', ...call }, { type: 'function_call_output',
		call_id: 'c1', output: 'x', ...output }] }),
	tool: { type: 'function', name: 'f', strict: false, parameters: {
		type: 'object', properties: {} } },
};
const messages = {
	tool: { name: 'f', input_schema: { type: 'object' } },
	called: (use, result) => ({ tools: [messages.tool], messages: [
		{ role: user, content: 'a' }, { role: 'assistant', content: [{
		type: 'tool_use', id: 't1', name: 'f', input: {}, ...use }] },
		{ role: user, content: [{ type: 'tool_result',
		tool_use_id: 't1', content: 'x', ...result }] }] }),
	system: (more) => ({ messages: [{ role: user, content: 'a' },
		{ role: 'system', ...more }] }),
};
const generate = {
	parts: (...parts) => ({ contents: [{ role: user, parts: [{ text: 'hi' },
		...parts] }] }),
	called: (call, response) => ({ tools: [{ functionDeclarations: [{
		name: 'f' }] }], contents: [{ role: user, parts: [{ text: 'a' }] },
		{ role: 'model', parts: [{ functionCall: { name: 'f', args: {},
		...call } }] }, { role: user, parts: [{ functionResponse: {
			name: 'f', response: { a: 1 }, ...response } }] }] }),
};

// [where, the body, what is lost by name] of an option; of content that is said
// [where, the body]; of content that is refused [where, the body, its name].
const OPTIONS = {
	chat: [
		['body', mood, 'mood'],
		['a message', { messages: [{ role: user, content: 'hi',
			...mood }] }, 'messages.mood'],
		['a part', says({ ...hi, ...mood }), 'messages.mood'],
		['a call', chat.called(mood), 'tool_calls.mood'],
		['a tool message', chat.called({}, mood), 'messages.mood'],
		['a tool', { tools: [{ ...chat.tools[0], ...mood }] },
			'tools.mood'],
		['a function', { tools: [{ type: 'function', function: {
			...chat.tools[0].function, ...mood } }] }, 'tools.mood'],
		['stream_options', { stream: true, stream_options: mood },
			'stream_options.mood'],
		['response_format', { ...says({ ...hi, text: 'In JSON.' }),
			response_format: { type: 'json_object', ...mood } },
		'response_format.mood'],
	],
	responses: [
		['body', mood, 'mood'],
		['reasoning', { reasoning: { mode: 'pro' } }, 'reasoning.mode'],
		['text', { text: mood }, 'text.mood'],
		['a format', { input: 'In JSON.', text: { format: {
			type: 'json_object', ...mood } } }, 'format.mood'],
		['a message', responses.item({ role: user, content: 'x',
			...mood }), 'input.mood'],
		['a part', responses.part({ type: 'input_text', text: 'x',
			...mood }), 'input.mood'],
		['a call', responses.called(mood), 'input.mood'],
		['an output', responses.called({}, mood), 'input.mood'],
		['a tool', { tools: [{ ...responses.tool, ...mood }] },
			'tools.mood'],
	],
	messages: [
		['body', mood, 'mood'],
		['thinking', { thinking: { type: 'enabled', budget_tokens: 2000,
			...mood } }, 'thinking.mood'],
		['output_config', { output_config: mood }, 'output_config.mood'],
		['tool_choice', { tools: [messages.tool], tool_choice: {
			type: 'auto', ...mood } }, 'tool_choice.mood'],
		['a message', { messages: [{ role: user, content: 'hi',
			...mood }] }, 'messages.mood'],
		['a block', says({ ...hi, ...mood }), 'messages.mood'],
		['a call', messages.called(mood), 'messages.mood'],
		['a result', messages.called({}, mood), 'messages.mood'],
		['a tool', { tools: [{ ...messages.tool, ...mood }] },
			'tools.mood'],
		['a system message', messages.system({ content: 'x',
			output_config: { effort: 'low', ...mood } }),
		'output_config.mood'],
		['a tool_addition', messages.system({ content: [{
			type: 'tool_addition', tool: { type: 'telepathy' } }] }),
		'tools.telepathy'],
		['a toolset', { tools: [{ type: 'telepathy_20270101' }] },
			'telepathy_20270101'],
	],
	generate: [
		['body', mood, 'mood'],
		['generationConfig', { generationConfig: mood },
			'generationConfig.mood'],
		['thinkingConfig', { generationConfig: { thinkingConfig: mood } },
			'thinkingConfig.mood'],
		['toolConfig', { toolConfig: mood }, 'toolConfig.mood'],
		['a content', { contents: [{ role: user, ...mood, parts: [{
			text: 'hi' }] }] }, 'contents.mood'],
		['a part', generate.parts({ text: 'x', ...mood }),
			'contents.mood'],
		['a part, a note', generate.parts({ text: 'x',
			speechMetadata: { a: 1 } }), 'speechMetadata'],
		['a call', generate.called(mood), 'functionCall.mood'],
		['a response', generate.called({}, mood),
			'functionResponse.mood'],
		['a declaration', { tools: [{ functionDeclarations: [{
			name: 'f', ...mood }] }] }, 'tools.mood'],
		['a declaration, behavior', { tools: [{ functionDeclarations: [{
			name: 'f', behavior: 'NON_BLOCKING' }] }] },
		'tools.behavior'],
	],
};

const SAID = {
	chat: [
		['a part', says(hi, read)],
		['a part of the system', { messages: [{ role: 'system',
			content: [read] }, { role: user, content: 'hi' }] }],
		['a part of the assistant', talk([read])],
		['a part of a result', chat.called({}, { content: [read] })],
	],
	responses: [
		['an item with a text', responses.item({ type: 'prophecy',
			text: WORD })],
		['an item with parts', responses.item({ type: 'prophecy',
			content: [{ type: 'output_text', text: WORD }] })],
		['an item with an output', responses.item({ type: 'prophecy',
			output: WORD })],
		['a part', responses.part(read)],
		['a part of the assistant', { input: [{ role: user,
			content: 'a' }, { role: 'assistant', content: [read] },
		{ role: user, content: 'b' }] }],
		['a part of an output', responses.called({}, {
			output: [read] })],
	],
	messages: [
		['a block', says(hi, read)],
		['a block with a content', says(hi, { type: 'hologram',
			content: WORD })],
		['a block with blocks', says(hi, { type: 'hologram', content: [{
			type: 'text', text: WORD }] })],
		['a block of the assistant', talk([read])],
		['a block of the system', { system: [read] }],
		['a block of a system message', messages.system({
			content: [read] })],
		['a block of a result', messages.called({}, {
			content: [read] })],
	],
	generate: [
		['a part with a text', generate.parts({ hologram: {
			text: WORD } })],
		['a part that is one', generate.parts({ hologram: WORD })],
		['a part of two kinds', generate.parts({ hologram: {
			text: WORD }, prophecy: { uri: 'a' } })],
		['a part of the model', { contents: [{ role: user, parts: [{
			text: 'a' }] }, { role: 'model', parts: [{ hologram: {
			text: WORD } }] }, { role: user, parts: [{
			text: 'b' }] }] }],
		['a part of the system', { systemInstruction: { parts: [{
			hologram: { text: WORD } }] } }],
		['a part of a response', generate.called({}, { parts: [{
			hologram: { text: WORD } }] })],
	],
};

const REFUSED = {
	chat: [
		['a role', { messages: [{ role: 'oracle', content: WORD }] },
			'oracle'],
		['a part', says(hi, unread), 'hologram'],
		['a call', { messages: [{ role: user, content: 'a' }, {
			role: 'assistant', content: null, tool_calls: [{ id: 'c1',
				type: 'telepathy', telepathy: { to: WORD } }] }] },
		'telepathy'],
	],
	responses: [
		['a role', responses.item({ role: 'oracle', content: WORD }),
			'oracle'],
		['an item', responses.item({ type: 'prophecy', data: {
			a: WORD } }), 'prophecy'],
		['a part', responses.part(unread), 'hologram'],
		['a part of an output', responses.called({}, {
			output: [unread] }), 'hologram'],
		['a tool of a namespace', { tools: [{ type: 'namespace',
			name: 'n', description: 'd', tools: [{
			type: 'telepathy', name: WORD }] }] }, 'telepathy'],
	],
	messages: [
		['a role', { messages: [{ role: 'oracle', content: WORD }] },
			'oracle'],
		['a block', says(hi, unread), 'hologram'],
		['a block of the assistant', talk([unread]), 'hologram'],
		['a block of the system', { system: [unread] }, 'hologram'],
		['a block of a result', messages.called({}, {
			content: [unread] }), 'hologram'],
		['a source', says({ type: 'image', source: { type: 'hologram',
			data: png } }), 'hologram'],
	],
	generate: [
		['a role', { contents: [{ role: 'oracle', parts: [{
			text: WORD }] }] }, 'oracle'],
		['a part', generate.parts({ hologram: { uri: WORD } }),
			'hologram'],
		['a part of the system', { systemInstruction: { parts: [{
			hologram: { uri: WORD } }] } }, 'hologram'],
		['a part of a response', generate.called({}, { parts: [{
			hologram: { uri: WORD } }] }), 'hologram'],
	],
};

let field;

before(async () => {
	field = await startField();
});
after(() => field?.stop());

const over = (client, table, name, each) => {
	for (const kind of KINDS.filter((one) => one !== client))
		test(`${name}: ${client} to ${kind}`, async () => {
			for (const [where, body, ...wanted] of table[client])
				await each(kind, body, where, ...wanted);
		});
};
const lossy = (answer) => answer.headers['x-droid2api-lossy'] ?? '';

for (const client of KINDS)
	describe(client, () => {
		over(client, OPTIONS, 'an option is named', async (kind, body, where,
			name) => {
			const { answer, sent } = await field.ask(client, kind, body);
			assert.equal(answer.status, 200, `${where}: ${answer.text}`);
			assert.ok(lossy(answer).split(', ').includes(
				`unknown:${name}`), `${where}: ${lossy(answer)}`);
			assert.equal(sent.problem, undefined, where);
		});
		over(client, OPTIONS, 'strict mode refuses an option', async (kind,
			body, where, name) => {
			const { answer, sent } = await field.ask(client, kind, body,
				undefined, { 'x-droid2api-strict': '1' });
			assert.equal(answer.status, 400, where);
			assert.ok(answer.text.includes(name.split('.').at(-1)),
				`${where}: ${answer.text}`);
			assert.equal(sent, undefined);
		});
		over(client, SAID, 'content is said', async (kind, body, where) => {
			const { answer, sent } = await field.ask(client, kind, body);
			assert.equal(answer.status, 200, `${where}: ${answer.text}`);
			assert.ok(sent.bytes.includes(WORD), where);
			assert.match(lossy(answer), /unknown:(hologram|prophecy)/);
			assert.equal(sent.problem, undefined, where);
		});
		over(client, REFUSED, 'content without text is refused', async (kind,
			body, where, name) => {
			const { answer, sent } = await field.ask(client, kind, body);
			assert.equal(answer.status, 400, where);
			assert.ok(answer.text.includes(name),
				`${where}: ${answer.text}`);
			assert.equal(sent, undefined);
		});
		test('all of it passes in its own dialect', async () => {
			const all = [OPTIONS, SAID, REFUSED].flatMap((table) =>
				table[client]);
			for (const [where, body] of all) {
				const { answer, sent } = await field.ask(client, client,
					body);
				assert.ok(sent, `${where}: ${answer.text}`);
				for (const [name, value] of Object.entries(body))
					assert.deepEqual(sent.body[name], value, where);
			}
		});
	});

/* In replies: its text is shown, and it is named; without any it is named. */

const said = (type, more) => ({ event: type, data: { type, ...more } });
const replies = {
	chat: (...parts) => ({ body: { id: 'c', object: 'chat.completion',
		choices: [{ index: 0, finish_reason: 'stop', message: {
			role: 'assistant', content: [hi, ...parts] } }],
		usage: { prompt_tokens: 9, completion_tokens: 3 } } }),
	responses: (...output) => ({ body: { id: 'resp_1', object: 'response',
		status: 'completed', model: 'm', output: [{ type: 'message',
			id: 'msg_1', role: 'assistant', status: 'completed',
			content: [{ type: 'output_text', text: 'hi',
				annotations: [] }] }, ...output],
		usage: { input_tokens: 9, output_tokens: 3 } } }),
	messages: (...blocks) => ({ body: { id: 'msg_1', type: 'message',
		role: 'assistant', model: 'm', content: [hi, ...blocks],
		stop_reason: 'end_turn', usage: { input_tokens: 9,
			output_tokens: 3 } } }),
	generate: (...more) => ({ body: { candidates: [{ index: 0,
		finishReason: 'STOP', content: { role: 'model', parts: [{
			text: 'hi' }, ...more] } }], usageMetadata: {
		promptTokenCount: 9, candidatesTokenCount: 3 } } }),
};
const turn = (more, finish_reason = 'stop') => {
	const { body } = replies.chat();

	return { body: { ...body, choices: [{ index: 0, finish_reason,
		message: { role: 'assistant', content: 'hi', ...more } }] } };
};
const chunk = (delta, finish_reason = null) => ({ data: { id: 'c', model: 'm',
	object: 'chat.completion.chunk', choices: [{ index: 0, delta,
		finish_reason }] } });
const chunks = (...deltas) => ({ events: [chunk({ role: 'assistant',
	content: 'hi' }), ...deltas.map((delta) => chunk(delta)),
chunk({}, 'stop'), { data: '[DONE]' }] });
const calls = (hologram, more) => ({ tool_calls: [{ id: 'call_1',
	type: 'hologram', hologram, ...more }] });
const message = (...content) => ({ type: 'message', id: 'msg_2',
	role: 'assistant', status: 'completed', content });
const events = (...inside) => ({ events: [said('message_start', { message: {
	...replies.messages().body, content: [], stop_reason: null } }),
...inside, said('message_delta', { delta: { stop_reason: 'end_turn' },
	usage: { output_tokens: 3 } }), said('message_stop', {})] });
const block = (content_block, ...deltas) => [
	said('content_block_start', { index: 0, content_block }),
	...deltas.map((delta) => said('content_block_delta', { index: 0,
		delta })), said('content_block_stop', { index: 0 })];

const SHOWN = {
	chat: [
		['a part', replies.chat(read)],
		['a call', turn(calls({ text: WORD }))],
	],
	responses: [
		['an item', replies.responses({ type: 'prophecy', id: 'p',
			text: WORD })],
		['an item with parts', replies.responses({ type: 'prophecy',
			id: 'p', content: [{ type: 'output_text', text: WORD }] })],
		['a part', replies.responses(message(read))],
	],
	messages: [
		['a block', replies.messages(read)],
		['a block of blocks', replies.messages({ type: 'hologram',
			content: [{ type: 'text', text: WORD }] })],
	],
	generate: [
		['a part', replies.generate({ hologram: { text: WORD } })],
		['a part that is one', replies.generate({ hologram: WORD })],
	],
};
const NAMED = {
	chat: [
		['a part', replies.chat(unread)],
		['a call', turn(calls({ url: WORD }))],
		...[WORD, { text: WORD }, 5, true].map((hologram) =>
			[`a member, ${JSON.stringify(hologram)}`,
				turn({ hologram })]),
		['a call in events', chunks(calls({ url: WORD },
			{ index: 0 }))],
		['a member in events', chunks({ hologram: WORD })],
	],
	responses: [
		['an item', replies.responses({ type: 'hologram', id: 'p',
			data: { a: WORD } })],
		['a part', replies.responses(message(unread))],
	],
	messages: [['a block', replies.messages(unread)]],
	generate: [['a part', replies.generate({ hologram: { uri: WORD } })]],
};
const STREAMED = {
	chat: [
		['a part', chunks({ content: [read] })],
		['a call', chunks(calls({ text: WORD }, { index: 0 }))],
	],
	responses: [
		['an item', { events: [said('response.created', { response: {
			...replies.responses().body, output: [],
			status: 'in_progress' } }),
		said('response.output_item.done', { output_index: 0, item: {
			type: 'prophecy', id: 'p', text: WORD } }),
		said('response.completed', { response: {
			...replies.responses().body, output: [{
				type: 'prophecy', id: 'p', text: WORD }] } })] }],
		['events between', { events: [said('response.created', { response: {
			...replies.responses().body, output: [],
			status: 'in_progress' } }),
		said('response.compaction.compacting', {}),
		said('response.shell_call_command.delta', { delta: 'x' }),
		said('response.mood.delta', { delta: 'x' }),
		said('response.completed', { response: { ...replies.responses()
			.body, output: [message({ type: 'output_text', text: WORD,
			annotations: [] })] } })] }],
	],
	messages: [
		['a block', events(...block(read))],
		['a block in deltas', events(...block({ type: 'hologram',
			text: '' }, { type: 'hologram_delta', text: 'quet' },
		{ type: 'hologram_delta', text: 'zal' }))],
		['a delta', events(...block({ type: 'text', text: '' },
			{ type: 'aura_delta', text: WORD }))],
	],
};
const joined = (answer) => answer.text.match(
	/"(?:delta|text|content)":"(?:[^"\\]|\\.)*"/g).map((one) =>
	JSON.parse(`{${one}}`)).flatMap(Object.values).join('');

for (const client of KINDS)
	describe(`${client} sees`, () => {
		for (const kind of KINDS.filter((one) => one !== client)) {
			test(`what ${kind} says`, async () => {
				for (const [where, reply] of SHOWN[kind])
					for (const stream of [false, true]) {
						const { answer } = await field.ask(client, kind,
							client === 'generate' ? {} : { stream }, reply);
						assert.ok(answer.text.includes(WORD),
							`${where}: ${answer.text}`);
					}
				for (const [where, reply] of NAMED[kind]) {
					const { answer } = await field.ask(client, kind, {},
						reply);
					assert.equal(answer.status, 200, answer.text);
					assert.match(lossy(answer), /unknown:\S*hologram/,
						where);
				}
			});
			const unsaid = NAMED[kind].filter(([, reply]) => reply.events);
			if (unsaid.length)
				test(`in the log what ${kind} streams`, async () => {
					for (const [where, reply] of unsaid) {
						const from = field.gateway.log.length;
						const { answer } = await field.ask(client, kind,
							{ stream: true }, reply);
						assert.ok(answer.text.includes('hi'), where);
						await field.gateway.logged(
							/lost=\S*unknown:\S*hologram/, { from });
					}
				});
			if (kind === 'chat')
				test('a call that nobody can do is a failure', async () => {
					for (const stream of [false, true]) {
						const { answer } = await field.ask(client, kind,
							{ stream }, turn(calls({ url: WORD }),
							'tool_calls'));
						if (!stream)
							assert.equal(answer.status, 502);
						assert.match(answer.text,
							/"message":"[^"]*unknown type hologram"/);
					}
				});
			if (STREAMED[kind] && client !== 'generate')
				test(`what ${kind} streams`, async () => {
					for (const [where, reply] of STREAMED[kind]) {
						const { answer } = await field.ask(client, kind,
							{ stream: true }, reply);
						assert.ok(joined(answer).includes(WORD),
							`${where}: ${answer.text}`);
					}
				});
		}
	});
