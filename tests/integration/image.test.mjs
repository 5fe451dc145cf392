// The image's root, as conf/docker/root.sh puts it together, here from this machine's
// own files. It is started as a container is: with a root, mounts and a process table
// of its own, and with what the Dockerfile says of user, environment and programs.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startUpstream } from '../upstream/upstream.mjs';
import { WorkOS } from '../upstream/workos.mjs';
import { TEST_KEY, build, configuration, prepareGateway, processes, root,
    temporaryFolder, until } from './gateway.mjs';
import { ask, open } from './client.mjs';
import { LANES } from './samples.mjs';

const dockerfile = fs.readFileSync(path.join(root, 'Dockerfile'), 'utf8')
    .replaceAll('\\\n', ' ');
const said = (word) => dockerfile.match(new RegExp(`^${word} (.*)$`, 'm'))[1];
const IMAGE_ENV = Object.fromEntries(said('ENV').trim().split(/\s+/)
    .map((one) => one.split('=')));
const IMAGE_USER = said('USER');
const ENTRY = JSON.parse(said('ENTRYPOINT'));
const HEALTH = JSON.parse(said('HEALTHCHECK').replace(/.* CMD /, ''));
const STATE = IMAGE_ENV.DROID2API_STATE;

// $1 is the root, $2 the user, $3 a volume for the state, or nothing, $4 whether the
// rest can be written to; then the program.
const CONTAINER = `
mount --bind "$1" "$1"
mount -t proc proc "$1/proc"
mount --rbind /dev "$1/dev"
[ -z "$3" ] || mount --bind "$3" "$1${STATE}"
[ "$4" != ro ] || mount -t tmpfs tmpfs "$1/tmp"
[ "$4" != ro ] || mount -o remount,bind,ro "$1"
exec chroot --userspec="$2" --groups= "$1" "\${@:5}"
`;
const unshared = ['--mount', '--pid', '--fork', '--kill-child', 'bash', '-euc'];
const CANNOT = process.getuid() !== 0 ? 'only root may change roots' :
    spawnSync('unshare', [...unshared, 'mount -t proc proc /proc'])
    .status !== 0 ? 'no namespaces' : false;

describe('the root of the image', { skip: CANNOT }, () => {
	const folder = temporaryFolder();
	const image = path.join(folder, 'image');
	const inImage = (name) => path.join(image, name);
	let upstream, workos;

	before(async () => {
		upstream = await startUpstream();
		workos = await new WorkOS().start();
		execFileSync(path.join(root, 'conf/docker/root.sh'),
		    [build, image]);
		fs.mkdirSync(inImage('etc/droid2api'));
		fs.writeFileSync(inImage('etc/droid2api/config.json'),
		    JSON.stringify(configuration(upstream, { auth: {
			token_url: workos.tokenUrl } })));
	});
	after(async () => {
		await upstream?.stop();
		workos?.stop();
		fs.rmSync(folder, { recursive: true });
	});

	async function launch({ user = IMAGE_USER, volume = '', writable = 'rw',
	    env = { FACTORY_API_KEY: TEST_KEY } } = {}) {
		const container = await prepareGateway({ config: '' });
		container.launch({ ...IMAGE_ENV, DROID2API_LISTEN: '127.0.0.1',
			DROID2API_CONFIG: '/etc/droid2api/config.json',
			PORT: String(container.port), ...env },
		    '/usr/bin/unshare', [...unshared, CONTAINER, 'bash', image,
			user, volume, writable, ...ENTRY]);
		return container;
	}
	const first = (container) => processes().find((one) =>
		one.parent === container.process.pid).pid;
	// What `docker exec` does.
	const inside = (container, ...words) => spawnSync('nsenter', ['-t',
	    String(first(container)), '--mount', '--pid', '--root', '--wd=/',
	    ...words], { encoding: 'utf8', env: { ...IMAGE_ENV,
		PORT: String(container.port) } });
	async function stop(container) {
		process.kill(first(container), 'SIGTERM');
		const { code } = await container.end();
		assert.equal(code, 0, container.log);
		assert.doesNotMatch(container.log, /not found/);
		fs.rmSync(container.folder, { recursive: true });
	}
	async function answers(container) {
		await container.logged(/droid2api listens on http/);
		const health = await ask(container, { method: 'GET',
			path: '/health' });
		assert.equal(health.status, 200, health.text);
		const models = await ask(container, { method: 'GET',
			path: '/v1/models' });
		assert.equal(JSON.parse(models.text).data.length, 4);
		const { path: where, body } = LANES.chat;
		const whole = await ask(container, { path: where, body: body() });
		assert.match(whole.text, /"choices"/);
		const stream = await open(container, { path: where,
			body: body('hi', { stream: true }) });
		assert.match((await stream.done).text, /data: \[DONE\]/);
		return upstream.last.headers.authorization;
	}

	test('a login as the documents have it, and an orderly end', async () => {
		const container = await launch({ env: {
			DROID_REFRESH_KEY: workos.seed() } });
		assert.match(await answers(container), /^Bearer ey/);
		assert.match(container.log, /good once.*is no volume/);
		const healthy = inside(container, ...HEALTH);
		assert.equal(healthy.status, 0, healthy.stderr);

		// A process whose parent has gone is the first one's to bury.
		const pid = first(container);
		assert.equal(inside(container, 'sh', '-c', '(true & exec true)')
		    .status, 0);
		await until(() => !processes().some((one) => one.parent === pid &&
		    one.state === 'Z'), 'burial');
		await stop(container);
	});
	for (const [what, user, owner, writable] of [
		['a volume, the rest read-only', IMAGE_USER, [901, 900], 'ro'],
		["a foreign user's volume", '4711:4712', [4711, 4712], 'ro'],
		["root's volume, and root: two users", '0:0', [0, 0], 'rw'],
	])
		test(what, async () => {
			const volume = temporaryFolder();
			fs.chownSync(volume, ...owner);
			fs.chmodSync(volume, 0o755);
			const container = await launch({ user, volume, writable });
			assert.equal(await answers(container), `Bearer ${TEST_KEY}`);
			if (user === '0:0')
				assert.match(container.log,
				    /responders run as droid2api, tokend as tokend/);
			assert.ok(fs.existsSync(path.join(volume, 'run')));
			await stop(container);
			fs.rmSync(volume, { recursive: true });
		});
	test("root's volume, and another user: refused", async () => {
		const volume = temporaryFolder();
		fs.chmodSync(volume, 0o755);
		const container = await launch({ volume });
		assert.equal((await container.end()).code, 1);
		assert.match(container.log, /belongs to user 0, and this is user 901/);
		fs.rmSync(container.folder, { recursive: true });
		fs.rmSync(volume, { recursive: true });
	});

	test('tokend alone, as docker-compose.yml has it', () => {
		const status = spawnSync('chroot', ['--userspec=901:900', image,
			'/opt/droid2api/build/tokend/tokend', '--status'],
		    { env: IMAGE_ENV, encoding: 'utf8' });
		assert.ok(status.status <= 2, status.stderr);
	});
	test('its parts are listed, with the sums of their packages', () => {
		const parts = fs.readFileSync(inImage(
			'usr/share/doc/droid2api/PARTS'), 'utf8');
		assert.match(parts, /^droid2api \d/);
		for (const [, sum, name] of parts.matchAll(
		    /^ {2}([0-9a-f]{64}) {2}(opt\/.*)$/gm))
			assert.equal(execFileSync('sha256sum', [inImage(name)],
			    { encoding: 'utf8' }).split(' ')[0], sum, name);
		for (const name of ['bash', 'libc6', 'lighttpd', 'zlib1g',
			'ca-certificates']) {
			assert.match(parts, new RegExp(`^  ${name} \\S+ \\w+ of `,
			    'm'));
			assert.match(fs.readFileSync(inImage(
			    `var/lib/dpkg/status.d/${name}`), 'utf8'),
			    /^Version: /m);
		}
	});
	test('small, with no program that lends rights, and a closed login', () => {
		const find = (...words) => execFileSync('find', [image, ...words],
		    { encoding: 'utf8' });
		assert.equal(find('-type', 'f', '-perm', '/6000'), '');
		assert.equal(find('-name', 'perl*', '-o', '-name', 'apt*'), '');
		const login = fs.statSync(inImage(`${STATE}/login`));
		assert.equal(login.mode & 0o7777, 0o700);
		assert.equal(login.uid, 901);
		const token = fs.statSync(inImage(`${STATE}/token`));
		assert.equal(token.mode & 0o7777, 0o2750);
	});
});

test('nothing of it is bound to one architecture', () => {
	for (const name of ['Dockerfile', 'conf/docker/root.sh',
		'conf/docker/entry.sh'])
		assert.doesNotMatch(fs.readFileSync(path.join(root, name), 'utf8'),
		    /amd64|arm64|x86|aarch64|--platform|linux-gnu/, name);
});
