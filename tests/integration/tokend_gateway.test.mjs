// tokend and the gateway together: ./start.sh with nothing but a refresh token.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { startUpstream } from '../upstream/upstream.mjs';
import { WorkOS } from '../upstream/workos.mjs';
import { MODELS, environment, factoryEndpoints, processes, root, startGateway,
    until } from './gateway.mjs';
import { ask } from './client.mjs';
import { LANES } from './samples.mjs';

let upstream, workos, gateway, seed, local;

before(async () => {
	upstream = await startUpstream();
	workos = await new WorkOS().start();
	seed = workos.seed();
	local = http.createServer((request, response) => response.end(
		JSON.stringify({ data: [{ id: 'local-1', max_model_len: 8192 }] })));
	await new Promise((resolve) => local.listen(0, '127.0.0.1', resolve));
	gateway = await startGateway({ upstream, config: { workers: 64,
		endpoint: [...factoryEndpoints(upstream), { name: 'local',
			type: 'common', auth: 'none', discover: true,
			base_url: `http://127.0.0.1:${local.address().port}` +
				'/v1/chat/completions' }],
		models: [...MODELS, { id: 'local-*', endpoint: 'local' }],
		user_agent_url: workos.versionUrl,
		auth: { token_url: workos.tokenUrl,
			device_url: workos.deviceUrl } },
	env: { FACTORY_API_KEY: undefined, DROID_REFRESH_KEY: seed } });
	await gateway.logged(/Token refreshed successfully/);
});
beforeEach(() => upstream.reset());
after(async () => {
	await gateway?.stop();
	for (const secret of workos.secrets())
		assert.ok(!gateway.log.includes(secret), 'a secret in the log');
	await upstream?.stop();
	await workos?.stop();
	local?.closeAllConnections();
	await new Promise((resolve) => local?.close(resolve));
});

const chat = () => ask(gateway, { path: LANES.chat.path,
	body: LANES.chat.body() });

const tokenNow = () => JSON.parse(fs.readFileSync(path.join(gateway.state,
    'token/token.json'))).accounts[0].access_token;

const pidOf = (name) => {
	const below = new Set([gateway.process.pid]);
	for (let i = 0; i < 4; i++)
		for (const one of processes())
			if (below.has(one.parent))
				below.add(one.pid);
	return processes().find((one) => below.has(one.pid) &&
	    one.name === name && one.state !== 'Z')?.pid;
};


test('requests carry the token, and the version that tokend follows',
    async () => {
	const answer = await chat();
	assert.equal(answer.status, 200, answer.text);
	assert.equal(upstream.last.headers.authorization,
	    `Bearer ${tokenNow()}`);
	await until(() => fs.existsSync(path.join(gateway.state,
	    'token/user_agent')), 'version');
	await new Promise((resolve) => setTimeout(resolve, 1100));
	assert.equal((await chat()).status, 200);
	assert.equal(upstream.last.headers['user-agent'], 'factory-cli/0.99.1');
});

test('what an endpoint says it has is listed for a wildcard entry', async () => {
	const listed = async () => JSON.parse((await ask(gateway, {
		path: '/v1/models', method: 'GET' })).text).data
		.find(({ id }) => id === 'local-1');

	await until(() => fs.existsSync(path.join(gateway.state,
	    'token/models.json')), 'models');
	assert.equal((await listed())?.context_length, 8192);
});

test('200 refused at once make one refresh, and every client is served',
    async () => {
	const spent = tokenNow(), before = workos.exchanges;
	upstream.fallback = (entry) => entry.headers.authorization ===
	    `Bearer ${spent}` ? { status: 401 } : {};
	const answers = await Promise.all(Array.from({ length: 200 }, chat));
	assert.deepEqual([...new Set(answers.map((one) => one.status))], [200]);
	assert.equal(workos.exchanges, before + 1);
	assert.notEqual(tokenNow(), spent);
});

// tokend's limit, one on demand in 30 s, is used up by the test before.
test('a 401 that tokend cannot mend is answered at once', async () => {
	const exchanges = workos.exchanges;
	upstream.fallback = () => ({ status: 401 });
	const start = Date.now();
	const answers = await Promise.all(Array.from({ length: 20 }, chat));
	const took = Date.now() - start;
	assert.deepEqual([...new Set(answers.map((one) => one.status))], [401]);
	assert.ok(took < 5000, `${took} ms`);
	assert.match(gateway.log, /tokend has no other token of user_01 now/);
	assert.equal(workos.exchanges, exchanges);
});

test('a restart does not use the spent seed again', async () => {
	const before = workos.calls.length, token = tokenNow();
	gateway.process.kill('SIGTERM');
	await gateway.end();
	gateway.log = '';
	gateway.launch(environment(gateway, { DROID_REFRESH_KEY: seed }),
	    path.join(root, 'start.sh'), []);
	await gateway.logged(/droid2api listens on http/);
	const answer = await chat();
	assert.equal(answer.status, 200, answer.text);
	assert.equal(upstream.last.headers.authorization, `Bearer ${token}`);
	assert.equal(workos.calls.length, before);
});

test('kill -9 of tokend: it comes back, and nobody notices', async () => {
	const pid = await until(() => pidOf('tokend'), 'tokend');
	process.kill(pid, 'SIGKILL');
	assert.equal((await chat()).status, 200);
	const again = await until(() => {
		const now = pidOf('tokend');
		return now !== pid && now;
	}, 'tokend');
	// Killed in the middle of a refresh, it repeats it at once.
	const refusals = workos.refusals, token = tokenNow();
	upstream.fallback = (entry) => entry.headers.authorization ===
	    `Bearer ${token}` ? { status: 401 } : {};
	workos.onExchange = () => {
		workos.onExchange = undefined;
		process.kill(again, 'SIGKILL');
	};
	const answer = await chat();
	assert.equal(answer.status, 200, answer.text);
	assert.notEqual(tokenNow(), token);
	assert.equal(workos.refusals, refusals);
});

test('kill -9 of a responder: the next one has the token', async () => {
	for (const pid of gateway.responders())
		process.kill(pid, 'SIGKILL');
	const answer = await until(async () => {
		const one = await chat().catch(() => ({}));
		return one.status === 200 && one;
	}, 'answer');
	assert.equal((await answer).status, 200);
	assert.equal(upstream.last.headers.authorization,
	    `Bearer ${tokenNow()}`);
});

test('a lost login is said: by /health, the start and the answers',
    async () => {
	const lost = await startGateway({ upstream, config: {
		endpoint: factoryEndpoints(upstream), models: MODELS,
		user_agent_url: workos.versionUrl,
		auth: { token_url: workos.tokenUrl,
			device_url: workos.deviceUrl } },
	env: { FACTORY_API_KEY: undefined,
		DROID_REFRESH_KEY: 'spent-and-gone' } });
	try {
		await lost.logged(/Authentication failure/);
		const health = await until(async () => {
			const one = await ask(lost, { path: '/health' });
			return one.status === 503 && one;
		}, '503');
		assert.equal(health.json.status, 'login lost');
		assert.match(health.json.reason, /invalid_grant/);
		const answer = await ask(lost, { path: LANES.chat.path,
			body: LANES.chat.body() });
		assert.equal(answer.status, 401);
		assert.match(answer.text, /invalid_grant.*DROID_REFRESH_KEY/);
		const again = await ask(lost, { path: LANES.chat.path,
			body: LANES.chat.body(),
			headers: { authorization: 'Bearer own' } });
		assert.equal(again.status, 200, again.text);
	} finally {
		await lost.stop();
	}
});
