// The page, as a person sees it in a real browser. Screenshots are left in
// screenshots/ of the build folder.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { Steps, startUpstream } from '../upstream/upstream.mjs';
import { MODELS, build, startGateway } from './gateway.mjs';
import { ask, open } from './client.mjs';
import { openTab, startBrowser } from './browser.mjs';
import { LANES } from './samples.mjs';

const BOSS = 'ck-boss-0123456789', ANN = 'ck-ann-0123456789';
const client_keys = [{ name: 'boss', key: BOSS, admin: true },
    { name: 'ann', key: ANN }];

let upstream, gateway, keyed, browser, tab;

before(async () => {
	upstream = await startUpstream();
	gateway = await startGateway({ upstream, config: { access: 'loopback',
		base_path: '/llm', client_keys: [{ name: 'ann', key: ANN }] } });
	keyed = await startGateway({ upstream, config: { client_keys } });
	browser = await startBrowser();
});
beforeEach(() => upstream.reset());
afterEach(async () => {
	for (const { requests } of browser.tabs)
		for (const url of requests)
			assert.match(url,
			    /^(http:\/\/127\.0\.0\.1:\d+\/|data:,$|about:)/);
	await browser.closeTabs();
});
after(async () => {
	await browser?.stop();
	await keyed?.stop();
	await gateway?.stop();
	await upstream?.stop();
});

const shot = (name) => tab.screenshot(path.join(build,
    `screenshots/${name}.png`));
const send = (more = {}) => ({ path: LANES.messages.path, key: ANN,
	body: LANES.messages.body('hi', more), headers: {
	    'user-agent': 'claude-cli/2.0 (x)' } });

test('GET / is JSON for programs', async () => {
	const answer = await ask(gateway, { path: '/' });
	assert.ok(answer.json.endpoints.includes('GET /v1/metrics'), answer.text);
	assert.equal(answer.headers.vary.includes('Accept'), true);
	const page = await ask(gateway, { path: '/', headers: {
		accept: 'text/html,*/*;q=0.8' } });
	assert.equal(page.headers['content-type'], 'text/html; charset=utf-8');
	const policy = page.headers['content-security-policy'];
	assert.match(policy, /^default-src 'none';.* script-src 'sha256-[^' ]+';/);
	assert.doesNotMatch(policy, /unsafe|\*|https?:/);
});

for (const base of ['/', '/llm', '/llm/', '/llm/v1/'])
	test(`it shows itself at ${base}`, async () => {
		tab = await openTab(browser);
		await tab.go(gateway.url + base);
		await tab.sees('#upstreams', /glm-5/);
		await tab.sees('#setting', /127\.0\.0\.1/);
		assert.match(await tab.text('#setting'), new RegExp(
		    `${gateway.url}${base.startsWith('/llm') ? '/llm' : ''}\n`));
		assert.deepEqual(tab.errors, []);
	});

test('what Factory allows is bars, and what is not known says so', async () => {
	const window = { pool: 'standard', name: 'fiveHour', used_percent: 62,
		ends_at: Math.floor(Date.now() / 1000) + 7000 };
	const [key] = (await ask(gateway, { path: '/v1/status' })).json.accounts;
	fs.writeFileSync(path.join(gateway.state, 'token/limits.json'),
	    JSON.stringify({ version: 1, accounts: [{ ...key, problem: '',
		asked_at: 1, windows: [{ ...window, used_percent: 100 }] }, { id: 'user_1', name:
	    'a***@b', asked_at: 1, problem: '', windows: [window] }, { id:
	    'user_2', name: '', asked_at: 1, problem: 'status 404', windows: [] }] }));
	tab = await openTab(browser);
	await tab.go(gateway.url + '/');
	await tab.sees('#limits',
	    /a\*\*\*@b\s+fiveHour, standard\s+62 %\s+in 1 h 5\d min/);
	await tab.sees('#limits', /user_2\s+status 404/);
	await tab.sees('#accounts', /FACTORY_API_KEY\s+used up: standard/);
	assert.deepEqual(tab.errors, []);
});

test('a stream appears, and its sums after it', async () => {
	tab = await openTab(browser);
	await tab.go(gateway.url + '/');
	await tab.sees('#live', /none/);
	const steps = new Steps();
	upstream.next({ steps, reply: { usage: { input: 1234, output: 56,
		cached: 0 } } });
	const stream = await Promise.all([open(gateway, send({ stream: true })),
	    steps.go(2)]);
	await tab.sees('#live', /claude-sonnet-4-5-20250929\s+ann\s+anthropic/);
	await shot('now');
	steps.all();
	await stream[0].done;
	await tab.sees('#by-key', /ann\s+1\s+0\s+1\.2k/);
	await tab.sees('#by-model', /claude-sonnet/);
	await tab.sees('#live', /none/);
	await tab.sees('#exchanges', /200\s*claude-sonnet.*ann\s*1\.2k in, 56 out/);
	await tab.value(`document.querySelector('#exchanges summary').click()`);
	await tab.sees('#exchanges', /claude-cli.*1 attempt[^]*history [1-9]/);
	assert.ok(await tab.value(`document.querySelectorAll('#chart rect').length`)
	    > 0);
	await tab.value(`document.querySelector('[name=days][value="30"]').click()`);
	await tab.sees('#by-key', /ann\s+1\s/);
	await shot('usage');
	assert.deepEqual(tab.errors, []);
});

test('a failure and its words', async () => {
	upstream.next(...Array(3).fill({ status: 529, message: 'too much' }));
	for (let i = 0; i < 3; i++)
		await ask(gateway, send());
	tab = await openTab(browser, { dark: true });
	await tab.go(gateway.url + '/');
	await tab.sees('#exchanges .bad', /529/);
	await shot('dark');
	assert.deepEqual(tab.errors, []);
});

test('an upstream that is set aside, and its last words', async () => {
	const chat = `${upstream.url}/api/llm/o/v1/chat/completions`;
	const two = await startGateway({ upstream, config: { models: [{
		id: 'pair', provider: 'any', upstreams: [{ endpoint: 'bad' },
		    { endpoint: 'good', weight: 0 }] }], endpoint: [
		{ name: 'bad', type: 'common', base_url: 'http://127.0.0.1:9/v1' },
		{ name: 'good', type: 'common', base_url: chat }] } });
	try {
		for (let i = 0; i < 3; i++)
			assert.equal((await ask(two, { path: LANES.chat.path,
				body: LANES.chat.body('hi', { model: 'pair' }) }))
			    .status, 200);
		tab = await openTab(browser);
		await tab.go(two.url + '/');
		await tab.sees('#upstreams',
		    /pair\s+bad\s+set aside for \d+ s\s+3\s+\w+/);
		await tab.sees('#upstreams', /pair\s+good\s+up/);
		await tab.sees('#exchanges', /pair/);
		await tab.value(`document.querySelector('#exchanges summary').click()`);
		await tab.sees('#exchanges', /to good/);
		assert.deepEqual(tab.errors, []);
		const { text } = await ask(two, { path: '/metrics' });
		assert.match(text, /^droid2api_upstream_up\{model="pair",upstream="bad",rank="1"\} 0$/m);
		assert.match(text, /^droid2api_upstream_up\{model="pair",upstream="good",rank="2"\} 1$/m);
		tab = await openTab(browser, { scripts: false });
		await tab.go(two.url + '/');
		await tab.sees('body', /pair at bad, set aside for \d+ s: \w+/);
	} finally {
		await browser.closeTabs();
		await two.stop();
	}
});

describe('connect', () => {
	test('every program has its setting, with address and model', async () => {
		tab = await openTab(browser);
		await tab.go(gateway.url + '/');
		await tab.sees('#setting', /127/);
		const tools = await tab.value(`[...document.querySelectorAll(` +
		    `'#tool option')].map((one) => one.value)`);
		for (const name of ['Claude Code', 'Codex', 'droid', 'Gemini CLI',
		    'opencode', 'Cline', 'curl'])
			assert.ok(tools.includes(name), name);
		for (const name of tools) {
			await tab.value(`$('tool').value = ${JSON.stringify(name)};` +
			    `$('model').value = 'glm-5'; showSetting()`);
			const text = await tab.text('#setting');
			assert.ok(text.includes(gateway.url), name);
			assert.ok(text.includes('glm-5'), name);
		}
		assert.deepEqual(await tab.value(`[...document.querySelectorAll(` +
		    `'#model option')].map((one) => one.value)`),
		    MODELS.map((one) => one.id));
	});
	test('a click copies it', async () => {
		tab = await openTab(browser);
		await tab.go(gateway.url + '/');
		await tab.sees('#setting', /ANTHROPIC_BASE_URL/);
		await tab.value(`$('copy').click()`);
		await tab.sees('#said', /Copied/);
		assert.equal(await tab.value('navigator.clipboard.readText()'),
		    await tab.text('#setting'));
	});
	test('the model says a word, or what went wrong', async () => {
		tab = await openTab(browser);
		await tab.go(gateway.url + '/');
		await tab.sees('#setting', /127/);
		for (const { id } of MODELS) {
			await tab.value(`$('said').textContent = '';` +
			    `$('model').value = '${id}'; $('try').click()`);
			await tab.sees('#said', /^".+" in \d/);
		}
		assert.deepEqual(tab.errors, []);
		upstream.next({ status: 400, message: 'no such luck' });
		await tab.value(`$('try').click()`);
		await tab.sees('#said', /no such luck/);
	});
});

describe('with access: keys', () => {
	test('nothing is asked or shown without one', async () => {
		tab = await openTab(browser, { width: 390, height: 844 });
		await tab.go(keyed.url + '/');
		await tab.sees('#door', /Admin key/);
		assert.equal(await tab.text('#now'), '');
		assert.equal(tab.requests.some((url) => url.includes('/status')),
		    false);
		await shot('door');
		assert.deepEqual(tab.errors, []);
	});
	test('an ordinary one is refused, an admin\'s opens', async () => {
		tab = await openTab(browser);
		await tab.go(keyed.url + '/');
		await tab.sees('#door', /Admin key/);
		await tab.type(ANN);			// the field has the focus
		await tab.press('Enter', 'Enter', '\r');
		await tab.sees('#door', /ann/);
		assert.equal(await tab.text('#now'), '');
		tab.errors.length = 0;			// the 403
		await tab.type(BOSS);
		await tab.press('Enter', 'Enter', '\r');
		await tab.sees('#upstreams', /glm-5/);
		await tab.sees('#setting', /YOUR_KEY/);
		assert.equal(await tab.text('#door'), '');
		await tab.go(keyed.url + '/');		// the same tab remembers
		await tab.sees('#upstreams', /glm-5/);
		assert.deepEqual(tab.errors, []);
		tab = await openTab(browser);		// ... another one does not
		await tab.go(keyed.url + '/');
		await tab.sees('#door', /Admin key/);
	});
});

test('on a phone nothing is wider than the screen', async () => {
	tab = await openTab(browser, { width: 390, height: 844 });
	await tab.go(gateway.url + '/');
	await tab.sees('#setting', /127/);
	assert.ok(await tab.value('document.documentElement.scrollWidth') <= 390);
	// Tables neither, though they could be pushed.
	await tab.sees('#limits', /a\*\*\*@b/);
	await tab.sees('#by-model', /claude-sonnet/);
	assert.deepEqual(await tab.value(`[...document.querySelectorAll('.scroll')]` +
	    `.filter((one) => one.scrollWidth > one.clientWidth)` +
	    `.map((one) => one.getAttribute('aria-label'))`), []);
	await shot('phone');
});

test('by keyboard alone', async () => {
	tab = await openTab(browser);
	await tab.go(gateway.url + '/');
	await tab.sees('#setting', /127/);
	const seen = new Set();
	for (let i = 0; i < 60 && !seen.has('try'); i++) {
		await tab.press('Tab');
		seen.add(await tab.value(`document.activeElement.id`));
	}
	for (const id of ['tool', 'model', 'copy', 'try'])
		assert.ok(seen.has(id), `${id} of ${[...seen]}`);
	await tab.press('Enter', 'Enter', '\r');
	await tab.sees('#said', /^".+" in \d/);
});

test('without scripts: the figures of now', async () => {
	tab = await openTab(browser, { scripts: false });
	await tab.go(gateway.url + '/');
	await tab.sees('body', /under way\s+\d+\s+exchanges\s+\d+/);
	await shot('plain');
	tab = await openTab(browser, { scripts: false });
	await tab.go(keyed.url + '/');
	await tab.sees('body', /admin key/);
});
