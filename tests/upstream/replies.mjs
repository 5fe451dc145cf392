// What the upstream says, in each dialect, whole and as a stream of events.
//
// A reply is {text, thinking, calls: [{id, name, input}], compaction, stop, usage,
// model}: stop is end, length, tools or refusal; usage {input, cached, output,
// reasoning}; compaction a summary, of Responses alone.  write(reply, entry) gives
// {whole, events}; an event is {event, data}, data an object, or text that goes out
// as it stands.  Calls have the same ids in each reply: a conversation of several
// has to name its own, as real ones do.

const pieces = (text) => text.match(/.{1,9}/gsu) ?? [];

function complete(reply) {
	const calls = reply.calls ?? [];
	return {
		text: calls.length ? '' : 'Hello, World! — ünïcödé 🌍',
		thinking: '',
		model: 'upstream-model',
		stop: calls.length ? 'tools' : 'end',
		...reply,
		calls: calls.map((call, i) => ({ id: `call_${i}x7`, input: {},
			...call })),
		usage: { input: 27, cached: 0, output: 12, reasoning: 0,
			...reply.usage },
	};
}

/* Chat Completions */

function chatUsage({ input, cached, output, reasoning }) {
	return { prompt_tokens: input, completion_tokens: output,
		total_tokens: input + output,
		prompt_tokens_details: { cached_tokens: cached, audio_tokens: 0 },
		completion_tokens_details: { reasoning_tokens: reasoning,
		    audio_tokens: 0, accepted_prediction_tokens: 0,
		    rejected_prediction_tokens: 0 } };
}

const CHAT_STOP = { end: 'stop', length: 'length', tools: 'tool_calls',
    refusal: 'content_filter' };

const chatCall = (call) => ({ id: call.id, type: 'function',
    function: { name: call.name, arguments: JSON.stringify(call.input) } });

export function writeChat(wanted, { includeUsage = true } = {}) {
	const reply = complete(wanted);
	const head = { id: 'chatcmpl-U7', created: 1778080591, model: reply.model,
		service_tier: 'default', system_fingerprint: null };
	const message = { role: 'assistant', content: reply.text || null,
		refusal: null, annotations: [] };
	if (reply.calls.length)
		message.tool_calls = reply.calls.map(chatCall);
	if (reply.thinking)
		message.reasoning_content = reply.thinking;
	const whole = { ...head, object: 'chat.completion', choices: [{ index: 0,
		message, logprobs: null, finish_reason: CHAT_STOP[reply.stop] }],
		usage: chatUsage(reply.usage) };

	const chunk = (delta, finish_reason = null) => ({ data: { ...head,
		object: 'chat.completion.chunk',
		choices: [{ index: 0, delta, finish_reason }] } });
	const events = [chunk({ role: 'assistant', content: '', refusal: null })];
	for (const piece of pieces(reply.thinking))
		events.push(chunk({ reasoning_content: piece }));
	for (const piece of pieces(reply.text))
		events.push(chunk({ content: piece }));
	reply.calls.forEach((call, index) => {
		const { function: { name, arguments: all }, ...rest } = chatCall(call);
		events.push(chunk({ tool_calls: [{ index, ...rest,
			function: { name, arguments: '' } }] }));
		for (const piece of pieces(all))
			events.push(chunk({ tool_calls: [{ index,
				function: { arguments: piece } }] }));
	});
	events.push(chunk({}, CHAT_STOP[reply.stop]));
	if (includeUsage)
		events.push({ data: { ...head, object: 'chat.completion.chunk',
			choices: [], usage: chatUsage(reply.usage) } });
	events.push({ data: '[DONE]' });
	return { whole, events };
}

/* Responses */

// A tool of a namespace, called as `namespace__name`.
function inNamespace(name, tools) {
	const of = tools?.find((one) => one.type === 'namespace' &&
	    name.startsWith(`${one.name}__`));
	return of ? { namespace: of.name,
	    name: name.slice(of.name.length + 2) } : { name };
}

function responsesItems(reply, tools) {
	const items = [];
	if (reply.compaction)
		return [{ id: 'cmp_U7', type: 'compaction',
			encrypted_content: reply.compaction }];
	if (reply.thinking)
		items.push({ id: 'rs_U7', type: 'reasoning', summary: [{
			type: 'summary_text', text: reply.thinking }],
			encrypted_content: 'c2VhbGVk' });
	if (reply.text)
		items.push({ id: 'msg_U7', type: 'message', status: 'completed',
			role: 'assistant', content: [{ type: 'output_text',
			annotations: [], logprobs: [], text: reply.text }] });
	reply.calls.forEach((call, i) => items.push({ id: `fc_U7${i}`,
		type: 'function_call', status: 'completed', call_id: call.id,
		...inNamespace(call.name, tools),
		arguments: JSON.stringify(call.input) }));
	return items;
}

function messageEvents(item, output_index, add) {
	const at = { item_id: item.id, output_index, content_index: 0 };
	const part = item.content[0];
	add('response.output_item.added', { output_index, item: { ...item,
		status: 'in_progress', content: [] } });
	add('response.content_part.added', { ...at, part: { ...part, text: '' } });
	for (const delta of pieces(part.text))
		add('response.output_text.delta', { ...at, delta, logprobs: [] });
	add('response.output_text.done', { ...at, text: part.text, logprobs: [] });
	add('response.content_part.done', { ...at, part });
}

function callEvents(item, output_index, add) {
	const at = { item_id: item.id, output_index };
	add('response.output_item.added', { output_index, item: { ...item,
		status: 'in_progress', arguments: '' } });
	for (const delta of pieces(item.arguments))
		add('response.function_call_arguments.delta', { ...at, delta });
	add('response.function_call_arguments.done', { ...at,
		name: item.name, arguments: item.arguments });
}

function reasoningEvents(item, output_index, add) {
	const at = { item_id: item.id, output_index, summary_index: 0 };
	const part = item.summary[0];
	add('response.output_item.added', { output_index, item: { ...item,
		summary: [], encrypted_content: 'dW5maW5pc2hlZA==' } });
	add('response.reasoning_summary_part.added', { ...at,
		part: { ...part, text: '' } });
	for (const delta of pieces(part.text))
		add('response.reasoning_summary_text.delta', { ...at, delta });
	add('response.reasoning_summary_text.done', { ...at, text: part.text });
	add('response.reasoning_summary_part.done', { ...at, part });
}

const compactionEvents = (item, output_index, add) =>
	add('response.output_item.added', { output_index, item });

const ITEM_EVENTS = { message: messageEvents, function_call: callEvents,
    reasoning: reasoningEvents, compaction: compactionEvents };

export function writeResponses(wanted, entry) {
	const reply = complete(wanted);
	const { input, cached, output, reasoning } = reply.usage;
	const items = responsesItems(reply, entry?.body?.tools);
	const cut = { length: 'max_output_tokens', refusal: 'content_filter' }
		[reply.stop];
	const open = { id: 'resp_U7', object: 'response', created_at: 1778080591,
		status: 'in_progress', background: false, completed_at: null,
		error: null, frequency_penalty: 0, incomplete_details: null,
		instructions: null, max_output_tokens: null, max_tool_calls: null,
		model: reply.model, output: [], parallel_tool_calls: true,
		presence_penalty: 0, previous_response_id: null,
		prompt_cache_key: null, reasoning: { effort: 'medium',
		summary: null }, safety_identifier: null, service_tier: 'auto',
		store: false, temperature: 1, text: { format: { type: 'text' },
		verbosity: 'medium' }, tool_choice: 'auto', tools: [],
		top_logprobs: 0, top_p: 1, truncation: 'disabled', usage: null,
		user: null, metadata: {} };
	const whole = { ...open, status: cut ? 'incomplete' : 'completed',
		completed_at: 1778080593, service_tier: 'default', output: items,
		incomplete_details: cut ? { reason: cut } : null,
		usage: { input_tokens: input,
		    input_tokens_details: { cached_tokens: cached },
		    output_tokens: output,
		    output_tokens_details: { reasoning_tokens: reasoning },
		    total_tokens: input + output } };

	const events = [];
	const add = (type, fields) => events.push({ event: type, data: { type,
		sequence_number: events.length, ...fields } });
	add('response.created', { response: open });
	add('response.in_progress', { response: open });
	items.forEach((item, i) => {
		ITEM_EVENTS[item.type](item, i, add);
		add('response.output_item.done', { output_index: i, item });
	});
	add(cut ? 'response.incomplete' : 'response.completed',
	    { response: whole });
	return { whole, events };
}

/* Messages */

const MESSAGES_STOP = { end: 'end_turn', length: 'max_tokens',
    tools: 'tool_use', refusal: 'refusal' };

function messagesBlocks(reply) {
	const blocks = [];
	if (reply.thinking)
		blocks.push({ type: 'thinking', thinking: reply.thinking,
			signature: 'c2lnbmVk' });
	if (reply.text)
		blocks.push({ type: 'text', text: reply.text });
	for (const call of reply.calls)
		blocks.push({ type: 'tool_use', id: call.id, name: call.name,
			input: call.input, caller: { type: 'direct' } });
	return blocks;
}

const BLOCK_DELTAS = {
	text: (block) => [{ ...block, text: '' }, ...pieces(block.text).map(
	    (text) => ({ type: 'text_delta', text }))],
	thinking: (block) => [{ ...block, thinking: '', signature: '' },
	    ...pieces(block.thinking).map((thinking) => ({
		type: 'thinking_delta', thinking })),
	    { type: 'signature_delta', signature: block.signature }],
	tool_use: (block) => [{ ...block, input: {} },
	    { type: 'input_json_delta', partial_json: '' },
	    ...pieces(JSON.stringify(block.input)).map((partial_json) => ({
		type: 'input_json_delta', partial_json }))],
};

export function writeMessages(wanted) {
	const reply = complete(wanted);
	const blocks = messagesBlocks(reply);
	const counts = { input_tokens: reply.usage.input - reply.usage.cached,
		cache_creation_input_tokens: 0,
		cache_read_input_tokens: reply.usage.cached };
	const whole = { model: reply.model, id: 'msg_U7', type: 'message',
		role: 'assistant', content: blocks,
		stop_reason: MESSAGES_STOP[reply.stop], stop_sequence: null,
		stop_details: null, usage: { ...counts, cache_creation: {
		    ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
		    output_tokens: reply.usage.output, service_tier: 'standard' } };

	const events = [];
	const add = (type, fields = {}) => events.push({ event: type,
		data: { type, ...fields } });
	add('message_start', { message: { ...whole, content: [],
		stop_reason: null, usage: { ...whole.usage, output_tokens: 1 } } });
	add('ping');
	blocks.forEach((block, index) => {
		const [content_block, ...deltas] = BLOCK_DELTAS[block.type](block);
		add('content_block_start', { index, content_block });
		for (const delta of deltas)
			add('content_block_delta', { index, delta });
		add('content_block_stop', { index });
	});
	add('message_delta', { delta: { stop_reason: whole.stop_reason,
		stop_sequence: null, stop_details: null },
		usage: { ...counts, output_tokens: reply.usage.output } });
	add('message_stop');
	return { whole, events };
}

/* generateContent */

const GENERATE_STOP = { end: 'STOP', length: 'MAX_TOKENS', tools: 'STOP',
    refusal: 'SAFETY' };

export function writeGenerate(wanted) {
	const reply = complete(wanted);
	const { input, cached, output, reasoning } = reply.usage;
	const usageMetadata = { promptTokenCount: input,
		candidatesTokenCount: output - reasoning,
		totalTokenCount: input + output,
		promptTokensDetails: [{ modality: 'TEXT', tokenCount: input }] };
	if (cached)
		usageMetadata.cachedContentTokenCount = cached;
	if (reasoning)
		usageMetadata.thoughtsTokenCount = reasoning;
	const tail = { usageMetadata, modelVersion: reply.model,
		responseId: '4Fn7afU7' };
	const calls = reply.calls.map((call, i) => ({ functionCall: {
		name: call.name, args: call.input, id: call.id },
		...(i ? {} : { thoughtSignature: 'c2VhbGVk' }) }));
	const chunk = (parts, finishReason) => ({ candidates: [{
		content: { parts, role: 'model' },
		...(finishReason ? { finishReason } : {}), index: 0 }], ...tail });

	const parts = [];
	const events = [];
	if (reply.thinking)
		parts.push({ text: reply.thinking, thought: true });
	for (const text of pieces(reply.thinking))
		events.push({ data: chunk([{ text, thought: true }]) });
	if (reply.text)
		parts.push({ text: reply.text });
	for (const text of pieces(reply.text))
		events.push({ data: chunk([{ text }]) });
	if (calls.length)
		events.push({ data: chunk(calls) });
	events.push({ data: chunk([{ text: '' }], GENERATE_STOP[reply.stop]) });
	return { whole: chunk([...parts, ...calls], GENERATE_STOP[reply.stop]),
		events };
}

// One event as it goes over the wire.
export function eventText({ event, data, comment }) {
	if (comment !== undefined)
		return `: ${comment}\n\n`;
	const text = typeof data === 'string' ? data : JSON.stringify(data);
	return (event ? `event: ${event}\n` : '') + `data: ${text}\n\n`;
}
