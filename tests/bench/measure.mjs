// One measurement each.

import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { EVENTS, LONG } from './subjects.mjs';

const run = promisify(execFile);
const PATHS = { messages: '/v1/messages', chat: '/v1/chat/completions',
	responses: '/v1/responses' };

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

function sample(pid, file, name) {
	const text = fs.readFileSync(`/proc/${pid}/${file}`, 'utf8');
	return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)[1]);
}

const sum = (list) => list.reduce((a, b) => a + b, 0);

// KiB that the gateway's processes have written to, the parent among them;
// what a fork left shared counts once.
export const dirty = (bench) => sum(bench.pids('gateway by FastCGI').map(
    (pid) => sample(pid, 'smaps_rollup', 'Pss_Dirty')));

// A body of about `size` bytes, shaped as an agent's: tools and turns.
export function body(dialect, model, size, stream) {
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

// {connections, seconds | calls, events, dialect, model, size}: load's report,
// with the subject's CPU per call.
export async function load(bench, name, { connections = 1, seconds, calls,
    events = 0, dialect = 'messages', model = 'messages', size = 1000 }) {
	const subject = bench.subjects[name];
	const place = subject.http ? `/${events ? 'stream/' : ''}messages`
	    : PATHS[dialect];
	const file = path.join(bench.folder, `${dialect}-${model}-${size}.json`);
	if (!fs.existsSync(file))
		fs.writeFileSync(file, body(dialect, model, size, events > 0));
	const args = ['-c', connections, '-b', file, '-p', place];
	if (seconds)
		args.push('-s', seconds);
	if (calls)
		args.push('-n', calls);
	if (events)
		args.push('-e', events);
	if (subject.fastcgi)
		args.push('-f');
	const pids = bench.pids(name);
	const before = cpu(pids);
	const { stdout } = await run(`${bench.build}/load`, [...args,
		subject.where]);
	const report = JSON.parse(stdout);
	report.cpu = (cpu(pids) - before) / (report.calls.count || 1);
	return report;
}

export async function connections(bench, name, many) {
	const count = () => new Promise((resolve, reject) => http.get({
		port: bench.upstreamPort, host: '127.0.0.1', path: '/count',
		agent: false }, (reply) => reply.on('data', (text) =>
			resolve(JSON.parse(text)))).on('error', reject));
	await count();
	const { errors } = await load(bench, name, { connections: many,
		calls: 1000 });
	const { opened, served } = await count();
	return { opened: opened - 1, served, errors };
}

// Private memory of an open stream, KiB.
export async function streamMemory(bench, name, many) {
	const before = dirty(bench);
	const done = load(bench, name, { connections: many, events: EVENTS,
		model: 'messages-stream' });
	await sleep(800 + many / 2);
	const during = dirty(bench);
	const { errors } = await done;
	return { before, during, errors };
}

// How far a call with a body of `size` raises the peak, in sizes.
export async function peak(bench, size, model) {
	const pids = bench.gateway();
	const name = 'gateway by FastCGI';
	const before = new Map();
	for (const pid of pids) {
		fs.writeFileSync(`/proc/${pid}/clear_refs`, '5');
		before.set(pid, sample(pid, 'status', 'VmRSS'));
	}
	const { errors } = await load(bench, name, { calls: 1, size, model });
	const raised = Math.max(...pids.map((pid) => sample(pid, 'status',
	    'VmHWM') - before.get(pid)));
	return { ratio: raised * 1024 / size, errors };
}

// Instructions of one run under callgrind, between a connection's acceptance
// and its end; a call's share of them.
async function instructionsOf(bench, calls, options) {
	const socket = path.join(bench.folder, 'lone.sock');
	const out = path.join(bench.folder, 'callgrind.out');
	const toggles = ['client_fcgi_open', 'exchange_run', 'client_fcgi_close'];
	const valgrind = spawn('valgrind', ['-q', '--tool=callgrind',
		...toggles.map((name) => `--toggle-collect=${name}`),
		`--callgrind-out-file=${out}.%p`, bench.program, '--config',
		bench.lone, '--socket', socket], { env: bench.environment,
		stdio: 'ignore' });
	const ended = new Promise((resolve) => valgrind.on('exit', resolve));
	while (!fs.existsSync(socket))
		await sleep(100);
	bench.subjects.valgrind = { where: socket, of: [], fastcgi: true };
	const { errors } = await load(bench, 'valgrind', { calls, ...options });
	delete bench.subjects.valgrind;
	valgrind.kill('SIGTERM');
	await ended;
	let total = 0;
	for (const name of fs.readdirSync(bench.folder)) {
		if (!name.startsWith('callgrind.out'))
			continue;
		const file = path.join(bench.folder, name);
		const text = fs.readFileSync(file, 'utf8');
		total += Number(/^totals: (\d+)/m.exec(text)?.[1] ?? 0);
		fs.rmSync(file);
	}
	return errors ? NaN : Math.round(total / calls);
}

// Instructions per call of each kind, and per streamed event.
export async function instructions(bench) {
	const result = {};
	for (const [key, options] of Object.entries({
		'same, 1 KB': {},
		'same, 80 KB': { size: 80000 },
		'same, 400 KB': { size: 400000 },
		'edit, 1 KB': { model: 'edit' },
		'edit, 80 KB': { model: 'edit', size: 80000 },
		'messages to chat, 1 KB': { model: 'chat' },
		'messages to chat, 80 KB': { model: 'chat', size: 80000 },
		'chat to messages, 1 KB': { dialect: 'chat' },
	}))
		result[key] = await instructionsOf(bench, 100, options);
	const few = await instructionsOf(bench, 1, { model: 'messages-stream',
		events: EVENTS });
	const many = await instructionsOf(bench, 1, { model: 'long',
		events: LONG });
	result['an event, same'] = Math.round((many - few) / (LONG - EVENTS));
	return result;
}
