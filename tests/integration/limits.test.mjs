// What Factory allows each account: tokend asks, responders choose by it, people
// see it.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { execFileSync } from 'node:child_process';
import { after, before, beforeEach, test } from 'node:test';
import { startUpstream } from '../upstream/upstream.mjs';
import { Limits, answerOf } from '../upstream/limits.mjs';
import { build, environment, processes, startGateway, until } from
    './gateway.mjs';
import { ask } from './client.mjs';
import { LANES } from './samples.mjs';

const KEYS = ['fk-one-0123456789', 'fk-two-0123456789'];
const [ONE, TWO] = KEYS;

let upstream, limits, gateway;

const file = () => path.join(gateway.state, 'token/limits.json');
const known = () => JSON.parse(fs.readFileSync(file())).accounts;

const chat = (session, lane = 'messages') => ask(gateway, {
	path: LANES[lane].path, body: LANES[lane].body(),
	headers: session ? { 'x-session-id': session } : {} });
const tokenOf = (entry) => entry.headers.authorization.replace('Bearer ', '');
const goesTo = async (session, lane) => {
	assert.equal((await chat(session, lane)).status, 200);
	return tokenOf(upstream.last);
};

function tokend() {
	const table = processes();
	const below = new Set([gateway.process.pid]);
	for (const pid of below)
		for (const one of table)
			if (one.parent === pid)
				below.add(one.pid);
	return table.find((one) => below.has(one.pid) && one.name === 'tokend').pid;
}

// tokend asks once more, and responders know.
async function say(...answers) {
	const before = limits.calls.length;
	KEYS.forEach((key, i) => limits.known.set(key, answers[i]));
	process.kill(tokend(), 'SIGHUP');
	await until(() => limits.calls.length >= before + KEYS.length, 'calls');
	const wanted = answers.map((one) => one?.limits?.standard?.fiveHour
	    ?.usedPercent);
	await until(async () => {
		const status = (await ask(gateway, { path: '/v1/status' })).json;
		return KEYS.every((_, i) => wanted[i] === undefined ||
		    status.limits[i]?.windows.some((one) => one.pool ===
		    'standard' && one.name === 'fiveHour' &&
		    Math.abs(one.used_percent - wanted[i]) < 0.1));
	}, 'the limits in the status');
}

before(async () => {
	upstream = await startUpstream();
	limits = await new Limits().start();
	KEYS.forEach((key) => limits.known.set(key, answerOf({ standard: {
		fiveHour: [10, 2] } })));
	gateway = await startGateway({ upstream, config: {
		limits_url: limits.url },
	    env: { FACTORY_API_KEY: KEYS.join(',') } });
});
beforeEach(() => upstream.reset());
after(async () => {
	await gateway?.stop();
	for (const key of KEYS)
		assert.ok(!gateway.log.includes(key), 'a key in the log');
	await limits?.stop();
	await upstream?.stop();
});

test('nobody is asked before there is traffic, then each account', async () => {
	assert.equal((await ask(gateway, { path: '/v1/status' })).status, 200);
	assert.deepEqual(limits.calls, []);
	assert.equal((await chat()).status, 200);
	await until(() => fs.existsSync(file()) && known().length === 2 &&
	    known().every((one) => one.windows.length), 'limits.json');
	assert.deepEqual(limits.calls.slice().sort(), KEYS);
	assert.deepEqual(known().map((one) => one.name),
	    ['FACTORY_API_KEY 1', 'FACTORY_API_KEY 2']);
	assert.equal(fs.statSync(file()).mode & 0o777, 0o640);
	const text = fs.readFileSync(file(), 'utf8');
	for (const key of KEYS)
		assert.ok(!text.includes(key));
	for (let i = 0; i < 4; i++)
		await chat();
	assert.equal(limits.calls.length, 2);
});

test('the one with most left is taken, and sessions stay', async () => {
	await say(answerOf({ standard: { fiveHour: [80, 2], weekly: [20, 90] } }),
	    answerOf({ standard: { fiveHour: [30, 2], weekly: [40, 90] } }));
	const session = 'a session';
	for (let i = 0; i < 4; i++)
		assert.equal(await goesTo(), TWO);
	for (let i = 0; i < 8; i++)
		assert.equal(await goesTo(`session ${i}`), TWO);
	assert.equal(await goesTo(session), TWO);
	await say(answerOf({ standard: { fiveHour: [5, 2] } }),
	    answerOf({ standard: { fiveHour: [35, 2] } }));
	assert.equal(await goesTo(), ONE);
	assert.equal(await goesTo(session), TWO);
	assert.equal(await goesTo('a new session'), ONE);
});

test('one that is used up is set aside until its reset', async () => {
	await say(answerOf({ standard: { fiveHour: [100, 1], weekly: [50, 90] },
		core: { fiveHour: [0, 1] } }), answerOf({ standard: {
		fiveHour: [95, 1] }, core: { fiveHour: [50, 1] } }));
	assert.equal(await goesTo(), TWO);
	assert.equal(await goesTo('a new session'), TWO);
	// Models of open weights have windows of their own.
	assert.equal(await goesTo(undefined, 'chat'), ONE);
	// A window that has ended says nothing any more.
	await say(answerOf({ standard: { fiveHour: [100, -0.01] } }),
	    answerOf({ standard: { fiveHour: [96, 1] } }));
	assert.equal(await goesTo('one more session'), TWO);
	const metrics = (await ask(gateway, { path: '/metrics' })).text;
	assert.deepEqual(metrics.match(/(?<=^droid2api_account_limit_used_ratio\{.*)\S+$/gm),
	    ['0.96']);
});

test('a 402 says when what is used up begins anew', async () => {
	const used = answerOf({ standard: { fiveHour: [100, 1.2],
		weekly: [100, 49.5] }, core: { fiveHour: [100, 1.2] } });
	await say(used, used);
	upstream.fallback = ({ dialect }) => ({ status: 402, body: dialect ===
	    'messages' ? { type: 'error', error: { type: 'billing_error',
		message: 'no more' } } : { error: { message: 'no more' } } });
	for (const lane of ['messages', 'responses']) {
		const answer = await chat(undefined, lane);
		// OpenAI's own has no 402.
		assert.equal(answer.status, lane === 'messages' ? 402 : 429);
		assert.equal(answer.headers['x-should-retry'], 'false');
		assert.match(answer.text, /weekly \(standard\): 100 % used, ends in 2 d 1 h/);
		assert.ok(Math.abs(Number(answer.headers['retry-after']) -
		    49.5 * 3600) < 120, answer.headers['retry-after']);
	}
	const other = await chat(undefined, 'chat');
	assert.match(other.text, /fiveHour \(core\): 100 % used, ends in 1 h 1[12] min/);
});

test('people see bars, programs numbers', async () => {
	await say(answerOf({ standard: { fiveHour: [25, 2], weekly: [50, 90],
		monthly: [7.5, 700] } }), answerOf({ standard: {
		fiveHour: [12.5, 2] } }));
	const run = (...options) => {
		try {
			return execFileSync(path.join(build, 'tokend/tokend'), [
				'--config', gateway.configFile, '--status',
				...options], { encoding: 'utf8', env:
				environment(gateway, { FACTORY_API_KEY: KEYS.join() })
			});
		} catch (error) {
			return error.stdout;	// its status says how it is
		}
	};
	const text = run();
	assert.match(text, /^ {2}key +FACTORY_API_KEY 1$/m);
	assert.match(text, /^ {2}limits +standard +fiveHour +\[#### {12}\] +25 %, (2 h 0|1 h 59) min left$/m);
	assert.match(text, /^ +standard +monthly +\[# {15}\] +7 %, 29 d \d h left$/m);
	for (const line of text.split('\n'))
		assert.ok(line.length <= 80, line);
	const { limits: list } = JSON.parse(run('--json')).tokend;
	assert.deepEqual(list[0].windows[2], { pool: 'standard', name: 'monthly',
		used_percent: 7.5, ends_at: list[0].windows[2].ends_at });
	const metrics = (await ask(gateway, { path: '/metrics' })).text;
	assert.match(metrics, /^droid2api_account_limit_used_ratio\{account="[0-9a-f]{16}",pool="standard",window="weekly"\} 0\.5$/m);
	assert.match(metrics, /^droid2api_account_limit_reset_timestamp_seconds\{.*window="weekly"\} 1\d{9}$/m);
});

test('an unknown shape is unknown, and no error', async () => {
	const from = gateway.log.length;
	await say('{"balance":{"usd":3}}', 'no JSON at all');
	await until(() => known().every((one) => /not known/.test(one.problem)),
	    'the problem');
	assert.equal((await chat()).status, 200);
	assert.doesNotMatch(gateway.log.slice(from), /WARN|ERROR/);
	limits.known.clear();
	process.kill(tokend(), 'SIGHUP');
	await until(() => known().every((one) => one.problem === 'status 401'),
	    'the refusal');
});
