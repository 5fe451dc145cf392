// The four APIs that the upstream plays, and the routes it plays them on.

import { checkChat, openaiError, openaiInvalid } from './chat_request.mjs';
import { checkResponses } from './responses_request.mjs';
import { checkMessages, messagesError, messagesInvalid }
    from './messages_request.mjs';
import { checkGenerate, generateError, generateInvalid }
    from './generate_request.mjs';
import { writeChat, writeGenerate, writeMessages, writeResponses }
    from './replies.mjs';

const OPENAI_TYPES = { 401: 'invalid_request_error', 403: 'permission_error',
    404: 'invalid_request_error', 429: 'rate_limit_error' };
const MESSAGES_TYPES = { 401: 'authentication_error', 403: 'permission_error',
    404: 'not_found_error', 429: 'rate_limit_error', 529: 'overloaded_error' };
const GENERATE_STATUS = { 401: 'UNAUTHENTICATED', 403: 'PERMISSION_DENIED',
    404: 'NOT_FOUND', 429: 'RESOURCE_EXHAUSTED', 503: 'UNAVAILABLE' };
const type = (table, status, other) => table[status] ??
    (status < 500 ? 'invalid_request_error' : other);

const openai = {
	invalid: openaiInvalid,
	error: (status, message) => openaiError(status,
	    type(OPENAI_TYPES, status, 'server_error'), message, null,
	    { 401: 'invalid_api_key', 429: 'rate_limit_exceeded' }[status] ?? null),
};

export const DIALECTS = {
	chat: { check: checkChat, write: (reply, { body }) => writeChat(reply,
	    { includeUsage: !!body?.stream_options?.include_usage }), ...openai },
	responses: { check: checkResponses, write: writeResponses, ...openai },
	messages: { check: checkMessages, write: writeMessages,
	    invalid: messagesInvalid,
	    error: (status, message) => messagesError(status,
	    type(MESSAGES_TYPES, status, 'api_error'), message) },
	generate: { check: checkGenerate, write: writeGenerate,
	    invalid: generateInvalid,
	    error: (status, message) => generateError(status,
	    GENERATE_STATUS[status] ?? (status < 500 ? 'INVALID_ARGUMENT' :
	    'INTERNAL'), message) },
};

const ROUTES = [
	[/^\/api\/llm\/o\/v1\/responses$/, 'responses', 'factory'],
	[/^\/api\/llm\/o\/v1\/chat\/completions$/, 'chat', 'factory'],
	[/^\/api\/llm\/a\/v1\/messages$/, 'messages', 'factory'],
	[/^\/api\/llm\/a\/v1\/messages\/count_tokens$/, 'messages', 'factory',
	    'count'],
	[/^\/api\/llm\/g\/v1\/generate$/, 'generate', 'factory'],
	[/^\/v1\/chat\/completions$/, 'chat', 'plain'],
	[/^\/v1\/responses$/, 'responses', 'plain'],
	[/^\/v1\/messages$/, 'messages', 'plain'],
	[/^\/v1\/messages\/count_tokens$/, 'messages', 'plain', 'count'],
	[/^\/v1(?:beta)?\/models\/(?<model>[^/:]+):generateContent$/, 'generate',
	    'plain', 'create'],
	[/^\/v1(?:beta)?\/models\/(?<model>[^/:]+):streamGenerateContent$/,
	    'generate', 'plain', 'stream'],
	[/^\/v1(?:beta)?\/models\/(?<model>[^/:]+):countTokens$/, 'generate',
	    'plain', 'count'],
	[/^\/deployments\/(?<model>[^/]+)\/chat\/completions$/, 'chat', 'plain'],
	[/^\/deployments\/(?<model>[^/]+)\/responses$/, 'responses', 'plain'],
	[/^\/deployments\/(?<model>[^/]+)\/v1\/messages$/, 'messages', 'plain'],
	[/^\/deployments\/(?<model>[^/]+)\/v1\/messages\/count_tokens$/,
	    'messages', 'plain', 'count'],
];

// A path to {dialect, profile, operation, model}; undefined when unknown.
export function findRoute(path) {
	for (const [pattern, dialect, profile, operation = 'create'] of ROUTES) {
		const match = pattern.exec(path);
		if (match)
			return { dialect, profile, operation,
				model: match.groups?.model &&
				    decodeURIComponent(match.groups.model) };
	}
	return undefined;
}
