// Claude Code and Codex, headless, through the gateway over every kind of
// upstream: a command is really run, and what it printed is sent back.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { within } from '../integration/gateway.mjs';
import { KINDS, SAID, startPair } from './gateway.mjs';

const bin = path.join(path.dirname(fileURLToPath(import.meta.url)),
    'node_modules/.bin');
// What only a shell makes of the command.
const COMMAND = 'echo droid-$((40 + 2))-ran';
const PRINTED = 'droid-42-ran';
let pair, home;

before(async () => {
	pair = await startPair();
	home = fs.mkdtempSync(path.join(os.homedir(), '.droid2api-agents-'));
});
beforeEach(() => pair.upstream.reset());
after(async () => {
	await pair?.stop();
	if (home)
		fs.rmSync(home, { recursive: true, force: true });
});

// The arguments of the tool that runs commands, as its schema wants them.
const TOOLS = {
	Bash: { command: COMMAND, description: 'Prints a word' },
	exec_command: { cmd: COMMAND },
	shell: { command: ['bash', '-lc', COMMAND] },
	shell_command: { command: COMMAND },
};

// Names of the tools in a request of whatever dialect.
function toolsOf(body) {
	return (body.tools ?? []).flatMap((one) => one.functionDeclarations ??
	    [one.function ?? one]).map(({ name }) => name);
}

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

function run(program, args, env) {
	const child = spawn(path.join(bin, program), args, { cwd: home,
		stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env.PATH,
		HOME: home, LANG: 'C.UTF-8', NO_COLOR: '1', ...env } });
	let out = '', err = '';
	child.stdout.on('data', (bytes) => { out += bytes; });
	child.stderr.on('data', (bytes) => { err += bytes; });
	const done = new Promise((resolve, reject) => {
		child.on('error', reject);
		child.on('close', (code) => resolve({ code, out, err }));
	});
	return within(60000, done, `end of ${program}`).finally(() =>
		child.kill('SIGKILL'));
}

function claude(model) {
	return run('claude', ['-p', 'Run the command.', '--allowedTools',
	    'Bash(echo:*)', '--output-format', 'json'], {
		ANTHROPIC_BASE_URL: pair.url, ANTHROPIC_API_KEY: 'any',
		ANTHROPIC_MODEL: model, ANTHROPIC_DEFAULT_HAIKU_MODEL: model,
		CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
		CLAUDE_CODE_MAX_RETRIES: '0', DISABLE_AUTOUPDATER: '1',
	});
}

function codex(model) {
	const folder = path.join(home, '.codex');

	fs.mkdirSync(folder, { recursive: true });
	fs.writeFileSync(path.join(folder, 'config.toml'), `
model = "${model}"
model_provider = "gw"
check_for_update_on_startup = false
web_search = "disabled"
[model_providers.gw]
name = "gw"
base_url = "${pair.url}/v1"
env_key = "GW_KEY"
wire_api = "responses"
request_max_retries = 0
stream_max_retries = 0
[analytics]
enabled = false
[features]
plugins = false
apps = false
`);
	return run('codex', ['exec', '--skip-git-repo-check', '-s',
	    'danger-full-access', '--json', 'Run the command.'],
	    { CODEX_HOME: folder, GW_KEY: 'any' });
}

const AGENTS = { 'Claude Code': claude, Codex: codex };

for (const [name, agent] of Object.entries(AGENTS))
	describe(name, () => {
		for (const [kind, model] of Object.entries(KINDS))
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
