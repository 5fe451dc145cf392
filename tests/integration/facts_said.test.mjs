// What upstreams have said since 2026, in tables: words of the end, of usage and of
// errors, over each other kind of client, whole and streamed.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { KINDS, startField } from './field.mjs';
import { assertError } from './samples.mjs';

let field;

before(async () => {
	field = await startField();
});
after(() => field?.stop());

const others = (kind) => KINDS.filter((one) => one !== kind);
const said = (data) => ({ event: data.type, data });

// What each kind of client reads of how it ended, and what was used.
const last = (answer, has) => answer.events?.findLast(({ data }) =>
	has(data))?.data;
const READ = {
	chat: (answer) => (last(answer, ({ choices }) =>
		choices?.[0]?.finish_reason) ?? answer.json).choices[0]
		.finish_reason,
	responses: (answer) => {
		const response = answer.events?.at(-1).data.response ??
			answer.json;
		const refused = response.output.some(({ content }) =>
			content?.some(({ type }) => type === 'refusal'));
		return response.incomplete_details?.reason ?? (refused ?
			'content_filter' : response.status);
	},
	messages: (answer) => (last(answer, ({ delta }) => delta?.stop_reason)
		?.delta ?? answer.json).stop_reason,
	generate: (answer) => (answer.events?.at(-1).data ?? answer.json)
		.candidates[0].finishReason,
};
const ENDS = {
	length: { chat: 'length', responses: 'max_output_tokens',
		messages: 'max_tokens', generate: 'MAX_TOKENS' },
	refusal: { chat: 'content_filter', responses: 'content_filter',
		messages: 'refusal', generate: 'SAFETY' },
};

/* Words of the end. A failed generation has the upstream's words in its error. */

const GOOGLE = {
	CONTINUATION: 'length',
	MAX_TOKENS: 'length',
	...Object.fromEntries(['SAFETY', 'RECITATION', 'PROHIBITED_CONTENT',
		'SPII', 'BLOCKLIST', 'LANGUAGE', 'MODEL_ARMOR', 'ESCALATION',
		'PUP_LIMITED_DISABLED', 'IMAGE_SAFETY', 'IMAGE_RECITATION',
		'IMAGE_PROHIBITED_CONTENT'].map((word) => [word, 'refusal'])),
	...Object.fromEntries(['IMAGE_OTHER', 'NO_IMAGE', 'MALFORMED_RESPONSE',
		'MALFORMED_FUNCTION_CALL', 'MISSING_THOUGHT_SIGNATURE',
		'TOO_MANY_TOOL_CALLS', 'UNEXPECTED_TOOL_CALL', 'OTHER'].map(
		(word) => [word, 'failure'])),
};
const OPENAI = { max_messages: 'length', steered: 'length',
	max_output_tokens: 'length', content_filter: 'refusal' };
const candidate = (word) => ({ candidates: [{ index: 0, finishReason: word,
	finishMessage: 'as the quetzal', content: { role: 'model', parts: [{
		text: 'Hel' }] } }], usageMetadata: { promptTokenCount: 9,
	candidatesTokenCount: 3 } });
const incomplete = (reason) => ({ id: 'resp_1', object: 'response', model: 'm',
	status: 'incomplete', incomplete_details: { reason }, output: [{
		type: 'message', id: 'msg_1', role: 'assistant',
		status: 'incomplete', content: [{ type: 'output_text',
			text: 'Hel', annotations: [] }] }],
	usage: { input_tokens: 9, output_tokens: 3 } });
const ended = {
	generate: (word) => [{ body: candidate(word) },
		{ events: [{ data: candidate(word) }] }],
	responses: (word) => [{ body: incomplete(word) }, { events: [
		said({ type: 'response.created', response: { ...incomplete(word),
			status: 'in_progress', incomplete_details: null,
			output: [] } }),
		said({ type: 'response.incomplete',
			response: incomplete(word) })] }],
};

for (const [kind, words] of [['generate', GOOGLE], ['responses', OPENAI]])
	describe(`${kind} says why it stopped`, () => {
		for (const client of others(kind))
			for (const stream of [false, true])
				test(`to ${client}${stream ? ', streamed' : ''}`,
				    async () => {
					for (const [word, means] of Object.entries(words)) {
						const { answer } = await field.ask(client, kind,
							{ stream }, ended[kind](word)[+stream]);
						if (means !== 'failure') {
							assert.equal(answer.status, 200, word);
							assert.ok(answer.text.includes('Hel'), word);
							assert.equal(READ[client](answer),
								ENDS[means][client], word);
							continue;
						}
						assert.equal(answer.status, stream ? 200 : 502,
							`${word}: ${answer.text}`);
						assert.match(answer.text, new RegExp(
							`"message":"[^"]*${word}: as the quetzal`));
					}
				});
	});

/* What was used: iterations break it down, the numbers above them are the sum. */

const USED = {
	chat: (answer) => {
		const { usage } = last(answer, (one) => one.usage) ?? answer.json;
		return [usage.prompt_tokens, usage.completion_tokens];
	},
	responses: (answer) => {
		const { usage } = answer.events?.at(-1).data.response ??
			answer.json;
		return [usage.input_tokens, usage.output_tokens];
	},
	generate: (answer) => {
		const { usageMetadata } = answer.events?.at(-1).data ??
			answer.json;
		return [usageMetadata.promptTokenCount,
			usageMetadata.candidatesTokenCount];
	},
};
const counts = { input_tokens: 9, cache_read_input_tokens: 4,
	cache_creation_input_tokens: 2, output_tokens: 3 };
const iterations = ['compaction', 'message', 'advisor_message',
	'fallback_message'].map((type) => ({ type, input_tokens: 7000,
	cache_read_input_tokens: 500, cache_creation_input_tokens: 60,
	output_tokens: 800 }));
const start = { type: 'message_start', message: { id: 'msg_1', type: 'message',
	role: 'assistant', model: 'm', content: [], stop_reason: null,
	usage: { ...counts, output_tokens: 1, iterations } } };
const answered = [
	{ body: { ...start.message, content: [{ type: 'text', text: 'Hel' }],
		stop_reason: 'end_turn', usage: { ...counts, iterations } } },
	{ events: [start, { type: 'content_block_start', index: 0,
		content_block: { type: 'text', text: '' } },
	{ type: 'content_block_delta', index: 0, delta: { type: 'text_delta',
		text: 'Hel' } }, { type: 'content_block_stop', index: 0 },
	{ type: 'message_delta', delta: { stop_reason: 'end_turn' },
		usage: { ...counts, iterations } },
	{ type: 'message_stop' }].map(said) },
];

describe('usage.iterations are not added', () => {
	for (const client of others('messages'))
		for (const stream of [false, true])
			test(`to ${client}${stream ? ', streamed' : ''}`,
			    async () => {
				const { answer } = await field.ask(client, 'messages', {
					stream, ...(stream && client === 'chat' ? {
						stream_options: { include_usage: true } } : {}) },
				answered[+stream]);
				assert.deepEqual(USED[client](answer), [15, 3]);
			});
});

/* Why a compaction was refused: in the client's form, with the upstream's words. */

const CODES = ['compaction_block_misplaced', 'compaction_block_ambiguous',
	'compaction_content_mismatch', 'compaction_signature_invalid',
	'compaction_nothing_to_summarize', 'compaction_incomplete_turn',
	'compaction_too_many_tool_references',
	'compaction_tool_changes_mismatch'].map((code) => [code, 400]);
const FORMS = {
	400: { openai: ['invalid_request_error'],
		anthropic: 'invalid_request_error', google: 'INVALID_ARGUMENT' },
	503: { openai: ['server_error'], anthropic: 'api_error',
		google: 'UNAVAILABLE' },
};

describe('a compaction that is refused', () => {
	const refusal = (error_code, status) => ({ type: 'error', error: {
		type: FORMS[status].anthropic, details: { error_code },
		message: `messages.0: ${error_code}, says the quetzal` },
	request_id: 'req_1' });

	for (const client of KINDS)
		for (const stream of [false, true])
			test(`to ${client}${stream ? ', streamed' : ''}`,
			    async () => {
				for (const [code, status] of [...CODES,
					['compaction_unavailable', 503]]) {
					const body = refusal(code, status);
					const { answer } = await field.ask(client, 'messages',
						{ stream }, { status, body });
					assertError(client, answer, { status,
						...FORMS[status], message: new RegExp(
						`messages.0: ${code}, says the quetzal`) });
					if (client === 'messages')
						assert.deepEqual(answer.json, body);
				}
			});
	for (const client of others('messages'))
		for (const stream of [false, true])
			test(`to ${client}, as an event${stream ?
				', streamed' : ''}`, async () => {
				for (const [code, status] of CODES) {
					const { answer } = await field.ask(client, 'messages',
						{ stream }, { events: [
						...answered[1].events.slice(0, 3),
						said(refusal(code, status))] });
					assert.equal(answer.status, stream ? 200 : status,
						answer.text);
					assert.match(answer.text, new RegExp(
						`"message":"messages.0: ${code}, says`));
				}
			});
});
