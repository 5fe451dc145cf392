// The plan of the bench: node bench.mjs BUILD [OPTION...]. See run.sh, README.md.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { PACES, STREAM } from './configurations.mjs';
import { BARE, BARE_STREAMS, Bench, DIRECT, FRONT, GATEWAY, GATEWAY_FASTCGI,
	GATEWAY_NGINX, NGINX, NGINX_TLS, PARTS } from './subjects.mjs';
import { AGENT, connections, dirtyEach, handshakes, load, mean, median, peak,
	streamMemory, sum, watchHost, wholeMemory } from './measure.mjs';
import { instructions } from './instructions.mjs';
import { plot } from './plot.mjs';
import { print, printFallback, printFigures, printInstructions, printMemory, printPairs,
	printSoak } from './report.mjs';

const [build, ...args] = process.argv.slice(2);
const given = parseArgs({ args, options: { 'soak-minutes': { type: 'string' },
	...Object.fromEntries(['quick', 'markdown', 'memory', 'conversions',
	    'instructions', 'soak', 'fallback'].map((name) => [name, { type: 'boolean' }]))
} }).values;
const { quick } = given;
// Many short rounds: what else the machine does meets all subjects alike.
const rounds = quick ? 7 : 15;
const roundsOfLarge = quick ? 3 : 6;
const roundsOfPairs = quick ? 15 : 25;
const roundsOfStreams = quick ? 2 : 4;
const seconds = quick ? 0.15 : 0.35;
const soakMinutes = Number(given['soak-minutes'] ?? (quick ? 0.4 : 10));
const STREAMS = quick ? [1, 100] : [1, 100, 500];
const CLIENTS = ['messages', 'chat', 'responses'];
const UPSTREAMS = [...CLIENTS, 'generate'];
const MEANS = ['cpu', 'web', 'responder'];
const ERRORS = ['errors', 'lost'];
const file = path.join(build, 'bench.json');

const result = { machine: `${os.cpus()[0].model} x ${os.cpus().length}`,
	cores: os.cpus().length, kernel: os.release(),
	date: new Date().toISOString(), quick, load: [os.loadavg()[0]] };
const began = Date.now();
const taken = watchHost();
let bench;

const say = (text) => process.stderr.write(`${
    Math.round((Date.now() - began) / 1000)}s ${text}\n`);

// All of {LABEL: [SUBJECT, OPTIONS]} in turn, `times`; once more, up to thrice, where
// the host took more than a twentieth of the processors. Of each the calmest third
// of `times` counts: medians of what `pick` takes. Of processor time, which is
// counted in 10 ms, the mean; of errors, all.
async function alternate(cases, pick, times = rounds) {
	const seen = Object.fromEntries(Object.keys(cases).map((label) =>
		[label, []]));
	for (let round = 0; round < times; round++)
		for (const [label, [subject, options]] of Object.entries(cases))
			for (let i = 0; i < 3; i++) {
				const meanwhile = watchHost();
				const one = pick(await load(bench, subject,
				    options));
				const part = meanwhile();
				seen[label].push({ one, part });
				if (part <= 0.05)
					break;
			}
	return Object.fromEntries(Object.entries(seen).map(([label, list]) =>
		[label, sumUp(list, Math.ceil(times / 3))]));
}

function sumUp(seen, counted) {
	const calm = [...seen].sort((a, b) => a.part - b.part)
	    .slice(0, counted);
	const of = (list, key) => list.map(({ one }) => one[key]);
	return Object.fromEntries(Object.keys(seen[0].one).map((key) => [key,
		ERRORS.includes(key) ? sum(of(seen, key))
		    : (MEANS.includes(key) ? mean : median)(of(calm, key))]));
}

const each = (names, options) => Object.fromEntries(names.map((name) =>
	[name, [name, options]]));

const calls = ({ calls: { p50, p99 }, per_second, cpu, web, responder, errors }) =>
	({ p50, p99, per_second, cpu, web, responder, errors });
const streams = ({ first, between, errors, cpu, web, responder }) =>
	({ first50: first.p50, first99: first.p99, between50: between.p50,
		between99: between.p99, lost: errors, cpu, web, responder });

async function everyCall() {
	const ways = [DIRECT, NGINX, GATEWAY, GATEWAY_NGINX, GATEWAY_FASTCGI,
		BARE];
	result.calls = {};
	for (const many of [1, 16, 64]) {
		say(`1 KB, ${many} at a time`);
		result.calls[many] = await alternate(each([...new Set([...ways,
			...PARTS])], { connections: many, seconds }), calls);
	}
	result.bodies = {};
	for (const size of quick ? [AGENT, 400000] : [AGENT, 400000, 10000000]) {
		for (const many of [1, 16]) {
			const key = `${size === AGENT ? AGENT
			    : `${size / 1000} KB`}, c=${many}`;
			const parts = size === 400000 && many === 16
			    ? [...PARTS, GATEWAY_FASTCGI, GATEWAY_NGINX] : [];
			const large = size === 10000000;
			const options = { connections: many, size,
				seconds: large ? 1 : seconds };
			say(key);
			result.bodies[key] = await alternate({ ...each([DIRECT,
				NGINX, BARE, GATEWAY, ...parts], options),
			'gateway, edit': [GATEWAY, { ...options,
				model: 'edit' }] }, calls,
			    large ? roundsOfLarge : rounds);
		}
	}
}

// All upstreams of a client's dialect in turn, its own among them.
async function conversions() {
	result.pairs = {};
	for (const client of CLIENTS) {
		const by = {};
		for (const size of [1000, 80000]) {
			say(`from ${client}, ${size / 1000} KB`);
			by[size] = await alternate(Object.fromEntries(
			    UPSTREAMS.map((model) => [model, [GATEWAY, {
				seconds: 0.1, size, dialect: client, model }]])),
			    calls, roundsOfPairs);
		}
		for (const upstream of UPSTREAMS)
			result.pairs[client === upstream ? `${client}, same`
			    : `${client} to ${upstream}`] = { 1000:
				by[1000][upstream], 80000: by[80000][upstream] };
	}
}

// What agents send, to an upstream of another API, many at once.
async function converted() {
	result.converted = {};
	for (const size of [80000, 400000]) {
		say(`converted, ${size / 1000} KB`);
		result.converted[size] = await alternate(each([GATEWAY,
			GATEWAY_NGINX], { connections: 16, size, model: 'chat',
			seconds }), calls);
	}
}

async function reuse() {
	say('connections and TLS');
	await bench.restartGateway();
	result.connections = {};
	result.handshakes = {};
	for (const many of [1, 8, 64]) {
		await connections(bench, GATEWAY, many);
		result.connections[many] = await connections(bench, GATEWAY, many);
		result.handshakes[many] = {
			'nginx to TLS': await handshakes(bench, NGINX_TLS, many),
			TLS: await handshakes(bench, GATEWAY, many, 'tls'),
			'HTTP/2': await handshakes(bench, GATEWAY, many, 'http2'),
		};
	}
	result.tls = await alternate({ [DIRECT]: [FRONT, { seconds }],
		'nginx to TLS': [NGINX_TLS, { seconds }],
		'gateway, no TLS': [GATEWAY, { seconds, model: 'front' }],
		'gateway, TLS': [GATEWAY, { seconds, model: 'tls' }],
		'gateway, HTTP/2': [GATEWAY, { seconds, model: 'http2' }] },
	    calls);
}

// Several upstreams for a model, and one of them dead: the first calls set it
// aside, and what is measured are those behind.
async function fallback() {
	say('several upstreams');
	await load(bench, GATEWAY, { calls: 500, model: 'one-dead' });
	result.fallback = await alternate(Object.fromEntries([
		['one alone', 'messages'], ['three', 'three'],
		['three, one dead', 'one-dead']].map(([label, model]) => [label,
		[GATEWAY, { seconds, model }]])), calls);
}

async function everyStream() {
	const ways = [DIRECT, NGINX, GATEWAY, GATEWAY_NGINX, GATEWAY_FASTCGI];
	const open = (names, many, stream) => alternate(each(names, {
		connections: many, stream, model: `pace-${stream.apart}` }),
	    streams, roundsOfStreams);

	result.streams = {};
	for (const many of STREAMS) {
		say(`${many} streams`);
		result.streams[many] = await open(ways, many, STREAM);
	}
	result.paces = {};
	for (const pace of PACES.filter((_, i) => !quick || i % 2 === 0)) {
		const rate = 1000 * 1000 / pace.apart;
		say(`1000 streams, ${Math.round(rate)} events/s`);
		result.paces[pace.apart] = await open([...ways, BARE_STREAMS],
		    1000, pace);
	}
	result.streams[1000] = result.paces[STREAM.apart];
}

async function memory() {
	say('memory');
	result.memory = { whole: await wholeMemory(bench, 500) };
	await bench.restartGateway();
	Object.assign(result.memory, { idle: Math.max(...dirtyEach(bench).slice(1)),
		streams: {}, peak: {
			same: await peak(bench, 10000000, 'messages'),
			edit: await peak(bench, 10000000, 'edit') } });
	for (const [label, model] of [['plain', 'open'], ['TLS', 'tls-open'],
		['HTTP/2', 'http2-open']]) {
		result.memory.streams[label] = {};
		for (const many of [100, 500, 1000]) {
			await bench.restartGateway();
			result.memory.streams[label][many] = await streamMemory(
			    bench, many, model);
		}
	}
	await bench.restartGateway();
}

// Memory while calls and streams go on. A process keeps the workers of its
// busiest moment, and which of the two gets how many is chance: the warm-up
// opens more streams than each of them meets later.
async function soak() {
	const round = async (streams) => {
		await load(bench, GATEWAY, { connections: 16, calls: 1000 });
		await load(bench, GATEWAY, { connections: 16, calls: 200,
			model: 'chat', size: 80000 });
		await load(bench, GATEWAY, { connections: streams,
			stream: STREAM, model: 'messages-stream' });
		await sleep(500);
	};
	const samples = [];
	const apart = Math.min(10, soakMinutes * 60 / 15) * 1000;

	say(`soak of ${soakMinutes} minutes`);
	await bench.restartGateway();
	for (let i = 0; i < 4; i++)
		await round(300);
	await round(100);
	const from = Date.now();
	while (Date.now() < from + soakMinutes * 60000) {
		if (Date.now() >= from + samples.length * apart)
			samples.push([Math.round((Date.now() - from) / 1000),
				...dirtyEach(bench)]);
		await round(100);
	}
	const total = samples.map(([, ...list]) => sum(list));
	result.soak = { minutes: soakMinutes, samples,
		growth: median(total.slice(-5)) - median(total.slice(0, 5)) };
}

async function everything() {
	await memory();
	await everyCall();
	await conversions();
	await converted();
	await reuse();
	await fallback();
	await everyStream();
	await soak();
	result.load.push(os.loadavg()[0]);
	result.stolen = taken();
	say('instructions');
	result.instructions = await instructions(bench, quick);
	result.seconds = Math.round((Date.now() - began) / 1000);
	fs.writeFileSync(file, `${JSON.stringify(result, null, '\t')}\n`);
	fs.writeFileSync(path.join(build, 'streams.svg'), plot(result.streams));
	print(result);
}

// Parts that can be asked for alone.
const ALONE = {
	conversions: async () => {
		await conversions();
		printPairs(result.pairs);
	},
	fallback: async () => {
		await fallback();
		printFallback(result.fallback);
	},
	instructions: async () =>
		printInstructions(await instructions(bench, quick)),
	memory: async () => {
		await memory();
		printMemory(result.memory);
	},
	soak: async () => {
		await soak();
		printSoak(result.soak);
	},
};

if (given.markdown) {
	printFigures(JSON.parse(fs.readFileSync(file)));
} else {
	bench = new Bench(build);
	for (const signal of ['SIGINT', 'SIGTERM'])
		process.once(signal, async () => {
			await bench.close();
			process.exit(1);
		});
	try {
		await bench.open();
		await sleep(500);
		const part = Object.keys(ALONE).find((name) => given[name]);
		await (part ? ALONE[part]() : everything());
	} finally {
		await bench.close();
	}
}
