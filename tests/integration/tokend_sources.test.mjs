// Where tokend's logins come from beside DROID_REFRESH_KEY, and the User-Agent.

import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { WorkOS } from '../upstream/workos.mjs';
import { until } from './gateway.mjs';
import { Place } from './tokend.mjs';

let workos, place;

beforeEach(async () => {
	workos = await new WorkOS().start();
	place = new Place(workos);
});

afterEach(async () => {
	// Whatever happened: no secret in any log.
	const log = place.log;
	await place.remove();
	await workos.stop();
	for (const secret of workos.secrets())
		assert.ok(!log.includes(secret), 'a secret in the log');
});

const mode = (file) => (fs.statSync(file).mode & 0o7777).toString(8);
const inState = (name) => path.join(place.state, name);

// ---- Factory's own files ----

test('~/.factory/auth.json: refreshed in place, other fields stay',
    async () => {
	const seed = workos.seed();
	place.writeAuth(`{"x": 12345678901234567890,\n"access_token":"old",` +
	    `"refresh_token":"${seed}", "last_updated":"2025-01-01"}\n`);
	assert.equal((await place.once([])).code, 0);
	const text = fs.readFileSync(place.authFile, 'utf8');
	assert.match(text, /^\{"x": 12345678901234567890,\n"access_token":"ey/);
	const auth = JSON.parse(text);
	assert.equal(auth.refresh_token, place.store().logins[0].refresh_token);
	assert.equal(auth.access_token,
	    place.tokens().accounts[0].access_token);
	assert.match(auth.last_updated, /^\d{4}-\d\d-\d\dT.*Z$/);
	assert.equal(mode(place.authFile), '600');
	assert.equal((await place.once(['--force'])).code, 0);
	assert.equal(JSON.parse(fs.readFileSync(place.authFile)).refresh_token,
	    place.store().logins[0].refresh_token);
});

test('~/.factory/auth.json: a fresh pair of its other owner is taken',
    async () => {
	place.writeAuth({ access_token: workos.access('user_x'),
		refresh_token: workos.seed('user_x') });
	assert.equal((await place.once([])).code, 0);
	assert.equal(workos.calls.length, 0);	// it was fresh
	assert.equal(place.tokens().accounts[0].id, 'user_x');
	// Somebody logs in anew: at once with the next refresh.
	place.writeAuth({ access_token: workos.access('user_y'),
		refresh_token: workos.seed('user_y') });
	assert.equal((await place.once([])).code, 0);
	assert.deepEqual(place.tokens().accounts.map((a) => a.id), ['user_y']);
	assert.equal(workos.calls.length, 0);
});

test('~/.factory/auth.json: refused, but changed meanwhile', async () => {
	place.writeAuth({ access_token: 'x', refresh_token: 'spent' });
	const run = place.start([]);
	await until(() => workos.calls.length === 1, 'call');
	place.writeAuth({ access_token: 'x', refresh_token: workos.seed() });
	await run.logged(/Token refreshed successfully/);
	await run.stop();
	assert.equal(place.store().logins.length, 1);
});

test('~/.factory/auth.json: a killed write-back is healed', async () => {
	const seed = workos.seed();
	place.writeAuth({ access_token: 'x', refresh_token: seed });
	assert.equal((await place.once([])).code, 0);
	// As if killed between the store and the file.
	const store = place.store();
	store.logins[0].origin = crypto.createHash('sha256').update(seed)
	    .digest('hex');
	fs.writeFileSync(place.storeFile, JSON.stringify(store));
	place.writeAuth({ access_token: 'x', refresh_token: seed });
	assert.equal((await place.once([])).code, 0);
	assert.equal(JSON.parse(fs.readFileSync(place.authFile)).refresh_token,
	    store.logins[0].refresh_token);
	assert.equal(workos.calls.length, 1);
});

// What is in use, and where it stands, changes while --once is at it.

const refused = { status: 400, body: '{"error":"invalid_grant"}' };

// Users whose tokens were sent, in order.
const asked = (from) => workos.calls.slice(from).map((call) =>
    workos.tokens.get(call.form.get('refresh_token')).user);

// A file's login, and behind it a seed's, which is the one in use.
const fileAndSeed = async () => {
	place.writeAuth({ access_token: 'x',
		refresh_token: workos.seed('user_f') });
	assert.equal((await place.once([])).code, 0);
	const env = { DROID_REFRESH_KEY: workos.seed('user_s') };
	assert.equal((await place.once([], env)).code, 0);
	assert.deepEqual(place.store().logins.map((l) => [l.source, l.active]),
	    [['file', false], ['seed', true]]);
	return env;
};

test('--once: a file that stands in for a dead seed has its turn, too',
    async () => {
	const env = await fileAndSeed();
	workos.faults = [refused, refused];
	const { output } = await place.once(['--force'], env);
	assert.match(output, /Authentication failure/);
	assert.deepEqual(asked(2), ['user_s', 'user_s', 'user_f']);
});

test('--once: so has a new pair in that file, which moves the logins',
    async () => {
	const env = await fileAndSeed();
	workos.faults = [refused, refused];
	place.writeAuth({ access_token: 'x',
		refresh_token: workos.seed('user_g') });
	await place.once(['--force'], env);
	assert.deepEqual(asked(2), ['user_s', 'user_s', 'user_g']);
	assert.deepEqual(place.store().logins.map((l) => l.source),
	    ['seed', 'file']);
});

test('--once: a login that moves into the place of another is not left out',
    async () => {
	const env = await fileAndSeed();
	workos.faults = [refused, refused];
	await place.once(['--force'], env);	// the seed is dead
	workos.faults = [refused];
	workos.delayMs = 500;
	const before = workos.calls.length;
	const run = place.start(['--once', '--force'], env);
	await until(() => workos.calls.length > before, 'call');
	place.writeAuth({ access_token: 'x',
		refresh_token: workos.seed('user_g') });
	assert.equal((await run.exited).code, 0, run.output);
	assert.deepEqual(asked(before), ['user_f', 'user_s', 'user_g']);
});

test('auth.v2.file is opened and never written', async () => {
	const key = crypto.randomBytes(32), iv = crypto.randomBytes(12);
	const cipher = crypto.createCipheriv('aes-256-gcm', key, iv);
	const sealed = Buffer.concat([cipher.update(JSON.stringify({
		access_token: 'old', refresh_token: workos.seed(),
		active_organization_id: 'o' })), cipher.final()]);
	const text = [iv, cipher.getAuthTag(), sealed]
	    .map((part) => part.toString('base64')).join(':');
	const folder = path.join(place.home, '.factory');
	fs.mkdirSync(folder);
	fs.writeFileSync(path.join(folder, 'auth.v2.file'), text);
	fs.writeFileSync(path.join(folder, 'auth.v2.key'),
	    key.toString('base64'));
	assert.equal((await place.once([])).code, 0);
	assert.equal((await place.once(['--force'])).code, 0);
	assert.equal(workos.exchanges, 2);
	assert.equal(fs.readFileSync(path.join(folder, 'auth.v2.file'), 'utf8'),
	    text);
});

test('nothing configured: it waits, and takes what appears', async () => {
	const run = place.start([]);
	await run.logged(/No login is configured/);
	assert.ok(!fs.existsSync(place.tokenFile));
	place.writeAuth({ access_token: 'x', refresh_token: workos.seed() });
	run.child.kill('SIGHUP');
	await run.logged(/Token refreshed successfully/);
	assert.equal((await run.stop()).code, 0);
});

test('FACTORY_API_KEY: nothing to refresh, but the version is followed',
    async () => {
	place.configure({ user_agent_url: workos.versionUrl });
	const run = place.start([], { FACTORY_API_KEY: 'fk-0123456789abcdef',
		DROID_REFRESH_KEY: workos.seed() });
	await run.logged(/FACTORY_API_KEY is set/);
	await run.logged(/User-Agent version updated/);
	assert.equal(workos.calls.length, 0);
	assert.equal((await place.run(['--status'])).code, 0);
	await run.stop();
	assert.ok(!place.log.includes('fk-0123456789abcdef'));
});

// ---- User-Agent ----

test('the User-Agent version is followed, strictly', async () => {
	place.configure({ user_agent_url: workos.versionUrl });
	const file = inState('token/user_agent');
	workos.version = ' 0.99.1\n';
	await place.once([]);
	assert.equal(fs.readFileSync(file, 'utf8'), '0.99.1\n');
	assert.equal(mode(file), '640');
	for (const bad of [null, '1.2.3-evil', '<html>', '1.2.3\r\nx: y', '']) {
		workos.version = bad;
		const old = new Date(Date.now() - 7200000);
		fs.utimesSync(file, old, old);
		const { output } = await place.once([]);
		assert.match(output, /Failed to fetch latest version \(attempt 1/);
		assert.equal(fs.readFileSync(file, 'utf8'), '0.99.1\n');
	}
	assert.equal(workos.versionCalls, 6);
});

// ---- models of endpoints ----

test('discover: endpoints are asked for their models, with their keys',
    async () => {
	const asked = [];
	let status = 200;
	const server = http.createServer((request, response) => {
		asked.push({ url: request.url,
			key: request.headers.authorization ?? request.headers['x-api-key'],
			version: request.headers['anthropic-version'] });
		response.writeHead(request.url.startsWith('/dead') ? 500 : status);
		response.end(JSON.stringify({ data: [{ id: `m-${asked.length}` }] }));
	});
	await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
	const url = `http://127.0.0.1:${server.address().port}`;
	place.configure({ endpoint: [
		{ name: 'dead', type: 'common', auth: 'none', discover: true,
			base_url: `${url}/dead/chat/completions` },
		{ name: 'openai', auth: 'none',
			base_url: `${url}/v1/responses` },
		{ name: 'local', type: 'common', api_key_env: 'LOCAL_KEY',
			base_url: `${url}/v1/chat/completions?x=1`,
			discover: true },
		{ name: 'claude', type: 'anthropic', api_key_env: 'CLAUDE_KEY',
			base_url: `${url}/v1/messages`, discover: true }] });
	const keys = { LOCAL_KEY: 'local-secret', CLAUDE_KEY: 'claude-secret' };
	const file = inState('token/models.json');
	const models = () => JSON.parse(fs.readFileSync(file, 'utf8'));
	const none = { context_window: 0, max_output_tokens: 0 };
	const run = place.start([], keys);
	await until(() => fs.existsSync(file) && models().claude, 'models');
	await run.stop();
	assert.deepEqual(asked, [
		{ url: '/dead/models', key: undefined, version: undefined },
		{ url: '/v1/models?x=1', key: 'Bearer local-secret',
			version: undefined },
		{ url: '/v1/models?limit=1000', key: 'claude-secret',
			version: '2023-06-01' }]);
	assert.deepEqual(models(), { local: { data: [{ id: 'm-2', ...none }] },
		claude: { data: [{ id: 'm-3', ...none }] } });
	assert.equal(mode(file), '640');
	assert.match(place.log, /models of endpoint dead are not known anew: status 500/);

	// What cannot be had any more stays; a file that is new is left alone.
	status = 503;
	await place.run(['--once'], keys);
	assert.equal(asked.length, 3);
	const old = new Date(Date.now() - 7200000);
	fs.utimesSync(file, old, old);
	await place.run(['--once'], keys);
	assert.equal(asked.length, 6);
	assert.deepEqual(Object.keys(models()), ['local', 'claude']);
	server.closeAllConnections();
	await new Promise((resolve) => server.close(resolve));
	assert.doesNotMatch(place.log, /(local|claude)-secret/);
});

// ---- device login ----

test('--login: code, waiting, slow_down, and the pair is stored', async () => {
	const run = place.start(['--login']);
	await run.logged(/ABCD-EFGH/);
	await run.logged(/device\?user_code=/);
	const device = await until(() => [...workos.devices.values()][0],
	    'device');
	await until(() => device.polls.length === 1, 'poll');
	workos.decide('slow');
	await until(() => device.polls.length === 2, 'poll');
	workos.decide('user_d');
	assert.equal((await run.exited).code, 0, run.output);
	assert.match(run.output, /Logged in as user_d@example.com/);
	const gaps = device.polls.map((at, i) => at - device.polls[i - 1]);
	assert.ok(gaps[1] >= 900 && gaps[1] < 4000, `${gaps}`);
	assert.ok(gaps[2] >= 5900, `${gaps}`);
	assert.equal(place.tokens().accounts[0].id, 'user_d');
	const handed = inState('login/device.json');
	assert.ok(!fs.existsSync(handed));
	const taken = JSON.stringify({ access_token: 'x', refresh_token:
	    place.store().logins[0].refresh_token });
	// It lasts, and is refreshed like any other.
	assert.equal((await place.once(['--force'])).code, 0);
	assert.equal(workos.exchanges, 2);
	// What was taken already does not come back from the dead.
	const store = fs.readFileSync(place.storeFile, 'utf8');
	fs.writeFileSync(handed, taken, { mode: 0o600 });
	assert.equal((await place.once([])).code, 0);
	assert.ok(!fs.existsSync(handed));
	assert.equal(fs.readFileSync(place.storeFile, 'utf8'), store);
});

// The login of one who confirms at once.
const logIn = async (user) => {
	const run = place.start(['--login']);
	await run.logged(/ABCD-EFGH/);
	workos.decide(user);
	const { code } = await run.exited;
	assert.equal(code, 0, run.output);
};

const accounts = async () => JSON.parse((await place.run(['--status',
	'--json'])).output).tokend.accounts;

test('--login mends a dead seed, which then neither counts nor is sent',
    async () => {
	const env = { DROID_REFRESH_KEY: 'spent-and-gone' };
	const dead = place.start([], env);
	await dead.logged(/Authentication failure/);
	await logIn('user_m');
	await dead.logged(/Using the login of tokend --login/);
	await until(async () => (await accounts()).length === 1, 'one account');
	assert.equal((await place.run(['--status'])).code, 0);
	await dead.stop();
	const sent = workos.calls.length;
	const again = place.start([], env);
	await until(() => fs.existsSync(place.socket), 'socket');
	await until(async () => (await place.run(['--status'])).code === 0,
	    'health');
	assert.equal((await again.stop()).code, 0);
	assert.equal(workos.calls.length, sent);
	// Once more by the same user: the same login.
	await logIn('user_m');
	assert.deepEqual(place.tokens().accounts.map((a) => a.id), ['user_m']);
	assert.equal(place.store().logins.length, 2);
});

test('--login does not stand for a daemon, nor against cron', async () => {
	await logIn('user_n');
	const alone = await place.run(['--status']);
	assert.equal(alone.code, 1);
	assert.match(alone.output, /tokend: degraded, not running/);
	assert.equal((await place.once([])).code, 0);
	await logIn('user_n');
	const { code, output } = await place.run(['--status']);
	assert.equal(code, 0, output);
});

test('--login without a daemon keeps what commands printed', async () => {
	place.configure({ models: [{ id: 'm', type: 'common' }],
		endpoint: [{ name: 'own', type: 'common',
			api_key_command: ['echo', 'key-of-a-command'],
			base_url: 'http://127.0.0.1:9/v1/chat/completions' }] });
	await place.once([]);
	const { keys } = place.tokens();
	assert.equal(keys[0].access_token, 'key-of-a-command');
	await logIn('user_k');
	assert.deepEqual(place.tokens().accounts.map((a) => a.id), ['user_k']);
	assert.deepEqual(place.tokens().keys, keys);
});

test('--login: denied, expired, and handed to a running tokend', async () => {
	for (const [state, said] of [['denied', /was denied/],
		['expired', /has expired/]]) {
		const run = place.start(['--login']);
		await run.logged(/ABCD-EFGH/);
		workos.decide(state);
		assert.equal((await run.exited).code, 1);
		assert.match(run.output, said);
	}
	const daemon = place.start([]);
	await daemon.logged(/No login is configured/);
	const run = place.start(['--login']);
	await run.logged(/ABCD-EFGH/);
	workos.decide('user_e');
	assert.equal((await run.exited).code, 0, run.output);
	await daemon.logged(/Using the login of tokend --login/);
	await place.published();
	assert.equal(place.tokens().accounts[0].id, 'user_e');
	await daemon.stop();
});
