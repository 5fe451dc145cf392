// Outbound proxies: real tinyproxy processes, and a SOCKS server of our own.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { spawn } from 'node:child_process';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startUpstream } from '../upstream/upstream.mjs';
import { PATIENCE_MS, configuration, freePort, startGateway,
    temporaryFolder, within } from './gateway.mjs';
import { ask } from './client.mjs';
import { ERRORS, LANES, assertError } from './samples.mjs';

class Tinyproxy {
	static async start({ password } = {}) {
		const proxy = new Tinyproxy();
		proxy.folder = temporaryFolder();
		proxy.port = await freePort();
		proxy.log = path.join(proxy.folder, 'log');
		const file = path.join(proxy.folder, 'tinyproxy.conf');
		fs.writeFileSync(file, [`Port ${proxy.port}`, 'Listen 127.0.0.1',
			'Timeout 60', 'MaxClients 100', 'Allow 127.0.0.1',
			'DisableViaHeader Yes', `LogFile "${proxy.log}"`,
			'LogLevel Connect', `PidFile "${proxy.folder}/pid"`,
			password ? `BasicAuth user ${password}` : ''].join('\n'));
		proxy.process = spawn('tinyproxy', ['-d', '-c', file],
		    { stdio: 'ignore' });
		await proxy.#ready();
		return proxy;
	}

	async #ready() {
		for (let i = 0; i < 1200; i++) {
			const open = await new Promise((resolve) => {
				const socket = net.connect(this.port, '127.0.0.1', () => {
					socket.destroy();
					resolve(true);
				}).on('error', () => resolve(false));
			});
			if (open)
				return;
			await sleep(50);
		}
		throw new Error('tinyproxy does not start');
	}

	get url() {
		return `http://127.0.0.1:${this.port}`;
	}

	// How many requests went through.
	get count() {
		return (fs.readFileSync(this.log, 'utf8').match(
		    /Request \(file descriptor \d+\)/g) ?? []).length;
	}

	async stop() {
		const ended = new Promise((resolve) =>
			this.process.on('exit', resolve));
		this.process.kill('SIGTERM');
		await within(PATIENCE_MS, ended, 'end of tinyproxy').catch(() =>
			this.process.kill('SIGKILL'));
		fs.rmSync(this.folder, { recursive: true, force: true });
	}
}

// SOCKS5 (RFC 1928) with user and password (RFC 1929): CONNECT to loopback.
async function startSocks() {
	const seen = [];
	const server = net.createServer((client) => {
		client.on('error', () => {});
		client.once('data', () => {
			client.write(Buffer.from([5, 2]));
			client.once('data', (auth) => {
				const user = auth.subarray(2, 2 + auth[1]).toString();
				client.write(Buffer.from([1, 0]));
				client.once('data', (request) => {
					const port = request.readUInt16BE(
					    request.length - 2);
					seen.push(user);
					const out = net.connect(port, '127.0.0.1', () => {
						client.write(Buffer.from([5, 0, 0, 1, 0,
							0, 0, 0, 0, 0]));
						client.pipe(out).pipe(client);
					});
					out.on('error', () => client.destroy());
					client.on('close', () => out.destroy());
				});
			});
		});
	});
	await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
	return { seen, port: server.address().port,
		stop: () => new Promise((resolve) => server.close(resolve)) };
}

let upstream, one, two, secret;

before(async () => {
	upstream = await startUpstream();
	[one, two, secret] = await Promise.all([Tinyproxy.start(),
		Tinyproxy.start(), Tinyproxy.start({ password: 'pr0xypass' })]);
});
beforeEach(() => {
	upstream.reset();
	upstream.allowHeaders = ['connection'];	// tinyproxy's own
});
after(async () => {
	await Promise.all([one, two, secret].map((proxy) => proxy?.stop()));
	await upstream?.stop();
});

const post = (gateway) => ask(gateway, { path: LANES.chat.path,
    body: LANES.chat.body() });

async function withGateway(config, run, env) {
	const gateway = await startGateway({ upstream, config, env });
	try {
		await run(gateway);
	} finally {
		await gateway.stop();
	}
}

describe('outbound proxies', () => {
	test('take turns over all processes, and a new list starts anew',
	    async () => {
		const proxies = [{ name: 'first', url: one.url },
			{ name: 'second', url: two.url }];
		await withGateway({ proxies, processes: 2 }, async (gateway) => {
			const [a, b] = [one.count, two.count];
			const answers = await Promise.all(Array.from({ length: 20 },
			    () => post(gateway)));
			for (const answer of answers)
				assert.equal(answer.status, 200, answer.text);
			assert.equal(one.count - a, 10);
			assert.equal(two.count - b, 10);
			await gateway.logged(new RegExp('Using proxy first for ' +
			    `request to ${upstream.url}/`));
			gateway.writeConfig(configuration(upstream, {
				proxies: [proxies[1], proxies[0]] }));
			await sleep(1200);
			const before = two.count;
			await post(gateway);
			await post(gateway);
			assert.equal(two.count - before, 1);
		});
	});
	test('with user and password, which no log shows', async () => {
		await withGateway({ proxies: [{ url:
		    `http://user:pr0xypass@127.0.0.1:${secret.port}` }] },
		    async (gateway) => {
			const before = secret.count;
			const answer = await post(gateway);
			assert.equal(answer.status, 200, answer.text);
			assert.equal(secret.count, before + 1);
			assert.equal(upstream.last.headers['proxy-authorization'],
			    undefined);
			await gateway.logged(/Using proxy/);
			assert.doesNotMatch(gateway.log, /pr0xypass/);
		});
	});
	test('by SOCKS5', async () => {
		const socks = await startSocks();
		await withGateway({ proxies: [{ name: 'socks', url:
		    `socks5://me:pw@127.0.0.1:${socks.port}` }] },
		    async (gateway) => {
			const answer = await post(gateway);
			assert.equal(answer.status, 200, answer.text);
			assert.deepEqual(socks.seen, ['me']);
		});
		await socks.stop();
	});
	test('one that refuses is skipped', async () => {
		const dead = `http://127.0.0.1:${await freePort()}`;
		await withGateway({ proxies: [{ name: 'dead', url: dead },
			{ name: 'alive', url: one.url }] }, async (gateway) => {
			const before = one.count;
			for (let i = 0; i < 8; i++)
				assert.equal((await post(gateway)).status, 200);
			assert.equal(one.count - before, 8);
			const tries = gateway.log.match(/Using proxy dead/g) ?? [];
			assert.ok(tries.length <= 2, `${tries.length} tries`);
		});
	});
	test('all down is 502', async () => {
		const dead = `http://127.0.0.1:${await freePort()}`;
		await withGateway({ proxies: [{ name: 'dead', url: dead }] },
		    async (gateway) => {
			assertError('chat', await post(gateway), ERRORS.upstream);
			assertError('chat', await post(gateway), ERRORS.upstream);
			assert.equal(upstream.requests.length, 0);
		});
	});
	test('invalid entries are named once and skipped', async () => {
		await withGateway({ proxies: [{ name: 'odd', url: 'ftp://x' },
			{ name: 'none' }, { name: 'good', url: one.url }] },
		    async (gateway) => {
			const before = one.count;
			for (let i = 0; i < 4; i++)
				assert.equal((await post(gateway)).status, 200);
			assert.equal(one.count - before, 4);
			await gateway.logged(/odd/);
			const said = gateway.log.split('\n').filter((line) =>
				/odd/.test(line)).length;
			// Each process reads the configuration for itself.
			assert.ok(said <= 3, `said ${said} times`);
		});
	});
	test('none valid is direct, unless a proxy is required', async () => {
		const proxies = [{ name: 'odd', url: 'ftp://x' }];
		await withGateway({ proxies }, async (gateway) => {
			assert.equal((await post(gateway)).status, 200);
		});
		upstream.reset();
		await withGateway({ proxies, proxy_required: true },
		    async (gateway) => {
			assertError('chat', await post(gateway), ERRORS.upstream);
			assert.equal(upstream.requests.length, 0);
		});
	});
	test("the environment's proxies are none of ours", async () => {
		const http_proxy = 'http://127.0.0.1:9';
		await withGateway({}, async (gateway) => {
			assert.equal((await post(gateway)).status, 200);
		}, { http_proxy, HTTP_PROXY: http_proxy, ALL_PROXY: http_proxy,
		    https_proxy: http_proxy });
	});
});
