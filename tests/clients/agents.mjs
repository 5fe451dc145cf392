// Agents, headless, in a home of their own.

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { within } from '../integration/gateway.mjs';

// The Node that runs the tests also runs the agents that are written in it.
const bin = path.join(path.dirname(fileURLToPath(import.meta.url)),
    'node_modules/.bin');
const PATH = `${path.dirname(process.execPath)}:${process.env.PATH}`;

// Names of the tools in a request of whatever dialect, those of a namespace as
// `namespace__name`.
export function toolsOf(body) {
	return (body.tools ?? []).flatMap((one) => one.type === 'namespace' ?
	    one.tools.map(({ name }) => ({ name: `${one.name}__${name}` })) :
	    one.functionDeclarations ?? [one.function ?? one]).map(
	    ({ name }) => name);
}

function run(home, program, args, env) {
	const child = spawn(path.join(bin, program), args, { cwd: home,
		stdio: ['ignore', 'pipe', 'pipe'], env: { PATH, HOME: home,
		LANG: 'C.UTF-8', NO_COLOR: '1', ...env } });
	let out = '', err = '';
	child.stdout.on('data', (bytes) => { out += bytes; });
	child.stderr.on('data', (bytes) => { err += bytes; });
	const done = new Promise((resolve, reject) => {
		child.on('error', reject);
		child.on('close', (code) => resolve({ code, out, err }));
	});
	return within(240000, done, `end of ${program}`).finally(() =>
		child.kill('SIGKILL'));
}

function claude(home, url, model, args) {
	return run(home, 'claude', ['-p', ...args, '--output-format', 'json'], {
		ANTHROPIC_BASE_URL: url, ANTHROPIC_AUTH_TOKEN: 'any',
		ANTHROPIC_MODEL: model, ANTHROPIC_DEFAULT_HAIKU_MODEL: model,
		CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
		CLAUDE_CODE_MAX_RETRIES: '0', DISABLE_AUTOUPDATER: '1',
	});
}

// More of its configuration: in front of the tables, more tables, and where its
// provider has the key from.
function codex(home, url, model, args, { more = '', tables = '',
	key = 'env_key = "GW_KEY"' } = {}) {
	const folder = path.join(home, '.codex');

	fs.mkdirSync(folder, { recursive: true });
	fs.writeFileSync(path.join(folder, 'config.toml'), `
model = "${model}"
model_provider = "gw"
check_for_update_on_startup = false
web_search = "disabled"
${more}
[model_providers.gw]
name = "gw"
base_url = "${url}/v1"
${key}
wire_api = "responses"
request_max_retries = 0
stream_max_retries = 0
[analytics]
enabled = false
[features]
plugins = false
apps = false
${tables}
`);
	return run(home, 'codex', ['exec', '--skip-git-repo-check', '-s',
	    'danger-full-access', '--json', ...args],
	    { CODEX_HOME: folder, GW_KEY: 'any' });
}

function put(file, object) {
	fs.mkdirSync(path.dirname(file), { recursive: true });
	fs.writeFileSync(file, JSON.stringify(object));
}

function gemini(home, url, model, args) {
	put(path.join(home, '.gemini/settings.json'), {
		security: { auth: { selectedType: 'gemini-api-key' } },
		privacy: { usageStatisticsEnabled: false } });
	return run(home, 'gemini', ['-m', model, '-y', '-p', ...args], {
		GEMINI_API_KEY: 'any', GOOGLE_GEMINI_BASE_URL: url,
		GEMINI_CLI_TRUST_WORKSPACE: 'true' });
}

function qwen(home, url, model, args) {
	put(path.join(home, '.qwen/settings.json'), {
		privacy: { usageStatisticsEnabled: false } });
	return run(home, 'qwen', ['-m', model, '-y', '-p', ...args], {
		OPENAI_API_KEY: 'any', OPENAI_BASE_URL: `${url}/v1`,
		OPENAI_MODEL: model });
}

function opencode(home, url, model, args) {
	put(path.join(home, '.config/opencode/opencode.json'), {
		model: `gw/${model}`, autoupdate: false, share: 'disabled',
		provider: { gw: { npm: '@ai-sdk/openai-compatible', models: {
			[model]: {} }, options: { baseURL: `${url}/v1`,
			apiKey: 'any' } } } });
	return run(home, 'opencode', ['run', ...args], {
		OPENCODE_DISABLE_MODELS_FETCH: '1',
		OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
		OPENCODE_DISABLE_DEFAULT_PLUGINS: '1' });
}

export function makeAgents(url) {
	const home = fs.mkdtempSync(path.join(os.homedir(),
	    '.droid2api-agents-'));

	return {
		home,
		claude: (model, args) => claude(home, url, model, args),
		codex: (model, args, more) => codex(home, url, model, args, more),
		gemini: (model, args) => gemini(home, url, model, args),
		qwen: (model, args) => qwen(home, url, model, args),
		opencode: (model, args) => opencode(home, url, model, args),
		remove: () => fs.rmSync(home, { recursive: true, force: true }),
	};
}
