// What of a request crosses into another dialect: the tables of
// droid2api-dialects(7), held to what the gateway does. UPDATE_TABLES=1 writes
// them anew.
//
// kept: the upstream is told. changed: the content is there, something beside it
// (a file's name) is not. dropped: it can't be told, and x-droid2api-lossy says
// so. refused: 400, because dropping it would change what is asked for.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { startUpstream } from '../upstream/upstream.mjs';
import { MODELS, root, startGateway } from './gateway.mjs';
import { ask } from './client.mjs';
import { LANES, NAMES } from './samples.mjs';
import { PIXEL, SPEAKERS, TOOL } from './speakers.mjs';

const PDF = Buffer.from('%PDF-1.4\n%%EOF\n').toString('base64');
const schema = { type: 'object', properties: { city: { type: 'string' } },
	required: ['city'], additionalProperties: false };
const user = (content) => ({ messages: [{ role: 'user', content }] });
const parts = (...list) => ({ contents: [{ role: 'user', parts: list }] });
const config = (more) => ({ generationConfig: more });

// A word that must reach the model, wherever it stands.
const WORD = 'kiwi';
const hi = { role: 'user', content: 'hi' };
const input = (...items) => ({ input: [hi, ...items] });
const call = (more) => ({ type: 'function_call', call_id: 'call_1',
	name: TOOL.name, arguments: '{"city":"Oslo"}', ...more });
const output = (text) => ({ type: 'function_call_output',
	call_id: 'call_1', output: text });
const inTool = { name: TOOL.name, input_schema: schema };
const system = (more) => ({ messages: [hi, { role: 'system', ...more },
	{ role: 'assistant', content: 'ho' }, { role: 'user', content: 'go' }] });
const result = (content) => ({ tools: [inTool], messages: [hi, {
	role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1',
		name: TOOL.name, input: { city: 'Oslo' } }] }, {
	role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1',
		content }] }] });

// What each dialect's client may say beside model and text.
const FIELDS = {
	chat: {
		'max_completion_tokens': { max_completion_tokens: 100 },
		'temperature': { temperature: 0.5 },
		'top_p': { top_p: 0.5 },
		'stop': { stop: ['END'] },
		'presence_penalty, frequency_penalty': { presence_penalty: 0.5,
		    frequency_penalty: 0.5 },
		'seed': { seed: 7 },
		'logprobs': { logprobs: true, top_logprobs: 2 },
		'logit_bias': { logit_bias: { 50256: -100 } },
		'n > 1': { n: 2 },
		'reasoning_effort': { reasoning_effort: 'low' },
		'verbosity': { verbosity: 'low' },
		'response_format json_object': { response_format: {
		    type: 'json_object' }, ...user('Answer in JSON.') },
		'response_format json_schema': { response_format: {
		    type: 'json_schema', json_schema: { name: 'place',
			strict: true, schema } } },
		'tools': { tools: [{ type: 'function', function: TOOL }] },
		'tool_choice required': { tool_choice: 'required',
		    tools: [{ type: 'function', function: TOOL }] },
		'parallel_tool_calls false': { parallel_tool_calls: false,
		    tools: [{ type: 'function', function: TOOL }] },
		'image, data URL': user([{ type: 'image_url', image_url: {
		    url: `data:image/png;base64,${PIXEL}` } }]),
		'image, https': user([{ type: 'image_url', image_url: {
		    url: 'https://example.org/a.png' } }]),
		'file, PDF': user([{ type: 'file', file: { filename: 'a.pdf',
		    file_data: `data:application/pdf;base64,${PDF}` } },
		    { type: 'text', text: 'Read it.' }]),
		'input_audio': user([{ type: 'input_audio', input_audio: {
		    data: 'UklGRgAA', format: 'wav' } }]),
		'user': { user: 'u-1' },
		'metadata': { metadata: { run: '1' } },
		'service_tier flex': { service_tier: 'flex' },
		'store': { store: true },
		'prediction': { prediction: { type: 'content', content: 'x' } },
		'a part of an unknown type': user([{ type: 'ink', text: WORD }]),
		'an unknown member of a message': { messages: [{ role: 'user',
		    content: 'hi', ink: 'x' }] },
	},
	responses: {
		'instructions': { instructions: 'Be brief.' },
		'max_output_tokens': { max_output_tokens: 100 },
		'temperature': { temperature: 0.5 },
		'top_p': { top_p: 0.5 },
		'top_logprobs': { top_logprobs: 2,
		    include: ['message.output_text.logprobs'] },
		'reasoning.effort': { reasoning: { effort: 'low' } },
		'text.verbosity': { text: { verbosity: 'low' } },
		'text.format json_schema': { text: { format: {
		    type: 'json_schema', name: 'place', strict: true,
		    schema } } },
		'tools, function': { tools: [{ type: 'function', strict: false,
		    ...TOOL }] },
		'tools, custom': { tools: [{ type: 'custom', name: 'patch',
		    description: 'Free text' }] },
		'tools, namespace': { tools: [{ type: 'namespace', name: 'home',
		    description: 'At home', tools: [{ type: 'function',
		    strict: false, ...TOOL }] }] },
		'tools, web_search': { tools: [{ type: 'web_search' }] },
		'tool_choice required': { tool_choice: 'required', tools: [{
		    type: 'function', strict: false, ...TOOL }] },
		'parallel_tool_calls false': { parallel_tool_calls: false, tools:
		    [{ type: 'function', strict: false, ...TOOL }] },
		'input_image, data URL': { input: [{ role: 'user', content: [{
		    type: 'input_image', image_url:
		    `data:image/png;base64,${PIXEL}` }] }] },
		'input_file, PDF': { input: [{ role: 'user', content: [{
		    type: 'input_file', filename: 'a.pdf', file_data:
		    `data:application/pdf;base64,${PDF}` },
		    { type: 'input_text', text: 'Read it.' }] }] },
		'prompt_cache_key': { prompt_cache_key: 'k-1' },
		'safety_identifier': { safety_identifier: 's-1' },
		'metadata': { metadata: { run: '1' } },
		'service_tier flex': { service_tier: 'flex' },
		'truncation auto': { truncation: 'auto' },
		'max_tool_calls': { max_tool_calls: 3 },
		'previous_response_id': { previous_response_id: 'resp_1' },
		'background': { background: true },
		'service_tier ultrafast': { service_tier: 'ultrafast' },
		'reasoning.mode': { reasoning: { mode: 'pro' } },
		'prompt_cache_options.prewarm': { prompt_cache_options: {
		    prewarm: true } },
		'tools[].async': { tools: [{ type: 'function', strict: false,
		    ...TOOL, async: true }] },
		'agent_message': input({ type: 'agent_message', author: '/root',
		    recipient: '/root/a', content: [{ type: 'input_text',
			text: WORD }] }),
		'configuration_update': input({ type: 'configuration_update',
		    reasoning: { effort: 'low' } }),
		'phase': input({ role: 'assistant', phase: 'commentary',
		    content: WORD }, hi),
		'a second, late function_call_output': { tools: [{
		    type: 'function', strict: false, ...TOOL }], ...input(call(),
		    output('pending'), { role: 'assistant', content: 'ho' },
		    output(WORD)) },
		'compaction_trigger': input({ type: 'compaction_trigger' }),
		'compaction, made here': input({ type: 'compaction',
		    encrypted_content: `droid2api.summary:${WORD}` }),
		'compaction, of OpenAI': input({ type: 'compaction',
		    encrypted_content: 'gAAAAAB' }),
		'additional_tools': input({ type: 'additional_tools',
		    role: 'developer', tools: [{ type: 'function', strict: false,
			...TOOL, name: WORD }] }),
		'an unknown member of an item': input({ role: 'user',
		    content: 'hi', ink: 'x' }),
		'an item of an unknown type': input({ type: 'note',
		    content: [{ type: 'ink', text: WORD }] }),
	},
	messages: {
		'system': { system: 'Be brief.' },
		'max_tokens': { max_tokens: 100 },
		'temperature': { temperature: 0.5 },
		'top_k': { top_k: 5 },
		'stop_sequences': { stop_sequences: ['END'] },
		'thinking': { max_tokens: 8000, thinking: { type: 'enabled',
		    budget_tokens: 4096 } },
		'output_config.format': { output_config: { format: {
		    type: 'json_schema', schema } } },
		'tools': { tools: [{ name: TOOL.name, description:
		    TOOL.description, input_schema: schema }] },
		'tools, bash_20250124': { tools: [{ type: 'bash_20250124',
		    name: 'bash' }] },
		'tools, web_search_20250305': { tools: [{
		    type: 'web_search_20250305', name: 'web_search' }] },
		'tool_choice any': { tool_choice: { type: 'any' }, tools: [{
		    name: TOOL.name, input_schema: schema }] },
		'disable_parallel_tool_use': { tool_choice: { type: 'auto',
		    disable_parallel_tool_use: true }, tools: [{
		    name: TOOL.name, input_schema: schema }] },
		'cache_control': user([{ type: 'text', text: 'hi',
		    cache_control: { type: 'ephemeral' } }]),
		'image, base64': user([{ type: 'image', source: {
		    type: 'base64', media_type: 'image/png', data: PIXEL } }]),
		'document, PDF': user([{ type: 'document', source: {
		    type: 'base64', media_type: 'application/pdf', data: PDF } },
		    { type: 'text', text: 'Read it.' }]),
		'document, text': user([{ type: 'document', source: {
		    type: 'text', media_type: 'text/plain', data: 'words' } },
		    { type: 'text', text: 'Read it.' }]),
		'metadata.user_id': { metadata: { user_id: 'u-1' } },
		'service_tier': { service_tier: 'standard_only' },
		'system message': system({ content: WORD }),
		'system message, output_config': system({ output_config: {
		    effort: 'low' } }),
		'tool_addition, a definition': { ...system({ content: [{
		    type: 'tool_addition', tool: { type: 'tool_definition',
			definition: { ...inTool, description: WORD } } }] }) },
		'tool_removal': { tools: [inTool], ...system({ content: [{
		    type: 'tool_removal', tool: { type: 'tool_reference',
			name: TOOL.name } }] }) },
		'compaction': { compaction: { type: 'summarize' } },
		'compaction block': { messages: [hi, { role: 'assistant',
		    content: [{ type: 'compaction', content: WORD }] }, hi] },
		'tools, browser_toolset_20260801': { tools: [{
		    type: 'browser_toolset_20260801' }] },
		'tools, computer_toolset_20260801': { tools: [{
		    type: 'computer_toolset_20260801' }] },
		'an unknown member of a block': user([{ type: 'text',
		    text: 'hi', ink: 'x' }]),
		'browser_state': result([{ type: 'browser_state', tabs: [{
		    tab_id: 1, title: WORD, url: 'http://a', active: true }] }]),
		'connector_text': { messages: [hi, { role: 'assistant', content: [{
		    type: 'connector_text', connector_text: WORD,
		    signature: 's' }] }, hi] },
		'container_upload': user([{ type: 'container_upload',
		    file_id: 'file_1' }, { type: 'text', text: 'hi' }]),
		'a block of an unknown type': user([{ type: 'ink',
		    ink: WORD }]),
	},
	generate: {
		'systemInstruction': { systemInstruction: { parts: [{
		    text: 'Be brief.' }] } },
		'maxOutputTokens': config({ maxOutputTokens: 100 }),
		'temperature': config({ temperature: 0.5 }),
		'topK': config({ topK: 5 }),
		'stopSequences': config({ stopSequences: ['END'] }),
		'presencePenalty': config({ presencePenalty: 0.5 }),
		'seed': config({ seed: 7 }),
		'candidateCount > 1': config({ candidateCount: 2 }),
		'thinkingConfig': config({ thinkingConfig: {
		    thinkingLevel: 'LOW' } }),
		'responseJsonSchema': config({ responseMimeType:
		    'application/json', responseJsonSchema: schema }),
		'functionDeclarations': { tools: [{ functionDeclarations: [{
		    name: TOOL.name, parametersJsonSchema: schema }] }] },
		'googleSearch': { tools: [{ googleSearch: {} }] },
		'toolConfig ANY': { tools: [{ functionDeclarations: [{
		    name: TOOL.name, parametersJsonSchema: schema }] }],
		    toolConfig: { functionCallingConfig: { mode: 'ANY' } } },
		'inlineData, image': parts({ inlineData: {
		    mimeType: 'image/png', data: PIXEL } }),
		'inlineData, PDF': parts({ inlineData: {
		    mimeType: 'application/pdf', data: PDF } },
		    { text: 'Read it.' }),
		'safetySettings': { safetySettings: [{
		    category: 'HARM_CATEGORY_HARASSMENT',
		    threshold: 'BLOCK_NONE' }] },
		'cachedContent': { cachedContent: 'cachedContents/1' },
		'thinkingLevel XHIGH': config({ thinkingConfig: {
		    thinkingLevel: 'XHIGH' } }),
		'continuationToken': { continuationToken: 't' },
		'functionResponse.scheduling': { tools: [{ functionDeclarations: [{
		    name: TOOL.name, parametersJsonSchema: schema }] }],
		    contents: [{ role: 'user', parts: [{ text: 'hi' }] }, {
		    role: 'model', parts: [{ functionCall: { name: TOOL.name,
			args: { city: 'Oslo' } } }] }, { role: 'user', parts: [{
		    functionResponse: { name: TOOL.name, scheduling: 'SILENT',
			response: { output: WORD } } }] }] },
		'partMetadata': parts({ text: WORD, partMetadata: { a: 1 } }),
		'mediaResolution of a part': parts({ inlineData: {
		    mimeType: 'image/png', data: PIXEL }, mediaResolution: {
		    level: 'MEDIA_RESOLUTION_LOW' } }),
		'an unknown member of a part': parts({ text: 'hi', ink: 'x' }),
		'a part of an unknown kind': parts({ ink: { text: WORD } }),
	},
};

const START = '.\\" crossing\n', END = '.\\" crossing ends\n';
let upstream, gateway;

before(async () => {
	upstream = await startUpstream();
	// GPT-5 is a reasoning model: it takes no temperature.
	gateway = await startGateway({ upstream, config: {
		models: MODELS.map((model) => model.type === 'openai'
			? { ...model, sampling: false } : model) } });
});
beforeEach(() => upstream.reset());
after(async () => {
	await gateway?.stop();
	await upstream?.stop();
});

async function verdict(from, to, more) {
	const speaker = SPEAKERS[from];
	const answer = await ask(gateway, { path: speaker.path, body: {
		...speaker.request([{ text: 'hi' }], {}), model: LANES[to].model,
		...more } });
	const { problem, bytes } = upstream.last ?? {};
	const content = [PIXEL, PDF, WORD].filter((one) => JSON.stringify(more)
	    .includes(one));

	assert.equal(problem, undefined, problem && `${from} to ${to}, ${
	    Object.keys(more)}: ${problem.path}: ${problem.message} in ${
	    upstream.last.bytes}`);
	upstream.reset();
	if (answer.status === 400)
		return 'refused';
	assert.equal(answer.status, 200, answer.text);
	const all = content.every((one) => bytes.includes(one));
	if (answer.headers['x-droid2api-lossy'])
		return content.length && all ? 'changed' : 'dropped';
	assert.ok(all, `${from} to ${to} loses ${JSON.stringify(more)}`);
	return 'kept';
}

async function table(from) {
	const others = NAMES.filter((name) => name !== from);
	const cell = (text) => /^\w+$/.test(text) ? text : `"${text}"`;
	const fields = Object.entries(FIELDS[from]);
	const widest = Math.max(...fields.map(([field]) => field.length));
	const lines = [`.Ss ${from} to`,
	    `.Bl -column "${'x'.repeat(widest)}"${' "responses"'.repeat(3)}`,
	    `.It "" Ta ${others.map((name) => `Sy ${name}`).join(' Ta ')}`];

	for (const [field, more] of fields) {
		const cells = [cell(field)];
		for (const to of others)
			cells.push(await verdict(from, to, more));
		lines.push(`.It ${cells.join(' Ta ')}`);
	}
	return [...lines, '.El\n'].join('\n');
}

test('the tables of what crosses are true', { timeout: 120000 }, async () => {
	const file = path.join(root, 'conf/droid2api-dialects.7');
	const page = fs.readFileSync(file, 'utf8');
	const at = page.indexOf(START) + START.length, end = page.indexOf(END);
	let wanted = '';

	for (const from of NAMES)
		wanted += await table(from);
	assert.ok(at > START.length && end >= at, 'the page has the marks');
	if (process.env.UPDATE_TABLES)
		fs.writeFileSync(file, page.slice(0, at) + wanted +
		    page.slice(end));
	else
		assert.equal(page.slice(at, end), wanted);
});
