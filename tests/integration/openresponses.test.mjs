// What Open Responses (github.com/openresponses/openresponses, whose suite can't
// be had where these tests run) requires of a server, asked of models that speak
// other APIs: the questions of its tests over HTTP, and the facts of its schema.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ask, readEvents } from './client.mjs';
import { KINDS, startField } from './field.mjs';
import { PIXEL, TOOL } from './speakers.mjs';

let field;

before(async () => {
	field = await startField();
});
after(() => field?.stop());

// A schema: a test of a value, or an object of them, all required; a list of one
// is an array of such.
const text = (value) => typeof value === 'string';
const number = (value) => typeof value === 'number';
const flag = (value) => typeof value === 'boolean';
const integer = (value) => Number.isInteger(value);
const object = (value) => typeof value === 'object' && value !== null;
const any = (value) => value !== undefined;
const or = (...all) => (value) => all.some((one) => one(value));
const nothing = (value) => value === null;
const word = (...words) => (value) => words.includes(value);
const state = word('in_progress', 'completed', 'incomplete');

function fits(schema, value, where) {
	if (typeof schema === 'function')
		return assert.ok(schema(value), `${where}: ${JSON.stringify(value)}`);
	if (Array.isArray(schema)) {
		assert.ok(Array.isArray(value), where);
		value.forEach((one, i) => fits(schema[0], one, `${where}[${i}]`));
		return;
	}
	assert.ok(object(value), `${where}: ${JSON.stringify(value)}`);
	for (const [key, inner] of Object.entries(schema))
		fits(inner, value[key], `${where}.${key}`);
}
const isA = (schema) => (value) => {
	fits(schema, value, 'item');
	return true;
};

const part = isA({ type: word('output_text'), text, annotations: [any] });
const ITEMS = {
	message: { id: text, status: state, role: word('assistant'),
		content: [part] },
	function_call: { id: text, call_id: text, name: text, arguments: text,
		status: state },
	reasoning: { id: text, summary: [any] },
	compaction: { id: text, encrypted_content: text },
};
const item = (value) => {
	assert.ok(value?.type in ITEMS, JSON.stringify(value));
	return isA(ITEMS[value.type])(value);
};
const usage = { input_tokens: integer, output_tokens: integer,
	total_tokens: integer, input_tokens_details: { cached_tokens: integer },
	output_tokens_details: { reasoning_tokens: integer } };
const RESPONSE = { id: text, object: word('response'), created_at: integer,
	completed_at: or(integer, nothing), status: text, model: text,
	incomplete_details: or(object, nothing), error: or(object, nothing),
	previous_response_id: or(text, nothing), output: [item], tools: [any],
	instructions: or(text, nothing), tool_choice: or(text, object),
	truncation: word('auto', 'disabled'), parallel_tool_calls: flag,
	text: { format: { type: text } }, top_p: number, temperature: number,
	presence_penalty: number, frequency_penalty: number,
	top_logprobs: integer, reasoning: or(nothing, isA({ effort:
	or(text, nothing), summary: or(text, nothing) })),
	usage: or(nothing, isA(usage)), max_output_tokens: or(integer, nothing),
	max_tool_calls: or(integer, nothing), store: flag, background: flag,
	service_tier: text, metadata: any, safety_identifier: or(text, nothing),
	prompt_cache_key: or(text, nothing) };
const COMPACTION = { id: text, object: word('response.compaction'),
	created_at: integer, output: [item], usage };

const place = { output_index: integer };
const inItem = { ...place, item_id: text };
const inPart = { ...inItem, content_index: integer };
const EVENTS = {
	'response.created': { response: RESPONSE },
	'response.in_progress': { response: RESPONSE },
	'response.completed': { response: RESPONSE },
	'response.output_item.added': { ...place, item },
	'response.output_item.done': { ...place, item },
	'response.content_part.added': { ...inPart, part },
	'response.content_part.done': { ...inPart, part },
	'response.output_text.delta': { ...inPart, delta: text },
	'response.output_text.done': { ...inPart, text },
	'response.function_call_arguments.delta': { ...inItem, delta: text },
	'response.function_call_arguments.done': { ...inItem, arguments: text },
};

const said = (role, content, more) => ({ type: 'message', role, content,
	...more });
const QUESTIONS = {
	'a basic text': { input: [said('user', 'Say hello in three words.')] },
	'phases in the history': { input: [
		said('assistant', 'I should look.', { phase: 'commentary' }),
		said('assistant', 'It is four.', { phase: 'final_answer' }),
		said('user', 'Repeat it.')] },
	'a system message': { input: [said('system', 'Speak as a pirate does.'),
		said('user', 'Say hello.')] },
	'a tool': { tools: [{ type: 'function', ...TOOL }],
		input: [said('user', 'How is the weather?')] },
	'an image': { input: [said('user', [
		{ type: 'input_text', text: 'What is it?' },
		{ type: 'input_image', image_url:
			`data:image/png;base64,${PIXEL}` }])] },
	'several turns': { input: [said('user', 'I am Alice.'),
		said('assistant', 'Hello Alice!'), said('user', 'Who am I?')] },
};

for (const kind of KINDS.filter((one) => one !== 'responses'))
	describe(`Open Responses over ${kind}`, () => {
		const post = (body, path = '/v1/responses') => {
			field.upstream.reset();
			field.upstream.fallback = (entry) => entry.body.tools ? { reply: {
				calls: [{ name: TOOL.name, input: { city: 'Oslo' } }] } } : {};
			return ask(field.gateway, { path, body: { model: `${kind}-m`,
				...body } });
		};

		for (const [name, body] of Object.entries(QUESTIONS)) {
			const type = body.tools ? 'function_call' : 'message';
			const answers = (response) => {
				fits(RESPONSE, response, 'response');
				assert.equal(response.status, 'completed');
				assert.ok(response.output.some((one) => one.type === type));
			};

			test(name, async () => {
				const { status, text: answer } = await post(body);
				assert.equal(status, 200, answer);
				answers(JSON.parse(answer));
			});
			test(`${name}, streamed`, async () => {
				const answer = await post({ ...body, stream: true });
				const events = readEvents(answer.text)
					.filter(({ data }) => data);
				events.forEach(({ event, data }, i) => {
					assert.equal(data.type, event);
					assert.equal(data.sequence_number, i);
					assert.ok(event in EVENTS, event);
					fits(EVENTS[event], data, event);
				});
				answers(events.at(-1).data.response);
			});
		}
		test('a compaction', async () => {
			const { status, text: answer } = await post({
				prompt_cache_key: 'k', input: [
					said('user', 'We launch on Tuesday.'),
					said('assistant', 'Understood.')],
			}, '/v1/responses/compact');
			assert.equal(status, 200, answer);
			const compacted = JSON.parse(answer);
			fits(COMPACTION, compacted, 'compaction');
			assert.ok(compacted.output.some((one) =>
				one.type === 'compaction'));
		});
		test('a compaction without a model is refused', async () => {
			const { status } = await post({ model: undefined,
				input: [said('user', 'Compact it.')] },
			'/v1/responses/compact');
			assert.equal(status, 400);
		});
	});
