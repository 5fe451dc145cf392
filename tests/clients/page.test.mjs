// The page for those who do not see it, or not well: axe-core finds nothing.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { startUpstream } from '../upstream/upstream.mjs';
import { openTab, startBrowser } from '../integration/browser.mjs';
import { ask } from '../integration/client.mjs';
import { startGateway } from '../integration/gateway.mjs';
import { LANES, NAMES } from '../integration/samples.mjs';

const axe = fs.readFileSync(createRequire(import.meta.url)
    .resolve('axe-core/axe.min.js'), 'utf8');
let upstream, gateway, keyed, browser;

before(async () => {
	upstream = await startUpstream();
	gateway = await startGateway({ upstream });
	keyed = await startGateway({ upstream, config: { client_keys: [
	    { name: 'boss', key: 'ck-boss-0123456789', admin: true }] } });
	browser = await startBrowser();
	for (const name of NAMES)
		await ask(gateway, { path: LANES[name].path,
			body: LANES[name].body() });
});
after(async () => {
	await browser?.stop();
	await keyed?.stop();
	await gateway?.stop();
	await upstream?.stop();
});

async function look(at, how, part) {
	const tab = await openTab(browser, how);
	await tab.go(at.url + '/');
	await tab.sees(part, /./);
	await tab.value(`document.querySelector('details')` +
	    `?.setAttribute('open', '')`);
	await tab.value(`${axe};0`);
	const found = await tab.value('axe.run()');
	assert.ok(found.passes.length > 10);
	assert.deepEqual(found.violations.map(({ id, nodes }) => [id,
		...nodes.map((one) => one.html)]), []);
}

for (const [name, how] of Object.entries({ light: {}, dark: { dark: true },
    phone: { width: 390, height: 844 } })) {
	test(`all of it, ${name}`, () =>
		look(gateway, how, '#exchanges details'));
	test(`asking for a key, ${name}`, () => look(keyed, how, '#door'));
}
