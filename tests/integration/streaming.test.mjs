// Streams: each event at once, nothing after the end, and no clean end for what
// was cut.

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { DIALECTS } from '../upstream/dialects.mjs';
import { eventText } from '../upstream/replies.mjs';
import { Steps, startUpstream } from '../upstream/upstream.mjs';
import { PATIENCE_MS, startGateway, within } from './gateway.mjs';
import { acceptedConnection, ask, open, rawRequest, readEvents }
    from './client.mjs';
import { LANES, NAMES } from './samples.mjs';

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

const streamed = (name, more) => ({ path: LANES[name].path,
	body: LANES[name].body('hi', { stream: true }), ...more });

describe('each event arrives before the upstream sends the next', () => {
	for (const name of NAMES)
		test(name, async () => {
			const steps = new Steps();
			upstream.next({ steps, reply: { text: 'one two three',
				calls: [{ name: 'f', input: { a: 1 } }] } });
			steps.go();
			const answer = await open(gateway, streamed(name));
			assert.equal(answer.status, 200);
			let count = 0;
			for (;;) {
				const event = await answer.event();
				if (event === null)
					break;
				assert.match(event, /data: /);
				count++;
				steps.go();
			}
			assert.ok(count >= 3);
			await answer.done;
			assert.equal(answer.cut, false);
		});
	test('an event that comes byte by byte', async () => {
		upstream.next({ writeSize: 1, reply: { text: 'é 🌍 two' } });
		const answer = await ask(gateway, streamed('messages'));
		assert.match(answer.text, /event: message_stop\n.*\n\n$/);
	});
	test('headers that keep proxies from holding it back', async () => {
		// lighttpd gives a length to what is whole before its head left.
		const steps = new Steps();
		upstream.next({ steps });
		steps.go();
		const answer = await open(gateway, streamed('chat'));
		assert.equal(answer.headers['x-accel-buffering'], 'no');
		assert.match(answer.headers['cache-control'], /no-cache|no-store/);
		assert.equal(answer.headers['content-length'], undefined);
		steps.all();
		await answer.done;
	});
});

describe('a client that hangs up ends the upstream', () => {
	for (const name of NAMES) {
		test(`${name}: while events are written`, async () => {
			const events = Array.from({ length: 10000 }, (_, i) =>
				({ data: { i } }));
			upstream.next({ events, eventDelayMs: 10 });
			const answer = await open(gateway, streamed(name));
			await answer.event();
			await answer.event();
			answer.close();
			assert.equal(await within(PATIENCE_MS, upstream.last.gone,
			    'end of the upstream'), true);
		});
		test(`${name}: while the upstream is silent`, async () => {
			const steps = new Steps();
			upstream.next({ steps });
			steps.go();
			const answer = await open(gateway, streamed(name));
			await answer.event();
			answer.close();
			assert.equal(await within(PATIENCE_MS, upstream.last.gone,
			    'end of the upstream'), true);
		});
	}
	test('while nothing was answered yet', async () => {
		upstream.next({ hang: true });
		const arrived = upstream.arrival();
		const socket = await acceptedConnection(gateway);
		socket.write(rawRequest({ path: LANES.chat.path,
			body: LANES.chat.body() }));
		const entry = await within(PATIENCE_MS, arrived, 'arrival');
		socket.destroy();
		assert.equal(await within(PATIENCE_MS, entry.gone,
		    'end of the upstream'), true);
	});
	test('the next request is served', async () => {
		assert.equal((await ask(gateway, streamed('chat'))).status, 200);
	});
});

describe('keep-alives in silence', () => {
	let gateway;

	before(async () => {
		gateway = await startGateway({ upstream, config: {
			keep_alive_s: 1 } });
	});
	after(() => gateway?.stop());

	const KEEP_ALIVES = {
		chat: (event) => event.comment !== undefined,
		responses: (event) => event.event === 'keepalive' &&
		    event.data.type === 'keepalive',
		messages: (event) => event.event === 'ping' &&
		    event.data.type === 'ping',
		generate: (event) => JSON.stringify(event.data) ===
		    '{"candidates":[{"content":{"parts":[{"text":""}],' +
		    '"role":"model"},"index":0}]}',
	};

	for (const name of NAMES)
		test(name, async () => {
			const steps = new Steps();
			upstream.next({ steps });
			steps.go(3);
			const answer = await open(gateway, streamed(name));
			for (let i = 0; i < 3; i++)
				await answer.event();
			const quiet = [await answer.event(), await answer.event()];
			steps.all();
			await answer.done;
			const events = quiet.map((text) => readEvents(text)[0]);
			for (const event of events)
				assert.ok(KEEP_ALIVES[name](event), event.text);
			if (name === 'responses')
				assert.deepEqual(events.map((event) =>
				    event.data.sequence_number), [3, 4]);
			// What is left is what the upstream said.
			const all = answer.text;
			let rest = all;
			for (const text of quiet)
				rest = rest.replace(text, '');
			assert.equal(rest.split('\n\n').length,
			    all.split('\n\n').length - 2);
			assert.ok(!KEEP_ALIVES[name](readEvents(all).at(-1)));
		});
	// What its client can't see of an upstream is silence to it.
	for (const name of ['messages', 'responses', 'generate'])
		test(`${name}, converted from a stream of comments`, async () => {
			const steps = new Steps();
			const chunk = (delta, finish_reason = null) =>
				`data: ${JSON.stringify({ choices: [{ index: 0, delta,
				    finish_reason }] })}\n\n`;
			upstream.next({ steps, events: [
				chunk({ role: 'assistant', content: 'a' }),
				...Array(12).fill(': PROCESSING\n\n'),
				chunk({ content: 'b' }), chunk({}, 'stop'),
				'data: [DONE]\n\n'] });
			const timer = setInterval(() => steps.go(), 250);
			const began = Date.now();
			const answer = await ask(gateway, streamed(name, {
				body: { ...LANES[name].body('hi', { stream: true }),
				    model: 'glm-5' } }));
			clearInterval(timer);
			const events = readEvents(answer.text);
			const quiet = events.filter(KEEP_ALIVES[name]).length;
			assert.ok(quiet >= 2, answer.text);
			assert.ok(quiet <= (Date.now() - began) / 1000, answer.text);
			assert.match(answer.text, /"a"[^]*"b"/);
		});
	test('with `Content-Encoding: identity`', async () => {
		const steps = new Steps();
		upstream.next({ steps, headers: { 'content-encoding': 'identity' },
			cutAfter: 3, cut: 'fin' });
		steps.go(2);
		const answer = await open(gateway, streamed('chat'));
		for (let i = 0; i < 2; i++)
			await answer.event();
		const quiet = readEvents(await answer.event())[0];
		assert.ok(KEEP_ALIVES.chat(quiet), quiet.text);
		steps.all();
		await answer.done;
		assert.ok(readEvents(answer.text).at(-1).data.error.message);
	});
	test('none in the middle of an event', async () => {
		const steps = new Steps();
		upstream.next({ steps, events: ['data: {"a":1}\n\n',
			'data: {"b":', '2}\n\n', 'data: [DONE]\n\n'] });
		steps.go(2);
		const answer = await open(gateway, streamed('chat'));
		await answer.event();
		await answer.event();		// a keep-alive before the torn one
		steps.all();
		await answer.done;
		assert.match(answer.text, /\n\ndata: \{"b":2\}\n\n/);
	});
	test('none after the terminal event', async () => {
		const steps = new Steps();
		upstream.next({ steps, events: ['data: {"a":1}\n\n',
			'data: [DONE]\n\n', ': the end\n\n'] });
		steps.go(2);
		const answer = await open(gateway, streamed('chat'));
		await answer.event();
		await answer.event();
		await assert.rejects(answer.event(1300), /no next event/);
		steps.all();
		await answer.done;
	});
});

// What a cut stream must end with, in each dialect.
function assertErrorEnd(name, text) {
	const events = readEvents(text);
	const last = events.at(-1);

	if (name === 'chat') {
		assert.ok(last.data.error?.message, last.text);
		assert.doesNotMatch(text, /\[DONE\]/);
	} else if (name === 'responses') {
		assert.equal(last.event, 'response.failed');
		assert.equal(last.data.type, 'response.failed');
		assert.equal(last.data.response.id, 'resp_U7');
		assert.equal(last.data.response.status, 'failed');
		assert.ok(last.data.response.error.message);
		assert.equal(last.data.sequence_number, events.filter((event) =>
			event.data?.sequence_number !== undefined).length - 1);
	} else if (name === 'messages') {
		assert.equal(last.event, 'error');
		assert.equal(last.data.type, 'error');
		assert.ok(last.data.error.message);
	} else {
		assert.equal(last.event, undefined);
		assert.ok(last.data.error.code >= 500);
		assert.ok(last.data.error.status);
	}
}

describe('a stream that was cut ends with an error event', () => {
	let impatient;

	before(async () => {
		impatient = await startGateway({ upstream, config: {
			keep_alive_s: 1, idle_timeout_s: 3 } });
	});
	after(() => impatient?.stop());

	for (const name of NAMES) {
		for (const cut of ['fin', 'rst'])
			test(`${name}: by ${cut}`, async () => {
				const from = gateway.log.length;
				upstream.next({ cutAfter: 3, cut });
				const answer = await ask(gateway, streamed(name));
				assertErrorEnd(name, answer.text);
				await gateway.logged(/cut|clos|reset|fail/i, { from });
			});
		test(`${name}: in the middle of an event`, async () => {
			const texts = DIALECTS[name].write({}, {}).events
			    .map(eventText);
			upstream.next({ cutAfter: 4, events: [...texts.slice(0, 3),
				texts[3].slice(0, -9)] });
			const answer = await ask(gateway, streamed(name));
			assertErrorEnd(name, answer.text);
			assert.ok(answer.text.startsWith(texts.slice(0, 3).join('')));
		});
		test(`${name}: by the idle time-out`, async () => {
			const steps = new Steps();
			upstream.next({ steps });
			steps.go(3);
			const answer = await ask(impatient, streamed(name));
			const quiet = readEvents(answer.text);
			assert.ok(quiet.length > 4);
			assertErrorEnd(name, answer.text);
		});
	}
	// What of it has left already can't be taken back, and nothing of ours
	// may stand behind it.
	for (const [what, size, headers] of [
		['an event too long to hold back', 100000, {}],
		['a compressed body', 2000, { 'content-encoding': 'gzip' }]])
		test(`${what}: the connection is cut`, async () => {
			const torn = `data: {"b":"${'x'.repeat(size)}`;

			// lighttpd may find a part and its end at once.
			for (let round = 0; round < 8; round++) {
				const from = gateway.log.length;
				upstream.next({ headers, cutAfter: 2, cut: 'fin',
					events: ['data: {"a":1}\n\n', torn,
						'"}\n\n'] });
				const answer = await ask(gateway, streamed('chat'));
				assert.equal(answer.cut, true);
				assert.equal(answer.text,
				    `data: {"a":1}\n\n${torn}`);
				await gateway.logged(/status=200.* failed: /,
				    { from });
			}
		});
	test('converted, after it began: one error event, then the end',
	    async () => {
		upstream.next({ cutAfter: 3, cut: 'rst' });
		const answer = await ask(gateway, { path: LANES.messages.path,
			body: LANES.messages.body('hi', { stream: true,
				model: LANES.chat.model }) });
		assert.equal(answer.text.match(/event: error/g)?.length, 1);
		assertErrorEnd('messages', answer.text);
		assert.equal(answer.cut, false);
	});
	test('before its first event: an answer with a status', async () => {
		upstream.next({ cutAfter: 0, events: [] });
		const answer = await ask(gateway, streamed('chat'));
		if (answer.status === 200)
			assertErrorEnd('chat', answer.text);
		else
			assert.equal(answer.status, 502);
	});
});

describe('after the terminal event', () => {
	const textsOf = (name) => DIALECTS[name].write({}, {}).events
	    .map(eventText);

	for (const name of NAMES.filter((name) => name !== 'generate'))
		test(`${name}: an upstream that stays is left after 2 s`,
		    async () => {
			const events = textsOf(name);
			upstream.next({ events, cutAfter: events.length,
				cut: 'hang' });
			const answer = await ask(gateway, streamed(name));
			const ms = performance.now() - answer.chunks.at(-1).at;
			assert.ok(ms > 1500 && ms < 10000, `${ms} ms`);
			assert.equal(answer.text, events.join(''));
			assert.equal(answer.cut, false);
			assert.equal(await within(PATIENCE_MS, upstream.last.gone,
			    'end of the upstream'), true);
		});
	test('generate: it has none, so that the upstream ends it', async () => {
		const steps = new Steps();
		const events = textsOf('generate');
		const late = 'data: {"usageMetadata":{"promptTokenCount":3}}\n\n';
		upstream.next({ steps, events: [...events, late] });
		steps.go(events.length);
		const answer = await open(gateway, streamed('generate'));
		for (let i = 0; i < events.length; i++)
			await answer.event();
		await assert.rejects(answer.event(3000), /no next event/);
		steps.all();
		await answer.done;
		assert.equal(answer.text, events.join('') + late);
		assert.equal(answer.cut, false);
	});
});

describe('ends that are not cuts', () => {
	test('a clean end without a terminal event passes and is logged',
	    async () => {
		const from = gateway.log.length;
		upstream.next({ cutAfter: 3, cut: 'end' });
		const answer = await ask(gateway, streamed('messages'));
		assert.equal(readEvents(answer.text).length, 3);
		assert.equal(answer.cut, false);
		await gateway.logged(/unterminated/, { from });
	});
	test("the upstream's own error event passes", async () => {
		const events = ['event: error\ndata: {"type":"error","error":' +
		    '{"type":"overloaded_error","message":"Overloaded"}}\n\n'];
		upstream.next({ events });
		const answer = await ask(gateway, streamed('messages'));
		assert.equal(answer.text, events[0]);
	});
	test('a compressed stream passes untouched', async () => {
		const zlib = await import('node:zlib');
		const bytes = zlib.gzipSync('data: {"a":1}\n\ndata: [DONE]\n\n');
		upstream.next({ body: bytes, headers: { 'content-encoding': 'gzip',
			'content-type': 'text/event-stream' } });
		const answer = await ask(gateway, streamed('chat'));
		assert.equal(answer.headers['content-encoding'], 'gzip');
		assert.ok(answer.body.equals(bytes));
	});
	test('CRLF, comments and odd lines pass untouched', async () => {
		const text = ': hello\r\n\r\nevent:x\r\ndata:{"a":1}\r\ndata: 2\r\n' +
		    'id: 7\r\nretry: 10\r\n\r\ndata: [DONE]\n\n';
		upstream.next({ events: [text] });
		const answer = await ask(gateway, streamed('chat'));
		assert.equal(answer.text, text);
	});
	test('an event larger than any buffer passes', async () => {
		const events = [`data: {"x":"${'y'.repeat(3 << 20)}"}\n\n`,
			'data: [DONE]\n\n'];
		upstream.next({ events });
		const answer = await ask(gateway, streamed('chat'));
		assert.equal(answer.text, events.join(''));
	});
});
