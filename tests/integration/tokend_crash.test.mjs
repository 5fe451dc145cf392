// The login survives: kill -9 at any moment, failing system calls, a full disk.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { execFileSync, spawn } from 'node:child_process';
import { afterEach, beforeEach, test } from 'node:test';
import { WorkOS } from '../upstream/workos.mjs';
import { mayLook, until } from './gateway.mjs';
import { Place, program } from './tokend.mjs';

let workos, places;

beforeEach(async () => {
	workos = await new WorkOS().start();
	places = [];
});

afterEach(async () => {
	for (const place of places)
		await place.remove();
	await workos.stop();
});

const sanitized = Boolean(process.env.ASAN_OPTIONS);

const newPlace = () => {
	places.push(new Place(workos));
	return places.at(-1);
};

// One `tokend --once --force`, killed after `ms` unless it ended before.
const shortLife = (place, env, ms) => new Promise((resolve) => {
	const child = spawn(program, ['--config', place.configFile, '--once',
		'--force'], { env: place.environment(env), stdio: 'ignore' });
	const timer = setTimeout(() => child.kill('SIGKILL'), ms ?? 20000);
	child.on('exit', (code, signal) => {
		clearTimeout(timer);
		resolve({ code, signal });
	});
});

// What responders see is whole and never goes back.
const look = (place, seen) => {
	if (!fs.existsSync(place.tokenFile))
		return seen;
	const { generation, accounts, pending } = place.tokens();
	assert.ok(generation >= seen, `${generation} after ${seen}`);
	// Before there is a first token, that it is on its way.
	assert.equal(accounts.length, pending ? 0 : 1);
	return generation;
};

const refused = () => workos.refusals;

// The login lives: the next refresh works, and nothing was ever refused.
const alive = async (place, env) => {
	const { code, output } = await place.once(['--force'], env);
	assert.equal(code, 0, output);
	assert.equal(refused(), 0, 'a token was refused');
};

test('1,000 rotations with kill -9 at random moments', async (t) => {
	const rotations = sanitized ? 100 : 1000;
	let kills = 0;
	const chain = async (user) => {
		const place = newPlace();
		const env = { DROID_REFRESH_KEY: workos.seed(user) };
		// How long a life takes; it follows the machine's load.
		let span = 100, seen = 0;
		while (workos.exchanges < rotations) {
			const start = performance.now();
			const { signal } = await shortLife(place, env,
			    Math.random() * span * 1.3);
			if (signal === 'SIGKILL') {
				kills++;
				span *= 1.05;
			} else
				span = performance.now() - start;
			seen = look(place, seen);
			assert.equal(refused(), 0, 'a token was refused');
		}
		await alive(place, env);
	};
	await Promise.all([chain('user_a'), chain('user_b')]);
	t.diagnostic(`${workos.exchanges} rotations, ${kills} kills, ` +
	    `${workos.calls.length} calls`);
	assert.ok(kills > rotations / 10, `only ${kills} kills`);
});

// ---- at every system call ----

const strace = (() => {
	try {
		execFileSync('strace', ['-qq', '-o', '/dev/null', 'true']);
		return true;
	} catch {
		return false;
	}
})();

// The system calls of one refresh, from the lock on: [name, number of it].
const systemCalls = async (place, env) => {
	const file = path.join(place.folder, 'trace');
	const run = place.start(['--once', '--force'], env,
	    ['strace', '-f', '-qq', '-o', file, program]);
	assert.equal((await run.exited).code, 0, run.output);
	const counts = new Map(), calls = [];
	let locked = false;
	for (const line of fs.readFileSync(file, 'utf8').split('\n')) {
		const match = /^\d+ +(\w+)\(/.exec(line);
		if (!match)
			continue;
		const number = (counts.get(match[1]) ?? 0) + 1;
		counts.set(match[1], number);
		locked ||= line.includes('tokend.lock');
		if (locked)
			calls.push([match[1], number]);
	}
	return calls;
};

const injected = async (place, env, inject, limitMs) => {
	const run = place.start(['--once', '--force'], env, ['strace', '-f',
		'-qq', '-o', '/dev/null', '-e', 'trace=none', '-e',
		`inject=${inject}`, program]);
	const timer = limitMs === undefined ? undefined : setTimeout(() => {
		// strace's child, and then strace.
		try {
			// No child must not read as 0, which is this process's group.
			for (const pid of fs.readFileSync(`/proc/${run.pid}/task/` +
			    `${run.pid}/children`, 'utf8').match(/\d+/g) ?? [])
				process.kill(Number(pid), 'SIGKILL');
		} catch { /* it just ended */ }
	}, limitMs);
	await run.exited;
	clearTimeout(timer);
};

const skipStrace = sanitized ? 'strace and LeakSanitizer exclude each other' :
	!mayLook ? 'only root may look into it' :
	!strace && 'strace is missing or may not trace';

test('kill -9 at every system call of a refresh', { skip: skipStrace },
    async (t) => {
	const place = newPlace();
	const env = { DROID_REFRESH_KEY: workos.seed() };
	await alive(place, env);
	const calls = await systemCalls(place, env);
	assert.ok(calls.length > 50, `${calls.length} calls`);
	let seen = 0;
	for (const [name, number] of calls) {
		await injected(place, env, `${name}:signal=KILL:when=${number}`);
		seen = look(place, seen);
		assert.equal(refused(), 0, `refused after ${name} ${number}`);
	}
	await alive(place, env);
	t.diagnostic(`${calls.length} system calls, ${workos.exchanges} ` +
	    'rotations');
});

const FILE_CALLS = ['openat', 'write', 'fsync', 'renameat', 'rename',
	'fchmod', 'ftruncate', 'flock', 'newfstatat', 'fstat', 'pread64',
	'unlink', 'unlinkat', 'sendto', 'recvfrom', 'connect', 'socket'];

test('every file system call of a refresh fails once, or from then on',
    { skip: skipStrace }, async (t) => {
	const place = newPlace();
	const env = { DROID_REFRESH_KEY: workos.seed() };
	await alive(place, env);
	const calls = (await systemCalls(place, env)).filter(([name]) =>
	    FILE_CALLS.includes(name));
	let seen = 0;
	for (const [name, number] of calls) {
		await injected(place, env, `${name}:error=EIO:when=${number}`,
		    5000);
		seen = look(place, seen);
		assert.equal(refused(), 0, `refused after ${name} ${number}`);
	}
	for (const name of ['write', 'fsync', 'renameat'])
		for (const [, number] of calls.filter((call) =>
		    call[0] === name)) {
			await injected(place, env,
			    `${name}:error=ENOSPC:when=${number}+`, 300);
			seen = look(place, seen);
			assert.equal(refused(), 0,
			    `refused after ${name} ${number}+`);
		}
	await alive(place, env);
	t.diagnostic(`${calls.length} system calls`);
});

// ---- a full disk ----

// A tmpfs of 256 KiB, for the folder of the store alone.
const mount = (folder) => execFileSync('mount', ['-t', 'tmpfs', '-o',
	'size=256k,mode=700', 'tokend-test', folder], { stdio: 'ignore' });

const umount = (folder) => execFileSync('umount', ['-l', folder]);

const mayMount = (() => {
	const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tokend-'));
	try {
		mount(folder);
		umount(folder);
		return true;
	} catch {
		return false;
	} finally {
		fs.rmdirSync(folder);
	}
})();

const fill = (place) => {
	const fd = fs.openSync(path.join(place.state, 'login/junk'), 'a');
	try {
		for (;;)
			fs.writeSync(fd, Buffer.alloc(4096));
	} catch (error) {
		assert.equal(error.code, 'ENOSPC');
	}
	fs.closeSync(fd);
};

const free = (place) => fs.rmSync(path.join(place.state, 'login/junk'));

test('a full disk: nothing is spent before, nothing lost after', {
	skip: !mayMount && 'only root can mount a tmpfs',
}, async () => {
	const place = newPlace();
	const login = path.join(place.state, 'login');
	fs.mkdirSync(login, { recursive: true });
	mount(login);
	const env = { DROID_REFRESH_KEY: workos.seed() };
	try {
		await alive(place, env);
		// Full before: the token is not even sent.
		const before = fs.readFileSync(place.storeFile, 'utf8');
		fill(place);
		const full = await place.once(['--force'], env);
		assert.equal(full.code, 1);
		assert.match(full.output, /No space left on device/);
		assert.equal(workos.calls.length, 1);
		assert.equal(fs.readFileSync(place.storeFile, 'utf8'), before);
		free(place);
		await alive(place, env);

		// Full while the answer comes: kept in memory, loudly, until
		// there is room; only then published.
		workos.lifetimeS = 4;
		await alive(place, env);
		workos.lifetimeS = 8 * 3600;
		workos.onExchange = () => fill(place);
		const old = place.tokens();
		const run = place.start([], env);
		await run.logged(/in memory only, do not stop tokend/);
		assert.equal(place.tokens().generation, old.generation);
		workos.onExchange = undefined;
		free(place);
		await run.logged(/can be written again/, 15000);
		await until(() => place.tokens().generation > old.generation,
		    'another token');
		await run.stop();
		assert.equal(place.store().logins[0].access_token,
		    place.tokens().accounts[0].access_token);
		await alive(place, env);
	} finally {
		for (const run of [...place.running]) {
			run.child.kill('SIGKILL');
			await run.exited;
		}
		umount(login);
	}
});
