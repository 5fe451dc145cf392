// What every client test needs: a gateway in front of a strict upstream that
// asks for a tool first and speaks when it has the result.

import { startUpstream } from '../upstream/upstream.mjs';
import { startGateway } from '../integration/gateway.mjs';

// One model of each upstream kind.
export const KINDS = {
	messages: 'claude-sonnet-4-5-20250929',
	responses: 'gpt-5.4',
	chat: 'glm-5',
	generate: 'gemini-3-flash-preview',
};

export const CITY = 'Lisbon';
export const WEATHER = '21 degrees and sunny';
export const SAID = `It is ${WEATHER} — ünïcödé 🌍.`;

export const PARAMETERS = {
	type: 'object',
	properties: { city: { type: 'string', description: 'Name of a city' } },
	required: ['city'],
	additionalProperties: false,
};

export async function startPair(config = {}) {
	const upstream = await startUpstream();
	const gateway = await startGateway({ upstream, config });
	return {
		upstream, gateway,
		url: `http://127.0.0.1:${gateway.port}`,
		async stop() {
			await gateway.stop();
			await upstream.stop();
		},
	};
}

// Answers of a conversation with one round of a tool. A body that holds the
// tool's result gets words, another the call.
export function playTool(upstream, call, result = WEATHER, more = {}) {
	upstream.fallback = ({ bytes }) => ({ reply:
	    bytes.toString().includes(result)
		? { text: SAID, usage: { input: 40, cached: 8, output: 9 } }
		: { calls: [call], ...more } });
}

// Words only.
export function playWords(upstream) {
	upstream.fallback = () => ({ reply: { text: SAID,
		usage: { input: 31, cached: 8, output: 9 } } });
}
