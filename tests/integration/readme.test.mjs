// The README's examples, as printed, with the shipped models.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startUpstream } from '../upstream/upstream.mjs';
import { build, root, startGateway } from './gateway.mjs';
import { bash } from './examples.mjs';

const read = (name) => fs.readFileSync(path.join(root, name), 'utf8');
const readme = read('README.md');
const shipped = JSON.parse(read('conf/config.json')
    .replace(/^\s*\/\/.*$/gm, ''));
const blocks = [...readme.matchAll(/^```(\w*)\n([^]*?)^```$/gm)];
const fenced = (kind) => blocks.filter(([, one]) => one === kind)
    .map(([, , text]) => text);
const curls = fenced('sh').filter((text) =>
	text.includes('http://localhost:3000'));
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

test('it is a front page', () => {
	assert.ok(readme.split('\n').length < 200);
	assert.ok(curls.length >= 2);
});

for (const text of curls)
	test(text.split('\n')[0], async () => {
		const { code, out } = await bash(text.replaceAll('localhost:3000',
		    `localhost:${gateway.port}`));
		assert.equal(code, 0, out);
		assert.match(out, /"(data|choices)"/);
		assert.doesNotMatch(out, /"error":\{/);
		assert.equal(upstream.last?.problem, undefined);
	});

test('start.sh says what is printed', async () => {
	const [said] = fenced('');
	const begin = (line) => line.replace(/(: | http:).*$/, '$1');

	await gateway.logged(/other programs, usage: .*\n/);
	const lines = gateway.log.split('\n').map(begin);
	for (const line of said.trimEnd().split('\n'))
		assert.ok(lines.includes(begin(line)), line);
});

test('the configuration of models of one\'s own is one', async () => {
	const [text] = fenced('json');
	const file = path.join(gateway.folder, 'readme.json');

	fs.writeFileSync(file, text);
	const { code, out } = await bash(
	    `${build}/fcgi/droid2api.fcgi --config ${file} --check-config`,
	    { env: { ...process.env, ANTHROPIC_API_KEY: 'a-key' } });
	assert.equal(code, 0, out);
	assert.equal(out, `${file}: ok, 2 models\n`);
});

test('a key for alice, as it is drawn there', async () => {
	const [, command] = /`build\/fcgi\/(droid2api.fcgi --new-key [^`]*)`/
	    .exec(readme);
	const { code, out } = await bash(`${build}/fcgi/${command}`);
	assert.equal(code, 0, out);
	assert.match(out, /"name":"alice"/);
});

// The page has them to copy; the agents themselves are in tests/clients.
describe('settings of tools are the page\'s', () => {
	const [, tools] = /^const TOOLS = (\{$[^]*?^\});$/m
	    .exec(read('fcgi/exchange/page.html'));
	const TOOLS = new Function('address', `return ${tools}`)(
	    'http://localhost:3000');
	const row = (name) => readme.match(new RegExp(`^\\| ${name} \\| (.*) \\|$`,
	    'm'))[1];
	const code = (text) => [...text.matchAll(/`([^`]+)`/g)]
	    .map(([, inside]) => inside);

	for (const name of ['Claude Code', 'Gemini CLI'])
		test(name, () => {
			const [line] = code(row(name));
			assert.equal(line, TOOLS[name](line.split(' ').at(-1), 'any')
			    .replace(/^export /gm, '').replaceAll('\n', ' '));
		});
	test('droid', () => {
		const [file, text] = code(row('droid'));
		const [comment, ...lines] = TOOLS.droid('glm-5', 'any').split('\n');
		assert.equal(comment, `// ${file}`);
		assert.deepEqual(JSON.parse(text), JSON.parse(lines.join('\n')));
	});
	test('Codex', () => {
		const [text] = fenced('toml');
		const [comment, ...lines] = TOOLS.Codex('claude-sonnet-5')
		    .split('\n');
		const [file, variable] = code(row('Codex'));
		assert.ok(comment.includes(file));
		assert.ok(comment.includes(variable.split('=')[0]));
		assert.equal(text, `${lines.join('\n')}\n`);
	});
});

test('packages to build with are those that start.sh looks for', async () => {
	const [, list] = /^sudo apt-get install ([^]*?)\n```/m.exec(
	    read('conf/README.md'));
	const { out } = await bash('. conf/start/packages.sh; ' +
	    'echo "$build_needs"; echo "$build_wants"');
	assert.deepEqual(list.replaceAll('\\\n', '').split(/ +/).sort(),
	    out.trim().split('\n').map((line) => line.split(' ')[1]).sort());
});

for (const page of ['README.md', 'CHANGELOG.md', 'SECURITY.md',
    'conf/README.md'])
	test(`files that ${page} names are there`, () => {
		const named = [...read(page).matchAll(
		    /\]\(((?!http)[^)#]+)\)|src="([^"]+)"|`man ([^`]+)`/g)];
		for (const [, ...names] of named)
			assert.ok(fs.existsSync(path.resolve(root,
			    path.dirname(page), names.find(Boolean))), names);
	});
