// A strict stand-in for Factory, OpenAI, Anthropic and Google on one loopback
// port.  It refuses what the real APIs refuse, in their words, keeps a journal
// and answers what the test ordered.
//
//	const upstream = await startUpstream();
//	upstream.next({ status: 429, headers: { 'retry-after': '7' } });
//	... a request through the gateway ...
//	upstream.requests.at(-1).sha256
//	await upstream.stop();

import crypto from 'node:crypto';
import http from 'node:http';
import { Invalid } from './check.mjs';
import { DIALECTS, findRoute } from './dialects.mjs';
import { checkHeaders } from './headers.mjs';
import { give } from './answer.mjs';
import { checkOperation, findOperation } from './operations.mjs';

export { Steps } from './answer.mjs';

const sha256 = (bytes) =>
	crypto.createHash('sha256').update(bytes).digest('hex');

function readBody(message) {
	return new Promise((resolve, reject) => {
		const chunks = [];
		message.on('data', (chunk) => chunks.push(chunk));
		message.on('end', () => resolve(Buffer.concat(chunks)));
		message.on('error', reject);
		message.on('aborted', () => reject(new Error('aborted')));
	});
}

function parse(bytes) {
	try {
		return JSON.parse(bytes);
	} catch {
		return undefined;
	}
}

function wantsStream(entry) {
	if (entry.dialect === 'generate' && entry.profile === 'plain')
		return entry.operation === 'stream';
	return entry.body?.stream === true;
}

// One request as the journal holds it.
async function journalEntry(message, number) {
	const url = new URL(message.url, 'http://upstream');
	const entry = {
		number, method: message.method, url: message.url,
		path: url.pathname, query: url.search,
		headers: message.headers, rawHeaders: message.rawHeaders,
		socket: message.socket,
		port: message.socket.remotePort, at: performance.now(),
		...findRoute(url.pathname) ??
		    findOperation(message.method, url.pathname),
	};
	entry.bytes = await readBody(message);
	entry.sha256 = sha256(entry.bytes);
	entry.body = parse(entry.bytes);
	entry.stream = wantsStream(entry);
	entry.betas = (message.headers['anthropic-beta'] ?? '').split(',')
	    .map((beta) => beta.trim()).filter(Boolean);
	return entry;
}

class Upstream {
	requests = [];
	connections = 0;
	strict = true;
	allowHeaders = [];
	fallback = null;	// function (entry) -> answer
	onRequest = null;	// function (entry), once it is judged
	kept = new Map();	// of operations.mjs: files and the like
	picture = Buffer.from('a picture');
	#queue = [];
	#waiters = [];
	#server;

	async start(port = 0) {
		this.#server = http.createServer({ keepAliveTimeout: 60000,
			maxHeaderSize: 65536 });
		this.#server.on('request', (message, response) => {
			this.#serve(message, response).catch((error) => {
				if (error.message !== 'aborted')
					this.failure ??= error;
				response.destroy();
			});
		});
		this.#server.on('connection', (socket) => {
			this.connections++;
			socket.setNoDelay(true);
			socket.on('error', () => {});
		});
		this.#server.on('clientError', (error, socket) => socket.destroy());
		await new Promise((resolve, reject) => {
			this.#server.on('error', reject);
			this.#server.listen({ port, host: '127.0.0.1', backlog: 4096 },
			    resolve);
		});
		this.#server.unref();		// a failed test ends, too
		this.port = this.#server.address().port;
		this.url = `http://127.0.0.1:${this.port}`;
		return this;
	}

	// The answers to the coming requests, in their order.
	next(...answers) {
		this.#queue.push(...answers);
		return answers[0];
	}

	reset() {
		this.#queue.length = 0;
		this.requests.length = 0;
		this.strict = true;
		this.allowHeaders = [];
		this.fallback = null;
		this.kept.clear();
	}

	get last() {
		return this.requests.at(-1);
	}

	// The next request that fits, with its body read and validated.
	arrival(fits = () => true) {
		return new Promise((resolve) => this.#waiters.push({ fits,
			resolve }));
	}

	async stop() {
		this.#server.closeAllConnections();
		await new Promise((resolve) => this.#server.close(resolve));
		if (this.failure)
			throw this.failure;
	}

	// Why a request would be refused, as an answer; null when it is good.
	// The same of what is no conversation, whose answer is found then, too.
	async #judgeOperation(entry) {
		const dialect = DIALECTS[entry.dialect];
		try {
			await checkOperation(entry);
			entry.given = entry.row.answer(this, entry);
		} catch (error) {
			if (!(error instanceof Invalid))
				throw error;
			entry.problem = error;
			return error.kind === 'lost' ? dialect.error(404,
			    error.message) : dialect.invalid(error);
		}
		return null;
	}

	#judge(entry, ordered) {
		if (!entry.dialect)
			return ordered?.anyRoute ? null :
			    { status: 404, body: { error: 'no such route' } };
		const dialect = DIALECTS[entry.dialect];
		if (entry.method !== 'POST')
			return dialect.error(405, 'Method Not Allowed');
		try {
			if (this.strict)
				checkHeaders(entry, this.allowHeaders);
			if (entry.body === undefined)
				throw new Invalid([], 'The request body is not valid ' +
				    'JSON', 'type');
			if (this.strict)
				dialect.check(entry);
		} catch (error) {
			if (!(error instanceof Invalid))
				throw error;
			entry.problem = error;
			return dialect.invalid(error);
		}
		return null;
	}

	#choose(entry, ordered) {
		const answer = ordered ?? this.fallback?.(entry) ?? {};

		if (['body', 'events', 'raw', 'wire', 'hang'].some((key) =>
		    key in answer))
			return answer;
		if (entry.row)
			return entry.given;
		const dialect = DIALECTS[entry.dialect];
		if (answer.status >= 400)
			return { ...dialect.error(answer.status, answer.message ??
			    'as ordered'), ...answer };
		if (answer.status >= 300)
			return { ...answer, body: '' };
		if (entry.operation === 'count')
			return { ...answer, body: entry.dialect === 'generate' ?
			    { totalTokens: 14 } : { input_tokens: 14 } };
		const { whole, events } = dialect.write({ model: entry.body?.model ??
		    entry.model, ...answer.reply }, entry);
		const stream = answer.shape ? answer.shape === 'stream' :
		    entry.stream;
		return stream ? { ...answer, events } : { ...answer, body: whole };
	}

	async #serve(message, response) {
		const ordered = this.#queue.shift();
		const strictBefore = this.strict;
		const entry = await journalEntry(message, this.requests.length);

		entry.gone = new Promise((resolve) => response.on('close', () => {
			entry.ended = response.writableFinished;
			resolve(!response.writableFinished);
		}));
		if (ordered?.strict !== undefined)
			this.strict = ordered.strict;
		const refusal = entry.row ? await this.#judgeOperation(entry) :
		    this.#judge(entry, ordered);
		this.strict = strictBefore;
		this.requests.push(entry);
		this.onRequest?.(entry);
		const waiting = this.#waiters.findIndex(({ fits }) => fits(entry));
		if (waiting >= 0)
			this.#waiters.splice(waiting, 1)[0].resolve(entry);
		await give(response, refusal ?? this.#choose(entry, ordered));
	}
}

export function startUpstream(port) {
	return new Upstream().start(port);
}
