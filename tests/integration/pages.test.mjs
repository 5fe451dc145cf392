// The manual pages' examples, as printed: commands are run and say what is shown,
// configurations are read.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startUpstream } from '../upstream/upstream.mjs';
import { WorkOS } from '../upstream/workos.mjs';
import { build, root, startGateway, temporaryFolder, until }
    from './gateway.mjs';
import { PAGES, bash, commands, examples } from './examples.mjs';

const all = PAGES.flatMap(examples);
const CRON = /^(?:\S+ ){5}(.*)$/;
const shipped = JSON.parse(fs.readFileSync(path.join(root,
    'conf/config.json'), 'utf8').replace(/^\s*\/\/.*$/gm, ''));
let upstream, workos, gateway, folder, env;

before(async () => {
	upstream = await startUpstream();
	workos = await new WorkOS().start();
	folder = temporaryFolder();
	gateway = await startGateway({ upstream, config: {
		models: shipped.models, user_agent_url: workos.versionUrl, auth: { token_url: workos.tokenUrl,
		    device_url: workos.deviceUrl } },
	env: { DROID_REFRESH_KEY: workos.seed('user_01'),
		FACTORY_API_KEY: undefined } });
	await until(() => workos.exchanges === 1 && fs.existsSync(path.join(
	    gateway.state, 'token/user_agent')), 'a login and a version');
	// Programs by their names; nothing is known of this machine's own.
	env = { PATH: `${build}/fcgi:${build}/tokend:${process.env.PATH}`,
		HOME: folder, LANG: 'C.UTF-8', DROID2API_STATE: gateway.state,
		DROID2API_CONFIG: gateway.configFile };
	fs.copyFileSync(gateway.configFile,
	    path.join(folder, 'droid2api.json'));
});
after(async () => {
	await gateway?.stop();
	await upstream?.stop();
	await workos?.stop();
	fs.rmSync(folder, { recursive: true, force: true });
});

const run = (command) => bash(command.replaceAll('localhost:3000',
    `127.0.0.1:${gateway.port}`), { cwd: folder, env });

// The words of a row's beginning, or of a table's head.
const label = (line) => line.trim().split(/ {2,}/)[0];

async function tryCommand({ command, output }) {
	const { code, out } = await run(command);
	assert.ok(code === 0 || command.includes('--watch'), out);
	if (command.startsWith('curl')) {
		assert.match(out, /"(content|output|choices|candidates)"/);
		assert.doesNotMatch(out, /"error":\{/);
		assert.equal(upstream.last?.problem, undefined);
	}
	// Of usage it is the head and the end that are the same everywhere.
	const same = command.includes('--usage') ? [output[0], output.at(-1)] :
	    output;
	for (const line of same.filter(Boolean))
		assert.ok(out.split('\n').some((said) => label(said) ===
		    label(line)), `no "${label(line)}" in:\n${out}`);
}

// An example may be a configuration, or a member or entries of one.
function configuration(text) {
	const whole = text.replace(/^\s*\/\/.*$/gm, '')
	    .replace(/sha256:([0-9a-f]+)\.\.\./g, (_, begin) =>
		`sha256:${begin.padEnd(64, '0')}`)
	    .replaceAll('https://.../', 'https://host.example/');
	if (whole.startsWith('"')) {
		const member = JSON.parse(`{${whole}}`);
		const model = { id: 'm', type: 'openai' };
		return member.price ? { models: [{ ...model, ...member }] } :
		    { models: [model], ...member };
	}
	const entries = JSON.parse(`[${whole.replace(/\}\n\{/g, '},\n{')}]`);
	return entries[0].base_url ? { endpoint: entries, models: entries.map(
	    ({ name, type }, i) => ({ id: `m${i}`, endpoint: name, type })) } :
	    entries[0];
}

async function tryConfiguration(text) {
	const config = configuration(text);
	const file = path.join(folder, 'example.json');
	const keys = Object.fromEntries((config.endpoint ?? []).filter(
	    (one) => one.api_key_env).map((one) => [one.api_key_env, 'a-key']));
	fs.writeFileSync(file, JSON.stringify(config));
	const { code, out } = await bash(
	    `droid2api.fcgi --config ${file} --check-config`,
	    { cwd: folder, env: { ...env, ...keys, DROID2API_CONFIG: '' } });
	assert.equal(code, 0, out);
	assert.equal(out, `${file}: ok, ${config.models.length} models\n`);
}

test('there are examples', () => {
	assert.ok(PAGES.length >= 4);
	assert.ok(all.length >= 12);
});

for (const { page, line, text } of all)
	describe(`${page}:${line}`, () => {
		if (text.startsWith('$ '))
			for (const one of commands(text))
				test(one.command.split('\n')[0], () =>
					tryCommand(one));
		else if (CRON.test(text))
			test('a line of a crontab', async () => {
				const { code, out } = await run(CRON.exec(text)[1]);
				assert.equal(code, 0, out);
			});
		else
			test('a configuration', () => tryConfiguration(text));
	});

test('what they asked is in the ledger', async () => {
	const csv = fs.readFileSync(path.join(folder, 'week.csv'), 'utf8');
	assert.match(csv, /^model,requests,/);
	assert.match(csv, /^"glm-5",1,0,/m);
});

test('pages name pages that there are', () => {
	const own = PAGES.map((name) => name.replace(/\.(\d)$/, ' $1'));
	for (const page of PAGES) {
		const source = fs.readFileSync(path.join(root, 'conf', page),
		    'utf8');
		for (const [, name] of source.matchAll(/^\.Xr (\S+ \d)/gm))
			assert.ok(own.includes(name) ||
			    ['cron 8', 'lighttpd 8'].includes(name), name);
	}
});
