// Failures are failures, with the upstream's own words, and an end is an end:
// what real servers say beside the documents.

import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before } from 'node:test';
import zlib from 'node:zlib';
import { KINDS, describe, note, startField, test } from './field.mjs';
import { startGateway } from './gateway.mjs';
import { ask, open } from './client.mjs';
import { Steps } from '../upstream/answer.mjs';

let field;

before(async () => {
	field = await startField({ config: { idle_timeout_s: 8 } });
});
after(() => field?.stop());

const others = (kind) => KINDS.filter((client) => client !== kind);
const data = (value) => `data: ${JSON.stringify(value)}\n\n`;
const named = (value) => `event: ${value.type}\n${data(value)}`;
const DONE = 'data: [DONE]\n\n';
const USAGE = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };

// What chat upstreams say.
const chunk = (delta, finish_reason = null, more = {}, choice = {}) => data({
	id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1,
	model: 'x', choices: [{ index: 0, delta, finish_reason, ...choice }],
	...more });
const chatUsage = data({ id: 'chatcmpl-1', object: 'chat.completion.chunk',
	created: 1, model: 'x', choices: [], usage: USAGE });
const chatReply = (content, finish_reason = 'stop', more = {}, choice = {}) =>
	({ id: 'x', object: 'chat.completion', created: 1, model: 'x',
		choices: [{ index: 0, message: { role: 'assistant', content },
			finish_reason, ...choice }], usage: USAGE, ...more });

// What Messages upstreams say: all of it, or to before the terminal event.
const messageEvents = (text) => [
	named({ type: 'message_start', message: { id: 'msg_1',
		type: 'message', role: 'assistant', model: 'x', content: [],
		stop_reason: null, stop_sequence: null, usage: {
			input_tokens: 10, output_tokens: 1 } } }),
	named({ type: 'content_block_start', index: 0,
		content_block: { type: 'text', text: '' } }),
	named({ type: 'content_block_delta', index: 0,
		delta: { type: 'text_delta', text } }),
	named({ type: 'content_block_stop', index: 0 }),
	named({ type: 'message_delta', delta: { stop_reason: 'end_turn',
		stop_sequence: null }, usage: { output_tokens: 5 } }),
	named({ type: 'message_stop' }),
];
const messageReply = (text, more = {}) => ({ id: 'msg_1', type: 'message',
	role: 'assistant', model: 'x', content: [{ type: 'text', text }],
	stop_reason: 'end_turn', stop_sequence: null, usage: {
		input_tokens: 10, output_tokens: 5 }, ...more });

const candidate = (parts, finishReason, more = {}, chunkMore = {}) => ({
	candidates: [{ content: parts && { role: 'model', parts },
		finishReason, index: 0, ...more }], usageMetadata: {
		promptTokenCount: 10, candidatesTokenCount: 5,
		totalTokenCount: 15 }, modelVersion: 'x', responseId: 'r1',
	...chunkMore });

// What a client reads: { text, end, error }, whichever API it speaks; `end` is
// 'end', 'length', 'refusal' or 'calls'.
const ENDS = { stop: 'end', length: 'length', content_filter: 'refusal',
	tool_calls: 'calls', end_turn: 'end', max_tokens: 'length',
	refusal: 'refusal', tool_use: 'calls', STOP: 'end',
	MAX_TOKENS: 'length', SAFETY: 'refusal',
	max_output_tokens: 'length', completed: 'end' };

function readChat(seen, value) {
	const choice = value.choices?.[0];
	seen.text += (choice?.delta ?? choice?.message)?.content ?? '';
	seen.end = choice?.finish_reason ?? seen.end;
	seen.usage = value.usage ?? seen.usage;
}

function readMessages(seen, value) {
	for (const block of value.content ?? [])
		seen.text += block.text ?? '';
	seen.text += value.delta?.text ?? '';
	seen.end = value.delta?.stop_reason ?? value.stop_reason ?? seen.end;
	if (value.type === 'message_stop' || value.type === 'message')
		seen.terminal = true;
}

function readGenerate(seen, value) {
	const one = value.candidates?.[0];
	for (const part of one?.content?.parts ?? [])
		seen.text += part.text ?? '';
	seen.end = one?.finishReason ?? seen.end;
}

function readResponses(seen, value) {
	const response = value.response ?? (value.output && value);
	if (value.type === 'response.output_text.delta')
		seen.text += value.delta;
	if (!value.type)
		for (const item of value.output ?? [])
			for (const part of item.content ?? [])
				seen.text += part.text ?? '';
	if (!response || response.status === 'in_progress')
		return;
	seen.end = response.incomplete_details?.reason ?? response.status;
	if (response.status === 'failed') {
		seen.end = undefined;
		seen.error = response.error.message;
	}
}

const READERS = { chat: readChat, messages: readMessages,
	generate: readGenerate, responses: readResponses };

function read(client, answer) {
	const seen = { text: '', status: answer.status };
	const values = answer.events?.map((event) => event.data) ?? [];
	const all = answer.status !== 200 || !answer.events ||
	    !values.length ? [answer.text] : values;
	for (let value of all) {
		if (value === '[DONE]') {
			seen.done = true;
			continue;
		}
		if (typeof value === 'string' && value)
			value = JSON.parse(value);
		for (const one of Array.isArray(value) ? value : [value]) {
			if (one.error)
				seen.error = one.error.message ?? one.error;
			else if (one.type === 'error')
				seen.error = one.message;
			else
				READERS[client](seen, one);
		}
	}
	seen.end = ENDS[seen.end] ?? seen.end;
	return seen;
}

async function see(client, kind, reply, stream) {
	const { answer } = await field.ask(client, kind,
		stream ? { stream: true } : {}, reply);
	return Object.assign(read(client, answer), { answer });
}

function failed(seen, words) {
	assert.ok(seen.error, JSON.stringify(seen.answer.text));
	assert.match(seen.error, words);
}

describe('D: Google\'s words for a generation that failed', () => {
	for (const word of ['MALFORMED_FUNCTION_CALL', 'UNEXPECTED_TOOL_CALL',
		'OTHER', 'NO_IMAGE', 'TOO_MANY_TOOL_CALLS'])
		for (const client of others('generate')) {
			const body = candidate(undefined, word,
				{ finishMessage: 'print(x)' });
			test(`${word}, ${client}, whole`, async () => {
				const seen = await see(client, 'generate',
					{ body });
				assert.equal(seen.status, 502);
				failed(seen, new RegExp(`${word}: print\\(x\\)`));
			});
			test(`${word}, ${client}, streamed`, async () => {
				failed(await see(client, 'generate',
					{ events: [data(body)] }, true),
				/print\(x\)/);
			});
			test(`${word}, ${client}, after text`, async () => {
				const seen = await see(client, 'generate',
					{ events: [data(candidate([{
						text: 'Hel' }])), data(body)] },
					true);
				failed(seen, /print\(x\)/);
				assert.equal(seen.text, 'Hel');
			});
		}
});

describe('D: other vendors\' words in finish_reason', () => {
	const words = {
		model_length: 'length', max_tokens: 'length',
		MAX_TOKENS: 'length', CONTINUATION: 'length',
		SAFETY: 'refusal', PROHIBITED_CONTENT: 'refusal',
		insufficient_system_resource: 'error', abort: 'error',
		error: 'error', network_error: 'error',
		MALFORMED_FUNCTION_CALL: 'error',
	};
	for (const [word, means] of Object.entries(words))
		for (const client of others('chat'))
			for (const stream of [false, true])
				test(`${word}, ${client}, ${stream}`,
				    async () => {
					const seen = await see(client, 'chat',
						stream ? { events: [
							chunk({ content: 'Hel' }),
							chunk({}, word),
							chatUsage, DONE] } :
							{ body: chatReply('Hel',
								word) }, stream);
					if (means === 'error') {
						failed(seen, new RegExp(word));
						assert.equal(seen.end, undefined);
						return;
					}
					assert.equal(seen.text, 'Hel');
					assert.ok(seen.end === means ||
					    seen.end === 'content_filter',
					seen.end);
				});
});

describe('D: other vendors\' words in stop_reason', () => {
	for (const [word, means] of Object.entries({ sensitive: 'refusal',
		model_length: 'length', stop: 'end', aborted: 'error' }))
		for (const client of others('messages'))
			test(`${word}, ${client}`, async () => {
				const seen = await see(client, 'messages', {
					body: messageReply('Hel', { stop_reason: word }) });
				assert.ok(seen.error || [means,
				    'content_filter'].includes(seen.end), seen.end);
				assert.equal(Boolean(seen.error), means === 'error');
			});
});

describe('D: a reply that is none yet, or never', () => {
	const cases = [
		['responses', { id: 'r', status: 'queued', output: [] },
			/not finished/],
		['responses', { id: 'r', status: 'in_progress', output: [] },
			/not finished/],
		['generate', { usageMetadata: { promptTokenCount: 10 } },
			/without candidates/],
	];
	for (const [kind, body, words] of cases)
		for (const client of others(kind))
			test(`${kind}, ${client}`, async () => {
				const seen = await see(client, kind, { body });
				failed(seen, words);
				assert.equal(seen.status, 502);
			});
});

describe('D: an error on the choice', () => {
	const error = { message: 'backend P died', code: 502 };
	for (const client of others('chat')) {
		test(`${client}, streamed`, async () => {
			const seen = await see(client, 'chat', { events: [
				chunk({ content: 'Hel' }),
				chunk({ content: '' }, 'error', {}, { error }),
				DONE] }, true);
			failed(seen, /^backend P died$/);
			assert.equal(seen.text, 'Hel');
		});
		test(`${client}, beside the choice, as Groq's`, async () => {
			const seen = await see(client, 'chat', { events: [
				chunk({ content: 'Hel' }),
				chunk({}, 'stop', { x_groq: { id: 'r',
					error: 'over capacity' } }), DONE] }, true);
			failed(seen, /^over capacity$/);
			assert.equal(seen.text, 'Hel');
		});
		test(`${client}, whole`, async () => {
			const seen = await see(client, 'chat', {
				body: chatReply('', 'error', {}, { error }) });
			failed(seen, /^backend P died$/);
			assert.equal(seen.status, 502);
		});
	}
});

describe('D: error shapes in a 200 stream', () => {
	const shapes = [
		['in a list', [{ error: { code: 429, message: 'Exhausted',
			status: 'RESOURCE_EXHAUSTED' } }], /^Exhausted$/, 429],
		['object error', { object: 'error', message: 'context of 4096 ' +
			'tokens is exceeded', type: 'BadRequestError',
		param: null, code: 400 }, /4096/, 400],
		['detail', { detail: 'Model overloaded' }, /^Model overloaded$/,
			502],
		['error_type', { choices: null, error_type: 'BadRequestError',
			error_message: 'context too long', error_code: 400 },
		/context too long$/, 400],
		['code and msg', { code: 500, msg: 'it broke', success: false },
			/^it broke$/, 500],
		['errors', { errors: [{ message: 'first' }] }, /^first$/, 502],
		['base_resp', { choices: null, base_resp: { status_code: 1002,
			status_msg: 'rate limit' } }, /^rate limit$/, 429],
		['error as text', { error: 'gone' }, /^gone$/, 502],
	];
	for (const [name, value, words, status] of shapes)
		for (const client of others('chat')) {
			test(`${name}, ${client}`, async () => {
				const seen = await see(client, 'chat', {
					events: [data(value), DONE] }, true);
				failed(seen, words);
				// In an event alone: field_context.test.mjs.
				assert.equal(seen.status, client === 'responses' &&
					/context/.test(seen.error) ? 200 : status);
			});
			test(`${name}, ${client}, whole`, async () => {
				const seen = await see(client, 'chat',
					{ body: value });
				failed(seen, words);
				assert.equal(seen.status, status);
			});
		}
	for (const kind of ['messages', 'responses', 'generate'])
		for (const client of others(kind))
			test(`detail, ${client} over ${kind}`, async () => {
				failed(await see(client, kind, { events: [
					data({ detail: 'Model overloaded' })] },
				true), /^Model overloaded$/);
			});
	for (const client of others('chat')) {
		test(`[DONE] alone, ${client}`, async () => {
			const seen = await see(client, 'chat',
				{ events: [DONE] }, true);
			failed(seen, /without an answer/);
			assert.equal(seen.status, 502);
		});
		test(`usage and [DONE], ${client}`, async () => {
			failed(await see(client, 'chat', { events: [chatUsage,
				DONE] }, true), /without an answer/);
		});
	}
	for (const client of others('messages'))
		test(`message_stop alone, ${client}`, async () => {
			failed(await see(client, 'messages', { events: [
				named({ type: 'message_stop' })] }, true),
			/without an answer/);
		});
});

describe('F: the finish reason came, the end of the stream does not', () => {
	const CHAT = [chunk({ content: 'Hello' }), chunk({}, 'stop'), chatUsage];
	const streams = { chat: CHAT, messages: messageEvents('Hello').slice(0, 5),
		generate: [data(candidate([{ text: 'Hello' }], 'STOP'))] };
	const complete = (seen) => {
		assert.equal(seen.error, undefined);
		assert.equal(seen.text, 'Hello');
		assert.equal(seen.end, 'end');
	};
	for (const [kind, events] of Object.entries(streams))
		for (const client of others(kind)) {
			test(`cut, ${client} over ${kind}`, async () => {
				complete(await see(client, kind, { events,
					cutAfter: events.length, cut: 'rst' },
				true));
			});
			test(`cut, whole, ${client} over ${kind}`, async () => {
				complete(await see(client, kind, { events,
					cutAfter: events.length, cut: 'fin' }));
			});
		}
	for (const [kind, events] of Object.entries(streams))
		test(`silence over ${kind}`, async () => {
			const client = others(kind)[0], before = Date.now();
			complete(await see(client, kind, { events,
				cutAfter: events.length, cut: 'hang' }, true));
			assert.ok(Date.now() - before < 6000);
		});
	test('comments', async () => {
		const before = Date.now();
		complete(await see('messages', 'chat', { events: [CHAT.join(''),
			...Array(9).fill(': hb\n\n')], eventDelayMs: 1000 },
		true));
		assert.ok(Date.now() - before < 6000);
	});
	test('comments, whole', async () => {
		complete(await see('messages', 'chat', { events: [CHAT.join(''),
			...Array(9).fill(': hb\n\n')], eventDelayMs: 1000 }));
	});
	test('not before it came', async () => {
		failed(await see('messages', 'chat', { events: CHAT,
			cutAfter: 1, cut: 'rst' }, true), /cut/);
	});
	test('not where more came behind one', async () => {
		failed(await see('messages', 'chat', { events: [
			chunk({ content: 'A' }, 'stop'),
			chunk({ content: 'B' }, 'stop')], cutAfter: 2,
		cut: 'rst' }, true), /cut/);
	});
});

describe('F: events without an empty line between them', () => {
	const run = [chunk({ content: 'A' }), chunk({ content: 'B' }),
		chunk({}, 'stop'), chatUsage, DONE].join('');
	for (const client of others('chat')) {
		test(`some, ${client}`, async () => {
			const seen = await see(client, 'chat', { events: [
				run.replace('\n\n', '\n')] }, true);
			assert.equal(seen.text, 'AB');
			assert.equal(seen.end, 'end');
		});
		test(`all, ${client}`, async () => {
			const seen = await see(client, 'chat', { events: [
				run.replaceAll('\n\n', '\n')] }, true);
			assert.equal(seen.text, 'AB');
			assert.equal(seen.end, 'end');
		});
	}
	test('one JSON text over several lines stays one', async () => {
		const pretty = JSON.stringify(JSON.parse(chunk({ content: 'A' },
			'stop').slice(6)), null, 1).replaceAll('\n', '\ndata: ');
		const seen = await see('messages', 'chat', { events: [
			`data: ${pretty}\n\n`, DONE] }, true);
		assert.equal(seen.text, 'A');
	});
});

describe('F: stray markers', () => {
	for (const client of others('chat'))
		for (const mark of ['data: [DONE] \n\n', 'data:  [DONE]\t\n\n'])
			test(`${JSON.stringify(mark)}, ${client}`, async () => {
				const seen = await see(client, 'chat', { events: [
					chunk({ content: 'Hello' }),
					chunk({}, 'stop'), mark] }, true);
				assert.equal(seen.text, 'Hello');
				assert.equal(seen.end, 'end');
				assert.equal(seen.error, undefined);
			});
	for (const kind of ['messages', 'chat'])
		for (const client of others(kind))
			for (const ping of ['event: ping\ndata: ping\n\n',
				'event: ping\ndata:\n\n', 'data: keep-alive\n\n',
				'data: null\n\n', 'data: []\n\n', 'data: {}\n\n'])
				test(`${JSON.stringify(ping)}, ${client} over ` +
				    kind, async () => {
					const events = kind === 'chat' ? [
						chunk({ content: 'Hello' }),
						chunk({}, 'stop'), DONE] :
						messageEvents('Hello');
					const seen = await see(client, kind, {
						events: events.flatMap((one) =>
							[ping, one]) }, true);
					assert.equal(seen.text, 'Hello');
					assert.equal(seen.end, 'end');
					assert.equal(seen.error, undefined);
				});
});

describe('D: an empty error member beside an answer', () => {
	for (const error of ['', {}, null, { message: '', code: null }, []])
		for (const client of KINDS) {
			const more = { error };
			if (client !== 'chat')
				test(`${JSON.stringify(error)}, ${client} over ` +
				    'chat, streamed', async () => {
					const seen = await see(client, 'chat', {
						events: [chunk({
							content: 'Hello' }, null,
						more), chunk({}, 'stop', more),
						DONE] }, true);
					assert.equal(seen.text, 'Hello');
					assert.equal(seen.error, undefined);
				});
			const whole = { chat: chatReply('Hello', 'stop', more),
				messages: messageReply('Hello', more),
				generate: candidate([{ text: 'Hello' }], 'STOP', {},
					more) };
			for (const [kind, body] of Object.entries(whole))
				if (kind !== client)
					test(`${JSON.stringify(error)}, ` +
					    `${client} over ${kind}`, async () => {
						const seen = await see(client,
							kind, { body });
						assert.equal(seen.text, 'Hello');
						assert.equal(seen.status, 200);
					});
		}
});

describe('D: errors in a stream without the usual envelope', () => {
	const error = { code: 500, message: 'slot unavailable',
		type: 'server_error' };
	const spellings = {
		event: `event: error\n${data(error)}`,
		field: `error: ${JSON.stringify(error)}\n\n`,
		text: 'event: error\ndata: slot unavailable\n\n',
	};
	for (const [name, spelling] of Object.entries(spellings))
		for (const client of others('chat')) {
			test(`${name}, ${client}, after text`, async () => {
				const seen = await see(client, 'chat', { events: [
					chunk({ content: 'Hi' }), spelling] },
				true);
				failed(seen, /^slot unavailable$/);
				assert.equal(seen.text, 'Hi');
			});
			test(`${name}, ${client}, first`, async () => {
				const seen = await see(client, 'chat', { events: [
					spelling] }, true);
				failed(seen, /^slot unavailable$/);
				assert.ok(seen.status >= 500);
			});
		}
	for (const client of others('messages'))
		test(`without data, ${client}`, async () => {
			failed(await see(client, 'messages', { events: [
				...messageEvents('Hi').slice(0, 3),
				'event: error\ndata:\n\n'] }, true),
			/did not say why/);
		});
});

describe('F: bytes that are no UTF-8, and a byte order mark', () => {
	const latin = (text) => Buffer.from(text, 'latin1');
	for (const client of others('chat')) {
		test(`${client}, whole`, async () => {
			const seen = await see(client, 'chat', { body: latin(
				JSON.stringify(chatReply('caf\xe9 ok'))) });
			assert.equal(seen.text, 'caf\ufffd ok');
		});
		test(`${client}, streamed`, async () => {
			const seen = await see(client, 'chat', { headers: {
				'content-type': 'text/event-stream' },
			body: latin(chunk({ content: 'caf\xe9 ok' }) +
				chunk({}, 'stop') + DONE) }, true);
			assert.equal(seen.text, 'caf\ufffd ok');
			assert.equal(seen.end, 'end');
		});
		test(`${client}, a mark`, async () => {
			const seen = await see(client, 'chat', { body: '\ufeff' +
				JSON.stringify(chatReply('Hello')) });
			assert.equal(seen.text, 'Hello');
		});
		test(`${client}, a mark in pieces`, async () => {
			const seen = await see(client, 'chat', { body: '\ufeff' +
				JSON.stringify(chatReply('Hello')),
			writeSize: 1 });
			assert.equal(seen.text, 'Hello');
		});
		test(`${client}, a mark before events`, async () => {
			const seen = await see(client, 'chat', { events: [
				'\ufeff' + chunk({ content: 'Hello' }),
				chunk({}, 'stop'), DONE] }, true);
			assert.equal(seen.text, 'Hello');
		});
		test(`${client}, NaN and a bare tab`, async () => {
			const seen = await see(client, 'chat', { body:
				JSON.stringify(chatReply('Hel#lo', 'stop', {
					score: 0 })).replace('#', '\t')
					.replace('"score":0', '"score":NaN') });
			assert.equal(seen.text, 'Hel\tlo');
		});
	}
});

describe('E: error bodies whose sentence is lost', () => {
	const json = 'application/json', plain = 'text/plain';
	const bodies = [
		['plain text', 429, plain, 'Too many requests, slow down',
			/Too many requests, slow down/],
		['envoy', 503, plain, 'upstream connect error or ' +
			'disconnect/reset before headers', /disconnect\/reset/],
		['html', 502, 'text/html', '<html><head><title>Bad gateway' +
			'</title></head><body>x</body></html>', /Bad gateway/],
		['message.detail', 422, json, { object: 'error', message: {
			detail: [{ type: 'missing', loc: ['body', 'x'],
				msg: 'Field required' }] } },
		/^Field required$/],
		['detail list', 422, json, { detail: [{ loc: ['body'],
			msg: 'Field required' }] }, /^Field required$/],
		['base_resp', 401, json, { base_resp: { status_code: 1004,
			status_msg: 'login fail' } }, /^login fail$/],
		['metadata.raw', 400, json, { error: {
			message: 'Provider returned error', code: 400,
			metadata: { raw: '{"error":{"message":"only one ' +
				'image"}}', provider_name: 'P' } } },
		/only one image/],
		['metadata.raw as text', 400, json, { error: {
			message: 'Provider returned error',
			metadata: { raw: 'only one image' } } },
		/only one image/],
		['errors', 400, json, { errors: [{ code: 7,
			message: 'bad thing' }] }, /^bad thing$/],
		['errors as text', 400, json, { errors: ['bad thing'] },
			/^bad thing$/],
		['error_msg', 400, json, { error_code: 17,
			error_msg: 'daily limit' }, /^daily limit$/],
		['code and msg', 400, json, { code: 11, msg: 'bad thing' },
			/^bad thing$/],
		['innererror', 400, json, { error: { code: 'BadRequest',
			message: '', innererror: { message: 'deep' } } }, /^deep$/],
		['fault', 429, json, { fault: { faultstring: 'quota',
			detail: { errorcode: 'x' } } }, /^quota$/],
		['nested error', 400, json, { error: { error: {
			message: 'deep' } } }, /^deep$/],
		['JSON in text', 400, json, { error: { message:
			'{"error":{"message":"deep"}}' } }, /^deep$/],
	];
	for (const [name, status, type, body, words] of bodies)
		for (const client of others('chat'))
			test(`${name}, ${client}`, async () => {
				const seen = await see(client, 'chat', { status,
					headers: { 'content-type': type }, body });
				failed(seen, words);
				assert.equal(seen.status, status);
			});
	for (const client of others('chat'))
		for (const stream of [false, true])
			test(`base_resp in a 200, ${client}, ${stream}`,
			    async () => {
				const seen = await see(client, 'chat', { body: {
					base_resp: { status_code: 1008,
						status_msg:
						'insufficient balance' } } },
				stream);
				failed(seen, /^insufficient balance$/);
				assert.ok([402, 429].includes(seen.status));
			});
});

describe('D: error codes inside a 200', () => {
	const cases = [
		[{ code: 429, message: 'Rate limited' }, 429],
		[{ code: '429', message: 'Rate limited' }, 429],
		[{ code: 401, message: 'No auth credentials found' }, 401],
		[{ object: 'error', message: 'bad request',
			type: 'BadRequestError', code: 400 }, 400],
		[{ code: '1302', message: 'too many' }, 429],
		[{ code: 503, message: 'no capacity' }, 503],
	];
	for (const [error, status] of cases)
		for (const client of others('chat'))
			for (const reply of [{ events: [data({ error })] },
				{ body: { error } }])
				test(`${error.code}, ${client}, ` +
				    Object.keys(reply)[0], async () => {
					const seen = await see(client, 'chat',
						reply, Boolean(reply.events));
					failed(seen, new RegExp(error.message));
					assert.equal(seen.status, status);
				});
});

describe('J: line breaks inside JSON that is written into an event', () => {
	const call = (args) => [chunk({ tool_calls: [{ type: 'function',
		function: { name: 'get_weather', arguments: args }, index: 0,
		id: 'a' }] }), chunk({}, 'tool_calls'), chatUsage, DONE];
	const lines = (text) => text.split(/\r\n|\r|\n/).every((line) =>
		line === '' || /^(data|event|id|retry)?:/.test(line));
	for (const client of others('chat'))
		for (const gap of ['\n  ', '\r\n\t', '\r'])
			test(`${client}, ${JSON.stringify(gap)}`, async () => {
				const { answer } = await field.ask(client, 'chat',
					{ stream: true }, { events: call(
						`{${gap}"city":${gap}"Rome"${gap}}`) });
				assert.equal(answer.status, 200);
				assert.match(answer.text, /Rome/);
				if (client !== 'generate' ||
				    answer.text.startsWith('data:'))
					assert.ok(lines(answer.text), answer.text);
			});
});

describe('K: JSON that becomes a stream keeps the usage', () => {
	const usage = (answer) => answer.events.map((event) => event.data)
		.filter((one) => one !== '[DONE]')
		.map((one) => typeof one === 'string' ? JSON.parse(one) : one)
		.filter((one) => one.usage);
	const call = { role: 'assistant', content: null, tool_calls: [{
		id: 'a', type: 'function', function: { name: 'f',
			arguments: '{}' } }] };
	for (const [name, body] of [['text', chatReply('Hello')],
		['a call', chatReply('', 'tool_calls', {}, { message: call })]])
		test(name, async () => {
			const { answer } = await field.ask('chat', 'chat', {
				stream: true, stream_options: {
					include_usage: true } }, { body });
			const last = usage(answer);
			assert.equal(last.length, 1, answer.text);
			assert.deepEqual(last[0].choices, []);
			assert.equal(last[0].usage.prompt_tokens, 10);
		});
	test('not unasked', async () => {
		const { answer } = await field.ask('chat', 'chat', {
			stream: true }, { body: chatReply('Hello') });
		assert.equal(usage(answer).length, 0);
	});
});

describe('F: a stream under another content type, or JSON under a stream\'s', () => {
	const streams = {
		chat: [chunk({ content: 'a' }), chunk({ content: 'b' }),
			chunk({}, 'stop'), DONE],
		messages: messageEvents('ab'),
		responses: [named({ type: 'response.created', response: {
			id: 'resp_1', object: 'response', status: 'in_progress',
			model: 'x', output: [] } }),
		named({ type: 'response.completed', response: { id: 'resp_1',
			object: 'response', status: 'completed', model: 'x',
			output: [] } })],
	};
	for (const [kind, events] of Object.entries(streams))
		for (const type of [undefined, 'text/plain',
			'application/octet-stream', 'application/json'])
			test(`${kind}, ${type}`, async () => {
				const raw = `HTTP/1.1 200 OK\r\n${type ?
					`Content-Type: ${type}\r\n` : ''}` +
					`Connection: close\r\n\r\n${events.join('')}`;
				const { answer } = await field.ask(kind, kind,
					{ stream: true }, { raw });
				assert.equal(answer.status, 200);
				assert.match(answer.headers['content-type'],
					/^text\/event-stream/);
				assert.equal(answer.text, events.join(''));
			});
	test('events pass at once', async () => {
		const steps = new Steps();
		field.upstream.reset();
		field.upstream.next({ headers: { 'content-type': 'text/plain' },
			events: streams.chat, steps });
		steps.go();
		note('chat', 'chat', true);
		const answer = await open(field.gateway, {
			path: '/v1/chat/completions', body: { model: 'chat-m',
				stream: true, messages: [{ role: 'user',
					content: 'hi' }] } });
		assert.equal(await answer.event(), streams.chat[0]);
		steps.all();
		await answer.done;
		assert.equal(answer.text, streams.chat.join(''));
	});
	const whole = { chat: chatReply('Hello'), messages: messageReply('Hello') };
	for (const [kind, body] of Object.entries(whole))
		for (const type of ['text/event-stream', 'application/json',
			'text/plain'])
			test(`JSON as ${type}, ${kind}`, async () => {
				const seen = await see(kind, kind, { body,
					headers: { 'content-type': type } }, true);
				assert.match(seen.answer.headers['content-type'],
					/^text\/event-stream/);
				assert.equal(seen.text, 'Hello');
				assert.equal(seen.end, 'end');
				assert.match(seen.answer.text, /^(event|data):/);
			});
	test('an error as JSON has its status', async () => {
		const seen = await see('chat', 'chat', { body: { error: {
			code: 429, message: 'slow' } } }, true);
		assert.equal(seen.status, 429);
		failed(seen, /^slow$/);
	});
});

describe('F: a compressed reply that was not asked for', () => {
	for (const client of others('chat')) {
		test(`${client}, whole`, async () => {
			const seen = await see(client, 'chat', { gzip: true,
				body: chatReply('Hello') });
			assert.equal(seen.text, 'Hello');
			assert.equal(seen.answer.headers['content-encoding'],
				undefined);
		});
		test(`${client}, streamed`, async () => {
			const seen = await see(client, 'chat', { headers: {
				'content-type': 'text/event-stream',
				'content-encoding': 'gzip' }, body: zlib.gzipSync(
				chunk({ content: 'Hello' }) + chunk({}, 'stop') +
				DONE) }, true);
			assert.equal(seen.text, 'Hello');
		});
		test(`${client}, an error`, async () => {
			const seen = await see(client, 'chat', { gzip: true,
				status: 429, body: { error: {
					message: 'slow down please', type: 'x' } } });
			assert.equal(seen.status, 429);
			failed(seen, /slow down please/);
		});
		test(`${client}, what is none`, async () => {
			failed(await see(client, 'chat', { headers: {
				'content-encoding': 'gzip' }, body: 'no gzip' }),
			/compressed/);
		});
	}
	test('the same API, whole', async () => {
		const seen = await see('chat', 'chat', { gzip: true,
			body: chatReply('Hello') });
		assert.equal(seen.text, 'Hello');
		assert.equal(seen.answer.headers['content-encoding'], undefined);
	});
});

describe('K: count_tokens where the server says 400 for a missing path', () => {
	const count = async (message) => {
		note('messages', 'messages', false);
		field.upstream.reset();
		field.upstream.next({ status: 400, body: { error: {
			code: 'client_error', message,
			type: 'invalid_request_error' } } });
		const answer = await ask(field.gateway, {
			path: '/v1/messages/count_tokens', body: {
				model: 'messages-m', messages: [{ role: 'user',
					content: 'x' }] } });
		return { status: answer.status, body: JSON.parse(answer.text) };
	};
	for (const message of [
		'404 NOT_FOUND "No static resource v1/messages/count_tokens."',
		'Invalid URL (POST /v1/messages/count_tokens)',
		'unknown endpoint', 'count_tokens is not supported'])
		test(message, async () => {
			const { status, body } = await count(message);
			assert.equal(status, 200);
			assert.ok(body.input_tokens > 0);
		});
	for (const message of ['messages: at least one message is required',
		'model: x not found'])
		test(message, async () => {
			const { status, body } = await count(message);
			assert.equal(status, 400);
			assert.equal(body.error.message, message);
		});
});

// One endpoint behind a proxy of our own that refuses.
async function refusedBy(refusal, words, proxyUrl = (port) =>
	`http://127.0.0.1:${port}`) {
	note('chat', 'chat', false);
	const proxy = net.createServer((socket) => {
		socket.on('error', () => {});
		socket.once('data', () => socket.end(refusal));
	});
	await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve));
	const gateway = await startGateway({ upstream: field.upstream, config: {
		endpoint: [{ name: 'c', type: 'common', auth: 'none',
			base_url: 'https://upstream.test/v1/chat/completions' }],
		models: [{ id: 'c-*', type: 'common', endpoint: 'c',
			reasoning: 'auto' }],
		proxies: [{ name: 'P', url: proxyUrl(proxy.address().port) }],
		proxy_required: true } });
	try {
		const answer = await ask(gateway, { path: '/v1/chat/completions',
			body: { model: 'c-m', messages: [{ role: 'user',
				content: 'x' }] } });
		assert.equal(answer.status, 502);
		assert.match(answer.json.error.message, words);
		await gateway.logged(words);
	} finally {
		await gateway.stop();
		await new Promise((resolve) => proxy.close(resolve));
	}
}

describe('E: why an outbound proxy refused', () => {
	test('403', async () => {
		await refusedBy('HTTP/1.1 403 Forbidden\r\n' +
		    'Content-Length: 0\r\n\r\n',
		/proxy "P": it answered 403/);
	});
	test('407', async () => {
		await refusedBy('HTTP/1.1 407 No\r\n' +
		    'Proxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n',
		/other credentials/);
	});
	test('SOCKS', async () => {
		await refusedBy(Buffer.from([5, 255]), /proxy "P":? .*refused/,
			(port) => `socks5h://127.0.0.1:${port}`);
	});
});

// A server that answers one request on a connection and then closes it under the
// next one, after a while.
async function closing(ms) {
	const requests = [];
	const server = net.createServer((socket) => {
		let count = 0;
		socket.on('error', () => {});
		socket.on('data', (bytes) => {
			if (!bytes.includes('"messages"'))
				return;
			requests.push(++count);
			if (count > 1)
				return void setTimeout(() => socket.destroy(), ms);
			const body = JSON.stringify(chatReply('Hello'));
			socket.write('HTTP/1.1 200 OK\r\nContent-Type: ' +
			    `application/json\r\nContent-Length: ${body.length}` +
			    `\r\n\r\n${body}`);
		});
	});
	await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
	return { requests, url: `http://127.0.0.1:${server.address().port}`,
		stop: () => new Promise((resolve) => server.close(resolve)) };
}

describe('F: a request on a kept connection is not sent twice', () => {
	for (const [path, body] of [
		['/v1/chat/completions', { model: 'c-m', messages: [{
			role: 'user', content: 'x' }] }],
		['/v1/messages', { model: 'c-m', max_tokens: 9999, messages: [{
			role: 'user', content: 'x' }] }]])
		for (const [ms, status, asked] of [[2000, 502, [1, 2]],
			[0, 200, [1, 2, 1]]])
			test(`${path}, closed after ${ms} ms`, async () => {
				const server = await closing(ms);
				note(body.max_tokens ? 'messages' : 'chat', 'chat',
				    false);
				const gateway = await startGateway({
					upstream: field.upstream, config: {
						workers: 1, processes: 1, endpoint: [{
							name: 'c', type: 'common',
							auth: 'none', base_url: server.url +
							'/v1/chat/completions' }],
						models: [{ id: 'c-*', type: 'common',
							endpoint: 'c',
							reasoning: 'auto' }] } });
				try {
					const first = await ask(gateway, { path, body });
					assert.equal(first.status, 200);
					const second = await ask(gateway, { path, body });
					assert.equal(second.status, status, second.text);
					assert.deepEqual(server.requests, asked);
				} finally {
					await gateway.stop();
					await server.stop();
				}
			});
});

describe('E: what Factory means by a status', () => {
	let gateway;
	before(async () => {
		gateway = await startGateway({ upstream: field.upstream,
			config: {} });
	});
	after(() => gateway?.stop());
	for (const [status, words] of [[401, /credential/], [402, /used up/],
		[403, /Factory refuses/], [429, /by address/]])
		test(String(status), async () => {
			const from = gateway.log.length;
			note('messages', 'chat', false);
			field.upstream.reset();
			field.upstream.next({ status, body: { error: {
				message: 'no' } } });
			const answer = await ask(gateway, { key: 'k',
				path: '/v1/messages', body: { model: 'glm-5',
					max_tokens: 9999, messages: [{ role: 'user',
						content: 'x' }] } });
			assert.match(answer.json.error.message, /^no \(/);
			assert.match(answer.json.error.message, words);
			await gateway.logged(words, { from });
		});
	for (const model of ['glm-5', 'claude-sonnet-4-5-20250929'])
		test(`a system text that is refused, with ${model}`, async () => {
			note('messages', model === 'glm-5' ? 'chat' : 'messages',
			    false);
			field.upstream.reset();
			field.upstream.next({ status: 403, body: { error: {
				message: 'System prompt not allowed' } } });
			const answer = await ask(gateway, { key: 'k',
				path: '/v1/messages', body: { model, max_tokens: 9999,
					messages: [{ role: 'user', content: 'x' }] } });
			assert.equal(answer.status, 403);
			assert.equal(answer.json.type, 'error');
			assert.equal(answer.json.error.message, 'System prompt not ' +
			    'allowed (Factory refused the request because of its ' +
			    'system text)');
		});
});

describe('D: a status of success, and no answer of the API', () => {
	const REPLIES = {
		'a page': [{ 'content-type': 'text/html' },
			'<!DOCTYPE html><html><head><title>Sign in</title></head>' +
			'<body>no</body></html>', /isn't JSON: Sign in/],
		'a sentence': [{ 'content-type': 'text/plain' },
			'upstream is being repaired',
			/isn't JSON: upstream is being repaired/],
		'a sentence with a colon': [{ 'content-type': 'text/plain' },
			'Error: too busy', /isn't JSON: Error: too busy/],
		nothing: [{ 'content-type': 'application/json' }, '',
			/is empty|ended before it was complete/],
		'half of it': [{ 'content-type': 'application/json' },
			'{"id":"x","choices":[{"mess', /isn't JSON, or was cut/],
	};
	for (const [name, [headers, body, message]] of Object.entries(REPLIES))
		for (const client of KINDS)
			for (const kind of KINDS)
				for (const stream of [false, true])
					test(`${name}, ${client} of ${kind}, ${stream ?
					    'streamed' : 'whole'}`, async () => {
						const { answer } = await field.ask(client,
						    kind, { stream }, { status: 200,
							headers, body });
						assert.equal(answer.status, 502, answer.text);
						assert.match(answer.text, message);
					});
	test('an empty stream', async () => {
		const { answer } = await field.ask('chat', 'chat', { stream: true },
		    { events: [] });
		assert.match(answer.text, /is empty/);
	});
});
