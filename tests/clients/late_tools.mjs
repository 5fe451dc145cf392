// A server of tools (MCP over stdio) that has one tool more when `grow` was used,
// unless its client is one that never asks again (--still).

import readline from 'node:readline';

const tools = [];
const add = (name) => tools.push({ name, description: `Does ${name}.`,
	inputSchema: { type: 'object', properties: {} } });
const say = (message) => process.stdout.write(`${JSON.stringify({
	jsonrpc: '2.0', ...message })}\n`);

const METHODS = {
	initialize: ({ protocolVersion }) => ({ protocolVersion,
		capabilities: { tools: { listChanged: true } },
		serverInfo: { name: 'late-tools', version: '1' } }),
	'tools/list': () => ({ tools }),
	'tools/call': ({ name }) => ({ content: [{ type: 'text',
		text: `${name} was done` }] }),
};

// The answer to a call waits until the client has asked for the new list.
let held;
add('grow');
readline.createInterface({ input: process.stdin }).on('line', (line) => {
	const { id, method, params } = JSON.parse(line);

	if (id === undefined)
		return;
	const answer = { id, result: METHODS[method]?.(params) ?? {} };
	if (method === 'tools/call' && params.name === 'grow' &&
	    tools.length === 1 && !process.argv.includes('--still')) {
		add('late');
		say({ method: 'notifications/tools/list_changed' });
		held = answer;
		return;
	}
	say(answer);
	if (method === 'tools/list' && held) {
		say(held);
		held = undefined;
	}
});
