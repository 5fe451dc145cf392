// What agents ask beside the documents, in all the pairs where it can occur: what
// they mean must reach the upstream as its API takes it (the strict upstream
// answers 400 else), or be refused by its name.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { KINDS, describe, startField, test } from './field.mjs';

let field;

before(async () => {
	field = await startField();
});
after(async () => {
	await field?.stop();
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

describe("I: schemas as languages and servers make them", () => {
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
