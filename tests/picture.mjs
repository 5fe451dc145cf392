// node tests/picture.mjs [FILE]: the picture of the page in README.md, conf/page.png.
// A real Chromium looks at a gateway that has served some exchanges; the days
// before today are made of today's by sqlite3. Needs both, and a build.

import fs from 'node:fs';
import path from 'node:path';
import { execFileSync } from 'node:child_process';
import { Steps, startUpstream } from './upstream/upstream.mjs';
import { root, startGateway, until } from './integration/gateway.mjs';
import { ask, open } from './integration/client.mjs';
import { openTab, startBrowser } from './integration/browser.mjs';
import { LANES } from './integration/samples.mjs';

const file = process.argv[2] ?? path.join(root, 'conf/page.png');
const WIDTH = 980;
const KEYS = { alice: 'ck-alice-0123456789', bob: 'ck-bob-0123456789',
	nightly: 'ck-nightly-0123456789' };
const price = { input: 3, cached: 0.3, output: 15 };
const MODELS = [
	{ id: 'claude-sonnet-5', type: 'anthropic', provider: 'anthropic',
	    reasoning: 'auto', price },
	{ id: 'gpt-5.4', type: 'openai', provider: 'openai', reasoning: 'auto',
	    price },
	{ id: 'glm-5', type: 'common', provider: 'fireworks', price },
	{ id: 'gemini-3.1-pro-preview', type: 'google', provider: 'google',
	    reasoning: 'auto', price },
];
// Who asks whom by which API, how often, and what of it (in thousand tokens).
const DAY = [
	['alice', 'messages', 'claude-sonnet-5', 9, [2, 71, 1.2]],
	['alice', 'messages', 'gpt-5.4', 4, [6, 48, 0.9]],
	['bob', 'responses', 'gpt-5.4', 6, [4, 39, 1.6]],
	['bob', 'chat', 'glm-5', 5, [9, 12, 0.7]],
	['nightly', 'generate', 'gemini-3.1-pro-preview', 3, [31, 8, 2.4]],
];
// Each day before today, the last one first: so many times as much.
const DAYS = '31543014342101345230244510';
const WINDOWS = [['fiveHour', 62, 7000], ['weekly', 38, 260000]];

const say = ([key, api, model, , [fresh, cached, output]], more = {}) => ({
	request: { path: LANES[api].path, key: KEYS[key], body: LANES[api].body(
	    'What is it about?', { model, ...more }) },
	answer: { reply: { usage: { input: (fresh + cached) * 1000,
	    cached: cached * 1000, output: output * 1000 } } },
});

async function serve(upstream, gateway) {
	for (const one of DAY)
		for (let i = 0; i < one[3]; i++) {
			const { request, answer } = say(one);
			upstream.next(answer);
			const { status, text } = await ask(gateway, request);
			if (status !== 200)
				throw new Error(text);
		}
}

// Once today is in the books.
async function addDays(gateway) {
	const books = path.join(gateway.state, 'run/ledger/usage.db');
	const sql = (text) => execFileSync('sqlite3', ['-cmd', '.timeout 10000',
		books, text], { encoding: 'utf8' });
	const all = DAY.reduce((sum, [, , , count]) => sum + count, 0);
	await until(() => Number(sql('SELECT sum(requests) FROM sum')) === all,
	    'sums of today');
	[...DAYS].forEach((times, i) => sql('INSERT INTO sum SELECT hour - ' +
	    `${24 * (i + 1)}, key, model, upstream, ` + ['requests', 'failed',
		'input', 'cached', 'cache_write', 'output', 'reasoning',
		'bytes_in', 'bytes_out', 'total_us', 'cost'].map((one) =>
	    `${times} * ${one}`).join(', ') +
	    ' FROM sum WHERE hour > (SELECT max(hour) FROM sum) - 2'));
}

function allow(gateway) {
	const now = Math.floor(Date.now() / 1000);
	fs.writeFileSync(path.join(gateway.state, 'token/limits.json'),
	    JSON.stringify({ version: 1, accounts: [{ id: 'user_1', asked_at: now,
		name: 'a***@example.com', problem: '', windows: WINDOWS.map(
		([name, used_percent, left]) => ({ pool: 'standard', name,
		    used_percent, ends_at: now + left })) }] }));
}

const upstream = await startUpstream();
const gateway = await startGateway({ upstream, config: { models: MODELS,
	access: 'loopback', client_keys: Object.entries(KEYS).map(([name, key]) =>
	    ({ name, key })) } });
const browser = await startBrowser();
try {
	await serve(upstream, gateway);
	await addDays(gateway);
	allow(gateway);
	const steps = new Steps();
	const { request, answer } = say(DAY[0], { stream: true });
	upstream.next({ ...answer, steps });
	const [stream] = await Promise.all([open(gateway, request), steps.go(3)]);

	const tab = await openTab(browser, { width: WIDTH });
	await tab.go(`${gateway.url}/`);
	await tab.sees('#live', /claude-sonnet-5\s+alice/);
	await tab.value(`document.querySelector('[name=days][value="30"]').click()`);
	await tab.sees('#by-model', /gemini/);
	await tab.sees('#by-key', /nightly/);
	const height = Math.ceil(await tab.value(
	    `document.querySelector('#usage').getBoundingClientRect().bottom`)) + 12;
	await tab.screenshot(file, { x: 0, y: 0, width: WIDTH, height, scale: 1 });
	steps.all();
	await stream.done;
	console.log(`${file}: ${fs.statSync(file).size} bytes`);
} finally {
	await browser.stop();
	await gateway.stop();
	await upstream.stop();
}
