// The log: one line per exchange, and never a secret.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { execFileSync } from 'node:child_process';
import { after, before, beforeEach, describe, test } from 'node:test';
import { startUpstream } from '../upstream/upstream.mjs';
import { TEST_KEY, configuration, environment, factoryEndpoints, prepareGateway,
    processes, root, startGateway, until } from './gateway.mjs';
import { ask } from './client.mjs';
import { LANES, NAMES } from './samples.mjs';

let upstream;

before(async () => {
	upstream = await startUpstream();
});
beforeEach(() => upstream.reset());
after(() => upstream?.stop());

const SECRETS = { authorization: 'Bearer client-secret-aaaa',
    'x-api-key': 'client-secret-bbbb', cookie: 'client-secret-cccc',
    'x-goog-api-key': 'client-secret-dddd' };

describe('the ordinary log', () => {
	let gateway;

	before(async () => {
		gateway = await startGateway({ upstream });
	});
	after(() => gateway?.stop());

	for (const name of NAMES)
		for (const stream of [false, true])
			test(`${name}${stream ? ', streamed' : ''}: one line per ` +
			    'exchange', async () => {
				const from = gateway.log.length;
				const answer = await ask(gateway, {
					path: LANES[name].path, body: LANES[name].body(
					    'private words', { stream: stream ||
					    undefined, ...(stream && name === 'chat' ?
					    { stream_options: { include_usage: true } } :
					    {}) }) });
				const id = answer.headers['x-droid2api-request-id'];
				const [line] = await gateway.logged(new RegExp(
				    `^.*${id}.*POST.*$`, 'm'), { from });
				assert.match(line, /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\.\d{3}/);
				for (const part of [LANES[name].path,
				    LANES[name].model, '=200', 'in=27', 'out=12'])
					assert.ok(line.includes(part),
					    `${part} in ${line}`);
				assert.doesNotMatch(gateway.log, /private words/);
			});
	test('a failure says why', async () => {
		const from = gateway.log.length;
		upstream.next({ raw: 'garbage' });
		const answer = await ask(gateway, { path: LANES.chat.path,
			body: LANES.chat.body() });
		assert.equal(answer.status, 502);
		await gateway.logged(/=502.*failed: \S/, { from });
	});
	test('a client cannot forge a line', async () => {
		await ask(gateway, { path: '/v1/chat/completions', body: {
			model: 'x\n2026-01-01 forged', messages: [] } });
		await ask(gateway, { path: '/v1/%0aforged?\x7f', headers: {
			'x-session-id': 'forged\x7f' } }).catch(() => null);
		assert.doesNotMatch(gateway.log, /^.{0,30}forged/m);
	});
	test('?key= is in no line', async () => {
		await ask(gateway, { path: '/v1/generate?key=client-secret-eeee',
			body: LANES.generate.body() });
		assert.doesNotMatch(gateway.log, /client-secret/);
	});
});

describe('dev_mode', () => {
	test('shows headers and bodies with the secrets masked', async (t) => {
		const gateway = await startGateway({ upstream, config: {
			dev_mode: true } });
		t.after(() => gateway.stop());
		const from = gateway.log.length;
		const answer = await ask(gateway, { path: LANES.messages.path,
			headers: SECRETS, body: LANES.messages.body('dev words') });
		assert.equal(answer.status, 200, answer.text);
		await gateway.logged(/dev words/, { from });
		await gateway.stop();
		assert.doesNotMatch(gateway.log, /client-secret-/);
		assert.ok(!gateway.log.includes(TEST_KEY));
		for (const line of gateway.log.split('\n'))
			assert.ok(Buffer.byteLength(line) <= 4096);
	});
});

// Secrets of the configuration, which an upstream may repeat.
describe('what is masked', () => {
	const KEY = 'sk-endpoint-key-0123456789', PASS = 'geheimnis-der-firma';
	const SAID = `Incorrect API key provided: ${KEY} (${PASS})`;
	let gateway, dev;

	const start = (more) => startGateway({ upstream,
		env: { OTHER_KEY: KEY }, config: { ...more,
			endpoint: factoryEndpoints(upstream).map((one) =>
				({ ...one, api_key_env: 'OTHER_KEY',
				    profile: 'factory',
				    headers: { add: { 'x-org-pass': PASS } } })) } });
	before(async () => {
		gateway = await start({});
		dev = await start({ dev_mode: true });
	});
	beforeEach(() => {
		upstream.allowHeaders = ['x-org-pass'];
	});
	after(async () => {
		await gateway?.stop();
		await dev?.stop();
	});

	for (const [name, model] of [['chat', 'glm-5'], ['messages', 'glm-5'],
	    ['responses', 'claude-sonnet-4-5-20250929'], ['chat', 'gpt-5.4']])
		test(`an error that is repeated: ${name} to ${model}`, async () => {
			const from = gateway.log.length;
			upstream.next({ status: 401, body: { error: {
				type: 'authentication_error', message: SAID } } });
			const answer = await ask(gateway, { path: LANES[name].path,
				body: { ...LANES[name].body(), model } });
			assert.equal(answer.status, 401);
			assert.match(answer.text, /Incorrect API key provided: sk-e\.\.\.\(26\) \(gehe\.\.\.\(19\)\)/);
			await gateway.logged(/status=401/, { from });
			for (const secret of [KEY, PASS])
				assert.ok(!gateway.log.includes(secret) &&
				    !answer.text.includes(secret));
		});
	test('an error in a stream that is converted', async () => {
		const from = gateway.log.length;
		const first = JSON.stringify({ id: 'c', object:
		    'chat.completion.chunk', created: 1, model: 'glm-5', choices:
		    [{ index: 0, delta: { role: 'assistant', content: 'Hi' } }] });
		upstream.next({ raw: 'HTTP/1.1 200 OK\r\nconnection: close\r\n' +
		    `content-type: text/event-stream\r\n\r\ndata: ${first}\n\n` +
		    `data: ${JSON.stringify({ error: { message: SAID } })}\n\n` });
		const answer = await ask(gateway, { path: LANES.messages.path,
			body: { ...LANES.messages.body('hi', { stream: true }),
			    model: 'glm-5' } });
		assert.match(answer.text, /event: error\n.*provided: sk-e\.\.\.\(26\)/);
		await gateway.logged(/failed: /, { from });
		assert.ok(!gateway.log.includes(KEY) &&
		    !answer.text.includes(KEY) && !answer.text.includes(PASS));
	});
	for (const stream of [false, true])
		test(`dev_mode shows what is sent and what comes: ${stream}`,
		    async () => {
			const from = dev.log.length;
			const answer = await ask(dev, { path: LANES.messages.path,
				body: { ...LANES.messages.body(`dev words ${KEY}`,
				    stream ? { stream } : {}), model: 'glm-5' } });
			assert.equal(answer.status, 200, answer.text);
			await dev.logged(/status=200/, { from });
			const log = dev.log.slice(from);
			// The client's question, ours, the reply, the answer.
			assert.match(log, /< body of \d+ bytes: .*dev words sk-e\.\.\.\(26\)/);
			assert.match(log, /> POST http:.*\/v1\/chat\/completions/);
			assert.match(log, /> x-org-pass: gehe\.\.\.\(19\)/);
			assert.match(log, /> authorization: sk-e\.\.\.\(26\)/);
			assert.match(log, /> body of \d+ bytes: \{.*"role":"user".*dev words/);
			assert.match(log, /upstream replied 200/);
			assert.match(log, /upstream replied content-type: /);
			assert.match(log, stream ?
			    /upstream replied with body: data: \{.*chat\.completion\.chunk/ :
			    /upstream replied with body: \{.*"choices"/);
			assert.match(log, stream ?
			    /answered with body: event: message_start/ :
			    /answered with body: \{.*"type":"message"/);
			for (const secret of [KEY, PASS])
				assert.ok(!log.includes(secret));
			for (const line of log.split('\n'))
				assert.ok(Buffer.byteLength(line) <= 4096);
		});
});

describe('log_file', () => {
	test('is written, and followed when it is moved', async (t) => {
		const folder = fs.mkdtempSync('/tmp/droid2api-log-');
		const file = path.join(folder, 'log');
		const gateway = await startGateway({ upstream, config: {
			log_file: file } });
		t.after(() => gateway.stop());
		// The line is written behind the answer's last byte.
		const written = () => fs.existsSync(file) &&
			/POST/.test(fs.readFileSync(file, 'utf8'));
		const get = () => ask(gateway, { path: LANES.chat.path,
			body: LANES.chat.body() });
		await get();
		for (let i = 0; i < 1200 && !written(); i++)
			await new Promise((resolve) => setTimeout(resolve, 50));
		assert.match(fs.readFileSync(file, 'utf8'), /POST/);
		fs.renameSync(file, `${file}.1`);
		for (let i = 0; i < 600 && !written(); i++) {
			await get();
			await new Promise((resolve) => setTimeout(resolve, 100));
		}
		assert.match(fs.readFileSync(file, 'utf8'), /POST/);
		assert.equal(fs.statSync(file).mode & 0o007, 0);
		await gateway.stop();
		fs.rmSync(folder, { recursive: true });
	});
	test('a FIFO that nobody reads holds up nothing', async (t) => {
		const folder = fs.mkdtempSync('/tmp/droid2api-log-');
		const file = path.join(folder, 'fifo');
		execFileSync('mkfifo', [file]);
		const gateway = await startGateway({ upstream, config: {
			log_file: file } });
		t.after(() => gateway.stop());
		const get = () => ask(gateway, { path: LANES.chat.path,
			body: LANES.chat.body() });
		assert.equal((await get()).status, 200);
		const reader = fs.openSync(file, fs.constants.O_RDONLY |
			fs.constants.O_NONBLOCK);
		const bytes = Buffer.alloc(65536);
		const read = () => {
			try {
				return fs.readSync(reader, bytes);
			} catch (error) {
				assert.equal(error.code, 'EAGAIN');
				return 0;
			}
		};
		await until(async () => (await get()).status === 200 && read() > 0,
		    'line in the FIFO');
		fs.closeSync(reader);
		for (let i = 0; i < 5; i++)
			assert.equal((await get()).status, 200);
		await gateway.stop();
		fs.rmSync(folder, { recursive: true });
	});
});

describe('log_format json', () => {
	test('is an object a line, with the exchange\'s values', async (t) => {
		const gateway = await startGateway({ upstream, config: {
			log_format: 'json' } });
		t.after(() => gateway.stop());
		const answer = await ask(gateway, { path: LANES.chat.path,
			body: LANES.chat.body('private words') });
		const id = answer.headers['x-droid2api-request-id'];
		const [line] = await gateway.logged(new RegExp(
		    `^\\{.*"id":"${id}".*"status".*$`, 'm'));
		const said = JSON.parse(line);
		assert.equal(said.level, 'info');
		assert.equal(said.model, LANES.chat.model);
		assert.equal(said.status, 200);
		assert.equal(said.in, 27);
		assert.equal(said.out, 12);
		assert.doesNotMatch(gateway.log, /private words/);
	});
});

describe('on a terminal', () => {
	const colour = /\x1b\[[0-9;]*m/g;
	const run = async (more, context) => {
		const gateway = await prepareGateway({ config: configuration(upstream,
		    { client_keys: [{ name: 'alice', key: 'ck-alice-0123456' }] }) });
		gateway.launch(environment(gateway, { FACTORY_API_KEY: TEST_KEY,
			TERM: 'xterm', ...more }), 'script', ['-qefc',
			`exec ${root}/start.sh`, '/dev/null']);
		context.after(async () => {
			process.kill(processes().find(({ parent }) =>
				parent === gateway.process.pid).pid, 'SIGTERM');
			await gateway.end();
			await gateway.stop();
		});
		await gateway.logged(/other programs, usage: .*\r\n/);
		const lines = [];
		for (const name of NAMES)
			for (const status of [200, 400]) {
				const from = gateway.log.length;
				if (status !== 200)
					upstream.next({ status, message: 'bad' });
				await ask(gateway, { path: LANES[name].path,
					key: 'ck-alice-0123456', body: LANES[name]
					    .body('hi', name === 'chat' ? { model:
					    LANES.messages.model } : {}) });
				const [line] = await gateway.logged(/^.*POST.*(?=\r\n)/m,
				    { from });
				lines.push(line);
			}
		return lines;
	};

	test('a line an exchange, of 120 columns, with colours', async (context) => {
		const lines = await run({}, context);
		for (const [i, line] of lines.entries())
			assert.ok(line.includes(i % 2 === 0 ? '\x1b[32m200\x1b[0m' :
			    '\x1b[33m400\x1b[0m'), line);
		for (const line of lines.map((one) => one.replace(colour, ''))) {
			// The longest names leave room for a minute and long numbers.
			assert.ok(line.replace(/ ms=\d+| failed.*/g, '').length <=
			    104, line);
			assert.match(line, /^\d\d:\d\d:\d\d [0-9a-f]{8} POST \/v1\/[\w/]+ [\w.-]+ \w+ alice (200 in=27 out=12|400)( ms=\d+)?( failed: bad)?$/);
		}
	});
	test('without colours where NO_COLOR is set', async (context) => {
		for (const line of await run({ NO_COLOR: '1' }, context))
			assert.doesNotMatch(line, /\x1b/);
	});
});
