// What a new user's machine makes of the printed words: packages, addresses, the
// state folder, and tokend's own commands after start.sh.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { spawn, spawnSync } from 'node:child_process';
import { after, before, beforeEach, describe, test } from 'node:test';
import { startUpstream } from '../upstream/upstream.mjs';
import { WorkOS } from '../upstream/workos.mjs';
import { PATIENCE_MS, build, configuration, environment, prepareGateway, processes,
    root, startGateway, temporaryFolder, until, within } from './gateway.mjs';
import { ask } from './client.mjs';
import { LANES } from './samples.mjs';

const script = path.join(root, 'start.sh');
const tokend = path.join(build, 'tokend/tokend');
const asRoot = process.getuid() === 0;
let upstream, workos;

before(async () => {
	upstream = await startUpstream();
	workos = await new WorkOS().start();
});
beforeEach(() => upstream.reset());
after(async () => {
	await upstream?.stop();
	await workos?.stop();
});

// A part of start.sh in a shell of its own, without a terminal.
function shell(part, text, env = {}) {
	const said = spawnSync('setsid', ['-w', 'bash', '-euc', `
		say() { echo "$@"; }
		die() { echo "$@"; exit 1; }
		. ${root}/conf/start/${part}.sh
		${text}`], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'],
		env: { PATH: process.env.PATH, ...env } });
	return { code: said.status, out: said.stdout + said.stderr };
}

describe('packages', () => {
	// Commands that stand in front of the machine's.
	let folder;
	const stub = (name, text) => fs.writeFileSync(path.join(folder, name),
	    `#!/bin/bash\n${text}\n`, { mode: 0o755 });
	const withStubs = (text) => shell('packages', text,
	    { PATH: `${folder}:${process.env.PATH}` });
	beforeEach(() => {
		folder = temporaryFolder();
	});

	test('a compiler without the libraries of its sanitizer is missing', () => {
		stub('clang', 'exit 1');
		const { out } = withStubs(`runtime() { echo libclang-rt-7-dev; }
			missing_packages 'command clang clang
links @runtime clang -fsanitize=fuzzer,address
command nothing-at-all nothing-at-all'`);
		assert.equal(out, 'libclang-rt-7-dev\nnothing-at-all\n');
	});
	test('one that has them is not', () => {
		const { out } = withStubs(`missing_packages 'links x cc
links y cc -fsanitize=address,undefined
links z cc -fsanitize=undefined'`);
		assert.equal(out, '');
	});
	test('sudo that asks for a password, without a terminal', () => {
		stub('id', 'echo 1000');
		stub('sudo', 'exit 1');
		const { code, out } = withStubs('install_packages one two');
		assert.equal(code, 1);
		assert.match(out, /sudo has no terminal.*as root: apt-get install one two\n$/);
	});
	test('what is still missing after it was installed is said once', () => {
		stub('id', 'echo 0');
		stub('apt-get', 'exit 0');
		const { code, out } = withStubs(`policy=${folder}/policy
			install_missing 'command nothing-at-all nothing-at-all'`);
		assert.equal(code, 1);
		assert.match(out, /^installing nothing-at-all\nstill missing.*: nothing-at-all\n$/);
		assert.ok(!fs.existsSync(path.join(folder, 'policy')));
	});
	test('servers are kept from starting meanwhile, what was there is back', () => {
		stub('id', 'echo 0');
		stub('apt-get', `[ "$1" = update ] || cat ${folder}/policy ` +
		    `>${folder}/seen; exit 3`);
		fs.writeFileSync(path.join(folder, 'policy'), 'mine');
		const { code } = withStubs(`policy=${folder}/policy
			install_packages one`);
		assert.equal(code, 1);
		assert.match(fs.readFileSync(path.join(folder, 'seen'), 'utf8'),
		    /exit 101/);
		assert.equal(fs.readFileSync(path.join(folder, 'policy'), 'utf8'),
		    'mine');
	});
});

describe('addresses', () => {
	const LO = '00000000000000000000000000000001 01 80 10 80       lo\n';
	const ETH = 'fe800000000000000000000000000001 02 40 20 80     eth0\n';
	const BOTH = '127.0.0.1\\n[::1]\\n';
	for (const [what, machine, list, wanted] of [
		['both', LO, BOTH, '127.0.0.1 ::1'],
		['no IPv6', '', BOTH, '127.0.0.1'],
		['IPv6, but not on loopback', ETH, BOTH, '127.0.0.1'],
		['every one of IPv6', ETH, '[::]', '::'],
		['a list with commas', LO, '[::1],127.0.0.1', '::1 127.0.0.1'],
	])
		test(what, () => {
			const folder = temporaryFolder();
			fs.writeFileSync(path.join(folder, 'if_inet6'), machine);
			const { out } = shell('lighttpd', `
				ipv6_addresses=${folder}/if_inet6
				listen_addresses $'${list}'`);
			fs.rmSync(folder, { recursive: true });
			assert.equal(out.trim().replaceAll('\n', ' '), wanted);
		});

	const ipv6 = fs.existsSync('/proc/net/if_inet6') &&
	    /^0{31}1 /m.test(fs.readFileSync('/proc/net/if_inet6', 'utf8'));
	const skip = !ipv6 && 'no IPv6 on loopback';
	const bindable = (port, host) => new Promise((resolve) => {
		const server = net.createServer();
		server.on('error', () => resolve(false));
		server.listen({ port, host, ipv6Only: true }, () =>
			server.close(() => resolve(true)));
	});
	test('by default both of loopback are held', { skip }, async () => {
		const gateway = await startGateway({ upstream,
			config: { listen: undefined } });
		for (const host of ['127.0.0.1', '::1'])
			assert.equal(await bindable(gateway.port, host), false,
			    host);
		for (const host of ['127.0.0.1', '[::1]']) {
			assert.ok(gateway.log.includes(
			    `listens on http://${host}:${gateway.port}\n`));
			const answer = await fetch(`http://${host}:${gateway.port}` +
			    LANES.chat.path, { method: 'POST', headers: {
				'content-type': 'application/json' },
				body: JSON.stringify(LANES.chat.body()) });
			assert.equal(answer.status, 200, host);
			await answer.text();
		}
		await gateway.stop();
	});
	test('DROID2API_LISTEN=[::]', { skip }, async () => {
		const gateway = await startGateway({ upstream,
			env: { DROID2API_LISTEN: '[::]' } });
		const answer = await fetch(`http://[::1]:${gateway.port}/v1/models`);
		assert.equal(answer.status, 200);
		await answer.text();
		await gateway.stop();
	});
	test('a port of ::1 in use is refused', { skip }, async () => {
		const gateway = await prepareGateway({
			config: configuration(upstream, { listen: undefined }) });
		const server = net.createServer((one) => one.destroy());
		await new Promise((resolve) => server.listen({ host: '::1',
			port: gateway.port, ipv6Only: true }, resolve));
		gateway.launch(environment(gateway), script, []);
		assert.equal((await gateway.end()).code, 1);
		server.close();
		assert.match(gateway.log, /port \d+ on ::1 is in use/);
	});
});

// A program without any of the gateway's variables, called from elsewhere.
const alone = (gateway, args) => spawnSync(tokend, args, { cwd: '/',
	encoding: 'utf8', env: { HOME: gateway.folder } });

describe('after start.sh', () => {
	test('--usage is about what runs', async () => {
		const gateway = await startGateway({ upstream });
		assert.equal((await ask(gateway, { path: LANES.chat.path,
			body: LANES.chat.body() })).status, 200);
		const said = () => spawnSync(path.join(build,
			'fcgi/droid2api.fcgi'), ['--usage'], { cwd: '/',
			encoding: 'utf8', env: { HOME: gateway.folder } });
		await until(() => /^total +1 /m.test(said().stdout),
		    'a row of the ledger');
		await gateway.stop();
	});
});

describe('tokend after start.sh', () => {
	test('--status is about what runs, from wherever it is called', async () => {
		const gateway = await startGateway({ upstream, config: {
			auth: { token_url: workos.tokenUrl,
				device_url: workos.deviceUrl } },
			env: { FACTORY_API_KEY: undefined,
				DROID_REFRESH_KEY: workos.seed() } });
		assert.match(gateway.log, /credential: the login of DROID_REFRESH_KEY/);
		await gateway.logged(/Token refreshed successfully/);
		await until(() => alone(gateway, ['--status']).status === 0,
		    'a healthy status');
		assert.match(alone(gateway, ['--status']).stdout,
		    /healthy, running[^]*DROID_REFRESH_KEY/);
		await gateway.stop();
	});
	test('--login logs in what runs', async () => {
		const gateway = await startGateway({ upstream, config: {
			auth: { token_url: workos.tokenUrl,
				device_url: workos.deviceUrl } },
			env: { FACTORY_API_KEY: undefined } });
		assert.match(gateway.log, /credential: each client's own/);
		const child = spawn(tokend, ['--login'], { cwd: '/',
			env: { HOME: gateway.folder } });
		let said = '';
		for (const stream of [child.stdout, child.stderr])
			stream.on('data', (bytes) => { said += bytes; });
		const ended = new Promise((resolve) => child.on('close', resolve));
		await until(() => said.includes('Waiting'), 'the code');
		workos.decide('user_m');
		assert.equal(await within(PATIENCE_MS, ended, 'end'), 0, said);
		await until(() => alone(gateway, ['--status']).status === 0,
		    'a healthy status');
		assert.equal((await ask(gateway, { path: LANES.chat.path,
			body: LANES.chat.body() })).status, 200);
		assert.match(upstream.last.headers.authorization, /^Bearer ey/);

		// It is there from the next start on.
		gateway.process.kill('SIGTERM');
		await gateway.end();
		gateway.log = '';
		gateway.launch(environment(gateway), script, []);
		await gateway.logged(/listens on/);
		assert.match(gateway.log, /credential: the login of tokend --login/);
		await gateway.stop();
	});
	test('a failed look-up of the version is no warning', async () => {
		workos.version = null;
		const gateway = await startGateway({ upstream, config: {
			user_agent_url: workos.versionUrl } });
		await gateway.logged(/INFO  Failed to fetch latest version/);
		await gateway.stop();
		assert.doesNotMatch(gateway.log, /WARN /);
	});
});

describe('tokend elsewhere', () => {
	test('is not said to run here', async () => {
		const gateway = await startGateway({ upstream, env: {
			DROID2API_TOKEND: 'no', FACTORY_API_KEY: undefined,
			DROID_REFRESH_KEY: 'a-seed-that-is-not-ours' } });
		assert.doesNotMatch(gateway.log, /run as one user/);
		assert.match(gateway.log, /credential: each client's own/);
		await gateway.stop();
	});
});

describe('the first request', () => {
	test('waits for the first token', async () => {
		const slow = await new WorkOS().start();
		slow.delayMs = 1500;
		const gateway = await startGateway({ upstream, config: {
			auth: { token_url: slow.tokenUrl,
				device_url: slow.deviceUrl } },
			env: { FACTORY_API_KEY: undefined,
				DROID_REFRESH_KEY: slow.seed() } });
		assert.doesNotMatch(gateway.log, /Token refreshed/);
		const answer = await ask(gateway, { path: LANES.chat.path,
			body: LANES.chat.body(),
			headers: { authorization: 'Bearer any' } });
		assert.equal(answer.status, 200, answer.text);
		assert.match(upstream.last.headers.authorization, /^Bearer ey/);
		await gateway.stop();
		await slow.stop();
	});
});

describe('a state folder that cannot be used', () => {
	// start.sh ends with the reason, once.
	async function refused(prepare, reason, last = reason) {
		const gateway = await prepareGateway({
			config: configuration(upstream) });
		fs.mkdirSync(gateway.state);
		prepare(gateway.state);
		gateway.launch(environment(gateway), script, []);
		const { code } = await gateway.end();
		assert.equal(code, 1, gateway.log);
		assert.equal(gateway.log.split(reason).length, 2, gateway.log);
		assert.match(gateway.log.trim().split('\n').at(-1), last);
		fs.rmSync(gateway.folder, { recursive: true, force: true });
	}

	test('another user\'s', { skip: !asRoot && 'only root can' }, () =>
		refused((state) => fs.chownSync(state, 12345, 12345),
		    /state belongs to user 12345, not to 0/));
	test('run/ is a link', async () => {
		const target = temporaryFolder();
		fs.chmodSync(target, 0o755);
		await refused((state) => fs.symlinkSync(target,
		    path.join(state, 'run')), /state\/run is not a folder/);
		assert.equal(fs.statSync(target).mode & 0o777, 0o755);
		assert.deepEqual(fs.readdirSync(target), []);
		fs.rmdirSync(target);
	});
	test('run/ is open to others', () => refused((state) => {
		fs.mkdirSync(path.join(state, 'run'));
		fs.chmodSync(path.join(state, 'run'), 0o755);
	}, /state\/run has mode 0755, looser than 0700/));
	test('login/ is open to others', () => refused((state) => {
		fs.mkdirSync(path.join(state, 'login'));
		fs.chmodSync(path.join(state, 'login'), 0o755);
	}, /state\/login has mode 0755/, /^start.sh: tokend could not start$/));
	test('another tokend has it', async () => {
		const first = await startGateway({ upstream });
		const second = await prepareGateway({
			config: configuration(upstream) });
		second.state = first.state;
		second.launch(environment(second), script, []);
		assert.equal((await second.end()).code, 1);
		assert.match(second.log, /another tokend/);
		assert.equal((await ask(first, { path: LANES.chat.path,
			body: LANES.chat.body() })).status, 200);
		await first.stop();
		fs.rmSync(second.folder, { recursive: true, force: true });
	});
});

describe('kill -9 of start.sh', () => {
	test('leaves nobody running', async () => {
		const gateway = await startGateway({ upstream });
		const ours = [gateway.process.pid];
		for (const pid of ours)
			ours.push(...processes().filter((one) => one.parent === pid)
			    .map((one) => one.pid));
		const names = ours.map((pid) => processes().find((one) =>
			one.pid === pid)?.name);
		for (const name of ['lighttpd', 'tokend', 'droid2api.fcgi'])
			assert.ok(names.includes(name), `${names}`);
		process.kill(gateway.process.pid, 'SIGKILL');
		await until(() => !processes().some((one) =>
			ours.includes(one.pid) && one.state !== 'Z'), 'end of all');
		await gateway.stop();
	});
});
