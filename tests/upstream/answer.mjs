// Giving one answer, with the faults that were ordered.
//
// An answer may hold:
//   status, headers	200 and a content type that fits the rest
//   body		object (as JSON), string or Buffer
//   events		array of {event, data} | {comment} | text as it stands
//   reply		see replies.mjs; whole or a stream as the request asked
//   shape		'whole' or 'stream': whatever the request asked for
//   anyRoute		it answers a path that the upstream does not know
//   delayMs		before the status line
//   ready		a promise, before the status line
//   eventDelayMs	before each event but the first
//   steps		a Steps: each event waits until the test lets it go
//   cutAfter, cut	after so many events (or bytes of a body): 'fin' or 'rst'
//			tears the connection, 'end' ends it cleanly, 'hang' stays
//   writeSize		bytes per write (1: byte by byte)
//   gzip		Content-Encoding: gzip
//   raw		bytes instead of an HTTP answer
//   wire		the same, step by step: bytes, a pause in ms (a number) or
//			until a promise is kept, and 'rst' or 'hang' at the end,
//			else the connection ends
//   hang		true: never answers

import zlib from 'node:zlib';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventText } from './replies.mjs';

// A gate between the test and a stream: the upstream takes one step per event.
export class Steps {
	#allowed = 0;
	#waiting = [];

	go(count = 1) {
		this.#allowed += count;
		while (this.#allowed > 0 && this.#waiting.length) {
			this.#allowed--;
			this.#waiting.shift()();
		}
	}

	all() {
		this.go(Number.MAX_SAFE_INTEGER / 2);
	}

	take() {
		if (this.#allowed > 0) {
			this.#allowed--;
			return Promise.resolve();
		}
		return new Promise((resolve) => this.#waiting.push(resolve));
	}
}

function tear(response, how) {
	const { socket } = response;

	if (!socket)
		return;
	if (how === 'rst')
		socket.resetAndDestroy();
	else
		socket.destroySoon ? socket.destroySoon() : socket.end();
}

// Resolves once the bytes are on their way; false when the client is gone.
function write(response, bytes) {
	return new Promise((resolve) => {
		if (response.destroyed || !response.socket)
			return resolve(false);
		const gone = () => resolve(false);
		response.once('close', gone);
		response.write(bytes, (error) => {
			response.removeListener('close', gone);
			resolve(!error);
		});
	});
}

async function writePieces(response, bytes, size) {
	if (!size)
		return write(response, bytes);
	response.socket?.setNoDelay(true);
	for (let at = 0; at < bytes.length; at += size)
		if (!await write(response, bytes.subarray(at, at + size)))
			return false;
	return true;
}

async function end(response, answer) {
	const how = answer.cut ?? 'fin';

	if (how === 'end')
		response.end();
	else if (how !== 'hang')
		tear(response, how);
}

async function giveEvents(response, answer) {
	let sent = 0;

	for (const event of answer.events) {
		if (answer.cutAfter === sent)
			return end(response, answer);
		if (answer.steps)
			await answer.steps.take();
		else if (sent && answer.eventDelayMs)
			await sleep(answer.eventDelayMs);
		const text = typeof event === 'string' ? event : eventText(event);
		if (!await writePieces(response, Buffer.from(text),
		    answer.writeSize))
			return undefined;
		sent++;
	}
	if (answer.cutAfter === sent)
		return end(response, answer);
	response.end();
	return undefined;
}

async function giveWire(socket, steps) {
	for (const step of steps) {
		if (!socket || socket.destroyed || step === 'hang')
			return;
		if (step === 'rst')
			socket.resetAndDestroy();
		else if (typeof step === 'number')
			await sleep(step);
		else if (step instanceof Promise)
			await step;
		else
			await new Promise((resolve) => {
				socket.once('close', resolve);
				socket.write(step, () => {
					socket.removeListener('close', resolve);
					resolve();
				});
			});
	}
	socket?.end();
}

async function giveBody(response, bytes, answer) {
	if (answer.cutAfter !== undefined) {
		if (await writePieces(response, bytes.subarray(0, answer.cutAfter),
		    answer.writeSize))
			await end(response, answer);
		return;
	}
	if (answer.writeSize)
		await writePieces(response, bytes, answer.writeSize);
	else
		response.write(bytes);
	response.end();
}

function bodyBytes(body) {
	if (Buffer.isBuffer(body))
		return body;
	return Buffer.from(typeof body === 'string' ? body :
	    body === undefined ? '' : JSON.stringify(body));
}

export async function give(response, answer) {
	if (answer.delayMs)
		await sleep(answer.delayMs);
	await answer.ready;
	if (answer.hang)
		return undefined;
	if (answer.raw !== undefined) {
		response.socket?.end(answer.raw);
		return undefined;
	}
	if (answer.wire !== undefined)
		return giveWire(response.socket, answer.wire);
	if (response.destroyed)
		return undefined;
	const streamed = answer.events !== undefined;
	const headers = { 'content-type': streamed ? 'text/event-stream' :
	    'application/json', ...answer.headers };
	let bytes = streamed ? null : bodyBytes(answer.body);
	if (answer.gzip && !streamed) {
		bytes = zlib.gzipSync(bytes);
		headers['content-encoding'] = 'gzip';
	}
	if (!streamed && !answer.chunked)
		headers['content-length'] ??= bytes.length;
	response.writeHead(answer.status ?? 200, headers);
	if (streamed) {
		response.flushHeaders();
		await giveEvents(response, answer);
	} else {
		await giveBody(response, bytes, answer);
	}
	return undefined;
}
