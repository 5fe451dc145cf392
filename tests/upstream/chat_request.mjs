// What OpenAI's Chat Completions API accepts.

import { Invalid, any, anyObject, bool, byKind, closedSchema, fail, integer,
    list, map, nullable, number, object, parametersSchema, tagged, text,
    word } from './check.mjs';

const NAME = /^[a-zA-Z0-9_-]{1,64}$/;
const marks = { cache_control: anyObject, prompt_cache_breakpoint: anyObject };
const partText = object({ 'type!': any, 'text!': text(), ...marks });
const partImage = object({
	'type!': any,
	'image_url!': object({
		'url!': text({ pattern: /^(https?:\/\/|data:image\/[a-z+.-]+;base64,)/ }),
		detail: word('auto', 'low', 'high', 'original'),
	}),
	...marks,
});
const partAudio = object({ 'type!': any, 'input_audio!': object({
    'data!': text({ min: 1 }), 'format!': word('wav', 'mp3') }) });
const partFile = object({ 'type!': any, 'file!': object({ filename: text(),
    file_data: text({ pattern: /^data:application\/pdf;base64,/ }),
    file_id: text() }) });
const userPart = tagged('type', { text: partText, image_url: partImage,
    input_audio: partAudio, file: partFile });
const plainPart = tagged('type', { text: partText });
const assistantPart = tagged('type', { text: partText,
    refusal: object({ 'type!': any, 'refusal!': text() }) });

const content = (part) => byKind({ string: any, array: list(part, { min: 1 }) });
// What is not of letters and digits other servers made, which want it back whole.
const callId = (value, path) => text({ min: 1, max: /^[\w-]+$/.test(value) ? 40 :
    128 })(value, path);
const extra = { extra_content: anyObject };
const toolCall = tagged('type', {
	function: object({
		'id!': callId, 'type!': any, index: integer(0),
		'function!': object({ 'name!': text({ min: 1, max: 128 }),
		    'arguments!': text() }), ...extra,
	}),
	custom: object({
		'id!': callId, 'type!': any, index: integer(0),
		'custom!': object({ 'name!': text({ min: 1 }), 'input!': text() }),
		...extra,
	}),
});
const name = { name: text({ min: 1, max: 64 }) };
const message = tagged('role', {
	system: object({ 'role!': any, 'content!': content(plainPart), ...name }),
	developer: object({ 'role!': any, 'content!': content(plainPart), ...name }),
	user: object({ 'role!': any, 'content!': content(userPart), ...name }),
	assistant: object({
		'role!': any, content: nullable(content(assistantPart)), ...name,
		refusal: nullable(text()), annotations: list(any), audio: any,
		tool_calls: nullable(list(toolCall, { min: 1 })),
		function_call: nullable(anyObject),
		reasoning_content: nullable(text()), reasoning: nullable(text()),
		reasoning_details: list(anyObject), reasoning_signature: text(),
		...extra,
	}),
	tool: object({ 'role!': any, 'content!': content(plainPart),
	    'tool_call_id!': callId, ...name }),
	function: object({ 'role!': any, 'content!': nullable(text()),
	    'name!': text({ min: 1 }) }),
});

const functionTool = object({
	'name!': text({ pattern: NAME }), description: text(),
	parameters: anyObject, strict: nullable(bool),
});
const tool = tagged('type', {
	function: object({ 'type!': any, 'function!': functionTool, ...marks }),
	custom: object({ 'type!': any, 'custom!': object({
	    'name!': text({ pattern: NAME }), description: text(),
	    format: tagged('type', {
		text: object({ 'type!': any }),
		grammar: object({ 'type!': any, 'grammar!': object({
		    'syntax!': word('lark', 'regex'), 'definition!': text() }) }),
	    }) }) }),
});
const named = object({ 'type!': word('function', 'custom', 'allowed_tools'),
    function: object({ 'name!': text() }), custom: object({ 'name!': text() }),
    allowed_tools: object({ 'mode!': word('auto', 'required'),
    'tools!': list(anyObject) }) });

const responseFormat = tagged('type', {
	text: object({ 'type!': any }),
	json_object: object({ 'type!': any }),
	json_schema: object({ 'type!': any, 'json_schema!': object({
	    'name!': text({ pattern: NAME }), description: text(),
	    schema: anyObject, strict: nullable(bool) }) }),
});

const create = object({
	'model!': text({ min: 1 }),
	'messages!': list(message, { min: 1 }),
	audio: any, modalities: nullable(list(text())),
	frequency_penalty: nullable(number(-2, 2)),
	presence_penalty: nullable(number(-2, 2)),
	function_call: any, functions: list(functionTool, { min: 1, max: 128 }),
	logit_bias: nullable(map(number(-100, 100))),
	logprobs: nullable(bool), top_logprobs: nullable(integer(0, 20)),
	max_completion_tokens: nullable(integer(1)),
	max_tokens: nullable(integer(1)),
	metadata: nullable(map(text({ max: 512 }), { max: 16, key: 64 })),
	n: nullable(integer(1, 128)),
	parallel_tool_calls: bool,
	prediction: nullable(anyObject),
	prompt_cache_key: nullable(text()), prompt_cache_options: anyObject,
	prompt_cache_retention: nullable(word('in-memory', 'in_memory', '24h')),
	reasoning_effort: nullable(word('none', 'minimal', 'low', 'medium',
	    'high', 'xhigh', 'max')),
	response_format: responseFormat,
	safety_identifier: nullable(text({ max: 64 })),
	seed: nullable(integer()),
	service_tier: nullable(word('auto', 'default', 'flex', 'scale',
	    'priority', 'fast', 'ultrafast')),
	stop: nullable(byKind({ string: any, array: list(text(), { min: 1,
	    max: 4 }) })),
	store: nullable(bool),
	stream: nullable(bool),
	stream_options: nullable(object({ include_usage: bool,
	    include_obfuscation: bool })),
	temperature: nullable(number(0, 2)), top_p: nullable(number(0, 1)),
	tool_choice: byKind({ string: word('none', 'auto', 'required'),
	    object: named }),
	tools: list(tool, { min: 1, max: 128 }),
	user: text(), verbosity: nullable(word('low', 'medium', 'high')),
	web_search_options: anyObject, moderation: any,
});

function checkPairs(messages) {
	const seen = new Set();
	let open = new Set();

	messages.forEach((turn, i) => {
		if (turn.role === 'tool') {
			if (!open.delete(turn.tool_call_id))
				fail(['messages', i, 'role'], "Invalid parameter: messages " +
				    "with role 'tool' must be a response to a preceeding " +
				    "message with 'tool_calls'.");
			return;
		}
		if (open.size)
			fail(['messages', i, 'role'], "An assistant message with " +
			    "'tool_calls' must be followed by tool messages " +
			    "responding to each 'tool_call_id'. The following " +
			    'tool_call_ids did not have response messages: ' +
			    [...open].join(', '));
		if (turn.role !== 'assistant')
			return;
		const calls = (turn.tool_calls ?? []).map((call) => call.id);
		open = new Set(calls);
		if (open.size !== calls.length || calls.some((id) => seen.has(id)))
			fail(['messages', i, 'tool_calls'], 'Duplicate value for ' +
			    "'tool_call_id'");
		calls.forEach((id) => seen.add(id));
		if (!calls.length && turn.content == null && !turn.refusal &&
		    !turn.function_call && !turn.audio)
			fail(['messages', i, 'content'], 'Invalid value for ' +
			    "'content': expected a string, got null.", 'type');
	});
	if (open.size)
		fail(['messages'], "An assistant message with 'tool_calls' must be " +
		    'followed by tool messages: ' + [...open].join(', '));
}

// What Mistral's API, and its models' templates elsewhere, ask beside that.
function checkMistral(messages) {
	const id = (value, path) => {
		if (!/^[a-zA-Z0-9]{9}$/.test(value))
			fail(path, `Tool call id was ${value} but must be a-z, A-Z, ` +
			    '0-9, with a length of 9.');
	};

	messages.forEach(({ role, tool_call_id, tool_calls }, i) => {
		if (tool_call_id !== undefined)
			id(tool_call_id, ['messages', i, 'tool_call_id']);
		tool_calls?.forEach((call, j) => id(call.id, ['messages', i,
		    'tool_calls', j, 'id']));
		if (messages[i - 1]?.role === 'tool' &&
		    !['tool', 'assistant'].includes(role))
			fail(['messages', i, 'role'],
			    `Unexpected role '${role}' after role 'tool'`);
	});
	if (messages.at(-1).role === 'assistant')
		fail(['messages'], 'Expected last role User or Tool (or Assistant ' +
		    'with prefix True) for serving but got assistant');
}

function checkTools(body) {
	const tools = body.tools ?? [];
	const names = tools.map((entry) => (entry.function ?? entry.custom).name);

	if (!tools.length && body.tool_choice !== undefined)
		fail(['tool_choice'], "'tool_choice' is only allowed when 'tools' " +
		    'are specified.');
	if (!tools.length && body.parallel_tool_calls !== undefined)
		fail(['parallel_tool_calls'], "'parallel_tool_calls' is only " +
		    "allowed when 'tools' are specified.");
	const want = body.tool_choice?.function?.name;
	if (want !== undefined && !names.includes(want))
		fail(['tool_choice'], `Tool choice '${want}' not found in 'tools'`);
	tools.forEach((entry, i) => {
		if (entry.function?.strict)
			closedSchema(entry.function.parameters ?? {}, ['tools', i,
			    'function', 'parameters'], { all: true });
		if (entry.function?.parameters)
			parametersSchema(entry.function.parameters,
			    entry.function.name, ['tools', i, 'function',
			    'parameters']);
	});
}

function checkFormat(body) {
	const format = body.response_format;

	if (format?.type === 'json_object' &&
	    !/json/i.test(JSON.stringify(body.messages)))
		fail(['messages'], "'messages' must contain the word 'json' in some " +
		    "form, to use 'response_format' of type 'json_object'.");
	if (format?.json_schema?.strict)
		closedSchema(format.json_schema.schema ?? {},
		    ['response_format', 'json_schema', 'schema'], { all: true });
}

// OpenAI's reasoning models refuse sampling.
export const reasons = (model) =>
	/^(o\d|gpt-[5-9])/.test(model) && !/chat/.test(model);

export function checkSampling(body, keys) {
	if (!reasons(body.model) || body.reasoning?.effort === 'none' ||
	    body.reasoning_effort === 'none')
		return;
	for (const key of keys)
		if (body[key] != null && body[key] !== 1 && body[key] !== 0)
			fail([key], `Unsupported parameter: '${key}' is not ` +
			    'supported with this model.');
}

export function checkChat({ body }) {
	if (!body || typeof body !== 'object' || Array.isArray(body))
		throw new Invalid([], 'We could not parse the JSON body of your ' +
		    'request.', 'type');
	create(body, []);
	checkPairs(body.messages);
	if (/mistral/.test(body.model))
		checkMistral(body.messages);
	checkTools(body);
	checkFormat(body);
	checkSampling(body, ['temperature', 'top_p', 'presence_penalty',
	    'frequency_penalty']);
	if (body.max_tokens != null && body.max_completion_tokens != null)
		fail(['max_tokens'], 'Setting max_tokens and max_completion_tokens ' +
		    'at the same time is not supported.');
	if (body.max_tokens != null && reasons(body.model))
		fail(['max_tokens'], "Unsupported parameter: 'max_tokens' is not " +
		    "supported with this model. Use 'max_completion_tokens' instead.");
	if (body.stream_options && !body.stream)
		fail(['stream_options'], "The 'stream_options' parameter is only " +
		    "allowed when 'stream' is enabled.");
	if (body.top_logprobs != null && !body.logprobs)
		fail(['top_logprobs'], 'top_logprobs requires logprobs');
}

// messages[0].content: OpenAI's way to say where.
export const openaiPath = (path) => path.map((key, i) =>
	typeof key === 'number' ? `[${key}]` : (i ? '.' : '') + key).join('');

export function openaiInvalid(problem) {
	const where = openaiPath(problem.path);
	const what = {
		unknown: `Unknown parameter: '${where}'.`,
		missing: `Missing required parameter: '${where}'.`,
		type: `Invalid type for '${where}': ${problem.message}`,
	}[problem.kind] ?? problem.message;
	return openaiError(400, 'invalid_request_error', what, where || null,
	    { unknown: 'unknown_parameter', missing: 'missing_required_parameter',
	    type: 'invalid_type', schema: 'invalid_function_parameters' }[
	    problem.kind] ?? null);
}

export function openaiError(status, type, message, param = null, code = null) {
	return { status, body: { error: { message, type, param, code } } };
}
