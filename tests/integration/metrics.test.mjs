// GET /metrics: what it counts, who may read it, and that Prometheus takes it.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { execFileSync, spawn } from 'node:child_process';
import { after, before, beforeEach, describe, test } from 'node:test';
import { Steps } from '../upstream/answer.mjs';
import { startUpstream } from '../upstream/upstream.mjs';
import { freePort, root, startGateway, temporaryFolder, until } from
    './gateway.mjs';
import { ask } from './client.mjs';
import { LANES, NAMES } from './samples.mjs';

const client_keys = [{ name: 'boss', key: 'ck-boss-012345', admin: true },
    { name: 'ann', key: 'ck-ann-0123456' }];

let upstream, gateway;

before(async () => {
	upstream = await startUpstream();
	gateway = await startGateway({ upstream });
});
beforeEach(() => upstream.reset());
after(async () => {
	await gateway?.stop();
	await upstream?.stop();
});

const scrape = (at, more = {}) => ask(at, { path: '/metrics', ...more });

// The value of a sample, by its name and labels in any order; 0: not there.
function sample(text, name, labels = {}) {
	for (const line of text.split('\n')) {
		const found = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line);
		if (found?.[1] === name && Object.entries(labels).every(
		    ([key, value]) => found[2]?.includes(`${key}="${value}"`)))
			return Number(found[3]);
	}
	return 0;
}
const value = async (...of) => sample((await scrape(gateway)).text, ...of);

test('promtool finds nothing to say', async () => {
	for (const name of NAMES)
		await ask(gateway, { path: LANES[name].path,
			body: LANES[name].body() });
	await until(async () => await value('droid2api_requests_total',
	    { dialect: 'generate' }) > 0, 'count');
	const answer = await scrape(gateway);
	assert.equal(answer.status, 200, answer.text);
	assert.equal(answer.headers['content-type'],
	    'text/plain; version=0.0.4; charset=utf-8');
	assert.equal(answer.headers['cache-control'], 'no-store');
	execFileSync('promtool', ['check', 'metrics'], { input: answer.text });
});

test('OpenMetrics, when it is asked for', async () => {
	const answer = await scrape(gateway, { headers: { accept:
		'application/openmetrics-text;version=1.0.0,text/plain;q=0.5' } });
	assert.match(answer.headers['content-type'],
	    /^application\/openmetrics-text; version=1.0.0/);
	assert.match(answer.text, /^# TYPE droid2api_requests counter$/m);
	assert.match(answer.text, /\n# EOF\n$/);
});

describe('requests', () => {
	for (const name of NAMES)
		test(`${name}: by status, with their tokens`, async () => {
			const labels = { dialect: name, model: LANES[name].model };
			const good = { ...labels, status: '2xx' };
			const input = { ...labels, kind: 'output' };
			const before = (await scrape(gateway)).text;
			const answer = await ask(gateway, { path: LANES[name].path,
				body: LANES[name].body() });
			assert.equal(answer.status, 200, answer.text);
			await until(async () => await value(
			    'droid2api_requests_total', good) === 1 + sample(before,
			    'droid2api_requests_total', good), 'count');
			const now = (await scrape(gateway)).text;
			assert.ok(sample(now, 'droid2api_tokens_total', input) >
			    sample(before, 'droid2api_tokens_total', input));
			for (const what of ['exchange', 'first_event'])
				assert.equal(sample(now, `droid2api_${what}_seconds_count`),
				    1 + sample(before, `droid2api_${what}_seconds_count`));
			assert.ok(sample(now, 'droid2api_exchange_seconds_sum') > 0);
		});
	test('that fail, too, and no name that a client made up', async () => {
		upstream.next({ status: 503 });
		await ask(gateway, { path: LANES.chat.path, body: LANES.chat.body() });
		await ask(gateway, { path: LANES.chat.path, body: LANES.chat.body('hi',
		    { model: 'made-up"}\n' }) });
		await until(async () => await value('droid2api_requests_total',
		    { dialect: 'chat', model: 'glm-5', status: '5xx' }) === 1 &&
		    await value('droid2api_requests_total',
		    { dialect: 'chat', model: '', status: '4xx' }) === 1, 'counts');
		assert.doesNotMatch((await scrape(gateway)).text, /made-up/);
	});
	test('that are under way', async () => {
		const steps = new Steps();
		const flight = () => value('droid2api_exchanges_in_flight');
		await until(async () => await flight() === 1, 'itself only');
		upstream.next({ steps });
		const arrival = upstream.arrival();
		const answered = ask(gateway, { path: LANES.chat.path,
			body: LANES.chat.body('hi', { stream: true }) });
		await arrival;
		await until(async () => await flight() === 2, 'request');
		steps.all();
		assert.equal((await answered).status, 200);
		await until(async () => await flight() === 1, 'end of it');
	});
});

test('upstreams are shown', async () => {
	assert.equal(await value('droid2api_upstream_up', { model: 'glm-5',
		upstream: 'common' }), 1);
	assert.match((await scrape(gateway)).text,
	    /^droid2api_build_info\{version="[^"]+"\} 1$/m);
});

test('an ordinary key reads none of it', async () => {
	const keyed = await startGateway({ upstream, config: { client_keys } });
	try {
		for (const path of ['/metrics', '/status', '/usage',
		    '/usage/last'])
			for (const [key, status] of [[undefined, 401],
			    ['ck-ann-0123456', 403]])
				assert.equal((await ask(keyed, { path, key })).status,
				    status, path);
		for (const path of ['/metrics', '/status'])
			assert.equal((await ask(keyed, { path,
				key: 'ck-boss-012345' })).status, 200, path);
		await ask(keyed, { path: LANES.chat.path, key: 'ck-ann-0123456',
			body: LANES.chat.body() });
		const usage = await ask(keyed, { path: '/usage?by=key&days=1',
			key: 'ck-boss-012345' });
		assert.equal(usage.status, 200, usage.text);
		assert.match(usage.text, /"key":"ann","requests":1/);
		const last = await ask(keyed, { path: '/usage/last?count=1',
			key: 'ck-boss-012345' });
		assert.equal(last.json.exchanges[0].model, 'glm-5');
		assert.equal((await ask(keyed, { path: '/usage/last?count=x',
			key: 'ck-boss-012345' })).status, 400);
		assert.equal((await ask(keyed, { path: '/usage?by=x',
			key: 'ck-boss-012345' })).status, 400);
	} finally {
		await keyed.stop();
	}
});

// What tokend writes of an account.
const usedUp = (id, used_percent) => ({ id, name: id, asked_at: 1, problem: '',
	windows: [{ pool: 'standard', name: 'weekly', used_percent,
	    ends_at: Math.floor(Date.now() / 1000) + 3600 }] });

describe('with a real Prometheus', () => {
	const grafana = path.join(root, 'conf/grafana');
	const rules = path.join(grafana, 'rules.yaml');
	const panels = JSON.parse(fs.readFileSync(path.join(grafana,
	    'dashboard.json'))).panels;
	let folder, port, prometheus;

	before(async () => {
		fs.writeFileSync(path.join(gateway.state, 'token/limits.json'),
		    JSON.stringify({ version: 1, accounts: [usedUp('user_1', 100),
			usedUp('user_2', 130)] }));
		folder = temporaryFolder();
		port = await freePort();
		fs.writeFileSync(path.join(folder, 'prometheus.yml'), `global:
  scrape_interval: 1s
  evaluation_interval: 1s
rule_files: ['${rules}']
scrape_configs:
  - job_name: droid2api
    static_configs: [{ targets: ['127.0.0.1:${gateway.port}'] }]
`);
		prometheus = spawn('prometheus', ['--config.file=prometheus.yml',
			`--storage.tsdb.path=${folder}/data`,
			`--web.listen-address=127.0.0.1:${port}`], { cwd: folder,
			stdio: 'ignore' });
		process.on('exit', () => prometheus.kill('SIGKILL'));
	});
	after(async () => {
		const exited = new Promise((resolve) =>
			prometheus.on('exit', resolve));
		prometheus.kill('SIGKILL');
		await exited;
		fs.rmSync(folder, { recursive: true, force: true });
	});
	const api = async (what, query = '') => {
		try {
			const answer = await fetch(
			    `http://127.0.0.1:${port}/api/v1/${what}?${query}`);
			return await answer.json();
		} catch {
			return undefined;		// not up yet
		}
	};

	test('promtool takes the rules', () => {
		execFileSync('promtool', ['check', 'rules', rules]);
	});
	test('it scrapes, and every query of the dashboard has a value',
	    async () => {
		await until(async () => (await api('targets'))?.data
		    .activeTargets[0]?.health === 'up', 'scrape');
		const busy = setInterval(() => NAMES.forEach((name) => ask(gateway,
		    { path: LANES[name].path, body: LANES[name].body() })
		    .catch(() => {})), 500);
		try {
			for (const { expr } of panels.flatMap((one) => one.targets))
				await until(async () => {
					const found = await api('query',
					    'query=' + encodeURIComponent(
					    expr.replaceAll('$__rate_interval', '10s')));
					assert.notEqual(found?.status, 'error', expr);
					return found?.data?.result.length > 0 &&
					    found.data.result.every(({ value }) =>
					    Number.isFinite(Number(value[1])));
				}, `value of ${expr}`);
		} finally {
			clearInterval(busy);
		}
		const found = await api('rules');
		for (const rule of found.data.groups[0].rules)
			assert.notEqual(rule.health, 'err', rule.lastError);
	});
	// Their `for` is longer than a test: they wait to fire.
	test('accounts that are used up raise their alerts', async () => {
		const raised = async (name) => (await api('alerts'))?.data.alerts
		    .filter(({ labels }) => labels.alertname === name).length;
		await until(async () =>
			await raised('Droid2apiAccountNearlyUsedUp') === 2 &&
			await raised('Droid2apiAllAccountsUsedUp') === 1, 'alerts');
	});
	test('the dashboard shows each gauge of accounts', async () => {
		const told = JSON.stringify(panels);
		const { text } = await scrape(gateway);
		for (const [, name] of text.matchAll(
		    /^# TYPE (droid2api_account_(?:limit|set_aside)\w+) gauge$/gm))
			assert.ok(told.includes(name), name);
	});
});
