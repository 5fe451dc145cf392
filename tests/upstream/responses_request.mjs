// What OpenAI's Responses API accepts.

import { Invalid, any, anyObject, bool, byKind, closedSchema, fail, integer,
    list, map, nullable, number, object, parametersSchema, tagged, text,
    word } from './check.mjs';
import { checkSampling } from './chat_request.mjs';

const NAME = /^[a-zA-Z0-9_-]{1,128}$/;
const marks = { prompt_cache_breakpoint: anyObject };
const inputText = object({ 'type!': any, 'text!': text(), ...marks });
const inputImage = object({
	'type!': any,
	image_url: nullable(text({
	    pattern: /^(https?:\/\/|data:image\/[a-z+.-]+;base64,)/ })),
	file_id: nullable(text()),
	detail: nullable(word('auto', 'low', 'high', 'original')), ...marks,
});
const inputFile = object({ 'type!': any, file_data: nullable(text()),
    file_id: nullable(text()), file_url: nullable(text()), filename: text(),
    detail: text(), ...marks });
const inputPart = tagged('type', {
	input_text: inputText, input_image: inputImage, input_file: inputFile,
	input_audio: anyObject,
});
// Who gives orders gives them in words.
const orderPart = tagged('type', { input_text: inputText });
const outputPart = tagged('type', {
	output_text: object({ 'type!': any, 'text!': text(),
	    annotations: list(any), logprobs: nullable(list(any)) }),
	refusal: object({ 'type!': any, 'refusal!': text() }),
});

const status = { status: nullable(word('in_progress', 'completed',
    'incomplete')) };
const itemId = (prefix) => nullable(text({ min: 1, max: 64,
    pattern: new RegExp(`^${prefix}_`) }));
const callId = text({ min: 1, max: 64 });
const message = (value, path) => {
	const part = { assistant: outputPart, user: inputPart }[value.role] ??
	    orderPart;
	object({
		type: any, 'role!': word('user', 'assistant', 'system', 'developer'),
		'content!': byKind({ string: any, array: list(part) }),
		id: itemId('msg'), phase: nullable(text()), ...status,
	})(value, path);
};
const output = byKind({ string: any, array: list(inputPart) });
const caller = { caller: nullable(anyObject) };
const opaque = anyObject;
const item = tagged('type', {
	undefined: message,
	message,
	function_call: object({ 'type!': any, id: itemId('fc'), 'call_id!': callId,
	    'name!': text({ min: 1, max: 128 }), 'arguments!': text(),
	    namespace: nullable(text()), ...caller, ...status,
	    // The official SDK's stream helper adds it to what is sent back.
	    parsed_arguments: any }),
	function_call_output: object({ 'type!': any, id: nullable(text()),
	    'call_id!': callId, 'output!': output, ...caller, ...status }),
	custom_tool_call: object({ 'type!': any, id: itemId('ctc'),
	    'call_id!': callId, 'name!': text({ min: 1 }), 'input!': text(),
	    namespace: nullable(text()), ...caller, ...status }),
	custom_tool_call_output: object({ 'type!': any, id: nullable(text()),
	    'call_id!': callId, 'output!': output, name: text(), ...caller,
	    ...status }),
	reasoning: object({ 'type!': any, id: itemId('rs'),
	    'summary!': list(object({ 'type!': word('summary_text'),
	    'text!': text() })),
	    content: nullable(list(object({ 'type!': word('reasoning_text'),
	    'text!': text() }))),
	    encrypted_content: nullable(text({ min: 1 })), ...status }),
	item_reference: object({ type: any, 'id!': text({ min: 1 }) }),
	additional_tools: object({ 'type!': any, id: nullable(text()),
	    role: word('developer'),
	    'tools!': list(anyObject) }),
}, (name) => /^(web_search|file_search|code_interpreter|image_generation|computer|local_shell|shell|apply_patch|tool_search|mcp|program|compaction)/
    .test(name ?? '') ? opaque : undefined);

const toolTable = {
	function: object({ 'type!': any, 'name!': text({ pattern: NAME }),
	    description: nullable(text()), parameters: nullable(anyObject),
	    strict: nullable(bool), output_schema: anyObject,
	    allowed_callers: list(text()), defer_loading: bool }),
	custom: object({ 'type!': any, 'name!': text({ pattern: NAME }),
	    description: text(), allowed_callers: list(text()),
	    defer_loading: bool, format: tagged('type', {
		text: object({ 'type!': any }),
		grammar: object({ 'type!': any, 'syntax!': word('lark', 'regex'),
		    'definition!': text() }),
	    }) }),
};
const tool = tagged('type', {
	...toolTable,
	namespace: object({ 'type!': any, 'name!': text({ pattern: NAME }),
	    description: text(), 'tools!': list(tagged('type', toolTable)) }),
}, (name) => /^(web_search|file_search|code_interpreter|image_generation|computer|local_shell|shell|apply_patch|tool_search|mcp|programmatic_tool_calling)/
    .test(name ?? '') ? opaque : undefined);

const format = tagged('type', {
	text: object({ 'type!': any }),
	json_object: object({ 'type!': any }),
	json_schema: object({ 'type!': any,
	    'name!': text({ pattern: /^[a-zA-Z0-9_-]{1,64}$/ }),
	    description: text(), 'schema!': anyObject, strict: nullable(bool) }),
});
const create = object({
	'model!': text({ min: 1 }),
	input: byKind({ string: any, array: list(item) }),
	instructions: nullable(text()),
	background: nullable(bool), conversation: any, context_management: any,
	include: nullable(list(word('reasoning.encrypted_content',
	    'message.output_text.logprobs', 'message.input_image.image_url',
	    'file_search_call.results', 'web_search_call.action.sources',
	    'web_search_call.results', 'code_interpreter_call.outputs',
	    'computer_call_output.output.image_url'))),
	max_output_tokens: nullable(integer(16)),
	max_tool_calls: nullable(integer(1)),
	metadata: nullable(map(text({ max: 512 }), { max: 16, key: 64 })),
	client_metadata: nullable(anyObject), moderation: any,
	parallel_tool_calls: nullable(bool),
	previous_response_id: nullable(text({ pattern: /^resp/ })),
	prompt: any, prompt_cache_key: nullable(text({ max: 64 })),
	prompt_cache_options: anyObject, prompt_cache_retention: nullable(text()),
	reasoning: nullable(object({
		effort: nullable(word('none', 'minimal', 'low', 'medium', 'high',
		    'xhigh', 'max')),
		summary: nullable(word('auto', 'concise', 'detailed')),
		generate_summary: nullable(text()), context: nullable(text()),
		mode: nullable(text()),
	})),
	safety_identifier: nullable(text({ max: 64 })),
	service_tier: nullable(word('auto', 'default', 'flex', 'scale',
	    'priority', 'fast', 'ultrafast')),
	store: nullable(bool), stream: nullable(bool),
	stream_options: nullable(object({ include_obfuscation: bool })),
	temperature: nullable(number(0, 2)), top_p: nullable(number(0, 1)),
	text: nullable(object({ format, verbosity: nullable(word('low', 'medium',
	    'high')) })),
	tool_choice: byKind({ string: word('none', 'auto', 'required'),
	    object: anyObject }),
	tools: list(tool),
	top_logprobs: nullable(integer(0, 20)),
	truncation: nullable(word('auto', 'disabled')), user: nullable(text()),
});

const ANSWERS = { function_call_output: 'function_call',
    custom_tool_call_output: 'custom_tool_call' };
const CALLS = ['function_call', 'custom_tool_call'];

function checkPairs(body) {
	const open = new Map();
	const answered = new Set();

	if (body.previous_response_id || body.conversation)
		return;
	body.input.forEach((entry, i) => {
		if (CALLS.includes(entry.type)) {
			if (open.has(entry.call_id))
				fail(['input', i, 'call_id'], 'Duplicate call_id');
			open.set(entry.call_id, entry.type);
		}
		const wanted = ANSWERS[entry.type];
		if (!wanted)
			return;
		if (open.get(entry.call_id) !== wanted)
			fail(['input'], 'No tool call found for ' +
			    `${wanted.replaceAll('_', ' ')} output with call_id ` +
			    `${entry.call_id}.`);
		if (answered.has(entry.call_id))
			fail(['input'], `Duplicate output for ${entry.call_id}`);
		answered.add(entry.call_id);
	});
	for (const [call, type] of open)
		if (!answered.has(call))
			fail(['input'], `No tool output found for ` +
			    `${type.replaceAll('_', ' ')} ${call}.`);
}

function checkStored(body) {
	body.input.forEach((entry, i) => {
		if (body.store !== false)
			return;
		if (entry.type === 'item_reference' || (entry.type === 'reasoning' &&
		    entry.id && !entry.encrypted_content))
			fail(['input', i], `Item with id '${entry.id}' not found. Items ` +
			    'are not persisted when `store` is set to false.');
	});
	body.input.forEach((entry, i) => {
		if (entry.type === 'reasoning' && i === body.input.length - 1)
			fail(['input', i], `Item '${entry.id}' of type 'reasoning' was ` +
			    'provided without its required following item.');
	});
}

function checkTools(body) {
	const tools = body.tools ?? [];
	const loaded = Array.isArray(body.input) && body.input.some((entry) =>
		entry.type === 'additional_tools');

	if (!tools.length && !loaded && body.tool_choice &&
	    !['auto', 'none'].includes(body.tool_choice))
		fail(['tool_choice'], "Tool choice requires 'tools'.");
	const want = body.tool_choice?.type === 'function' && body.tool_choice.name;
	if (want && !tools.some((entry) => entry.name === want))
		fail(['tool_choice'], `Tool choice '${want}' not found in 'tools' ` +
		    'parameter.');
	tools.forEach((entry, i) => {
		if (entry.type === 'function' && entry.parameters)
			parametersSchema(entry.parameters, entry.name, ['tools', i,
			    'parameters']);
		if (entry.type === 'function' && entry.strict)
			closedSchema(entry.parameters ?? {}, ['tools', i, 'parameters'],
			    { all: true });
	});
}

export function checkResponses({ body }) {
	if (!body || typeof body !== 'object' || Array.isArray(body))
		throw new Invalid([], 'Invalid JSON body', 'type');
	create(body, []);
	if (body.input === undefined && !body.prompt && !body.conversation &&
	    !body.previous_response_id)
		fail(['input'], 'One of "input" or "previous_response_id" or ' +
		    "'prompt' or 'conversation' must be provided.", 'missing');
	if (Array.isArray(body.input)) {
		checkPairs(body);
		checkStored(body);
	}
	checkTools(body);
	checkSampling(body, ['temperature', 'top_p']);
	const wanted = body.text?.format;
	if (wanted?.type === 'json_object' &&
	    !/json/i.test(JSON.stringify(body.input)))
		fail(['input'], "Response input messages must contain the word " +
		    "'json' in some form to use 'text.format' of type 'json_object'.");
	if (wanted?.strict)
		closedSchema(wanted.schema, ['text', 'format', 'schema'],
		    { all: true });
	if (body.stream_options && !body.stream)
		fail(['stream_options'], 'only allowed when streaming');
}
