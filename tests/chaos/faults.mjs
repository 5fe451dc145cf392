// What happens to a gateway beside its requests, each a function of (world,
// random). A fault mends what it broke before it ends; no two happen at once.

import fs from 'node:fs';
import path from 'node:path';
import { spawn } from 'node:child_process';
import { ask } from '../integration/client.mjs';
import { build, environment, until } from '../integration/gateway.mjs';
import { damaged } from './damage.mjs';

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const program = path.join(build, 'fcgi/droid2api.fcgi');

const healthy = (world) => ask(world.gateway, { path: '/health' }).then(
    (answer) => answer.status === 200, () => false);

// All responders are there again, and answer.
async function recovered(world, count) {
	await until(async () => world.gateway.responders().length === count &&
	    await healthy(world), 'all responders', 120000);
	for (let good = 0; good < 2 * count;)
		good = await healthy(world) ? good + 1 : 0;
}

// The first responder is spared: its memory is watched.
async function killResponder(world, random) {
	const all = world.gateway.responders();
	const others = all.filter((pid) => pid !== world.spared);
	const doomed = random.chance(0.3) ? others : [random.pick(others)];

	await world.disturbed(async () => {
		for (const pid of doomed)
			world.kill(pid);
		await recovered(world, world.config.processes);
	});
}

const tokendPid = (world) => world.descendants().find((one) =>
	one.name === 'tokend')?.pid;

async function killTokend(world) {
	const pid = tokendPid(world);
	if (!pid)
		return;
	world.kill(pid);
	await until(() => {
		const now = tokendPid(world);
		return now && now !== pid;
	}, 'tokend', 120000);
}

// Somebody asks what was used, folds, and does not get to the end.
async function killFolding(world, random) {
	const folding = spawn(program, ['--config', world.gateway.configFile,
		'--usage'], { env: environment(world.gateway), stdio: 'ignore' });
	const ended = new Promise((resolve) => folding.on('exit', resolve));
	await Promise.race([ended, pause(random.below(300))]);
	folding.kill('SIGKILL');
	await ended;
}

async function editConfig(world, random) {
	world.gateway.writeConfig(world.variation(random));
}

// An editor that writes in place, and one that does not get to the end of it.
async function tearConfig(world, random) {
	const text = JSON.stringify(world.variation(random), null, '\t');
	const torn = random.chance(0.5) ?
		text.slice(0, random.below(text.length)) :
		`${text.slice(0, random.below(text.length))}\u0001`;

	fs.writeFileSync(world.gateway.configFile, torn);
	await pause(random.below(2500));
	fs.writeFileSync(world.gateway.configFile, text);
}

// Its writer was tokend, its readers have what they had; a good one is there
// before somebody starts who has nothing.
async function tearToken(world, random) {
	const file = path.join(world.gateway.state, 'token/token.json');
	const good = fs.readFileSync(file);
	const torn = damaged(random, good);

	fs.writeFileSync(`${file}.chaos`, torn, { mode: 0o640 });
	fs.renameSync(`${file}.chaos`, file);
	await pause(random.below(1500));
	if (fs.readFileSync(file).equals(torn)) {
		fs.writeFileSync(`${file}.chaos`, good, { mode: 0o640 });
		fs.renameSync(`${file}.chaos`, file);
	}
}

async function fillDisk(world, random) {
	if (!world.hasDisk)
		return;
	const file = path.join(world.gateway.state, 'filler');
	const megabyte = Buffer.alloc(1 << 20), page = Buffer.alloc(4096);

	await world.disturbed(async () => {
		const fd = fs.openSync(file, 'w');
		for (const bytes of [megabyte, page])
			try {
				for (;;)
					fs.writeSync(fd, bytes);
			} catch (error) {
				if (error.code !== 'ENOSPC')
					throw error;
			}
		fs.closeSync(fd);
		await pause(random.below(3000));
		fs.rmSync(file);
		await recovered(world, world.config.processes);
	});
}

async function failLogin(world, random) {
	for (let i = random.between(1, 4); i > 0; i--)
		world.workos.faults.push(random.pick(['drop', 'lose', 'garbage',
			429, 500, 503, { status: 403, body: '<html>no</html>' },
			{ status: 200, body: '' }]));
}

async function moveLog(world) {
	try {
		fs.renameSync(world.logFile, `${world.logFile}.${
			world.moved = (world.moved ?? 0) + 1}`);
	} catch (error) {
		if (error.code !== 'ENOENT')
			throw error;
	}
}

export const FAULTS = { killResponder: [killResponder, 4], killTokend: [killTokend,
	2], killFolding: [killFolding, 3], editConfig: [editConfig, 3],
	tearConfig: [tearConfig, 2], tearToken: [tearToken, 2],
	fillDisk: [fillDisk, 1], failLogin: [failLogin, 2], moveLog: [moveLog, 1] };

