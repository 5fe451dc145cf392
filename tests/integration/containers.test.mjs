// The image's first program, and the recipes for platforms that run one container.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { root, temporaryFolder } from './gateway.mjs';

const read = (name) => fs.readFileSync(path.join(root, name), 'utf8');
const ROOT_MOUNT = '1 0 0:50 / / rw - overlay overlay rw\n';

// What it says before it becomes start.sh, which here is printenv.
function enter(mounts, env = {}) {
	const folder = temporaryFolder();
	const state = path.join(folder, 'state');
	fs.mkdirSync(path.join(state, 'login'), { recursive: true });
	if (env.store)
		fs.writeFileSync(path.join(state, 'login/store.json'), '{}');
	fs.writeFileSync(path.join(folder, 'mounts'), ROOT_MOUNT +
		mounts.replaceAll('STATE', state));
	const said = spawnSync(path.join(root, 'conf/docker/entry.sh'), ['PATH'],
	    { encoding: 'utf8', env: { PATH: process.env.PATH,
		DROID2API_START: '/usr/bin/printenv', DROID2API_STATE: state,
		DROID2API_MOUNTS: path.join(folder, 'mounts'),
		DROID_REFRESH_KEY: 'seed', DROID2API_CLIENT_KEYS: 'ck',
		...env, store: '' } });
	fs.rmSync(folder, { recursive: true });
	assert.equal(said.status, 0, said.stderr);
	return said.stderr;
}

describe('a login that is good once', () => {
	const VOLUMES = '/var/lib/docker/volumes';
	const warned = /good once.*-v droid2api:.*FACTORY_API_KEY/;
	for (const [what, mounts, says] of [
		['no volume', '', warned],
		['a named volume',
		    `2 1 8:1 ${VOLUMES}/droid2api/_data STATE rw - ext4 /dev/sda rw\n`],
		['a volume without a name', `2 1 8:1 ${VOLUMES}/${'0a'.repeat(32)}/_data ` +
		    'STATE rw - ext4 /dev/sda rw\n', warned],
		['memory', '2 1 0:9 / STATE rw - tmpfs tmpfs rw\n', warned],
		['an empty folder of Kubernetes', '2 1 8:1 /pods/1/volumes/' +
		    'kubernetes.io~empty-dir/state STATE rw - ext4 /dev/sda rw\n',
		    warned],
		['a folder whose name only begins so',
		    '2 1 8:1 /x STATE-2 rw - ext4 /dev/sda rw\n', warned],
	])
		test(`${what}: ${says ? 'said before it is used' : 'quiet'}`,
		    () => {
			if (says)
				assert.match(enter(mounts), says);
			else
				assert.equal(enter(mounts), '');
		});
	test('not where it was used before, or where there is a key', () => {
		assert.equal(enter('', { store: 'yes' }), '');
		assert.equal(enter('', { FACTORY_API_KEY: 'fk-1' }), '');
		assert.equal(enter('', { FACTORY_API_KEY_FILE: '/key' }), '');
		assert.equal(enter('', { DROID_REFRESH_KEY: '' }), '');
		assert.match(enter('', { DROID_REFRESH_KEY: '',
			DROID_REFRESH_KEY_FILE: '/run/secrets/key' }), warned);
	});
});

test('who may use the credential is said, where it is nobody', () => {
	const key = { FACTORY_API_KEY: 'fk-1', DROID_REFRESH_KEY: '',
		DROID2API_CLIENT_KEYS: '' };
	assert.match(enter('', key),
	    /^Nobody outside .*DROID2API_CLIENT_KEYS.*127\.0\.0\.1.*=gateway\n$/);
	for (const more of [{ DROID2API_LOCAL_PEERS: '127.0.0.1' },
		{ FACTORY_API_KEY: '' }, { DROID2API_ACCESS: 'server' },
		{ DROID2API_CONFIG: '/x' }])
		assert.equal(enter('', { ...key, ...more }), '');
});

test("a folder that is another's is refused with the remedy", {
	skip: process.getuid() !== 0 && 'only root may become another' }, () => {
	const state = temporaryFolder();
	fs.chownSync(state, 1234, 1234);
	fs.chmodSync(state, 0o755);
	const said = spawnSync('setpriv', ['--reuid=901', '--regid=900',
		'--clear-groups', 'bash', '-s', 'PATH'], { encoding: 'utf8',
		cwd: '/', input: read('conf/docker/entry.sh'),
		env: { PATH: process.env.PATH, DROID2API_STATE: state,
			DROID2API_START: '/usr/bin/printenv' } });
	fs.rmSync(state, { recursive: true });
	assert.equal(said.status, 1);
	assert.equal(said.stdout, '');
	assert.match(said.stderr, /belongs to user 1234, and this is user 901/);
	assert.match(said.stderr, /chown -R 901:900.*--user 1234:1234/);
});

// ---- recipes ----

// As much of YAML as they use: maps, lists of maps or words, one value a line.
function readYaml(text) {
	const lines = text.split('\n').filter((line) => !/^\s*(#|$)/.test(line));
	let at = 0;
	const depth = () => at < lines.length ? lines[at].search(/[^ ]/) : -1;
	const word = (value) => JSON.parse(/^(".*"|\d+|true|false)$/.test(value) ?
		value : JSON.stringify(value));
	function block(indent) {
		if (lines[at].trimStart().startsWith('- ')) {
			const list = [];
			while (depth() === indent) {
				lines[at] = lines[at].replace('- ', '  ');
				list.push(block(depth()));
			}
			return list;
		}
		const map = {};
		while (depth() === indent) {
			const [, key, value] = lines[at++].match(
			    /^ *([\w./-]+):(?: (.+))?$/) ?? assert.fail(lines[at - 1]);
			map[key] = value ? word(value) : block(depth());
		}
		assert.ok(depth() < indent, lines[at]);
		return map;
	}
	const all = block(0);
	assert.equal(at, lines.length);
	return all;
}

// As much of TOML: [table], [[list of tables]], one value a line.
function readToml(text) {
	const all = {};
	let table = all;
	for (const line of text.split('\n').filter((one) => !/^\s*(#|$)/.test(one))) {
		const head = line.match(/^(\[\[?)([\w.]+)\]\]?$/);
		if (head) {
			const keys = head[2].split('.'), last = keys.pop();
			let above = all;
			for (const key of keys)
				above = above[key] ??= {};
			table = {};
			if (head[1] === '[[')
				(above[last] ??= []).push(table);
			else
				above[last] = table;
			continue;
		}
		const [, key, value] = line.match(/^(\w+) = (.+)$/) ??
			assert.fail(line);
		table[key] = JSON.parse(value);
	}
	return all;
}

describe('recipes for one container', () => {
	const recipe = (name) => read(`conf/container/${name}`);
	const SECRETS = ['FACTORY_API_KEY', 'DROID2API_CLIENT_KEYS'];
	test('Render', () => {
		const [service] = readYaml(recipe('render.yaml')).services;
		assert.equal(service.dockerfilePath, './Dockerfile');
		assert.equal(service.healthCheckPath, '/health');
		assert.deepEqual(service.envVars, SECRETS.map((key) =>
			({ key, sync: false })));
	});
	test('Railway', () => {
		const { build, deploy } = JSON.parse(recipe('railway.json'));
		assert.equal(build.dockerfilePath, 'Dockerfile');
		assert.equal(deploy.healthcheckPath, '/health');
		// It refuses an image with a volume of its own.
		assert.doesNotMatch(read('Dockerfile'), /^VOLUME/m);
	});
	test('Fly', () => {
		const fly = readToml(recipe('fly.toml'));
		assert.ok(fs.existsSync(path.join(root, 'conf/container',
			fly.build.dockerfile)));
		assert.equal(fly.http_service.internal_port, Number(fly.env.PORT));
		assert.equal(fly.http_service.checks[0].path, '/health');
		assert.deepEqual(Object.keys(fly.env), ['PORT']);
	});
	test('Cloud Run', () => {
		const { spec } = readYaml(recipe('cloudrun.yaml')).spec.template;
		const [container] = spec.containers;
		assert.equal(container.startupProbe.httpGet.path, '/health');
		assert.ok(container.ports[0].containerPort > 0);
		assert.deepEqual(container.env.map(({ name }) => name), SECRETS);
		for (const { valueFrom } of container.env)
			assert.equal(valueFrom.secretKeyRef.key, 'latest');
	});
	test('Koyeb', () => {
		const script = recipe('koyeb.sh');
		for (const name of SECRETS)
			assert.match(script, new RegExp(
				`--env '${name}=\\{\\{ secret\\.`));
		assert.match(script, /--checks 3000:http:\/health/);
		assert.match(script, /--env PORT=3000/);
	});
	test('Kubernetes: folders as conf/systemd/tmpfiles has them', () => {
		const text = recipe('../scale/kubernetes.yaml');
		const [login, token, run] = ['login', 'token', 'run'].map((name) =>
			new RegExp(`/${name} 0?(\\d+) (\\w+) droid2api `).exec(
			    read('conf/systemd/tmpfiles/droid2api.conf.in')));
		for (const [[, mode, user], name] of [[login, 'login'],
		    [token, 'token']]) {
			assert.equal(user, 'tokend');
			assert.match(text, new RegExp(
				`install -d -m 0?${mode} -o 901 -g 900 /${name}[;"]`));
		}
		assert.deepEqual(run.slice(1), ['700', 'droid2api']);
		assert.match(text, new RegExp('runAsUser: 902, runAsGroup: 900,[^]*' +
			'install, -d, -m, "0700", /run/run,'));
		// It would loosen modes; and root's would be a folder of a volume
		// that a gateway is the first to mount.
		assert.doesNotMatch(text, /fsGroup: ?\d/);
		assert.doesNotMatch(text, /name: (token|login),.*subPath/);
	});
	test('the Dockerfile builds what it ships with nothing but Debian', () => {
		const lines = read('Dockerfile').replaceAll('\\\n', ' ').split('\n');
		assert.deepEqual(lines.filter((line) => line.startsWith('FROM')),
		    ['FROM debian:trixie-slim AS build', 'FROM scratch']);
		const shipped = lines.slice(lines.indexOf('FROM scratch'));
		assert.deepEqual(shipped.filter((line) => /^(COPY|ADD|RUN)/
		    .test(line)), ['COPY --from=build /image /']);
		// What root.sh takes of the packages that no base has.
		const [install] = lines.filter((line) => line.includes('install'));
		for (const name of ['ca-certificates', 'lighttpd'])
			assert.ok(install.split(/\s+/).includes(name), name);
	});
});
