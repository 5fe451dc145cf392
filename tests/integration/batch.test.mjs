// start.bat, line by line as Windows' cmd goes through it, with bash for what it
// runs. There is no Windows here: stubs stand for wsl and docker.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { execFileSync, spawnSync } from 'node:child_process';
import { after, describe, test } from 'node:test';
import { root, temporaryFolder } from './gateway.mjs';

const bytes = fs.readFileSync(path.join(root, 'start.bat'), 'latin1');
const lines = bytes.split('\r\n').map((line) => line.trim()).filter((line) =>
	line && !/^(@echo off$|rem |setlocal$|cd )/.test(line));
const folders = [];
after(() => folders.forEach((one) => fs.rmSync(one, { recursive: true })));

// What a machine has: wsl runs what it is told to, docker tells what it was told.
const LINUX = { wsl: '[ "$1" = --exec ] && shift && exec "$@"',
	'apt-get': 'echo apt 2.6.1' };
const DOCKER = { docker: '[ "$1" = info ] || echo "docker $*"' };
const MISSING = { wsl: 'exit 9', docker: 'exit 9' };

const put = (text, variables) => text.replace(/%(\w+)%/g, (_, name) =>
	variables[name] ?? '');

// Where a line leads to, if not to the next one.
function jump(line) {
	const [, is, wanted, label] = /^(?:if (-?\d+)==(\d+) )?goto (\w+)$/
	    .exec(line);
	if (is !== wanted)
		return undefined;
	const at = lines.indexOf(`:${label}`);
	assert.notEqual(at, -1, `no label ${label}`);
	return at;
}

// Runs it with these programs; gives what was said, the exit status, whether it
// waited for a key, and the variables that were set.
function run(programs, args = []) {
	const folder = temporaryFolder();
	folders.push(folder);
	for (const [name, text] of Object.entries({ ...MISSING, ...programs }))
		fs.writeFileSync(path.join(folder, name), `#!/bin/sh\n${text}\n`,
		    { mode: 0o755 });
	const variables = { errorlevel: 0 };
	let out = '', paused = false;

	for (let at = 0, steps = 0; at < lines.length; at++) {
		assert.ok(steps++ < 100, 'it does not end');
		let line = put(lines[at], variables);
		const only = /^if not (-?\d+)==(\d+) (.*)$/.exec(line);
		if (only && only[1] === only[2])
			continue;
		line = only?.[3] ?? line;
		const set = /^set "?(\w+)=([^"]*)"?$/.exec(line);
		if (set)
			variables[set[1]] = set[2];
		else if (/\bgoto /.test(line))
			at = jump(line) ?? at;
		else if (line.startsWith('exit /b '))
			return { out, paused, variables,
				status: Number(line.slice('exit /b '.length)) };
		else if (line.startsWith('echo '))
			out += `${line.slice('echo '.length)}\n`;
		else if (line === 'pause')
			paused = true;
		else if (!line.startsWith(':')) {
			const said = spawnSync('bash', ['-c', line
			    .replaceAll('>nul', '>/dev/null').replace('%*', '"$@"'),
			    'bash', ...args], { cwd: root, encoding: 'utf8', env: {
				...process.env, PATH: `${folder}:${process.env.PATH}` } });
			// wsl.exe says -1 for what is its own failure.
			variables.errorlevel = said.status === 255 ? -1 :
			    said.status;
			out += said.stdout + said.stderr;
		}
	}
	throw new Error('it fell off its end');
}

test('it is as cmd reads it: CRs, ASCII, one label of each name', () => {
	assert.doesNotMatch(bytes, /[^\r]\n|\r[^\n]|[^\t\r\n -~]/);
	const labels = lines.filter((line) => line.startsWith(':'));
	assert.deepEqual(labels, [...new Set(labels)]);
	assert.equal(fs.readFileSync(path.join(root, 'start.sh'), 'latin1')
	    .includes('\r'), false);
});

test('git gives it so everywhere', { skip: !fs.existsSync(path.join(root,
    '.git')) && 'not a checkout' }, () => {
	const said = execFileSync('git', ['check-attr', 'text', 'eol', '--',
	    'start.bat', 'start.sh'], { cwd: root, encoding: 'utf8' });
	assert.match(said, /start.bat: text: set\nstart.bat: eol: crlf/);
	assert.match(said, /start.sh: text: unset/);
});

describe('in WSL', () => {
	test('it is start.sh, with options and status', () => {
		const good = run({ ...LINUX, ...DOCKER }, ['--help']);
		assert.match(good.out, /^start\.sh \[--build-only\]/);
		assert.equal(good.status, 0);
		assert.equal(good.paused, false);
		const bad = run(LINUX, ['--no-such']);
		assert.match(bad.out, /unknown option --no-such/);
		assert.equal(bad.status, 1);
		assert.equal(bad.paused, true);
	});
	test('all variables of start.sh are passed on', () => {
		const { out, variables } = run(LINUX, ['--help']);
		const passed = variables.WSLENV.split(':').map((one) =>
			one.replace(/\/.*/, ''));
		const named = out.match(
		    /\b(PORT|NO_COLOR|(DROID|FACTORY|DROID2API)_\w+)\b/g);
		assert.ok(named.length >= 12);
		for (const name of named)
			assert.ok(passed.includes(name), name);
	});
});

test('without a Linux that has apt-get it is Docker', () => {
	const wsl = LINUX.wsl;
	for (const programs of [DOCKER, { ...DOCKER, wsl: 'exit 255' },
		{ ...DOCKER, wsl, 'apt-get': 'exit 127' }]) {
		const { out, status } = run(programs);
		assert.equal(out, 'docker compose up --build\n');
		assert.equal(status, 0);
	}
});

test('without both it says what to install', () => {
	const { out, status, paused } = run({});
	assert.match(out, /wsl --install[^]*Docker Desktop/);
	assert.equal(status, 1);
	assert.equal(paused, true);
});
