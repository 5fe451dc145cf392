// The README's examples, as printed, with the shipped models.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { spawn } from 'node:child_process';
import { after, before, test } from 'node:test';
import { startUpstream } from '../upstream/upstream.mjs';
import { PATIENCE_MS, root, startGateway, within } from './gateway.mjs';

const readme = fs.readFileSync(path.join(root, 'README.md'), 'utf8');
const shipped = JSON.parse(fs.readFileSync(path.join(root,
    'conf/config.json'), 'utf8').replace(/^\s*\/\/.*$/gm, ''));
const blocks = [...readme.matchAll(/^```sh\n(.*?)^```/gms)]
    .map(([, text]) => text);
const curls = blocks.filter((text) => text.includes('http://localhost:3000'));
let upstream, gateway;

before(async () => {
	upstream = await startUpstream();
	gateway = await startGateway({ upstream, config: {
		models: shipped.models,
		model_redirects: shipped.model_redirects,
		system_prompt: shipped.system_prompt } });
});
after(async () => {
	await gateway?.stop();
	await upstream?.stop();
});

function bash(text) {
	const child = spawn('bash', ['-euc', text], { cwd: root,
		stdio: ['ignore', 'pipe', 'pipe'] });
	let out = '';
	child.stdout.on('data', (bytes) => { out += bytes; });
	child.stderr.on('data', (bytes) => { out += bytes; });
	return within(PATIENCE_MS, new Promise((resolve) => child.on('close', (code) =>
		resolve({ code, out }))), `end of ${text}`);
}

test('there are examples', () => assert.ok(curls.length >= 6));

for (const text of curls)
	test(text.split('\n')[0], async () => {
		const { code, out } = await bash(text.replaceAll('localhost:3000',
		    `localhost:${gateway.port}`));
		assert.equal(code, 0, out);
		assert.match(out, /"(data|content|output|choices|candidates)"/);
		assert.doesNotMatch(out, /"error":\{/);
		assert.equal(upstream.last?.problem, undefined);
	});

test('the configuration of a server of one\'s own is one', async () => {
	const [, text] = /^```json\n(.*?)^```/ms.exec(readme);
	const file = path.join(gateway.folder ?? '/tmp', 'readme.json');

	fs.writeFileSync(file, text);
	const { code, out } = await bash(`${process.env.DROID2API_BUILD ??
	    'build'}/fcgi/droid2api.fcgi --config ${file} --check-config`);
	fs.rmSync(file);
	assert.equal(code, 0, out);
	assert.match(out, /ok, 2 models/);
});

for (const page of ['README.md', 'conf/README.md'])
	test(`files that ${page} names are there`, () => {
		const text = fs.readFileSync(path.join(root, page), 'utf8');
		for (const [, file] of text.matchAll(/\]\(((?!http)[^)#]+)\)/g))
			assert.ok(fs.existsSync(path.resolve(root,
			    path.dirname(page), file)), file);
	});
