// What real servers and agents do beside the documents: one upstream of each
// kind behind one gateway, so that a case is a request, the upstream's bytes,
// and what must come out.
//
//	const field = await startField();
//	const { answer, sent } = await field.ask('messages', 'chat', body, {
//		events: ['data: {"choices": ...}\n\n', 'data: [DONE]\n\n'] });
//	await field.stop();

import { startUpstream } from '../upstream/upstream.mjs';
import { startGateway } from './gateway.mjs';
import { ask, readEvents } from './client.mjs';
import { note } from './field_table.mjs';

export { describe, note, test } from './field_table.mjs';

export const KINDS = ['chat', 'responses', 'messages', 'generate'];
const TYPES = { chat: 'common', responses: 'openai', messages: 'anthropic',
	generate: 'google' };
const PATHS = { chat: '/v1/chat/completions', responses: '/v1/responses',
	messages: '/v1/messages',
	generate: '/v1beta/models/{model}:generateContent' };
const ROUTES = { ...PATHS, generate: '/v1/generate' };

// One text as the client's API says it, with whatever else the body holds.
export const BODIES = {
	chat: (more) => ({ messages: [{ role: 'user', content: 'hi' }], ...more }),
	responses: (more) => ({ input: 'hi', ...more }),
	messages: (more) => ({ max_tokens: 9999, messages: [{ role: 'user',
		content: 'hi' }], ...more }),
	generate: (more) => ({ contents: [{ role: 'user', parts: [{
		text: 'hi' }] }], ...more }),
};

// `models` gets more keys of a kind's entry: { chat: { mid_system: false } }.
export async function startField({ models = {}, config = {} } = {}) {
	const upstream = await startUpstream();
	const gateway = await startGateway({ upstream, config: {
		endpoint: KINDS.map((kind) => ({ name: kind, type: TYPES[kind],
			auth: 'none', base_url: upstream.url + PATHS[kind] })),
		models: KINDS.map((kind) => ({ id: `${kind}-*`, type: TYPES[kind],
			endpoint: kind, reasoning: 'auto', ...models[kind] })),
		...config } });

	return {
		upstream, gateway,
		// The client's API, the upstream's, the request, what the upstream
		// does (answer.mjs). `sent` is what reached it, undefined if nothing.
		async ask(client, kind, body, reply, headers = {}) {
			note(client, kind, body?.stream);
			upstream.reset();
			if (reply)
				upstream.next(reply);
			const answer = await ask(gateway, { path: ROUTES[client],
				headers, body: { model: `${kind}-m`,
				...BODIES[client](body) } });
			answer.events = body?.stream ? readEvents(answer.text) :
				undefined;
			if (!body?.stream)
				try {
					answer.json = JSON.parse(answer.text);
				} catch {
					// the test says what it wants
				}
			return { answer, sent: upstream.requests.at(-1) };
		},
		async stop() {
			await gateway.stop();
			await upstream.stop();
		},
	};
}
