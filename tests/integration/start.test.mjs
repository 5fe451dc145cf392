// start.sh: what it says, what it refuses, and that it stays the parent.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { after, before, beforeEach, describe, test } from 'node:test';
import { startUpstream } from '../upstream/upstream.mjs';
import { MODELS, TEST_KEY, build, configuration, environment, prepareGateway,
    processes, root, startGateway, temporaryFolder, until } from './gateway.mjs';
import { ask } from './client.mjs';
import { LANES } from './samples.mjs';

const script = path.join(root, 'start.sh');
const tokend = fs.existsSync(path.join(build, 'tokend/tokend'));
let upstream;

before(async () => {
	upstream = await startUpstream();
});
beforeEach(() => upstream.reset());
after(() => upstream?.stop());

// Runs start.sh to its own end; {code, log}.
async function run({ config = configuration(upstream), env, args = [],
    dotenv, prepare } = {}) {
	const gateway = await prepareGateway({ config, dotenv });
	const close = await prepare?.(gateway);
	gateway.launch(environment(gateway, env), script, args);
	const { code } = await gateway.end().finally(() => close?.());
	fs.rmSync(gateway.folder, { recursive: true, force: true });
	return { code, log: gateway.log };
}

// One clear line and exit 1.
function assertRefused({ code, log }, reason) {
	assert.equal(code, 1, log);
	const lines = log.trim().split('\n');
	assert.equal(lines.length, 1, log);
	assert.match(lines[0], reason);
}

test('a stop while it still says what it runs is an orderly end', async () => {
	for (let round = 0; round < 4; round++) {
		const gateway = await prepareGateway({ config: configuration(upstream) });
		gateway.launch(environment(gateway), path.join(root, 'start.sh'), []);
		await gateway.logged(round % 2 ? /^models: /m : /listens on http/);
		assert.equal(await gateway.stop(), 0, gateway.log);
	}
});

describe('what it refuses', () => {
	test('a port in use', async () => {
		assertRefused(await run({ prepare: (gateway) => new Promise(
		    (resolve) => {
			const server = net.createServer((one) => one.destroy());
			server.listen(gateway.port, '127.0.0.1', () =>
				resolve(() => new Promise((done) =>
					server.close(done))));
		    }) }), /port \d+ .*in use/);
	});
	test('a broken configuration, by file and line', async () => {
		assertRefused(await run({ config: '{\n "port": 1,\n oops }' }),
		    /config\.json:3/);
	});
	test('a wrong value, by its key', async () => {
		assertRefused(await run({ config: { ...configuration(upstream),
			port: 'high' } }), /port/);
	});
	test('a PORT that is none', async () => {
		assertRefused(await run({ env: { PORT: '70000' } }), /PORT/);
	});
	test('a configuration that is not there', async () => {
		assertRefused(await run({ env: {
			DROID2API_CONFIG: '/nowhere/config.json' } }),
		    /\/nowhere\/config\.json/);
	});
	test('a state folder that cannot be made', async () => {
		const begun = Date.now();
		assertRefused(await run({ env: { DROID2API_STATE:
		    '/proc/droid2api' } }), /\/proc\/droid2api/);
		assert.ok(Date.now() - begun < 20000);
	});
	test('a broken .env, by line', async () => {
		assertRefused(await run({ dotenv: 'A=1\nnonsense\n' }),
		    /\.env:2/);
	});
	test('an unknown option', async () => {
		assertRefused(await run({ args: ['--nonsense'] }), /--nonsense/);
	});
});

describe('what it says', () => {
	let gateway;

	before(async () => {
		gateway = await startGateway({ upstream });
	});
	after(() => gateway?.stop());

	test('where it listens, the masked credential, the models', () => {
		assert.ok(gateway.log.includes(
		    `listens on http://127.0.0.1:${gateway.port}\n`));
		assert.ok(gateway.log.includes(
		    `FACTORY_API_KEY fk-t...(${TEST_KEY.length})`));
		assert.ok(!gateway.log.includes(TEST_KEY));
		assert.match(gateway.log, /models: .*glm-5/);
	});
	test('the setting of Claude Code, to be copied', async () => {
		await gateway.logged(/other programs, usage: .* in a browser\n/);
		assert.match(gateway.log, new RegExp('^Claude Code: ' +
		    `ANTHROPIC_BASE_URL=${gateway.url} ANTHROPIC_AUTH_TOKEN=any ` +
		    `claude --model ${MODELS[0].id}$`, 'm'));
	});
	test('no colour without a terminal', () => {
		assert.doesNotMatch(gateway.log, /\x1b/);
	});
	test('no secret is in a command line', () => {
		for (const { pid } of processes()) {
			let line = '';
			try {
				line = fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8');
			} catch {
				continue;
			}
			assert.ok(!line.includes(TEST_KEY), line);
		}
	});
	test('the folders are private', () => {
		const mode = (name) => fs.statSync(path.join(gateway.state, name))
		    .mode & 0o777;
		assert.equal(mode('run'), 0o700);
		assert.equal(mode('run/spool'), 0o700);
	});
	test('the responders answer to lighttpd, lighttpd to start.sh', () => {
		assert.equal(gateway.responders().length, 2);
	});
});

describe('.env, as docker compose reads it', () => {
	// What start.sh reads of a text, by name.
	const values = (text) => {
		const folder = temporaryFolder();
		fs.writeFileSync(path.join(folder, '.env'), text);
		const said = spawnSync('bash', ['-euc', `die() { echo "$@"; exit 1; }
			. ${root}/conf/start/dotenv.sh
			environment[EXTRA]=real
			read_dotenv .env
			for name in "\${!dotenv[@]}"; do
				printf '%s=%s\\0' "$name" "\${dotenv[$name]}"
			done`], { cwd: folder, encoding: 'utf8' });
		assert.equal(said.status, 0, said.stdout + said.stderr);
		assert.deepEqual(fs.readdirSync(folder), ['.env']);
		fs.rmSync(folder, { recursive: true });
		return Object.fromEntries(said.stdout.split('\0').slice(0, -1)
		    .map((entry) => /^(.*?)=(.*)$/s.exec(entry).slice(1)));
	};
	test('quotes, comments, export, and nothing runs', () => {
		const dotenv = ['# a comment', '', "export A='lite$ral # 1'",
			'B="double # $EXTRA \\"q\\" ${NONE:-x}"', "EXTRA='file'",
			'C=bare#1 # comment', 'D: yaml', 'E = spaced ',
			'F="two', 'lines"', 'G=$(touch ran)`touch ran`', 'H=\r',
			'SECONDS=BASH_VERSINFO[$(touch ran)]', 'I=$SECONDS',
			''].join('\n');
		assert.deepEqual(values(dotenv), { A: 'lite$ral # 1',
			B: 'double # real "q" x', C: 'bare#1', D: 'yaml',
			E: 'spaced', EXTRA: 'file', F: 'two\nlines',
			G: '$(touch ran)`touch ran`', H: '',
			SECONDS: 'BASH_VERSINFO[$(touch ran)]',
			I: 'BASH_VERSINFO[$(touch ran)]' });
	});
	test('only names that the programs read are taken', async () => {
		const foreign = { SECONDS: 'BASH_VERSINFO[$(touch ran)]',
			UID: '1000', GROUPS: '', config: '/nowhere',
			root: '/nowhere', build: '/nowhere', run: 'x', port: '1',
			PATH: '/nowhere', LD_PRELOAD: '/nowhere.so',
			BASH_ENV: '/nowhere', IFS: 'x', needs: 'x', name: 'x',
			DROID2API_CONFIG: '/nowhere', EUID: '0', PPID: '1' };
		const gateway = await startGateway({ upstream, config: {
			endpoint: [...configuration(upstream).endpoint,
				{ name: 'mine', type: 'common', api_key_env: 'MY_KEY',
				    base_url: `${upstream.url}/v1/chat/completions` },
				{ name: 'odd', type: 'common', api_key_env: 'SECONDS',
				    base_url: `${upstream.url}/v1/chat/completions` }],
			}, env: { FACTORY_API_KEY: undefined },
			dotenv: Object.entries({ ...foreign, MY_KEY: 'sk-1 # x',
				FACTORY_API_KEY: "'fk-$0123456789'" })
			    .map((pair) => pair.join('=')).join('\n') });
		try {
			const entries = gateway.environments()[0].split('\0');
			assert.ok(entries.includes('MY_KEY=sk-1'));
			assert.ok(entries.includes('FACTORY_API_KEY=fk-$0123456789'));
			for (const [name, value] of Object.entries(foreign))
				assert.ok(!entries.includes(`${name}=${value}`),
				    name);
			assert.ok(!fs.existsSync(path.join(gateway.folder, 'ran')));
			assert.match(gateway.log, /\.env: not read by these programs: .*GROUPS .*UID/);
		} finally {
			await gateway.stop();
		}
	});
	test('a credential in it is used', async () => {
		const gateway = await startGateway({ upstream, env: {
			FACTORY_API_KEY: undefined },
			dotenv: 'FACTORY_API_KEY=fk-from-env-file-1 # x\n' });
		assert.match(gateway.log, /FACTORY_API_KEY fk-f\.\.\.\(18\)/);
		await ask(gateway, { path: LANES.chat.path,
			body: LANES.chat.body() });
		assert.equal(upstream.last.headers.authorization,
		    'Bearer fk-from-env-file-1');
		await gateway.stop();
	});
	test('the real environment wins', async () => {
		const gateway = await startGateway({ upstream,
			env: { FACTORY_API_KEY: 'fk-the-real-one-12' },
			dotenv: 'FACTORY_API_KEY=fk-from-env-file-1\nPORT=1\n' });
		await ask(gateway, { path: LANES.chat.path,
			body: LANES.chat.body() });
		assert.equal(upstream.last.headers.authorization,
		    'Bearer fk-the-real-one-12');
		await gateway.stop();
	});
	test('the refresh token reaches no responder', async () => {
		const seed = 'refresh-seed-0123456789';
		const gateway = await startGateway({ upstream, env: {
			FACTORY_API_KEY: undefined },
			dotenv: `DROID_REFRESH_KEY=${seed}\n` });
		for (const text of gateway.environments())
			assert.ok(!text.includes(seed));
		assert.ok(!gateway.log.includes(seed));
		assert.match(gateway.log, /DROID_REFRESH_KEY refr\.\.\.\(23\)/);
		await gateway.stop();
	});
});

describe('who counts as this machine', () => {
	const entry = path.join(root, 'conf/docker/entry.sh');
	const HEAD = 'Iface\tDestination\tGateway\tFlags\tRefCnt\n';
	for (const [what, routes, address] of [
		['of Docker', 'eth0\t00000000\t010012AC\t0003\t0\n' +
		    'eth0\t000012AC\t00000000\t0001\t0\n', '172.18.0.1'],
		['behind another route', 'eth0\t0000A8C0\t010012AC\t0003\t0\n' +
		    'eth1\t00000000\tFEFFA8C0\t0003\t0\n',
		    '192.168.255.254'],
		['without any', 'eth0\t000012AC\t00000000\t0001\t0\n', ''],
		['of a link without gateway',
		    'tun0\t00000000\t00000000\t0001\t0\n', ''],
	])
		test(`the gateway ${what}`, () => {
			const folder = temporaryFolder();
			fs.writeFileSync(path.join(folder, 'routes'), HEAD + routes);
			const said = spawnSync(entry, ['DROID2API_LOCAL_PEERS'],
			    { encoding: 'utf8', env: { PATH: process.env.PATH,
				DROID2API_START: '/usr/bin/printenv',
				DROID2API_STATE: folder,
				DROID2API_ROUTES: path.join(folder, 'routes'),
				DROID2API_LOCAL_PEERS: '::1,gateway' } });
			fs.rmSync(folder, { recursive: true });
			assert.equal(said.stdout, address ? `::1 ${address}\n` :
			    '::1\n');
			assert.equal(said.stderr, address ? '' :
			    'DROID2API_LOCAL_PEERS: there is no gateway\n');
		});
	for (const [what, env, warning] of [
		['a local peer', { DROID2API_LOCAL_PEERS: '10.9.8.7' },
		    /WARN .*local_peers: counts as this machine/],
		['open access', { DROID2API_ACCESS: 'open' },
		    /WARN .*access: is "open"/],
		['a local peer and keys', { DROID2API_LOCAL_PEERS: '10.9.8.7',
		    DROID2API_CLIENT_KEYS: 'ck-0123456789' }, null],
		['nothing', {}, null],
	])
		test(`${what}: ${warning ? 'said loudly' : 'no warning'}`,
		    async () => {
			const gateway = await startGateway({ upstream, env });
			await gateway.stop();
			if (warning)
				assert.match(gateway.log, warning);
			else
				assert.doesNotMatch(gateway.log, /WARN .*(access|local_peers):/);
		});
});

// A container whose port is published: peers are never on its loopback.
describe('the image', () => {
	const read = (name) => fs.readFileSync(path.join(root, name), 'utf8');
	test('is open to nobody by default', () => {
		assert.doesNotMatch(read('Dockerfile'),
		    /^\s*(ENV )?DROID2API_(ACCESS|LOCAL_PEERS)=/m);
	});
	test('is published by compose on 127.0.0.1, for its gateway alone', () => {
		const compose = read('docker-compose.yml');
		assert.doesNotMatch(compose, /^[^#]*\bopen\b/m);
		assert.match(compose, /DROID2API_LOCAL_PEERS: gateway\n/);
		assert.deepEqual(compose.match(/- ".*:3000"/g),
		    ['- "127.0.0.1:${PORT:-3000}:3000"']);
	});
});

describe('odd places', () => {
	for (const [what, state] of [
		['a state path too long for a socket', 'x'.repeat(120)],
		['a state path with spaces and quotes', `a "b" 'c' $d`]])
		test(what, async () => {
			const gateway = await prepareGateway({
				config: configuration(upstream) });
			gateway.state = path.join(gateway.folder, state);
			gateway.launch(environment(gateway, {
				FACTORY_API_KEY: TEST_KEY }), script, []);
			await gateway.logged(/listens on/);
			assert.equal((await ask(gateway, { path: LANES.chat.path,
				body: LANES.chat.body() })).status, 200);
			await gateway.stop();
		});
	test('config.json of the working directory is the default', async () => {
		const gateway = await startGateway({ upstream,
			env: { DROID2API_CONFIG: undefined } });
		assert.ok(gateway.log.includes(gateway.configFile));
		await gateway.stop();
	});
});

// Whether somebody takes connections there.
const answers = (port) => new Promise((resolve) => {
	const socket = net.connect(port, '127.0.0.1', () => {
		socket.destroy();
		resolve(true);
	});
	socket.on('error', () => resolve(false));
});

describe('what dies', () => {
	test('start.sh, before it said that it listens: as it was told', async () => {
		for (let i = 0; i < 5; i++) {
			const gateway = await prepareGateway({
				config: configuration(upstream) });
			gateway.launch(environment(gateway), script, []);
			await until(() => answers(gateway.port), 'a listener');
			assert.equal(await gateway.stop(), 0, gateway.log);
			assert.doesNotMatch(gateway.log, /could not start/);
		}
	});
	test('lighttpd: start.sh ends and leaves nobody behind', async () => {
		const gateway = await startGateway({ upstream });
		const responders = gateway.responders();
		const lighttpd = processes().find((one) => one.name ===
		    'lighttpd' && one.parent === gateway.process.pid);
		process.kill(lighttpd.pid, 'SIGKILL');
		const { code } = await gateway.end();
		assert.equal(code, 1);
		const left = processes().filter((one) => one.state !== 'Z' &&
		    responders.includes(one.pid));
		assert.deepEqual(left, []);
		await gateway.stop();
	});
	test('tokend: it is started again', { skip: !tokend &&
	    'tokend is not built' }, async () => {
		const gateway = await startGateway({ upstream });
		const find = () => processes().find((one) => one.name ===
		    'tokend' && one.state !== 'Z' && isOurs(one, gateway));
		const first = find();
		assert.ok(first);
		const from = gateway.log.length;
		process.kill(first.pid, 'SIGKILL');
		await gateway.logged(/tokend ended/, { from });
		assert.notEqual((await until(find, 'tokend')).pid, first.pid);
		await gateway.stop();
		assert.equal(processes().filter((one) => one.name === 'tokend' &&
		    isOurs(one, gateway)).length, 0);
	});
});

function isOurs(one, gateway) {
	const table = processes();
	let pid = one.parent;
	while (pid > 1) {
		if (pid === gateway.process.pid)
			return true;
		pid = table.find((other) => other.pid === pid)?.parent ?? 0;
	}
	return false;
}
