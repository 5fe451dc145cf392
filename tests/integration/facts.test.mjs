// What the APIs have said since 2026, in tables: what a client says and what each
// other kind of upstream must get, or what an upstream says and what each other
// kind of client must see.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { KINDS, startField } from './field.mjs';

const WORD = 'quetzal';
let field;

before(async () => {
	field = await startField();
});
after(() => field?.stop());

const others = (kind) => KINDS.filter((one) => one !== kind);
const lossy = (answer) => answer.headers['x-droid2api-lossy'] ?? '';

/* What clients say. */

const hi = { role: 'user', content: 'hi' };
const call = { type: 'function_call', call_id: 'c1', name: 'f',
	arguments: '{}' };
const output = { type: 'function_call_output', call_id: 'c1', output: 'y' };
const tool = { type: 'function', name: 'f', strict: false,
	parameters: { type: 'object', properties: {} } };
const agent = (...content) => ({ type: 'agent_message', author: '/root',
	recipient: '/root/a', content });
const text = { type: 'input_text', text: WORD };
const turns = (...content) => ({ messages: [hi, { role: 'assistant',
	content: [...content, { type: 'text', text: 'x' }] }, hi] });
const system = (content) => ({ messages: [hi, { role: 'system', content }] });
const declared = { tools: [{ functionDeclarations: [{ name: 'f' }] }] };

// [what, body, {loses: its name or none, says: WORD must arrive, hides: must not,
// refuses: a word of the 400}]
const REQUESTS = {
	responses: [
		['agent_message', { input: [hi, agent(text)] }, { says: true }],
		['agent_message, sealed in part', { input: [hi, agent(text, {
			type: 'encrypted_content',
			encrypted_content: 'gAAAAABx' })] },
		{ says: true, loses: 'seal' }],
		['encrypted_content that is readable, of a message', { input: [{
			role: 'user', content: [{ type: 'encrypted_content',
				encrypted_content: WORD }] }] }, { says: true }],
		['agent_message between a call and its output', { input: [hi, call,
			agent(text), output] }, { says: true }],
		['configuration_update, the last one wins', { input: [hi, {
			type: 'configuration_update', id: null, text: { format: {
			type: 'json_schema', name: WORD, schema: {
			type: 'object', properties: {},
			additionalProperties: false } } } }, {
			type: 'configuration_update', text: { format: {
			type: 'text' } } }] }, { hides: true }],
		['phase', { input: [hi, { role: 'assistant', phase: 'commentary',
			content: WORD }, hi] }, { says: true, loses: 'phase' }],
		['phase partial_answer', { input: [hi, { role: 'assistant',
			phase: 'partial_answer', content: WORD }, hi] },
		{ says: true, loses: 'phase' }],
		['prompt_cache_options', { prompt_cache_options: {
			mode: 'explicit', ttl: '30m',
			comparison_response_id: 'resp_1' } },
		{ loses: 'cache_control' }],
		['reasoning.mode', { reasoning: { mode: 'pro' } },
			{ loses: 'unknown:reasoning.mode' }],
		['reasoning.context', { reasoning: { context: 'all_turns' } },
			{ loses: 'unknown:reasoning.context' }],
		['tools[].async', { tools: [{ ...tool, async: true }] },
			{ loses: 'unknown:tools.async' }],
		['function_call.async', { input: [hi, { ...call, async: true },
			output] }, { loses: 'unknown:function_call.async' }],
		['a second output of a call', { input: [hi, call, output, {
			role: 'assistant', content: 'ho' }, { ...output,
			output: WORD }] }, { says: true }],
		['an output without call_id', { input: [hi, call, output, {
			type: 'function_call_output', name: 'f',
			status: 'completed', output: WORD }] }, { says: true }],
		['allowed_callers, defer_loading', { tools: [{ ...tool,
			allowed_callers: ['direct'], defer_loading: true }] }, {}],
		['output_schema', { tools: [{ ...tool, output_schema: {
			type: 'object' } }] },
		{ loses: 'unknown:tools.output_schema' }],
		['image.context_compression', { image: {
			context_compression: 'auto' } },
		{ loses: 'unknown:image' }],
		['access_programs', { access_programs: { cyber: true } },
			{ loses: 'unknown:access_programs' }],
		['background_options', { background_options: { a: 1 } },
			{ loses: 'unknown:background_options' }],
		['context_management', { context_management: [{
			type: 'compaction', compact_threshold: 1000 }] },
		{ loses: 'context_management' }],
		['compaction, of OpenAI', { input: [{ type: 'compaction',
			encrypted_content: 'gAAAAABx' }, hi] },
		{ refuses: 'compacted history' }],
		['compaction, readable', { input: [{ type: 'compaction',
			encrypted_content: `droid2api.summary:${WORD}` }, hi] },
		{ says: true }],
		['context_compaction, a mark', { input: [hi, {
			type: 'context_compaction' }, { role: 'user',
			content: WORD }] }, { says: true }],
		['additional_tools', { input: [hi, { type: 'additional_tools',
			role: 'developer', tools: [{ ...tool, name: WORD }] }] },
		{ says: true }],
		['additional_tools of a namespace', { tools: [tool], input: [hi,
			{ type: 'additional_tools', role: 'developer', tools: [{
			type: 'namespace', name: 'mcp__late', description: 'd',
			tools: [{ ...tool, name: WORD }] }] }] },
		{ says: true }],
	],
	messages: [
		['output_config alone in a system message', { messages: [hi, {
			role: 'system', output_config: { effort: 'low' } }] },
		{}],
		['clear_at, still shown', { messages: [hi, { role: 'system',
			clear_at: 'next_user_message', content: WORD }] },
		{ says: true }],
		['clear_at, gone', { messages: [hi, { role: 'system',
			clear_at: 'next_user_message', content: WORD }, {
			role: 'assistant', content: 'x' }, hi] },
		{ hides: true }],
		['clear_at never', { messages: [hi, { role: 'system',
			clear_at: 'never', content: WORD }, {
			role: 'assistant', content: 'x' }, hi] },
		{ says: true }],
		['tool_addition, a definition', system([{ type: 'tool_addition',
			tool: { type: 'tool_definition', definition: {
			name: WORD, input_schema: { type: 'object' } } } }]),
		{ says: true }],
		['tool_removal', { tools: [{ name: WORD, input_schema: {
			type: 'object' } }], ...system([{ type: 'tool_removal',
			tool: { type: 'tool_reference', name: WORD } }]) },
		{ hides: true }],
		['mcp_tool_reference', system([{ type: 'tool_addition', tool: {
			type: 'mcp_tool_reference', server_name: 's',
			name: 'n' } }]), { loses: 'mcp_servers' }],
		['mcp_toolset_reference', system([{ type: 'tool_removal', tool: {
			type: 'mcp_toolset_reference', server_name: 's' } }]),
		{ loses: 'mcp_servers' }],
		['compaction, of the assistant', { messages: [{ role: 'user',
			content: WORD }, { role: 'assistant', content: [{
			type: 'compaction', content: 'They met.' }] }, hi] },
		{ hides: true }],
		['compaction, signed, with tool_changes', { messages: [{
			role: 'user', content: [{ type: 'compaction',
			content: 'They met.', signature: 's',
			encrypted_content: null, tool_changes: [{
			type: 'tool_addition', tool: { type: 'tool_definition',
			definition: { name: WORD, input_schema: {
			type: 'object' } } } }] }] }, hi] }, { says: true }],
		['compaction that failed', { messages: [{ role: 'user',
			content: WORD }, { role: 'assistant', content: [{
			type: 'compaction', content: null }, { type: 'text',
			text: 'x' }] }, hi] }, { says: true }],
		['connector_text', turns({ type: 'connector_text',
			connector_text: WORD, signature: 's' }), { says: true }],
		['container_upload', { messages: [{ role: 'user', content: [{
			type: 'container_upload', file_id: 'file_1' }, {
			type: 'text', text: 'hi' }] }] },
		{ loses: 'container_upload' }],
		['fallback', turns({ type: 'fallback', from: { model: 'a' },
			to: { model: 'b' }, trigger: { type: 'refusal' } }),
		{ loses: 'unknown:fallback' }],
		['mcp_tool_listing', turns({ type: 'mcp_tool_listing',
			mcp_server_name: 's', tools: [] }),
		{ loses: 'unknown:mcp_tool_listing' }],
		['advisor_tool_result', turns({ type: 'server_tool_use',
			id: 'srvtoolu_1', name: 'advisor', input: {} }, {
			type: 'advisor_tool_result', tool_use_id: 'srvtoolu_1',
			content: { type: 'advisor_result', text: 'a' } }),
		{ loses: 'hosted_item' }],
		['mid_conv_system', { messages: [{ role: 'user', content: [{
			type: 'mid_conv_system', text: WORD }] }] },
		{ says: true, loses: 'unknown:mid_conv_system' }],
		['fallbacks', { fallbacks: 'default' },
			{ loses: 'unknown:fallbacks' }],
		['fallback_credit_token', { fallback_credit_token: 't' },
			{ loses: 'unknown:fallback_credit_token' }],
		['diagnostics', { diagnostics: { a: 1 } },
			{ loses: 'unknown:diagnostics' }],
		['billing_policy', { billing_policy: 'x' },
			{ loses: 'unknown:billing_policy' }],
		['user_profile_id', { user_profile_id: 'u' },
			{ loses: 'unknown:user_profile_id' }],
		['workspace_id', { workspace_id: 'w' },
			{ loses: 'unknown:workspace_id' }],
		['inference_geo', { inference_geo: 'eu' },
			{ loses: 'inference_geo' }],
		['thinking.block_binding, display: updates', { thinking: {
			type: 'adaptive', display: 'updates',
			block_binding: 'strict' } },
		{ loses: 'unknown:thinking.block_binding' }],
		['output_config.task_budget', { output_config: { task_budget: {
			type: 'tokens', total: 20000 } } }, { loses: 'effort' }],
		['thread', { thread: { id: 't' } }, { refuses: 'thread' }],
	],
	generate: [
		['continuationToken', { continuationToken: 't' },
			{ loses: 'unknown:continuationToken' }],
		['streamFunctionCallArguments', { ...declared, toolConfig: {
			functionCallingConfig: { mode: 'AUTO',
				streamFunctionCallArguments: true } } },
		{ loses: 'unknown:functionCallingConfig.' +
		    'streamFunctionCallArguments' }],
		['response, responseJsonSchema', { tools: [{
			functionDeclarations: [{ name: 'f', response: {
			type: 'OBJECT' } }] }] },
		{ loses: 'unknown:tools.response' }],
		['behavior', { tools: [{ functionDeclarations: [{ name: 'f',
			behavior: 'NON_BLOCKING' }] }] },
		{ loses: 'unknown:tools.behavior' }],
		...['googleMaps', 'fileSearch', 'computerUse', 'mcpServers'].map(
			(name) => [name, { tools: [{ [name]: name === 'mcpServers' ?
			[{ name: 'a' }] : {} }] }, { loses: 'builtin_tool' }]),
		...['partMetadata', 'mediaProcessing', 'speechMetadata'].map(
			(name) => [name, { contents: [{ role: 'user', parts: [{
			text: WORD, [name]: { a: 1 } }] }] },
			{ says: true, loses: `unknown:${name}` }]),
		...['scheduling', 'willContinue'].map((name) =>
			[`functionResponse.${name}`, { ...declared, contents: [
			{ role: 'user', parts: [{ text: 'a' }] },
			{ role: 'model', parts: [{ functionCall: { name: 'f',
				args: {} } }] },
			{ role: 'user', parts: [{ functionResponse: { name: 'f',
				[name]: name === 'scheduling' ? 'SILENT' : true,
				response: { output: WORD } } }] }] },
			{ says: true, loses: `unknown:functionResponse.${name}` }]),
	],
};

for (const [client, facts] of Object.entries(REQUESTS))
	describe(`${client} says`, () => {
		for (const kind of others(client))
			test(`to ${kind}`, async () => {
				for (const [what, body, { loses, says, hides, refuses }] of
				    facts) {
					const { answer, sent } = await field.ask(client,
						kind, body);
					if (refuses) {
						assert.equal(answer.status, 400, what);
						assert.ok(answer.text.includes(refuses),
							`${what}: ${answer.text}`);
						continue;
					}
					assert.equal(answer.status, 200,
						`${what}: ${answer.text}`);
					assert.equal(sent.problem, undefined, what);
					if (loses)
						assert.ok(lossy(answer).split(', ')
							.includes(loses),
						`${what}: ${lossy(answer)}`);
					if (says || hides)
						assert.equal(sent.bytes.includes(WORD),
							!hides, `${what}: ${sent.bytes}`);
				}
			});
	});

/* What upstreams say: which tier served it. */

const REPLIES = {
	chat: (tier) => ({ id: 'c', object: 'chat.completion', model: 'm',
		service_tier: tier, choices: [{ index: 0, finish_reason: 'stop',
			message: { role: 'assistant', content: 'ok' } }],
		usage: { prompt_tokens: 9, completion_tokens: 3 } }),
	responses: (tier) => ({ id: 'resp_1', object: 'response', model: 'm',
		status: 'completed', service_tier: tier, output: [{
			type: 'message', id: 'msg_1', role: 'assistant',
			status: 'completed', content: [{ type: 'output_text',
				text: 'ok', annotations: [] }] }],
		usage: { input_tokens: 9, output_tokens: 3 } }),
	messages: (tier) => ({ id: 'msg_1', type: 'message', role: 'assistant',
		model: 'm', content: [{ type: 'text', text: 'ok' }],
		stop_reason: 'end_turn', usage: { input_tokens: 9,
			output_tokens: 3, service_tier: tier } }),
};
const TIER = {
	chat: (answer) => (answer.events?.findLast(({ data }) => data.choices)
		.data ?? answer.json).service_tier,
	responses: (answer) => (answer.events?.at(-1).data.response ??
		answer.json).service_tier,
	messages: (answer) => (answer.events?.findLast(({ data }) =>
		data.usage).data ?? answer.json).usage.service_tier,
};
const standard = { chat: 'default', responses: 'default',
	messages: 'standard' };

// The same in events, as far as they tell of it.
const EVENTS = {
	chat: [{ data: { id: 'c', object: 'chat.completion.chunk', model: 'm',
		service_tier: 'flex', choices: [{ index: 0, delta: {
			role: 'assistant', content: 'ok' },
		finish_reason: 'stop' }] } }, { data: '[DONE]' }],
	responses: [{ event: 'response.completed', data: {
		type: 'response.completed', sequence_number: 0,
		response: REPLIES.responses('flex') } }],
	messages: [{ event: 'message_start', data: { type: 'message_start',
		message: { ...REPLIES.messages('flex'), content: [],
			stop_reason: null } } },
	{ event: 'message_delta', data: { type: 'message_delta', delta: {
		stop_reason: 'end_turn' }, usage: { output_tokens: 3 } } },
	{ event: 'message_stop', data: { type: 'message_stop' } }],
};

describe('the tier that served it', () => {
	for (const kind of Object.keys(REPLIES))
		for (const client of Object.keys(TIER).filter((one) => one !== kind))
			test(`${kind} to ${client}, in events`, async () => {
				const { answer } = await field.ask(client, kind,
					{ stream: true }, { events: EVENTS[kind] });
				assert.equal(TIER[client](answer), 'flex',
					answer.text);
			});
	for (const kind of Object.keys(REPLIES))
		for (const client of Object.keys(TIER).filter((one) => one !== kind))
			for (const stream of [false, true])
				test(`${kind} to ${client}${stream ? ', streamed' : ''}`,
				    async () => {
					const seen = async (tier) => TIER[client]((
						await field.ask(client, kind, { stream },
						{ body: REPLIES[kind](tier) })).answer);
					assert.equal(await seen('priority'), 'priority');
					assert.equal(await seen(standard[kind]),
						standard[client]);
					assert.equal(await seen('unheard_of'),
						client === 'responses' ? 'default' :
						undefined);
				});
});

/* A toolset's members, as functions. */

const CALLS = {
	chat: (name) => ({ id: 'c', choices: [{ index: 0,
		finish_reason: 'tool_calls', message: { role: 'assistant',
			content: null, tool_calls: [{ id: 'a', type: 'function',
				function: { name, arguments: '{"text":"x"}' } }] } }] }),
	responses: (name) => ({ id: 'resp_1', object: 'response', model: 'm',
		status: 'completed', output: [{ type: 'function_call', id: 'fc_1',
			call_id: 'a', namespace: name.split('__')[0],
			name: name.split('__')[1], arguments: '{"text":"x"}',
			status: 'completed' }] }),
	generate: (name) => ({ candidates: [{ index: 0, finishReason: 'STOP',
		content: { role: 'model', parts: [{ functionCall: { name,
			args: { text: 'x' } } }] } }] }),
};
const offered = ({ tools }) => tools.flatMap((one) => one.type === 'namespace' ?
	one.tools.map(({ name }) => `${one.name}__${name}`) :
	(one.functionDeclarations ?? [one.function ?? one]).map(({ name }) =>
		name));

describe("a toolset's members", () => {
	const toolset = (family, configs) => ({
		type: `${family}_toolset_20260801`, configs });
	const browser = toolset('browser', { zoom: { enabled: false } });

	for (const kind of others('messages')) {
		test(`are functions for ${kind}`, async () => {
			const ask = async (...tools) => {
				const { answer, sent } = await field.ask('messages',
					kind, { tools });
				assert.equal(answer.status, 200, answer.text);
				assert.equal(sent.problem, undefined);
				assert.equal(lossy(answer), '');
				return offered(sent.body);
			};
			const both = await ask(browser, toolset('computer'));
			for (const name of ['browser__navigate', 'browser__scroll',
				'computer__scroll', 'computer__cursor_position'])
				assert.ok(both.includes(name), name);
			assert.equal(both.length, new Set(both).size);
			for (const name of ['browser__zoom', 'browser__file_upload',
				'browser__javascript_exec'])
				assert.ok(!both.includes(name), name);
			assert.ok((await ask(toolset('browser', { javascript_exec: {
				enabled: true } }))).includes(
				'browser__javascript_exec'));
		});
		test(`are there late for ${kind}`, async () => {
			const { sent } = await field.ask('messages', kind, system([{
				type: 'tool_addition', tool: { type: 'tool_definition',
					definition: browser } }]));
			assert.ok(offered(sent.body).includes('browser__navigate'));
		});
		for (const stream of [false, true])
			test(`are called by ${kind}${stream ? ', streamed' : ''}`,
			    async () => {
				const { answer, sent } = await field.ask('messages', kind, {
					stream, tools: [browser], messages: [hi, {
					role: 'assistant', content: [{ type: 'tool_use',
						id: 't1', name: 'navigate',
						toolset_name: 'browser', input: { url: 'a' } }] },
					{ role: 'user', content: [{ type: 'tool_result',
						tool_use_id: 't1', toolset_name: 'browser',
						content: 'ok' }] }] },
				{ body: CALLS[kind]('browser__type') });
				assert.match(sent.bytes.toString(), kind === 'responses' ?
					/"name":"navigate","namespace":"browser"/ :
					/"browser__navigate"/);
				assert.equal(sent.problem, undefined);
				const block = stream ? answer.events.find(({ data }) =>
					data.content_block).data.content_block :
					answer.json.content[0];
				assert.equal(block.type, 'tool_use');
				assert.equal(block.name, 'type');
				assert.equal(block.toolset_name, 'browser');
			});
	}
});
