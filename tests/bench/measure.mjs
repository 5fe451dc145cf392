// One measurement each.

import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { CLIENT_KEY, OPEN, streamPath } from './configurations.mjs';
import { GATEWAY, GATEWAY_FASTCGI } from './subjects.mjs';

const run = promisify(execFile);
const PATHS = { messages: '/v1/messages', chat: '/v1/chat/completions',
	responses: '/v1/responses' };
const RECORDED = fileURLToPath(new URL('../../../shared/requests/',
    import.meta.url));
export const AGENT = 'agent';	// a body's size: a real request's
const FEW = 20;		// streams

export const sum = (list) => list.reduce((a, b) => a + b, 0);
export const mean = (list) => sum(list) / list.length;
export const median = (list) => {
	const sorted = [...list].sort((a, b) => a - b);
	const middle = sorted.length >> 1;
	return sorted.length % 2 ? sorted[middle]
	    : (sorted[middle - 1] + sorted[middle]) / 2;
};

// User and system time of living processes, microseconds.
function cpu(pids) {
	let ticks = 0;
	for (const pid of pids) {
		const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
		const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
		ticks += Number(fields[11]) + Number(fields[12]);
	}
	return ticks * 10000;
}

// For how long a virtual machine's processors were not its own, milliseconds.
const stolen = () => Number(fs.readFileSync('/proc/stat', 'utf8')
    .split('\n')[0].split(/\s+/)[8]) * 10;

// What part of the processors the host takes from now on: ask what is returned.
export function watchHost() {
	const before = [stolen(), Date.now()];
	return () => (stolen() - before[0]) / (Date.now() - before[1]) /
	    os.cpus().length;
}

function sample(pid, file, name) {
	const text = fs.readFileSync(`/proc/${pid}/${file}`, 'utf8');
	return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)[1]);
}

// KiB that each of the gateway's processes has written to, the parent first;
// what a fork left shared counts once.
export const dirtyEach = (bench) => bench.pids(GATEWAY_FASTCGI).responder.map(
    (pid) => sample(pid, 'smaps_rollup', 'Pss_Dirty'));
export const dirty = (bench) => sum(dirtyEach(bench));

// MiB of all processes of the gateway, its web server among them; what several
// share counts once.
const shared = (bench) => Object.values(bench.pids(GATEWAY)).flat()
    .reduce((all, pid) => all + sample(pid, 'smaps_rollup', 'Pss'), 0) / 1024;

// A body of about `size` bytes, shaped as an agent's: turns.
function generated(dialect, model, size, stream) {
	const turns = [];
	const filler = 'The file says "x = 1;\\n" and\n\tnothing else. '.repeat(20);
	const more = () => turns.reduce((all, one) => all +
	    one.content.length * 1.07 + 36, 0) < size - 300;

	turns.push({ role: 'user', content: 'Please look into the files.' });
	while (more())
		turns.push({ role: turns.length % 2 ? 'assistant' : 'user',
			content: filler });
	if (turns.length % 2 === 0)
		turns.push({ role: 'user', content: 'Go on.' });
	const rest = stream ? { stream: true } : {};
	return JSON.stringify(dialect === 'responses'
		? { model, input: turns, max_output_tokens: 2000, ...rest }
		: { model, max_tokens: 2000, messages: turns, ...rest });
}

// The largest recorded request of an agent: tools, a system prompt, a turn.
// Where none is, generated.
function recorded(model) {
	const names = !fs.existsSync(RECORDED) ? [] : fs.readdirSync(RECORDED)
	    .filter((name) => /^claude-.*\.json$/.test(name))
	    .map((name) => path.join(RECORDED, name))
	    .sort((a, b) => fs.statSync(b).size - fs.statSync(a).size);
	if (names.length === 0)
		return generated('messages', model, 80000, false);
	return JSON.stringify({ ...JSON.parse(fs.readFileSync(names[0])), model,
		stream: false });
}

function bodyFile(bench, dialect, model, size, stream) {
	const file = path.join(bench.folder, `${dialect}-${model}-${size}.json`);
	if (!fs.existsSync(file))
		fs.writeFileSync(file, size === AGENT ? recorded(model)
		    : generated(dialect, model, size, stream));
	return file;
}

// {connections, seconds | calls, stream, dialect, model, size}: load's report,
// with the CPU per call (of a stream: per event) of the subject's processes.
export async function load(bench, name, { connections = 1, seconds, calls,
    stream, dialect = 'messages', model = 'messages', size = 1000, key }) {
	const subject = bench.subjects[name];
	const place = !subject.paths ? PATHS[dialect]
	    : stream ? streamPath(stream) : '/messages';
	const args = ['-c', connections, '-p', place, '-b', bodyFile(bench,
	    dialect, model, size, stream !== undefined)];
	if (seconds)
		args.push('-s', seconds);
	if (calls)
		args.push('-n', calls);
	if (stream)
		args.push('-e', stream.events, '-r', connections / 2);
	if (subject.fastcgi)
		args.push(subject.kept ? '-fk' : '-f');
	if (key)
		args.push('-a', CLIENT_KEY);
	const { web, responder } = bench.pids(name);
	const before = [cpu(web), cpu(responder)];
	const { stdout } = await run(`${bench.build}/load`, [...args,
		subject.where]);
	const report = JSON.parse(stdout);
	const many = (report.calls.count || 1) * (stream?.events ?? 1);
	report.web = (cpu(web) - before[0]) / many;
	report.responder = (cpu(responder) - before[1]) / many;
	report.cpu = report.web + report.responder;
	return report;
}

// Connections that 1,000 calls open at the upstream.
export async function connections(bench, name, many) {
	const count = () => new Promise((resolve, reject) => http.get({
		port: bench.ports.upstream, host: '127.0.0.1', path: '/count',
		agent: false }, (reply) => reply.on('data', (text) =>
			resolve(JSON.parse(text)))).on('error', reject));
	await count();
	const { errors } = await load(bench, name, { connections: many,
		calls: 1000 });
	const { opened, served } = await count();
	return { opened: opened - 1, served, errors };
}

// TLS handshakes that 1,000 calls cause, the very first ones and later ones;
// how many resumed a session.
export async function handshakes(bench, name, many, model) {
	const lines = () => fs.readFileSync(bench.handshakes, 'utf8')
	    .split('\n').filter(Boolean);
	const result = { resumed: 0, errors: 0, protocols: [] };
	for (const time of ['first', 'later']) {
		const before = lines().length;
		result.errors += (await load(bench, name, { connections: many,
			calls: 1000, model })).errors;
		const seen = lines().slice(before);
		result[time] = seen.length;
		result.resumed += seen.filter((line) => line[0] === 'r').length;
		result.protocols.push(...seen.map((line) => line.slice(2)));
	}
	result.protocols = [...new Set(result.protocols)];
	return result;
}

// What `measure` says at most, and while all of `many` streams are open.
async function whileOpen(bench, way, many, model, measure) {
	const samples = [];
	let report;
	load(bench, way, { connections: many, stream: OPEN,
		model }).then((one) => report = one,
	    (error) => report = { error });
	while (report === undefined) {
		await sleep(100);
		const now = Number(process.hrtime.bigint() / 1000n);
		samples.push([now, measure(bench)]);
	}
	if (report.error)
		throw report.error;
	const { errors, open } = report;
	return { errors, peak: Math.max(...samples.map(([, size]) => size)),
		steady: median(samples.filter(([now]) => now > open.from &&
		    now < open.to).map(([, size]) => size)) };
}

// What each of `many` streams costs while all are open, and at most. What a
// process needs once, such as for its first TLS, is no stream's: a few before
// are what the others are compared with.
export async function streamMemory(bench, many, model) {
	const { steady: before } = await whileOpen(bench, GATEWAY_FASTCGI, FEW,
	    model, dirty);
	const { steady, peak, errors } = await whileOpen(bench,
	    GATEWAY_FASTCGI, many, model, dirty);
	return { before, peak, steady, errors,
		each: (steady - before) / (many - FEW),
		peakEach: (peak - before) / (many - FEW) };
}

// MiB of all processes: idle, at once behind a burst of calls large and small,
// some seconds later, and while `many` streams are open.
export async function wholeMemory(bench, many) {
	const result = { idle: shared(bench) };
	for (const [model, size] of [['messages', 1000], ['messages', 400000],
		['chat', 80000], ['chat', 400000]])
		await load(bench, GATEWAY, { connections: 16, calls: 1500, model,
			size });
	result.loaded = shared(bench);
	await sleep(5000);
	result.rested = shared(bench);
	return { ...result, streams: (await whileOpen(bench, GATEWAY, many,
	    'open', shared)).steady };
}

// How far a call with a body of `size` raises the peak, in sizes.
export async function peak(bench, size, model) {
	const pids = bench.gateway();
	const before = new Map();
	for (const pid of pids) {
		fs.writeFileSync(`/proc/${pid}/clear_refs`, '5');
		before.set(pid, sample(pid, 'status', 'VmRSS'));
	}
	const { errors } = await load(bench, GATEWAY_FASTCGI, { calls: 1, size,
		model });
	const raised = Math.max(...pids.map((pid) => sample(pid, 'status',
	    'VmHWM') - before.get(pid)));
	return { ratio: raised * 1024 / size, errors };
}
