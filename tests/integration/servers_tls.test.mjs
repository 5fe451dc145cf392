// https by the recipes of conf/: what a client sees of it, and that a certificate is
// replaced without an end of what is open.

import assert from 'node:assert/strict';
import http2 from 'node:http2';
import tls from 'node:tls';
import { after, before, beforeEach, describe, test } from 'node:test';
import { Steps, startUpstream } from '../upstream/upstream.mjs';
import { PATIENCE_MS, until, within } from './gateway.mjs';
import { ask } from './client.mjs';
import { LANES } from './samples.mjs';
import { CASES, KEY, isWhole, openStream } from './server_cases.mjs';
import { startServer } from './servers.mjs';
import { HAS_ACME, NAME, TLS_SERVERS, mdServer, renew } from './servers_tls.mjs';

const ROWS = ['an answer as a whole', 'a stream, each event at once',
    '`Authorization`', 'a body of 20 MB', '`%2F` in a model\'s name',
    'the page, at `/`'];
let upstream;

before(async () => {
	upstream = await startUpstream();
});
beforeEach(() => upstream.reset());
after(() => upstream?.stop());

// Resolves with what a handshake says, or rejects.
const handshake = (server, options = {}) => within(PATIENCE_MS, new Promise(
    (resolve, reject) => {
	const socket = tls.connect({ port: server.port, host: '127.0.0.1',
		...server.tls, ...options }, () => {
		resolve({ protocol: socket.getProtocol(), fingerprint:
			socket.getPeerCertificate().fingerprint256 });
		socket.destroy();
	}).on('error', reject);
}), 'handshake');

const LEGACY = 'ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA:AES128-SHA';

async function isModern(server) {
	assert.equal((await handshake(server)).protocol, 'TLSv1.3');
	assert.equal((await handshake(server, { maxVersion: 'TLSv1.2' })).protocol,
	    'TLSv1.2');
	for (const old of [{ minVersion: 'TLSv1', maxVersion: 'TLSv1.1' },
	    { maxVersion: 'TLSv1.2' }])
		await assert.rejects(handshake(server, { ...old,
			ciphers: `${LEGACY}:@SECLEVEL=0` }),
		/alert|EPROTO|ECONNRESET|disconnected/i);
}

// The next event is made only when the last one is there.
async function eachEventByHttp2(server) {
	const steps = new Steps();
	const body = JSON.stringify(LANES.messages.body('hi', { stream: true }));
	let text = '', events = 0;

	upstream.next({ steps, reply: { text: 'one two three four' } });
	const session = http2.connect(`https://127.0.0.1:${server.port}`,
	    server.tls);
	const stream = session.request({ ':method': 'POST',
		':path': LANES.messages.path, authorization: `Bearer ${KEY}`,
		'content-type': 'application/json',
		'content-length': body.length });
	stream.setEncoding('utf8').end(body);
	steps.go();
	for await (const piece of stream) {
		text += piece;
		for (; text.split('\n\n').length - 1 > events; events++)
			steps.go();
	}
	assert.equal(session.alpnProtocol, 'h2');
	session.close();
	assert.ok(events > 3, text);
	assert.match(text, /event: message_stop\n.*\n\n$/);
}

// By http there is what certbot or Let's Encrypt asks for, and the way to https.
async function redirects(server) {
	const plain = { port: server.httpPort };
	const headers = { host: NAME };
	const path = '/v1/models?x=1';
	const get = await ask(plain, { path, headers });
	assert.ok([301, 308].includes(get.status), get.status);
	assert.equal(get.headers.location, `https://${NAME}${path}`);
	const post = await ask(plain, { path: LANES.chat.path, headers, key: KEY,
		body: LANES.chat.body() });
	assert.equal(post.status, 308);
	assert.equal(post.headers.location, `https://${NAME}${LANES.chat.path}`);
	assert.equal(upstream.requests.length, 0);
}

async function answersChallenges(server) {
	server.write('www/.well-known/acme-challenge/token', 'said');
	const answer = await ask({ port: server.httpPort }, { headers:
		{ host: NAME }, path: '/.well-known/acme-challenge/token' });
	assert.deepEqual([answer.status, answer.text], [200, 'said']);
}

// lighttpd has new requests wait for the stream, the others take them at once.
async function replaced(server, waits) {
	const { steps, stream } = await openStream(server, upstream, 'chat');
	const old = (await handshake(server)).fingerprint;
	const isNew = async () => {
		const seen = await handshake(server, { rejectUnauthorized: false })
		    .catch(() => undefined);
		return seen !== undefined && seen.fingerprint !== old;
	};
	renew(server);
	server.reload();
	if (!waits)
		await until(isNew, 'new certificate');
	steps.all();
	await within(PATIENCE_MS, stream.done, 'end of the stream');
	assert.ok(isWhole(stream), stream.text);
	// Those that served the stream may take one more connection each.
	await until(async () => (await ask(server, { path: '/health' })
	    .catch(() => undefined))?.status === 200, 'new certificate');
}

for (const [name, start] of [...Object.entries(TLS_SERVERS),
    ['Apache, mod_md', mdServer]]) {
	const isMd = start === mdServer;
	const skip = isMd && !HAS_ACME && 'no pebble';

	describe(`https: ${name}`, { skip }, () => {
		let server;
		before(async () => {
			server = await startServer(start, upstream);
		});
		after(() => server?.stop());
		for (const row of ROWS)
			test(row, async () => assert.equal(await within(
			    2 * PATIENCE_MS, CASES[row](server, upstream), 'end'),
			    'yes'));
		test('a stream by HTTP/2, each event at once', () =>
			within(2 * PATIENCE_MS, eachEventByHttp2(server), 'end'));
		test('TLS 1.2 and 1.3, and no old ciphers', () =>
			isModern(server));
		test('http leads to https', () => redirects(server));
		if (!isMd) {
			test('but not what is asked for a certificate', () =>
				answersChallenges(server));
			test('a new certificate is taken by a reload, an open ' +
			    'stream is finished', () =>
				replaced(server, name === 'lighttpd'));
		}
	});
}
