// A conversation that is longer than the model takes, said as each agent reads it:
// then it compacts, or asks for less, and goes on.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { describe, startField, test } from './field.mjs';

let field;

before(async () => {
	field = await startField();
});
after(() => field?.stop());

const long = 'The input (9000 tokens) is longer than the model\'s context length ' +
	'(8192 tokens).';
const full = '\'max_tokens\' is too large: 32000. This model\'s maximum context ' +
	'length is 32768 tokens and your request has 17459 input tokens.';

// As a status says it, and as a stream that is no answer does.
const error = (message) => ({ error: { object: 'error', message,
	type: 'BadRequestError', param: null, code: '1261' } });
const SAID = {
	'with a status': (message) => ({ status: 400, body: error(message) }),
	'in an event': (message) => ({ events: [
		`data: ${JSON.stringify({ ...error(message) })}\n\n`,
		'data: [DONE]\n\n'] }),
};

describe('D: a context that is too long', () => {
	for (const [how, reply] of Object.entries(SAID)) {
		for (const stream of [false, true])
			test(`Claude Code compacts: ${how}, ${stream}`, async () => {
				const { answer } = await field.ask('messages', 'chat',
					{ stream }, reply(long));
				assert.equal(answer.status, 400);
				assert.equal(JSON.parse(answer.text).error.message,
					'prompt is too long: 9000 tokens > 8192 maximum');
			});
		test(`Claude Code asks for less: ${how}`, async () => {
			const { answer } = await field.ask('messages', 'chat',
				{ stream: true }, reply(full));
			assert.equal(answer.status, 400);
			assert.match(JSON.parse(answer.text).error.message,
				/exceed context limit: 17459 \+ 32000 > 32768, /);
		});
		// Codex reads it in an event alone.
		test(`Codex compacts: ${how}`, async () => {
			const { answer } = await field.ask('responses', 'chat',
				{ stream: true }, reply(long));
			assert.equal(answer.status, 200);
			assert.deepEqual(answer.events.map(({ data: { type } }) => type),
				['response.created', 'response.failed']);
			const { response } = answer.events[1].data;
			assert.equal(response.error.code, 'context_length_exceeded');
			assert.equal(response.error.message, long);
		});
	}
	test('Codex over its own API, with a status', async () => {
		const { answer } = await field.ask('responses', 'responses',
			{ stream: true }, SAID['with a status'](long));
		assert.equal(answer.status, 200);
		assert.equal(answer.events[1].data.response.error.code,
			'context_length_exceeded');
	});
	test('the same, whole: as it came', async () => {
		const { answer } = await field.ask('responses', 'responses', {},
			SAID['with a status'](long));
		assert.equal(answer.status, 400);
		assert.deepEqual(answer.json, error(long));
	});
	for (const client of ['responses', 'chat'])
		test(`whole, ${client} over messages`, async () => {
			const { answer } = await field.ask(client, 'messages', {}, {
				status: 400, body: { type: 'error', error: {
					type: 'invalid_request_error',
					message: 'prompt is too long: 9 tokens > 8 maximum' } } });
			assert.equal(answer.status, 400);
			assert.equal(answer.json.error.code, 'context_length_exceeded');
		});
});
