// Further members of the field's classes: other vendors' spellings of what the
// other files show, in the pairs where they can occur.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { open, readEvents } from './client.mjs';
import { BODIES, KINDS, describe, note, startField, test } from './field.mjs';
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
	const oracle = { id: 'o1', type: 'oracle', content: 'Doom.' };
	each('in message, with a call that nobody knows', stream(delta({
	    tool_calls: [{ ...oracle, index: 0 }, { ...call, index: 1 }] }),
	{ message: { role: 'assistant', content: null, tool_calls: [oracle,
		call] }, ...end }), { text: 'Doom.', calls: wanted.calls });
	each('in message, with one that the deltas left out', stream(delta({
	    tool_calls: [{ ...call, index: 0 }] }), { message: { role:
		'assistant', content: null, tool_calls: [oracle, call] },
	...end }), { text: 'Doom.', calls: wanted.calls });
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

// [name, the upstream's API, its reply, what a client must see]: each client of
// another API, in the form that the upstream has.
const members = (cases) => {
	for (const [name, kind, reply, wanted] of cases)
		for (const client of foreign(kind))
			test(`${name}, ${client} of ${kind}`, async () => {
				const { answer } = await field.ask(client, kind, {
					stream: Boolean(reply.events),
					tools: { chat: chatTools, ...tools }[client] },
				reply);
				const got = seen(client, answer);
				for (const [key, value] of Object.entries(wanted))
					assert.deepEqual(got[key], key === 'stop' ?
					    STOPS[value][client] : value, answer.text);
			});
};

// How each client's API says why the answer ended.
const STOPS = {
	end: { chat: 'stop', responses: 'completed', messages: 'end_turn',
		generate: 'STOP' },
	calls: { chat: 'tool_calls', responses: 'completed',
		messages: 'tool_use', generate: 'STOP' },
	refusal: { chat: 'content_filter', responses: 'content_filter',
		messages: 'refusal', generate: 'SAFETY' },
};

const chatTools = [{ type: 'function', function: { name: 'get_weather',
	parameters: schema } }];
const whole = (message, more) => ({ body: { id: 'x', object: 'chat.completion',
	created: 1, model: 'x', choices: [{ index: 0, message: {
		role: 'assistant', ...message }, finish_reason: 'stop' }], ...more } });
const named = (value) => `event: ${value.type}\n${data(value)}`;
const startOf = (content) => named({ type: 'message_start', message: {
	id: 'msg_1', type: 'message', role: 'assistant', model: 'x', content,
	stop_reason: null, stop_sequence: null, usage: { input_tokens: 1,
		output_tokens: 1 } } });
const messagesEnd = [named({ type: 'message_delta', delta: {
	stop_reason: 'end_turn', stop_sequence: null }, usage: {
	output_tokens: 5 } }), named({ type: 'message_stop' })];
const anthropic = (content, stop_reason = 'tool_use') => ({ body: { id: 'msg_1',
	type: 'message', role: 'assistant', model: 'x', content, stop_reason,
	stop_sequence: null, usage: { input_tokens: 1, output_tokens: 1 } } });
const google = (parts, more) => ({ candidates: [{ content: { role: 'model',
	parts }, finishReason: 'STOP', index: 0 }], modelVersion: 'x',
	responseId: 'r', ...more });
const response = (output) => ({ id: 'resp_1', object: 'response', created_at: 1,
	status: 'completed', model: 'x', output, error: null,
	usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 } });
const called = (args) => whole({ content: null, tool_calls: [{ id: 'c1',
	type: 'function', function: { name: 'get_weather', arguments: args } }] });
const rome = { calls: [['get_weather', { city: 'Rome' }]] };
const nothing = { calls: [['get_weather', {}]] };
const hello = { text: 'Hello' };

describe('A: further members', () => members([
	['text where the older API has it', 'chat', stream({ text: 'Hel' },
	    { text: 'lo' }, stop), hello],
	['content that is one part', 'chat', stream(delta({ content: { type: 'text',
		text: 'Hel' } }), delta({ content: [{ type: 'text',
		text: 'lo' }] }), stop), hello],
	['tool_calls that is one call', 'chat', stream(delta({ tool_calls: {
		id: 'c1', type: 'function', function: { name: 'get_weather',
			arguments: '{"city":"Rome"}' } } }), stop), rome],
	['message_start that holds the content', 'messages', { events: [
		startOf([{ type: 'text', text: 'Hello' }]), ...messagesEnd] },
	hello],
	['deltas of an item that nobody opened', 'responses', { events: [
		{ type: 'response.created', response: { ...response([]),
			status: 'in_progress' } },
		{ type: 'response.output_text.delta', output_index: 0,
			content_index: 0, item_id: 'm', delta: 'Hello' },
		{ type: 'response.completed', response: response([]) }].map(named) },
	hello],
]));

describe('A: streams that end or begin otherwise', () => {
	const call = (name, city, more) => ({ type: 'function', function: { name,
		arguments: `{"city":"${city}"}` }, ...more });
	const piece = (index, args) => delta({ tool_calls: [{ index,
		function: { arguments: args } }] });
	const two = { calls: [['get_weather', { city: 'Rome' }], ['get_time',
		{ city: 'Oslo' }]], stop: 'calls' };
	const filters = { prompt_filter_results: [{ prompt_index: 0,
		content_filter_results: {} }] };

	members([
		['calls of one index and no id, then stop', 'chat', stream(
		    delta({ tool_calls: [call('get_weather', 'Rome', { index: 0,
			    id: '' })] }), delta({ tool_calls: [call('get_time',
			    'Oslo', { index: 0, id: '' })] }), stop), two],
		['calls with ids and no index, then stop', 'chat', stream(
		    delta({ tool_calls: [call('get_weather', 'Rome', { id: 'a' }),
			    call('get_time', 'Oslo', { id: 'b' })] }), stop), two],
		['pieces of two calls in turn', 'chat', stream(
		    delta({ tool_calls: [{ index: 0, id: 'a', type: 'function',
			    function: { name: 'get_weather', arguments: '' } }] }),
		    delta({ tool_calls: [{ index: 1, id: 'b', type: 'function',
			    function: { name: 'get_time', arguments: '' } }] }),
		    piece(0, '{"ci'), piece(1, '{"city":"Os'),
		    piece(0, 'ty":"Rome"}'), piece(1, 'lo"}'), { delta: {},
			    finish_reason: 'tool_calls' }), two],
		['no finish reason', 'chat', stream(delta({ content: 'Hello' })),
			{ ...hello, stop: 'end', error: undefined }],
		["chunks about Azure's filter", 'chat', { events: [
			data({ choices: [], created: 0, id: '', model: '',
				object: '', ...filters }),
			chunk(delta({ role: 'assistant', content: '' })),
			chunk(delta({ content: 'Hello' })),
			data({ id: '', model: '', choices: [{ index: 0,
				content_filter_offsets: { check_offset: 1 },
				finish_reason: null }] }),
			chunk(stop), DONE] }, { ...hello, stop: 'end' }],
	]);
});

describe('B: further members', () => members([
	['no arguments member', 'chat', called(undefined), nothing],
	['null input', 'messages', anthropic([{ type: 'tool_use', id: 't1',
		name: 'get_weather', input: null }]), nothing],
	['args as text', 'generate', { body: google([{ functionCall: {
		name: 'get_weather', args: '{"city":"Rome"}' } }]) }, rome],
	['args null', 'generate', { body: google([{ functionCall: {
		name: 'get_weather', args: null } }]) }, nothing],
	['arguments null', 'responses', { body: response([{ type: 'function_call',
		id: 'fc_1', call_id: 'c1', name: 'get_weather', arguments: null,
		status: 'completed' }]) }, nothing],
]));

describe('C: further members', () => {
	const calls = (...ids) => whole({ content: null, tool_calls: ids.map(
	    (id) => ({ id, type: 'function', function: { name: 'get_weather',
		    arguments: '{}' } })) });
	for (const [name, ids] of [['that are numbers', [1, 2]],
		['that differ in what one API forbids', ['a.b', 'a:b', 'a_b']],
		['that differ at the end of 300 letters', ['x'.repeat(300) + 'a',
			'x'.repeat(300) + 'b']]])
		for (const client of foreign('chat'))
			test(`ids ${name}, ${client}`, async () => {
				const { answer } = await field.ask(client, 'chat', {
					tools: tools[client] }, calls(...ids));
				const found = answer.text.match(
				    /"(call_id|id)":"(?!fc_|msg_|resp_)[^"]*"/g);
				assert.equal(new Set(found).size, ids.length,
				    answer.text);
			});
});

describe('D: further members', () => {
	const said = { text: 'He', error: 'bad luck' };
	const after = (value) => ({ events: [chunk(delta({ content: 'He' })),
		data(value), DONE] });
	const ended = (word) => stream(delta({ content: 'He' }), { delta: {},
		finish_reason: word });
	members([
		...Object.entries({
			'a sentence and a code': { ret: 1, ret_msg: 'bad luck' },
			'no success': { success: false, msg: 'bad luck' },
			'an error in an error': { error: { error: {
				message: 'bad luck' } } },
			'a list of errors': { errors: [{ message: 'bad luck' }] },
			'a gateway\'s fault': { fault: { faultstring: 'bad luck' } },
		}).map(([name, value]) => [name, 'chat', after(value),
			{ error: said.error }]),
		...['timeout', 'overloaded', 'server_error', 'cancelled'].map(
		    (word) => [word, 'chat', ended(word), { error:
			`the upstream ended its answer with ${word}` }]),
		['a stop that is a failure', 'messages', anthropic([], 'error'),
			{ error: 'the upstream ended its answer with error' }],
	]);
	for (const client of foreign('chat'))
		test(`poison, ${client}`, async () => {
			const { answer } = await field.ask(client, 'chat', {
				stream: true }, ended('ERROR_TOXIC'));
			assert.match(answer.text,
			    /refusal|content_filter|SAFETY/);
		});
});

describe('D: failures and refusals behind text', () => {
	const he = chunk(delta({ content: 'He' }));
	const cases = [
		['an error', { events: [he, data({ error: {
			message: 'Provider overloaded', code: 529 } }), DONE] },
		/^Provider overloaded$/],
		['a cut', { events: [he], cutAfter: 1, cut: 'rst' },
			/the connection was cut before the reply ended$/],
	];
	for (const [name, reply, words] of cases)
		for (const client of foreign('chat'))
			test(`${name}, ${client}`, async () => {
				const { answer } = await field.ask(client, 'chat',
				    { stream: true }, reply);
				assert.equal(answer.status, 200);
				assert.match(seen(client, answer).error, words);
				assert.match(answer.text, /"He"/);
			});
	members([['a refusal', 'generate', { events: [data({ candidates: [{
		content: { role: 'model', parts: [{ text: 'Hel' }] }, index: 0 }],
	responseId: 'r' }), data({ candidates: [{ finishReason: 'SAFETY',
		index: 0 }], responseId: 'r' })] }, { text: 'Hel',
		stop: 'refusal' }]]);
	for (const client of foreign('chat'))
		test(`a context that is too long, ${client}`, async () => {
			const { answer } = await field.ask(client, 'chat', {}, {
				status: 400, body: { error: { message: "This model's " +
				    'maximum context length is 128000 tokens.',
				type: 'invalid_request_error', param: 'messages',
				code: 'context_length_exceeded' } } });
			assert.equal(answer.status, 400);
			assert.match(answer.text, { messages: /prompt is too long: /,
				responses: /"code":"context_length_exceeded"/,
				generate: /is 128000 tokens/ }[client]);
		});
});

describe('E: further members', () => {
	const BODIES = {
		'a gateway\'s fault': { fault: { faultstring: 'bad luck' } },
		'errors by field': { errors: { model: ['bad luck'] } },
		'a word and its description': { error: 'invalid_request',
			error_description: 'bad luck' },
		'a problem document': { title: 'T', detail: 'bad luck',
			status: 422 },
		'JSON in a message': { error: {
			message: '{"error":{"message":"bad luck"}}' } },
		'data that holds it': { data: { message: 'bad luck' } },
		'a list': [{ error: { message: 'bad luck' } }],
		XML: '<?xml version="1.0"?><Error><Message>bad luck</Message></Error>',
	};
	for (const [name, body] of Object.entries(BODIES))
		for (const kind of KINDS)
			for (const client of foreign(kind))
				for (const ask of [{}, { stream: true }])
					test(`${name}, ${client} of ${kind}, ${ask.stream ?
					    'streamed' : 'whole'}`, async () => {
						const { answer } = await field.ask(client,
						    kind, ask, { status: 422, body });
						assert.equal(answer.status, 422);
						assert.match(answer.text, /bad luck/);
					});
});

describe('F: further members', () => {
	const text = chunk(delta({ content: 'Hello' }));
	members([
		['an end mark by another name', 'chat', { events: [text, chunk(stop),
			'data: [done]\n\n'] }, { ...hello, error: undefined }],
		['carriage returns alone', 'chat', { events: [text, chunk(stop), DONE]
		    .map((event) => event.replaceAll('\n', '\r')) }, hello],
		['no line break at the end', 'chat', { events: [text,
			chunk(stop).trimEnd()] }, hello],
		['NaN', 'chat', { events: [text.replace('"created":1',
		    '"created":NaN'), chunk(stop), DONE] }, hello],
		['bytes one by one', 'chat', { events: [chunk(delta({
			content: 'hé 🎉' })), chunk(stop), DONE].map((event) =>
			event.replaceAll('\n', '\r\n')), writeSize: 1 },
		{ text: 'hé 🎉', stop: 'end' }],
	]);
	for (const client of foreign('chat'))
		test(`JSON for a stream, ${client}`, async () => {
			const { answer } = await field.ask(client, 'chat',
			    { stream: true }, whole({ content: 'Hello' }));
			const { text: said, stop: end } = seen(client, answer);
			assert.deepEqual([said, end], ['Hello', STOPS.end[client]]);
			assert.match(answer.headers['content-type'],
			    /^text\/event-stream/);
		});
	const response = { id: 'resp_1', object: 'response', status: 'in_progress',
		model: 'x', output: [] };
	const OWN = { chat: [text, chunk(stop) + DONE], responses: [
		named({ type: 'response.created', response }),
		named({ type: 'response.completed', response: { ...response,
			status: 'completed' } })] };
	for (const [kind, [first, rest]] of Object.entries(OWN))
		test(`events without a content type pass at once, ${kind}`,
		    async () => {
			let go;
			const gate = new Promise((resolve) => go = resolve);
			field.upstream.reset();
			field.upstream.next({ wire: ['HTTP/1.1 200 OK\r\n' +
			    `Connection: close\r\n\r\n${first}`, gate, rest] });
			note(kind, kind, true);
			const answer = await open(field.gateway, {
				path: kind === 'chat' ? '/v1/chat/completions' :
					'/v1/responses', body: { model: `${kind}-m`,
					stream: true, ...BODIES[kind]({}) } });
			assert.equal(await answer.event(), first);
			go();
			await answer.done;
			assert.match(answer.headers['content-type'],
			    /^text\/event-stream/);
			assert.equal(answer.text, first + rest);
		});
});

describe('G: further members', () => {
	members([
		...Object.entries({
			thinking: 'Hm', reasoning: { content: 'Hm' },
			thinking_blocks: [{ type: 'thinking', thinking: 'Hm',
				signature: 'c2ln' }] }).flatMap(([key, value]) => [
			[`${key}, whole`, 'chat', whole({ content: 'Hello',
				[key]: value }), { ...hello, thinking: 'Hm' }],
			[`${key}, streamed`, 'chat', stream(delta({ [key]: value }),
			    delta({ content: 'Hello' }), stop),
			{ ...hello, thinking: 'Hm' }],
		]),
	]);
	const URL = 'https://x.test/a';
	const told = (text) => text.match(/"ur[il]":"https:\/\/x\.test\/a"/g);
	for (const [name, more] of [['citations', { citations: [URL] }],
		['search_results', { search_results: [{ title: 'A', url: URL }] }]])
		for (const client of foreign('chat')) {
			test(`${name} beside the choices, ${client}`, async () => {
				const { answer } = await field.ask(client, 'chat', {},
				    whole({ content: 'Hello' }, more));
				assert.equal(told(answer.text)?.length, 1,
				    answer.text);
			});
			test(`${name} in every event, ${client}`, async () => {
				const { answer } = await field.ask(client, 'chat',
				    { stream: true }, { events: [
					chunk(delta({ content: 'Hello' }), more),
					chunk(stop, more), DONE] });
				const found = /annotation|citation|grounding/i;
				assert.match(answer.text, found);
				assert.ok(answer.text.includes(URL));
			});
		}
	test("usage in other APIs' words", async () => {
		const { answer } = await field.ask('messages', 'chat', {}, whole(
		    { content: 'Hello' }, { usage: { input_tokens: 10,
			    output_tokens: 5 } }));
		const { usage } = answer.json;
		assert.deepEqual([usage.input_tokens, usage.output_tokens],
		    [10, 5]);
	});
	test('members that nobody reads are named', async () => {
		const { answer } = await field.ask('messages', 'chat', {},
		    whole({ content: 'Hello', odd: 'x', empty: '', none: null }));
		assert.equal(answer.headers['x-droid2api-lossy'],
		    'unknown:message.odd');
	});
});

describe('G: thinking in pieces of several kinds', () => {
	const thought = (text) => ({ type: 'thinking', thinking: [{ type: 'text',
		text }] });
	const detail = (text) => delta({ reasoning_details: [{ index: 0,
		type: 'reasoning.text', id: 'reasoning-text-1',
		format: 'MiniMax-response-v1', text }] });
	const last = (content) => ({ delta: { content }, finish_reason: 'stop' });

	each('parts, with text, then a string', stream(delta({ content: [
		thought('Let me ')] }), delta({ content: [thought('think.'),
		{ type: 'text', text: '42' }] }), last('!')),
	{ thinking: 'Let me think.', text: '42!' });
	each('details alone', stream(detail('Let me '), detail('think.'),
	    last('42!')), { thinking: 'Let me think.', text: '42!' });
	each('an empty reasoning_content', stream(delta({ role: 'assistant',
		reasoning_content: '', reasoning: 'Hm' }), last('Hello')),
	{ thinking: 'Hm', text: 'Hello' });
});

describe('G: what a tool is called', () => {
	const long = `mcp__${'developer_platform_'.repeat(4)}search`;
	const offer = { tools: [{ name: long, input_schema: schema }] };
	const called = (name, args) => ({ tool_calls: [{ index: 0, id: 'a',
		type: 'function', function: { name, arguments: args } }] });
	const forms = (message) => ({ whole: whole({ content: null, ...message }),
		streamed: stream(delta(message), { delta: {},
			finish_reason: 'tool_calls' }) });

	for (const form of ['whole', 'streamed']) {
		const asked = { stream: form === 'streamed' };
		test(`a long name comes back, ${form}`, async () => {
			const { sent } = await field.ask('messages', 'chat', offer);
			const [{ function: { name } }] = sent.body.tools;
			assert.match(name, /^mcp__developer_[\w-]{1,49}$/);
			const { answer } = await field.ask('messages', 'chat', {
				...offer, ...asked }, forms(called(name,
				'{"city":"Rome"}'))[form]);
			assert.deepEqual(seen('messages', answer).calls,
			    [[long, { city: 'Rome' }]]);
		});
		test(`a custom tool, ${form}`, async () => {
			const { answer } = await field.ask('responses', 'chat', {
				tools: [{ type: 'custom', name: 'apply_patch',
					description: 'd' }], ...asked },
			forms(called('apply_patch', '{"input":"*** Begin"}'))[form]);
			const { output } = answer.events?.at(-1).data.response ??
			    answer.json;
			assert.deepEqual(output.map(({ type, name, input }) =>
				[type, name, input]), [['custom_tool_call',
				'apply_patch', '*** Begin']]);
		});
	}
});

// Claude Code asks so whether a command may run, of models that know no stops.
describe('H: stop sequences that the upstream is not told', () => {
	const said = '<block>yes</block><reason>because</reason>';
	const asked = { stop_sequences: ['</block>'], max_tokens: 64 };
	const cut = { type: 'response.incomplete', response: {
		...response([{ type: 'message', id: 'm1', role: 'assistant',
		    status: 'incomplete', content: [{ type: 'output_text',
			text: said, annotations: [] }] }]), status: 'incomplete',
		incomplete_details: { reason: 'max_output_tokens' } } };
	for (const stream of [false, true])
		test(stream ? 'streamed' : 'whole', async () => {
			const { answer, sent } = await field.ask('messages',
			    'responses', { ...asked, stream }, stream ? { events: [
				{ type: 'response.created', response: {
					...response([]), status: 'in_progress' } },
				...['<block>yes</bl', 'ock><reason>', 'because']
				    .map((delta) => ({ type:
					'response.output_text.delta', output_index: 0,
					content_index: 0, item_id: 'm1', delta })),
				cut].map((event) => `event: ${event.type}\ndata: ` +
				    `${JSON.stringify(event)}\n\n`) } :
			    { body: cut.response });
			assert.equal(JSON.stringify(sent.body).includes('</block>'),
			    false);
			const { text, stop, sequence } = stream ?
			    readEvents(answer.text).reduce((all, { data }) => ({
				text: all.text + (data.delta?.text ?? ''),
				stop: data.delta?.stop_reason ?? all.stop,
				sequence: data.delta?.stop_sequence ?? all.sequence,
			    }), { text: '' }) : { text: answer.json.content[0].text,
				stop: answer.json.stop_reason,
				sequence: answer.json.stop_sequence };
			assert.deepEqual([text, stop, sequence],
			    ['<block>yes', 'stop_sequence', '</block>']);
			assert.match(answer.headers['x-droid2api-lossy'], /stop/);
		});
	test('a cut behind one is no failure', async () => {
		const { answer } = await field.ask('messages', 'responses',
		    { ...asked, stream: true }, { cutAfter: 2, cut: 'rst', events: [
			{ type: 'response.created', response: { ...response([]),
			    status: 'in_progress' } },
			{ type: 'response.output_text.delta', output_index: 0,
			    content_index: 0, item_id: 'm1', delta: said }]
			.map((event) => `event: ${event.type}\ndata: ` +
			    `${JSON.stringify(event)}\n\n`) });
		const events = readEvents(answer.text);
		assert.equal(events.at(-1).event, 'message_stop');
		assert.equal(events.some((one) => one.event === 'error'), false);
	});
});

describe('H: sources and images of streams, for clients of Chat', () => {
	test('an image is one of a list', async () => {
		const data = 'iVBORw0KGgo=';
		const { answer } = await field.ask('chat', 'generate',
		    { stream: true }, { events: [{ candidates: [{ index: 0,
			content: { role: 'model', parts: [{ inlineData: {
			    mimeType: 'image/png', data } }, { inlineData: {
			    mimeType: 'image/png', data } }] },
			finishReason: 'STOP' }] }].map((event) =>
			`data: ${JSON.stringify(event)}\n\n`) });
		const told = readEvents(answer.text).flatMap((event) =>
			event.data.choices?.[0]?.delta.images ?? []);
		assert.deepEqual(told.map((one) => [one.index, one.type,
			one.image_url.url]), [0, 1].map((index) => [index,
			'image_url', `data:image/png;base64,${data}`]));
	});
	test('are told at once, behind all of them', async () => {
		const cited = (text, url) => ({ type: 'output_text', text,
			annotations: [{ type: 'url_citation', start_index: 0,
			    end_index: 3, url, title: url }] });
		const { answer } = await field.ask('chat', 'responses',
		    { stream: true }, { body: response([{ type: 'message',
			id: 'm1', role: 'assistant', status: 'completed',
			content: [cited('See a.', 'https://a.org'),
			    cited('See b.', 'https://b.org')] }]) });
		const told = readEvents(answer.text).flatMap((event) =>
			event.data.choices?.[0]?.delta.annotations ?
			    [event.data.choices[0].delta.annotations] : []);
		assert.equal(told.length, 1);
		assert.deepEqual(told[0].map(({ url_citation: one }) =>
			[one.url, one.start_index]),
		    [['https://a.org', 0], ['https://b.org', 6]]);
	});
});

describe('G: sources without titles, for the search of Messages clients', () => {
	const url = 'https://example.com/a';
	const reply = response([{ type: 'web_search_call', id: 'ws_1',
		status: 'completed', action: { type: 'search', query: 'q',
			sources: [{ type: 'url', url }] } }, { type: 'message',
		id: 'm1', role: 'assistant', status: 'completed', content: [{
			type: 'output_text', text: 'See the docs.', annotations: [{
				type: 'url_citation', start_index: 0, end_index: 3,
				url, title: 'A title' }] }] }]);
	test('the page, and its title where it is cited', async () => {
		const { answer } = await field.ask('messages', 'responses', {
			tools: [{ type: 'web_search_20250305',
				name: 'web_search' }] }, { body: reply });
		const [use, result, text] = answer.json.content;
		assert.equal(use.type, 'server_tool_use');
		assert.equal(result.tool_use_id, use.id);
		assert.deepEqual(result.content.map((one) => [one.type, one.url]),
		    [['web_search_result', url]]);
		assert.equal(text.text, 'See the docs.');
		assert.equal(text.citations[0].title, 'A title');
	});
});

// What a model thought, and its seal, as each maker says it.
const SEALED = {
	messages: [anthropic([{ type: 'thinking', thinking: 'Hm',
		signature: 'EqRE/SIGNA+B' }, { type: 'text', text: 'Hello' }],
	'end_turn'), { events: [startOf([]),
		...[{ type: 'content_block_start', index: 0, content_block: {
			type: 'thinking', thinking: '', signature: '' } },
		{ type: 'content_block_delta', index: 0, delta: {
			type: 'thinking_delta', thinking: 'Hm' } },
		{ type: 'content_block_delta', index: 0, delta: {
			type: 'signature_delta', signature: 'EqRE/SIGNA+B' } },
		{ type: 'content_block_stop', index: 0 },
		{ type: 'content_block_start', index: 1, content_block: {
			type: 'text', text: '' } },
		{ type: 'content_block_delta', index: 1, delta: {
			type: 'text_delta', text: 'Hello' } },
		{ type: 'content_block_stop', index: 1 }].map(named),
		...messagesEnd] }],
	generate: [{ body: google([{ text: 'Hm', thought: true },
		{ text: 'Hello', thoughtSignature: 'UkVBTFNJRw==' }]) },
	{ events: [data(google([{ text: 'Hm', thought: true },
		{ text: 'Hello', thoughtSignature: 'UkVBTFNJRw==' }]))] }],
	chat: [whole({ reasoning_content: 'Hm', content: 'Hello' }),
		stream(delta({ reasoning_content: 'Hm' }),
		    delta({ content: 'Hello' }), stop)],
	responses: ((body) => [{ body }, { events: [
		{ type: 'response.created', response: { ...body, output: [],
			status: 'in_progress' } },
		{ type: 'response.completed', response: body }].map(named) }])(
	    response([{ type: 'reasoning', id: 'rs1', summary: [{
		    type: 'summary_text', text: 'Hm' }],
	    encrypted_content: 'gAAA-R_ENC=' }, { type: 'message', id: 'm1',
		    role: 'assistant', status: 'completed', content: [{
			    type: 'output_text', text: 'Hello',
			    annotations: [] }] }])),
};

// The next turn, of what the client was given: one reply, or a stream's events.
const NEXT = {
	responses: (replies) => ({ input: [{ role: 'user', content: 'x' },
		...(replies.at(-1).response ?? replies.at(-1)).output,
		{ role: 'user', content: 'go on' }] }),
	messages: (replies) => {
		const blocks = replies[0].content ?? [];
		for (const { index, content_block: block, delta: more } of replies) {
			if (block)
				blocks[index] = block;
			for (const key of ['thinking', 'text', 'signature'])
				if (more?.[key])
					blocks[index][key] += more[key];
		}
		return { messages: [{ role: 'user', content: 'x' },
			{ role: 'assistant', content: blocks },
			{ role: 'user', content: 'go on' }] };
	},
	generate: (replies) => ({ contents: [{ role: 'user',
		parts: [{ text: 'x' }] }, { role: 'model',
		parts: replies.flatMap((reply) =>
			reply.candidates?.[0].content?.parts ?? []).filter((part) =>
			part.text !== '' || part.thoughtSignature) },
	{ role: 'user', parts: [{ text: 'go on' }] }] }),
};

// What asks for thoughts and their seals, in each client's API.
const THINKS = {
	responses: { store: false, include: ['reasoning.encrypted_content'],
		reasoning: { effort: 'high', summary: 'auto' } },
	messages: { thinking: { type: 'enabled', budget_tokens: 2000 } },
	generate: { generationConfig: { thinkingConfig: {
		thinkingBudget: 2000 } } },
};

describe('H: a seal in the next turn', () => {
	const turns = async (client, kind, then, stream) => {
		const asked = { ...THINKS[client], stream };
		const { answer } = await field.ask(client, kind, asked,
		    SEALED[kind][+stream]);
		assert.equal(seen(client, answer).thinking, 'Hm', answer.text);
		const { answer: next, sent } = await field.ask(client, then, {
			...THINKS[client], ...NEXT[client](answer.events?.map((event) =>
				event.data) ?? [answer.json]) });
		assert.equal(next.status, 200, next.text);
		return { answer, body: sent.body };
	};
	for (const stream of [false, true]) {
		const form = stream ? 'streamed' : 'whole';

		for (const [client, kind] of [['responses', 'messages'],
			['messages', 'generate'], ['messages', 'chat'],
			['messages', 'responses'], ['generate', 'messages'],
			['generate', 'responses']])
			test(`${client} of ${kind}, then of its own, ${form}`,
			    async () => {
				const { body } = await turns(client, kind, client,
				    stream);
				const said = JSON.stringify(body);
				assert.match(said, /Hello/);
				assert.doesNotMatch(said,
				    /d2a1|ZDJhMS|"signature"|encrypted_content":"|EqRE/);
			});
		test(`to its own maker, ${form}`, async () => {
			const { body } = await turns('responses', 'messages',
			    'messages', stream);
			assert.deepEqual(body.messages[1].content[0], {
				type: 'thinking', thinking: 'Hm',
				signature: 'EqRE/SIGNA+B' });
		});
		for (const [kind, seal] of [['messages', '"signature":"EqRE/SIGNA+B"'],
			['responses', '"encrypted_content":"gAAA-R_ENC="']])
			test(`base64 for generate clients of ${kind}, ${form}`,
			    async () => {
				const { answer, body } = await turns('generate', kind,
				    kind, stream);
				const [, given] = answer.text.match(
				    /"thoughtSignature":"([^"]*)"/);
				assert.match(given, /^[A-Za-z0-9+/]+={0,2}$/);
				assert.equal(given.length % 4, 0);
				assert.ok(JSON.stringify(body).includes(seal));
			});
	}
});

describe('H: further members', () => {
	// A seal of a maker of another API, in each client's own place for it,
	// streamed to that client's own API.
	const SEAL = 'd2a1.gtp.Z2VuZXJhdGUtbQ..c2ln';
	const base64 = Buffer.from('d2a1.mtp.bWVzc2FnZXMtbQ..c2ln')
	    .toString('base64');
	const user = { role: 'user', content: 'x' };
	const BODIES = {
		messages: { messages: [user, { role: 'assistant', content: [
			{ type: 'thinking', thinking: 'Hm', signature: SEAL },
			{ type: 'redacted_thinking', data: SEAL },
			{ type: 'text', text: 'Hello' }] }, user] },
		responses: { input: [user, { type: 'reasoning', summary: [],
			encrypted_content: SEAL }, { type: 'message',
			role: 'assistant', content: [{ type: 'output_text',
				text: 'Hello', annotations: [] }] }, user],
		store: false },
		generate: { contents: [{ role: 'user', parts: [{ text: 'x' }] },
			{ role: 'model', parts: [{ text: 'Hello',
				thoughtSignature: base64 }] },
			{ role: 'user', parts: [{ text: 'x' }] }] },
		chat: { messages: [user, { role: 'assistant', content: 'Hello',
			reasoning_details: [{ type: 'reasoning.encrypted',
				data: SEAL, format: 'droid2api', index: 0 }] },
		user] },
	};
	for (const client of KINDS)
		for (const kind of KINDS.filter((one) => one !== 'generate' ||
			client === 'generate'))
			for (const more of [{}, { stream: true }])
				test(`${client} of ${kind}, ${more.stream ? 'streamed' :
				    'whole'}`, async () => {
					const { answer, sent } = await field.ask(client,
					    kind, { ...BODIES[client], ...more });
					assert.equal(answer.status, 200, answer.text);
					const body = JSON.stringify(sent.body);
					assert.doesNotMatch(body, /d2a1|ZDJhMS/);
					assert.match(body, /Hello/);
				});
});

describe('J: further members', () => {
	const args = '{\n "city":\r\n\t"Rome"}';
	const pretty = (value) => JSON.stringify(value, null, '\r\n ');
	const lines = (answer) => {
		for (const line of answer.text.split(/\r\n|\r|\n/))
			assert.match(line, /^(data|event):|^:|^$/);
	};
	const REPLIES = {
		responses: response([{ type: 'function_call', id: 'fc_1',
			call_id: 'c1', name: 'get_weather', arguments: args,
			status: 'completed' }]),
		generate: google([{ functionCall: { name: 'get_weather',
			args: { city: 'Rome' } } }]),
		messages: anthropic([{ type: 'tool_use', id: 't1',
			name: 'get_weather', input: { city: 'Rome' } }]).body,
		chat: called(args).body,
	};
	for (const kind of KINDS)
		for (const client of foreign(kind))
			test(`JSON of ${kind}, ${client}`, async () => {
				const { answer } = await field.ask(client, kind, {
					stream: true, tools: { chat: chatTools,
						...tools }[client] },
				{ body: pretty(REPLIES[kind]) });
				lines(answer);
				const { calls, stop: end } = seen(client, answer);
				assert.deepEqual(calls, rome.calls);
				assert.equal(end, STOPS.calls[client]);
			});

	const item = REPLIES.responses.output[0];
	const streams = {
		chat: stream(delta({ tool_calls: [{ index: 0, id: 'a',
			type: 'function', function: { name: 'get_weather',
				arguments: args } }] }), { delta: {},
			finish_reason: 'tool_calls' }),
		messages: { events: [startOf([]), ...[
			{ type: 'content_block_start', index: 0, content_block: {
				type: 'tool_use', id: 't1', name: 'get_weather',
				input: {} } },
			{ type: 'content_block_delta', index: 0, delta: {
				type: 'input_json_delta', partial_json: args } },
			{ type: 'content_block_stop', index: 0 }].map(named),
		...messagesEnd] },
		responses: { events: [
			{ type: 'response.created', response: { ...response([]),
				status: 'in_progress' } },
			{ type: 'response.output_item.done', output_index: 0, item },
			{ type: 'response.completed',
				response: response([item]) }].map(named) },
	};
	for (const [kind, reply] of Object.entries(streams))
		for (const client of foreign(kind))
			test(`arguments in events of ${kind}, ${client}`,
			    async () => {
				const { answer } = await field.ask(client, kind, {
					stream: true, tools: { chat: chatTools,
						...tools }[client] }, reply);
				lines(answer);
				assert.deepEqual(seen(client, answer).calls,
				    rome.calls);
			});
	test("a search for tools, whose arguments are no text", async () => {
		const { answer } = await field.ask('responses', 'chat', {
			stream: true, tools: [{ type: 'tool_search',
				execution: 'client', description: 'find',
				parameters: { type: 'object' } }] }, stream(delta({
			tool_calls: [{ index: 0, id: 'a', type: 'function',
				function: { name: 'tool_search',
					arguments: '{\n"query":"x"\n}' } }] }), {
			delta: {}, finish_reason: 'tool_calls' }));
		lines(answer);
		const [found] = answer.events.at(-1).data.response.output;
		assert.equal(found.type, 'tool_search_call');
		assert.deepEqual(found.arguments, { query: 'x' });
	});
});
