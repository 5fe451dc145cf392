// What must hold whenever it is quiet: nobody died by itself, nothing is under
// way, descriptors and memory are what they were, and every file is whole.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ask, open } from '../integration/client.mjs';
import { build, environment, mayLook, until } from '../integration/gateway.mjs';
import { SPEAKERS } from '../integration/speakers.mjs';
import { Random } from './random.mjs';
import { goodRequest } from './requests.mjs';
import { judge } from './judge.mjs';
import { replyTo } from './world.mjs';

const PATIENCE_MS = 120000;
const DESCRIPTORS_MORE = 48;	// idle connections to upstreams are kept
const MEMORY_MORE_KIB = 160 * 1024;
const SETTLING_ROUNDS = 3;	// until caches and arenas are what they will be
const FILES_MAX = 64;

const descriptors = (pid) => mayLook ? fs.readdirSync(`/proc/${pid}/fd`).length : 0;
const memoryKib = (pid) => Number(/^VmRSS:\s+(\d+)/m.exec(fs.readFileSync(
    `/proc/${pid}/status`, 'utf8'))[1]);

async function inFlight(world) {
	const { text } = await ask(world.gateway, { path: '/metrics' });
	return Number(/^droid2api_exchanges_in_flight (\d+)/m.exec(text)[1]);
}

function sameProcesses(world) {
	const now = world.descendants();
	for (const pid of world.known) {
		if (!now.some((one) => one.pid === pid) && !world.killed.has(pid))
			assert.fail(`process ${pid} (${world.names.get(pid)}) is ` +
			    'gone, and nobody killed it');
	}
	world.remember();
}

function sameSize(world) {
	world.spared ??= world.gateway.responders()[0];
	const watched = { lighttpd: world.pidOf('lighttpd'),
		spared: world.spared };
	for (const [name, pid] of Object.entries(watched)) {
		const sizes = { descriptors: descriptors(pid),
			memory: memoryKib(pid) };
		world.sizes[name] = sizes;
		if (world.rounds < SETTLING_ROUNDS)
			world.first[name] = sizes;
		const first = world.first[name];
		assert.ok(sizes.descriptors <= first.descriptors +
		    DESCRIPTORS_MORE, `${name} has ${sizes.descriptors} ` +
		    `descriptors, it had ${first.descriptors}`);
		assert.ok(sizes.memory <= first.memory + MEMORY_MORE_KIB,
		    `${name} has ${sizes.memory} KiB, it had ${first.memory}`);
	}
}

function filesBelow(folder) {
	return fs.readdirSync(folder, { withFileTypes: true }).flatMap((one) => {
		const name = path.join(folder, one.name);
		return one.isDirectory() ? filesBelow(name) : [name];
	});
}

export const tool = async (world, name, ...options) => (await promisify(execFile)(
    path.join(build, name), ['--config', world.gateway.configFile, ...options],
    { env: environment(world.gateway), maxBuffer: 1 << 28 })).stdout;

// Every file reads as what it is; every whole answer has its row, once.
async function files(world) {
	const { state } = world.gateway;
	const all = filesBelow(state);
	assert.ok(all.length < FILES_MAX, `${all.length} files: ${all}`);
	const token = JSON.parse(fs.readFileSync(path.join(state,
	    'token/token.json')));
	assert.equal(token.accounts.length, 1);
	JSON.parse(fs.readFileSync(path.join(state, 'token/status.json')));
	JSON.parse(fs.readFileSync(path.join(state, 'login/store.json')));
	const { exchanges } = JSON.parse(await tool(world, 'fcgi/droid2api.fcgi',
	    '--last', '3000', '--json'));
	const seen = new Map();
	for (const { id } of exchanges)
		seen.set(id, (seen.get(id) ?? 0) + 1);
	for (const [id, number] of world.answered)
		assert.equal(seen.get(id), 1, `rows of operation ${number}, ${id}`);
	world.answered.clear();
	assert.equal(world.workos.refusals, 0, 'a refresh token was refused');
}

// Each dialect gets what it asks for, as if nothing had been.
async function servesAsNew(world) {
	world.calm = true;
	world.workos.faults.length = 0;
	for (const client of Object.keys(SPEAKERS)) {
		const number = world.probes++;
		const request = { ...goodRequest(number, new Random(world.seed,
		    client, world.rounds)) };
		const answer = await open(world.gateway, request);
		await answer.done;
		judge(request, answer, world.attempts.get(number) ?? [],
		    replyTo(world.seed, number, request.tools), true);
	}
	world.calm = false;
}

export async function holds(world) {
	await until(async () => await inFlight(world) <= 1,
	    'end of what is under way', PATIENCE_MS);
	sameProcesses(world);
	sameSize(world);
	await servesAsNew(world);
	await files(world);
	world.rounds++;
}
