// Every recorded request of one API, and every scenario's, said in every other, is
// one that the other accepts (tests/upstream's rules), or is refused for a reason
// that exceptions.txt tells. What was recorded is in ../shared, if it is there.
//
//	DROID2API_BUILD=build node --test tests/recorded/

import assert from 'node:assert';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Invalid } from '../upstream/check.mjs';
import { DIALECTS } from '../upstream/dialects.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../..');
const shared = resolve(root, '../shared');
const build = resolve(root, process.env.DROID2API_BUILD ?? 'build');
const program = 'tests/recorded/converted';

const FOLDERS = { chat: 'chat-completions', responses: 'responses',
    messages: 'anthropic', generate: 'google' };
// The models asked for; "!" takes no sampling.
const MODELS = { chat: 'glm-5', responses: 'gpt-5.4!',
    messages: 'claude-sonnet-4-5', generate: 'gemini-3-pro' };

const clientOf = (name) => /^(claude|anthropic|qwen-anthropic)/.test(name) ?
	'messages' : /^gemini/.test(name) ? 'generate' : 'responses';

function* scenarios() {
	const folder = resolve(here, '../scenarios');
	for (const name of readdirSync(folder).sort())
		for (const from of Object.keys(FOLDERS)) {
			const path = join(folder, name, `${from}.request.json`);
			if (existsSync(path))
				yield { name, from, what: 'request', path };
		}
}

function* recordings() {
	const recorded = join(shared, 'recorded');
	for (const name of readdirSync(recorded).sort())
		for (const [from, folder] of Object.entries(FOLDERS))
			for (const what of ['request', 'followup-request']) {
				const path = join(recorded, name, folder,
				    `${what}.json`);
				if (existsSync(path))
					yield { name, from, what, path };
			}
	const requests = join(shared, 'requests');
	for (const file of readdirSync(requests).sort())
		yield { name: file.replace(/\.json$/, ''), from: clientOf(file),
			what: 'request', path: join(requests, file) };
}

function convert(jobs) {
	const lines = jobs.map((job) =>
		`${job.from} ${job.to} ${MODELS[job.to]} ${job.path}\n`).join('');
	const made = spawnSync('make', ['-s', '-C', build, program]);
	assert.strictEqual(made.status, 0, String(made.stderr));
	const ran = spawnSync(join(build, program), { input: lines, maxBuffer: 1 << 30 });
	assert.strictEqual(ran.status, 0, String(ran.stderr));
	return String(ran.stdout).trim().split('\n').map((line) =>
		JSON.parse(line));
}

function verdict({ to }, { body, problem }) {
	if (problem !== undefined)
		return `refused: ${problem}`;
	try {
		DIALECTS[to].check({ body, profile: 'factory',
			operation: 'create', betas: [
			'interleaved-thinking-2025-05-14'] });
	} catch (error) {
		if (!(error instanceof Invalid))
			throw error;
		return `${error.path.join('.')}: ${error.message}`;
	}
	return undefined;
}

function check(files, refusals) {
	const exceptions = readFileSync(join(here, 'exceptions.txt'), 'utf8')
		.split('\n').map((line) => line.split(': ')[0]);
	const jobs = [...files].flatMap((file) => Object.keys(FOLDERS)
		.filter((to) => to !== file.from)
		.map((to) => ({ ...file, to })));
	const answers = convert(jobs);
	const bad = jobs.map((job, i) => ({ job, why: verdict(job, answers[i]) }))
		.filter(({ why }) => why !== undefined)
		.filter(({ why }) => !refusals.test(why))
		.map(({ job, why }) => ({ start: `${job.name} ${job.from} ` +
			`${job.what}.json`, to: job.to, why }))
		.filter(({ start, to }) => !exceptions.includes(`${start} *`) &&
			!exceptions.includes(`${start} ${to}`));
	assert.ok(jobs.length > 0);
	assert.ok(!bad.length, bad.map((one) => JSON.stringify(one)).join('\n'));
}

const skip = !existsSync(join(shared, 'recorded')) && 'no ../shared';

// What a scenario is refused for stands in its neutral.txt.
test('scenarios are accepted in every other dialect', () =>
	check(scenarios(), /^refused: /));
test('recorded requests are accepted in every other dialect', { skip }, () =>
	check(recordings(), /can't be converted to/));
