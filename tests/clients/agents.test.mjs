// Agents, headless, through the gateway, Claude Code and Codex over every kind of
// upstream: a command is really run, and what it printed is sent back.

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { makeAgents, toolsOf } from './agents.mjs';
import { KINDS, SAID, startPair } from './gateway.mjs';

// What only a shell makes of the command. Some agents refuse $().
const COMMAND = 'printf droid-%d-ran 42';
const PRINTED = 'droid-42-ran';
let pair, agents;

before(async () => {
	pair = await startPair();
	agents = makeAgents(pair.url);
});
beforeEach(() => pair.upstream.reset());
after(async () => {
	await pair?.stop();
	agents?.remove();
});

// The arguments of the tool that runs commands, as its schema wants them.
const TOOLS = {
	Bash: { command: COMMAND, description: 'Prints a word' },
	exec_command: { cmd: COMMAND },
	shell: { command: ['bash', '-lc', COMMAND] },
	shell_command: { command: COMMAND },
	run_shell_command: { command: COMMAND, description: 'Prints a word',
		is_background: false },
	bash: { command: COMMAND, description: 'Prints a word' },
};

function play(upstream) {
	upstream.fallback = ({ bytes, body }) => {
		if (bytes.toString().includes(PRINTED))
			return { reply: { text: SAID } };
		const name = toolsOf(body).find((one) => one in TOOLS);
		return { reply: name ? { thinking: 'I run it.',
		    calls: [{ name, input: TOOLS[name] }] }
			: { text: 'title' } };
	};
}

const AGENTS = {
	'Claude Code': (model) => agents.claude(model, ['Run the command.',
	    '--allowedTools', 'Bash(printf:*)']),
	Codex: (model) => agents.codex(model, ['Run the command.']),
};

// Each over one kind of upstream that is not its own.
const OTHERS = {
	'Gemini CLI': ['chat', (model) => agents.gemini(model,
	    ['Run the command.'])],
	'Qwen Code': ['messages', (model) => agents.qwen(model,
	    ['Run the command.'])],
	opencode: ['generate', (model) => agents.opencode(model,
	    ['Run the command.'])],
};

const RUNS = [...Object.entries(AGENTS).map(([name, agent]) =>
	[name, agent, Object.entries(KINDS)]),
...Object.entries(OTHERS).map(([name, [kind, agent]]) =>
	[name, agent, [[kind, KINDS[kind]]]])];

for (const [name, agent, kinds] of RUNS)
	describe(name, () => {
		for (const [kind, model] of kinds)
			test(`runs a command over ${kind}`, async () => {
				const { upstream } = pair;

				play(upstream);
				const { code, out, err } = await agent(model);
				const last = upstream.requests.at(-1);
				assert.deepEqual(upstream.requests.map(({ problem }) =>
				    problem && `${problem.path}: ${problem.message}`)
				    .filter(Boolean), []);
				assert.equal(code, 0, `${err}\n${out}`);
				assert.ok(out.includes(SAID.slice(0, 20)), out);
				assert.ok(last?.bytes.toString().includes(PRINTED),
				    'the result came back');
			});
	});
