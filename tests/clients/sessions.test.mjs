// Long sessions of Claude Code and Codex, over upstreams of their own API and over
// those that know nothing of what these do: a tool that is there later than the others is used, and the session
// goes on from a summary of itself.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { MODELS } from '../integration/gateway.mjs';
import { makeAgents, toolsOf } from './agents.mjs';
import { KINDS, SAID, startPair } from './gateway.mjs';

const server = fileURLToPath(new URL('late_tools.mjs', import.meta.url));
const PROMPT = 'You are the kiwi agent.';
const SUMMARY = 'They spoke of zebras.';
// With a name that Codex has in its catalogue it has the tools of servers looked
// for when one is wanted.
const SEARCHER = { id: 'gpt-5.5', type: 'common' };
let pair, agents;

before(async () => {
	pair = await startPair({ models: [...MODELS.map((model) =>
		model.id === KINDS.chat ? { ...model, base_instructions: PROMPT,
			context_window: 99000, efforts: ['none', 'low', 'medium'],
			input_modalities: ['text', 'file'] } : model),
	{ ...SEARCHER, provider: 'any', reasoning: 'auto' }] });
	agents = makeAgents(pair.url);
});
beforeEach(() => pair.upstream.reset());
after(async () => {
	await pair?.stop();
	agents?.remove();
});

const problems = () => pair.upstream.requests.map(({ problem }) => problem &&
	`${problem.path}: ${problem.message}`).filter(Boolean);

// Wants one tool after the other, which have to be looked for first. Claude Code
// takes a call out of its history whose id it has seen before.
function use(...names) {
	let calls = 0;
	pair.upstream.fallback = ({ bytes, body }) => {
		const text = bytes.toString();
		const wanted = names.find((name) => !text.includes(`${name} was done`));
		if (!wanted)
			return { reply: { text: SAID } };
		const tools = toolsOf(body);
		const tool = tools.find((one) => one.endsWith(`__${wanted}`));
		const id = `call_${++calls}`;
		if (tool)
			return { reply: { thinking: 'Now.', calls: [{ id, name: tool,
				input: {} }] } };
		return { reply: tools.includes('ToolSearch') ? {
			thinking: 'Where?', calls: [{ id,
			name: 'ToolSearch', input: { max_results: 3,
			query: `select:mcp__srv__${wanted}` } }] } : { text: 'title' } };
	};
}

describe('Claude Code', () => {
	for (const kind of Object.keys(KINDS))
		test(`uses a late tool and goes on from a summary over ${kind}`,
		    async () => {
			const file = path.join(agents.home, 'mcp.json');
			const say = (text, more = []) => agents.claude(KINDS[kind], [
			    text, '--mcp-config', file, '--allowedTools', 'mcp__srv',
			    ...more]);

			fs.writeFileSync(file, JSON.stringify({ mcpServers: {
				srv: { command: process.execPath, args: [server] } } }));
			use('grow', 'late');
			const { code, out, err } = await say('Grow, then do it.');
			assert.equal(code, 0, `${err}\n${out}`);
			assert.ok(out.includes(SAID.slice(0, 20)), out);
			assert.match(pair.upstream.last.bytes.toString(),
			    /late was done/);

			pair.upstream.fallback = () => ({ reply: {
				text: `<summary>${SUMMARY}</summary>` } });
			assert.equal((await say('/compact', ['--continue'])).code, 0);
			pair.upstream.fallback = () => ({ reply: { text: SAID } });
			const again = await say('Go on.', ['--continue']);
			assert.equal(again.code, 0, again.err);
			const last = pair.upstream.last.bytes.toString();
			assert.ok(last.includes(SUMMARY), 'the summary goes on');
			assert.doesNotMatch(last, /late was done/);
			assert.deepEqual(problems(), []);
		});
});

// Codex asks for a summary by itself, in the middle of its turn.
describe('Codex', () => {
	for (const kind of Object.keys(KINDS))
		test(`goes on from a summary over ${kind}`, async () => {
			const tables = `
[mcp_servers.srv]
command = ${JSON.stringify(process.execPath)}
args = ${JSON.stringify([server, '--still'])}
`;

			pair.upstream.fallback = ({ bytes, body }) => {
				const text = bytes.toString();
				const tool = toolsOf(body).find((one) =>
					one.endsWith('grow'));
				if (text.includes(SUMMARY))
					return { reply: { text: SAID } };
				if (body.input?.at(-1).type === 'compaction_trigger')
					return { reply: { compaction: SUMMARY } };
				if (!tool || text.includes('grow was done'))
					return { reply: { text: SUMMARY } };
				return { reply: { calls: [{ name: tool, input: {} }],
					usage: { input: 50000, output: 9 } } };
			};
			const { code, out, err } = await agents.codex(KINDS[kind],
			    ['Grow.'], { tables,
				more: 'model_auto_compact_token_limit = 20000' });
			assert.equal(code, 0, `${err}\n${out}`);
			assert.ok(out.includes(SAID.slice(0, 20)), out);
			const bodies = pair.upstream.requests.map(({ bytes }) =>
				bytes.toString());
			assert.equal(bodies.length, 3);
			assert.match(bodies[1], /grow was done/);
			assert.ok(bodies[2].includes(SUMMARY));
			assert.doesNotMatch(bodies[2], /grow was done/);
			assert.deepEqual(problems(), []);
		});

	test(`searches for a late tool over ${SEARCHER.type}`, async () => {
		pair.upstream.fallback = ({ bytes, body }) => {
			const tools = toolsOf(body);
			const name = ['grow', 'tool_search'].map((wanted) =>
				tools.find((one) => one.endsWith(wanted)))
				.find(Boolean);
			return { reply: bytes.includes('grow was done') || !name ?
				{ text: SAID } : { calls: [{ name,
				input: name.endsWith('grow') ? {} : {
				query: 'grow' } }] } };
		};
		const { code, out, err } = await agents.codex(SEARCHER.id, ['Grow.'],
		    { tables: `
[mcp_servers.srv]
command = ${JSON.stringify(process.execPath)}
args = ${JSON.stringify([server, '--still'])}
` });
		assert.equal(code, 0, `${err}\n${out}`);
		assert.ok(out.includes(SAID.slice(0, 20)), out);
		const bodies = pair.upstream.requests.map(({ bytes }) =>
			bytes.toString());
		assert.doesNotMatch(bodies[0], /Does grow/);
		assert.match(bodies.at(-1), /Does grow/);
		assert.match(bodies.at(-1), /grow was done/);
		assert.deepEqual(problems(), []);
	});

	// With a command that prints its key it asks for the list of models first.
	test('reads the catalogue, and takes the prompt of a model that has one',
	    async () => {
		pair.upstream.fallback = () => ({ reply: { text: SAID } });
		for (const [kind, brings] of [['chat', true], ['messages', false]]) {
			pair.upstream.requests.length = 0;
			const { code, out, err } = await agents.codex(KINDS[kind],
			    ['Hi.'], { key: '', tables: `
[model_providers.gw.auth]
command = "echo"
args = ["any"]
` });
			assert.equal(code, 0, `${err}\n${out}`);
			assert.doesNotMatch(err, /failed to decode/);
			assert.equal(pair.upstream.last.bytes.toString()
				.includes(PROMPT), brings);
		}
	});
});
