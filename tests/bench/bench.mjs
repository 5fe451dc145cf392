// The plan of the bench: node bench.mjs BUILD [--quick]. See run.sh, README.md.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Bench, EVENTS } from './subjects.mjs';
import { connections, dirty, instructions, load, median, peak, streamMemory }
    from './measure.mjs';
import { plot, print, printInstructions, printPairs } from './report.mjs';

const [build, ...options] = process.argv.slice(2);
const quick = options.includes('--quick');
const rounds = quick ? 3 : 9;
const seconds = quick ? 0.5 : 2;
const soakMinutes = quick ? 0.2 : 10;
const STREAMS = [1, 100, 500, 1000];
const CLIENTS = ['messages', 'chat', 'responses'];
const UPSTREAMS = [...CLIENTS, 'generate'];

const GATEWAY = 'gateway behind lighttpd';
const BARE = 'bare behind lighttpd';
const result = { machine: `${os.cpus()[0].model} x ${os.cpus().length}`,
	kernel: os.release(), date: new Date().toISOString(), quick,
	load: [os.loadavg()[0]] };
const bench = new Bench(build);

const say = (text) => process.stderr.write(`${text}\n`);

// All of `names` in turn, `rounds` times: medians of what `pick` takes. `who`
// is the subject, if a name is none.
async function alternate(names, options, pick, who = (name) => name) {
	const seen = new Map(names.map((name) => [name, []]));
	for (let round = 0; round < rounds; round++)
		for (const name of names)
			seen.get(name).push(pick(await load(bench, who(name),
			    typeof options === 'function' ? options(name)
				: options)));
	return Object.fromEntries([...seen].map(([name, list]) => [name,
		Object.fromEntries(Object.keys(list[0]).map((key) => [key,
			median(list.map((one) => one[key]))]))]));
}

const calls = ({ calls: { p50, p99 }, per_second, cpu, errors }) =>
	({ p50, p99, per_second, cpu, errors });
const streams = ({ first, between, errors, calls: { count } }) =>
	({ first50: first.p50, first99: first.p99, between50: between.p50,
		between99: between.p99, lost: errors, whole: count });

async function everyCall() {
	result.calls = {};
	for (const many of [1, 8, 64]) {
		say(`1 KB, ${many} at a time`);
		result.calls[many] = await alternate(Object.keys(bench.subjects),
		    { connections: many, seconds }, calls);
	}
	result.bodies = {};
	for (const size of quick ? [80000, 400000] : [80000, 400000, 10000000]) {
		for (const many of [1, 16]) {
			say(`${size / 1000} KB, ${many} at a time`);
			const key = `${size / 1000} KB, c=${many}`;
			result.bodies[key] = await alternate(['direct', 'nginx',
				BARE, GATEWAY], { connections: many, seconds,
				size }, calls);
			const edit = await alternate([GATEWAY], {
				connections: many, seconds, size, model: 'edit' },
			    calls);
			result.bodies[key]['edit'] = edit[GATEWAY];
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
			by[size] = await alternate(UPSTREAMS, (upstream) => ({
				seconds: seconds / 3, size, dialect: client,
				model: upstream }), calls, () => GATEWAY);
		}
		for (const upstream of UPSTREAMS)
			result.pairs[client === upstream ? `${client}, same`
			    : `${client} to ${upstream}`] = { 1000:
				by[1000][upstream], 80000: by[80000][upstream] };
	}
}

async function everyStream() {
	result.streams = {};
	for (const many of STREAMS) {
		say(`${many} streams`);
		result.streams[many] = await alternate(['direct', 'nginx',
			GATEWAY, 'gateway behind nginx', 'gateway by FastCGI'],
		    { connections: many, events: EVENTS,
			model: 'messages-stream' }, streams);
	}
}

async function memory() {
	say('memory');
	result.memory = { idle: dirty(bench) / bench.gateway().length,
		streams: {} };
	for (const many of [100, 500, 1000])
		result.memory.streams[many] = await streamMemory(bench,
		    'gateway by FastCGI', many);
	result.memory.peak = { same: await peak(bench, 10000000, 'messages'),
		edit: await peak(bench, 10000000, 'edit') };
}

// Growth of memory while calls and streams go on.
async function soak() {
	const until = Date.now() + soakMinutes * 60000;
	const round = async () => {
		await load(bench, GATEWAY, { connections: 16, calls: 2000 });
		await load(bench, GATEWAY, { connections: 16, calls: 500,
			model: 'chat', size: 80000 });
		await load(bench, GATEWAY, { connections: 100, events: EVENTS,
			model: 'messages-stream' });
	};
	say(`soak of ${soakMinutes} minutes`);
	await round();
	await round();
	const before = dirty(bench);
	while (Date.now() < until)
		await round();
	result.memory.soak = { minutes: soakMinutes, before,
		after: dirty(bench) };
}

async function everything() {
	await memory();
	await everyCall();
	await conversions();
	say('connections');
	result.connections = {};
	for (const many of [1, 8, 64])
		result.connections[many] = await connections(bench, GATEWAY, many);
	await everyStream();
	await soak();
	result.load.push(os.loadavg()[0]);
	say('instructions');
	result.instructions = await instructions(bench);
	fs.writeFileSync(path.join(build, 'bench.json'),
	    `${JSON.stringify(result, null, '\t')}\n`);
	fs.writeFileSync(path.join(build, 'streams.svg'), plot(result.streams));
	print(result);
}

try {
	await bench.open();
	await sleep(500);
	if (options.includes('--conversions')) {
		await conversions();
		printPairs(result.pairs);
	} else if (options.includes('--instructions'))
		printInstructions(await instructions(bench));
	else
		await everything();
} finally {
	await bench.close();
}
