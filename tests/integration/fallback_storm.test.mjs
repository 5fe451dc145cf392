// A thousand requests while upstreams die, come back, and have every trouble there
// is. What happens follows from a seed, as far as processes let it: STORM_SEED.

import assert from 'node:assert/strict';
import path from 'node:path';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { random, textOf } from '../upstream/mortal.mjs';
import { PATIENCE_MS, freePort, root, startGateway, within }
    from './gateway.mjs';
import { ask } from './client.mjs';
import { NAMES } from './samples.mjs';
import { SPEAKERS } from './speakers.mjs';

const SEED = Number(process.env.STORM_SEED ?? 20);
const REQUESTS = 1000, ALONE = 300, AT_ONCE = 20;
const TOTAL_S = 10, IDLE_S = 2;
// What a loaded machine may add to the bound.
const SLACK_S = 30;

const KINDS = {
	chat: ['common', '/v1/chat/completions'],
	responses: ['openai', '/v1/responses'],
	messages: ['anthropic', '/v1/messages'],
	generate: ['google', '/v1beta/models/{model}:generateContent'],
};
const MORTALS = ['anna', 'bert', 'cleo'];
const chance = random(SEED);
const processes = new Map();		// name -> {port, child}
let gateway, storming;

async function start(name) {
	const one = processes.get(name);
	one.child = fork(path.join(root, 'tests/upstream/mortal.mjs'), [name,
		one.port, Math.floor(chance() * 1e9)]);
	await within(PATIENCE_MS, once(one.child, 'message'), name);
}

async function kill(name) {
	const { child } = processes.get(name);
	const ended = once(child, 'exit');
	child.kill('SIGKILL');
	await ended;
}

// One of the three is dead at any time, sometimes two, now this, now that.
async function storm() {
	const dead = [];
	while (storming) {
		const living = MORTALS.filter((name) => !dead.includes(name));
		if (living.length > 1 && (dead.length === 0 || chance() < 0.2)) {
			const name = living[Math.floor(chance() * living.length)];
			await kill(name);
			dead.push(name);
		} else {
			await start(dead.shift());
		}
		await sleep(50 + chance() * 250);
	}
	for (const name of dead)
		await start(name);
}

before(async () => {
	for (const name of [...MORTALS, 'lone']) {
		processes.set(name, { port: await freePort() });
		await start(name);
	}
	const endpoint = [...processes].flatMap(([name, { port }]) => NAMES.map(
	    (kind) => ({ name: `${name}-${kind}`, type: KINDS[kind][0],
		profile: 'plain', auth: 'none',
		base_url: `http://127.0.0.1:${port}${KINDS[kind][1]}` })));
	gateway = await startGateway({ upstream: {}, config: { endpoint,
		total_timeout_s: TOTAL_S, idle_timeout_s: IDLE_S,
		first_byte_timeout_s: 3,
		first_event_timeout_s: 1,
		models: NAMES.flatMap((kind, i) => [
			{ id: `lone-${kind}`, endpoint: `lone-${kind}`,
				reasoning: 'auto' },
			{ id: `many-${kind}`, reasoning: 'auto',
				upstreams: MORTALS.map((name, k) => ({ endpoint:
				    `${name}-${NAMES[(i + k) % 4]}` })) }]) } });
});
after(async () => {
	await gateway?.stop();
	for (const { child } of processes.values())
		child?.kill('SIGKILL');
});

// Whether what a client saw of an answer is the beginning of one, and of one only.
function beginsOne(text, id) {
	return [...processes.keys()].some((name) =>
		textOf(name, id).startsWith(text));
}

const isWhole = (text, id) => [...processes.keys()].some((name) =>
	textOf(name, id) === text);

function understood(speaker, text) {
	try {
		return speaker.stream(text);
	} catch (error) {
		throw new Error(`${error.message}: ${text}`);
	}
}

// 'whole', or 'error' that the client was told. Anything else is wrong.
function judge(answer, speaker, stream, id) {
	if (answer.status !== 200) {
		assert.equal(answer.cut, false);
		assert.ok(answer.status >= 400);
		assert.ok(answer.json.error, answer.text);
		return 'error';
	}
	if (!stream) {
		assert.equal(answer.cut, false);
		const { text } = speaker.whole(answer.json);
		assert.ok(isWhole(text, id), text);
		return 'whole';
	}
	const { text, error, done } = understood(speaker, answer.text);
	if (done && !error) {
		assert.equal(answer.cut, false);
		assert.ok(isWhole(text, id), answer.text);
		return 'whole';
	}
	assert.ok(error || answer.cut, `neither whole nor an error: ${answer.text}`);
	assert.ok(beginsOne(text, id), answer.text);
	return 'error';
}

async function request(model, number) {
	const client = NAMES[number % 4], speaker = SPEAKERS[client];
	const stream = (number >> 2) % 2 === 1;
	const id = `${model}x${number}`.replace('-', '');
	const began = performance.now();
	const answer = await ask(gateway, { path: speaker.path,
		headers: (number >> 3) % 2 ? {} : { 'x-session-id': `s${number}` },
		body: { model: `${model}-${NAMES[(number >> 4) % 4]}`,
			...speaker.request([{ text: `Say [${id}]` }],
			    { stream: stream || undefined }) } });
	const took = performance.now() - began;

	assert.ok(took < (TOTAL_S + IDLE_S + SLACK_S) * 1000, `${took} ms`);
	return judge(answer, speaker, stream, id);
}

// The share of `count` requests that are answered whole.
async function share(model, count) {
	let next = 0, whole = 0;
	await Promise.all(Array.from({ length: AT_ONCE }, async () => {
		while (next < count)
			if (await request(model, next++) === 'whole')
				whole++;
	}));
	return whole / count;
}

test(`nobody notices, but for what broke off in its midst (seed ${SEED})`,
    async () => {
	const alone = await share('lone', ALONE);
	storming = true;
	const coming = storm();
	const many = await share('many', REQUESTS).finally(() => {
		storming = false;
		return coming;
	});
	console.log(`# whole: ${many} of a storm's, ${alone} of one alone`);
	assert.ok(many >= alone, `${many} < ${alone}`);
});
