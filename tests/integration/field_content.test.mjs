// What is content crosses, seals stay at home, a small upstream gets what it
// takes, and the client's own wishes survive: as real servers and agents have it.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { KINDS, describe, startField, test } from './field.mjs';

let field, small, levels;

before(async () => {
	field = await startField();
	small = await startField({ models: { chat: { mid_system: false } } });
	levels = await startField({ models: { generate: { reasoning: 'high' },
		chat: { sampling: false } } });
});
after(async () => {
	await field?.stop();
	await small?.stop();
	await levels?.stop();
});

const sse = (data) => `data: ${JSON.stringify(data)}\n\n`;
const named = (data) => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;

// A chat upstream's reply of this message, whole and streamed.
const chatWhole = (message, more) => ({ body: { id: 'x',
	object: 'chat.completion', created: 1, model: 'x', choices: [{ index: 0,
		message: { role: 'assistant', ...message },
		finish_reason: 'stop' }], usage: { prompt_tokens: 10,
		completion_tokens: 5, total_tokens: 15 }, ...more } });
const chatChunk = (choice, more) => sse({ id: 'x',
	object: 'chat.completion.chunk', created: 1, model: 'x',
	choices: choice ? [{ index: 0, ...choice }] : [], ...more });
const chatStream = (...deltas) => ({ events: [
	...deltas.map((delta) => chatChunk({ delta, finish_reason: null })),
	chatChunk({ delta: {}, finish_reason: 'stop' }),
	chatChunk(null, { usage: { prompt_tokens: 10, completion_tokens: 5,
		total_tokens: 15 } }), 'data: [DONE]\n\n'] });

const replied = (answer) => (answer.events ? { events: answer.events } :
	{ json: answer.json });
// What a client was given, whichever its API: { thinking, text, images }.
const PIECES = {
	chat: ({ json, events }) => (events ? events.map(({ data }) =>
		data.choices?.[0]?.delta ?? {}) : [json.choices[0].message]).map((m) =>
		({ thinking: m.reasoning_content, text: m.content,
			images: m.images?.map((i) => i.image_url.url) })),
	messages: ({ json, events }) => (events ? events.map(({ data }) =>
		data.delta ?? {}) : json.content).map(({ thinking, text }) =>
		({ thinking, text })),
	responses: ({ json, events }) => (events ? events.at(-1).data.response :
		json).output.map((item) => ({
		thinking: item.summary?.map((part) => part.text).join(''),
		text: item.content?.map((part) => part.text).join(''),
		images: item.result && [item.result] })),
	generate: ({ json, events }) => (events ? events.map(({ data }) => data) :
		[json]).flatMap((reply) => reply.candidates?.[0].content?.parts ?? [])
		.map((part) => ({ [part.thought ? 'thinking' : 'text']: part.text,
			images: part.inlineData && [part.inlineData.data] })),
};
const given = (client, answer) => PIECES[client](replied(answer)).reduce((all, piece) =>
	({ thinking: all.thinking + (piece.thinking ?? ''),
		text: all.text + (piece.text ?? ''),
		images: all.images.concat(piece.images ?? []) }),
	{ thinking: '', text: '', images: [] });

// Each client that isn't a chat client, whole and streamed.
const overChat = (what, message, check, more = {}) => {
	for (const client of ['responses', 'messages', 'generate'])
		for (const stream of [false, true])
			test(`${what}: ${client}, ${stream ? 'streamed' : 'whole'}`,
				async () => {
				const { answer } = await field.ask(client, 'chat',
					{ stream, ...more }, stream ?
						chatStream(...[message].flat()) :
						chatWhole([message].flat()[0]));
				assert.equal(answer.status, 200, answer.text);
				check(given(client, answer), client, answer);
			});
};

const PACKED = 'd2a1.mtp.bS02..EqREALSIG';
const BASE64 = Buffer.from(PACKED).toString('base64');
const URL64 = Buffer.from(PACKED).toString('base64url');

describe('H: foreign seals stay at home', () => {
	const turns = (from, to) => [{ role: 'user', content: 'x' },
		{ role: from, content: to }, { role: 'user', content: 'go on' }];
	const hello = { type: 'text', text: 'Hello' };
	const call = { type: 'tool_use', id: 'toolu_1', name: 'f', input: {} };
	const result = { role: 'user', content: [{ type: 'tool_result',
		tool_use_id: 'toolu_1', content: 'ok' }] };
	const tools = [{ name: 'f', input_schema: { type: 'object' } }];
	const body = (content, more) => ({ messages: turns('assistant', content),
		...more });

	for (const [name, block] of [
		['packed', { type: 'thinking', thinking: 'Hm', signature: PACKED }],
		['empty', { type: 'thinking', thinking: 'Hm', signature: '' }],
		['missing', { type: 'thinking', thinking: 'Hm' }],
		['redacted', { type: 'redacted_thinking', data: PACKED }],
	])
		test(`messages: ${name}`, async () => {
			const { answer, sent } = await field.ask('messages', 'messages',
				body([block, hello]));
			assert.equal(answer.status, 200, answer.text);
			assert.deepEqual(sent.body.messages[1].content, [hello]);
			assert.match(answer.headers['x-droid2api-lossy'], /seal/);
		});
	test('messages: its own stay, and a turn of nothing else goes', async () => {
		const own = [{ type: 'thinking', thinking: 'Hm', signature: 'RVFD' },
			{ type: 'redacted_thinking', data: 'RVFE' }, hello];
		const { sent } = await field.ask('messages', 'messages', body(own));
		assert.deepEqual(sent.body.messages[1].content, own);
		const { sent: less } = await field.ask('messages', 'messages',
			body([{ type: 'thinking', thinking: 'Hm', signature: '' }]));
		assert.deepEqual(less.body.messages.map((m) => m.role),
			['user', 'user']);
	});
	test('messages: calls without their thinking are not thought about',
		async () => {
		const { answer, sent } = await field.ask('messages', 'messages', {
			tools, messages: [{ role: 'user', content: 'x' },
				{ role: 'assistant', content: [{ type: 'thinking',
					thinking: 'Hm', signature: PACKED }, call] }, result] },
		undefined, { 'x-droid2api-reasoning': 'high' });
		assert.equal(answer.status, 200, answer.text);
		assert.deepEqual(sent.body.messages[1].content, [call]);
	});
	test('responses', async () => {
		const reasoning = (more) => ({ type: 'reasoning', summary: [{
			type: 'summary_text', text: 'Hm' }], ...more });
		const own = reasoning({ id: `rs_${'0'.repeat(48)}`,
			encrypted_content: 'gAAAA' });
		const stored = reasoning({ id: `rs_${'1'.repeat(48)}` });
		const open = { type: 'reasoning', summary: [], content: [{
			type: 'reasoning_text', text: 'Hm' }] };
		const { answer, sent } = await field.ask('responses', 'responses', {
			input: [{ role: 'user', content: 'x' },
				reasoning({ id: 'rs_kGfhWYGMMoMGknQJQCD3xTPf00',
					encrypted_content: PACKED }),
				reasoning({ id: 'rs_kGfhWYGMMoMGknQJQCD3xTPf00' }),
				reasoning({ encrypted_content: null }), own, stored, open,
				{ role: 'user', content: 'go on' }] });
		assert.equal(answer.status, 200, answer.text);
		assert.deepEqual(sent.body.input.slice(1, -1), [own, stored, open]);
	});
	for (const [name, seal] of Object.entries({ PACKED, BASE64, URL64 }))
		test(`generate: ${name}`, async () => {
			const { answer, sent } = await field.ask('generate', 'generate', {
				contents: [{ role: 'user', parts: [{ text: 'x' }] },
					{ role: 'model', parts: [
						{ text: 'Hm', thought: true, thoughtSignature: seal },
						{ text: 'Hello', thought_signature: seal },
						{ text: '', thoughtSignature: seal },
						{ text: 'own', thoughtSignature: 'UkVBTFNJRw==' }] },
					{ role: 'model', parts: [{ text: '',
						thoughtSignature: seal }] },
					{ role: 'user', parts: [{ text: 'go on' }] }] });
			assert.equal(answer.status, 200, answer.text);
			assert.deepEqual(sent.body.contents.slice(1, -1), [{
				role: 'model', parts: [{ text: 'Hm', thought: true },
					{ text: 'Hello' }, { text: 'own',
						thoughtSignature: 'UkVBTFNJRw==' }] }]);
		});
	test('chat: details and calls', async () => {
		const own = { type: 'reasoning.encrypted', data: 'abc',
			format: 'anthropic-claude-v1', index: 0 };
		const call = { id: 'c1', type: 'function', function: { name: 'f',
			arguments: '{}' } };
		const { sent } = await field.ask('chat', 'chat', { messages: [
			{ role: 'user', content: 'x' },
			{ role: 'assistant', content: 'Hello', reasoning_details: [
				{ type: 'reasoning.encrypted', data: `2:${PACKED}`,
					format: 'droid2api', index: 0 }, own], tool_calls: [
				{ ...call, extra_content: { google: {
					thought_signature: PACKED } } }] },
			{ role: 'tool', tool_call_id: 'c1', content: 'ok' }] });
		assert.deepEqual(sent.body.messages[1].reasoning_details, [own]);
		assert.deepEqual(sent.body.messages[1].tool_calls, [call]);
	});
});

describe('H: seals in base64, for generate clients', () => {
	const REPLIES = {
		messages: { body: { id: 'msg_1', type: 'message', role: 'assistant',
			model: 'x', content: [{ type: 'thinking', thinking: 'Hm',
				signature: 'EqREAL+SIG/=' }, { type: 'text', text: 'Hi' }],
			stop_reason: 'end_turn', usage: { input_tokens: 1,
				output_tokens: 1 } } },
		responses: { body: { id: 'resp_1', object: 'response', status:
			'completed', model: 'x', output: [{ type: 'reasoning',
				id: 'rs_1', summary: [{ type: 'summary_text', text: 'Hm' }],
				encrypted_content: 'gAA-_x==' }, { type: 'message', id: 'm',
				role: 'assistant', content: [{ type: 'output_text',
					text: 'Hi', annotations: [] }] }], usage: {
				input_tokens: 1, output_tokens: 1, total_tokens: 2 } } },
		chat: chatWhole({ reasoning: 'Hm', content: 'Hi', reasoning_details: [
			{ type: 'reasoning.text', text: 'Hm', signature: 'Sig+/' }] }),
	};
	const sealOf = {
		messages: (sent) => sent.messages[1].content[0].signature,
		responses: (sent) => sent.input.find((item) =>
			item.type === 'reasoning').encrypted_content,
		chat: (sent) => sent.messages[1].reasoning_details[0].signature,
	};
	const WAS = { messages: 'EqREAL+SIG/=', responses: 'gAA-_x==',
		chat: 'Sig+/' };

	for (const kind of ['messages', 'responses', 'chat'])
		test(`over ${kind}, and back in either alphabet`, async () => {
			const { answer } = await field.ask('generate', kind, {},
				REPLIES[kind]);
			const { parts } = answer.json.candidates[0].content;
			const seal = parts.find((part) => part.thoughtSignature)
				.thoughtSignature;
			assert.match(seal, /^[A-Za-z0-9+/]+={0,2}$/);
			assert.equal(seal.length % 4, 0);
			for (const way of ['base64', 'base64url']) {
				const back = Buffer.from(seal, 'base64').toString(way);
				const { sent } = await field.ask('generate', kind, {
					contents: [{ role: 'user', parts: [{ text: 'x' }] },
						{ role: 'model', parts: parts.map((part) =>
							part.thoughtSignature ? { ...part,
								thoughtSignature: back } : part) },
						{ role: 'user', parts: [{ text: 'go on' }] }],
					generationConfig: { thinkingConfig: {
						thinkingBudget: 2000 } } });
				assert.equal(sealOf[kind](sent.body), WAS[kind]);
			}
		});
});

describe('G: thinking in each spelling', () => {
	const thought = ({ thinking, text }) => {
		assert.equal(thinking, 'Let me think.');
		assert.equal(text, '42!');
	};
	const parts = (text) => ({ type: 'thinking', thinking: [{ type: 'text',
		text }] });
	const detail = (text, more) => ({ type: 'reasoning.text', index: 0, text,
		...more });

	overChat('parts', [{ role: 'assistant', content: [parts('Let me '),
		parts('think.'), { type: 'text', text: '42!' }] }], thought);
	overChat('parts, then a string', [{ content: [parts('Let me think.'),
		{ type: 'text', text: '42!' }] }, { content: '' }], thought);
	overChat('a part whose thought is a string', { content: [{
		type: 'thinking', thinking: 'Let me think.' }, { type: 'text',
		text: '42!' }] }, thought);
	overChat('a part of summaries', { content: [{ type: 'reasoning',
		summary: [{ type: 'summary_text', text: 'Let me think.' }] }, {
		type: 'text', text: '42!' }] }, thought);
	overChat('reasoning_text', { reasoning_text: 'Let me think.',
		content: '42!' }, thought);
	overChat('thinking', { thinking: 'Let me think.', content: '42!' },
		thought);
	overChat('an empty reasoning_content', { reasoning_content: '',
		reasoning: 'Let me think.', content: '42!' }, thought);
	overChat('details alone', { reasoning_details: [detail('Let me '),
		detail('think.')], content: '42!' }, thought);
	overChat('details of a summary', { reasoning_details: [{
		type: 'reasoning.summary', summary: 'Let me think.' }],
		content: '42!' }, thought);
	overChat('details beside a string', { reasoning: 'Let me think.',
		reasoning_details: [detail('Let me think.', { signature: 'U0lH' })],
		content: '42!' }, thought);
});

describe('G: text in each spelling', () => {
	const said = ({ text }) => assert.equal(text, '42!');
	for (const [name, content] of Object.entries({
		'a list of parts': [{ type: 'text', text: '4' }, { type: 'text',
			text: '2!' }],
		'a list of strings': ['4', '2!'],
		'a part': { type: 'text', text: '42!' },
		'parts without a type': [{ text: '42!' }] }))
		overChat(name, { content }, said);
});

describe('G: images of a chat reply', () => {
	const image = { type: 'image_url', image_url: {
		url: 'data:image/png;base64,iVBORw0KGgo=' } };
	const shown = ({ text, images }, client) => {
		if (client === 'messages')
			return assert.match(text, /^Here.*image/s);
		assert.equal(text, 'Here');
		return assert.deepEqual(images, ['iVBORw0KGgo=']);
	};

	overChat('beside the text', { content: 'Here', images: [image] }, shown);
	overChat('as a part', { content: [{ type: 'text', text: 'Here' }, image] },
		shown);
	overChat('as a string', { content: 'Here', images: [{ ...image,
		image_url: image.image_url.url }] }, shown);
	overChat('somewhere else', { content: 'Here', images: [{ ...image,
		image_url: { url: 'https://x.example/i.png' } }] }, ({ text }) =>
		assert.match(text, /^Here.*https:\/\/x\.example\/i\.png/s));
	test('and back in a history', async () => {
		for (const kind of ['generate', 'responses']) {
			const { sent } = await field.ask('chat', kind, { messages: [
				{ role: 'user', content: 'x' },
				{ role: 'assistant', content: 'Here', images: [image] },
				{ role: 'user', content: 'bluer' }] });
			assert.match(JSON.stringify(sent.body), /iVBORw0KGgo=/);
		}
	});
});

describe('I: an image of the model, in a history for Responses', () => {
	const check = async (client, body) => {
		const { answer, sent } = await field.ask(client, 'responses', body);
		assert.equal(answer.status, 200, answer.text);
		for (const item of sent.body.input)
			for (const part of item.content ?? [])
				assert.ok(item.role === 'user' || part.type ===
					'output_text', JSON.stringify(item));
		assert.match(JSON.stringify(sent.body.input), /iVBORw0KGgo=/);
	};

	test('generate', () => check('generate', { contents: [
		{ role: 'user', parts: [{ text: 'x' }] },
		{ role: 'model', parts: [{ text: 'here' }, { inlineData: {
			mimeType: 'image/png', data: 'iVBORw0KGgo=' } }] },
		{ role: 'user', parts: [{ text: 'bluer' }] }] }));
	test('an item of Responses for generate', async () => {
		const { sent } = await field.ask('responses', 'generate', { input: [
			{ role: 'user', content: 'x' }, { type: 'image_generation_call',
				id: 'ig_1', status: 'completed', result: 'iVBORw0KGgo=' },
			{ role: 'user', content: 'bluer' }] });
		assert.deepEqual(sent.body.contents, [{ role: 'user', parts: [
			{ text: 'x' }, { text: '(The image that the assistant made.)' },
			{ inlineData: { mimeType: 'image/png', data: 'iVBORw0KGgo=' } },
			{ text: 'bluer' }] }]);
	});
});

describe('G: usage wherever it stands', () => {
	const usage = { prompt_tokens: 100, completion_tokens: 5,
		total_tokens: 105 };
	const counts = {
		messages: ({ json, events }) => (json ? json.usage : events.map(({
			data }) => data.usage).filter(Boolean).at(-1)),
		responses: ({ json, events }) => (json ?? events.at(-1).data.response)
			.usage,
		generate: ({ json, events }) => (json ?? events.at(-1).data)
			.usageMetadata,
	};
	const check = (client, answer, cached) => {
		const said = counts[client](replied(answer));
		if (client === 'messages')
			assert.deepEqual([said.input_tokens, said.output_tokens,
				said.cache_read_input_tokens], [100 - cached, 5, cached]);
		else if (client === 'responses')
			assert.deepEqual([said.input_tokens, said.output_tokens,
				said.input_tokens_details.cached_tokens], [100, 5, cached]);
		else
			assert.deepEqual([said.promptTokenCount,
				said.candidatesTokenCount,
				said.cachedContentTokenCount ?? 0], [100, 5, cached]);
	};
	const STREAMS = {
		'of a choice': [chatChunk({ delta: { content: 'Hi' } }),
			chatChunk({ delta: {}, finish_reason: 'stop', usage })],
		x_groq: [chatChunk({ delta: { content: 'Hi' } }),
			chatChunk({ delta: {}, finish_reason: 'stop' }, { x_groq: {
				id: 'r', usage } })],
		'x_groq beside null': [chatChunk({ delta: { content: 'Hi' } },
			{ usage: null }), chatChunk({ delta: {}, finish_reason: 'stop' },
			{ usage: null, x_groq: { id: 'r', usage } })],
		'before zeros': [chatChunk({ delta: { content: 'Hi' } }, { usage }),
			chatChunk({ delta: {}, finish_reason: 'stop' }, { usage: {
				prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 } })],
	};
	const CACHED = {
		cached_tokens: { cached_tokens: 60 },
		DeepSeek: { prompt_cache_hit_tokens: 60, prompt_cache_miss_tokens: 40 },
		LiteLLM: { cache_read_input_tokens: 60 },
		'in the words of Responses': { prompt_tokens: undefined,
			completion_tokens: undefined, input_tokens: 100,
			output_tokens: 5, input_tokens_details: {
			cached_tokens: 60 } },
		'several words': { cached_tokens: 60, prompt_tokens_details: {
			cached_tokens: 60 } },
	};

	for (const client of ['messages', 'responses', 'generate']) {
		for (const [name, events] of Object.entries(STREAMS))
			test(`${name}: ${client}`, async () => {
				const { answer } = await field.ask(client, 'chat',
					{ stream: true }, { events: [...events,
						'data: [DONE]\n\n'] });
				check(client, answer, 0);
			});
		for (const [name, more] of Object.entries(CACHED)) {
			const said = { usage: { ...usage, ...more } };
			test(`${name}: ${client}, whole`, async () => {
				const { answer } = await field.ask(client, 'chat', {},
					chatWhole({ content: 'Hi' }, said));
				check(client, answer, 60);
			});
			test(`${name}: ${client}, streamed`, async () => {
				const { answer } = await field.ask(client, 'chat',
					{ stream: true }, { events: [
						...STREAMS['of a choice'].slice(0, 1),
						chatChunk({ delta: {}, finish_reason: 'stop' }),
						chatChunk(null, said), 'data: [DONE]\n\n'] });
				check(client, answer, 60);
			});
		}
	}
});

describe('G: cache_write_tokens of Responses is a number', () => {
	for (const kind of ['chat', 'messages', 'generate'])
		for (const stream of [false, true])
			test(`${kind}, ${stream ? 'streamed' : 'whole'}`, async () => {
				const { answer } = await field.ask('responses', kind,
					{ stream });
				const { usage } = stream ? answer.events.at(-1).data.response :
					answer.json;
				assert.equal(usage.input_tokens_details.cache_write_tokens, 0);
			});
});

describe('I: a chat server takes strings', () => {
	const all = (sent) => sent.body.messages.map(({ role, content }) =>
		[role, content]);

	test('messages', async () => {
		const text = (one) => ({ type: 'text', text: one });
		const { sent } = await field.ask('messages', 'chat', {
			system: [text('S1'), text('S2')],
			tools: [{ name: 'f', input_schema: { type: 'object' } }],
			messages: [{ role: 'user', content: [text('u1'), text('u2')] },
				{ role: 'assistant', content: [text('a1'), text('a2'), {
					type: 'tool_use', id: 'toolu_1', name: 'f',
					input: {} }] },
				{ role: 'user', content: [{ type: 'tool_result',
					tool_use_id: 'toolu_1', content: [text('r1'),
						text('r2')] }, text('u3'), text('u4')] }] });
		assert.deepEqual(all(sent), [['system', 'S1\n\nS2'],
			['user', 'u1\n\nu2'], ['assistant', 'a1\n\na2'],
			['tool', 'r1\n\nr2'], ['user', 'u3\n\nu4']]);
	});
	test('responses', async () => {
		const text = (one) => ({ type: 'input_text', text: one });
		const { sent } = await field.ask('responses', 'chat', {
			instructions: 'S', input: [{ role: 'user', content: [text('u1'),
				text('u2')] }, { type: 'function_call', call_id: 'c1',
				name: 'f', arguments: '{}' }, { type: 'function_call_output',
				call_id: 'c1', output: [text('r1'), text('r2')] }] });
		assert.deepEqual(all(sent), [['system', 'S'], ['user', 'u1\n\nu2'],
			['assistant', null], ['tool', 'r1\n\nr2']]);
	});
	test('generate', async () => {
		const { sent } = await field.ask('generate', 'chat', {
			systemInstruction: { parts: [{ text: 'S1' }, { text: 'S2' }] },
			contents: [{ role: 'user', parts: [{ text: 'u1' },
				{ text: 'u2' }] }] });
		assert.deepEqual(all(sent), [['system', 'S1\n\nS2'],
			['user', 'u1\n\nu2']]);
	});
	test('a list where there is an image', async () => {
		const { sent } = await field.ask('generate', 'chat', { contents: [{
			role: 'user', parts: [{ text: 'u1' }, { inlineData: {
				mimeType: 'image/png', data: 'iVBORw0KGgo=' } }] }] });
		assert.deepEqual(sent.body.messages[0].content.map((p) => p.type),
			['text', 'image_url']);
	});
});

describe('I: a system message between the others', () => {
	const roles = (sent) => sent.body.messages.map((m) => m.role);

	for (const client of ['messages', 'responses', 'chat'])
		test(client, async () => {
			const turns = [{ role: 'user', content: 'hi' },
				{ role: client === 'responses' ? 'developer' : 'system',
					content: 'note' },
				{ role: 'assistant', content: 'ok' },
				{ role: 'user', content: 'go' }];
			const { answer, sent } = await small.ask(client, 'chat', {
				messages: { system: 'S', messages: turns },
				responses: { instructions: 'S', input: turns },
				chat: { messages: [{ role: 'system', content: 'S' },
					...turns] } }[client]);
			assert.equal(answer.status, 200, answer.text);
			assert.equal(roles(sent).lastIndexOf('system'), 0);
			assert.match(JSON.stringify(sent.body.messages),
				/<system>\\nnote\\n<\/system>/);
		});
	test('not said, behind a result', async () => {
		const { sent } = await field.ask('responses', 'chat', {
			instructions: 'S', input: [{ role: 'user', content: 'x' },
				{ type: 'function_call', call_id: 'c1', name: 'f',
					arguments: '{}' }, { type: 'function_call_output',
					call_id: 'c1', output: 'ok' }, { role: 'developer',
					content: 'note' }, { role: 'system',
					content: 'more' }] });
		assert.deepEqual(roles(sent), ['system', 'user', 'assistant', 'tool',
			'user']);
	});
});

describe('G: a failed result is told in words', () => {
	const ask = (kind, content, headers) => field.ask('messages', kind, {
		tools: [{ name: 'f', input_schema: { type: 'object' } }],
		messages: [{ role: 'user', content: 'x' }, { role: 'assistant',
			content: [{ type: 'tool_use', id: 'toolu_1', name: 'f',
				input: {} }] }, { role: 'user', content: [{
			type: 'tool_result', tool_use_id: 'toolu_1', is_error: true,
			content }] }] }, undefined, headers);
	const said = {
		responses: (sent) => sent.body.input.at(-1).output,
		chat: (sent) => sent.body.messages.find((m) => m.role === 'tool')
			.content,
	};
	const text = (one) => ({ type: 'text', text: one });
	const image = { type: 'image', source: { type: 'base64',
		media_type: 'image/png', data: 'iVBORw0KGgo=' } };

	for (const kind of ['responses', 'chat']) {
		for (const [name, content] of Object.entries({ string: 'no such file',
			part: [text('no such file')], parts: [text('no such'),
				text('file')], image: [text('no such file'), image],
			nothing: [], missing: undefined }))
			test(`${kind}: ${name}, strict`, async () => {
				const { answer, sent } = await ask(kind, content,
					{ 'x-droid2api-strict': '1' });
				assert.equal(answer.status, 200, answer.text);
				assert.match(JSON.stringify(said[kind](sent)), /Error:/);
				if (name === 'string')
					assert.equal(said[kind](sent), 'Error: no such file');
			});
		test(`${kind}: once`, async () => {
			const { sent } = await ask(kind, 'Error: no such file');
			assert.equal(said[kind](sent), 'Error: no such file');
		});
	}
});

describe('I: tool schemas that OpenAI takes', () => {
	const properties = { route: { type: 'string' }, file: { type: 'string' } };
	const offers = {
		messages: (schema) => ({ tools: [{ name: 'f',
			input_schema: schema }] }),
		generate: (schema) => ({ tools: [{ functionDeclarations: [{
			name: 'f', parametersJsonSchema: schema }] }] }),
	};
	const offered = {
		chat: (sent) => sent.body.tools[0].function,
		responses: (sent) => sent.body.tools[0],
	};

	for (const client of ['messages', 'generate'])
		for (const kind of ['chat', 'responses']) {
			test(`no properties: ${client} to ${kind}`, async () => {
				const { sent } = await field.ask(client, kind,
					offers[client]({ type: 'object' }));
				assert.deepEqual(offered[kind](sent).parameters, {
					type: 'object', properties: {} });
			});
			for (const word of ['anyOf', 'oneOf', 'allOf', 'enum', 'not'])
				test(`${word} at the root: ${client} to ${kind}`,
					async () => {
					const said = word === 'not' ? { required: ['route'] } :
						word === 'enum' ? [{ route: 'a' }] :
						[{ required: ['route'] }, { required: ['file'] }];
					for (const type of [{ type: 'object' }, {}]) {
						const { answer, sent } = await field.ask(client,
							kind, offers[client]({ ...type, properties,
								[word]: said }));
						assert.equal(answer.status, 200, answer.text);
						const { parameters, description } =
							offered[kind](sent);
						assert.deepEqual(parameters, { type: 'object',
							properties });
						assert.ok(description.includes(`"${word}"`));
					}
				});
		}
});

describe('G: the web search of Messages clients', () => {
	const options = { allowed_domains: ['example.com'], user_location: {
		type: 'approximate', country: 'DE' } };
	const offer = (more) => ({ tools: [{ type: 'web_search_20250305',
		name: 'web_search', ...options, ...more }] });
	const strict = { 'x-droid2api-strict': '1' };
	const link = { type: 'web_search_result', url: 'https://example.com/a',
		title: 'A title' };
	const pair = (answer) => {
		const content = answer.events ? answer.events.map(({ data }) =>
			data.content_block).filter(Boolean) : answer.json.content;
		const use = content.find((b) => b.type === 'server_tool_use');
		const result = content.find((b) =>
			b.type === 'web_search_tool_result');
		assert.equal(result.tool_use_id, use.id);
		return { content, use, result };
	};

	test('what Responses has is told, the rest is named', async () => {
		const { answer, sent } = await field.ask('messages', 'responses',
			offer({ max_uses: 8 }));
		assert.deepEqual(sent.body.tools, [{ type: 'web_search', filters: {
			allowed_domains: ['example.com'] }, user_location: {
			type: 'approximate', country: 'DE' } }]);
		assert.ok(sent.body.include.includes(
			'web_search_call.action.sources'));
		assert.match(answer.headers['x-droid2api-lossy'], /max_uses/);
		const { answer: plain } = await field.ask('messages', 'responses',
			offer(), undefined, strict);
		assert.equal(plain.status, 200, plain.text);
		const { answer: refused } = await field.ask('messages', 'responses',
			offer({ max_uses: 8 }), undefined, strict);
		assert.equal(refused.status, 400);
		assert.match(refused.text, /max_uses/);
	});
	test('for Google all of it is named', async () => {
		const { answer, sent } = await field.ask('messages', 'generate',
			offer({ max_uses: 8 }));
		assert.deepEqual(sent.body.tools, [{ googleSearch: {} }]);
		for (const name of ['max_uses', 'allowed_domains', 'user_location'])
			assert.ok(answer.headers['x-droid2api-lossy'].includes(name));
	});
	test('what Messages has not is named', async () => {
		const { answer, sent } = await field.ask('responses', 'messages',
			{ tools: [{ type: 'web_search', search_context_size: 'low',
				filters: { allowed_domains: ['example.com'] } }] });
		assert.deepEqual(sent.body.tools[0].allowed_domains, ['example.com']);
		assert.match(answer.headers['x-droid2api-lossy'],
			/search_context_size/);
	});

	const item = { type: 'web_search_call', id: 'ws_1', status: 'completed',
		action: { type: 'search', query: 'q', sources: [{ type: 'url',
			url: link.url, title: link.title }] } };
	const message = { type: 'message', id: 'm1', role: 'assistant',
		status: 'completed', content: [{ type: 'output_text',
			text: 'See the docs.', annotations: [] }] };
	const response = { id: 'resp_1', object: 'response', created_at: 1,
		status: 'completed', model: 'x', output: [item, message], error: null,
		incomplete_details: null, usage: { input_tokens: 10, output_tokens: 5,
			total_tokens: 15 } };
	const grounded = (text) => ({ candidates: [{ content: { role: 'model',
		parts: [{ text }] }, index: 0, finishReason: 'STOP',
		groundingMetadata: { webSearchQueries: ['q'], groundingChunks: [{
			web: { uri: link.url, title: link.title } }] } }],
		usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 5,
			totalTokenCount: 15 }, modelVersion: 'x', responseId: 'r1' });
	const REPLIES = {
		responses: [{ body: response }, { events: [
			{ type: 'response.created', response: { ...response,
				status: 'in_progress', output: [] } },
			{ type: 'response.output_item.done', output_index: 0, item },
			{ type: 'response.output_item.done', output_index: 1,
				item: message },
			{ type: 'response.completed', response }].map(named) }],
		generate: [{ body: grounded('Answer') }, { events: [sse({
			candidates: [{ content: { role: 'model', parts: [{ text:
				'An' }] }, index: 0 }], responseId: 'r1' }),
			sse(grounded('swer'))] }],
	};

	for (const kind of ['responses', 'generate'])
		for (const stream of [false, true])
			test(`results over ${kind}, ${stream ? 'streamed' : 'whole'}`,
				async () => {
				const { answer } = await field.ask('messages', kind,
					{ stream, ...offer() }, REPLIES[kind][+stream]);
				const { use, result } = pair(answer);
				assert.equal(result.content.length, 1);
				const [{ type, url, title }] = result.content;
				assert.deepEqual({ type, url, title }, link);
				if (!stream)
					assert.deepEqual(use.input, { query: 'q' });
			});
	test('a search of Google is an item of Responses', async () => {
		const { answer } = await field.ask('responses', 'generate',
			{ tools: [{ type: 'web_search' }] }, REPLIES.generate[0]);
		const { action } = answer.json.output.find((one) =>
			one.type === 'web_search_call');
		assert.deepEqual(action, { type: 'search', query: 'q', sources: [{
			type: 'url', url: link.url }] });
	});
	test('none of it goes to Anthropic', async () => {
		const { answer } = await field.ask('messages', 'responses', offer(),
			REPLIES.responses[0]);
		const { content } = pair(answer);
		const cited = { type: 'text', text: 'cited', citations: [{
			type: 'web_search_result_location', cited_text: '', url: link.url,
			title: link.title, encrypted_index: '' }] };
		const { sent } = await field.ask('messages', 'messages', {
			...offer(), messages: [{ role: 'user', content: 'x' },
				{ role: 'assistant', content: [...content, cited] },
				{ role: 'user', content: 'go on' }] });
		assert.deepEqual(sent.body.messages[1].content, [
			{ type: 'text', text: 'See the docs.' },
			{ type: 'text', text: 'cited' }]);
	});
});

describe("K: the client's own wishes survive", () => {
	for (const client of KINDS)
		test(`anthropic-beta and -version of a ${client} client`,
			async () => {
			const { sent } = await field.ask(client, 'messages', {},
				undefined, { 'anthropic-beta': 'context-1m-2025-08-07',
					'anthropic-version': '2023-06-02' });
			assert.equal(sent.headers['anthropic-beta'],
				'context-1m-2025-08-07');
			assert.equal(sent.headers['anthropic-version'], '2023-06-02');
			const { sent: plain } = await field.ask(client, 'chat', {},
				undefined, { 'anthropic-beta': 'x-1' });
			assert.equal(plain.headers['anthropic-beta'], undefined);
		});
	test('a level alone shows no thoughts', async () => {
		const { generationConfig: level } = (await levels.ask('generate',
			'generate', {})).sent.body;
		assert.equal(level.thinkingConfig.includeThoughts, undefined);
		for (const includeThoughts of [true, false]) {
			const { sent } = await levels.ask('generate', 'generate', {
				generationConfig: { thinkingConfig: { includeThoughts } } });
			assert.equal(sent.body.generationConfig.thinkingConfig
				.includeThoughts, includeThoughts);
		}
		const { sent } = await levels.ask('messages', 'generate', {});
		assert.equal(sent.body.generationConfig.thinkingConfig
			.includeThoughts, true);
	});

	const idle = { n: 1, logprobs: false, top_logprobs: 0, logit_bias: {},
		presence_penalty: 0, frequency_penalty: 0, stop: null, tools: [],
		parallel_tool_calls: true, store: false, metadata: {}, user: '',
		seed: null, modalities: ['text'], response_format: { type: 'text' },
		prediction: null, web_search_options: null, service_tier: 'auto' };
	for (const kind of ['responses', 'messages', 'generate'])
		test(`idle defaults are no loss to ${kind}`, async () => {
			for (const one of Object.keys(idle)) {
				const { answer } = await field.ask('chat', kind, {
					[one]: idle[one] }, undefined,
				{ 'x-droid2api-strict': '1' });
				assert.equal(answer.status, 200, `${one}: ${answer.text}`);
				assert.equal(answer.headers['x-droid2api-lossy'], undefined,
					one);
			}
		});
	test('idle defaults are no loss to a model that reasons', async () => {
		const { answer } = await levels.ask('chat', 'chat', { logprobs: false,
			presence_penalty: 0, frequency_penalty: 0.0,
			logit_bias: {} }, undefined,
		{ 'x-droid2api-strict': '1' });
		assert.equal(answer.status, 200, answer.text);
		const { answer: real } = await levels.ask('chat', 'chat', {
			presence_penalty: 0.5 });
		assert.match(real.headers['x-droid2api-lossy'], /penalties/);
	});
});

describe('G: namespaces with and without underscores at their end', () => {
	const declare = (...names) => ({ tools: names.map((name) => ({
		type: 'namespace', name, description: 'd', tools: [{
			type: 'function', name: 'status', description: 's',
			parameters: { type: 'object', properties: {} } }] })) });
	const offered = {
		chat: (sent) => sent.body.tools.map((t) => t.function.name),
		messages: (sent) => sent.body.tools.map((t) => t.name),
		generate: (sent) => sent.body.tools[0].functionDeclarations.map((t) =>
			t.name),
	};

	for (const kind of ['chat', 'messages', 'generate'])
		for (const name of ['mcp__burp__', 'mcp__burp'])
			test(`${name} to ${kind}`, async () => {
				const { sent } = await field.ask('responses', kind,
					declare(name));
				assert.deepEqual(offered[kind](sent),
					['mcp__burp__status']);
			});
	for (const name of ['mcp__burp__', 'mcp__burp'])
		test(`a call comes back to ${name}`, async () => {
			const { answer } = await field.ask('responses', 'chat',
				declare(name), chatWhole({ content: null, tool_calls: [{
					id: 'a', type: 'function', function: {
						name: 'mcp__burp__status',
						arguments: '{}' } }] }));
			const call = answer.json.output.find((item) =>
				item.type === 'function_call');
			assert.deepEqual([call.namespace, call.name],
				[name, 'status']);
		});
	test('both at once are told apart', async () => {
		const { sent } = await field.ask('responses', 'chat',
			declare('mcp__burp__', 'mcp__burp'));
		assert.equal(new Set(offered.chat(sent)).size, 2);
	});
});

describe('G: configuration_update', () => {
	const input = (...updates) => ({ input: [{ role: 'user', content: 'a' },
		...updates.map((more) => ({ type: 'configuration_update', ...more })),
		{ role: 'user', content: 'b' }] });
	const low = { reasoning: { effort: 'low' } };
	const high = { reasoning: { effort: 'high' }, text: {
		verbosity: 'low' } };

	test('the last one is said to chat', async () => {
		const { sent } = await field.ask('responses', 'chat', { ...input(low,
			high), reasoning: { effort: 'medium' } });
		assert.equal(sent.body.reasoning_effort, 'high');
		assert.equal(sent.body.verbosity, 'low');
		assert.equal(sent.body.messages.length, 1);
		assert.equal(sent.body.messages[0].content, 'a\n\nb');
	});
	test('to messages and generate', async () => {
		const { sent } = await field.ask('responses', 'messages', input(high));
		assert.equal(sent.body.thinking.type, 'enabled');
		const { sent: google } = await field.ask('responses', 'generate',
			input(high));
		assert.equal(google.body.generationConfig.thinkingConfig
			.thinkingLevel, 'HIGH');
	});
	test('a wrong effort is refused', async () => {
		const { answer } = await field.ask('responses', 'chat', input({
			reasoning: { effort: 'huge' } }));
		assert.equal(answer.status, 400);
	});
});

describe("G: tools of a chat client in other APIs' forms", () => {
	const schema = { type: 'object', properties: { a: { type: 'string' } } };

	for (const [name, tool] of Object.entries({
		flat: { type: 'function', name: 'f', parameters: schema },
		'without a type': { name: 'f', input_schema: schema } }))
		test(name, async () => {
			const { answer, sent } = await field.ask('chat', 'messages',
				{ tools: [tool] });
			assert.equal(answer.status, 200, answer.text);
			assert.deepEqual(sent.body.tools[0].input_schema, schema);
		});
	test('flat and custom', async () => {
		const { answer, sent } = await field.ask('chat', 'messages', { tools: [
			{ type: 'custom', name: 'patch', description: 'd', format: {
				type: 'text' } }] });
		assert.equal(answer.status, 200, answer.text);
		assert.equal(sent.body.tools[0].name, 'patch');
	});
});

describe("G: a body of OpenAI's other API on this path", () => {
	const parameters = { type: 'object', properties: { city: {
		type: 'string' } } };
	const BODIES = {
		// undefined takes the other API's own text out of the body
		chat: { messages: undefined, instructions: 'Be brief.', input: [
			{ role: 'user', content: 'the question' },
			{ type: 'function_call', call_id: 'call_1', name: 'get_time',
				arguments: '{}' },
			{ type: 'function_call_output', call_id: 'call_1',
				output: 'noon' }],
		tools: [{ type: 'function', name: 'get_time', parameters }] },
		responses: { input: undefined, messages: [
			{ role: 'system', content: 'Be brief.' },
			{ role: 'user', content: 'the question' },
			{ role: 'assistant', content: null, tool_calls: [{
				id: 'call_1', type: 'function', function: {
					name: 'get_time', arguments: '{}' } }] },
			{ role: 'tool', tool_call_id: 'call_1', content: 'noon' }],
		tools: [{ type: 'function', function: { name: 'get_time',
			parameters } }] },
	};
	for (const client of ['chat', 'responses'])
		for (const kind of KINDS)
			for (const stream of [false, true])
				test(`${client} to ${kind}, ${stream ? 'streamed' :
				    'whole'}`, async () => {
					const { answer, sent } = await field.ask(client,
					    kind, { ...BODIES[client], stream });
					assert.equal(answer.status, 200, answer.text);
					const said = JSON.stringify(sent.body);
					for (const part of ['Be brief.', 'the question',
						'get_time', 'noon', 'city'])
						assert.ok(said.includes(part), said);
					if (stream)
						assert.match(answer.text, client === 'chat' ?
						    /data: \[DONE\]/ : /response\.completed/);
					else
						assert.equal(answer.json.object, client ===
						    'chat' ? 'chat.completion' : 'response');
				});
	test('a string as input, and usage at the end of the stream',
	    async () => {
		const { answer } = await field.ask('chat', 'messages', {
			messages: undefined, input: 'hi', stream: true,
			stream_options: { include_usage: true } });
		assert.match(answer.text, /"usage":\{/);
	});
	test('with both, the path tells', async () => {
		const { sent } = await field.ask('chat', 'messages',
		    { input: 'nothing' });
		assert.doesNotMatch(JSON.stringify(sent.body), /nothing/);
	});
});

describe("G: Anthropic's blocks in the messages of a chat client", () => {
	const messages = [{ role: 'user', content: 'x' },
		{ role: 'assistant', content: [{ type: 'text', text: 'look' },
			{ type: 'tool_use', id: 'toolu_1', name: 'f',
				input: { a: 1 } }] },
		{ role: 'user', content: [
			{ type: 'tool_result', tool_use_id: 'toolu_1',
				content: [{ type: 'text', text: 'the result' }] },
			{ type: 'text', text: 'go on' }] }];
	const tools = [{ name: 'f', input_schema: { type: 'object',
		properties: {} } }];
	const WANTED = {
		chat: (body) => body.messages[1].tool_calls[0].id === 'toolu_1' &&
		    body.messages[1].tool_calls[0].function.arguments ===
		    '{"a":1}' && body.messages[2].tool_call_id === 'toolu_1' &&
		    body.tools[0].function.name === 'f',
		responses: (body) => body.input.some((item) =>
		    item.type === 'function_call' && item.call_id === 'toolu_1' &&
		    item.arguments === '{"a":1}') && body.input.some((item) =>
		    item.type === 'function_call_output' &&
		    item.call_id === 'toolu_1'),
		messages: (body) => body.messages[1].content.some((block) =>
		    block.type === 'tool_use' && block.input.a === 1) &&
		    body.messages[2].content[0].type === 'tool_result',
		generate: (body) => body.contents[1].parts.some((part) =>
		    part.functionCall?.args.a === 1) && body.contents[2].parts.some(
		    (part) => part.functionResponse?.name === 'f'),
	};
	for (const kind of KINDS)
		for (const stream of [false, true])
			test(`${kind}, ${stream ? 'streamed' : 'whole'}`, async () => {
				const { answer, sent } = await field.ask('chat', kind,
				    { messages, tools, stream });
				assert.equal(answer.status, 200, answer.text);
				assert.ok(WANTED[kind](sent.body),
				    JSON.stringify(sent.body));
				assert.match(JSON.stringify(sent.body), /the result/);
				assert.match(JSON.stringify(sent.body), /go on/);
			});
	// Each of them alone is one too many for a chat server.
	const image = { type: 'image', source: { type: 'base64',
		media_type: 'image/png', data: 'iVBORw0KGgo=' } };
	const shown = [{ role: 'user', content: [image, { type: 'text',
		text: 'what is it?' }] }];
	test('an image', async () => {
		const { answer, sent } = await field.ask('chat', 'chat',
		    { messages: shown });
		assert.equal(answer.status, 200, answer.text);
		assert.deepEqual(sent.body.messages[0].content[0], {
			type: 'image_url', image_url: {
				url: 'data:image/png;base64,iVBORw0KGgo=' } });
	});
	test('an image, for Google', async () => {
		const { sent } = await field.ask('chat', 'generate',
		    { messages: shown });
		assert.deepEqual(sent.body.contents[0].parts[0], { inlineData: {
			mimeType: 'image/png', data: 'iVBORw0KGgo=' } });
	});
	for (const [name, tool] of [['with input_schema', tools[0]],
		['that is flat', { type: 'function', name: 'f', parameters: {
			type: 'object', properties: {} } }]])
		test(`a tool ${name}`, async () => {
			const { answer, sent } = await field.ask('chat', 'chat',
			    { tools: [tool] });
			assert.equal(answer.status, 200, answer.text);
			assert.equal(sent.body.tools[0].function.name, 'f');
		});
	test('without any, bytes pass as they are', async () => {
		const parts = [{ role: 'user', content: [{ type: 'text',
			text: 'tool_use' }, { type: 'image_url', image_url: {
			url: 'https://x.test/a.png' } }] }];
		const { sent } = await field.ask('chat', 'chat', {
			messages: parts, odd_setting: 1, tools: [{ type: 'function',
				function: { name: 'f', parameters: { type: 'object',
					properties: {} } } }] });
		assert.equal(sent.body.odd_setting, 1);
		assert.deepEqual(sent.body.messages, parts);
	});
});
