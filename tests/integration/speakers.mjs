// How a client of each dialect says a request and understands an answer: enough
// of it to hold the same conversation in all four.
//
// A turn is {text} | {image, text} of the user, or {results: [{id, name, text}]}.
// What is understood is {text, thinking, calls: [{id, name, input}], stop, echo}:
// echo is what this dialect's clients send back as the assistant's turn.

import { readEvents } from './client.mjs';

export const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4' +
    '2mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==';

export const TOOL = { name: 'get_weather', description: 'Weather of a city',
	parameters: { type: 'object', properties: { city: { type: 'string' } },
	    required: ['city'] } };

const joined = (list, key) => list.map((one) => one[key] ?? '').join('');

/* Chat Completions */

function chatTurn(turn) {
	if (turn.results)
		return turn.results.map(({ id, text }) => ({ role: 'tool',
			tool_call_id: id, content: text }));
	if (turn.echo)
		return [turn.echo];
	return [{ role: 'user', content: turn.image ? [
		{ type: 'image_url', image_url: {
		    url: `data:image/png;base64,${turn.image}` } },
		{ type: 'text', text: turn.text }] : turn.text }];
}

function chatMessage(message, stop) {
	return { text: message.content ?? '',
		thinking: message.reasoning_content ?? '',
		calls: (message.tool_calls ?? []).map((call) => ({ id: call.id,
		    name: call.function.name,
		    input: JSON.parse(call.function.arguments) })),
		stop, echo: message };
}

// Adds a delta to a message as the SDK does: by index, text to text.
function addChatDelta(message, delta) {
	for (const key of ['content', 'reasoning_content'])
		if (delta[key])
			message[key] = (message[key] ?? '') + delta[key];
	if (delta.reasoning_details)
		message.reasoning_details = [...message.reasoning_details ?? [],
		    ...delta.reasoning_details];
	for (const piece of delta.tool_calls ?? []) {
		message.tool_calls ??= [];
		const call = message.tool_calls[piece.index] ??= { type: 'function',
			function: { name: '', arguments: '' } };
		call.id ??= piece.id;
		if (piece.extra_content)
			call.extra_content = piece.extra_content;
		call.function.name += piece.function?.name ?? '';
		call.function.arguments += piece.function?.arguments ?? '';
	}
}

const chat = {
	path: '/v1/chat/completions',
	request: (turns, { tools, thinking, ...more }) => ({
		messages: [{ role: 'system', content: 'Be brief.' },
		    ...turns.flatMap(chatTurn)],
		...(tools ? { tools: [{ type: 'function', function: TOOL }] } : {}),
		...(thinking ? { reasoning_effort: 'high' } : {}), ...more }),
	whole: (body) => chatMessage(body.choices[0].message,
	    body.choices[0].finish_reason),
	stream(text) {
		const message = { role: 'assistant', content: null };
		let stop, error;
		const events = readEvents(text).filter(({ data }) => data);
		for (const { data } of events) {
			error ??= data.error;
			for (const choice of data.choices ?? []) {
				addChatDelta(message, choice.delta);
				stop = choice.finish_reason ?? stop;
			}
		}
		const done = events.at(-1)?.data === '[DONE]';
		return { ...chatMessage(message, stop), error, done };
	},
	stops: { end: 'stop', calls: 'tool_calls', length: 'length' },
};

/* Responses */

function responsesTurn(turn) {
	if (turn.results)
		return turn.results.map(({ id, text }) => ({
			type: 'function_call_output', call_id: id, output: text }));
	if (turn.echo)
		return turn.echo;
	return [{ role: 'user', content: turn.image ? [
		{ type: 'input_image',
		    image_url: `data:image/png;base64,${turn.image}` },
		{ type: 'input_text', text: turn.text }] : turn.text }];
}

function understandResponse(response) {
	const of = (type) => response.output.filter((item) => item.type === type);

	return { text: joined(of('message').flatMap(({ content }) => content),
		'text'),
		thinking: joined(of('reasoning').flatMap(({ summary, content }) =>
		    [...summary ?? [], ...content ?? []]), 'text'),
		calls: of('function_call').map((item) => ({ id: item.call_id,
		    name: item.name, input: JSON.parse(item.arguments) })),
		stop: response.incomplete_details?.reason ?? response.status,
		echo: response.output };
}

const responses = {
	path: '/v1/responses',
	request: (turns, { tools, thinking, ...more }) => ({
		instructions: 'Be brief.', store: false,
		input: turns.flatMap(responsesTurn),
		...(tools ? { tools: [{ type: 'function', strict: false,
		    ...TOOL }] } : {}),
		...(thinking ? { reasoning: { effort: 'high', summary: 'auto' },
		    include: ['reasoning.encrypted_content'] } : {}), ...more }),
	whole: understandResponse,
	stream(text) {
		const events = readEvents(text).filter(({ data }) => data);
		const last = events.at(-1)?.data;
		// Keep-alives count where all of it is the gateway's own.
		const spoken = events.filter(({ event }) => event !== 'keepalive');
		const counted = ({ data }, i) => data.sequence_number ===
			undefined || data.sequence_number === i;
		if (!events.every(counted) && !spoken.every(counted))
			throw new Error(`sequence ${events.map(({ data }) =>
				data.sequence_number)}`);
		if (!last?.response)
			return { text: '', calls: [], thinking: '', error: last,
				done: false };
		const deltas = joined(events.map(({ data }) => data).filter(
		    ({ type }) => type === 'response.output_text.delta'), 'delta');
		const reply = understandResponse(last.response);
		if (last.type !== 'response.failed' && deltas !== reply.text)
			throw new Error(`deltas say ${deltas}`);
		return { ...reply, error: last.response.error ?? undefined,
			done: last.type === 'response.completed' ||
			    last.type === 'response.incomplete' };
	},
	stops: { end: 'completed', calls: 'completed',
	    length: 'max_output_tokens' },
};

/* Messages */

function messagesTurn(turn) {
	if (turn.results)
		return { role: 'user', content: turn.results.map(({ id, text }) => ({
			type: 'tool_result', tool_use_id: id, content: text })) };
	if (turn.echo)
		return { role: 'assistant', content: turn.echo };
	return { role: 'user', content: turn.image ? [
		{ type: 'image', source: { type: 'base64',
		    media_type: 'image/png', data: turn.image } },
		{ type: 'text', text: turn.text }] : turn.text };
}

function understandMessage(message) {
	const of = (type) => message.content.filter((one) => one.type === type);

	return { text: joined(of('text'), 'text'),
		thinking: joined(of('thinking'), 'thinking'),
		calls: of('tool_use').map(({ id, name, input }) => ({ id, name,
		    input })),
		stop: message.stop_reason, echo: message.content };
}

const DELTAS = {
	text_delta: (block, delta) => { block.text += delta.text; },
	thinking_delta: (block, delta) => { block.thinking += delta.thinking; },
	signature_delta: (block, delta) => {
		block.signature = delta.signature;
	},
	input_json_delta: (block, delta) => {
		block.json = (block.json ?? '') + delta.partial_json;
	},
	citations_delta: () => {},
};

const messages = {
	path: '/v1/messages',
	request: (turns, { tools, thinking, ...more }) => ({ max_tokens: 32000,
		system: 'Be brief.', messages: turns.map(messagesTurn),
		...(tools ? { tools: [{ name: TOOL.name,
		    description: TOOL.description,
		    input_schema: TOOL.parameters }] } : {}),
		...(thinking ? { thinking: { type: 'enabled',
		    budget_tokens: 12288 } } : {}), ...more }),
	whole: understandMessage,
	stream(text) {
		const message = { content: [] };
		let error, done = false;
		for (const { data } of readEvents(text)) {
			if (data?.type === 'content_block_start')
				message.content[data.index] = data.content_block;
			else if (data?.type === 'content_block_delta')
				DELTAS[data.delta.type](message.content[data.index],
				    data.delta);
			else if (data?.type === 'message_delta')
				message.stop_reason = data.delta.stop_reason;
			else if (data?.type === 'error')
				error = data.error;
			done = data?.type === 'message_stop';
		}
		for (const block of message.content) {
			if (block.type === 'tool_use')
				block.input = JSON.parse(block.json || '{}');
			delete block.json;
		}
		return { ...understandMessage(message), error, done };
	},
	stops: { end: 'end_turn', calls: 'tool_use', length: 'max_tokens' },
};

/* generateContent */

function generateTurn(turn) {
	if (turn.results)
		return { role: 'user', parts: turn.results.map(({ id, name,
			text }) => ({ functionResponse: { id, name,
			response: { output: text } } })) };
	if (turn.echo)
		return turn.echo;
	return { role: 'user', parts: [...(turn.image ? [{ inlineData: {
		mimeType: 'image/png', data: turn.image } }] : []),
		{ text: turn.text }] };
}

function understandParts(parts, stop) {
	return { text: joined(parts.filter(({ thought }) => !thought), 'text'),
		thinking: joined(parts.filter(({ thought }) => thought), 'text'),
		calls: parts.filter(({ functionCall }) => functionCall).map(
		    ({ functionCall: { id, name, args } }) => ({ id, name,
			input: args ?? {} })),
		stop, echo: { role: 'model', parts: parts.filter((part) =>
		    part.text !== '' || part.thoughtSignature) } };
}

const generate = {
	path: '/v1/generate',
	request: (turns, { tools, thinking, stream, ...more }) => ({
		systemInstruction: { parts: [{ text: 'Be brief.' }] },
		contents: turns.map(generateTurn),
		...(tools ? { tools: [{ functionDeclarations: [{ name: TOOL.name,
		    description: TOOL.description,
		    parametersJsonSchema: TOOL.parameters }] }] } : {}),
		...(thinking ? { generationConfig: { thinkingConfig: {
		    thinkingLevel: 'HIGH', includeThoughts: true } } } : {}),
		...(stream === undefined ? {} : { stream }), ...more }),
	whole: (body) => understandParts(body.candidates[0].content?.parts ?? [],
	    body.candidates[0].finishReason),
	stream(text) {
		const parts = [];
		let stop, error;
		for (const { data } of readEvents(text)) {
			error ??= data.error;
			for (const one of data.candidates ?? []) {
				parts.push(...one.content?.parts ?? []);
				stop = one.finishReason ?? stop;
			}
		}
		return { ...understandParts(parts, stop), error,
			done: stop !== undefined && !error };
	},
	stops: { end: 'STOP', calls: 'STOP', length: 'MAX_TOKENS' },
};

export const SPEAKERS = { chat, responses, messages, generate };
