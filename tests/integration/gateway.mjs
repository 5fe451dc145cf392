// The real gateway for a test file: ./start.sh with lighttpd and its responders,
// on a free loopback port, with a configuration and a state folder of its own.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { execFileSync, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)),
    '../..');
export const build = process.env.DROID2API_BUILD ?? path.join(root, 'build');

// The programs let nobody but root look into their /proc.
export const mayLook = process.getuid() === 0;

// A port for a server that is started later: none of those from which outgoing
// connections get theirs, where there are others, or one of them has it until then,
// or for a minute after.
export async function freePort() {
	const first = Number.parseInt(fs.readFileSync(
	    '/proc/sys/net/ipv4/ip_local_port_range', 'utf8'), 10);
	const [from, to] = [10000, first > 12000 ? first : 65536];

	for (let i = 0; i < 100; i++) {
		const port = from + Math.floor(Math.random() * (to - from));
		if (await isFree(port))
			return port;
	}
	throw new Error(`no free port from ${from} to ${to}`);
}

const isFree = (port) => new Promise((resolve) => {
	const server = net.createServer();
	server.on('error', () => resolve(false));
	server.listen(port, '127.0.0.1', () =>
		server.close(() => resolve(true)));
});

// How long what must come may take. A machine under sanitizers and load is slow,
// and only a failure waits that long.
export const PATIENCE_MS = 60000;

// Waits for a promise, but not for ever.
export function within(ms, promise, what) {
	let timer;
	const late = new Promise((_, reject) => {
		timer = setTimeout(() => reject(new Error(`no ${what} within ` +
		    `${ms} ms`)), ms);
	});
	return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

// Waits until `look` gives something true, looking often.
export async function until(look, what, ms = PATIENCE_MS) {
	const end = Date.now() + ms;
	for (;;) {
		const found = await look();
		if (found)
			return found;
		if (Date.now() > end)
			throw new Error(`no ${what} within ${ms} ms`);
		await new Promise((resolve) => setTimeout(resolve, 10));
	}
}

export const MODELS = [
	{ id: 'claude-sonnet-4-5-20250929', type: 'anthropic',
	    provider: 'anthropic', reasoning: 'auto' },
	{ id: 'gpt-5.4', type: 'openai', provider: 'openai', reasoning: 'auto' },
	{ id: 'glm-5', type: 'common', provider: 'fireworks', reasoning: 'auto' },
	{ id: 'gemini-3-flash-preview', type: 'google', provider: 'google',
	    reasoning: 'auto' },
];

export const factoryEndpoints = (upstream) => [
	{ name: 'openai', base_url: `${upstream.url}/api/llm/o/v1/responses` },
	{ name: 'anthropic', base_url: `${upstream.url}/api/llm/a/v1/messages` },
	{ name: 'google', base_url: `${upstream.url}/api/llm/g/v1/generate` },
	{ name: 'common',
	    base_url: `${upstream.url}/api/llm/o/v1/chat/completions` },
];

// The configuration of a test. Nothing of it leads away from loopback.
export const configuration = (upstream, more = {}) => ({
	listen: ['127.0.0.1'],
	processes: 2,
	system_prompt: '',
	user_agent: 'factory-cli/0.85.0',
	user_agent_url: '',
	limits_url: '',
	auth: { token_url: 'http://127.0.0.1:9/', device_url:
	    'http://127.0.0.1:9/' },
	endpoint: factoryEndpoints(upstream),
	models: MODELS,
	...more,
});

export const TEST_KEY = 'fk-test-0123456789abcdef';

// Those that run. A test that fails in their midst leaves them to the end of the
// file, which they do not put off.
const running = new Set();

process.on('exit', () => {
	for (const gateway of running)
		gateway.kill();
});
process.on('SIGTERM', () => process.exit(1));

class Gateway {
	log = '';
	#watchers = [];

	constructor(folder, port) {
		this.folder = folder;
		this.port = port;
		this.url = `http://127.0.0.1:${port}`;
		this.configFile = path.join(folder, 'config.json');
		this.state = path.join(folder, 'state');
	}

	launch(env, program, args) {
		this.process = spawn(program, args, { cwd: this.folder, env,
			stdio: ['ignore', 'pipe', 'pipe'] });
		running.add(this);
		this.process.unref();
		this.exited = new Promise((resolve) => this.process.on('exit',
		    (code, signal) => {
			running.delete(this);
			resolve({ code, signal });
		}));
		for (const stream of [this.process.stdout, this.process.stderr]) {
			stream.unref();
			stream.setEncoding('utf8').on('data', (text) => {
				this.log += text;
				for (const look of [...this.#watchers])
					look();
			});
		}
	}

	// Resolves with the match as soon as the log holds `pattern` (after
	// `from` characters); rejects when the gateway ended or time is over.
	logged(pattern, { from = 0, ms = PATIENCE_MS } = {}) {
		let look;
		const found = new Promise((resolve, reject) => {
			look = () => {
				const match = pattern.exec(this.log.slice(from));
				if (match)
					resolve(match);
			};
			this.exited.then(() => setImmediate(() => {
				look();
				reject(new Error(`start.sh ended:\n${this.log}`));
			}));
			this.#watchers.push(look);
			look();
		});
		return within(ms, found, `${pattern} in the log:\n${this.log}`)
		    .finally(() => this.#watchers.splice(
		    this.#watchers.indexOf(look), 1));
	}

	writeConfig(config) {
		const text = typeof config === 'string' ? config :
			JSON.stringify(config, null, '\t');
		fs.writeFileSync(`${this.configFile}.new`, text);
		fs.renameSync(`${this.configFile}.new`, this.configFile);
	}

	// Process ids of the responders.
	responders() {
		const table = processes();
		const lighttpd = table.find((one) => one.name === 'lighttpd' &&
		    one.parent === this.process.pid);
		return table.filter((one) => one.parent === lighttpd?.pid &&
		    one.state !== 'Z').map((one) => one.pid);
	}

	// What the responders were started with, as their lighttpd has it where only
	// root may look into them.
	environments() {
		const pids = this.responders();
		const looked = mayLook ? pids : [processes().find((one) =>
			one.pid === pids[0]).parent];
		return looked.map((pid) => fs.readFileSync(`/proc/${pid}/environ`,
		    'utf8'));
	}

	// Resolves with {code, signal} of the end; past all patience it is made.
	async end() {
		try {
			return await within(PATIENCE_MS, this.exited,
			    'end of start.sh');
		} catch (error) {
			this.kill();
			throw new Error(`${error.message}\n${this.log}`);
		}
	}

	// All of it at once, for one that did not start or end as it should.
	kill() {
		const table = processes();
		const doomed = [this.process.pid];
		for (const pid of doomed)
			doomed.push(...table.filter((one) => one.parent === pid)
			    .map((one) => one.pid));
		for (const pid of doomed)
			try {
				process.kill(pid, 'SIGKILL');
			} catch {
				// it has ended by itself
			}
	}

	async stop(signal = 'SIGTERM') {
		if (this.process.exitCode === null && !this.process.signalCode)
			this.process.kill(signal);
		const { code } = await this.end();
		fs.rmSync(this.folder, { recursive: true, force: true });
		assert.doesNotMatch(this.log, SANITIZER_REPORT);
		return code;
	}
}

export const SANITIZER_REPORT = /ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|runtime error:|Assertion .* failed/;

export function processes() {
	return fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name))
	    .flatMap((pid) => {
		let stat;
		try {
			stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
		} catch {
			return [];
		}
		const [, name, rest] = /^\d+ \((.*)\) (.*)$/s.exec(stat);
		const [state, parent] = rest.split(' ');
		return [{ pid: Number(pid), name, state, parent: Number(parent) }];
	});
}

export function temporaryFolder() {
	return fs.mkdtempSync(path.join(os.tmpdir(), 'droid2api-test-'));
}

// A certificate for a host.
export function certificate(folder, name = 'localhost') {
	const key = path.join(folder, 'key.pem');
	const cert = path.join(folder, 'cert.pem');

	execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt',
	    'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj',
	    `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`,
	    '-keyout', key, '-out', cert], { stdio: 'ignore' });
	return { file: cert, key: fs.readFileSync(key),
		cert: fs.readFileSync(cert) };
}

// A gateway before its start: a folder with a configuration in it.
export async function prepareGateway({ config, dotenv }) {
	const folder = temporaryFolder();
	const gateway = new Gateway(folder, await freePort());

	gateway.writeConfig(config);
	if (dotenv !== undefined)
		fs.writeFileSync(path.join(folder, '.env'), dotenv);
	return gateway;
}

export function environment(gateway, more = {}) {
	const env = { PATH: process.env.PATH, HOME: gateway.folder,
		LANG: 'C.UTF-8', PORT: String(gateway.port),
		DROID2API_BUILD: build, DROID2API_STATE: gateway.state,
		DROID2API_CONFIG: gateway.configFile };
	for (const name of ['ASAN_OPTIONS', 'UBSAN_OPTIONS', 'TSAN_OPTIONS',
	    'LSAN_OPTIONS', 'TMPDIR'])
		if (process.env[name] !== undefined)
			env[name] = process.env[name];
	Object.assign(env, more);
	for (const name of Object.keys(env))
		if (env[name] === undefined)
			delete env[name];
	return env;
}

// {upstream, config: more keys, env: more variables, dotenv}
export async function startGateway({ upstream, config = {}, env = {},
    dotenv } = {}) {
	const gateway = await prepareGateway({ dotenv,
		config: typeof config === 'string' ? config :
		    configuration(upstream, config) });

	gateway.launch(environment(gateway, { FACTORY_API_KEY: TEST_KEY, ...env }),
	    path.join(root, 'start.sh'), []);
	try {
		await gateway.logged(/droid2api listens on http/);
	} catch (error) {
		gateway.kill();
		throw error;
	}
	return gateway;
}
