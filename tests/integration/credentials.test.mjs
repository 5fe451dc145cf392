// Which credential goes upstream, and where it never goes.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { startUpstream } from '../upstream/upstream.mjs';
import { MODELS, factoryEndpoints, startGateway } from './gateway.mjs';
import { ask } from './client.mjs';
import { ERRORS, LANES, NAMES, assertError } from './samples.mjs';

let upstream;

before(async () => {
	upstream = await startUpstream();
});
beforeEach(() => upstream.reset());
after(() => upstream?.stop());

const request = (name, headers) => ({ path: LANES[name].path,
	body: LANES[name].body(), headers });

describe("no credential of the server's", () => {
	let gateway;

	before(async () => {
		gateway = await startGateway({ upstream,
			env: { FACTORY_API_KEY: undefined } });
	});
	after(() => gateway?.stop());

	for (const name of NAMES) {
		test(`${name}: the client's Authorization`, async () => {
			const answer = await ask(gateway, request(name, {
				authorization: 'Bearer client-token' }));
			assert.equal(answer.status, 200, answer.text);
			assert.equal(upstream.last.headers.authorization,
			    'Bearer client-token');
		});
		test(`${name}: the client's x-api-key, as Bearer`, async () => {
			const answer = await ask(gateway, request(name, {
				'x-api-key': 'client-key' }));
			assert.equal(answer.status, 200, answer.text);
			assert.equal(upstream.last.headers.authorization,
			    'Bearer client-key');
		});
		test(`${name}: none at all is 401 with what to configure`,
		    async () => {
			const answer = await ask(gateway, request(name));
			assertError(name, answer, { ...ERRORS.unauthorized,
				message: /FACTORY_API_KEY/ });
			assert.equal(upstream.requests.length, 0);
		});
	}
	test('no file of tokens is no fault before there is a login', async () => {
		await gateway.logged(/INFO {2}no token file yet \(/);
		assert.doesNotMatch(gateway.log, /WARN/);
	});
	test('Basic is never forwarded', async () => {
		const answer = await ask(gateway, request('chat', {
			authorization: 'Basic dXNlcjpwYXNz' }));
		assert.equal(answer.status, 401);
		assert.equal(upstream.requests.length, 0);
	});
	test('rate-limit headers of the own credential pass', async () => {
		upstream.next({ headers: {
			'anthropic-ratelimit-requests-remaining': '9' } });
		const answer = await ask(gateway, request('messages', {
			'x-api-key': 'client-key' }));
		assert.equal(answer.headers[
		    'anthropic-ratelimit-requests-remaining'], '9');
	});
	test('a token file, as soon as it is there', async () => {
		const folder = path.join(gateway.state, 'token');
		const publish = (generation, token) => {
			fs.mkdirSync(folder, { recursive: true, mode: 0o750 });
			fs.writeFileSync(`${folder}/new`, JSON.stringify({
				version: 1, generation,
				updated_at: Math.floor(Date.now() / 1000),
				accounts: [{ id: 'user_1', access_token: token,
				    expires_at: Math.floor(Date.now() / 1000) +
					3600, organization_id: 'org_1' }] }),
			    { mode: 0o640 });
			fs.renameSync(`${folder}/new`, `${folder}/token.json`);
		};
		upstream.allowHeaders = ['x-factory-org-id'];
		for (const [generation, token] of [[1e9, 'first-token-123456'],
		    [1e9 + 1, 'second-token-123456']]) {
			publish(generation, token);
			const answer = await ask(gateway, request('chat', {
				authorization: 'Bearer client-token' }));
			assert.equal(answer.status, 200, answer.text);
			assert.equal(upstream.last.headers.authorization,
			    `Bearer ${token}`);
		}
		fs.rmSync(path.join(folder, 'token.json'));
	});
});

describe('FACTORY_API_KEY', () => {
	let gateway;

	before(async () => {
		gateway = await startGateway({ upstream, env: {
			FACTORY_API_KEY: ' fk-key-one-1234567, ,fk-key-two-1234567 ',
			PLAIN_KEY: undefined }, config: {
			endpoint: [...factoryEndpoints(upstream),
			    { name: 'plain', type: 'common', auth: 'bearer',
				base_url: `${upstream.url}/v1/chat/completions` },
			    { name: 'google-style', type: 'anthropic',
				auth: 'x-goog-api-key',
				base_url: `${upstream.url}/v1/messages` }],
			models: [...MODELS, { id: 'plain', type: 'common',
			    endpoint: 'plain', reasoning: 'auto' },
			    { id: 'odd', type: 'anthropic', reasoning: 'auto',
				endpoint: 'google-style' }] } });
	});
	after(() => gateway?.stop());

	test('several take turns over all processes', async () => {
		await Promise.all(Array.from({ length: 20 }, () =>
			ask(gateway, request('chat'))));
		const count = (key) => upstream.requests.filter((entry) =>
			entry.headers.authorization === `Bearer ${key}`).length;
		assert.equal(count('fk-key-one-1234567'), 10);
		assert.equal(count('fk-key-two-1234567'), 10);
	});
	test('wins over what the client brings', async () => {
		await ask(gateway, request('messages', { 'x-api-key': 'mine',
			authorization: 'Bearer mine' }));
		assert.match(upstream.last.headers.authorization, /fk-key/);
	});
	test('never goes to a plain endpoint', async () => {
		const body = LANES.chat.body('hi', { model: 'plain' });
		const refused = await ask(gateway, { path: LANES.chat.path,
			body });
		assert.equal(refused.status, 401);
		assert.equal(upstream.requests.length, 0);
		const answer = await ask(gateway, { path: LANES.chat.path, body,
			headers: { 'x-api-key': 'mine' } });
		assert.equal(answer.status, 200, answer.text);
		assert.equal(upstream.last.headers.authorization, 'Bearer mine');
	});
	test("a client's own is dressed in the endpoint's style", async () => {
		const answer = await ask(gateway, { path: LANES.messages.path,
			body: LANES.messages.body('hi', { model: 'odd' }),
			headers: { authorization: 'Bearer mine' } });
		assert.equal(answer.status, 200, answer.text);
		assert.equal(upstream.last.headers['x-goog-api-key'], 'mine');
		assert.equal(upstream.last.headers.authorization, undefined);
	});
	test('one that is set aside is shown so', async () => {
		const look = async () => (await ask(gateway, { path: '/v1/status' }))
		    .json.accounts;
		assert.deepEqual((await look()).map((one) => [one.name,
			one.set_aside_s]), [['FACTORY_API_KEY 1', 0],
			['FACTORY_API_KEY 2', 0]]);
		upstream.next({ status: 429, headers: { 'retry-after': '50' } });
		assert.equal((await ask(gateway, request('chat'))).status, 200);
		const [first] = upstream.requests;
		const at = first.headers.authorization.endsWith('-two-1234567') ?
		    1 : 0;
		const now = await look();
		assert.ok(now[at].set_aside_s > 30 && now[at].set_aside_s <= 50);
		assert.equal(now[1 - at].set_aside_s, 0);
		const metrics = (await ask(gateway, { path: '/metrics' })).text;
		const [, told] = new RegExp('^droid2api_account_set_aside_seconds' +
		    `{account="${now[at].id}"} (\\d+)$`, 'm').exec(metrics);
		assert.ok(Number(told) > 30, told);
	});
	test('is in no log line', () => {
		assert.doesNotMatch(gateway.log, /fk-key-one-1/);
		assert.match(gateway.log, /fk-k\.\.\.\(18\)/);
	});
});

describe('FACTORY_API_KEY_FILE', () => {
	test('is read', async () => {
		const file = path.join(fs.mkdtempSync('/tmp/droid2api-key-'), 'k');
		fs.writeFileSync(file, 'fk-from-file-123456\n', { mode: 0o600 });
		const gateway = await startGateway({ upstream, env: {
			FACTORY_API_KEY: undefined, FACTORY_API_KEY_FILE: file } });
		await ask(gateway, request('chat'));
		assert.equal(upstream.last.headers.authorization,
		    'Bearer fk-from-file-123456');
		await gateway.stop();
		fs.rmSync(path.dirname(file), { recursive: true });
	});
});
