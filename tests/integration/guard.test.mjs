// What the running programs can't do: the guard of each is shut. What it refuses is
// tried by tests/unit/test_guard.c.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { after, before, beforeEach, describe, test } from 'node:test';
import { startUpstream } from '../upstream/upstream.mjs';
import { WorkOS } from '../upstream/workos.mjs';
import { TEST_KEY, build, configuration, environment, factoryEndpoints,
    prepareGateway, processes, root, startGateway, temporaryFolder, until } from './gateway.mjs';
import { ask } from './client.mjs';
import { LANES } from './samples.mjs';

const defined = (name) => new RegExp(`^#define ${name} 1$`, 'm').test(
    fs.readFileSync(path.join(build, 'build.h'), 'utf8'));
const skip = defined('SANITIZED') ? 'no guard under a sanitizer' :
    !defined('HAVE_SECCOMP') && 'built without libseccomp';
let upstream;

before(async () => {
	upstream = await startUpstream();
});
beforeEach(() => upstream.reset());
after(() => upstream?.stop());

// "Seccomp" (2: a filter) and "NoNewPrivs" of a process.
function confinement(pid) {
	const text = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
	const value = (name) => Number(new RegExp(`^${name}:\\s*(\\d+)$`, 'm')
	    .exec(text)[1]);
	return { seccomp: value('Seccomp'), noNewPrivileges: value('NoNewPrivs') };
}
const OPEN = { seccomp: 0, noNewPrivileges: 0 };

// The gateway's tokend: a child of the keeper that start.sh starts.
const tokendOf = (gateway) => {
	const table = processes();
	return table.find((one) => one.name === 'tokend' && one.state !== 'Z' &&
	    table.find((other) => other.pid === one.parent)?.parent ===
	    gateway.process.pid)?.pid;
};
const read = (gateway, name) => {
	try {
		return fs.readFileSync(path.join(gateway.state, name), 'utf8');
	} catch {
		return '';
	}
};
const speaks = async (gateway) => (await ask(gateway, { path: LANES.chat.path,
	body: LANES.chat.body() })).status;

describe('the guard', { skip }, () => {
	test('is shut in responders and tokend, which serve', async () => {
		const gateway = await startGateway({ upstream });
		const tokend = await until(() => tokendOf(gateway), 'tokend');
		assert.equal(await speaks(gateway), 200);
		assert.equal(gateway.responders().length, 2);
		for (const pid of [...gateway.responders(), tokend])
			await until(() => confinement(pid).seccomp === 2 &&
			    confinement(pid).noNewPrivileges === 1,
			    `shut guard of ${pid}`);
		await gateway.logged(/guard: (files and )?calls/);
		await gateway.stop();
	});
	const command = (name) => ({ name, type: 'common', base_url:
	    'http://127.0.0.1:9/v1/chat/completions',
		api_key_command: ['echo', 'key-of-a-command'] });
	test('is left open by a tokend that runs commands', async () => {
		const gateway = await startGateway({ upstream, config: {
			endpoint: [...factoryEndpoints(upstream), command('own')] } });
		await gateway.logged(/guard: none, since an api_key_command/);
		await until(() => read(gateway, 'token/token.json')
		    .includes('key-of-a-command'), 'the key');
		assert.deepEqual(confinement(tokendOf(gateway)), OPEN);
		for (const pid of gateway.responders())
			assert.equal(confinement(pid).seccomp, 2);
		await gateway.stop();
	});
	test('lets no command run that comes later, and says so', async () => {
		const gateway = await startGateway({ upstream });
		await gateway.logged(/guard: (files and )?calls/);
		gateway.writeConfig(configuration(upstream, {
			endpoint: [...factoryEndpoints(upstream), command('own')] }));
		await until(() => {
			process.kill(tokendOf(gateway), 'SIGHUP');
			return /endpoint own: .*restart: its guard is shut/
			    .test(gateway.log);
		}, 'the reason');
		assert.equal(await speaks(gateway), 200);
		await gateway.stop();
	});
	for (const [what, options] of [
		['the configuration', { config: { guard: false } }],
		['the environment', { env: { DROID2API_GUARD: '0' } }],
		['.env', { dotenv: 'DROID2API_GUARD=0\n' }],
	])
		test(`is left open by ${what}`, async () => {
			const gateway = await startGateway({ upstream, ...options });
			await gateway.logged(/guard: none/);
			assert.equal(await speaks(gateway), 200);
			for (const pid of [...gateway.responders(),
			    tokendOf(gateway)])
				assert.deepEqual(confinement(pid), OPEN);
			await gateway.stop();
		});
});

// ---- two users, where root starts it ----

const mayChange = process.getuid() === 0 && spawnSync('setpriv', ['--reuid',
    '65534', '--pdeathsig', 'TERM', '--clear-groups', 'test', '-x', root]).status
    === 0 && spawnSync('useradd', ['--help']).status === 0;
const names = (pid) => execFileSync('ps', ['-o', 'user:32=,group:32=', '-p', pid],
    { encoding: 'utf8' }).trim().split(/\s+/);
const owner = (file) => execFileSync('stat', ['-c', '%U %G %a', file],
    { encoding: 'utf8' }).trim();
const may = (user, use, file) => spawnSync('setpriv', [`--reuid=${user}`,
    '--regid=droid2api', '--init-groups', 'test', use, file]).status === 0;

// A gateway in a folder that others may enter, as /srv or /opt would be.
async function startOpenly(options = {}, prepare = () => {}) {
	const gateway = await prepareGateway({ config: configuration(upstream,
		options.config) });
	fs.chmodSync(gateway.folder, 0o755);
	prepare(gateway);
	gateway.launch(environment(gateway, options.env),
	    path.join(root, 'start.sh'), []);
	await gateway.logged(/droid2api listens on http/);
	return gateway;
}

describe('start.sh by root', { skip: !mayChange &&
    'not root, or users cannot be changed here' }, () => {
	let workos;
	before(async () => {
		workos = await new WorkOS().start();
	});
	after(() => workos?.stop());
	const login = () => ({ config: { auth: { token_url: workos.tokenUrl,
		device_url: workos.deviceUrl } },
		env: { DROID_REFRESH_KEY: workos.seed() } });

	test('two users, and the gateway\'s can\'t read the login', async () => {
		const gateway = await startOpenly(login());
		await gateway.logged(/Token refreshed successfully/);
		assert.match(gateway.log, /state: .* \(the responders run as droid2api, tokend as tokend\)/);
		assert.equal(await speaks(gateway), 200);
		assert.match(upstream.last.headers.authorization, /^Bearer ey/);
		const lighttpd = processes().find((one) => one.name ===
		    'lighttpd' && one.parent === gateway.process.pid);
		for (const pid of [lighttpd.pid, ...gateway.responders()])
			assert.deepEqual(names(pid), ['droid2api', 'droid2api']);
		assert.deepEqual(names(tokendOf(gateway)), ['tokend',
			'droid2api']);
		for (const [file, wanted] of [
			['.', 'root root 755'],
			['login', 'tokend droid2api 700'],
			['token', 'tokend droid2api 2750'],
			['run', 'droid2api droid2api 700'],
			['login/store.json', 'tokend droid2api 600'],
			['token/token.json', 'tokend droid2api 640'],
		])
			assert.equal(owner(path.join(gateway.state, file)),
			    wanted, file);
		const file = (name) => path.join(gateway.state, name);
		assert.ok(may('droid2api', '-r', file('token/token.json')));
		assert.ok(!may('droid2api', '-w', file('token/token.json')));
		assert.ok(!may('droid2api', '-r', file('login/store.json')));
		assert.ok(!may('droid2api', '-x', file('login')));
		assert.ok(!may('tokend', '-x', file('run')));
		// Root asks, and is told.
		const status = spawnSync(path.join(build, 'tokend/tokend'),
		    ['--status'], { cwd: '/', encoding: 'utf8',
			env: { HOME: gateway.folder } });
		assert.equal(status.status, 0, status.stdout + status.stderr);
		await gateway.stop();
	});
	test('--login by root leaves nothing of root\'s', async () => {
		const gateway = await startOpenly({ config: login().config });
		const child = spawn(path.join(build, 'tokend/tokend'),
		    ['--login'], { cwd: '/', env: { HOME: gateway.folder } });
		let said = '';
		for (const stream of [child.stdout, child.stderr])
			stream.on('data', (bytes) => { said += bytes; });
		const ended = new Promise((resolve) => child.on('close', resolve));
		await until(() => said.includes('Waiting'), 'the code');
		workos.decide('user_m');
		assert.equal(await ended, 0, said);
		await until(() => fs.existsSync(path.join(gateway.state,
		    'token/token.json')), 'the token');
		for (const name of fs.readdirSync(path.join(gateway.state, 'login')))
			assert.match(owner(path.join(gateway.state, 'login', name)),
			    /^tokend /, name);
		await gateway.stop();
	});
	test('what root had before changes hands', async () => {
		const one = await startOpenly({ config: login().config,
			env: { ...login().env, DROID2API_SEPARATE: 'no' } });
		await one.logged(/Token refreshed successfully/);
		assert.match(one.log, /run as one user: DROID2API_SEPARATE=no/);
		assert.equal(owner(path.join(one.state, 'login/store.json'))
		    .split(' ')[0], 'root');
		one.process.kill('SIGTERM');
		await one.end();
		one.log = '';
		one.launch(environment(one), path.join(root, 'start.sh'), []);
		await one.logged(/listens on/);
		assert.match(one.log, /tokend as tokend/);
		assert.match(one.log, /credential: the login of DROID_REFRESH_KEY/);
		assert.equal(owner(path.join(one.state, 'login/store.json')),
		    'tokend droid2api 600');
		assert.equal(await speaks(one), 200);
		await one.stop();
	});
	test('root\'s own login stays root\'s', async () => {
		const gateway = await startOpenly({ config: login().config },
		    (one) => {
			fs.mkdirSync(path.join(one.folder, '.factory'), { mode: 0o700 });
			fs.writeFileSync(path.join(one.folder,
			    '.factory/auth.json'), JSON.stringify({
				refresh_token: workos.seed() }), { mode: 0o600 });
		});
		await gateway.logged(/Token refreshed successfully/);
		assert.match(gateway.log, /responders run as droid2api, tokend as root/);
		assert.equal(await speaks(gateway), 200);
		assert.ok(!may('droid2api', '-x', path.join(gateway.state, 'login')));
		await gateway.stop();
	});
	for (const [what, prepare, reason] of [
		['a configuration that is root\'s alone', (one) =>
			fs.chmodSync(one.configFile, 0o600),
		    /run as one user: \S+config\.json is out of reach/],
		['a folder that others can\'t enter', (one) =>
			fs.chmodSync(one.folder, 0o700),
		    /run as one user: \S+ is out of reach for other users/],
		['a state below another user\'s folder', (one) => {
			one.state = path.join(one.folder, 'mine/state');
			fs.mkdirSync(path.dirname(one.state));
			fs.chownSync(path.dirname(one.state), 12345, 12345);
		}, /belongs to user 12345|run as one user: \S+mine is not root's/],
	])
		test(`one user, and why: ${what}`, async () => {
			const gateway = await startOpenly({}, prepare);
			assert.match(gateway.log, reason);
			assert.equal(names(gateway.responders()[0])[0], 'root');
			await gateway.stop();
		});
	test('a state at root\'s own place is moved, once, and not from under a tokend',
	    () => {
		const folder = temporaryFolder();
		const shell = (text) => spawnSync('bash', ['-euc', `
			say() { echo "$@"; }; die() { echo "$@"; exit 1; }
			root=${root}; . "$root/conf/start/users.sh"; ${text}`],
		    { cwd: folder, encoding: 'utf8' });
		const files = () => execFileSync('find', ['.', '-type', 'f'],
		    { cwd: folder, encoding: 'utf8' }).trim().split('\n').sort();
		fs.mkdirSync(path.join(folder, 'old/login'), { recursive: true });
		fs.mkdirSync(path.join(folder, 'old/run/ledger'),
		    { recursive: true });
		for (const name of ['login/store.json', 'login/tokend.lock',
		    'run/ledger/usage.db'])
			fs.writeFileSync(path.join(folder, 'old', name), '1');
		const held = shell(`exec 9<old/login/tokend.lock; flock 9
			move_state old new`);
		assert.match(held.stdout, /another tokend looks after old/);
		assert.equal(held.status, 1);
		assert.match(shell('move_state old new').stdout, /moving the state/);
		assert.deepEqual(files(), ['./new/login/store.json',
			'./new/login/tokend.lock', './new/run/ledger/usage.db']);
		assert.equal(shell('move_state old new').stdout, '');
		fs.rmSync(folder, { recursive: true });
	});
	test('with tokend elsewhere its folders are left alone', async () => {
		const gateway = await startOpenly({ env: {
			DROID2API_TOKEND: 'no', FACTORY_API_KEY: TEST_KEY } });
		assert.match(gateway.log, /\(the responders run as droid2api\)/);
		assert.equal(await speaks(gateway), 200);
		assert.deepEqual(fs.readdirSync(gateway.state), ['run']);
		await gateway.stop();
	});
	test('kill -9 of start.sh leaves nobody running', async () => {
		const gateway = await startOpenly(login());
		const ours = [gateway.process.pid];
		for (const pid of ours)
			ours.push(...processes().filter((one) => one.parent === pid)
			    .map((one) => one.pid));
		process.kill(gateway.process.pid, 'SIGKILL');
		await until(() => !processes().some((one) =>
			ours.includes(one.pid) && one.state !== 'Z'), 'end of all');
		await gateway.stop();
	});
});
