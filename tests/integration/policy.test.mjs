// What the configuration changes in a request, and that nothing else changes.

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { startUpstream } from '../upstream/upstream.mjs';
import { startGateway } from './gateway.mjs';
import { ask } from './client.mjs';
import { ERRORS, LANES, NAMES, assertError } from './samples.mjs';

const LEVELS = ['off', 'low', 'medium', 'high', 'xhigh', 'auto'];
const BUDGETS = { low: 4096, medium: 12288, high: 24576, xhigh: 40960 };
const KINDS = { chat: ['common', 'glm'], responses: ['openai', 'model'],
    messages: ['anthropic', 'claude'], generate: ['google', 'gemini'] };
const entry = (id, type, more) => ({ id, type, provider: 'p',
    reasoning: 'auto', ...more });

const models = [
	...NAMES.flatMap((name) => LEVELS.map((level) => entry(
	    `${KINDS[name][1]}-${level}`, KINDS[name][0],
	    { reasoning: level }))),
	...NAMES.map((name) => entry(`${KINDS[name][1]}-fast`, KINDS[name][0],
	    { fast: true })),
	entry('claude-small', 'anthropic', { reasoning: 'xhigh',
	    max_output_tokens: 8000 }),
	entry('claude-opus-4-7-adaptive', 'anthropic', { reasoning: 'high',
	    thinking: 'adaptive' }),
	entry('claude-opus-4-8-off', 'anthropic', { reasoning: 'off',
	    thinking_off: 'disabled' }),
	entry('gemini-2.5-flash', 'google', { reasoning: 'high',
	    thinking: 'budget' }),
	entry('model-efforts', 'openai', { reasoning: 'xhigh',
	    efforts: ['none', 'low', 'high'] }),
	entry('model-refusing', 'anthropic', { prefill: false,
	    mid_system: false }),
	entry('model-none', 'openai', { reasoning: 'off',
	    efforts: ['none', 'low', 'high'] }),
];

let upstream;
const make = (config) => startGateway({ upstream, config: { models,
    ...config } });

async function sent(gateway, name, body, path = LANES[name].path) {
	const answer = await ask(gateway, { path, body });
	assert.equal(answer.status, 200, answer.text);
	return upstream.last;
}

before(async () => {
	upstream = await startUpstream();
});
beforeEach(() => upstream.reset());
after(() => upstream?.stop());

describe('reasoning levels', () => {
	let gateway;

	before(async () => {
		gateway = await make({});
	});
	after(() => gateway?.stop());
	const send = async (name, model, more) => (await sent(gateway, name,
	    LANES[name].body('hi', { model, ...more }))).body;

	for (const [level, budget] of Object.entries(BUDGETS)) {
		test(`messages ${level}`, async () => {
			const body = await send('messages', `claude-${level}`,
			    { max_tokens: 100000 });
			assert.deepEqual(body.thinking, { type: 'enabled',
				budget_tokens: budget });
			assert.equal(body.max_tokens, 100000);
			assert.deepEqual(upstream.last.betas,
			    ['interleaved-thinking-2025-05-14']);
		});
		test(`messages ${level} over the client's own`, async () => {
			const body = await send('messages', `claude-${level}`, {
				max_tokens: 100000, thinking: { type: 'enabled',
				    budget_tokens: 2000 } });
			assert.equal(body.thinking.budget_tokens, budget);
		});
		test(`messages ${level}: max_tokens is raised over the budget`,
		    async () => {
			const body = await send('messages', `claude-${level}`,
			    { max_tokens: 100 });
			assert.equal(body.thinking.budget_tokens, budget);
			assert.equal(body.max_tokens, budget + 4096);
		});
		test(`responses ${level}`, async () => {
			const body = await send('responses', `model-${level}`, {
				reasoning: { effort: 'minimal' } });
			assert.deepEqual(body.reasoning, { effort: level,
				summary: 'auto' });
		});
		test(`chat ${level}`, async () => {
			assert.equal((await send('chat', `glm-${level}`))
			    .reasoning_effort, level);
			assert.equal((await send('chat', `glm-${level}`,
			    { reasoning_effort: 'minimal' })).reasoning_effort,
			    level);
		});
		test(`generate ${level}`, async () => {
			const expected = { thinkingLevel:
				{ low: 'LOW', medium: 'MEDIUM' }[level] ?? 'HIGH' };
			let body = await send('generate', `gemini-${level}`);
			assert.deepEqual(body.generationConfig.thinkingConfig,
			    expected);
			body = await send('generate', `gemini-${level}`, {
				generationConfig: { temperature: 0.5,
				    thinkingConfig: { thinkingBudget: 5 } } });
			assert.deepEqual(body.generationConfig, {
				temperature: 0.5, thinkingConfig: expected });
		});
	}

	test('off removes what asks for thinking', async () => {
		const thinking = { type: 'enabled', budget_tokens: 1024 };
		const messages = await send('messages', 'claude-off', {
			max_tokens: 9000, thinking });
		assert.ok(!('thinking' in messages));
		const responses = await send('responses', 'model-off', {
			reasoning: { effort: 'high' } });
		assert.ok(!('reasoning' in responses));
		const chat = await send('chat', 'glm-off', {
			reasoning_effort: 'high' });
		assert.ok(!('reasoning_effort' in chat));
		const generate = await send('generate', 'gemini-off', {
			generationConfig: { thinkingConfig: {
			    thinkingLevel: 'LOW' }, topK: 5 } });
		assert.deepEqual(generate.generationConfig, { topK: 5 });
	});
	test('off removes a clear_thinking edit with the thinking', async () => {
		const answer = await ask(gateway, { path: LANES.messages.path,
			headers: { 'anthropic-beta':
			    'context-management-2025-06-27' },
			body: LANES.messages.body('hi', { model: 'claude-off',
			    thinking: { type: 'adaptive' }, context_management: {
				edits: [{ type: 'clear_thinking_20251015' },
				    { type: 'clear_tool_uses_20250919' }] } }) });
		assert.equal(answer.status, 200, answer.text);
		assert.deepEqual(upstream.last.body.context_management.edits,
		    [{ type: 'clear_tool_uses_20250919' }]);
	});
	test('auto leaves the bytes alone', async () => {
		for (const name of NAMES) {
			const body = JSON.stringify(LANES[name].body('hi', {
				model: `${KINDS[name][1]}-auto` }), null, 1);
			assert.equal((await sent(gateway, name, body)).bytes
			    .toString(), body);
		}
	});
	test('off leaves the bytes alone when there is nothing to remove',
	    async () => {
		for (const name of NAMES) {
			const body = JSON.stringify(LANES[name].body('hi', {
				model: `${KINDS[name][1]}-off` }), null, 1);
			assert.equal((await sent(gateway, name, body)).bytes
			    .toString(), body);
		}
	});
	test('a ceiling of the entry lowers the budget', async () => {
		const body = await send('messages', 'claude-small', {
			max_tokens: 100 });
		assert.ok(body.max_tokens <= 8000);
		assert.ok(body.thinking.budget_tokens < body.max_tokens);
		assert.ok(body.thinking.budget_tokens >= 1024);
	});
	test('adaptive entries get adaptive thinking and an effort', async () => {
		const body = await send('messages', 'claude-opus-4-7-adaptive');
		assert.deepEqual(body.thinking, { type: 'adaptive',
			display: 'summarized' });
		assert.equal(body.output_config.effort, 'high');
	});
	test('thinking_off: disabled', async () => {
		const body = await send('messages', 'claude-opus-4-8-off');
		assert.deepEqual(body.thinking, { type: 'disabled' });
	});
	test('generate entries with a budget', async () => {
		const { generationConfig } = await send('generate',
		    'gemini-2.5-flash');
		assert.deepEqual(generationConfig.thinkingConfig, {
			thinkingBudget: 24576 });
	});
	test("a level is clamped to the entry's efforts", async () => {
		assert.equal((await send('responses', 'model-efforts'))
		    .reasoning.effort, 'high');
		assert.equal((await send('responses', 'model-none'))
		    .reasoning.effort, 'none');
	});
	test('what thinking forbids is put right', async () => {
		const tools = [{ name: 't', input_schema: { type: 'object' } }];
		const body = await send('messages', 'claude-low', {
			max_tokens: 9000, temperature: 0.5, top_k: 5, tools,
			tool_choice: { type: 'any' } });
		assert.equal(body.tool_choice.type, 'auto');
		assert.ok(body.temperature === undefined || body.temperature === 1);
		assert.ok(!('top_k' in body));
	});
	test('and named, or refused in strict mode', async () => {
		const asked = (headers) => ask(gateway, {
			path: LANES.messages.path, headers,
			body: LANES.messages.body('hi', { temperature: 0.5,
			    top_k: 5, model: 'claude-opus-4-7-adaptive' }) });
		const answer = await asked({});
		assert.equal(answer.status, 200, answer.text);
		assert.equal(answer.headers['x-droid2api-lossy'],
		    'sampling, top_k');
		assert.ok(!('temperature' in upstream.last.body));
		assert.ok(!('top_k' in upstream.last.body));
		upstream.reset();
		assertError('messages', await asked({
			'x-droid2api-strict': '1' }), { ...ERRORS.invalid,
			message: /sampling/ });
		assert.equal(upstream.requests.length, 0);
	});
	test('nothing is named where nothing is lost', async () => {
		for (const name of NAMES) {
			const answer = await ask(gateway, {
				path: LANES[name].path, body: LANES[name].body(
				    'hi', { model: `${KINDS[name][1]}-high` }) });
			assert.equal(answer.headers['x-droid2api-lossy'],
			    undefined);
		}
	});
	test('no thinking where the last tool turn has none', async () => {
		const body = await send('messages', 'claude-low', {
			messages: [{ role: 'user', content: 'x' },
			    { role: 'assistant', content: [{ type: 'tool_use',
				id: 'a', name: 't', input: {} }] },
			    { role: 'user', content: [{ type: 'tool_result',
				tool_use_id: 'a', content: 'y' }] }] });
		assert.ok(!('thinking' in body));
	});
	test('count_tokens is asked about the same thinking or none',
	    async () => {
		const { max_tokens, ...body } = LANES.messages.body('hi', {
			model: 'claude-low' });
		assert.ok(max_tokens);
		const { body: counted } = await sent(gateway, 'messages', body,
		    '/v1/messages/count_tokens');
		assert.ok(!('max_tokens' in counted));
	});
});

describe('only those spans change', () => {
	let gateway;

	before(async () => {
		gateway = await make({ system_prompt: 'Be brief.\n\n',
			model_redirects: { alias: 'claude-low' } });
	});
	after(() => gateway?.stop());

	test('everything else keeps its bytes', async () => {
		const kept = [' "x" : 12345678901234567890 ', '"y":1e400',
			'"dup":1,"dup":2', '"s":"\\ud800\\u0041"'].join(',\n');
		const body = `{ "messages" : [ {"role":"user","content":"\\u0041"} ],
${kept}, "model":"alias" ,"max_tokens":50000 , "stop":null }`;
		upstream.next({ strict: false });
		const answer = await ask(gateway, { path: '/v1/messages', body });
		assert.equal(answer.status, 200, answer.text);
		const text = upstream.last.bytes.toString();
		assert.ok(text.includes(kept));
		assert.ok(text.includes(
		    ' "messages" : [ {"role":"user","content":"\\u0041"} ],'));
		assert.ok(text.includes('"max_tokens":50000 ,'));
		assert.ok(text.includes('"model":"claude-low" ,'));
		assert.equal(upstream.last.body.thinking.budget_tokens, 4096);
		assert.equal(upstream.last.body.system[0].text, 'Be brief.\n\n');
	});
	test('a key in disguise is the key', async () => {
		upstream.next({ strict: false });
		await ask(gateway, { path: '/v1/messages', body: '{"mod\\u0065l":' +
			'"alias","max_tokens":9000,"messages":[{"role":"user",' +
			'"content":"x"}]}' });
		assert.equal(upstream.last.body.model, 'claude-low');
	});
	test('of duplicate keys all are replaced', async () => {
		upstream.next({ strict: false });
		await ask(gateway, { path: '/v1/messages', body: '{"model":"glm",' +
			'"max_tokens":9000,"messages":[{"role":"user",' +
			'"content":"x"}],"model":"alias"}' });
		assert.doesNotMatch(upstream.last.bytes.toString(), /alias|glm/);
	});
});

describe('what the entry says the model refuses', () => {
	let gateway;

	before(async () => {
		gateway = await make({});
	});
	after(() => gateway?.stop());

	const say = (...messages) => ({ model: 'model-refusing',
	    max_tokens: 100, messages });
	const USER = { role: 'user', content: 'a' };
	const ASSISTANT = { role: 'assistant', content: 'b' };
	test('a prefill is followed by the user', async () => {
		const { body } = await sent(gateway, 'messages',
		    say(USER, ASSISTANT));
		assert.deepEqual(body.messages, [USER, ASSISTANT,
			{ role: 'user', content: 'Continue.' }]);
	});
	test('a system message between the others is the user\'s',
	    async () => {
		const { body } = await sent(gateway, 'messages',
		    say(USER, { role: 'system', content: 'c' }));
		assert.deepEqual(body.messages, [{ role: 'user', content: [
			{ type: 'text', text: 'a' },
			{ type: 'text', text: '<system>\nc\n</system>' }] }]);
	});
	test('and nothing else', async () => {
		const bytes = '{ "model":"model-refusing","max_tokens":1e2 ,' +
		    '"messages":[{"role":"user","content":"\\u0061"}]}';
		assert.equal((await sent(gateway, 'messages', bytes)).bytes
		    .toString(), bytes);
	});
});

describe('fast models', () => {
	let gateway;

	before(async () => {
		gateway = await make({});
	});
	after(() => gateway?.stop());

	test('messages: speed and the beta', async () => {
		const { body, betas } = await sent(gateway, 'messages',
		    LANES.messages.body('hi', { model: 'claude-fast' }));
		assert.equal(body.speed, 'fast');
		assert.deepEqual(betas, ['fast-mode-2026-02-01']);
	});
	for (const name of ['chat', 'responses'])
		test(`${name}: service_tier, unless the client has one`,
		    async () => {
			const model = `${KINDS[name][1]}-fast`;
			assert.equal((await sent(gateway, name, LANES[name].body(
			    'hi', { model }))).body.service_tier, 'priority');
			assert.equal((await sent(gateway, name, LANES[name].body(
			    'hi', { model, service_tier: 'flex' })))
			    .body.service_tier, 'flex');
		});
});

describe('the system prompt', () => {
	const PROMPT = 'You are "Droid" — ünï.\n\n';
	let gateway;

	before(async () => {
		gateway = await make({ system_prompt: PROMPT });
	});
	after(() => gateway?.stop());
	const send = async (name, more) => (await sent(gateway, name,
	    LANES[name].body('hi', { model: `${KINDS[name][1]}-auto`, ...more })))
	    .body;
	const block = { type: 'text', text: PROMPT };
	const marked = { type: 'text', text: 'own',
	    cache_control: { type: 'ephemeral' } };

	const MESSAGES = {
		'a string': ['own', [block, { type: 'text', text: 'own' }]],
		'an array': [[marked], [block, marked]],
		missing: [undefined, [block]],
		'an empty string': ['', [block]],
		'an empty array': [[], [block]],
	};
	for (const [what, [system, expected]] of Object.entries(MESSAGES))
		test(`messages: ${what}`, async () => {
			assert.deepEqual((await send('messages', { system })).system,
			    expected);
		});
	test('messages: null', async () => {
		upstream.next({ strict: false });
		assert.deepEqual((await send('messages', { system: null })).system,
		    [block]);
	});
	test('messages: not twice', async () => {
		assert.deepEqual((await send('messages', { system: [block,
			marked] })).system, [block, marked]);
		const { system } = await send('messages', {
			system: `${PROMPT}own` });
		assert.equal(JSON.stringify(system).split('Droid').length, 2);
	});
	test('count_tokens counts it', async () => {
		const { body } = await sent(gateway, 'messages', {
			model: 'claude-auto', messages: [{ role: 'user',
			    content: 'x' }] }, '/v1/messages/count_tokens');
		assert.deepEqual(body.system, [block]);
	});
	test('responses: instructions', async () => {
		assert.equal((await send('responses', { instructions: 'own' }))
		    .instructions, `${PROMPT}own`);
		assert.equal((await send('responses', { instructions: '' }))
		    .instructions, PROMPT);
		assert.equal((await send('responses', { instructions: null }))
		    .instructions, PROMPT);
		assert.equal((await send('responses', { input: 'hi' }))
		    .instructions, PROMPT);
	});
	test('responses: a developer item first keeps its prefix', async () => {
		const input = [{ type: 'message', role: 'developer', content: [
			{ type: 'input_text', text: 'own' }] },
			{ role: 'user', content: 'hi' }];
		const body = await send('responses', { input });
		assert.equal(body.instructions, undefined);
		assert.deepEqual(body.input.slice(1), input);
		assert.match(JSON.stringify(body.input[0]), /Droid/);
		assert.match(body.input[0].role, /developer|system/);
	});
	test('responses: not twice', async () => {
		assert.equal((await send('responses', {
			instructions: `${PROMPT}own` })).instructions,
		    `${PROMPT}own`);
	});
	const said = (message) => typeof message.content === 'string' ?
		message.content : message.content.map((part) => part.text)
		    .join('');
	const CHAT = {
		'a string': 'own',
		'an array': [{ type: 'text', text: 'o' }, { type: 'text',
		    text: 'wn', cache_control: { type: 'ephemeral' } }],
	};
	for (const [what, content] of Object.entries(CHAT))
		test(`chat: ${what}`, async () => {
			const { messages } = await send('chat', { messages: [
				{ role: 'system', content },
				{ role: 'user', content: 'hi' },
				{ role: 'system', content: 'second' }] });
			assert.equal(messages.length, 3);
			assert.equal(messages[0].role, 'system');
			assert.equal(said(messages[0]), `${PROMPT}own`);
			assert.equal(messages[2].content, 'second');
		});
	test('chat: none', async () => {
		const { messages } = await send('chat');
		assert.deepEqual(messages, [{ role: 'system', content: PROMPT },
			{ role: 'user', content: 'hi' }]);
	});
	test('chat: not twice', async () => {
		const messages = [{ role: 'system', content: `${PROMPT}own` },
			{ role: 'user', content: 'hi' }];
		assert.deepEqual((await send('chat', { messages })).messages,
		    messages);
	});
	const part = { text: PROMPT };
	const GENERATE = {
		'an object': [{ systemInstruction: { parts: [{ text: 'own' }] } },
		    [part, { text: 'own' }]],
		'with a role': [{ systemInstruction: { role: 'user',
		    parts: [{ text: 'own' }] } }, [part, { text: 'own' }]],
		'snake_case': [{ system_instruction: { parts: [{ text: 'own' }] } },
		    [part, { text: 'own' }]],
		'a string': [{ systemInstruction: 'own' },
		    [part, { text: 'own' }]],
		'a part alone': [{ systemInstruction: { parts: { text: 'own' } } },
		    [part, { text: 'own' }]],
		missing: [{}, [part]],
	};
	for (const [what, [more, expected]] of Object.entries(GENERATE))
		test(`generate: ${what}`, async () => {
			const body = await send('generate', more);
			const found = body.systemInstruction ??
			    body.system_instruction;
			assert.deepEqual(found.parts, expected);
		});
	test('generate: not twice', async () => {
		const systemInstruction = { parts: [part, { text: 'own' }] };
		assert.deepEqual((await send('generate', { systemInstruction }))
		    .systemInstruction, systemInstruction);
	});
});
