// The ledger: every answered exchange is in it, exactly once, whatever dies.
// LEDGER_EXCHANGES=20000 makes it as long as one likes.
//
// What "exactly" means. A row is written behind the upstream's last byte and before
// the client's. So an exchange whose answer the client has as a whole has its row,
// always, and one row. Who is killed before the row leaves none, and the client no
// answer; who is killed between the row and the client's last byte leaves a row of
// an exchange that the client thinks failed: the upstream gave those tokens, and
// they count. If the web server then asks again by itself, the upstream gives twice
// and there may be two rows. So: what was answered has a row; no row is without a
// gift of the upstream's, each gift has one row at most, with its very numbers;
// and sums are those of the rows. Behind a full disk the same holds as long as
// the room lasts that segments have set aside.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { execFile, execFileSync, spawn } from 'node:child_process';
import { after, before, beforeEach, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { startUpstream } from '../upstream/upstream.mjs';
import { TEST_KEY, build, configuration, environment, mayLook, prepareGateway,
    processes, root, startGateway, until } from './gateway.mjs';
import { acceptedConnection, ask, rawRequest } from './client.mjs';
import { LANES, NAMES } from './samples.mjs';

const EXCHANGES = Number(process.env.LEDGER_EXCHANGES ?? 2000);
const CLIENTS = 16;
const FULL = 400;		// while the disk is full
const KILL_MS = EXCHANGES > 5000 ? 1000 : 500;
const PEOPLE = ['ann', 'bob', 'cid', 'dan', 'eve'];
const program = path.join(build, 'fcgi/droid2api.fcgi');

let upstream;

before(async () => {
	upstream = await startUpstream();
});
beforeEach(() => upstream.reset());
after(() => upstream?.stop());

const client_keys = PEOPLE.map((name) => ({ name, key: `ck-${name}` }));

const run = async (gateway, ...options) => (await promisify(execFile)(program,
    ['--config', gateway.configFile, ...options], { encoding: 'utf8',
	env: environment(gateway), maxBuffer: 1 << 28 })).stdout;
const json = async (gateway, ...options) => JSON.parse(await run(gateway,
    ...options, '--json'));

// What the upstream says of the number in the request's text.
const usageOf = (n) => ({ input: 1000 + n, output: 1 + n % 97,
    cached: n % 13 });
const numberIn = (bytes) => Number(/number (\d+)\./.exec(bytes)?.[1]);

// Every kind of lane, whole and streamed. The end of a stream of Google's is
// known by its bytes' end alone, which dies with the process.
const KINDS = NAMES.flatMap((name) => [[name, false], [name, true]])
    .filter(([name, stream]) => !(name === 'generate' && stream));
KINDS.push(['chat', false, LANES.messages.model], ['messages', true, 'glm-5']);

const ENDS = { chat: /data: \[DONE\]/, responses: /event: response.completed/,
    messages: /event: message_stop/ };

function request(n) {
	const [name, stream, model] = KINDS[n % KINDS.length];
	return { name, stream, path: LANES[name].path,
		key: `ck-${PEOPLE[n % PEOPLE.length]}`, headers: {
		    'user-agent': `tool${n % 3}/1.0 (x)` },
		body: LANES[name].body(`number ${n}.`, { ...(model && { model }),
		    ...(stream && { stream: true }), ...(stream && name === 'chat' &&
		    { stream_options: { include_usage: true } }) }) };
}

// Its request id, or null when it was not answered as a whole.
async function one(gateway, n) {
	const what = request(n);
	try {
		const answer = await ask(gateway, what);
		if (answer.status !== 200 || answer.cut || (what.stream &&
		    !ENDS[what.name].test(answer.text)))
			return null;
		return answer.headers['x-droid2api-request-id'];
	} catch {
		return null;
	}
}

// After a death the web server needs a moment to start another one.
const healthy = (gateway) => ask(gateway, { path: '/health' }).then(
    (answer) => answer.status === 200, () => false);

// Exchanges from `first` on; adds those that were answered.
async function load(gateway, first, count, answered) {
	let next = first;
	await Promise.all(Array.from({ length: CLIENTS }, async () => {
		while (next < first + count) {
			const n = next++;
			const id = await one(gateway, n);
			if (id)
				answered.set(id, n);
			else
				await until(() => healthy(gateway), 'life');
		}
	}));
}

const shoot = (pids, turn) => {
	try {
		if (pids.length)
			process.kill(pids[turn % pids.length], 'SIGKILL');
	} catch (error) {
		assert.equal(error.code, 'ESRCH');	// it was faster
	}
};

// start.sh's own, below whatever keeps it.
function tokends(gateway) {
	const table = processes();
	const kept = new Set([gateway.process.pid]);
	for (const pid of kept)
		for (const one of table)
			if (one.parent === pid)
				kept.add(one.pid);
	return table.filter((one) => kept.has(one.pid) && one.name === 'tokend')
	    .map((one) => one.pid);
}

// Kills one responder after the other, tokend, and who folds beside them.
function killer(gateway) {
	let turn = 0;
	const timer = setInterval(() => {
		shoot(gateway.responders(), turn++);
		shoot(tokends(gateway), 0);
		const folding = spawn(program, ['--config', gateway.configFile,
			'--usage'], { env: environment(gateway), stdio: 'ignore' });
		setTimeout(() => folding.kill('SIGKILL'), turn * 7 % 40);
	}, KILL_MS);
	return () => {
		clearInterval(timer);
		return turn;
	};
}

const add = (sums, name, row) => {
	const sum = sums[name] ??= { requests: 0, input: 0, cached: 0, output: 0 };
	sum.requests++;
	for (const kind of ['input', 'cached', 'output'])
		sum[kind] += row[kind] ?? 0;
};

// How often the upstream gave the tokens of each number.
const gifts = () => {
	const given = new Map();
	for (const { bytes, problem } of upstream.requests) {
		const n = numberIn(bytes);
		if (!problem)
			given.set(n, (given.get(n) ?? 0) + 1);
	}
	return given;
};

async function check(gateway, answered) {
	const given = gifts();
	const { exchanges } = await json(gateway, '--last', '100000');
	const seen = new Map();
	const sums = {}, models = {};
	for (const row of exchanges) {
		assert.ok(!seen.has(row.id), `${row.id} twice`);
		seen.set(row.id, row);
		add(sums, row.key, row);
		add(models, row.model, row);
		if (row.input === null)
			continue;
		const n = row.input + (row.cached ?? 0) - 1000;
		assert.ok(given.get(n) > 0, `nobody gave ${JSON.stringify(row)}`);
		given.set(n, given.get(n) - 1);
		assert.equal(row.output, usageOf(n).output, `output of ${n}`);
	}
	let missing = 0;
	for (const [id, n] of answered) {
		const row = seen.get(id);
		if (!row) {
			missing++;
			continue;
		}
		const usage = usageOf(n);
		assert.equal(row.input, usage.input - usage.cached, `input of ${n}`);
		assert.equal(row.cached ?? 0, usage.cached, `cached of ${n}`);
		assert.equal(row.output, usage.output, `output of ${n}`);
		assert.equal(row.key, PEOPLE[n % PEOPLE.length]);
		assert.equal(row.tool, `tool${n % 3}`);
		assert.equal(row.status, 200);
	}
	assert.equal(missing, 0, `${missing} of ${answered.size} are missing`);
	for (const [by, expected] of [['key', sums], ['model', models]]) {
		const { groups } = await json(gateway, '--usage', '--by', by);
		const got = Object.fromEntries(groups.map((one) => [one[by],
			{ requests: one.requests, input: one.input,
			    cached: one.cached, output: one.output }]));
		assert.deepEqual(got, expected);
	}
	return `${answered.size} answered, ${exchanges.length} rows, ` +
	    `${upstream.requests.length} given`;
}

describe('what is killed loses and repeats nothing', () => {
	const answers = () => {
		upstream.fallback = (entry) => ({ reply: { usage: usageOf(numberIn(
			entry.bytes)) } });
	};
	test(`${EXCHANGES} exchanges of ${PEOPLE.length} keys`, async (t) => {
		const gateway = await startGateway({ upstream, config: {
			client_keys } });
		t.after(() => gateway.stop());
		const answered = new Map();
		answers();
		const stop = killer(gateway);
		t.after(stop);
		await load(gateway, 0, EXCHANGES, answered);
		const kills = stop();
		t.diagnostic(`${await check(gateway, answered)}, ${kills} killed`);
		assert.ok(answered.size > EXCHANGES / 4, `${answered.size}`);
		assert.ok(kills > 1);
		await gateway.logged(/tokend ended, starting it again/);
	});

	// A folder of its own size; only root may have one.
	const small = async () => {
		const gateway = await prepareGateway({ config: configuration(upstream,
			{ client_keys }) });
		fs.mkdirSync(gateway.state);
		execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m,mode=0755',
			'none', gateway.state], { stdio: 'ignore' });
		gateway.launch(environment(gateway, { FACTORY_API_KEY: TEST_KEY }),
		    path.join(root, 'start.sh'), []);
		await gateway.logged(/droid2api listens on http/);
		return gateway;
	};
	const canMount = (() => {
		const folder = fs.mkdtempSync('/tmp/droid2api-mount-');
		try {
			execFileSync('mount', ['-t', 'tmpfs', 'none', folder],
			    { stdio: 'ignore' });
			execFileSync('umount', [folder]);
			return true;
		} catch {
			return false;
		} finally {
			fs.rmdirSync(folder);
		}
	})();
	const fill = (file) => {
		const bytes = Buffer.alloc(4096);
		const fd = fs.openSync(file, 'w');
		try {
			for (;;)
				fs.writeSync(fd, bytes);
		} catch (error) {
			assert.equal(error.code, 'ENOSPC');
		}
		fs.closeSync(fd);
	};
	test('... with a full disk in between', { skip: !canMount &&
	    'no mount here' }, async (t) => {
		const gateway = await small();
		t.after(async () => {
			execFileSync('umount', ['-l', gateway.state]);
			await gateway.stop();
		});
		const answered = new Map();
		const part = (EXCHANGES - FULL) / 2;
		const filler = path.join(gateway.state, 'filler');
		answers();
		const stop = killer(gateway);
		t.after(stop);
		await load(gateway, 0, part, answered);
		fill(filler);
		const before = answered.size;
		await load(gateway, part, FULL, answered);
		assert.ok(answered.size > before, 'it serves on');
		fs.rmSync(filler);
		await load(gateway, part + FULL, part, answered);
		stop();
		t.diagnostic(`${await check(gateway, answered)}, ${before} before, ` +
		    `${(gateway.log.match(/WARN {2}ledger:/g) ?? []).length} warnings`);
		await gateway.stop('SIGTERM').catch(() => {});
	});
});

describe('a row', () => {
	let gateway;

	before(async () => {
		gateway = await startGateway({ upstream, config: { client_keys,
			models: configuration(upstream).models.map((model) => ({
			    ...model, price: { input: 2, cached: 0.5, output: 10 } })),
			model_redirects: { sonnet: LANES.messages.model } } });
	});
	after(() => gateway?.stop());

	const rowOf = async (what) => {
		const answer = await ask(gateway, { key: 'ck-ann', ...what });
		const id = answer.headers['x-droid2api-request-id'];
		const { exchanges } = await json(gateway, '--last', '50');
		return exchanges.filter((one) => one.id === id);
	};

	test('says where the request\'s bytes go, and no word of it', async () => {
		const image = Buffer.alloc(3000, 'private').toString('base64');
		const [row] = await rowOf({ path: LANES.messages.path, headers: {
			'user-agent': 'claude-cli/2.0 (external)',
			'x-session-id': 'private session' },
			body: LANES.messages.body('private words', { model: 'sonnet',
			    system: 'private rules', tools: [
			    { name: 'Small', input_schema: { type: 'object' } },
			    { name: 'Large', description: 'private',
				input_schema: { type: 'object' } }],
			    messages: [{ role: 'user', content: [{ type: 'image',
				source: { type: 'base64', media_type: 'image/png',
				data: image } }, { type: 'text', text:
				'private words' }] }] }) });
		assert.equal(row.asked, 'sonnet');
		assert.equal(row.model, LANES.messages.model);
		assert.equal(row.upstream, 'anthropic');
		assert.equal(row.client, 'messages');
		assert.equal(row.tool, 'claude-cli');
		assert.match(row.session, /^[0-9a-f]{16}$/);
		assert.equal(row.stop, 'end');
		assert.equal(row.attempts, 1);
		assert.equal(row.system_bytes, 15);
		assert.equal(row.tools, 2);
		assert.deepEqual(row.largest_tools.map(([name]) => name),
		    ['Large', 'Small']);
		assert.equal(row.media_bytes, image.length + 2);
		assert.ok(row.history_bytes > row.media_bytes);
		assert.equal(row.cost, (27 * 2 + 12 * 10) / 1e6);
		for (const name of fs.readdirSync(path.join(gateway.state,
		    'run/ledger'))) {
			const bytes = fs.readFileSync(path.join(gateway.state,
			    'run/ledger', name));
			for (const secret of ['private', 'ck-ann', image.slice(0, 20),
			    TEST_KEY, 'external'])
				assert.ok(!bytes.includes(secret),
				    `${secret} in ${name}`);
		}
	});
	test('of a translated request names what was lost', async () => {
		const [row] = await rowOf({ path: LANES.messages.path,
			body: LANES.messages.body('hi', { model: 'glm-5',
			    top_k: 7 }) });
		assert.match(row.losses, /top_k/);
	});
	test('of a failure says so', async () => {
		upstream.next({ status: 500 });
		const [row] = await rowOf({ path: LANES.chat.path,
			body: LANES.chat.body() });
		assert.deepEqual([row.status, row.input, row.cost, row.failed,
			row.tries], [500, null, 0, true, 'common:500']);
	});
	test('of a stream in which the upstream failed says so', async () => {
		upstream.next({ events: [
			['message_start', { message: { id: 'm', role: 'assistant',
				content: [], usage: { input_tokens: 7,
				output_tokens: 1 } } }],
			['error', { error: { type: 'overloaded_error',
				message: 'Overloaded' } }],
		].map(([type, more]) => `event: ${type}\ndata: ` +
		    `${JSON.stringify({ type, ...more })}\n\n`) });
		const [row] = await rowOf({ path: LANES.messages.path,
			body: LANES.messages.body('hi', { stream: true }) });
		assert.deepEqual([row.status, row.input, row.failed],
		    [200, 7, true]);
	});
	test('is none of what asks no model', async () => {
		for (const what of [{ path: '/v1/models' }, { path: '/health' },
		    { path: LANES.chat.path, body: LANES.chat.body('hi',
			{ model: 'nothing' }) },
		    { path: '/v1/messages/count_tokens',
			body: LANES.messages.body() }])
			assert.deepEqual(await rowOf(what), []);
	});
	test('is none of who is nobody here and refused there, too', async () => {
		const own = await startGateway({ upstream, config: { client_keys,
			endpoint: [{ name: 'e', type: 'common', auth: 'bearer',
			    base_url: `${upstream.url}/v1/chat/completions` }],
			models: [{ id: 'm*', type: 'common', endpoint: 'e' }] } });
		const get = () => ask(own, { path: LANES.chat.path, key: 'stranger',
			body: LANES.chat.body('hi', { model: 'm1' }) });
		try {
			upstream.next({ status: 401 });
			assert.equal((await get()).status, 401);
			assert.equal((await get()).status, 200);
			const { exchanges } = await json(own, '--last', '50');
			assert.deepEqual(exchanges.map((row) => row.status), [200]);
		} finally {
			await own.stop();
		}
	});
	test('of a client that hung up is there', async () => {
		const arrival = upstream.arrival();
		upstream.next({ hang: true });
		const socket = await acceptedConnection(gateway);
		socket.write(rawRequest({ path: LANES.chat.path,
			body: LANES.chat.body(), key: 'ck-eve' }));
		await arrival;
		// lighttpd misses some that end in order before the first byte.
		socket.resetAndDestroy();
		const row = await until(async () => (await json(gateway,
		    '--last')).exchanges.find((one) => one.key === 'eve'),
		    'its row');
		assert.ok(row.gone);
		assert.equal(row.status, 0);
	});
	test('folders are the gateway\'s alone', () => {
		const folder = path.join(gateway.state, 'run/ledger');
		assert.equal(fs.statSync(folder).mode & 0o777, 0o700);
		for (const name of fs.readdirSync(folder))
			assert.equal(fs.statSync(path.join(folder, name)).mode &
			    0o077, 0, name);
	});
});

describe('tables', () => {
	let gateway;

	before(async () => {
		gateway = await startGateway({ upstream, config: { client_keys } });
		upstream.fallback = () => ({ reply: { usage: { input: 12345678,
			output: 999, cached: 2000 } } });
		await ask(gateway, { ...request(0) });
		upstream.fallback = null;
	});
	after(() => gateway?.stop());

	test('fit 80 columns, with sizes for people', async () => {
		for (const options of [['--usage'], ['--usage', '--by', 'hour'],
		    ['--last']])
			for (const line of (await run(gateway, ...options))
			    .split('\n'))
				assert.ok(line.length <= 80, line);
		assert.match(await run(gateway, '--usage'),
		    /^ann +1 +0 +12\.3M +2\.0k +999 +0\.00$/m);
	});
	test('of a time', async () => {
		const requests = async (...options) => (await json(gateway,
		    '--usage', '--by', 'total', ...options)).groups[0].requests;
		assert.equal(await requests(), 1);
		assert.equal(await requests('--since', '1h'), 1);
		assert.equal(await requests('--until', '2h'), 0);
		assert.equal(await requests('--since', '2999-01-01'), 0);
	});
	test('are refused a word that is none', async () => {
		for (const options of [['--usage', '--by', 'nothing'],
		    ['--usage', '--since', '7x'], ['--last', '0']])
			await assert.rejects(run(gateway, ...options),
			    (error) => error.code === 2);
	});
	test('--watch prints again', async () => {
		const child = spawn(program, ['--config', gateway.configFile,
			'--usage', '--watch'], { env: environment(gateway) });
		let text = '';
		child.stdout.on('data', (bytes) => { text += bytes; });
		await until(() => text.match(/^total/gm)?.length > 1, 'two tables');
		child.kill();
	});
	test('before anything was recorded there is none', async () => {
		const other = await prepareGateway({ config: configuration(upstream) });
		await assert.rejects(run(other, '--usage'), (error) =>
			error.code === 1 && /nothing was recorded/.test(error.stderr));
		fs.rmSync(other.folder, { recursive: true });
	});
});

// One exchange in a process of its own; resolves with what it says.
function cgi(gateway, n) {
	const { path: target, key, body } = request(n);
	const text = JSON.stringify(body);
	const child = spawn(program, { env: { ...environment(gateway),
		FACTORY_API_KEY: TEST_KEY, GATEWAY_INTERFACE: 'CGI/1.1',
		REQUEST_METHOD: 'POST', REQUEST_URI: target,
		REMOTE_ADDR: '127.0.0.1', CONTENT_TYPE: 'application/json',
		CONTENT_LENGTH: String(Buffer.byteLength(text)),
		HTTP_AUTHORIZATION: `Bearer ${key}` } });
	let said = '';
	child.stdout.on('data', (bytes) => { said += bytes; });
	child.stdin.end(text);
	return new Promise((resolve) => child.on('close', () => resolve(said)));
}

test('plain CGI writes the same journal', async (t) => {
	const gateway = await prepareGateway({ config: configuration(upstream,
		{ client_keys }) });
	t.after(() => fs.rmSync(gateway.folder, { recursive: true }));
	for (let n = 0; n < 4; n++)
		assert.match(await cgi(gateway, 0), /Status: 200/);
	const segments = () => fs.readdirSync(path.join(gateway.state,
	    'run/ledger')).filter((name) => name.endsWith('.rows')).length;
	assert.equal(segments(), 1);
	await Promise.all(Array.from({ length: 6 }, () => cgi(gateway, 0)));
	const { groups } = await json(gateway, '--usage');
	assert.deepEqual(groups.map((one) => [one.key, one.requests, one.output]),
	    [['ann', 10, 120]]);
});

const sanitized = /-(asan|tsan)$/.test(build);
const mayTrace = (() => {
	try {
		execFileSync('strace', ['-qq', '-o', '/dev/null', 'true']);
		return true;
	} catch {
		return false;
	}
})();

test('a row is one write, before the answer ends', { skip: sanitized ?
    'no strace under a sanitizer' : !mayLook ? 'only root may look into them' :
    !mayTrace && 'no strace here' },
    async (t) => {
	const gateway = await startGateway({ upstream, config: { client_keys,
		processes: 1 } });
	t.after(() => gateway.stop());
	const file = path.join(gateway.folder, 'trace');
	const pids = gateway.responders();
	for (let n = 0; n < 6; n++)
		await ask(gateway, request(0));
	const strace = spawn('strace', ['-f', '-qq', '-y', '-o', file,
		...pids.flatMap((pid) => ['-p', String(pid)])], { stdio: 'ignore' });
	await until(() => pids.every((pid) => /TracerPid:\t[1-9]/.test(
	    fs.readFileSync(`/proc/${pid}/status`, 'utf8'))), 'the trace');
	const answer = await ask(gateway, request(0));
	assert.equal(answer.status, 200);
	await until(() => /\.rows>/.test(fs.readFileSync(file, 'utf8')) &&
	    /shutdown|close\(\d+<(socket|UNIX)/.test(fs.readFileSync(file,
	    'utf8')), 'its end');
	strace.kill();
	const lines = fs.readFileSync(file, 'utf8').split('\n');
	const at = lines.findIndex((line) => /write\(.*\.rows>/.test(line));
	const [thread] = lines[at].split(' ');
	const mine = lines.filter((line) => line.startsWith(`${thread} `));
	assert.equal(mine.filter((line) => /\/ledger\//.test(line)).length, 1,
	    'one call is the ledger\'s');
	assert.match(lines[at], / = 1024$/);
	const row = mine.indexOf(lines[at]);
	const sent = mine.findLastIndex((line) => /HTTP|Status: 200/.test(line) ||
	    /^\d+ +(write|writev|sendto|sendmsg)\(\d+<(socket|UNIX)/.test(line));
	assert.ok(row < sent, `the row is call ${row}, the answer's end ${sent}`);
});

test('ledger_days 0 records nothing', async (t) => {
	const gateway = await startGateway({ upstream, config: { client_keys,
		ledger_days: 0 } });
	t.after(() => gateway.stop());
	await ask(gateway, request(0));
	assert.ok(!fs.existsSync(path.join(gateway.state, 'run/ledger')));
});

test('what a key used is known when the scoreboard is new', async (t) => {
	const config = { client_keys: [{ name: 'ann', key: 'ck-ann',
		tokens_per_day: 60 }] };
	const gateway = await startGateway({ upstream, config });
	t.after(() => gateway.stop());
	assert.equal((await ask(gateway, request(0))).status, 200);
	gateway.process.kill('SIGTERM');
	await gateway.end();
	for (const name of fs.readdirSync(path.join(gateway.state, 'run')))
		if (name.startsWith('scoreboard'))
			fs.rmSync(path.join(gateway.state, 'run', name));
	gateway.launch(environment(gateway, { FACTORY_API_KEY: TEST_KEY }),
	    path.join(root, 'start.sh'), []);
	const from = gateway.log.lastIndexOf('listens on http') + 10;
	await gateway.logged(/droid2api listens on http/, { from });
	const second = await ask(gateway, request(0));
	assert.equal(second.status, 200);
	assert.equal(second.headers['x-ratelimit-remaining-tokens'], '21');
	assert.equal((await ask(gateway, request(0))).status, 429);
});
