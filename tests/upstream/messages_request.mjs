// What Anthropic's Messages API accepts.

import { Invalid, any, anyObject, base64, bool, byKind, closedSchema, fail,
    integer, list, map, nullable, number, object, solid, tagged, text, word }
    from './check.mjs';

const id = text({ min: 1, pattern: /^[a-zA-Z0-9_-]+$/ });
const cacheControl = nullable(object({
	'type!': word('ephemeral'), ttl: word('5m', '1h'),
	scope: any,
}));
const mark = { cache_control: cacheControl };
const citations = nullable(byKind({ object: anyObject, array: list(anyObject) }));

const textBlock = object({ 'type!': any, 'text!': solid, citations, ...mark });
const imageBlock = object({
	'type!': any,
	'source!': tagged('type', {
		base64: object({
			'type!': any,
			'media_type!': word('image/jpeg', 'image/png', 'image/gif',
			    'image/webp'),
			'data!': base64,
		}),
		url: object({ 'type!': any, 'url!': text({ pattern: /^https?:/ }) }),
		file: object({ 'type!': any, 'file_id!': id }),
	}),
	...mark,
});
const documentBlock = object({
	'type!': any,
	'source!': tagged('type', {
		base64: object({ 'type!': any, 'media_type!': word('application/pdf'),
		    'data!': base64 }),
		text: object({ 'type!': any, 'media_type!': word('text/plain'),
		    'data!': text({ min: 1 }) }),
		url: object({ 'type!': any, 'url!': text({ pattern: /^https?:/ }) }),
		content: object({ 'type!': any, 'content!': any }),
		file: object({ 'type!': any, 'file_id!': id }),
	}),
	title: nullable(text({ min: 1, max: 500 })),
	context: nullable(text()), citations, ...mark,
});
const searchResult = object({ 'type!': any, 'source!': text(), 'title!': text(),
    'content!': list(textBlock, { min: 1 }), citations, ...mark });

const resultBlock = tagged('type', {
	text: textBlock, image: imageBlock, document: documentBlock,
	search_result: searchResult,
	tool_reference: object({ 'type!': any, 'tool_name!': text(), ...mark }),
});
// What is not even base64 was never signed here.
const sealed = (member, type) => (value, path) => {
	try {
		base64(value, path);
	} catch (error) {
		if (error.kind !== 'bytes')
			throw error;
		fail(path.slice(0, -1), `Invalid \`${member}\` in \`${type}\` block`);
	}
};
const caller = { caller: anyObject };
const toolResult = object({ 'type!': any, 'tool_use_id!': id, is_error: bool,
    content: byKind({ string: any, array: list(resultBlock) }), ...mark });
const failedResult = (value, path) => {
	const content = value.is_error ? value.content ?? [] : 'of a good one';

	if (content.length === 0)
		fail([...path, 'content'],
		    'content cannot be empty if `is_error` is true');
	if (Array.isArray(content) && content.some(({ type }) => type !== 'text'))
		fail([...path, 'content'],
		    'all content must be type "text" if `is_error` is true');
};
const blocks = {
	text: textBlock,
	image: imageBlock,
	document: documentBlock,
	search_result: searchResult,
	tool_result: (value, path) => {
		toolResult(value, path);
		failedResult(value, path);
	},
	tool_use: object({ 'type!': any, 'id!': id, 'name!': text({ min: 1,
	    max: 200 }), 'input!': anyObject, ...caller, ...mark }),
	thinking: object({ 'type!': any, 'thinking!': text(),
	    'signature!': sealed('signature', 'thinking') }),
	redacted_thinking: object({ 'type!': any,
	    'data!': sealed('data', 'redacted_thinking') }),
	server_tool_use: object({ 'type!': any,
	    'id!': text({ pattern: /^srvtoolu_[a-zA-Z0-9_]+$/ }),
	    'name!': text(), 'input!': anyObject, ...caller, ...mark }),
};
const serverResult = (name) => /^[a-z_]+_tool_result$/.test(name ?? '') ?
	object({ 'type!': any, 'tool_use_id!': id, 'content!': any, ...caller,
	    ...mark }) : undefined;
const block = tagged('type', blocks, serverResult);

const ASSISTANT_ONLY = ['tool_use', 'thinking', 'redacted_thinking',
    'server_tool_use'];
const USER_ONLY = ['tool_result', 'image', 'document', 'search_result'];

const inputSchema = (value, path) => {
	map()(value, path);
	if (value.type !== 'object')
		fail([...path, 'type'], "Input should be 'object'",
		    value.type === undefined ? 'missing' : 'value');
	for (const key of ['oneOf', 'anyOf', 'allOf'])
		if (key in value)
			fail(path, 'input_schema does not support oneOf, allOf, or ' +
			    'anyOf at the top level');
};
const toolName = text({ pattern: /^[a-zA-Z0-9_-]{1,128}$/ });
const customTool = object({
	type: nullable(word('custom')), 'name!': toolName, description: text(),
	'input_schema!': inputSchema, strict: bool, defer_loading: bool,
	eager_input_streaming: nullable(bool), allowed_callers: list(text()),
	input_examples: list(anyObject), ...mark,
});
const VERSIONED = /^(web_search|web_fetch|code_execution|tool_search_tool_(regex|bm25)|bash|text_editor|memory|computer)_\d{8}$/;
const tool = (value, path) => {
	map()(value, path);
	if (VERSIONED.test(value.type ?? ''))
		text({ min: 1 })(value.name, [...path, 'name']);
	else if (value.type === 'mcp_toolset')
		text({ min: 1 })(value.mcp_server_name, path);
	else
		customTool(value, path);
};

const parallel = { disable_parallel_tool_use: bool };
const toolChoice = tagged('type', {
	auto: object({ 'type!': any, ...parallel }),
	any: object({ 'type!': any, ...parallel }),
	tool: object({ 'type!': any, 'name!': toolName, ...parallel }),
	none: object({ 'type!': any }),
});
const display = { display: nullable(word('summarized', 'omitted')) };
const thinking = tagged('type', {
	enabled: object({ 'type!': any, 'budget_tokens!': integer(1024),
	    ...display }),
	adaptive: object({ 'type!': any, ...display }),
	disabled: object({ 'type!': any }),
	between_tools: object({ 'type!': any, ...display }),
});
const schemaFormat = object({ 'type!': word('json_schema'),
    'schema!': anyObject });
const effort = word('low', 'medium', 'high', 'xhigh', 'max');
const outputConfig = object({ effort: nullable(effort),
    format: nullable(schemaFormat), task_budget: anyObject });

const message = object({
	'role!': word('user', 'assistant', 'system'),
	'content!': byKind({ string: any, array: list(block) }),
	output_config: object({ effort }),
});
const counted = {
	'model!': text({ min: 1, max: 256 }),
	'messages!': list(message, { min: 1 }),
	system: byKind({ string: any, array: list(tagged('type', { text:
	    textBlock })) }),
	tools: list(tool),
	tool_choice: toolChoice,
	thinking, output_config: outputConfig, ...mark,
};
const countTokens = object(counted);
const create = object({
	...counted,
	'max_tokens!': integer(0),
	metadata: object({ user_id: nullable(text({ max: 512 })) }),
	stop_sequences: list(solid),
	stream: bool,
	temperature: number(0, 1), top_p: number(0, 1), top_k: integer(0),
	service_tier: word('auto', 'standard_only'),
	output_format: nullable(schemaFormat),
	context_management: nullable(object({ edits: list(anyObject) })),
	container: any, mcp_servers: list(anyObject), inference_geo: text(),
	speed: word('standard', 'fast'),
	thread: anyObject,
});

// The models of one API differ; by name, as far as the names say it.
export function modelRules(model) {
	const match = /claude-(?:opus|sonnet|haiku|fable|mythos)-(\d+)(?:-(\d{1,2})(?!\d))?/
	    .exec(model);
	const version = match ? Number(match[1]) + Number(match[2] ?? 0) / 10 : 4.5;
	return {
		sampling: version < 4.7,
		both: version < 4.5,	// temperature together with top_p
		enabled: version < 4.7,
		prefill: version < 4.6 || /haiku/.test(model),
		midSystem: version >= 4.8,
	};
}

const contentOf = (message) => typeof message.content === 'string' ?
	[{ type: 'text', text: message.content }] : message.content;

function checkTurn(message, i, last) {
	const path = ['messages', i];
	const parts = contentOf(message);

	if (!parts.length || parts.every((part) => part.type === 'text' &&
	    part.text === '')) {
		if (!(last && message.role === 'assistant'))
			fail(path, 'all messages must have non-empty content except ' +
			    'for the optional final assistant message');
	} else if (typeof message.content === 'string') {
		solid(message.content, [...path, 'content']);
	}
	const banned = message.role === 'assistant' ? USER_ONLY : ASSISTANT_ONLY;
	parts.forEach((part, j) => {
		if (banned.includes(part.type) ||
		    (message.role === 'system' && part.type !== 'text'))
			fail([...path, 'content', j], `${part.type} blocks can not ` +
			    `be in ${message.role} messages`);
	});
	if (last && message.role === 'assistant') {
		const end = parts.at(-1);
		if (end?.type === 'text' && end.text !== end.text.trimEnd())
			fail(path, 'final assistant content cannot end with ' +
			    'trailing whitespace');
	}
}

function checkRoles(messages, rules) {
	messages.forEach((message, i) => {
		const path = ['messages', i, 'role'];
		const before = messages[i - 1]?.role;
		const after = messages[i + 1]?.role;

		if (message.role === 'system') {
			if (!rules.midSystem)
				fail(path, "role 'system' is not supported on this model");
			if (before !== 'user' || (after && after !== 'assistant'))
				fail(path, "role 'system' must follow a user message and " +
				    'be last or precede an assistant message');
		} else if (before === message.role) {
			fail(path, 'roles must alternate between "user" and ' +
			    `"assistant", but found multiple "${before}" roles in a row`);
		}
	});
	if (messages.at(-1).role === 'assistant' && !rules.prefill)
		fail(['messages'], 'This model does not support assistant message ' +
		    'prefill. The conversation must end with a user message.');
}

function checkPairs(messages) {
	const seen = new Set();
	let open = [];		// tool_use ids of the turn before

	const turns = messages.map((message, i) => ({ message, i })).filter(
	    ({ message }) => message.role !== 'system');
	for (const { message, i } of turns) {
		const parts = contentOf(message);
		const path = ['messages', i];
		const results = parts.filter((part) => part.type === 'tool_result')
		    .map((part) => part.tool_use_id);

		for (const result of results)
			if (!open.includes(result))
				fail([...path, 'content'], 'unexpected `tool_use_id` found ' +
				    `in \`tool_result\` blocks: ${result}. Each ` +
				    '`tool_result` block must have a corresponding ' +
				    '`tool_use` block in the previous message.');
		if (new Set(results).size !== results.length)
			fail([...path, 'content'], 'each tool_use must have a single ' +
			    'result');
		const missing = open.filter((use) => !results.includes(use));
		if (missing.length)
			fail(path, '`tool_use` ids were found without `tool_result` ' +
			    `blocks immediately after: ${missing.join(', ')}`);
		const firstOther = parts.findIndex((part) =>
			part.type !== 'tool_result');
		if (results.length && firstOther >= 0 && firstOther < results.length)
			fail([...path, 'content'], '`tool_result` blocks must come ' +
			    'first in the message');
		open = parts.filter((part) => part.type === 'tool_use')
		    .map((part) => part.id);
		for (const use of open) {
			if (seen.has(use))
				fail([...path, 'content'], '`tool_use` ids must be unique');
			seen.add(use);
		}
		if (message === messages.at(-1) && open.length)
			fail(path, '`tool_use` ids were found without `tool_result` ' +
			    `blocks immediately after: ${open.join(', ')}`);
	}
	messages.forEach((message, i) => {
		if (message.role === 'system' && contentOf(messages[i - 1]).some(
		    (part) => part.type === 'tool_use'))
			fail(['messages', i], 'a system message may not stand between ' +
			    'tool_use and tool_result');
	});
}

function checkTools(body) {
	const names = (body.tools ?? []).map((entry) => entry.name);
	if (new Set(names).size !== names.length)
		fail(['tools'], 'Tool names must be unique.');
	if (body.tool_choice && !names.length)
		fail(['tool_choice'], 'tool_choice may only be specified while ' +
		    'providing tools');
	if (body.tool_choice?.type === 'tool' &&
	    !names.includes(body.tool_choice.name))
		fail(['tool_choice'], `Tool '${body.tool_choice.name}' not found ` +
		    'in provided tools');
}

function checkThinking(body, rules) {
	const on = body.thinking?.type === 'enabled';

	if (on && !rules.enabled)
		fail(['thinking', 'type'], '"thinking.type.enabled" is not supported ' +
		    'for this model. Use "adaptive"');
	if (on && body.max_tokens !== undefined &&
	    body.thinking.budget_tokens >= body.max_tokens)
		fail(['max_tokens'], '`max_tokens` must be greater than ' +
		    '`thinking.budget_tokens`');
	const thinks = on || body.thinking?.type === 'adaptive';
	if (!thinks)
		return;
	if (on && body.temperature !== undefined && body.temperature !== 1)
		fail(['temperature'], '`temperature` may only be set to 1 when ' +
		    'thinking is enabled');
	if (on && body.top_p !== undefined && body.top_p < 0.95)
		fail(['top_p'], '`top_p` must be greater than or equal to 0.95 or ' +
		    'unset when thinking is enabled');
	if (on && body.top_k !== undefined)
		fail(['top_k'], '`top_k` must be unset when thinking is enabled');
	if (on && ['any', 'tool'].includes(body.tool_choice?.type))
		fail(['tool_choice'], 'Thinking may not be enabled when tool_choice ' +
		    'forces tool use.');
	const turn = body.messages.findLast?.((m) => m.role === 'assistant');
	const parts = turn ? contentOf(turn) : [];
	if (on && parts.some((part) => part.type === 'tool_use') &&
	    !/thinking$/.test(parts[0].type))
		fail(['messages', body.messages.indexOf(turn), 'content', 0, 'type'],
		    'Expected `thinking` or `redacted_thinking`, but found ' +
		    `\`${parts[0].type}\`. When \`thinking\` is enabled, a final ` +
		    '`assistant` message must start with a thinking block.');
}

function checkSampling(body, rules) {
	if (!rules.sampling)
		for (const key of ['temperature', 'top_p', 'top_k'])
			if (key in body)
				fail([key], `\`${key}\` is deprecated for this model.`);
	if (!rules.both && 'temperature' in body && 'top_p' in body)
		fail(['top_p'], '`temperature` and `top_p` cannot both be specified ' +
		    'for this model. Please use only one.');
}

function checkCacheMarks(body) {
	const marks = [];
	const visit = (value) => {
		if (Array.isArray(value))
			value.forEach(visit);
		else if (value && typeof value === 'object') {
			if (value.cache_control)
				marks.push(value.cache_control);
			if (Array.isArray(value.content))
				visit(value.content);
		}
	};
	visit(body.tools);
	visit(body.system);
	visit(body.messages);
	visit({ cache_control: body.cache_control });
	if (marks.length > 4)
		fail(['cache_control'], 'A maximum of 4 blocks with cache_control ' +
		    `may be provided. Found ${marks.length}.`);
}

function checkBetas(body, betas) {
	const needs = {
		context_management: /^(context-management|compact)-/,
		speed: /^fast-mode-/,
		mcp_servers: /^mcp-client-/,
	};
	for (const [key, pattern] of Object.entries(needs))
		if (body[key] && body[key] !== 'standard' &&
		    !betas.some((beta) => pattern.test(beta)))
			fail([key], 'Extra inputs are not permitted', 'unknown');
	for (const edit of body.context_management?.edits ?? [])
		if (/^clear_thinking_/.test(edit.type) &&
		    !['enabled', 'adaptive'].includes(body.thinking?.type))
			fail(['context_management'], `\`${edit.type}\` strategy ` +
			    'requires `thinking` to be enabled or adaptive');
}

// request: {body, betas, operation}; throws Invalid.
export function checkMessages({ body, betas = [], operation }) {
	if (!body || typeof body !== 'object' || Array.isArray(body))
		throw new Invalid([], 'Input should be an object', 'type');
	const rules = modelRules(body.model ?? '');

	(operation === 'count' ? countTokens : create)(body, []);
	body.messages.forEach((turn, i) =>
		checkTurn(turn, i, i === body.messages.length - 1));
	checkRoles(body.messages, rules);
	checkPairs(body.messages);
	checkTools(body);
	checkThinking(body, rules);
	checkSampling(body, rules);
	checkCacheMarks(body);
	checkBetas(body, betas);
	if (body.thread)
		fail(['thread'], 'thread is not supported', 'thread');
	const format = body.output_config?.format ?? body.output_format;
	if (format)
		closedSchema(format.schema, ['output_config', 'format', 'schema'],
		    { all: false });
}

// The error body of this API for an Invalid.
export function messagesInvalid(problem) {
	const where = problem.path.join('.');
	const what = problem.kind === 'unknown' ? 'Extra inputs are not permitted' :
		problem.kind === 'missing' ? 'Field required' : problem.message;
	// A server without threads says so in a way the SDK knows.
	const details = problem.kind === 'thread' ? { details: {
	    error_code: 'thread_unsupported_request', unsupported: ['thread'] } }
	    : {};
	return messagesError(400, 'invalid_request_error',
	    where ? `${where}: ${what}` : what, details);
}

export function messagesError(status, type, message, more = {}) {
	return { status, body: { type: 'error', error: { type, message, ...more },
	    request_id: 'req_upstream' } };
}
