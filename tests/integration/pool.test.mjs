// Many at once, and what dies costs only its own.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import { after, before, beforeEach, describe, test } from 'node:test';
import { Steps, startUpstream } from '../upstream/upstream.mjs';
import { PATIENCE_MS, startGateway, until, within } from './gateway.mjs';
import { ask, open, readEvents } from './client.mjs';
import { ERRORS, LANES, NAMES, assertError } from './samples.mjs';

let upstream;

before(async () => {
	upstream = await startUpstream();
});
beforeEach(() => upstream.reset());
after(() => upstream?.stop());

const streamed = (text = 'hi', name = 'chat') => ({ path: LANES[name].path,
	body: LANES[name].body(text, { stream: true }) });

describe('a pool of two processes', () => {
	let gateway;

	before(async () => {
		gateway = await startGateway({ upstream, config: {
			processes: 2, drain_s: 30 } });
	});
	after(() => gateway?.stop());

	test('300 streams are open together and each gets its own', async () => {
		const steps = [];
		upstream.fallback = (entry) => {
			const one = new Steps();
			one.go();
			steps.push(one);
			const mine = entry.body.messages[0].content;
			return { steps: one, events: [{ data: { start: mine } },
				{ data: { middle: mine } }, { data: { end: mine } },
				{ data: '[DONE]' }] };
		};
		const answers = await within(PATIENCE_MS, Promise.all(Array.from(
		    { length: 300 }, async (_, i) => {
			const answer = await open(gateway, streamed(`n${i}`));
			assert.equal(answer.status, 200);
			const event = readEvents(await answer.event())[0];
			assert.equal(event.data.start, `n${i}`);
			return answer;
		    })), '300 open streams');
		assert.equal(steps.length, 300);
		for (const one of steps)
			one.all();
		await within(PATIENCE_MS, Promise.all(answers.map(async (answer, i) => {
			await answer.done;
			const events = readEvents(answer.text);
			assert.equal(events.length, 4);
			assert.equal(events[2].data.end, `n${i}`);
			assert.equal(answer.cut, false);
		})), '300 whole streams');
	});

	test('300 whole requests at once', async () => {
		const answers = await Promise.all(Array.from({ length: 300 },
		    (_, i) => ask(gateway, { path: LANES.chat.path,
			body: LANES.chat.body(`n${i}`) })));
		for (const answer of answers)
			assert.equal(answer.status, 200);
	});

	test('kill -9 of a responder costs only its own requests', async () => {
		const steps = [];
		upstream.fallback = () => {
			const one = new Steps();
			one.go();
			steps.push(one);
			return { steps: one };
		};
		const answers = await Promise.all(Array.from({ length: 8 },
		    async () => {
			const answer = await open(gateway, streamed());
			await answer.event();
			return answer;
		}));
		const victims = gateway.responders();
		assert.equal(victims.length, 2);
		process.kill(victims[0], 'SIGKILL');
		await Promise.any(answers.map((answer) => answer.done));
		for (const one of steps)
			one.all();
		await Promise.all(answers.map((answer) => answer.done));
		const whole = answers.filter((answer) =>
			/\[DONE\]\n\n$/.test(answer.text));
		assert.ok(whole.length >= 1 && whole.length < 8,
		    `${whole.length} of 8 survived`);
		for (const answer of whole)
			assert.equal(answer.cut, false);
		upstream.fallback = null;
		for (let i = 0; i < 6; i++)
			assert.equal((await ask(gateway, streamed())).status, 200);
		await until(() => gateway.responders().length === 2,
		    'second responder');
	});

	test('a warm connection is used again', async () => {
		for (let i = 0; i < 4; i++)
			await ask(gateway, streamed());
		const before = upstream.connections;
		for (let i = 0; i < 20; i++)
			await ask(gateway, streamed());
		assert.ok(upstream.connections - before <= 2,
		    `${upstream.connections - before} new connections`);
	});

	test('SIGTERM to a responder ends its streams with an error event',
	    async () => {
		upstream.fallback = () => {
			const steps = new Steps();
			steps.go(2);
			return { steps };
		};
		const answers = await Promise.all(Array.from({ length: 4 },
		    async () => {
			const answer = await open(gateway, streamed('hi', 'messages'));
			await answer.event();
			return answer;
		}));
		for (const pid of gateway.responders())
			process.kill(pid, 'SIGTERM');
		await within(PATIENCE_MS, Promise.all(answers.map((answer) =>
			answer.done)), 'end of the streams');
		for (const answer of answers)
			assert.equal(readEvents(answer.text).at(-1).event, 'error');
		upstream.fallback = null;
		// lighttpd answers 500 until the new process listens.
		await until(async () => (await ask(gateway, streamed()))
		    .status === 200, 'answer');
	});
});

describe('connections to the FastCGI socket that say nothing', () => {
	let gateway;

	before(async () => {
		gateway = await startGateway({ upstream, config: { processes: 1,
			workers: 4, queue: 596 } });
	});
	after(() => gateway?.stop());

	const connect = () => new Promise((resolve, reject) => {
		const socket = net.connect(fs.readdirSync(`${gateway.state}/run`)
		    .filter((name) => /^fcgi\.sock/.test(name))
		    .map((name) => `${gateway.state}/run/${name}`)[0]);
		socket.on('connect', () => resolve(socket)).on('error', reject);
	});

	for (const [what, bytes] of [['at all', []],
	    ['but half of a head', [1, 1, 0, 1, 0, 8, 0, 0]]])
		test(`600 of them, nothing ${what}`, async () => {
			const sockets = await Promise.all(Array.from(
			    { length: 600 }, connect));
			try {
				for (const socket of sockets.slice(0, bytes.length
				    ? 3 : 600))
					socket.write(Buffer.from(bytes));
				for (let i = 0; i < 10; i++)
					assert.equal((await within(10000,
					    ask(gateway, streamed()), 'answer'))
					    .status, 200);
			} finally {
				for (const socket of sockets)
					socket.destroy();
			}
		});
});

describe('overload', () => {
	let gateway;

	before(async () => {
		gateway = await startGateway({ upstream, config: { processes: 1,
			workers: 2, queue: 1 } });
	});
	after(() => gateway?.stop());

	for (const name of NAMES)
		test(`${name}: 503 with Retry-After when all is busy`, async () => {
			const steps = [];
			upstream.fallback = () => {
				const one = new Steps();
				one.go();
				steps.push(one);
				return { steps: one };
			};
			const busy = await Promise.all([1, 2].map(async () => {
				const answer = await open(gateway, streamed());
				await answer.event();
				return answer;
			}));
			// Of six at least four are refused; nothing is freed
			// before they are.
			const refused = [];
			let all;
			const enough = new Promise((resolve) => { all = resolve; });
			const more = Array.from({ length: 6 }, async () => {
				const answer = await ask(gateway,
				    streamed('hi', name));
				if (answer.status === 503)
					refused.push(answer);
				if (refused.length === 4)
					all();
				return answer;
			});
			await Promise.race([within(PATIENCE_MS, enough,
			    'fourth refusal'), Promise.all(more)]);
			for (const answer of refused) {
				assertError(name, answer, ERRORS.overloaded);
				assert.match(answer.headers['retry-after'],
				    /^\d+$/);
			}
			// The one that waited in the queue is served now.
			upstream.fallback = null;
			for (const one of steps)
				one.all();
			const statuses = (await Promise.all(more)).map((answer) =>
				answer.status);
			assert.ok(statuses.includes(200), statuses.join());
			assert.ok(statuses.filter((status) => status === 503)
			    .length >= 4, statuses.join());
			await Promise.all(busy.map((answer) => answer.done));
		});
});

describe('the end of start.sh', () => {
	test('lets a short stream finish and cuts a long one with an error event',
	    async () => {
		const gateway = await startGateway({ upstream });
		const short = new Steps();
		const long = new Steps();
		upstream.next({ steps: short }, { steps: long });
		short.go(2);
		long.go(2);
		const first = await open(gateway, streamed());
		await first.event();
		const second = await open(gateway, streamed());
		await second.event();
		const from = performance.now();
		const stopped = gateway.stop();
		short.all();
		await first.done;
		assert.match(first.text, /\[DONE\]\n\n$/);
		await second.done;
		assert.ok(readEvents(second.text).at(-1).data.error, second.text);
		assert.equal(await stopped, 0);
		assert.ok(performance.now() - from < 20000);
	});
	test('a second signal ends at once', async () => {
		const gateway = await startGateway({ upstream });
		upstream.next({ steps: new Steps(), hang: true });
		const arrived = upstream.arrival();
		const asked = open(gateway, streamed()).catch(() => null);
		await within(PATIENCE_MS, arrived, 'arrival');
		const from = performance.now();
		gateway.process.kill('SIGINT');
		// The first one is heard when nothing listens any more.
		await until(() => fetch(gateway.url).then(() => false,
		    () => true), 'closed port');
		await gateway.stop('SIGINT');
		await asked;
		assert.ok(performance.now() - from < 4500);
	});
});
