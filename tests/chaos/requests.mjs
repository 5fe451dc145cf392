// What clients do, each a function of (world, number, random) that resolves with
// a word for what became of it and throws a Fault for what may not be.

import net from 'node:net';
import path from 'node:path';
import fs from 'node:fs';
import { LANES, NAMES } from '../integration/samples.mjs';
import { PIXEL, SPEAKERS } from '../integration/speakers.mjs';
import { open } from '../integration/client.mjs';
import { within } from '../integration/gateway.mjs';
import { damaged, torn } from './damage.mjs';
import { Fault, judge } from './judge.mjs';
import { MODELS, mark, replyTo } from './world.mjs';

// Each request has its end within this, whatever happens to it.
export const BOUND_MS = 90000;

// What one got whose connection a bad answer had been on before: HTTP can't tell.
const LEFT_OVER = /its answer is not HTTP/;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function turnsOf(number, random, tools) {
	const last = { text: `This is ${mark(number, tools)}` };
	if (random.chance(0.1))
		last.image = PIXEL;
	if (random.chance(0.05))
		last.text += ` ${'long '.repeat(random.between(1, 30000))}`;
	return [last];
}

// A good request of any dialect to any model.
export function goodRequest(number, random) {
	const client = random.pick(NAMES);
	const stream = random.chance(0.5);
	const tools = random.chance(0.3);
	const body = { model: random.pick(MODELS).id,
		...SPEAKERS[client].request(turnsOf(number, random, tools),
		    { tools, thinking: random.chance(0.2),
			stream: stream || undefined }) };

	return { number, client, stream, tools, path: SPEAKERS[client].path, body };
}

const bounded = async (what, promise) => {
	try {
		return await within(BOUND_MS, promise, what);
	} catch (error) {
		throw /^no .* within/.test(error.message) ?
			new Fault(error.message) : error;
	}
};

// The whole answer, or {cut: true} where the connection ended without one.
async function answerTo(world, request) {
	try {
		const answer = await bounded('answer', open(world.gateway, request));
		await bounded('end of the answer', answer.done);
		return answer;
	} catch (error) {
		if (error instanceof Fault)
			throw error;
		return { error };
	}
}

async function converse(world, number, random) {
	const request = goodRequest(number, random);
	const before = world.disturbances;
	const calm = !world.disturbing;
	const answer = await answerTo(world, request);
	const undisturbed = calm && world.undisturbed(before);
	const problem = world.problems.get(number);

	if (problem)
		throw new Fault(`the upstream refused it: ${problem}`);
	if (answer.error) {
		if (undisturbed)
			throw new Fault(`no answer: ${answer.error.message}`);
		return 'disturbed';
	}
	const end = judge(request, answer, world.attempts.get(number) ?? [],
	    replyTo(world.seed, number, request.tools), undisturbed);
	if (end === 'whole' && undisturbed)
		world.answered.set(answer.headers['x-droid2api-request-id'],
		    number);
	return end;
}

// ---- clients that hang up ----

async function hangUp(world, number, random) {
	const request = goodRequest(number, random);
	const events = random.below(6);
	const answer = await bounded('answer', open(world.gateway, request)
	    .catch(() => null));

	for (let i = 0; i < events && answer; i++)
		if (await bounded('event', Promise.race([answer.done,
			answer.event(BOUND_MS).catch(() => null)])) === null)
			break;
	answer?.close();
	return 'hung up';
}

// Resolves when the connection is over. Steps are bytes, a pause, or 'end'.
function speakRaw(where, steps, lingerMs) {
	return new Promise((resolve) => {
		const socket = net.connect(where);
		socket.on('error', () => {});
		socket.on('close', resolve);
		socket.on('data', () => {});
		socket.on('connect', async () => {
			for (const step of steps) {
				if (socket.destroyed)
					return;
				if (step === 'end')
					socket.end();
				else if (typeof step === 'number')
					await pause(step);
				else
					socket.write(step);
			}
			await pause(lingerMs);
			socket.destroy();
		});
	});
}

const httpBytes = (request, more = {}) => {
	const body = Buffer.from(JSON.stringify(request.body));
	return Buffer.concat([Buffer.from(`POST ${request.path} HTTP/1.1\r\n` +
		Object.entries({ host: 'localhost', connection: 'close',
		    'content-type': 'application/json',
		    'content-length': body.length, ...more }).map(
		    ([name, value]) => `${name}: ${value}\r\n`).join('') +
		'\r\n'), body]);
};

const atHttp = (world) => ({ port: world.gateway.port, host: '127.0.0.1' });

async function hangUpAnywhere(world, number, random) {
	const bytes = httpBytes(goodRequest(number, random));
	const steps = torn(random, bytes.subarray(0, random.chance(0.5) ?
		bytes.length : random.below(bytes.length)));

	if (random.chance(0.3))
		steps.push('end');
	await bounded('end of the connection', speakRaw(atHttp(world), steps,
	    random.below(900)));
	return 'hung up';
}

// ---- hostile requests ----

const HEADERS = [{ 'content-length': '-1' }, { 'content-length': '1e9' },
	{ 'content-length': '18446744073709551617' }, { 'transfer-encoding':
	'chunked' }, { 'content-encoding': 'gzip' }, { 'content-encoding':
	'br, gzip' }, { 'content-type': 'multipart/form-data' },
	{ expect: '100-continue' }, { host: 'evil.example' }, { host: '' },
	{ origin: 'null' }, { 'x-forwarded-for': '1.2.3.4, 5.6.7.8' },
	{ authorization: 'Bearer \x80\xff' }, { 'x-api-key': 'k'.repeat(30000) },
	{ 'x-session-id': '../../etc' }, { upgrade: 'h2c' }, { range: 'bytes=0-1' },
	{ 'anthropic-beta': 'a,'.repeat(5000) }, { cookie: 'x' }, { te: 'gzip' }];
const PATHS = ['/', '/v1', '/v1/', '//v1//chat/completions', '/v1/chat/completions/..',
	'/v1beta/models/%2e%2e%2f:generateContent', '/v1beta/models/:countTokens',
	`/v1/chat/completions?${'a&'.repeat(5000)}`, `/v1/${'x/'.repeat(2000)}`,
	'/v1/models/%00', '/status?\xff', '/metrics', '/health?x', '/usage',
	'/v1/responses/resp_1/cancel', '/v1/embeddings', '/v1/completions',
	'/v1/messages/batches', '/v1/audio/speech', '/v1/responses/compact'];

async function hostileBytes(world, number, random) {
	const request = goodRequest(number, random);
	const more = {};

	for (let i = random.below(3); i > 0; i--)
		Object.assign(more, random.pick(HEADERS));
	if (random.chance(0.3))
		request.path = random.pick(PATHS);
	let bytes = httpBytes(request, more);
	if (random.chance(0.5))
		bytes = damaged(random, bytes);
	await bounded('end of the connection', speakRaw(atHttp(world),
	    [...torn(random, bytes), ...random.pick([[], ['end']])],
	    random.below(1500)));
	return 'hostile';
}

const BODIES = [
	(random, good) => damaged(random, good),
	(random, good) => damaged(random, damaged(random, good)),
	(random) => Buffer.from(random.pick(['[', '{"a":', '{"messages":['])
	    .repeat(random.pick([10, 600, 200000]))),
	(random) => random.bytes(random.between(0, 3000)),
	(random) => Buffer.from(random.pick(['', '{}', 'null', '[]', '"x"', '7',
	    '{"model":7}', '{"model":"pair"}', '{"model":"pair","stream":true}',
	    '{"model":"pair","messages":{}}', '{"model":"pair","input":[[]]}'])),
];

// A body of any kind behind a good head: what is not good is refused in words.
async function hostileBody(world, number, random) {
	const { client, path: where, body, stream } = goodRequest(number, random);
	const bytes = random.pick(BODIES)(random, Buffer.from(
		JSON.stringify(body)));
	const before = world.disturbances, { strangers } = world;
	const calm = !world.disturbing;
	const answer = await answerTo(world, { method: 'POST', path: where,
		body: bytes });

	if (!(calm && world.undisturbed(before)))
		return 'disturbed';
	if (answer.error)
		throw new Fault(`no answer: ${answer.error.message}`);
	if (answer.status === 200)
		return 'taken';
	try {
		if (!JSON.parse(answer.text).error)
			throw new Error('none');
	} catch {
		throw new Fault(`${client}, ${stream}: a ${answer.status} without ` +
		    `an error: ${answer.text.slice(0, 200)}`);
	}
	const attempts = world.attempts.get(number) ?? [];
	if (answer.status >= 500 && !attempts.length &&
	    strangers === world.strangers && !LEFT_OVER.test(answer.text))
		throw new Fault(`${answer.status} for what no upstream saw: ${
		    answer.text.slice(0, 200)}`);
	return 'refused';
}

// ---- hostile web servers: FastCGI as nobody should speak it ----

const record = (type, id, content, padding = 0) => Buffer.concat([
	Buffer.from([1, type, id >> 8, id & 255, content.length >> 8,
	    content.length & 255, padding, 0]), content, Buffer.alloc(padding)]);

const param = (name, value) => Buffer.concat([Buffer.from(name.length < 128 &&
	value.length < 128 ? [name.length, value.length] : [128, 0,
	    name.length >> 8, name.length & 255, 128, 0, value.length >> 8,
	    value.length & 255]), Buffer.from(name), Buffer.from(value)]);

function fastCgi(request, random) {
	const body = Buffer.from(JSON.stringify(request.body));
	const params = Buffer.concat(Object.entries({ REQUEST_METHOD: 'POST',
		SCRIPT_NAME: request.path, REQUEST_URI: request.path,
		CONTENT_TYPE: 'application/json', SERVER_PROTOCOL: 'HTTP/1.1',
		REMOTE_ADDR: '127.0.0.1', HTTP_HOST: 'localhost',
		CONTENT_LENGTH: String(body.length) }).map(([name, value]) =>
		param(name, value)));

	return Buffer.concat([
		record(1, 1, Buffer.from([0, random.below(3), random.below(2), 0,
		    0, 0, 0, 0])),
		record(4, 1, params, random.below(9)), record(4, 1,
		    Buffer.alloc(0)),
		record(5, 1, body.subarray(0, 60000)), record(5, 1,
		    Buffer.alloc(0))]);
}

async function hostileFastCgi(world, number, random) {
	const run = path.join(world.gateway.state, 'run');
	const sockets = fs.readdirSync(run).filter((name) =>
		name.startsWith('fcgi.sock')).sort();
	const good = fastCgi(goodRequest(number, random), random);
	const bytes = random.chance(0.7) ? damaged(random, good) : good;

	if (sockets.length)
		await bounded('end of the connection', speakRaw({ path: path.join(
		    run, random.pick(sockets)) }, torn(random, bytes),
		    random.below(1000)));
	return 'hostile';
}

// ---- what asks no model ----

async function look(world, number, random) {
	const client = random.pick(NAMES);
	const before = world.disturbances, { strangers } = world;
	const calm = !world.disturbing;
	const answer = await answerTo(world, random.pick([{ path: '/health' },
		{ path: '/v1/models' }, { path: '/metrics' }, { path: '/status' },
		{ path: '/usage' }, { path: '/' },
		{ path: '/v1/messages/count_tokens', body: { model: random.pick(
		    MODELS).id, messages: [{ role: 'user', content: 'hi' }] } },
		{ path: LANES[client].path, method: 'OPTIONS' }]));

	if (calm && world.undisturbed(before) && !(answer.status < 300) &&
	    strangers === world.strangers && !LEFT_OVER.test(answer.text))
		throw new Fault(`${answer.status}: ${answer.text ?? answer.error}`);
	return 'looked';
}

export const REQUESTS = { converse: [converse, 60], hangUp: [hangUp, 8],
	hangUpAnywhere: [hangUpAnywhere, 6], hostileBytes: [hostileBytes, 8],
	hostileBody: [hostileBody, 10], hostileFastCgi: [hostileFastCgi, 4],
	look: [look, 3] };
