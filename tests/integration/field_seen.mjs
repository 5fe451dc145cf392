// What a client was given, whichever its API, whole or streamed: { thinking,
// text, calls: [[name, input]], stop, error }.

const parsed = (json) => {
	try {
		return JSON.parse(json || '{}');
	} catch {
		return json;
	}
};

const items = (reply) => ({
	thinking: reply.output.filter(({ type }) => type === 'reasoning')
	    .flatMap(({ summary }) => summary).map(({ text }) => text).join(''),
	text: reply.output.flatMap(({ content }) => content ?? [])
	    .map(({ text, refusal }) => text ?? refusal).join(''),
	calls: reply.output.filter(({ type }) => type === 'function_call')
	    .map(({ name, arguments: args }) => [name, parsed(args)]),
	stop: reply.incomplete_details?.reason ?? reply.status,
	error: reply.error?.message,
});

// Each takes the replies: one, or the data of a stream's events.
const SEEN = {
	chat(replies) {
		const said = { thinking: '', text: '', calls: [] };
		const calls = [];
		for (const { choices: [choice] = [] } of replies) {
			const message = choice?.delta ?? choice?.message ?? {};
			said.thinking += message.reasoning_content ?? '';
			said.text += message.content ?? message.refusal ?? '';
			said.stop = choice?.finish_reason ?? said.stop;
			(message.tool_calls ?? []).forEach((call, i) => {
				const one = calls[call.index ?? i] ??= ['', ''];
				one[0] += call.function.name ?? '';
				one[1] += call.function.arguments ?? '';
			});
		}
		said.calls = calls.map(([name, args]) => [name, parsed(args)]);
		return said;
	},
	responses(replies) {
		const reply = replies.at(-1).response ?? replies.at(-1);
		return reply.output ? items(reply) : {};
	},
	messages(replies) {
		const said = { thinking: '', text: '', calls: [] };
		const blocks = [];
		for (const reply of replies) {
			for (const block of reply.content ?? [])
				blocks.push({ ...block, json: JSON.stringify(
				    block.input ?? {}) });
			if (reply.content_block)
				blocks[reply.index] = { ...reply.content_block,
					json: '' };
			const { delta } = reply;
			const block = blocks[reply.index];
			if (delta?.text)
				block.text += delta.text;
			if (delta?.thinking)
				block.thinking += delta.thinking;
			if (delta?.partial_json)
				block.json += delta.partial_json;
			said.stop = reply.stop_reason ?? delta?.stop_reason ??
			    said.stop;
		}
		said.thinking = blocks.map((one) => one.thinking ?? '').join('');
		said.text = blocks.map((one) => one.text ?? '').join('');
		said.calls = blocks.filter(({ type }) => type === 'tool_use')
		    .map(({ name, json }) => [name, parsed(json)]);
		return said;
	},
	generate(replies) {
		const said = { thinking: '', text: '', calls: [] };
		for (const { candidates: [one] = [] } of replies) {
			said.stop = one?.finishReason ?? said.stop;
			for (const part of one?.content?.parts ?? []) {
				said[part.thought ? 'thinking' : 'text'] +=
					part.text ?? '';
				if (part.functionCall)
					said.calls.push([part.functionCall.name,
						part.functionCall.args]);
			}
		}
		return said;
	},
};

export function seen(client, answer) {
	const replies = (answer.events ? answer.events.map((event) => event.data) :
		[answer.json]).flat().filter((reply) => reply?.constructor ===
		Object);
	const failed = replies.find((reply) => reply.error?.message ||
		reply.type === 'error');
	return { error: failed && (failed.error?.message ?? failed.message),
		...SEEN[client](replies) };
}
