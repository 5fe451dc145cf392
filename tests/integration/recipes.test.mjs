// The configurations of conf/recipes: read as they stand, and asked with the
// strict upstream in place of the clouds and stubs in place of their programs.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { execFileSync, spawnSync } from 'node:child_process';
import { after, before, beforeEach, describe, test } from 'node:test';
import { startUpstream } from '../upstream/upstream.mjs';
import { WorkOS } from '../upstream/workos.mjs';
import { build, root, startGateway, temporaryFolder, until }
    from './gateway.mjs';
import { ask } from './client.mjs';
import { SPEAKERS } from './speakers.mjs';

const folder = path.join(root, 'conf/recipes');
const RECIPES = fs.readdirSync(folder).filter((name) =>
	name.endsWith('.json'));
const VARIABLES = { AWS_BEARER_TOKEN_BEDROCK: 'aws-long-lived-key',
	GEMINI_API_KEY: 'studio-key-123', OPENROUTER_API_KEY: 'sk-or-key-123',
	ANTHROPIC_API_KEY: 'sk-ant-key-123' };

// What the programs print, if they are asked as they want to be.
const STUBS = {
	gcloud: `[ "$*" = "auth print-access-token" ] && echo ya29.of-gcloud`,
	az: `[ "$*" = "account get-access-token --resource ` +
	    `https://cognitiveservices.azure.com" ] && echo '{"accessToken":` +
	    `"eyJ-of-az","expiresOn":"2030-01-01 00:00:00.000000","expires_on":` +
	    `1893456000,"tokenType":"Bearer"}'`,
	python3: 'case "$1$2" in -c*provide_token*) ' +
	    'echo "bedrock-api-key-of-$AWS_REGION";; *) exit 1;; esac',
};
const VENV = '/opt/bedrock';
const PLAIN = { openai: '/v1/responses', common: '/v1/chat/completions',
	anthropic: '/v1/messages',
	google: '/v1beta/models/{model}:generateContent' };
const FACTORY = { anthropic: '/api/llm/a/v1/messages' };

const read = (name) => JSON.parse(fs.readFileSync(path.join(folder, name),
    'utf8').replace(/^\s*\/\/.*$/gm, ''));
const isFactory = ({ base_url }) => base_url.includes('api.factory.ai');

// The same, with every endpoint here, and the programs found by their names.
const here = (config, url) => ({ ...config, endpoint: config.endpoint.map(
    (one) => ({ ...one, base_url: url + (isFactory(one) ? FACTORY :
	PLAIN)[one.type], api_key_command: one.api_key_command?.map((word) =>
	word.replace(`${VENV}/bin/`, '')) })) });

test('each is one that README.md tells of', () => {
	const text = fs.readFileSync(path.join(folder, 'README.md'), 'utf8');
	const told = [...text.matchAll(/\]\((\w[\w-]*\.json)\)/g)].map(
	    ([, name]) => name);
	assert.deepEqual(told.sort(), [...RECIPES].sort());
	assert.equal(RECIPES.length, 5);
});

test('the Python that README.md makes is the one that is run', () => {
	const text = fs.readFileSync(path.join(folder, 'README.md'), 'utf8');
	assert.ok(text.includes(`sudo python3 -m venv ${VENV}\n`));
	assert.ok(text.includes(`sudo ${VENV}/bin/pip install aws-bedrock-`));
	const commands = read('bedrock.json').endpoint.map((one) =>
		one.api_key_command).filter(Boolean);
	assert.ok(commands.length > 0);
	for (const command of commands)
		assert.equal(command[2], `${VENV}/bin/python3`);
});

for (const recipe of RECIPES)
	describe(recipe, () => {
		const config = read(recipe);
		let upstream, workos, gateway, stubs;

		before(async () => {
			upstream = await startUpstream();
			workos = await new WorkOS().start();
			stubs = temporaryFolder();
			for (const [name, text] of Object.entries(STUBS))
				fs.writeFileSync(path.join(stubs, name),
				    `#!/bin/sh\n${text}\n`, { mode: 0o755 });
			const logins = config.endpoint.some(isFactory) ?
			    { DROID_REFRESH_KEY: [workos.seed('user_01'),
				workos.seed('user_02')].join(',') } : {};
			gateway = await startGateway({ upstream, config: {
				...here(config, upstream.url),
				auth: { token_url: workos.tokenUrl,
				    device_url: workos.deviceUrl } },
			env: { ...VARIABLES, ...logins, FACTORY_API_KEY: undefined,
				PATH: `${stubs}:${process.env.PATH}` } });
			if (logins.DROID_REFRESH_KEY)
				await until(() => workos.exchanges === 2, 'two logins');
		});
		beforeEach(() => upstream.reset());
		after(async () => {
			await gateway?.stop();
			await upstream?.stop();
			await workos?.stop();
			fs.rmSync(stubs, { recursive: true, force: true });
		});

		test('is in order', () => {
			const out = execFileSync(path.join(build,
			    'fcgi/droid2api.fcgi'), ['--config', path.join(folder,
			    recipe), '--check-config'], { env: { ...process.env,
			    ...VARIABLES }, stdio: ['ignore', 'pipe', 'pipe'],
			    encoding: 'utf8' });
			assert.match(out, /: ok, \d models/);
		});

		const say = (model, client, stream) => {
			const speaker = SPEAKERS[client];
			return ask(gateway, { path: speaker.path, body: {
				model: model.id.replace('*', 'some-model-1'),
				...speaker.request([{ text: 'hi' }], { stream:
				    stream || undefined }) } });
		};
		const keyOf = ({ headers }) => headers.authorization ??
		    headers['x-api-key'] ?? headers['x-goog-api-key'] ?? 'none';

		for (const model of config.models)
			for (const client of ['chat', 'messages'])
				test(`${model.id}, asked by ${client}`, async () => {
					for (const stream of [false, true]) {
						const answer = await say(model, client,
						    stream);
						assert.equal(answer.status, 200,
						    answer.text);
						assert.match(answer.text, /Hel/);
						assert.equal(upstream.last.problem,
						    undefined);
					}
				});

		for (const model of config.models.filter(({ upstreams, fallback }) =>
			fallback || upstreams?.length > 1))
			test(`${model.id} when its first is out`, async () => {
				// Of logins the second is asked first: both are used up.
				const first = model.upstreams?.[0] ?? model;
				const out = isFactory(config.endpoint.find(({ name }) =>
					name === first.endpoint)) ?
				    ({ headers }) => headers.authorization?.
					startsWith('Bearer eyJ') && { status: 402 } :
				    () => upstream.requests.length === 1 &&
					{ status: 503 };
				upstream.fallback = (entry) => out(entry) || {};
				const answer = await say(model, 'chat', false);
				assert.equal(answer.status, 200, answer.text);
				assert.notEqual(answer.headers['x-droid2api-upstream'],
				    first.endpoint);
				const asked = upstream.requests.map(({ path: at,
					headers }) => `${at} ${keyOf({ headers })}`);
				assert.notEqual(asked.at(-1), asked[0]);
			});
	});

describe('vendors.md', () => {
	const text = fs.readFileSync(path.join(folder, 'vendors.md'), 'utf8');
	for (const section of text.split(/^## /m).slice(1)) {
		const [name] = section.split('\n', 1);
		test(name, (t) => {
			const [endpoint, ...models] = [...section.matchAll(
			    /^ {4}(\{.*\})$/gm)].map(([, json]) => JSON.parse(json));
			const place = temporaryFolder();
			t.after(() => fs.rmSync(place, { recursive: true }));
			const file = path.join(place, 'config.json');
			assert.ok(models.length > 0);
			fs.writeFileSync(file, JSON.stringify({ endpoint: [endpoint],
				models,
				client_keys: ['a-key-of-the-test'] }));
			const said = spawnSync(path.join(build, 'fcgi/droid2api.fcgi'),
			    ['--config', file, '--check-config'], {
				encoding: 'utf8', env: { ...process.env,
					[endpoint.api_key_env ?? 'NONE']: 'a-key' } });
			assert.equal(said.status, 0, said.stderr);
			assert.equal(said.stderr, '');
			assert.match(said.stdout,
			    new RegExp(`ok, ${models.length} models`));
		});
	}
});
