// Further members of the field's classes: other vendors' spellings of what the
// other files show, in the pairs where they can occur.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { KINDS, describe, startField, test } from './field.mjs';
import { seen } from './field_seen.mjs';

let field;

before(async () => {
	field = await startField();
});
after(() => field?.stop());

const data = (value) => `data: ${JSON.stringify(value)}\n\n`;
const DONE = 'data: [DONE]\n\n';
const foreign = (kind) => KINDS.filter((client) => client !== kind);

// A chat upstream's stream of these choices.
const chunk = (choice, more) => data({ id: 'chatcmpl-1', created: 1, model: 'x',
	object: 'chat.completion.chunk', choices: [{ index: 0,
		finish_reason: null, ...choice }], ...more });
const stream = (...choices) => ({ events: [...choices.map((choice) =>
	chunk(choice)), DONE] });
const delta = (value) => ({ delta: value });
const stop = { delta: {}, finish_reason: 'stop' };

const schema = { type: 'object', properties: { city: { type: 'string' } } };
const tools = {
	responses: [{ type: 'function', name: 'get_weather', parameters: schema }],
	messages: [{ name: 'get_weather', input_schema: schema }],
	generate: [{ functionDeclarations: [{ name: 'get_weather',
		parameters: schema }] }],
};

// Each client of another API, streamed, sees just that of a chat upstream.
const each = (name, reply, wanted) => {
	for (const client of foreign('chat'))
		test(`${name}, ${client}`, async () => {
			const { answer } = await field.ask(client, 'chat',
			    { stream: true, tools: tools[client] }, reply);
			const { thinking, text, calls } = seen(client, answer);
			assert.deepEqual({ thinking, text, calls }, { thinking: '',
				text: '', calls: [], ...wanted });
		});
};

describe('A: deltas that say all of the text so far', () => {
	const growing = (text, ...ends) => ends.map((end) => text.slice(0, end));
	const TEXT = 'The answer is, as you know, 42.';
	const THOUGHT = 'They want a number. Forty-two it is.';

	each('text', stream(...growing(TEXT, 3, 10, 20, 31, 31).map((content) =>
		delta({ content })), stop), { text: TEXT });
	each('a short text', stream(...growing('Hello world', 3, 5, 11).map(
	    (content) => delta({ content })), stop), { text: 'Hello world' });
	each('thinking, then text', stream(...growing(THOUGHT, 4, 19, 36).map(
	    (reasoning_content) => delta({ reasoning_content, content: '' })),
	    ...growing(TEXT, 10, 20, 31).map((content) => delta({ content })),
	    stop), { thinking: THOUGHT, text: TEXT });
	each('thinking in details, beside the text', stream(
	    ...growing(THOUGHT, 4, 19, 36).map((text) => delta({
		    reasoning_details: [{ type: 'reasoning.text', index: 0,
			text }] })), ...growing(TEXT, 10, 20, 31).map((content) =>
		    delta({ content, reasoning_details: [{
			type: 'reasoning.text', index: 0, text: THOUGHT }] })),
	    stop), { thinking: THOUGHT, text: TEXT });

	const call = (args, more) => delta({ tool_calls: [{ index: 0, id: 'c1',
		type: 'function', function: { name: 'get_weather',
			arguments: args }, ...more }] });
	const wanted = { calls: [['get_weather', { city: 'Rome' }]] };
	const ARGS = '{"city":"Rome"}';
	for (const ends of [[1, 5, 15], [8, 15], [11, 15], [0, 8, 12, 15, 15],
		[15, 15]])
		each(`arguments cut at ${ends.join(', ')}`, stream(...growing(ARGS,
		    ...ends).map((args) => call(args)), { delta: {},
			finish_reason: 'tool_calls' }), wanted);
	each('arguments behind text', stream(...growing(TEXT, 10, 20, 31).map(
	    (content) => delta({ content })), ...growing(ARGS, 3, 15).map((args) =>
		call(args)), { delta: {}, finish_reason: 'tool_calls' }),
	    { text: TEXT, ...wanted });
	each('finish_reason in every chunk', stream(...growing(TEXT, 3, 10, 20, 31)
	    .map((content) => ({ delta: { content }, finish_reason: 'stop' }))),
	    { text: TEXT });

	each('no: laughter', stream(delta({ content: 'haha' }),
	    delta({ content: 'hahaha' }), stop), { text: 'hahahahaha' });
	each('no: a line twice', stream(delta({ content: 'The same line.\n' }),
	    delta({ content: 'The same line.\n' }), stop),
	    { text: 'The same line.\nThe same line.\n' });
	each('no: a word that goes on', stream(delta({ content: 'an' }),
	    delta({ content: 'and' }), delta({ content: ' so on' }), stop),
	    { text: 'anand so on' });
	each('no: an object in an object', stream(call('{"city":'),
	    call('{"city":"Rome"}', { id: undefined }), call('}',
	    { id: undefined }), { delta: {}, finish_reason: 'tool_calls' }),
	    { calls: [['get_weather', { city: { city: 'Rome' } }]] });
});

describe('A: the last chunk says the whole message again', () => {
	const TEXT = 'The answer is 42.';
	const pieces = [delta({ content: 'The answer' }),
		delta({ content: ' is 42.' })];
	const message = (more) => ({ role: 'assistant', content: TEXT, ...more });
	const call = { id: 'c1', type: 'function', function: {
		name: 'get_weather', arguments: '{"city":"Rome"}' } };
	const wanted = { text: TEXT, calls: [['get_weather', { city: 'Rome' }]] };
	const end = { finish_reason: 'tool_calls' };

	each('in message', stream(...pieces, { message: message(),
	    finish_reason: 'stop' }), { text: TEXT });
	each('in message, beside an empty delta', stream(...pieces, { delta: {
	    role: 'assistant', content: '' }, message: message(),
	    finish_reason: 'stop' }), { text: TEXT });
	each('in the delta', stream(...pieces, { delta: { content: TEXT },
	    finish_reason: 'stop' }), { text: TEXT });
	each('in message, more than the deltas said', stream(pieces[0],
	    { message: message({ reasoning_content: 'Hm' }),
		finish_reason: 'stop' }), { text: TEXT, thinking: 'Hm' });
	each('in message, with calls that the deltas left out', stream(...pieces,
	    { message: message({ tool_calls: [call] }), ...end }), wanted);
	each('in message, with a call that the deltas began', stream(...pieces,
	    delta({ tool_calls: [{ ...call, index: 0, function: {
		    ...call.function, arguments: '{"ci' } }] }),
	    { message: message({ tool_calls: [call] }), ...end }), wanted);
	each('in message, with calls that the deltas said', stream(...pieces,
	    delta({ tool_calls: [{ ...call, index: 0 }] }), { message: message({
		    tool_calls: [{ ...call, id: 'other' }] }), ...end }), wanted);
	each('in message, behind texts that grow', stream(delta({
	    content: 'The' }), delta({ content: TEXT }), { message: message(),
	    finish_reason: 'stop' }), { text: TEXT });
});

// What the reply holds and the client's API has no words for.
describe('G: losses of a reply are named', () => {
	const chat = (choices) => ({ body: { id: 'x', object: 'chat.completion',
		created: 1, model: 'x', choices } });
	const choice = (message, more) => ({ index: 0, message: {
		role: 'assistant', content: 'Hi', ...message },
		finish_reason: 'stop', ...more });
	const logprobs = { content: [{ token: 'Hi', logprob: -1, bytes: [72, 105],
		top_logprobs: [] }] };
	const anthropic = (content, more) => ({ body: { id: 'msg_1',
		type: 'message', role: 'assistant', model: 'x', content,
		stop_reason: 'end_turn', stop_sequence: null, usage: {
			input_tokens: 1, output_tokens: 1 }, ...more } });
	const hi = { type: 'text', text: 'Hi' };
	const google = (...candidates) => ({ body: { candidates, usageMetadata: {
		promptTokenCount: 1, totalTokenCount: 1 }, modelVersion: 'x',
		responseId: 'r' } });
	const candidate = (...parts) => ({ content: { role: 'model', parts },
		finishReason: 'STOP', index: 0 });
	const items = (...output) => ({ body: { id: 'resp_1', object: 'response',
		created_at: 1, status: 'completed', model: 'x', output,
		usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 } } });
	const message = { type: 'message', id: 'msg_1', role: 'assistant',
		status: 'completed', content: [{ type: 'output_text', text: 'Hi',
			annotations: [] }] };
	const audio = { id: 'a', data: 'AAAA', transcript: 'Hi', expires_at: 1 };
	const png = { type: 'image_url', image_url: {
		url: 'data:image/png;base64,iVBORw0KGgo=' } };
	const fetched = { type: 'web_fetch_tool_result', tool_use_id: 'srvtoolu_1',
		content: { type: 'web_fetch_result', url: 'https://x.test/' } };
	const cited = { ...hi, citations: [{ type: 'char_location',
		cited_text: 'Hi', document_index: 0, document_title: 'D',
		start_char_index: 0, end_char_index: 2 }] };

	const cases = [
		['chat', chat([choice({ images: [png] })]), { messages: 'image' }],
		['chat', chat([choice({}, { logprobs })]), { messages: 'logprobs' }],
		['chat', chat([choice({ audio })]), { messages: 'audio',
			responses: 'audio', generate: 'audio' }],
		['chat', chat([choice(), choice({}, { index: 1 })]),
			{ messages: 'choices', responses: 'choices' }],
		['chat', chat([choice({ content: [{ type: 'text', text: 'Hi' },
			{ type: 'odd', odd: 1 }] })]),
		{ messages: 'unknown:content.odd' }],
		['messages', anthropic([hi], { stop_reason: 'stop_sequence',
			stop_sequence: 'X' }), { chat: 'stop_sequence',
			responses: 'stop_sequence', generate: 'stop_sequence' }],
		['messages', anthropic([hi], { stop_reason: 'pause_turn' }),
			{ chat: 'pause', responses: 'pause', generate: 'pause' }],
		['messages', anthropic([hi], { container: { id: 'c',
			expires_at: 'x' } }), { chat: 'container' }],
		['messages', anthropic([hi], { context_management: {
			applied_edits: [{ type: 'clear_tool_uses_20250919' }] } }),
		{ chat: 'context_management' }],
		['messages', anthropic([fetched, hi]), { chat: 'hosted_item',
			responses: 'hosted_item', generate: 'hosted_item' }],
		['messages', anthropic([cited]), { chat: 'citations',
			responses: 'citations' }],
		['generate', google(candidate({ text: 'Hi' }), { ...candidate(
		    { text: 'Ho' }), index: 1 }), { chat: 'choices' }],
		['generate', google(candidate({ text: 'Hi' }, { inlineData: {
			mimeType: 'audio/wav', data: 'AAAA' } })),
		{ messages: 'audio' }],
		['generate', google(candidate({ text: 'Hi' }, { oddPart: {} })),
			{ responses: 'unknown:parts.oddPart' }],
		['responses', items({ type: 'file_search_call', id: 'fs_1',
			status: 'completed', queries: ['q'], results: null },
		message), { chat: 'hosted_item', messages: 'hosted_item',
			generate: 'hosted_item' }],
	];
	for (const [kind, reply, names] of cases)
		for (const [client, name] of Object.entries(names)) {
			test(`${name}, ${client} of ${kind}, whole`, async () => {
				const { answer } = await field.ask(client, kind, {},
				    reply);
				assert.equal(answer.status, 200, answer.text);
				assert.equal(answer.headers['x-droid2api-lossy'],
				    name);
				assert.equal(seen(client, answer).text.slice(0, 2),
				    'Hi');
			});
			test(`${name}, ${client} of ${kind}, as a stream`,
			    async () => {
				const from = field.gateway.log.length;
				const { answer } = await field.ask(client, kind,
				    { stream: true }, reply);
				assert.equal(answer.status, 200, answer.text);
				await field.gateway.logged(new RegExp(
				    `lost="?${name}`), { from });
			});
		}
	test('what all of them can say is no loss', async () => {
		for (const client of foreign('chat')) {
			const { answer } = await field.ask(client, 'chat', {},
			    chat([choice({ reasoning_content: 'Hm' })]));
			assert.equal(answer.headers['x-droid2api-lossy'], undefined);
		}
	});
});
