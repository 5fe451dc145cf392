// tokend as a program, against a stand-in for WorkOS.

import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import path from 'node:path';
import { execFile, execFileSync, spawn } from 'node:child_process';
import { afterEach, beforeEach, test } from 'node:test';
import { WorkOS, jwt } from '../upstream/workos.mjs';
import { mayLook, until } from './gateway.mjs';
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

test('a seed is exchanged once, and its successor survives restarts',
    async () => {
	const env = { DROID_REFRESH_KEY: workos.seed() };
	const first = place.start([], env);
	await first.logged(/Token refreshed successfully, expires at: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\n/);
	await place.published();
	await first.stop();
	assert.equal(workos.calls.length, 1);
	const [call] = workos.calls;
	assert.equal(call.method, 'POST');
	assert.equal(call.headers['content-type'],
	    'application/x-www-form-urlencoded');
	assert.equal(call.text, 'grant_type=refresh_token&refresh_token=' +
	    `${env.DROID_REFRESH_KEY}&client_id=` +
	    'client_01HNM792M5G5G1A2THWPXKFMXB');
	const { accounts } = place.tokens();
	assert.equal(accounts.length, 1);
	assert.equal(accounts[0].id, 'user_01');
	assert.equal(accounts[0].organization_id, undefined);
	assert.match(first.output, /Organization ID: org_01/);

	// Fresh: the next start calls nobody.
	const second = place.start([], env);
	await until(() => fs.existsSync(place.socket), 'socket');
	await second.stop();
	assert.equal(workos.calls.length, 1);
	assert.deepEqual(place.tokens().accounts, accounts);

	// And the spent seed is never sent again.
	const forced = await place.once(['--force'], env);
	assert.equal(forced.code, 0, forced.output);
	assert.equal(workos.exchanges, 2);
	assert.notEqual(place.tokens().accounts[0].access_token,
	    accounts[0].access_token);
	// Without any seed the stored login goes on.
	assert.equal((await place.once(['--force'])).code, 0);
	assert.equal(workos.exchanges, 3);
});

test('several seeds are several accounts; another seed replaces', async () => {
	const seeds = [workos.seed('user_a'), workos.seed('user_b')];
	assert.equal((await place.once([], { DROID_REFRESH_KEY:
	    ` ${seeds[0]} ,${seeds[1]}` })).code, 0);
	assert.deepEqual(place.tokens().accounts.map((a) => a.id),
	    ['user_a', 'user_b']);
	const other = workos.seed('user_c');
	assert.equal((await place.once([], { DROID_REFRESH_KEY: other })).code,
	    0);
	assert.deepEqual(place.tokens().accounts.map((a) => a.id), ['user_c']);
	// Back again: the chains go on where they were.
	assert.equal((await place.once(['--force'], { DROID_REFRESH_KEY:
	    seeds.join(',') })).code, 0);
	assert.equal(workos.exchanges, 5);
	assert.deepEqual(place.tokens().accounts.map((a) => a.id),
	    ['user_a', 'user_b']);
});

test('files and folders have their modes, looser ones are refused',
    async () => {
	const env = { DROID_REFRESH_KEY: workos.seed() };
	const run = place.start([], env);
	await run.logged(/refreshed/);
	await until(() => fs.existsSync(inState('token/status.json')), 'status');
	assert.equal(mode(inState('login')), '700');
	assert.equal(mode(place.storeFile), '600');
	assert.equal(mode(inState('login/tokend.lock')), '600');
	assert.equal(mode(inState('token')), '2750');
	assert.equal(mode(place.tokenFile), '640');
	assert.equal(mode(inState('token/status.json')), '640');
	assert.equal(mode(place.socket), '660');
	assert.equal(mode(place.state), '755');
	await run.stop();
	for (const [name, loose, good] of [['login/store.json', 0o640, 0o600],
		['login', 0o750, 0o700], ['token', 0o2770, 0o2750]]) {
		fs.chmodSync(inState(name), loose);
		const refused = await place.once([], env);
		assert.equal(refused.code, 1);
		assert.match(refused.output, /chmod/);
		fs.chmodSync(inState(name), good);
	}
	assert.equal((await place.once([], env)).code, 0);
});

test('no secret in the command line, the environment, token.json or status',
    async () => {
	const seed = workos.seed();
	const run = place.start([], { DROID_REFRESH_KEY: seed });
	await run.logged(/refreshed/);
	const proc = (name) => fs.readFileSync(`/proc/${run.pid}/${name}`);
	const refresh = place.store().logins[0].refresh_token;
	assert.notEqual(refresh, seed);
	for (const text of [proc('cmdline'), mayLook ? proc('environ') : '',
		fs.readFileSync(place.tokenFile),
		fs.readFileSync(inState('token/status.json'))])
		for (const secret of [seed, refresh])
			assert.ok(!text.includes(secret));
	const status = await place.run(['--status']);
	for (const secret of workos.secrets())
		assert.ok(!status.output.includes(secret));
	if (!process.env.ASAN_OPTIONS)
		assert.match(proc('limits').toString(),
		    /Max core file size\s+0\s+0/);
	await run.stop();
});

test('a lost answer is answered by the same token at once', async () => {
	for (const fault of ['lose', 'garbage', 500, 503, 'drop']) {
		const env = { DROID_REFRESH_KEY: workos.seed(`u-${fault}`) };
		workos.calls.length = 0;
		workos.faults = [fault];
		const { code, output } = await place.once([], env);
		assert.equal(code, 0, output);
		assert.equal(workos.calls.length, 2);
		assert.equal(workos.calls[0].text, workos.calls[1].text);
		const gap = workos.calls[1].at - workos.calls[0].at;
		assert.ok(gap < 2500, `${fault}: ${gap} ms`);
	}
});

test('a server that hangs is called again after 6 s', async () => {
	workos.faults = ['hang'];
	const { code, output } = await place.once([],
	    { DROID_REFRESH_KEY: workos.seed() });
	assert.equal(code, 0, output);
	assert.equal(workos.exchanges, 1);
	const gap = workos.calls[1].at - workos.calls[0].at;
	assert.ok(gap > 5500 && gap < 15000, `${gap} ms`);
});

test('429 waits as long as it says, and keeps the good token', async () => {
	const env = { DROID_REFRESH_KEY: workos.seed() };
	assert.equal((await place.once([], env)).code, 0);
	workos.faults = [{ status: 429, body: '{}',
		headers: { 'retry-after': '3' } }];
	const start = Date.now();
	const { code, output } = await place.once(['--force'], env);
	assert.equal(code, 0, output);
	assert.ok(Date.now() - start >= 2900);
	assert.match(output, /status 429; next try in [3-7] s, the token is still good/);
	// No network at all: the token stays, and the state is degraded.
	place.configure({ auth: { token_url: 'http://127.0.0.1:1/' } });
	const before = place.tokens().accounts;
	const run = place.start([], env);
	await until(() => fs.existsSync(place.socket), 'socket');
	await run.stop();
	assert.deepEqual(place.tokens().accounts, before);
});

test('--once leaves a login whose next try is far away, and has the next',
    async () => {
	workos.faults = [{ status: 429, headers: { 'retry-after': '60' } }];
	const { output } = await place.once([], { DROID_REFRESH_KEY:
		`${workos.seed('user_a')} ${workos.seed('user_b')}` });
	assert.match(output, /next try in 60 s/);
	assert.equal(workos.calls.length, 2);
	assert.deepEqual(place.tokens().accounts.map((a) => a.id), ['user_b']);
});

test('--once waits for what is due in a moment', async () => {
	const env = { DROID_REFRESH_KEY: workos.seed() };
	workos.lifetimeS = 16;	// refreshed after eight seconds
	assert.equal((await place.once([], env)).code, 0);
	assert.equal((await place.once([], env)).code, 0);
	assert.equal(workos.exchanges, 2);
});

test('a dead login is said once, not hammered, and ends with a new seed',
    async () => {
	const file = path.join(place.folder, 'key');
	fs.writeFileSync(file, 'spent-and-gone\n', { mode: 0o600 });
	const env = { DROID_REFRESH_KEY_FILE: file };
	const run = place.start([], env);
	await run.logged(/Authentication failure/);
	assert.equal(workos.calls.length, 2);
	assert.equal((await place.run(['--status'])).code, 2);
	await new Promise((resolve) => setTimeout(resolve, 1500));
	assert.equal(workos.calls.length, 2);
	assert.equal(run.output.match(/Authentication failure/g).length, 1);
	fs.writeFileSync(file, workos.seed());
	run.child.kill('SIGHUP');
	await run.logged(/Token refreshed successfully/);
	assert.equal(workos.exchanges, 1);
	await place.published();
	await run.stop();
	assert.equal((await place.once([], env)).code, 0);
	assert.equal(workos.calls.length, 3);
});

test('a wrong auth.client_id costs no login once it is corrected',
    async () => {
	const env = { DROID_REFRESH_KEY: workos.seed() };
	const auth = { token_url: workos.tokenUrl };
	place.configure({ auth: { ...auth, client_id: 'client_wrong' } });
	const run = place.start([], env);
	await run.logged(/Authentication failure: .*invalid_client.* until auth.client_id/);
	assert.equal(workos.calls.length, 2);
	place.configure({ auth });
	// Not by SIGHUP, which wakes all; anybody's question makes it look.
	await until(async () => {
		await datagrams([request('another')]);
		return workos.exchanges === 1;
	}, 'exchange');
	await run.logged(/Token refreshed successfully/);
	await run.stop();
	// And by cron, which is not a person's --force.
	place.configure({ auth: { ...auth, client_id: 'client_wrong' } });
	assert.equal((await place.once(['--force'], env)).code, 1);
	const sent = workos.calls.length;
	assert.equal((await place.once([], env)).code, 1);
	assert.equal(workos.calls.length, sent);
	place.configure({ auth });
	assert.equal((await place.once([], env)).code, 0);
	assert.equal(workos.exchanges, 2);
});

test('the last token of a dead login is used to its end, then forgotten',
    async () => {
	workos.lifetimeS = 4;
	const run = place.start([], { DROID_REFRESH_KEY: workos.seed() });
	await run.logged(/refreshed/);
	const refuse = { status: 400, body: '{"error":"invalid_grant"}' };
	workos.faults = [refuse, refuse];
	await run.logged(/Authentication failure/);
	assert.equal(place.tokens().accounts.length, 1);
	await until(() => place.tokens().accounts.length === 0, 'empty list');
	assert.equal(workos.calls.length, 3);
	await run.stop();
	assert.equal(place.store().logins.length, 1);
});

test('a refusal that WorkOS did not word is asked again', async () => {
	workos.faults = [{ status: 403, body: '<html>blocked</html>' },
		{ status: 404, body: '' },
		{ status: 403, body: '{"error":"forbidden"}' },
		{ status: 403, body: '{"error":"forbidden"}' },
		{ status: 200, body: '<html>log in here</html>' }];
	const { code, output } = await place.once([],
	    { DROID_REFRESH_KEY: workos.seed() });
	assert.equal(code, 0, output);
	assert.equal(workos.calls.length, 6);
	assert.match(output, /status 403, which is not of the login service/);
	assert.match(output, /status 403 forbidden, which is not of the login/);
});

// ---- one login, several hosts ----

test('a second host with one seed does not take the login away', async () => {
	const env = { DROID_REFRESH_KEY: workos.seed() };
	workos.lifetimeS = 16;	// refreshed after eight seconds
	const first = place.start([], env);
	await first.logged(/refreshed/);
	const other = new Place(workos);
	workos.laterS = 5;
	const second = other.start([], env);
	await second.logged(/exchanged \d+ s before by another host/);
	workos.laterS = 0;
	workos.replayMs = 1000;
	assert.equal(workos.exchanges, 1);
	for (const one of [place, other])
		await one.published();
	assert.deepEqual(other.tokens().accounts, place.tokens().accounts);
	// It is stored, too, and a restart does not forget it.
	await second.stop();
	assert.equal(other.store().logins[0].shared, true);
	const again = other.start([], env);
	await again.logged(/Authentication failure.*already exchanged.*by another host/);
	assert.ok(workos.exchanges >= 2);
	assert.equal(workos.refusals, 1);
	await again.stop();
	const exchanges = workos.exchanges;
	await until(() => workos.exchanges > exchanges, 'refresh of the first');
	await first.stop();
	await other.remove();
	assert.doesNotMatch(first.output, /failure|Failed/);
});

test('a host that finds itself alone goes on with the login', async () => {
	const env = { DROID_REFRESH_KEY: workos.seed() };
	workos.lifetimeS = 3;
	assert.equal((await place.once([], env)).code, 0);
	const other = new Place(workos);	// the same without its volume
	workos.laterS = 5;
	const second = other.start([], env);
	await second.logged(/exchanged \d+ s before by another host/);
	workos.laterS = 0;
	await until(() => workos.exchanges === 2, 'refresh');
	await until(() => other.store().logins[0].shared === false, 'store');
	await second.stop();
	await other.remove();
});

test('a seed that was spent elsewhere is sent once and named', async () => {
	const env = { DROID_REFRESH_KEY: workos.seed() };
	workos.replayMs = 0;
	assert.equal((await place.once([], env)).code, 0);
	const other = new Place(workos);
	await new Promise((resolve) => setTimeout(resolve, 5));
	const { code, output } = await other.once([], env);
	assert.equal(code, 2, output);
	assert.match(output, /already exchanged\.; by another host with the same one, or by this one before its state folder was lost/);
	assert.equal(workos.calls.length, 2);
	assert.equal((await other.once([], env)).code, 2);
	assert.equal(workos.calls.length, 2);
	await other.remove();
});

test('a refresh token missing in the answer keeps the old one', async () => {
	workos.faults = [{ status: 200, body: JSON.stringify({
		access_token: jwt({ sub: 'u', exp: 4102444800,
			external_org_id: 'factory-org' }) }) }];
	const seed = workos.seed();
	assert.equal((await place.once([], { DROID_REFRESH_KEY: seed })).code,
	    0);
	assert.equal(place.store().logins[0].refresh_token, seed);
	assert.equal(place.tokens().accounts[0].expires_at, 4102444800);
	assert.equal(place.tokens().accounts[0].organization_id,
	    'factory-org');
});

test('two daemons: the second says so and ends, a killed one leaves no lock',
    async () => {
	const env = { DROID_REFRESH_KEY: workos.seed() };
	const first = place.start([], env);
	await first.logged(/refreshed/);
	const second = place.start([], env);
	assert.equal((await second.exited).code, 1);
	assert.match(second.output, new RegExp(
	    `another tokend \\(process ${first.pid}\\)`));
	// For cron the running one is good news.
	assert.equal((await place.once([], env)).code, 0);
	assert.equal((await place.once(['--force'], env)).code, 1);
	assert.ok(fs.existsSync(place.socket));
	await first.stop('SIGKILL');
	const third = place.start([], env);
	for (let i = 0; (await place.run(['--status'])).code !== 0; i++)
		assert.ok(i < 100, 'the third one does not run');
	await third.stop();
	assert.equal(workos.calls.length, 1);
});

test('SIGTERM ends it even during a call, which may take 6 s', async () => {
	workos.faults = ['hang'];
	const env = { DROID_REFRESH_KEY: workos.seed() };
	const run = place.start([], env);
	await until(() => workos.calls.length === 1, 'call');
	const start = Date.now();
	const { code } = await run.stop();
	const took = Date.now() - start;
	assert.equal(code, 0);
	assert.ok(took < 4000, `${took} ms`);
	// The next start repeats what was in flight.
	assert.equal((await place.once([], env)).code, 0);
	assert.equal(workos.calls.length, 2);
	assert.equal(workos.calls[0].text, workos.calls[1].text);
	assert.equal(workos.exchanges, 1);
});

// ---- refresh on demand ----


// One datagram to tokend's socket; node has no unix datagram sockets.
const datagrams = (list) => new Promise((resolve, reject) => {
	const child = execFile('python3', ['-c', `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
for line in sys.stdin.read().split():
    s.sendto(bytes.fromhex(line), sys.argv[1])
`, place.socket], (error) => error ? reject(error) : resolve());
	child.stdin.end(list.map((bytes) => bytes.toString('hex')).join('\n'));
});

const request = (token, magic = 0x64326174, version = 1) => {
	const bytes = Buffer.alloc(16);
	bytes.writeUInt32LE(magic, 0);
	bytes.writeUInt32LE(version, 4);
	crypto.createHash('sha256').update(token).digest().subarray(0, 8)
	    .reverse().copy(bytes, 8);
	return bytes;
};

test('200 questions make one refresh; forged and stale ones none',
    async (t) => {
	const run = place.start([], { DROID_REFRESH_KEY: workos.seed() });
	await run.logged(/refreshed/);
	await place.published();
	const first = place.tokens();
	const token = first.accounts[0].access_token;
	await datagrams([request('another'), request(token, 1), request(token,
	    0x64326174, 2), Buffer.alloc(3), Buffer.alloc(4000),
	request(token).subarray(0, 15)]);
	await datagrams(Array(200).fill(request(token)));
	await until(() => place.tokens().generation > first.generation,
	    'another token');
	await datagrams(Array(200).fill(request(token)));
	// At most one in 30 seconds, even for the token of now.
	await datagrams([request(place.tokens().accounts[0].access_token)]);
	await new Promise((resolve) => setTimeout(resolve, 300));
	assert.equal(workos.calls.length, 2);
	await run.stop();
	assert.ok(!fs.existsSync(place.socket));
});

// ---- what a crash leaves behind ----

test('a refresh in flight is repeated at once, however fresh the token',
    async () => {
	const env = { DROID_REFRESH_KEY: workos.seed() };
	assert.equal((await place.once([], env)).code, 0);
	workos.faults = ['hang'];
	const run = place.start(['--once', '--force'], env);
	await until(() => workos.calls.length === 2, 'call');
	await run.stop('SIGKILL');
	// Nothing is due but for the mark in the store.
	assert.equal((await place.once([], env)).code, 0);
	assert.equal(workos.calls.length, 3);
	assert.equal(workos.calls[1].text, workos.calls[2].text);
	assert.equal(workos.exchanges, 2);
	assert.equal((await place.once([], env)).code, 0);
	assert.equal(workos.calls.length, 3);
});

// ---- ways out ----

test('calls go through the proxies in turn, and past one that is down',
    async () => {
	const seen = [];
	const proxy = http.createServer((request, response) => {
		seen.push(request.headers['proxy-authorization']);
		const onward = http.request(request.url, { method: request.method,
			headers: request.headers }, (answer) => {
			response.writeHead(answer.statusCode, answer.headers);
			answer.pipe(response);
		});
		request.pipe(onward);
	});
	await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve));
	place.configure({ proxy_required: true, proxies: [
		{ name: 'down', url: 'http://u:geheim@127.0.0.1:1' },
		{ name: 'up', url: `http://u:geheim@127.0.0.1:` +
		    proxy.address().port }],
	auth: { token_url: workos.tokenUrl, organization_id: 'org/7' } });
	const { code, output } = await place.once([],
	    { DROID_REFRESH_KEY: workos.seed() });
	proxy.close();
	assert.equal(code, 0, output);
	assert.match(output, /Using proxy down for request to http/);
	assert.match(output, /Using proxy up for request to http/);
	assert.ok(!output.includes('geheim'));
	assert.equal(seen.length, 1);
	assert.match(workos.calls[0].text, /&organization_id=org%2F7$/);
});

test('certificates are verified, by ca_file too', async () => {
	const key = path.join(place.folder, 'key.pem');
	const certificate = path.join(place.folder, 'certificate.pem');
	execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt',
		'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj',
		'/CN=localhost', '-addext', 'subjectAltName=DNS:localhost',
		'-keyout', key, '-out', certificate], { stdio: 'ignore' });
	const server = https.createServer({ key: fs.readFileSync(key),
		cert: fs.readFileSync(certificate) },
	workos.server.listeners('request')[0]);
	await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
	const auth = { token_url: `https://localhost:${server.address().port}/` };
	const env = { DROID_REFRESH_KEY: workos.seed() };
	place.configure({ auth });
	const strange = place.start([], env);
	await strange.logged(/certificate.*; next try in [3-9] s/);
	await strange.stop();
	assert.equal(workos.calls.length, 0);	// the token did not leave
	place.configure({ auth, ca_file: certificate });
	const known = await place.once(['--force'], env);
	assert.equal(known.code, 0, known.output);
	server.close();
});

test('started as root, it becomes the user it is told', {
	skip: process.getuid() !== 0 && 'only root can',
}, async () => {
	fs.chmodSync(place.folder, 0o755);
	fs.mkdirSync(place.state);
	fs.chownSync(place.state, 65534, 65534);
	const run = place.start(['--user', 'nobody'],
	    { DROID_REFRESH_KEY: workos.seed() });
	await run.logged(/refreshed/);
	assert.match(fs.readFileSync(`/proc/${run.pid}/status`, 'utf8'),
	    /Uid:\s+65534\s+65534\s+65534\s+65534\n/);
	assert.equal(fs.statSync(place.storeFile).uid, 65534);
	await run.stop();
	// By hand root acts as whose login it is; its daemon would not.
	const once = await place.once(['--force']);
	assert.equal(once.code, 0, once.output);
	assert.equal(fs.statSync(place.storeFile).uid, 65534);
	const refused = place.start([]);
	await refused.logged(/belongs to user 65534/);
	await refused.stop();
});

// ---- status ----

test('--status: healthy, degraded, no token; for people and programs',
    async () => {
	const nothing = await place.run(['--status']);
	assert.equal(nothing.code, 2);
	assert.match(nothing.output, /status\.json: .*: no tokend ran here yet/);
	// Unlike what is there and can't be read.
	fs.mkdirSync(inState('token/status.json'), { recursive: true });
	const unread = await place.run(['--status']);
	assert.equal(unread.code, 2);
	assert.match(unread.output, /^tokend: .*status\.json.*\n$/);
	assert.doesNotMatch(unread.output, /ran here/);
	fs.rmSync(place.state, { recursive: true });
	const env = { DROID_REFRESH_KEY: workos.seed() };
	const run = place.start([], env);
	await run.logged(/refreshed/);
	await until(() => fs.existsSync(inState('token/status.json')), 'status');
	const good = await place.run(['--status']);
	assert.equal(good.code, 0, good.output);
	assert.match(good.output, /tokend: healthy, running/);
	assert.match(good.output, /expires\s+in 8 h 0 min|in 7 h 59 min/);
	assert.match(good.output, /next refresh\s+in 6 h 0 min|in 5 h 59 min/);
	const json = JSON.parse((await place.run(['--status', '--json']))
	    .output);
	assert.equal(json.status, 'healthy');
	assert.equal(json.tokend.accounts[0].source, 'DROID_REFRESH_KEY');
	await run.stop();
	const stopped = await place.run(['--status']);
	assert.equal(stopped.code, 1);
	assert.match(stopped.output, /degraded, not running/);
});

test('--status lets cron be an hour late, and no daemon', async () => {
	assert.equal((await place.once([], { DROID_REFRESH_KEY: workos.seed() }))
	    .code, 0);
	const file = inState('token/status.json');
	const status = JSON.parse(fs.readFileSync(file, 'utf8'));
	const due = async (lateS, once) => {
		status.once = once;
		status.accounts[0].next_refresh_at =
		    Math.floor(Date.now() / 1000) - lateS;
		fs.writeFileSync(file, JSON.stringify(status));
		const { output } = await place.run(['--status', '--json']);
		return JSON.parse(output).status;
	};
	assert.equal(await due(4000, true), 'healthy');
	assert.equal(await due(4300, true), 'degraded');
	const run = place.start([]);
	await until(() => !JSON.parse(fs.readFileSync(file, 'utf8')).once,
	    'status of the daemon');
	assert.equal(await due(500, false), 'healthy');
	assert.equal(await due(4000, false), 'degraded');
	await run.stop();
});

test('--status tells a wrong clock from no token', async () => {
	const env = { DROID_REFRESH_KEY: workos.seed() };
	workos.skewS = -9.5 * 3600;	// by our clock the token has expired
	const run = place.start([], env);
	await run.logged(/the clock is wrong: 3\d+ s ahead of the login service's/);
	await until(() => fs.existsSync(inState('token/status.json')), 'status');
	const { code, output } = await place.run(['--status']);
	assert.equal(code, 1, output);
	assert.match(output, /tokend: degraded, running/);
	assert.match(output, /clock\s+wrong, 9 h (30|29) min ahead of the login service's: set it/);
	assert.match(output, /expires\s+in 8 h 0 min|in 7 h 59 min/);
	await run.stop();
	workos.skewS = 2 * 3600;
	const { output: behind } = await place.once(['--force'], env);
	assert.match(behind, /the clock is wrong: 7\d+ s behind/);
	assert.match((await place.run(['--status'])).output,
	    /clock\s+wrong, (2 h 0|1 h 59) min behind/);
	workos.skewS = 0;
	assert.equal((await place.once(['--force'], env)).code, 0);
});

// ---- systemd ----

test('systemd is told READY and WATCHDOG, its credential is read',
    async () => {
	const folder = path.join(place.folder, 'credentials');
	fs.mkdirSync(folder);
	fs.writeFileSync(path.join(folder, 'droid_refresh_key'), workos.seed());
	const notify = path.join(place.folder, 'notify');
	const listener = spawn('python3', ['-uc', `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print("bound")
while True:
    print(s.recv(1000).decode())
`, notify], { stdio: ['ignore', 'pipe', 'inherit'] });
	let heard = '';
	listener.stdout.setEncoding('utf8').on('data', (text) => heard += text);
	await until(() => heard.includes('bound'), 'listener');
	const run = place.start([], { CREDENTIALS_DIRECTORY: folder,
		NOTIFY_SOCKET: notify, WATCHDOG_USEC: '400000' });
	await run.logged(/refreshed/);
	await until(() => heard.match(/WATCHDOG=1/g)?.length > 4, 'watchdog');
	assert.match(heard, /READY=1/);
	assert.match(heard, /STATUS=1 login/);
	await run.stop();
	await until(() => heard.includes('STOPPING=1'), 'end');
	listener.kill();
});

// ---- what it costs ----

test('idle: no wake-ups, private memory within 2.5 MiB', {
	skip: process.env.ASAN_OPTIONS && 'sanitizers have their own memory',
}, async (t) => {
	const run = place.start([], { DROID_REFRESH_KEY: workos.seed() });
	await run.logged(/refreshed/);
	const switches = () => Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(
	    fs.readFileSync(`/proc/${run.pid}/status`, 'utf8'))[1]);
	let before;
	await until(async () => {
		before = switches();
		await new Promise((resolve) => setTimeout(resolve, 500));
		return switches() === before;
	}, 'rest');
	await new Promise((resolve) => setTimeout(resolve, 3000));
	assert.equal(switches() - before, 0);
	// Its own figure is a little larger, and anybody's to read.
	const [file, line] = mayLook ? ['smaps', /^Private_Dirty:\s+(\d+) kB/gm] :
	    ['status', /^RssAnon:\s+(\d+) kB/gm];
	let dirty = 0;
	for (const [, kb] of fs.readFileSync(`/proc/${run.pid}/${file}`, 'utf8')
	    .matchAll(line))
		dirty += Number(kb);
	t.diagnostic(`private dirty: ${dirty} KiB`);
	assert.ok(dirty <= 2560, `${dirty} KiB`);
	await run.stop();
});
