// What each web server of the matrix is asked. A case returns what it saw: "yes",
// or the words that stand in the table instead.

import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Steps } from '../upstream/upstream.mjs';
import { PATIENCE_MS, processes, until, within } from './gateway.mjs';
import { ask, open } from './client.mjs';
import { LANES, filler } from './samples.mjs';
import { BODY_MAX_MB, descendants } from './servers.mjs';

export const KEY = 'fk-client-0123456789abcdef';
const lane = (name, more = {}, text = 'hi') => ({ key: KEY,
    path: LANES[name].path, body: LANES[name].body(text, more) });
const streamed = (name) => lane(name, { stream: true });
const yes = (good, otherwise) => good ? 'yes' : String(otherwise);
const soon = (promise, ms) => within(ms, promise, 'answer').catch((error) => {
	if (/^no .* within/.test(error.message))
		return undefined;
	throw error;
});

// A stream that has shown its first event.
export async function openStream(server, upstream, name, answer = {}) {
	const steps = new Steps();
	upstream.next({ steps, reply: { text: 'one two three four' }, ...answer });
	steps.go();
	const opening = open(server, streamed(name));
	const stream = await soon(opening, 10000);
	if (!stream) {
		steps.all();
		return { steps, stream: await opening };
	}
	await stream.event();
	return { steps, stream };
}

export const isWhole = (stream) => !stream.cut && /\[DONE\]\n\n$/.test(stream.text);

async function whole(server, upstream) {
	const answer = await ask(server, lane('chat'));
	return yes(answer.status === 200 && answer.json.choices &&
	    upstream.requests.length === 1, answer.status);
}

const isPage = (answer) => answer.status === 200 &&
    /^text\/html/.test(answer.headers['content-type']) &&
    /^default-src 'none'/.test(answer.headers['content-security-policy']);

// The same address is JSON for programs; what is beside it is not the gateway's.
export async function page(server) {
	const html = { accept: 'text/html,*/*;q=0.8' };
	const base = server.base ?? '';
	for (const path of [`${base}/`, `${base}/v1/`]) {
		const whole = await ask(server, { path, headers: html });
		if (!isPage(whole) || !whole.text.trimEnd().endsWith('</html>'))
			return `${path}: ${whole.status}`;
		const head = await ask(server, { method: 'HEAD', path,
			headers: html });
		if (!isPage(head) || head.body.length !== 0)
			return `HEAD ${path}: ${head.status}`;
		const json = await ask(server, { path, headers: {
			accept: 'application/json' } });
		if (json.status !== 200 ||
		    !json.json.endpoints.includes('GET /v1/models'))
			return `JSON at ${path}: ${json.status}`;
	}
	return 'yes';
}

async function eachEvent(server, upstream) {
	const steps = new Steps();
	upstream.next({ steps, reply: { text: 'one two three four' } });
	steps.go();
	const opening = open(server, streamed('messages'));
	const answer = await soon(opening, 10000);
	let events = 0;
	while (answer) {
		const event = await soon(answer.event(), 10000);
		if (event === null)
			return yes(events > 3 && !answer.cut, 'cut');
		if (event === undefined)
			break;
		events++;
		steps.go();
	}
	steps.all();
	await (await opening).done;
	return 'at its end';
}

async function authorization(server, upstream) {
	await ask(server, lane('chat'));
	return yes(upstream.last?.headers.authorization === `Bearer ${KEY}`, 'no');
}

async function apiKey(server, upstream) {
	await ask(server, { ...lane('messages'), key: undefined,
		headers: { 'x-api-key': KEY } });
	return yes(upstream.last?.rawHeaders.some((value) =>
		value.endsWith(KEY)), 'no');
}

async function betaTwice(server, upstream) {
	const betas = ['interleaved-thinking-2025-05-14',
	    'fine-grained-tool-streaming-2025-05-14'];
	await ask(server, { ...lane('messages'),
		headers: { 'anthropic-beta': betas } });
	return yes(betas.every((beta) => upstream.last?.betas.includes(beta)),
	    upstream.last?.betas.join() || 'no');
}

async function bigBody(server, upstream) {
	const text = filler(20e6);
	const answer = await ask(server, lane('chat', {}, text));
	return yes(answer.status === 200 &&
	    upstream.last.body.messages[0].content === text, answer.status);
}

async function overLimit(server) {
	const body = LANES.messages.body(filler((BODY_MAX_MB + 1) << 20));
	try {
		const answer = await ask(server, { ...lane('messages'), body });
		return yes(answer.status === 413 && answer.json.error.type ===
		    'request_too_large', answer.status);
	} catch (error) {
		return error.code ?? error.message;
	}
}

async function chunked(server, upstream) {
	const answer = await ask(server, { ...lane('chat'), headers:
	    { 'content-length': undefined, 'transfer-encoding': 'chunked' } });
	return yes(answer.status === 200 && upstream.requests.length === 1,
	    answer.status);
}

async function goneWriting(server, upstream) {
	upstream.next({ events: Array.from({ length: 2000 }, (_, i) =>
		({ data: { i } })), eventDelayMs: 50 });
	const answer = await open(server, streamed('chat'));
	await answer.event();
	const { gone } = upstream.last;
	answer.close();
	return yes(await soon(gone, 30000), 'no');
}

// HAProxy notices one of many at once. From one keep-alive to the next nothing is
// written.
async function goneSilent(server, upstream) {
	const seen = [];
	for (let i = 0; i < 4; i++) {
		const { stream } = await openStream(server, upstream, 'chat');
		const { gone } = upstream.last;
		seen.push((async () => {
			while (!(await stream.event()).startsWith(':'))
				;
			stream.close();
			return await soon(gone, 2000) ? 'yes' :
			    await soon(gone, 30000) ? 'by keep-alives' : 'no';
		})());
	}
	const all = await Promise.all(seen);
	return ['no', 'by keep-alives', 'yes'].find((one) => all.includes(one));
}

async function quiet(server, upstream) {
	const { steps, stream } = await openStream(server, upstream, 'chat');
	await sleep(7000);
	steps.all();
	await within(PATIENCE_MS, stream.done, 'end of the stream');
	return yes(isWhole(stream), 'cut');
}

async function errors(server, upstream) {
	for (const status of [404, 429, 529]) {
		upstream.next({ status, message: 'as ordered' });
		const answer = await ask(server, lane('messages'));
		if (answer.status !== status ||
		    answer.json.error.message !== 'as ordered')
			return `${status}: ${answer.status}`;
	}
	return 'yes';
}

async function otherMethods(server) {
	const head = await ask(server, { method: 'HEAD', path: '/v1/models',
		key: KEY });
	const options = await ask(server, { method: 'OPTIONS',
		path: '/v1/messages', headers: { origin: 'http://localhost',
		'access-control-request-method': 'POST' } });
	return yes(head.status === 200 && head.body.length === 0 &&
	    options.status < 300, `${head.status}, ${options.status}`);
}

async function encodedSlash(server) {
	const answer = await ask(server, { path: '/v1/models/org%2Fmodel',
		key: KEY });
	return yes(answer.status === 200 && answer.json.id === 'org/model',
	    answer.status);
}

async function doubleSlash(server) {
	const answer = await ask(server, { path: '/v1//models', key: KEY });
	return yes(answer.status === 404 &&
	    /^application\/json/.test(answer.headers['content-type']),
	    answer.status);
}

async function reloadStream(server, upstream) {
	const { steps, stream } = await openStream(server, upstream, 'chat');
	server.reload();
	await sleep(5000);
	steps.all();
	await within(PATIENCE_MS, stream.done, 'end of the stream');
	const seen = yes(isWhole(stream), 'cut');
	await server.ready();
	return seen;
}

async function reloadOthers(server, upstream) {
	const { steps, stream } = await openStream(server, upstream, 'chat');
	server.reload();
	// When it begins is the server's to say.
	let other, first;
	for (let i = 0; i < 8 && (i === 0 || first?.status === 200); i++) {
		await sleep(250);
		other = ask(server, { path: '/v1/models', key: KEY, ms: 30000 })
		    .catch((error) => error);
		first = await soon(other, 2000);
	}
	steps.all();
	await within(PATIENCE_MS, stream.done, 'end of the stream');
	const late = first ?? await other;
	await server.ready();
	return yes(first?.status === 200, late?.status === 200 ? 'they wait' :
	    late.status ?? late.code ?? late.message);
}

// Dead is a process whose last thread is: until then its sockets are open, and
// who connects gets no answer.
function isDead({ pid, state }) {
	try {
		return state === 'Z' &&
		    fs.readdirSync(`/proc/${pid}/task`).length === 1;
	} catch (error) {
		if (error.code !== 'ENOENT')
			throw error;
		return true;
	}
}

async function kill(pids) {
	for (const pid of pids)
		process.kill(pid, 'SIGKILL');
	while (processes().some((one) => pids.includes(one.pid) && !isDead(one)))
		await sleep(5);
}

const killAll = (server) => kill(server.responders());

// With the one that would start others.
const killHost = (host) => kill([host.process.pid,
	...descendants(host.process.pid)]);

async function killStream(server, upstream) {
	const { stream } = await openStream(server, upstream, 'chat');
	await killAll(server);
	await within(PATIENCE_MS, stream.done, 'end of the stream');
	await server.ready();
	return yes(stream.cut && !/<html/i.test(stream.text), 'as if whole');
}

async function killNext(server) {
	await sleep(1100);		// a child is started once a second
	await killAll(server);
	const answer = await ask(server, lane('chat')).catch((error) =>
		({ status: error.code }));
	await server.ready();
	return yes(answer.status === 200, answer.status);
}

// A model is asked, and paid, once.
async function killAsked(server, upstream) {
	const arrived = upstream.arrival();
	upstream.next({ hang: true });
	const asked = ask(server, lane('chat')).catch((error) =>
		({ status: error.code }));
	await within(PATIENCE_MS, arrived, 'request');
	await killAll(server);
	const { status } = await asked;
	await server.ready();
	return yes(status !== 200 && upstream.requests.length === 1,
	    `${upstream.requests.length} times`);
}

const isRefused = (address) => new Promise((resolve) => {
	const [host, port] = address.split(':');
	const socket = net.connect(port, host, () => {
		socket.destroy();
		resolve(false);
	}).on('error', () => resolve(true));
});

// One after the other, until there is only the last. Each has a stream when the first
// is told to end.
async function hostsEnd(server, upstream) {
	if (!server.hosts)
		return '-';
	const failed = [];
	const call = async () => {
		const { status } = await ask(server, lane('chat')).catch(
		    (error) => ({ status: error.code ?? error.message }));
		if (status !== 200)
			failed.push(status);
	};
	const callMany = async () => {
		for (let i = 0; i < 10; i++)
			await Promise.all([call(), call(), call()]);
	};
	const streams = [];
	for (let i = 0; i < 3; i++)
		streams.push(await openStream(server, upstream, 'chat'));
	const [drained, killed] = server.hosts;
	drained.process.kill('SIGTERM');
	await until(() => isRefused(drained.address), 'refusal');
	await callMany();
	for (const { steps, stream } of streams) {
		steps.all();
		await within(PATIENCE_MS, stream.done, 'end of the stream');
		if (!isWhole(stream))
			failed.push('cut');
	}
	await within(PATIENCE_MS, drained.process.exited, 'end');
	await callMany();
	await killHost(killed);
	await callMany();
	for (const host of [drained, killed])
		host.process = await server.launchResponders(host.address);
	await callMany();
	return yes(failed.length === 0, failed.join());
}

export const CASES = {
	'an answer as a whole': whole,
	'a stream, each event at once': eachEvent,
	'`Authorization`': authorization,
	'`x-api-key`': apiKey,
	'`anthropic-beta` sent twice': betaTwice,
	'a body of 20 MB': bigBody,
	'over the limit: 413 in the API\'s shape': overLimit,
	'chunked upload': chunked,
	'client gone while written to: upstream ends': goneWriting,
	'client gone in silence: upstream ends': goneSilent,
	'silence longer than the server\'s time-outs': quiet,
	'404, 429, 529 with their JSON': errors,
	'HEAD, OPTIONS': otherMethods,
	'`%2F` in a model\'s name': encodedSlash,
	'`//` in a path: 404 in JSON': doubleSlash,
	'the page, at `/`': page,
	'reload: an open stream is finished': reloadStream,
	'reload: new requests are served meanwhile': reloadOthers,
	'kill -9 of all: the next request is served': killNext,
	'kill -9 of a responder: its stream shows as cut': killStream,
	'kill -9 of a responder: what it had asked is not asked again': killAsked,
	'one host drained, one killed: nothing else fails': hostsEnd,
};

// Keeps the sockets of a case from the next one.
http.globalAgent.keepAlive = false;
