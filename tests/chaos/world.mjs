// The gateway that a day of faults happens to: every kind of upstream behind one
// strict upstream, a login that tokend keeps, and a disk of its own size where
// this machine lets one be mounted.

import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { execFileSync } from 'node:child_process';
import { startUpstream } from '../upstream/upstream.mjs';
import { WorkOS } from '../upstream/workos.mjs';
import { configuration, environment, factoryEndpoints, prepareGateway, processes,
    root } from '../integration/gateway.mjs';
import { Random } from './random.mjs';
import { plan } from './upstream_plan.mjs';

const DISK_MIB = 256;
// Who lives as long as the gateway, by its parent's name: what start.sh asks of
// droid2api.fcgi, and what a program forks before it becomes another, do not.
const LASTING = {
	lighttpd: (parent) => parent !== 'lighttpd',
	'droid2api.fcgi': (parent) => parent === 'lighttpd',
	tokend: (parent) => parent !== 'tokend',
};

// What each kind of upstream speaks: its type, and its path.
const PLAIN = {
	chat: ['common', '/v1/chat/completions'],
	responses: ['openai', '/v1/responses'],
	messages: ['anthropic', '/v1/messages'],
	generate: ['google', '/v1beta/models/{model}:generateContent'],
	deployed: ['common', '/deployments/{model}/chat/completions'],
};
const FACTORY = ['openai', 'anthropic', 'google', 'common'];

const endpoints = (upstream) => [
	...factoryEndpoints(upstream),
	...Object.entries(PLAIN).map(([name, [type, where]]) => ({
		name: `plain-${name}`, type, auth: 'none',
		base_url: upstream.url + where }))];

const one = (id, endpoint, more = {}) => ({ id, endpoint, provider: 'any',
	reasoning: 'auto', ...more });

export const MODELS = [
	...FACTORY.map((name) => one(`f-${name}`, name)),
	...Object.keys(PLAIN).map((name) => one(`p-${name}`, `plain-${name}`)),
	{ id: 'pair', provider: 'any', reasoning: 'auto', upstreams: [
		{ endpoint: 'anthropic' }, { endpoint: 'plain-messages' },
		{ endpoint: 'plain-chat', weight: 0 }] },
	{ id: 'falls', provider: 'any', endpoint: 'plain-responses',
		reasoning: 'auto', fallback: ['f-common', 'p-generate'] },
];

const LIMITS = { processes: 3, workers: 64, queue: 64, connect_timeout_s: 5,
	first_byte_timeout_s: 8, idle_timeout_s: 8, total_timeout_s: 25,
	body_max_mb: 8, reply_max_mb: 8, keep_alive_s: 1 };

// A configuration that differs from the others in what a request may not notice.
const variation = (random) => ({ keep_alive_s: random.pick([0, 1, 2]),
	retries: random.pick([0, 0, 1, 2]),
	early_stream_after_s: random.pick([0, 0, 1]),
	attempts_max: random.pick([3, 6]),
	system_prompt: random.pick(['', 'You are Droid.\n']),
	dev_mode: random.chance(0.2) });

// What the upstream says to a request of that number.
export function replyTo(seed, number, tools) {
	const random = new Random(seed, number, 'reply');
	const line = `Answer ${number}: "quoted" \\ ünïcödé 🌍\n`;
	const text = line.repeat(random.pick([1, 1, 2, 9, 90]));

	return { text: tools && random.chance(0.5) ? '' : text,
		thinking: random.chance(0.3) ? 'Let me see.' : '',
		calls: tools ? [{ name: 'get_weather', input: { city:
		    `Lisbon ${number}` } }] : [] };
}

// A number as it stands in a request's text, so that no damage makes another one
// of it; behind a "!" the request has a tool.
const sum = (number) => crypto.createHash('sha256').update(`n${number}`)
    .digest('hex').slice(0, 6);
export const mark = (number, tools) => `number ${number}-${sum(number)}${
	tools ? '!' : '.'}`;

const marked = (bytes) => {
	const [, number, hash, end] = /number (\d+)-(\w{6})([.!])/.exec(bytes) ?? [];
	return hash && hash === sum(number) ?
		{ number: Number(number), tools: end === '!' } : null;
};

export class World {
	disturbances = 0;	// that began, ever
	#disturbing = 0;
	#spent = new WeakSet();	// connections on which bytes stood as they were
	attempts = new Map();	// number -> plans, as they were asked for
	problems = new Map();	// number -> why the upstream did not take it
	strangers = 0;		// requests without a number, or on a spent connection
	answered = new Map();	// request id -> number: of whole answers

	probes = 1e9;		// numbers of requests between the rounds
	rounds = 0;
	sizes = {};		// of lighttpd and of one responder
	first = {};
	killed = new Set();	// process ids
	known = new Set();
	names = new Map();

	constructor(seed) {
		this.seed = seed;
	}

	async start() {
		this.upstream = await startUpstream();
		this.upstream.fallback = (entry) => this.#answer(entry);
		this.upstream.onRequest = (entry) => this.#see(entry);
		this.workos = await new WorkOS().start();
		this.workos.lifetimeS = 70;
		this.workos.replayMs = 3600000;
		this.config = configuration(this.upstream, { ...LIMITS,
			endpoint: endpoints(this.upstream), models: MODELS,
			log_file: 'gateway.log',
			user_agent_url: this.workos.versionUrl,
			auth: { token_url: this.workos.tokenUrl,
				device_url: this.workos.deviceUrl } });
		this.gateway = await prepareGateway({ config: this.config });
		this.logFile = path.join(this.gateway.folder, 'gateway.log');
		fs.mkdirSync(this.gateway.state);
		this.#mount();
		this.gateway.launch(environment(this.gateway, { DROID_REFRESH_KEY:
			this.workos.seed() }), path.join(root, 'start.sh'), []);
		await this.gateway.logged(/droid2api listens on http/);
		this.remember();
		return this;
	}

	#mount() {
		try {
			execFileSync('mount', ['-t', 'tmpfs', '-o',
				`size=${DISK_MIB}m,mode=0755`, 'droid2api-chaos',
				this.gateway.state], { stdio: 'ignore' });
			this.hasDisk = true;
		} catch {
			this.hasDisk = false;
		}
	}

	#answer(entry) {
		const found = marked(entry.bytes);
		if (!found || this.#spent.has(entry.socket))
			this.strangers++;
		if (!found)
			return {};
		if (entry.operation === 'count')
			return {};
		const { number, tools } = found;
		const reply = replyTo(this.seed, number, tools);
		const made = this.attempts.get(number) ?? [];
		let next = this.calm ? { kind: 'exact', name: 'calm',
			answer: { reply } } : plan(new Random(this.seed, number,
		    'attempt', made.length), entry, reply);
		// What stands behind an answer that did not end as its head said
		// is not this request's.
		if (this.#spent.has(entry.socket))
			next = { kind: 'altered', name: 'on a spent connection',
				answer: { hang: true } };
		if (next.answer.wire)
			this.#spent.add(entry.socket);
		this.attempts.set(number, [...made, next]);
		return next.answer;
	}

	#see(entry) {
		const found = entry.problem && marked(entry.bytes);
		if (found)
			this.problems.set(found.number, `${entry.problem.path}: ${
				entry.problem.message} in ${entry.bytes}`);
		this.upstream.requests.length = 0;
	}

	variation(random) {
		return { ...this.config, ...variation(random) };
	}

	// While `faults` runs, what clients get is no measure of the gateway.
	async disturbed(faults) {
		this.disturbances++;
		this.#disturbing++;
		try {
			return await faults();
		} finally {
			this.#disturbing--;
		}
	}

	// Whether there was no disturbance since `before` of `disturbances`.
	undisturbed(before) {
		return this.#disturbing === 0 && this.disturbances === before;
	}

	get disturbing() {
		return this.#disturbing > 0;
	}

	// ---- processes ----

	// All that start.sh started, but for those that live for a moment.
	descendants() {
		const table = processes();
		const below = new Set([this.gateway.process.pid]);
		for (let size = 0; size < below.size;) {
			size = below.size;
			for (const one of table)
				if (below.has(one.parent))
					below.add(one.pid);
		}
		const names = new Map(table.map(({ pid, name }) => [pid, name]));
		return table.filter((one) => below.has(one.pid) && one.state !==
		    'Z' && LASTING[one.name]?.(names.get(one.parent)));
	}

	pidOf(name) {
		return this.descendants().find((one) => one.name === name)?.pid;
	}

	kill(pid) {
		this.killed.add(pid);
		process.kill(pid, 'SIGKILL');
	}

	remember() {
		const now = this.descendants();
		this.known = new Set(now.map((one) => one.pid));
		for (const { pid, name } of now)
			this.names.set(pid, name);
	}

	logTail() {
		try {
			return fs.readFileSync(this.logFile, 'utf8').split('\n')
			    .slice(-60).join('\n');
		} catch (error) {
			return error.message;
		}
	}

	// Ends all of it; what the programs said last is judged, too.
	async stop() {
		try {
			this.gateway.process.kill('SIGTERM');
			await this.gateway.end();
			if (this.hasDisk)
				execFileSync('umount', ['-l', this.gateway.state]);
			await this.gateway.stop();
		} finally {
			await this.upstream.stop();
			await this.workos.stop();
		}
	}
}
