// Instructions per call and per event, by callgrind: the figures that are
// stable enough to compare between commits.

import fs from 'node:fs';
import path from 'node:path';
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { LONG, STREAM } from './configurations.mjs';
import { load } from './measure.mjs';

const CALLS = 100;
const KINDS = {
	'same, 1 KB': {},
	'kept, same, 1 KB': { kept: true },
	'key, same, 1 KB': { key: true },
	'same, 80 KB': { size: 80000 },
	'same, 400 KB': { size: 400000 },
	'edit, 1 KB': { model: 'edit' },
	'edit, 80 KB': { model: 'edit', size: 80000 },
	'edit, 400 KB': { model: 'edit', size: 400000 },
	'messages to chat, 1 KB': { model: 'chat' },
	'messages to chat, 80 KB': { model: 'chat', size: 80000 },
	'chat to messages, 1 KB': { dialect: 'chat' },
};

const PARTED = 'kept, same, 1 KB';

// By the file that a function is of: callgrind says it where it changes, and the
// line behind "calls=" is what the called one cost.
function byFile(text, sums) {
	const names = {};
	let file = '', called = false;
	for (const line of text.split('\n')) {
		const [, own, id, name] = /^(c?)ob=\((\d+)\)(?: (.*))?/.exec(line) ?? [];
		const [, cost] = /^(?:[+-]?\d+|\*) (\d+)$/.exec(line) ?? [];
		if (id !== undefined) {
			names[id] ??= path.basename(name);
			file = own === 'c' ? file : names[id];
		} else if (cost !== undefined && !called) {
			sums[file] = (sums[file] ?? 0) + Number(cost);
		}
		called = line.startsWith('calls=');
	}
}

// All instructions of a process's life that serves `calls` calls, by file.
async function life(bench, calls, { kept, ...options }) {
	const socket = path.join(bench.folder, 'lone.sock');
	const out = path.join(bench.folder, 'callgrind.out');
	const valgrind = spawn('valgrind', ['-q', '--tool=callgrind',
		`--callgrind-out-file=${out}.%p`, bench.program, '--config',
		bench.lone, '--socket', socket], { env: { ...bench.environment,
		DROID2API_GUARD: '0' }, // valgrind writes files
		stdio: 'ignore' });
	const ended = new Promise((resolve) => valgrind.on('exit', resolve));
	for (let i = 0; i < 300 && !fs.existsSync(socket); i++)
		await sleep(100);
	bench.subjects.valgrind = { where: socket, fastcgi: true, kept };
	const { errors } = await load(bench, 'valgrind', { calls, ...options });
	delete bench.subjects.valgrind;
	valgrind.kill('SIGTERM');
	await ended;
	const sums = {};
	for (const name of fs.readdirSync(bench.folder)) {
		if (!name.startsWith('callgrind.out'))
			continue;
		const file = path.join(bench.folder, name);
		const text = fs.readFileSync(file, 'utf8');
		byFile(text, sums);
		fs.rmSync(file);
	}
	return errors ? { errors: NaN } : sums;
}

const total = (sums) => Object.values(sums).reduce((a, b) => a + b, 0);

// What more calls cost more: everything that belongs to a call, on whichever
// thread, and nothing of start and end.
async function ofCall(bench, options) {
	const few = await life(bench, CALLS / 10, options);
	const many = await life(bench, CALLS, options);
	return Object.fromEntries(Object.keys({ ...few, ...many }).map((file) =>
	    [file, ((many[file] ?? 0) - (few[file] ?? 0)) / (CALLS * 0.9)]));
}

// "libcurl.so.4.8.0": libcurl; what is less than a percent of it is left out.
const named = (sums) => Object.fromEntries(Object.entries(sums)
    .filter(([, sum]) => sum > total(sums) / 100).sort(([, a], [, b]) => b - a)
    .map(([file, sum]) => [`... in ${file.replace(/[-.]so.*/, '')}`,
	Math.round(sum)]));

// Who folds the ledger does so now and then, for many calls at once: while the
// lock is held nobody does.
function holdLedger(bench) {
	const run = path.join(bench.environment.DROID2API_STATE, 'run');
	fs.mkdirSync(path.join(run, 'ledger'), { recursive: true, mode: 0o700 });
	return spawn('flock', [path.join(run, 'ledger/fold.lock'), 'sleep',
		'infinity'], { stdio: 'ignore', detached: true });
}

export async function instructions(bench, quick) {
	const result = {};
	const lock = holdLedger(bench);
	for (const [key, options] of Object.entries(KINDS)) {
		if (quick && !key.endsWith(' 1 KB'))
			continue;
		const sums = await ofCall(bench, options);
		result[key] = Math.round(total(sums));
		if (key === PARTED)
			Object.assign(result, named(sums));
	}
	const short = await life(bench, 1, { model: 'messages-stream',
		stream: STREAM });
	const long = await life(bench, 1, { model: 'long', stream: LONG });
	result['an event, same'] = Math.round((total(long) - total(short)) /
	    (LONG.events - STREAM.events));
	process.kill(-lock.pid);
	return result;
}
