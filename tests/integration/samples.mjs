// The four same-dialect lanes: a route, a model of that kind, and a body.

import assert from 'node:assert/strict';

const claude = 'claude-sonnet-4-5-20250929';

export const LANES = {
	chat: {
		path: '/v1/chat/completions', model: 'glm-5', type: 'common',
		upstreamPath: '/api/llm/o/v1/chat/completions',
		body: (text = 'hi', more = {}) => ({ model: 'glm-5', messages: [
		    { role: 'user', content: text }], ...more }),
	},
	responses: {
		path: '/v1/responses', model: 'gpt-5.4', type: 'openai',
		upstreamPath: '/api/llm/o/v1/responses',
		body: (text = 'hi', more = {}) => ({ model: 'gpt-5.4', input: [
		    { role: 'user', content: text }], ...more }),
	},
	messages: {
		path: '/v1/messages', model: claude, type: 'anthropic',
		upstreamPath: '/api/llm/a/v1/messages',
		body: (text = 'hi', more = {}) => ({ model: claude,
		    max_tokens: 1024, messages: [{ role: 'user', content: text }],
		    ...more }),
	},
	generate: {
		path: '/v1/generate', model: 'gemini-3-flash-preview',
		type: 'google', upstreamPath: '/api/llm/g/v1/generate',
		body: (text = 'hi', more = {}) => ({ model:
		    'gemini-3-flash-preview', contents: [{ role: 'user',
		    parts: [{ text }] }], ...more }),
	},
};

export const NAMES = Object.keys(LANES);

// Text of about so many bytes with something to trip over in it.
export function filler(size) {
	const line = 'Ünïcödé 🌍 "quoted" \\back\\slash\t</script> 0123456789\n';
	const bytes = Buffer.byteLength(line);
	return line.repeat(Math.max(1, Math.floor(size / bytes)));
}

// An error in the shape and with the status that the dialect's SDK expects.
// expected: {status, message: RegExp, type, code}, type and code as the
// table of errors has them for OpenAI / Anthropic / Google.
export function assertError(name, answer, { status, message, openai,
    anthropic, google }) {
	assert.equal(answer.status, status, answer.text);
	assert.match(answer.headers['content-type'], /^application\/json/);
	const body = answer.json;

	if (name === 'messages') {
		assert.equal(body.type, 'error');
		assert.equal(typeof body.error.message, 'string');
		if (anthropic)
			assert.equal(body.error.type, anthropic);
		assert.ok('request_id' in body);
	} else if (name === 'generate') {
		assert.equal(body.error.code, status);
		if (google)
			assert.equal(body.error.status, google);
	} else {
		for (const key of ['message', 'type', 'param', 'code'])
			assert.ok(key in body.error, `error.${key} is missing`);
		const [type, code] = openai ?? [];
		if (type)
			assert.equal(body.error.type, type);
		if (code)
			assert.equal(body.error.code, code);
	}
	if (message)
		assert.match(body.error.message, message);
}

// The table of errors (status, OpenAI type and code, Anthropic, Google).
export const ERRORS = {
	invalid: { status: 400, openai: ['invalid_request_error'],
	    anthropic: 'invalid_request_error', google: 'INVALID_ARGUMENT' },
	unauthorized: { status: 401,
	    openai: ['invalid_request_error', 'invalid_api_key'],
	    anthropic: 'authentication_error', google: 'UNAUTHENTICATED' },
	forbidden: { status: 403, openai: ['permission_error'],
	    anthropic: 'permission_error', google: 'PERMISSION_DENIED' },
	missing: { status: 404, openai: ['invalid_request_error',
	    'model_not_found'], anthropic: 'not_found_error',
	    google: 'NOT_FOUND' },
	tooLarge: { status: 413, openai: ['invalid_request_error'],
	    anthropic: 'request_too_large', google: 'INVALID_ARGUMENT' },
	rate: { status: 429, openai: ['rate_limit_error',
	    'rate_limit_exceeded'], anthropic: 'rate_limit_error',
	    google: 'RESOURCE_EXHAUSTED' },
	upstream: { status: 502, openai: ['server_error'],
	    anthropic: 'api_error', google: 'INTERNAL' },
	overloaded: { status: 503, openai: ['server_error'],
	    anthropic: 'overloaded_error', google: 'UNAVAILABLE' },
	timeout: { status: 504, openai: ['server_error'],
	    anthropic: 'timeout_error', google: 'DEADLINE_EXCEEDED' },
};
