// Calls as real servers and agents say them: a reply is reconciled, arguments
// always arrive, ids hold. Every client's API, whole and streamed.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { KINDS, describe, startField, test } from './field.mjs';

let field;

before(async () => {
	field = await startField();
});
after(() => field?.stop());

// ---- saying -------------------------------------------------------------------------

const TOOLS = { get_weather: true, get_time: true };
const schema = { type: 'object', properties: { city: { type: 'string' } } };
const names = Object.keys(TOOLS);
const tools = {
	chat: names.map((name) => ({ type: 'function', function: { name,
		parameters: schema } })),
	responses: names.map((name) => ({ type: 'function', name,
		parameters: schema })),
	messages: names.map((name) => ({ name, input_schema: schema })),
	generate: [{ functionDeclarations: names.map((name) => ({ name,
		parameters: schema })) }],
};

const data = (value) => `data: ${JSON.stringify(value)}\n\n`;
const named = (value) => `event: ${value.type}\n${data(value)}`;

// One choice's pieces of a Chat stream; `choice` objects as they stand.
const chatStream = (...choices) => ({ events: [...choices.map((choice) => data({
	id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'x',
	choices: [{ index: 0, finish_reason: null, ...choice }] })),
	data({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1,
	    model: 'x', choices: [], usage: { prompt_tokens: 10,
	    completion_tokens: 5, total_tokens: 15 } }), 'data: [DONE]\n\n'] });
const pieces = (...calls) => ({ delta: { tool_calls: calls } });
const piece = (index, id, name, args) => ({ type: 'function', index, id,
	function: { name, arguments: args } });
const finish = { delta: {}, finish_reason: 'tool_calls' };
const chatWhole = (calls, content = null, more = []) => ({ body: { id: 'x',
	object: 'chat.completion', created: 1, model: 'x', choices: [{ index: 0,
	message: { role: 'assistant', content, tool_calls: calls },
	finish_reason: 'tool_calls' }, ...more], usage: { prompt_tokens: 10,
	completion_tokens: 5, total_tokens: 15 } } });

const responseOf = (status, output) => ({ id: 'resp_1', object: 'response',
	created_at: 1, status, model: 'x', output, error: null,
	incomplete_details: null, usage: { input_tokens: 10, output_tokens: 5,
	total_tokens: 15, input_tokens_details: { cached_tokens: 0 },
	output_tokens_details: { reasoning_tokens: 0 } } });
const responsesStream = (output, ...events) => ({ events: [
	{ type: 'response.created', response: responseOf('in_progress', []) },
	...events, { type: 'response.completed', response: responseOf('completed',
	    output) }].map(named) });
const callItem = (args, more = {}) => ({ type: 'function_call', id: 'fc1',
	call_id: 'c1', name: 'get_weather', arguments: args, status: 'completed',
	...more });
const messageItem = (...content) => ({ type: 'message', id: 'm1',
	role: 'assistant', status: 'completed', content });
const text = (value) => ({ type: 'output_text', text: value, annotations: [] });
const at = { output_index: 0 };
const added = (item, index = 0) => ({ type: 'response.output_item.added',
	output_index: index, item: { ...item, status: 'in_progress',
	...(item.content ? { content: [] } : { arguments: '' }) } });
const done = (item, index = 0) => ({ type: 'response.output_item.done',
	output_index: index, item });

const messagesStream = (stop, ...events) => ({ events: [
	{ type: 'message_start', message: { id: 'msg_1', type: 'message',
	    role: 'assistant', model: 'x', content: [], stop_reason: null,
	    stop_sequence: null, usage: { input_tokens: 10, output_tokens: 1 } } },
	...events, { type: 'message_delta', delta: { stop_reason: stop,
	    stop_sequence: null }, usage: { output_tokens: 5 } },
	{ type: 'message_stop' }].map(named) });
const messagesWhole = (...content) => ({ body: { id: 'msg_1', type: 'message',
	role: 'assistant', model: 'x', content, stop_reason: 'tool_use',
	stop_sequence: null, usage: { input_tokens: 10, output_tokens: 5 } } });
const blockStart = (block) => ({ type: 'content_block_start', index: 0,
	content_block: block });
const blockDelta = (delta, index = 0) => ({ type: 'content_block_delta', index,
	delta });
const blockStop = { type: 'content_block_stop', index: 0 };
const generateStream = (...parts) => ({ events: [data({ candidates: [{ content: {
	role: 'model', parts }, index: 0, finishReason: 'STOP' }], usageMetadata: {
	promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 15 },
	modelVersion: 'x', responseId: 'r1' })] });

// ---- hearing ------------------------------------------------------------------------

const parsed = (json) => {
	try {
		return JSON.parse(json);
	} catch {
		return json;
	}
};

const heard = {
	chat: {
		whole: ({ choices: [{ message, finish_reason: stop }] }) => ({ stop,
			text: message.content ?? '',
			calls: (message.tool_calls ?? []).map((call) => ({ id: call.id,
				name: call.function.name,
				input: parsed(call.function.arguments) })) }),
		stream: (events) => {
			const said = { text: '', calls: [] };
			for (const { choices } of events) {
				const [choice] = choices ?? [];
				said.stop = choice?.finish_reason ?? said.stop;
				said.text += choice?.delta.content ?? '';
				for (const call of choice?.delta.tool_calls ?? []) {
					said.calls[call.index] ??= { id: call.id,
						name: call.function.name, input: '' };
					said.calls[call.index].input +=
						call.function.arguments ?? '';
				}
			}
			for (const call of said.calls)
				call.input = parsed(call.input);
			return said;
		},
	},
	responses: {
		whole: ({ output, status }) => ({ stop: status,
			text: output.filter(({ type }) => type === 'message')
			    .flatMap(({ content }) => content)
			    .map((part) => part.text).join(''),
			calls: output.filter(({ type }) => type === 'function_call')
			    .map((call) => ({ id: call.call_id, name: call.name,
			    input: parsed(call.arguments) })) }),
		stream: (events) => heard.responses.whole(events.at(-1).response),
	},
	messages: {
		whole: ({ content, stop_reason: stop }) => ({ stop,
			text: content.map((block) => block.text ?? '').join(''),
			calls: content.filter(({ type }) => type === 'tool_use')
			    .map(({ id, name, input }) => ({ id, name, input })) }),
		stream: (events) => {
			const blocks = [];
			let stop;
			for (const event of events) {
				if (event.type === 'content_block_start')
					blocks[event.index] = { ...event.content_block,
						json: '' };
				const { delta } = event;
				if (delta?.type === 'text_delta')
					blocks[event.index].text += delta.text;
				if (delta?.type === 'input_json_delta')
					blocks[event.index].json += delta.partial_json;
				stop = delta?.stop_reason ?? stop;
			}
			for (const block of blocks)
				if (block.type === 'tool_use')
					block.input = parsed(block.json);
			return heard.messages.whole({ content: blocks,
				stop_reason: stop });
		},
	},
	generate: {
		whole: ({ candidates: [{ content, finishReason: stop }] }) => ({ stop,
			text: content.parts.map((part) => part.text ?? '').join(''),
			calls: content.parts.filter((part) => part.functionCall)
			    .map(({ functionCall: { id, name, args } }) => ({ id, name,
			    input: args })) }),
		stream: (events) => heard.generate.whole({ candidates: [{
			content: { parts: events.flatMap(({ candidates }) =>
			    candidates?.[0]?.content?.parts ?? []) },
			finishReason: events.at(-1).candidates[0].finishReason }] }),
	},
};

const STOPS = { chat: 'tool_calls', responses: 'completed',
	messages: 'tool_use', generate: 'STOP' };

// What a client heard of that reply. A generate client streams elsewhere.
async function hear(client, kind, reply, body = {}) {
	const stream = reply.events !== undefined;
	const { answer, sent } = await field.ask(client, kind, { ...body,
		tools: tools[client], ...(stream ? { stream: true } : {}) }, reply);
	assert.equal(answer.status, 200, answer.text);
	const events = stream ? answer.text.split('\n\n').flatMap((event) =>
		event.split('\n').filter((line) => line.startsWith('data: {'))
		    .map((line) => JSON.parse(line.slice(6)))) : [];
	return { ...(stream ? heard[client].stream(events) :
	    heard[client].whole(answer.json)), sent };
}

// The same for each foreign client.
function each(name, kind, reply, check, body = () => ({})) {
	for (const client of KINDS)
		if (client !== kind)
			test(`${name}, ${client} over ${kind}`, async () => {
				await check(await hear(client, kind, reply,
				    body(client)), client);
			});
}

// These calls, with ids of their own, that text, and the stop of calls.
const holds = (calls, said = '') => (reply, client) => {
	assert.deepEqual(reply.calls.map(({ name, input }) => [name, input]), calls);
	assert.equal(new Set(reply.calls.map(({ id }) => id)).size, calls.length);
	assert.ok(reply.calls.every(({ id }) => id));
	assert.equal(reply.text, said);
	if (calls.length)
		assert.equal(reply.stop, STOPS[client]);
};

const ROME = { city: 'Rome' }, OSLO = { city: 'Oslo' };
const rome = '{"city":"Rome"}', oslo = '{"city":"Oslo"}';
const one = holds([['get_weather', ROME]]);

// ---- A: a reply is reconciled -------------------------------------------------------

describe('A: a new id on every delta of one call', () => {
	each('one call', 'chat', chatStream(pieces(piece(0, 'a1', 'get_weather',
	    '')), pieces(piece(0, 'b2', undefined, '{"city":')),
	    pieces(piece(0, 'c3', undefined, '"Rome"}')), finish),
	    (reply, client) => {
		    one(reply, client);
		    assert.equal(reply.calls[0].id, 'a1');
	    });
	each('two calls at once', 'chat', chatStream(
	    pieces(piece(0, 'a1', 'get_weather', ''), piece(1, 'x1', 'get_time',
	    '')), pieces(piece(1, 'x2', undefined, oslo)),
	    pieces(piece(0, 'a2', '', rome)), finish),
	    holds([['get_weather', ROME], ['get_time', OSLO]]));
	each('name and id again with every piece', 'chat', chatStream(
	    pieces(piece(0, 'a1', 'get_weather', '{"city"')),
	    pieces(piece(0, 'a2', 'get_weather', ':"Rome"}')), finish), one);
});

describe('A: parallel calls that share an index and have no id', () => {
	for (const [form, index] of [['index 0', 0], ['no index', undefined]]) {
		for (const id of ['', undefined]) {
			const calls = (second) => [piece(index, id, 'get_weather', rome),
				piece(index, id, second, oslo)];
			for (const second of names) {
				const both = holds([['get_weather', ROME], [second, OSLO]]);
				const [first, other] = calls(second);
				each(`${form}, id ${id}, ${second}`, 'chat',
				    chatStream(pieces(first), pieces(other), finish), both);
				each(`${form}, id ${id}, ${second}, whole`, 'chat',
				    chatWhole(calls(second)), both);
			}
		}
	}
	each('ids of their own', 'chat', chatStream(pieces(piece(0, 'a',
	    'get_time', '')), pieces(piece(0, 'b', 'get_time', rome)), finish),
	    holds([['get_time', {}], ['get_time', ROME]]));
	each('the same id, another name', 'chat', chatStream(
	    pieces(piece(0, 'a', 'get_weather', rome)),
	    pieces(piece(0, 'a', 'get_time', oslo)), finish),
	    holds([['get_weather', ROME], ['get_time', OSLO]]));
	each('the same id in one reply', 'chat', chatWhole([
	    piece(0, 'a', 'get_weather', rome), piece(1, 'a', 'get_time', oslo)]),
	    holds([['get_weather', ROME], ['get_time', OSLO]]));
});

describe('A: pieces that tell of their call in other ways', () => {
	const two = holds([['get_weather', ROME], ['get_time', OSLO]]);
	const args = (index, value) => pieces({ index, function: {
		arguments: value } });
	const cases = {
		'an index that counts the pieces': [pieces(piece(0, 'a',
		    'get_weather', '')), args(1, '{"city":'), args(2, '"Rome"}')],
		'the arguments again behind their end': [pieces(piece(0, 'a',
		    'get_weather', '')), args(0, rome), pieces(piece(0, 'a',
		    'get_weather', rome))],
		'{} before the arguments': [pieces(piece(0, 'a', 'get_weather',
		    '{}')), args(0, '{"city":'), args(0, '"Rome"}')],
		'no function around name and arguments': [pieces({ index: 0,
		    id: 'a', name: 'get_weather', arguments: rome })],
		'arguments before the name': [pieces(piece(0, 'a', undefined, rome)),
		    pieces(piece(0, 'a', 'get_weather', ''))],
	};
	for (const [name, choices] of Object.entries(cases))
		each(name, 'chat', chatStream(...choices, finish), one);
	const both = { tool_calls: [piece(0, 'a', 'get_weather', rome)],
		function_call: { name: 'get_weather', arguments: rome } };
	each('in the old form, too', 'chat', chatStream({ delta: both }, finish),
	    one);
	each('in the old form, too, whole', 'chat', { body: { ...chatWhole([]).body,
		choices: [{ index: 0, message: { role: 'assistant', content: null,
			...both }, finish_reason: 'tool_calls' }] } }, one);
	each('a piece that says nothing, before text', 'chat', chatStream(
	    pieces(piece(0, '', '', '')), { delta: { content: 'Hi' } },
	    { delta: {}, finish_reason: 'stop' }), holds([], 'Hi'));
	each('an index that is text', 'chat', chatStream(
	    pieces(piece('0', 'a', 'get_weather', ''), piece('1', 'b',
	    'get_time', '')), args('1', oslo), args('0', rome), finish), two);
});

describe('A: a character that is cut in two', () => {
	const { events } = chatStream({ delta: { content: 'H1' } },
	    { delta: { content: '2!' } }, { delta: {}, finish_reason: 'stop' });
	each('text', 'chat', { events: events.map((event) => event
	    .replace('H1', 'H\\ud83d').replace('2!', '\\ude00!')) },
	    holds([], 'H\u{1f600}!'));
});

describe('A: finish_reason in every chunk', () => {
	const every = (...calls) => chatStream(...calls.map((call) => ({
		...pieces(call), finish_reason: 'tool_calls' })));
	each('one call', 'chat', every(piece(0, 'a', 'get_weather', ''),
	    piece(0, undefined, undefined, '{"city":'),
	    piece(0, undefined, undefined, '"Rome"}')), one);
	each('two calls', 'chat', every(piece(0, 'a', 'get_weather', ''),
	    piece(1, 'b', 'get_time', ''), piece(0, undefined, undefined, rome),
	    piece(1, undefined, undefined, oslo)),
	    holds([['get_weather', ROME], ['get_time', OSLO]]));
});

describe('A: text in one choice, the call in another', () => {
	const call = piece(0, 't1', 'get_weather', rome);
	const both = holds([['get_weather', ROME]], 'Let me look.');
	each('whole', 'chat', chatWhole(undefined, 'Let me look.', [{ index: 1,
	    message: { role: 'assistant', tool_calls: [call] },
	    finish_reason: 'tool_calls' }]), both);
	each('streamed', 'chat', chatStream({ delta: { content: 'Let me look.' } },
	    { ...pieces(call), index: 1 }, finish, { ...finish, index: 1 }), both);
	each('the call first', 'chat', chatWhole([call], null, [{ index: 1,
	    message: { role: 'assistant', content: 'Let me look.' },
	    finish_reason: 'stop' }]), both);
	each('text in both', 'chat', chatStream({ delta: { content: 'Let me ' } },
	    { delta: { content: 'No' }, index: 1 }, { delta: {
	    content: 'look.' } }, { ...pieces(call), index: 1 }, finish), both);
	each('calls in both', 'chat', chatStream(pieces(call), { ...pieces(
	    piece(0, 't2', 'get_time', oslo)), index: 1 }, finish),
	    holds([['get_weather', ROME], ['get_time', OSLO]]));
});

describe('A: a whole message in the last chunk', () => {
	const last = { delta: {}, message: { role: 'assistant', content: 'Hello',
		tool_calls: [piece(0, 'a', 'get_weather', rome)] },
		finish_reason: 'tool_calls' };
	const both = holds([['get_weather', ROME]], 'Hello');
	each('alone', 'chat', chatStream(last), both);
	each('behind deltas', 'chat', chatStream({ delta: { content: 'Hello' } },
	    pieces(piece(0, 'a', 'get_weather', rome)), last), both);
});

describe('A: a second call of more than 1 MiB', () => {
	const large = 'x'.repeat(1500000);
	const calls = [piece(0, 'a', 'get_weather', rome), piece(1, 'b',
	    'get_time', JSON.stringify({ city: large }))];
	const both = holds([['get_weather', ROME], ['get_time', { city: large }]]);
	each('whole', 'chat', chatWhole(calls), both);
	each('streamed', 'chat', chatStream(...calls.map((call) => pieces(call)),
	    finish), both);
});

describe('A: a Responses stream that says arguments at the end', () => {
	const item = callItem(rome);
	const delta = (value) => ({ type: 'response.function_call_arguments.delta',
		...at, item_id: 'fc1', delta: value });
	const argsDone = { type: 'response.function_call_arguments.done', ...at,
		item_id: 'fc1', arguments: rome };
	const cases = {
		'in .done': [added(item), argsDone],
		'in the item': [added(item), done(item)],
		'in the whole response': [added(item)],
		'in the whole response alone': [],
		'in the item alone': [done(item)],
		'everywhere': [added(item), delta('{"city":'), delta('"Rome"}'),
			argsDone, done(item)],
		'begun in pieces': [added(item), delta('{"city":')],
		'without the item': [delta('{"city":'), argsDone],
		'with another id at the end': [added({ ...item, id: 'x', call_id:
			'y' }), argsDone],
	};
	for (const [name, events] of Object.entries(cases))
		each(name, 'responses', responsesStream([item], ...events), one);
	each('written otherwise at the end', 'responses', responsesStream(
	    [callItem('{ "city": "Rome" }')], added(item), delta(rome)), one);
});

describe('A: items of Responses that have one index', () => {
	const call = callItem(rome), hello = messageItem(text('Hello'));
	const late = callItem(oslo, { id: 'fc2', call_id: 'c2',
		name: 'get_time' });
	const args = (value, item_id) => ({ ...at, item_id, delta: value,
		type: 'response.function_call_arguments.delta' });
	const said = { ...at, content_index: 0, item_id: 'm1', delta: 'Hello',
		type: 'response.output_text.delta' };
	const both = holds([['get_weather', ROME]], 'Hello');
	const two = holds([['get_weather', ROME], ['get_time', OSLO]]);
	each('text and a call', 'responses', responsesStream([hello, call],
	    added(hello), said, added(call), args(rome, 'fc1'), done(call),
	    done(hello)), both);
	each('an item that nobody knows', 'responses', responsesStream([{
	    ...hello, type: 'hologram' }, call], added({ ...hello,
	    type: 'hologram' }), said, added(call), args(rome, 'fc1'), done(call),
	done({ ...hello, type: 'hologram' })), both);
	each('without their ends', 'responses', responsesStream([hello, call],
	    added(hello), said, added(call), args(rome, 'fc1')), both);
	each('two calls', 'responses', responsesStream([call, late], added(call),
	    args(rome, 'fc1'), added(late), args(oslo, 'fc2'), done(call),
	    done(late)), two);
	each('one behind the other', 'responses', responsesStream([call, late],
	    added(call), args(rome, 'fc1'), done(call), added(late),
	    args(oslo, 'fc2'), done(late)), two);
	each('other ids at their ends', 'responses', responsesStream([hello, call],
	    added(hello), said, done({ ...hello, id: 'm2' }), added(call),
	    args(rome, 'fc1'), done({ ...call, id: 'fc3', call_id: 'c3' })), both);
});

describe('A: a Responses stream that says text at the end', () => {
	const item = messageItem(text('Hel\nlo é'));
	const said = holds([], 'Hel\nlo é');
	const part = { ...at, content_index: 0, item_id: 'm1' };
	const delta = (value) => ({ type: 'response.output_text.delta', ...part,
		delta: value });
	const textDone = { type: 'response.output_text.done', ...part,
		text: 'Hel\nlo é' };
	const partDone = { type: 'response.content_part.done', ...part,
		part: text('Hel\nlo é') };
	const cases = {
		'in .done': [added(item), textDone],
		'in the part': [added(item), partDone],
		'in the item': [added(item), done(item)],
		'in the whole response': [added(item)],
		'in the whole response alone': [],
		'begun in pieces': [added(item), delta('Hel\n')],
		'everywhere': [added(item), delta('Hel'), delta('\nlo é'), textDone,
			partDone, done(item)],
		'without the item': [textDone],
	};
	for (const [name, events] of Object.entries(cases))
		each(name, 'responses', responsesStream([item], ...events), said);
	each('two parts, one in pieces', 'responses', responsesStream(
	    [messageItem(text('Hello'), text(' world'))], added(item),
	    delta('Hello')), holds([], 'Hello world'));
	const refusal = messageItem({ type: 'refusal', refusal: 'I will not.' });
	test('a refusal, chat over responses', async () => {
		const { answer } = await field.ask('chat', 'responses',
		    { stream: true }, responsesStream([refusal], added(refusal)));
		assert.match(answer.text, /I will not\./);
	});
});

describe('A: an item that only the completed response has', () => {
	const message = messageItem(text('Hello'));
	const delta = { type: 'response.output_text.delta', ...at, content_index: 0,
		item_id: 'm1', delta: 'Hello' };
	const both = holds([['get_weather', ROME]], 'Hello');
	each('a call', 'responses', responsesStream([message, callItem(rome)],
	    added(message), delta, done(message)), both);
	each('a text', 'responses', responsesStream([message, callItem(rome)],
	    added(callItem(rome), 1), done(callItem(rome), 1)), both);
	each('a second call', 'responses', responsesStream([callItem(rome),
	    callItem(oslo, { id: 'fc2', call_id: 'c2' })], added(callItem(rome)),
	    done(callItem(rome))), holds([['get_weather', ROME],
	    ['get_weather', OSLO]]));
	each('the first call', 'responses', responsesStream([callItem(rome),
	    callItem(oslo, { id: 'fc2', call_id: 'c2' })],
	    done(callItem(oslo, { id: 'fc2', call_id: 'c2' }), 1)),
	    holds([['get_weather', OSLO], ['get_weather', ROME]]));
});

describe('A: arguments that are an object, input that is text', () => {
	each('arguments, whole', 'responses', { body: responseOf('completed',
	    [callItem(ROME)]) }, one);
	each('arguments, streamed', 'responses', responsesStream([callItem(ROME)],
	    done(callItem(ROME))), one);
	each('chat arguments', 'chat', chatWhole([piece(0, 'a', 'get_weather',
	    ROME)]), one);
	const block = { type: 'tool_use', id: 't1', name: 'get_weather',
		input: rome };
	each('input, whole', 'messages', messagesWhole(block), one);
	each('input, streamed', 'messages', messagesStream('tool_use',
	    blockStart(block), blockStop), one);
	each('JSON in JSON', 'chat', chatWhole([piece(0, 'a', 'get_weather',
	    JSON.stringify(rome))]), one);
});

describe('A: input in the start and again in deltas', () => {
	const start = blockStart({ type: 'tool_use', id: 't1', name: 'get_weather',
		input: ROME });
	const delta = (json) => blockDelta({ type: 'input_json_delta',
		partial_json: json });
	each('both', 'messages', messagesStream('tool_use', start, delta(rome),
	    blockStop), one);
	each('the start alone', 'messages', messagesStream('tool_use', start,
	    blockStop), one);
	each('the start and an empty delta', 'messages', messagesStream('tool_use',
	    start, delta(''), blockStop), one);
});

describe('A: an answer in another wrapping', () => {
	const hello = holds([], 'Hello');
	const { body } = messagesWhole();
	const wrapped = ({ events }, put) => ({ events: events.map((event) =>
		data(put(JSON.parse(event.slice(6))))) });
	each('content as text', 'messages', { body: { ...body, content: 'Hello',
	    stop_reason: 'end_turn' } }, hello);
	each('content as text', 'responses', { body: responseOf('completed',
	    [{ ...messageItem(), content: 'Hello' }]) }, hello);
	each('within a response', 'generate', wrapped(generateStream({
	    text: 'Hello' }), (response) => ({ response })), hello);
	each('within a list', 'generate', wrapped(generateStream({
	    text: 'Hello' }), (event) => [event]), hello);
});

describe('A: blocks of Messages that overlap', () => {
	const use = (index, name) => ({ ...blockStart({ type: 'tool_use',
		id: `t${index}`, name, input: {} }), index });
	const json = (index, partial_json) => blockDelta({
		type: 'input_json_delta', partial_json }, index);
	const stop = (index) => ({ ...blockStop, index });
	const hello = (value) => blockDelta({ type: 'text_delta', text: value });
	const opened = [use(0, 'get_weather'), use(1, 'get_time')];
	const two = holds([['get_weather', ROME], ['get_time', OSLO]]);
	const cases = {
		'in turn': [...opened, json(0, rome), json(1, oslo), stop(0),
			stop(1)],
		'in pieces': [...opened, json(0, '{"city":'), json(1, '{"city":'),
			json(1, '"Oslo"}'), stop(1), json(0, '"Rome"}'), stop(0)],
		'without an end': [...opened, json(1, oslo), json(0, rome)],
	};
	for (const [name, events] of Object.entries(cases))
		each(`calls ${name}`, 'messages', messagesStream('tool_use',
		    ...events), two);
	each('text and a call', 'messages', messagesStream('tool_use',
	    blockStart({ type: 'text', text: '' }), hello('Hel'),
	    use(1, 'get_weather'), json(1, '{"city":'), hello('lo'),
	    json(1, '"Rome"}'), stop(0), stop(1)), holds([['get_weather', ROME]],
	    'Hello'));
	each('the end of the text late', 'messages', messagesStream('tool_use',
	    blockStart({ type: 'text', text: '' }), hello('Hello'),
	    use(1, 'get_weather'), stop(0), json(1, rome), stop(1)),
	    holds([['get_weather', ROME]], 'Hello'));
	each('input as an object in a piece', 'messages', messagesStream(
	    'tool_use', use(0, 'get_weather'), json(0, ROME), stop(0)), one);
	each('{} before the input', 'messages', messagesStream('tool_use',
	    use(0, 'get_weather'), json(0, '{}'), json(0, rome), stop(0)), one);
});

describe('A: a delta of a block that was not opened', () => {
	const hello = blockDelta({ type: 'text_delta', text: 'Hello' });
	const hm = blockDelta({ type: 'thinking_delta', thinking: 'hm' });
	each('text', 'messages', messagesStream('end_turn', hello, blockStop),
	    holds([], 'Hello'));
	each('no stop either', 'messages', messagesStream('end_turn', hello, hello),
	    holds([], 'HelloHello'));
	each('behind another kind', 'messages', messagesStream('tool_use',
	    blockStart({ type: 'tool_use', id: 't1', name: 'get_weather',
	    input: ROME }), blockDelta({ type: 'text_delta', text: 'Hello' }, 1)),
	    holds([['get_weather', ROME]], 'Hello'));
	test('thinking, chat over messages', async () => {
		const { answer } = await field.ask('chat', 'messages', { stream: true },
		    messagesStream('end_turn', hm, hello));
		assert.match(answer.text, /"reasoning_content":"hm"/);
		assert.match(answer.text, /"content":"Hello"/);
	});
});

// ---- B: arguments always arrive -----------------------------------------------------

describe('B: a call without arguments', () => {
	const none = holds([['get_time', {}]]);
	const block = { type: 'tool_use', id: 't1', name: 'get_time', input: {} };
	each('no piece', 'messages', messagesStream('tool_use', blockStart(block),
	    blockStop), none);
	each('an empty piece', 'messages', messagesStream('tool_use',
	    blockStart(block), blockDelta({ type: 'input_json_delta',
	    partial_json: '' }), blockStop), none);
	each('an object', 'generate', generateStream({ functionCall: {
	    name: 'get_time', args: {} } }), none);
	each('nothing', 'generate', generateStream({ functionCall: {
	    name: 'get_time' } }), none);
	each('two', 'generate', generateStream({ functionCall: { name: 'get_time' } },
	    { functionCall: { name: 'get_time', args: ROME } }),
	    holds([['get_time', {}], ['get_time', ROME]]));
	const item = callItem('', { name: 'get_time' });
	each('nothing', 'responses', responsesStream([item], added(item),
	    done(item)), none);
	for (const args of ['', ' ', 'null', undefined]) {
		each(`${args}`, 'chat', chatStream(pieces(piece(0, 'a', 'get_time',
		    args)), finish), none);
		each(`${args}, whole`, 'chat', chatWhole([piece(0, 'a', 'get_time',
		    args)]), none);
	}
});

describe('B: arguments that are no JSON object', () => {
	const TEXTS = { comma: '{"city":"Rome",}', cut: '{"city":"Ro',
		fenced: '```json\n{"city":"Rome"}\n```', list: '["Rome"]',
		prose: 'Rome, "please"' };
	const item = (args) => callItem(args);
	for (const [name, args] of Object.entries(TEXTS)) {
		const shown = (reply, client) => {
			assert.equal(reply.stop, STOPS[client]);
			assert.equal(reply.calls.length, 1);
			const { input } = reply.calls[0];
			// Text stays text; an object wraps it. A stream of Messages
			// has what began as an object as it came.
			const said = input._raw ?? input;
			assert.deepEqual(said, parsed(args));
			if (client === 'generate')
				assert.equal(input._raw, args);
		};
		const loose = (reply, client) => {
			reply.calls.forEach((call) => {
				if (call.input._raw !== undefined)
					call.input = { _raw: call.input._raw };
			});
			if (name === 'list' && reply.calls[0]?.input._raw)
				reply.calls[0].input = parsed(reply.calls[0].input._raw);
			else
				return shown(reply, client);
			return assert.deepEqual(reply.calls[0].input, ['Rome']);
		};
		each(`${name}, whole`, 'chat', chatWhole([piece(0, 'a', 'get_weather',
		    args)]), loose);
		each(`${name}, streamed`, 'chat', chatStream(pieces(piece(0, 'a',
		    'get_weather', args)), finish), loose);
		each(`${name}, whole`, 'responses', { body: responseOf('completed',
		    [item(args)]) }, loose);
	}
	each('a list itself', 'generate', generateStream({ functionCall: {
	    name: 'get_time', args: ['Rome'] } }), (reply) => assert.deepEqual(
	    parsed(reply.calls[0].input._raw ?? reply.calls[0].input), ['Rome']));
	test('a whole reply for messages clients wraps it', async () => {
		const reply = await hear('messages', 'chat', chatWhole([piece(0, 'a',
		    'get_weather', TEXTS.comma)]));
		assert.deepEqual(reply.calls[0].input, { _raw: TEXTS.comma });
	});
});

describe('B: arguments "null" in a history', () => {
	for (const kind of ['messages', 'generate'])
		test(`responses and chat over ${kind}`, async () => {
			const chat = await field.ask('chat', kind, { messages: [
				{ role: 'user', content: 'x' },
				{ role: 'assistant', content: null, tool_calls: [{
				    id: 'c1', type: 'function', function: {
				    name: 'get_time', arguments: 'null' } }] },
				{ role: 'tool', tool_call_id: 'c1', content: 'r' }],
				tools: tools.chat });
			const responses = await field.ask('responses', kind, { input: [
				{ role: 'user', content: 'x' },
				callItem('null', { name: 'get_time' }),
				{ type: 'function_call_output', call_id: 'c1',
				    output: 'r' }], tools: tools.responses });
			for (const { sent } of [chat, responses]) {
				assert.doesNotMatch(JSON.stringify(sent.body), /_raw/);
				assert.match(JSON.stringify(sent.body),
				    /"(input|args)":\{\}/);
			}
		});
});

// ---- C: ids -------------------------------------------------------------------------

// A conversation of calls [id, result] in turn, as each client says it.
const history = {
	chat: (...turns) => ({ messages: [{ role: 'user', content: 'x' },
		...turns.flatMap((calls) => [{ role: 'assistant', content: null,
		    tool_calls: calls.map(([id]) => ({ id, type: 'function',
		    function: { name: 'get_time', arguments: '{}' } })) },
		    ...calls.map(([id, content]) => ({ role: 'tool',
		    tool_call_id: id, content }))])] }),
	responses: (...turns) => ({ input: [{ role: 'user', content: 'x' },
		...turns.flatMap((calls) => [...calls.map(([id]) => ({
		    type: 'function_call', call_id: id, name: 'get_time',
		    arguments: '{}' })), ...calls.map(([id, output]) => ({
		    type: 'function_call_output', call_id: id, output }))])] }),
	messages: (...turns) => ({ messages: [{ role: 'user', content: 'x' },
		...turns.flatMap((calls) => [{ role: 'assistant',
		    content: calls.map(([id]) => ({ type: 'tool_use', id,
		    name: 'get_time', input: {} })) }, { role: 'user',
		    content: calls.map(([id, content]) => ({ type: 'tool_result',
		    tool_use_id: id, content })) }])] }),
	generate: (...turns) => ({ contents: [{ role: 'user',
		parts: [{ text: 'x' }] }, ...turns.flatMap((calls) => [{ role: 'model',
		    parts: calls.map(([id]) => ({ functionCall: { id,
		    name: 'get_time', args: {} } })) }, { role: 'user',
		    parts: calls.map(([id, output]) => ({ functionResponse: { id,
		    name: 'get_time', response: { output } } })) }])] }),
};

const blocksOf = (content) => Array.isArray(content) ? content : [{
	type: 'text', text: content ?? '' }];

// [call ids] and [[id, result]] of a request that reached an upstream.
const pairs = {
	chat: ({ messages }) => [messages.flatMap((message) =>
		(message.tool_calls ?? []).map(({ id }) => id)),
	messages.filter(({ role }) => role === 'tool').map((message) =>
		[message.tool_call_id, message.content])],
	responses: ({ input }) => [input.filter(({ type }) =>
		type === 'function_call').map((item) => item.call_id),
	input.filter(({ type }) => type === 'function_call_output').map((item) =>
		[item.call_id, blocksOf(item.output).map((part) => part.text)
		    .join('')])],
	messages: ({ messages }) => {
		const blocks = messages.flatMap(({ content }) => blocksOf(content));
		return [blocks.filter(({ type }) => type === 'tool_use')
		    .map(({ id }) => id),
		blocks.filter(({ type }) => type === 'tool_result').map((block) =>
			[block.tool_use_id, blocksOf(block.content).map((part) =>
			part.text).join('')])];
	},
	generate: ({ contents }) => {
		const parts = contents.flatMap((content) => content.parts);
		return [parts.filter((part) => part.functionCall).map((part) =>
			part.functionCall.id),
		parts.filter((part) => part.functionResponse).map((part) =>
			[part.functionResponse.id,
			part.functionResponse.response.output])];
	},
};

async function sends(client, kind, body) {
	const { answer, sent } = await field.ask(client, kind, { ...body,
		tools: tools[client] });
	assert.equal(answer.status, 200, answer.text);
	return sent.body;
}

const foreign = KINDS.flatMap((client) => KINDS.filter((kind) =>
	kind !== client).map((kind) => [client, kind]));

describe('C: an id that the conversation already has', () => {
	for (const [client, kind] of foreign) {
		test(`a reply's, ${client} over ${kind}`, async () => {
			const replies = {
				chat: [chatWhole([piece(0, 'call_0', 'get_time', rome)]),
				    chatStream(pieces(piece(0, 'call_0', 'get_time', rome)),
				    finish)],
				responses: [{ body: responseOf('completed', [callItem(rome,
				    { call_id: 'call_0' })]) }, responsesStream([callItem(
				    rome, { call_id: 'call_0' })])],
				messages: [messagesWhole({ type: 'tool_use', id: 'call_0',
				    name: 'get_time', input: ROME }), messagesStream(
				    'tool_use', blockStart({ type: 'tool_use',
				    id: 'call_0', name: 'get_time', input: ROME }),
				    blockStop)],
				generate: [generateStream({ functionCall: { id: 'call_0',
				    name: 'get_time', args: ROME } })],
			}[kind];
			const ids = [];
			for (const reply of replies) {
				const said = await hear(client, kind, reply,
				    history[client]([['call_0', 'one']]));
				assert.equal(said.calls.length, 1);
				assert.match(said.calls[0].id, /^[\w-]{1,40}$/);
				assert.notEqual(said.calls[0].id, 'call_0');
				ids.push(said.calls[0].id);
			}
			assert.equal(new Set(ids).size, 1);
		});
		if (client === 'generate')
			continue;
		test(`a history's, ${client} over ${kind}`, async () => {
			const [ids, results] = pairs[kind](await sends(client, kind,
			    history[client]([['call_0', 'one']], [['call_0', 'two']],
			    [['b', 'three'], ['b', 'four']])));
			assert.equal(new Set(ids).size, 4);
			assert.deepEqual(results.map(([id]) => id), ids);
			assert.deepEqual(results.map(([, result]) => result),
			    ['one', 'two', 'three', 'four']);
			assert.equal(ids[0], 'call_0');
		});
	}
});

describe('C: ids that the upstream must see again as they were', () => {
	const IDS = ['functions.get_weather:0', 'functions.get_weather:1', 'a|b/c+d',
		'functions.mcp__a_server_with_a_name__and-a-tool-with-a-long-one:12'];
	for (const client of ['responses', 'messages', 'generate'])
		for (const form of ['whole', 'streamed'])
			test(`${form}, ${client} over chat`, async () => {
				const calls = IDS.map((id, index) => piece(index, id,
				    'get_time', rome));
				const said = await hear(client, 'chat', form === 'whole' ?
				    chatWhole(calls) : chatStream(...calls.map((call) =>
				    pieces(call)), finish));
				const ids = said.calls.map(({ id }) => id);
				if (client === 'messages')
					ids.forEach((id) => assert.match(id,
					    /^[a-zA-Z0-9_-]+$/));
				const [back, results] = pairs.chat(await sends(client,
				    'chat', history[client](ids.map((id) => [id, 'r']))));
				assert.deepEqual(back, IDS);
				assert.deepEqual(results.map(([id]) => id), IDS);
			});
	test('to an API that refuses the characters', async () => {
		const [ids, results] = pairs.messages(await sends('chat', 'messages',
		    history.chat(IDS.map((id) => [id, 'r']))));
		ids.forEach((id) => assert.match(id, /^[a-zA-Z0-9_-]+$/));
		assert.equal(new Set(ids).size, IDS.length);
		assert.deepEqual(results.map(([id]) => id), ids);
	});
});

describe('C: outputs that name no call, and late ones', () => {
	const call = (id) => ({ type: 'function_call', call_id: id,
		name: 'get_time', arguments: '{}' });
	const output = (id, said) => ({ type: 'function_call_output', call_id: id,
		output: said });
	for (const kind of ['chat', 'messages', 'generate']) {
		test(`without a call_id, responses over ${kind}`, async () => {
			const body = await sends('responses', kind, { input: [
				{ role: 'user', content: 'x' }, call('c1'),
				{ type: 'function_call_output', name: 'automation_update',
				    output: 'heartbeat' }, output('c1', 'first'),
				{ type: 'function_call_output', name: 'create_thread',
				    namespace: 'codex', call_id: null, output: [{
				    type: 'input_text', text: 'do it' }] },
				{ role: 'user', content: 'go' }] });
			const sent = JSON.stringify(body);
			assert.match(sent, /automation_update:\\nheartbeat/);
			assert.match(sent, /create_thread:\\ndo it/);
			assert.match(sent, /go/);
			assert.deepEqual(pairs[kind](body)[1], [['c1', 'first']]);
		});
		test(`alone, responses over ${kind}`, async () => {
			const body = await sends('responses', kind, { input: [
				{ type: 'function_call_output', name: 'create_thread',
				    call_id: null, output: 'do it' }] });
			assert.match(JSON.stringify(body), /create_thread:\\ndo it/);
		});
		test(`behind an assistant's message, responses over ${kind}`,
		    async () => {
			const body = await sends('responses', kind, { input: [
				{ role: 'user', content: 'x' }, call('c1'), call('c2'),
				output('c2', 'second'), { type: 'message',
				    role: 'assistant', content: [{ type: 'output_text',
				    text: 'c1 still runs' }] }, call('c3'),
				output('c3', 'third'), output('c1', 'first'),
				{ role: 'user', content: 'go' }] });
			assert.deepEqual(pairs[kind](body)[1], [['c1', 'first'],
				['c2', 'second'], ['c3', 'third']]);
			assert.match(JSON.stringify(body), /c1 still runs.*go/);
		});
		test(`twice, responses over ${kind}`, async () => {
			const body = await sends('responses', kind, { input: [
				{ role: 'user', content: 'x' }, call('c1'),
				output('c1', 'runs'), { role: 'assistant',
				    content: 'wait' }, output('c1', 'the end'),
				{ role: 'user', content: 'go' }] });
			assert.deepEqual(pairs[kind](body)[1], [['c1', 'runs']]);
			assert.match(JSON.stringify(body), /the end.*go/);
		});
	}
	test('of no call, chat over messages', async () => {
		const body = await sends('chat', 'messages', { messages: [
			{ role: 'user', content: 'x' },
			{ role: 'tool', tool_call_id: 'gone', content: 'lost' },
			{ role: 'assistant', content: null, tool_calls: [{ id: 'c1',
			    type: 'function', function: { name: 'get_time',
			    arguments: '{}' } }] },
			{ role: 'tool', content: 'found' }] });
		assert.match(JSON.stringify(body), /gone:\\nlost/);
		assert.deepEqual(pairs.messages(body)[1], [['c1', 'found']]);
	});
});
