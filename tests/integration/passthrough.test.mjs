// The same-dialect lanes: the upstream gets the client's bytes, and the client
// the upstream's.

import assert from 'node:assert/strict';
import zlib from 'node:zlib';
import { after, before, beforeEach, describe, test } from 'node:test';
import { startUpstream } from '../upstream/upstream.mjs';
import { startGateway } from './gateway.mjs';
import { ask, sha256 } from './client.mjs';
import { LANES, NAMES, filler } from './samples.mjs';

let upstream, gateway;

before(async () => {
	upstream = await startUpstream();
	gateway = await startGateway({ upstream });
});
beforeEach(() => upstream.reset());
after(async () => {
	await gateway?.stop();
	await upstream?.stop();
});

const SIZES = { '1 KB': 1000, '400 KB': 400 << 10, '20 MB': 20 << 20 };

// A body and a reply of that size, with white space no serialiser would write.
function spelled(value) {
	return JSON.stringify(value, null, '\t').replace(/": /g, '" :\r\n  ') +
		'\n \n';
}

for (const name of NAMES) {
	const lane = LANES[name];

	describe(name, () => {
		for (const [size, bytes] of Object.entries(SIZES)) {
			test(`${size} whole, both ways`, async () => {
				const body = spelled(lane.body(filler(bytes)));
				const reply = spelled({ id: 'x', text: filler(bytes) });
				upstream.next({ body: reply });
				const answer = await ask(gateway, { path: lane.path,
					body });
				assert.equal(answer.status, 200, answer.text
				    .slice(0, 500));
				assert.equal(upstream.last.path, lane.upstreamPath);
				assert.equal(upstream.last.sha256, sha256(body));
				assert.equal(answer.sha256, sha256(reply));
				assert.equal(answer.headers['content-length'],
				    String(Buffer.byteLength(reply)));
				assert.equal(answer.cut, false);
			});
			test(`${size} streamed, both ways`, async () => {
				const body = spelled(lane.body(filler(bytes),
				    { stream: true }));
				const piece = filler(Math.min(bytes, 30000));
				const events = Array.from({ length: Math.max(3,
				    bytes / piece.length | 0) }, (_, i) =>
					`event: e${i}\ndata: {"text" : ${
					    JSON.stringify(piece)}}\n\n`);
				upstream.next({ events });
				const answer = await ask(gateway, { path: lane.path,
					body });
				assert.equal(answer.status, 200);
				assert.match(answer.headers['content-type'],
				    /^text\/event-stream/);
				assert.equal(upstream.last.sha256, sha256(body));
				assert.equal(answer.sha256, sha256(events.join('')));
				assert.equal(answer.cut, false);
			});
		}
		test('every documented event of a stream', async () => {
			const reply = { thinking: 'Hm, é', calls: [{ name: 'one',
				input: { a: 1 } }, { name: 'two', input: {} }] };
			upstream.next({ reply });
			const answer = await ask(gateway, { path: lane.path,
				body: lane.body('hi', { stream: true }) });
			const { DIALECTS } = await import('../upstream/dialects.mjs');
			const { eventText } = await import('../upstream/replies.mjs');
			const { events } = DIALECTS[name].write({ ...reply,
				model: lane.model }, { body: {} });
			assert.equal(answer.text, events.map(eventText).join(''));
		});
		test('the query string goes along', async () => {
			await ask(gateway, { path: `${lane.path}?beta=true&x=%2F`,
				body: lane.body() });
			assert.equal(upstream.last.url,
			    `${lane.upstreamPath}?beta=true&x=%2F`);
		});
	});
}

// Bytes that a parse and a print would change.
const ODD = [
	['numbers', '"temperature":1e400,"x":12345678901234567890,"y":-0.0,' +
	    '"z":1.10,"w":1E+2'],
	['escapes', '"x":"\\u0041\\/\\ud83c\\udf0d\\u00e9","\\u0078y":1'],
	['lone surrogates', '"x":"\\ud800 \\udc00","y":["\\udfff"]'],
	['duplicate keys', '"x":1,"x":2,"stop":null,"stop":null'],
	['key order and white space', '"b" : 1 ,\n\t"a":\r\n[ ]  ,"c":{ }'],
	['deep nesting', `"x":${'['.repeat(100)}${']'.repeat(100)}`],
	['look-alike keys', '"x":{"model":"other","stream":true,"system":"s",' +
	    '"messages":[{"model":"m"}]}'],
	['an empty key', '"":{"":""}'],
];

describe('odd bytes survive', () => {
	for (const [what, fields] of ODD)
		for (const name of NAMES)
			test(`${what} in ${name}`, async () => {
				const lane = LANES[name];
				const body = JSON.stringify(lane.body('hi'))
				    .replace(/^\{/, `{${fields},`);
				const reply = `{${fields}}`;
				upstream.next({ strict: false, body: reply });
				const answer = await ask(gateway, { path: lane.path,
					body });
				assert.equal(answer.status, 200, answer.text);
				assert.equal(upstream.last.bytes.toString(), body);
				assert.equal(answer.text, reply);
			});
	test('a byte order mark or a broken body is refused, not mended',
	    async () => {
		for (const body of ['\ufeff{"model":"glm-5"}', '{"model":"glm-5",}',
		    '{"model":"glm-5"} x', "{'model':'glm-5'}"]) {
			const answer = await ask(gateway, { path: LANES.chat.path,
				body });
			assert.equal(answer.status, 400, body);
		}
		assert.equal(upstream.requests.length, 0);
	});
});

describe('request bodies', () => {
	const { path } = LANES.chat;

	test('gzip is inflated', async () => {
		const body = JSON.stringify(LANES.chat.body(filler(100000)));
		const answer = await ask(gateway, { path,
			body: zlib.gzipSync(body),
			headers: { 'content-encoding': 'gzip' } });
		assert.equal(answer.status, 200, answer.text);
		assert.equal(upstream.last.sha256, sha256(body));
		assert.equal(upstream.last.headers['content-encoding'], undefined);
	});
	test('chunked is as good as with a length', async () => {
		const body = JSON.stringify(LANES.chat.body(filler(200000)));
		const answer = await ask(gateway, { path, body,
			headers: { 'content-length': undefined,
			    'transfer-encoding': 'chunked' } });
		assert.equal(answer.status, 200, answer.text);
		assert.equal(upstream.last.sha256, sha256(body));
	});
	test('any content type is read as JSON', async () => {
		const body = JSON.stringify(LANES.chat.body());
		for (const type of ['text/plain', undefined,
		    'application/json; charset=utf-8']) {
			const answer = await ask(gateway, { path, body,
				headers: { 'content-type': type } });
			assert.equal(answer.status, 200, answer.text);
			assert.equal(upstream.last.headers['content-type'],
			    'application/json');
		}
	});
	test('Expect: 100-continue works', async () => {
		const body = JSON.stringify(LANES.chat.body(filler(2 << 20)));
		const answer = await ask(gateway, { path, body,
			headers: { expect: '100-continue' } });
		assert.equal(answer.status, 200);
		assert.equal(upstream.last.sha256, sha256(body));
		assert.equal(upstream.last.headers.expect, undefined);
	});
});

describe('count_tokens', () => {
	test('goes to the count_tokens route', async () => {
		const body = JSON.stringify({ model: LANES.messages.model,
			messages: [{ role: 'user', content: 'hi' }] });
		const answer = await ask(gateway, {
			path: '/v1/messages/count_tokens?beta=true', body });
		assert.equal(answer.status, 200, answer.text);
		assert.deepEqual(answer.json, { input_tokens: 14 });
		assert.equal(upstream.last.url,
		    '/api/llm/a/v1/messages/count_tokens?beta=true');
		assert.equal(upstream.last.bytes.toString(), body);
	});
});
