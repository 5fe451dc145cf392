// What agents ask beside the documents, in all the pairs where it can occur: what
// they mean must reach the upstream as its API takes it (the strict upstream
// answers 400 else), or be refused by its name.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { KINDS, describe, startField, test } from './field.mjs';

let field, other;

before(async () => {
	field = await startField();
	other = await startField({ models: { chat: { mid_system: true },
		messages: { thinking: 'adaptive' } } });
});
after(async () => {
	await field?.stop();
	await other?.stop();
});

const others = (client) => KINDS.filter((kind) => kind !== client);

// What is sent must hold these texts as JSON.
function arrives(what, client, body, holds, lossy) {
	for (const kind of others(client))
		test(`${what}: ${client} to ${kind}`, async () => {
			const { answer, sent } = await field.ask(client, kind, body);
			assert.equal(answer.status, 200, answer.text);
			const text = JSON.stringify(sent.body);
			for (const part of [holds[kind] ?? holds.all ?? []].flat())
				assert.ok(text.includes(part), `${part} in ${text}`);
			if (lossy !== undefined)
				assert.equal(answer.headers['x-droid2api-lossy'] ?? '', lossy);
		});
}

// Refused before anything is sent, in the client's dialect.
function refused(what, client, body, words, kinds = others(client)) {
	for (const kind of kinds)
		test(`${what}: ${client} to ${kind}`, async () => {
			const { answer, sent } = await field.ask(client, kind, body);
			assert.equal(sent, undefined);
			assert.equal(answer.status, 400, answer.text);
			assert.match(answer.json.error.message, words);
		});
}

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk' +
	'+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const URL64 = PNG.replace(/\+/g, '-').replace(/\//g, '_');
const LINES = `${PNG.slice(0, 40)}\r\n${PNG.slice(40)}\n`;
const user = (...content) => ({ messages: [{ role: 'user', content }] });
const source = (more) => user({ type: 'image', source: { type: 'base64',
	media_type: 'image/png', data: PNG, ...more } });
const url = (at) => user({ type: 'image_url', image_url: { url: at } });
const item = (...content) => ({ input: [{ role: 'user', content }] });
const parts = (...list) => ({ contents: [{ role: 'user', parts: list }] });

describe('G: files as clients say them', () => {
	const image = { chat: `"url":"data:image/png;base64,${PNG}"`,
		responses: `"image_url":"data:image/png;base64,${PNG}"`,
		messages: `"media_type":"image/png","data":"${PNG}"`,
		generate: `"mimeType":"image/png","data":"${PNG}"` };

	for (const [what, client, body] of [
		['another type', 'chat', url(`data:image/jpg;base64,${PNG}`)],
		['no type', 'chat', url(`data:application/octet-stream;base64,${PNG}`)],
		['data in lines', 'chat', url(`data:image/png;base64,${LINES}`)],
		['data for a link', 'chat', url(PNG)],
		['no type', 'messages', source({ media_type: undefined })],
		['a data URL for data', 'messages', source({
			data: `data:image/png;base64,${PNG}` })],
		['a data URL for a link', 'messages', user({ type: 'image', source: {
			type: 'url', url: `data:image/png;base64,${PNG}` } })],
		['a file that is an image', 'responses', item({ type: 'input_file',
			file_data: `data:image/png;base64,${PNG}`, filename: 'a.png' })],
		['the alphabet of URLs', 'responses', item({ type: 'input_image',
			image_url: `data:image/png;base64,${URL64}` })],
		['no type', 'generate', parts({ inlineData: { data: PNG } })],
		['a type in capitals', 'generate', parts({ inline_data: {
			mime_type: 'IMAGE/PNG', data: PNG } })],
		['a data URL for a link', 'generate', parts({ fileData: {
			fileUri: `data:image/png;base64,${PNG}` } })],
	])
		arrives(what, client, body, image);

	const pdf = { chat: '"file_data":"data:application/pdf;base64,JVBERi0="',
		responses: '"file_data":"data:application/pdf;base64,JVBERi0="',
		messages: '"media_type":"application/pdf","data":"JVBERi0="',
		generate: '"mimeType":"application/pdf","data":"JVBERi0="' };
	arrives('bare data', 'chat', user({ type: 'file', file: {
		filename: 'a.pdf', file_data: 'JVBERi0=' } }), pdf);
	arrives('bare data', 'responses', item({ type: 'input_file',
		filename: 'a.pdf', file_data: 'JVBERi0=' }), pdf);

	const text = { chat: '"content":"a.md\\n\\n# h"',
		messages: '"media_type":"text/plain","data":"# h"},"title":"a.md"',
		responses: '"data:text/markdown;base64,IyBo"',
		generate: '"mimeType":"text/markdown","data":"IyBo"' };
	arrives('bare text', 'chat', user({ type: 'file', file: {
		filename: 'a.md', file_data: 'IyBo' } }), text);
	arrives('a text file', 'responses', item({ type: 'input_file',
		filename: 'a.md', file_data: 'data:text/markdown;base64,IyBo' }), text);
	arrives('a text file', 'generate', parts({ inlineData: {
		mimeType: 'text/markdown', data: 'IyBo' } }), { ...text,
		chat: '"content":"# h"', messages: '"data":"# h"',
		responses: '"filename":"document.txt"' });
	arrives('a title', 'messages', user({ type: 'document', title: 'Plan',
		source: { type: 'text', media_type: 'text/plain', data: 'words' } }),
		{ all: 'Plan\\n\\nwords' });

	const id = /a file id of another API's store/;
	refused('a file id', 'chat', user({ type: 'file', file: {
		file_id: 'file-1' } }, { type: 'text', text: 'q' }), id,
		['messages', 'generate']);
	refused('a file id', 'responses', item({ type: 'input_image',
		file_id: 'file-1' }, { type: 'input_text', text: 'q' }), id);
	refused('a file id', 'messages', user({ type: 'document', source: {
		type: 'file', file_id: 'file_1' } }, { type: 'text', text: 'q' }), id);
	refused('a video', 'generate', parts({ inlineData: {
		mimeType: 'video/mp4', data: 'AAAA' } }, { text: 'q' }), /video|PDF/);
});

describe('G: audio in a data URL, as Codex says it', () => {
	for (const [kind, holds] of Object.entries({
		chat: '"input_audio":{"data":"UklGRgAA","format":"wav"}',
		generate: '"mimeType":"audio/wav","data":"UklGRgAA"' }))
		test(kind, async () => {
			const { answer, sent } = await field.ask('responses', kind,
				item({ type: 'input_audio',
					audio_url: 'data:audio/wav;base64,UklGRgAA' }));
			assert.equal(answer.status, 200, answer.text);
			const text = JSON.stringify(sent.body);
			assert.ok(text.includes(holds), text);
			assert.equal(answer.headers['x-droid2api-lossy'], undefined);
		});
});

describe('I: images that the model made are shown by the user', () => {
	const said = { role: 'user', content: 'x' };
	const made = { type: 'image_url', image_url: {
		url: `data:image/png;base64,${PNG}` } };
	const call = { id: 'c1', type: 'function', function: { name: 'f',
		arguments: '{}' } };
	const note = '(The image that the assistant made.)';

	arrives('in a turn', 'chat', { messages: [said, { role: 'assistant',
		content: 'Here', images: [made, made] }, said] }, { all: PNG }, '');
	arrives('beside a call', 'chat', { messages: [said, { role: 'assistant',
		content: [made], tool_calls: [call] }, { role: 'tool',
		tool_call_id: 'c1', content: 'done' }],
	tools: [{ type: 'function', function: { name: 'f' } }] }, { all: PNG }, '');
	for (const kind of ['chat', 'messages', 'generate'])
		test(`an item: responses to ${kind}`, async () => {
			const { answer, sent } = await field.ask('responses', kind, {
				input: [said, { type: 'image_generation_call', id: 'ig_1',
					result: PNG, status: 'completed' }, { role: 'user',
					content: 'bluer' }] });
			assert.equal(answer.status, 200, answer.text);
			const text = JSON.stringify(sent.body);
			assert.ok(text.includes(PNG) && text.indexOf(PNG) <
				text.indexOf('bluer'), text);
			assert.ok(text.includes(note), text);
		});
});

describe('I: tools as clients say them', () => {
	const schema = { type: 'object', properties: { path: {
		type: 'string' } } };
	const flat = { name: 'look', description: 'Looks.' };
	const tools = {
		'nested': { type: 'function', function: { ...flat,
			parameters: schema } },
		'nested, without a type': { function: { ...flat,
			parameters: schema } },
		'flat': { type: 'function', ...flat, parameters: schema },
		'flat, without a type': { ...flat, parameters: schema },
		"of Anthropic's": { ...flat, input_schema: schema },
	};
	const asked = { chat: { messages: [{ role: 'user', content: 'x' }] },
		responses: { input: 'x' },
		messages: { messages: [{ role: 'user', content: 'x' }] },
		generate: { contents: [{ role: 'user', parts: [{ text: 'x' }] }] } };

	for (const client of ['chat', 'responses', 'messages'])
		for (const [what, tool] of Object.entries(tools))
			arrives(what, client, { ...asked[client], tools: [tool] },
				{ all: ['"name":"look"', '"path":{"type":"string"}'] }, '');
	const forced = { chat: '"tool_choice":"required"',
		responses: '"tool_choice":"required"',
		messages: '"tool_choice":{"type":"any"}', generate: '"mode":"ANY"' };
	for (const client of ['chat', 'responses', 'messages'])
		for (const choice of ['required', 'any', { type: 'any' },
			{ type: 'required' }])
			arrives(`choice ${JSON.stringify(choice)}`, client, {
				...asked[client], tools: [tools.nested],
				tool_choice: choice }, forced, '');
	for (const client of ['chat', 'responses', 'messages'])
		for (const choice of [{ type: 'tool', name: 'look' },
			{ type: 'function', name: 'look' },
			{ type: 'function', function: { name: 'look' } }])
			arrives(`choice ${JSON.stringify(choice)}`, client, {
				...asked[client], tools: [tools.nested],
				tool_choice: choice }, { generate: '["look"]',
				all: 'look"}' }, '');

	const twice = [tools.nested, { type: 'function', function: { ...flat,
		description: 'Again.', parameters: schema } }];
	for (const [client, list] of [['chat', twice],
		['messages', [0, 1].map((i) => ({ name: 'look', description:
			twice[i].function.description, input_schema: schema }))],
		['generate', [{ functionDeclarations: [0, 1].map((i) => ({
			name: 'look', description: twice[i].function.description,
			parametersJsonSchema: schema })) }]]])
		for (const kind of others(client))
			test(`said twice: ${client} to ${kind}`, async () => {
				const { answer, sent } = await field.ask(client, kind,
					{ ...asked[client], tools: list });
				assert.equal(answer.status, 200, answer.text);
				const text = JSON.stringify(sent.body.tools);
				assert.equal(text.split('"look"').length, 2, text);
				assert.match(text, /Looks/);
			});
});

describe('I: schemas as languages and servers make them', () => {
	const of = (parameters) => ({ messages: [{ role: 'user', content: 'x' }],
		tools: [{ type: 'function', function: { name: 'f', parameters } }] });
	const root = { generate: '"parametersJsonSchema":{"type":"object"',
		messages: '"input_schema":{"type":"object"',
		responses: '"parameters":{"type":"object"' };

	arrives('a list of no properties', 'chat', of({ type: 'object',
		properties: [], required: null }), root, '');
	arrives('no properties inside', 'chat', of({ type: 'object',
		properties: { a: { type: 'object', properties: [] } } }),
	{ all: '"a":{"type":"object"}' }, '');
	arrives('an array of anything', 'chat', of({ type: 'object', properties: {
		type: { type: 'array' }, b: { type: 'array', items: {} } } }),
	{ all: '{"type":{"type":"array","items":{}},"b":{"type":"array",' +
		'"items":{}}}' }, '');
	arrives('a root that is no object', 'chat', of({ type: 'string' }), root,
		'schema_keywords');
	arrives('a root that may be null', 'chat', of({ type: ['object', 'null'],
		properties: { a: { type: 'string' } } }), { ...root,
		all: '"a":{"type":"string"}' }, 'schema_keywords');
});

describe('K: members that nobody knows are named, at each level', () => {
	const named = (body, client, lossy) => arrives(lossy, client, body, {},
		lossy);
	const messages = (more, part, turn) => ({ messages: [{ role: 'user',
		content: [{ type: 'text', text: 'x', ...part }], ...turn }], ...more });
	const input = (part, turn) => ({ input: [{ role: 'user', content: [{
		type: 'input_text', text: 'x', ...part }], ...turn }] });
	const contents = (more, part, turn) => ({ contents: [{ role: 'user',
		parts: [{ text: 'x', ...part }], ...turn }], ...more });
	const own = { tools: [{ name: 'f', input_schema: { type: 'object' },
		zest: 1 }] };
	const tool = { type: 'function', function: { name: 'f' } };

	named(messages({}, { zest: 1 }), 'chat', 'unknown:messages.zest');
	named(messages({}, {}, { rind: 1 }), 'chat', 'unknown:messages.rind');
	named(messages({}, {}, { name: 'Ann' }), 'chat', 'unknown:messages.name');
	named(messages({ tools: [{ ...tool, zest: 1 }] }), 'chat',
		'unknown:tools.zest');
	named(messages({ tools: [{ ...tool, function: { name: 'f', rind: 1 } }] }),
		'chat', 'unknown:tools.rind');
	named(messages({ stream_options: { zest: 1 } }), 'chat',
		'unknown:stream_options.zest');
	named(input({ zest: 1 }), 'responses', 'unknown:input.zest');
	named(input({}, { rind: 1 }), 'responses', 'unknown:input.rind');
	named({ ...input(), tools: [{ type: 'function', name: 'f', zest: 1 }] },
		'responses', 'unknown:tools.zest');
	named(messages({}, { zest: 1 }), 'messages', 'unknown:messages.zest');
	named(messages({}, {}, { rind: 1 }), 'messages', 'unknown:messages.rind');
	named(messages(own), 'messages', 'unknown:tools.zest');
	named(messages({ metadata: { zest: 1 } }), 'messages',
		'unknown:metadata.zest');
	named(messages({ thinking: { type: 'adaptive', zest: 1 } }), 'messages',
		'unknown:thinking.zest');
	named(contents({}, { zest: 1 }), 'generate', 'unknown:contents.zest');
	named(contents({}, {}, { rind: 1 }), 'generate', 'unknown:contents.rind');
	named(contents({ tools: [{ functionDeclarations: [{ name: 'f',
		zest: 1 }] }] }), 'generate', 'unknown:tools.zest');
	// What says nothing is no loss.
	named(messages({}, { cache_control: null, zest: null }, {
		tool_calls: [], refusal: null }), 'chat', '');
});

describe('G: contents of Google that are no contents', () => {
	for (const [what, contents] of [['a string', 'words'],
		['strings', ['words']], ['parts', [{ text: 'words' }]],
		['a content', { parts: [{ text: 'words' }] }]])
		arrives(what, 'generate', { contents }, { all: '"words"' }, '');
	refused('a part of two', 'generate', parts({ text: 'x', inlineData: {
		mimeType: 'image/png', data: PNG } }), /parts\[0\]: holds data of two/);
	arrives('an output in another place', 'responses', { input: [
		{ role: 'user', content: 'x' }, { type: 'function_call',
			call_id: 'c', name: 'f', arguments: '{}' },
		{ type: 'function_call_output', call_id: 'c', content: 'words' }],
	tools: [{ type: 'function', name: 'f' }] }, { all: '"words"' }, '');
});

describe('G: what was thought and what a tool gave, in histories of chat', () => {
	const said = { role: 'user', content: 'x' };
	const history = (content, more) => ({ messages: [said, {
		role: 'assistant', content, ...more }, said] });
	const answer = { type: 'text', text: 'Yes.' };
	const thoughts = { generate: '{"text":"Hm","thought":true}' };

	for (const [what, part, lossy] of [
		["Mistral's", { type: 'thinking', thinking: [{ type: 'text',
			text: 'Hm' }], closed: true }, ''],
		["Anthropic's", { type: 'thinking', thinking: 'Hm',
			signature: 'RVFD' }, 'seal'],
	])
		for (const kind of others('chat'))
			test(`${what}: chat to ${kind}`, async () => {
				const { answer: given, sent } = await field.ask('chat', kind,
					history([part, answer]));
				assert.equal(given.status, 200, given.text);
				const text = JSON.stringify(sent.body);
				assert.ok(text.includes(thoughts[kind] ?? 'Yes.'), text);
				assert.ok(kind === 'generate' || !text.includes('Hm'), text);
				assert.match(given.headers['x-droid2api-lossy'] ?? '',
					new RegExp(lossy));
			});
	arrives('a redacted one', 'chat', history([{ type: 'redacted_thinking',
		data: 'RVFE' }, answer]), { all: 'Yes.' }, 'seal');

	const results = (content, more) => ({ messages: [said, {
		role: 'assistant', content: null, tool_calls: [{ id: 'c1',
			type: 'function', function: { name: 'f', arguments: '{}' } }] },
	{ role: 'tool', tool_call_id: 'c1', content, ...more }],
	tools: [{ type: 'function', function: { name: 'f' } }] });
	arrives('an object', 'chat', results({ ok: true }),
		{ all: JSON.stringify(JSON.stringify({ ok: true })) }, '');
	arrives('objects', 'chat', results([{ n: 1 }]),
		{ all: JSON.stringify(JSON.stringify([{ n: 1 }])) }, '');
	test('a mark of a result is one mark', async () => {
		const { sent } = await field.ask('chat', 'messages', results('done',
			{ cache_control: { type: 'ephemeral' } }));
		assert.deepEqual(sent.body.messages.at(-1).content, [{
			type: 'tool_result', tool_use_id: 'c1', content: [{
				type: 'text', text: 'done' }],
			cache_control: { type: 'ephemeral' } }]);
	});
});

describe('K: settings in their odd spellings', () => {
	const chat = (more) => ({ messages: [{ role: 'user', content: 'json' }],
		...more });
	const schema = { type: 'object', properties: { a: { type: 'string' } } };
	const high = { responses: '"effort":"high"', generate: '"HIGH"',
		messages: '"budget_tokens":24576' };
	const medium = { responses: '"effort":"medium"', generate: '"MEDIUM"',
		messages: '"budget_tokens":12288' };

	arrives('a schema of llama.cpp', 'chat', chat({ response_format: {
		type: 'json_object', schema } }), { all: '"a":{"type":"string"}' });
	arrives('reasoning: high', 'chat', chat({ reasoning: 'high' }), high, '');
	arrives('reasoning: true', 'chat', chat({ reasoning: true }), medium, '');
	arrives('thinking: true', 'chat', chat({ thinking: true }), medium, '');
	refused('thinking: 1', 'chat', chat({ thinking: 1 }), /^thinking must be/);
	refused('reasoning: high', 'responses', { input: 'x', reasoning: 'high' },
		/^reasoning must be an object/);
	refused('text: x', 'responses', { input: 'x', text: 'x' },
		/^text must be an object/);
	test('thinking that is off with an effort stays both', async () => {
		const body = { thinking: { type: 'disabled' }, output_config: {
			effort: 'high' } };
		const { sent } = await field.ask('messages', 'messages', body);
		assert.deepEqual({ thinking: sent.body.thinking,
			output_config: sent.body.output_config }, body);
	});
});

describe('C: calls, outputs and ids as they stand in histories', () => {
	const call = (id) => ({ type: 'function_call', call_id: id, name: 'f',
		arguments: '{}' });
	const output = (id, said) => ({ type: 'function_call_output', call_id: id,
		output: said });
	const said = { role: 'user', content: 'x' };
	const tools = [{ type: 'function', name: 'f' }];

	arrives('an output of no call, alone, in parts', 'responses', { input: [{
		type: 'function_call_output', name: 'create_thread',
		namespace: 'codex', call_id: null, output: [{ type: 'input_text',
			text: 'do it' }] }] }, { all: 'create_thread:\\ndo it' }, '');
	arrives('an output behind what the user said', 'responses', { tools,
		input: [said, call('c1'), { role: 'user', content: 'steer' },
			output('c1', 'first')] }, {
		chat: '{"role":"tool","tool_call_id":"c1","content":"first"},' +
			'{"role":"user","content":"steer"}',
		messages: '[{"type":"tool_result","tool_use_id":"c1","content":[' +
			'{"type":"text","text":"first"}]},{"type":"text",' +
			'"text":"steer"}]',
		generate: ['"first"', '"steer"'] }, '');
	test("Kimi's id, said by a Responses client", async () => {
		const id = 'functions.get_weather:0';
		const { sent } = await field.ask('responses', 'chat', { tools,
			input: [said, call(id), output(id, 'first')] });
		const [, turn, result] = sent.body.messages;
		assert.equal(turn.tool_calls[0].id, id);
		assert.equal(result.tool_call_id, id);
	});
	test('long ids that differ at their end, for Anthropic', async () => {
		const ids = ['', '2'].map((end) =>
			`call_ab.c|fc_${'x'.repeat(100)}${end}`);
		const { answer, sent } = await field.ask('chat', 'messages', {
			messages: [said, { role: 'assistant', content: null,
				tool_calls: ids.map((id) => ({ id, type: 'function',
					function: { name: 'f', arguments: '{}' } })) },
			...ids.map((id, index) => ({ role: 'tool', tool_call_id: id,
				content: `res${index}` }))],
			tools: [{ type: 'function', function: { name: 'f' } }] });
		assert.equal(answer.status, 200, answer.text);
		const [, { content: uses }, { content: results }] =
		    sent.body.messages;
		assert.notEqual(uses[0].id, uses[1].id);
		uses.forEach(({ id }) => assert.match(id, /^[a-zA-Z0-9_-]+$/));
		assert.deepEqual(results.map((one) => [one.tool_use_id,
			one.content[0].text]), uses.map(({ id }, index) => [id,
			`res${index}`]));
	});
});

describe('I: a system message between the others, by the entry', () => {
	const note = (role) => [{ role: 'user', content: 'hi' }, { role,
		content: 'note' }, { role: 'user', content: 'go' }];

	test('that says nothing: text of the user', async () => {
		const { sent } = await field.ask('responses', 'chat', {
			instructions: 'S', input: note('developer') });
		assert.deepEqual(sent.body.messages, [{ role: 'system',
			content: 'S' }, { role: 'user', content:
			'hi\n\n<system>\nnote\n</system>\n\ngo' }]);
	});
	test('that takes it: it stays where it is', async () => {
		const { sent } = await other.ask('messages', 'chat', {
			system: 'S', messages: note('system') });
		assert.deepEqual(sent.body.messages, [{ role: 'system',
			content: 'S' }, ...note('system')]);
	});
	test('an image beside text stays a list', async () => {
		const { sent } = await field.ask('messages', 'chat', user({
			type: 'text', text: 'look' }, { type: 'image', source: {
			type: 'base64', media_type: 'image/png', data: PNG } }));
		assert.deepEqual(sent.body.messages[0].content, [{ type: 'text',
			text: 'look' }, { type: 'image_url', image_url: {
			url: `data:image/png;base64,${PNG}` } }]);
	});
});

describe('G: what Codex and Cursor say in the middle', () => {
	test('an effort from here on, to a model that adapts', async () => {
		const { sent } = await other.ask('responses', 'messages', { input: [
			{ role: 'user', content: 'x' }, { type:
			'configuration_update', reasoning: { effort: 'high' } },
			{ role: 'user', content: 'and then' }],
		reasoning: { effort: 'low' } });
		assert.equal(sent.body.thinking.type, 'adaptive');
		assert.equal(sent.body.output_config.effort, 'high');
		assert.deepEqual(sent.body.messages.flatMap(({ content }) =>
			content).map(({ text }) => text), ['x', 'and then']);
	});

	const schema = { type: 'object', properties: {} };
	const BODIES = {
		'a custom tool with a grammar': [{ messages: [{ role: 'user',
			content: 'x' }], tools: [{ type: 'custom',
			name: 'ApplyPatch', description: 'd', format: {
				type: 'grammar', syntax: 'lark',
				definition: 'start: /x/' } }] },
		/"name":"ApplyPatch".*start: \/x\//],
		'a result that is a string': [{ messages: [{ role: 'user',
			content: 'x' }, { role: 'assistant', content: [{
			type: 'tool_use', id: 'toolu_1', name: 'f', input: {
				a: 1 } }] }, { role: 'user', content: [{
			type: 'tool_result', tool_use_id: 'toolu_1',
			content: 'the result' }] }], tools: [{ name: 'f',
			input_schema: schema }] },
		/"id":"toolu_1".*"input":\{"a":1\}.*"toolu_1".*"the result"/],
	};
	for (const [name, [body, words]] of Object.entries(BODIES))
		for (const stream of [false, true])
			test(`${name}, ${stream ? 'streamed' : 'whole'}`,
			    async () => {
				const { answer, sent } = await field.ask('chat',
				    'messages', { ...body, stream });
				assert.equal(answer.status, 200, answer.text);
				assert.match(JSON.stringify(sent.body), words);
				const { object } = answer.events?.[0].data ??
				    answer.json;
				assert.equal(object, stream ?
				    'chat.completion.chunk' : 'chat.completion');
			});
});
