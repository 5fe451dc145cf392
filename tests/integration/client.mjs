// A client that sees bytes: what arrived, when, and how it ended.

import crypto from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { once } from 'node:events';
import { PATIENCE_MS, within } from './gateway.mjs';

export const sha256 = (bytes) =>
	crypto.createHash('sha256').update(bytes).digest('hex');

const bytesOf = (body) => body === undefined || Buffer.isBuffer(body) ? body :
	Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));

// An answer that is still coming.
class Answer {
	#chunks = [];
	#held = '';
	#waiting = [];
	#ended = false;

	constructor(message, request) {
		this.status = message.statusCode;
		this.headers = message.headers;
		this.rawHeaders = message.rawHeaders;
		this.request = request;
		this.cut = false;
		this.done = new Promise((resolve) => {
			const end = () => {
				this.#ended = true;
				this.cut = !message.complete;
				this.#wake();
				resolve(this);
			};
			message.on('end', end);
			message.on('close', end);
			message.on('error', () => {});
		});
		message.on('data', (bytes) => {
			this.#chunks.push({ at: performance.now(), bytes });
			this.#held += bytes.toString('latin1');
			this.#wake();
		});
	}

	#wake() {
		for (const resolve of this.#waiting.splice(0))
			resolve();
	}

	get chunks() {
		return this.#chunks;
	}

	get body() {
		return Buffer.concat(this.#chunks.map((chunk) => chunk.bytes));
	}

	get text() {
		return this.body.toString();
	}

	get json() {
		return JSON.parse(this.text);
	}

	get sha256() {
		return sha256(this.body);
	}

	// The text of the next whole event with its blank line; null at the end.
	async event(ms = PATIENCE_MS) {
		for (;;) {
			const at = this.#held.indexOf('\n\n');
			if (at >= 0) {
				const text = this.#held.slice(0, at + 2);
				this.#held = this.#held.slice(at + 2);
				return Buffer.from(text, 'latin1').toString();
			}
			if (this.#ended)
				return null;
			await within(ms, new Promise((resolve) =>
				this.#waiting.push(resolve)), 'next event');
		}
	}

	// Hangs up.
	close() {
		this.request.destroy();
	}
}

// Sends a request and resolves with an Answer as soon as its head is there.
// An answer that does not end is cut.
// what: {method, path, headers, body, agent, host}; `key` goes in as a Bearer.
export function open(gateway, what) {
	const body = bytesOf(what.body);
	const headers = { ...(body ? { 'content-type': 'application/json',
		'content-length': body.length } : {}),
		...(what.key ? { authorization: `Bearer ${what.key}` } : {}),
		...what.headers };
	for (const name of Object.keys(headers))
		if (headers[name] === undefined)
			delete headers[name];

	return new Promise((resolve, reject) => {
		const { request: send } = gateway.tls ? https : http;
		const request = send({ ...gateway.tls, host: what.host ?? '127.0.0.1',
			port: gateway.port, path: what.path,
			method: what.method ?? (body ? 'POST' : 'GET'), headers,
			agent: what.agent ?? false, localAddress: what.from });
		request.on('response', (message) =>
			resolve(new Answer(message, request)));
		request.on('error', reject);
		const late = setTimeout(() => request.destroy(new Error(
		    `no end of ${what.path}`)), 2 * PATIENCE_MS);
		request.on('close', () => clearTimeout(late));
		request.on('upgrade', (message, socket) => {
			socket.destroy();
			reject(new Error('upgraded'));
		});
		request.end(body);
	});
}

// Sends a request and resolves with its whole Answer.
export async function ask(gateway, what) {
	const answer = await within(what.ms ?? PATIENCE_MS, open(gateway, what),
	    `answer to ${what.path}`);
	return within(what.ms ?? PATIENCE_MS, answer.done, `end of ${what.path}`);
}

// Bytes straight into a connection; resolves with all that came back.
export function askRaw(gateway, text, ms = PATIENCE_MS) {
	return within(ms, new Promise((resolve, reject) => {
		const chunks = [];
		const socket = net.connect(gateway.port, '127.0.0.1', () =>
			socket.write(text));
		socket.on('data', (bytes) => chunks.push(bytes));
		socket.on('end', () => resolve(Buffer.concat(chunks).toString()));
		socket.on('error', reject);
	}), 'raw answer');
}

// The events of a stream: {event, data (parsed JSON, or text), comment, text}.
export function readEvents(text) {
	return text.split(/\n\n/).filter((one) => one.trim()).map((one) => {
		const event = { text: one };
		for (const line of one.split('\n')) {
			const [, name, value] = /^([^:]*):? ?(.*)$/s.exec(line);
			if (name === '')
				event.comment = value;
			else if (name === 'data')
				event.data = event.data === undefined ? value :
					`${event.data}\n${value}`;
			else
				event[name] = value;
		}
		try {
			event.data = JSON.parse(event.data);
		} catch {
			// not JSON: stays text
		}
		return event;
	});
}

// A connection that the web server has accepted for sure, because it answered on
// it: lighttpd misses the end of one whose request was there before it looked.
export async function acceptedConnection(gateway) {
	const socket = net.connect(gateway.port, '127.0.0.1');
	await once(socket, 'connect');
	socket.write('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n');
	await once(socket, 'data');
	return socket;
}

export const rawRequest = ({ path, body, key }) => {
	const text = JSON.stringify(body);
	return `POST ${path} HTTP/1.1\r\nHost: localhost\r\n${key
	    ? `Authorization: Bearer ${key}\r\n` : ''}` +
	    `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
};
