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
