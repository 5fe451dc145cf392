// What the running programs can't do: the guard of each is shut. What it refuses is
// tried by tests/unit/test_guard.c.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { startUpstream } from '../upstream/upstream.mjs';
import { build, processes, startGateway, until } from './gateway.mjs';
import { ask } from './client.mjs';
import { LANES } from './samples.mjs';

const defined = (name) => new RegExp(`^#define ${name} 1$`, 'm').test(
    fs.readFileSync(path.join(build, 'build.h'), 'utf8'));
const skip = defined('SANITIZED') ? 'no guard under a sanitizer' :
    !defined('HAVE_SECCOMP') && 'built without libseccomp';
let upstream;

before(async () => {
	upstream = await startUpstream();
});
beforeEach(() => upstream.reset());
after(() => upstream?.stop());

// "Seccomp" (2: a filter) and "NoNewPrivs" of a process.
function confinement(pid) {
	const text = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
	const value = (name) => Number(new RegExp(`^${name}:\\s*(\\d+)$`, 'm')
	    .exec(text)[1]);
	return { seccomp: value('Seccomp'), noNewPrivileges: value('NoNewPrivs') };
}
const OPEN = { seccomp: 0, noNewPrivileges: 0 };

// The gateway's tokend: a child of the keeper that start.sh starts.
const tokendOf = (gateway) => {
	const table = processes();
	return table.find((one) => one.name === 'tokend' && one.state !== 'Z' &&
	    table.find((other) => other.pid === one.parent)?.parent ===
	    gateway.process.pid)?.pid;
};
const speaks = async (gateway) => (await ask(gateway, { path: LANES.chat.path,
	body: LANES.chat.body() })).status;

describe('the guard', { skip }, () => {
	test('is shut in responders and tokend, which serve', async () => {
		const gateway = await startGateway({ upstream });
		const tokend = await until(() => tokendOf(gateway), 'tokend');
		assert.equal(await speaks(gateway), 200);
		assert.equal(gateway.responders().length, 2);
		for (const pid of [...gateway.responders(), tokend])
			await until(() => confinement(pid).seccomp === 2 &&
			    confinement(pid).noNewPrivileges === 1,
			    `shut guard of ${pid}`);
		await gateway.logged(/guard: (files and )?calls/);
		await gateway.stop();
	});
	for (const [what, options] of [
		['the configuration', { config: { guard: false } }],
		['the environment', { env: { DROID2API_GUARD: '0' } }],
		['.env', { dotenv: 'DROID2API_GUARD=0\n' }],
	])
		test(`is left open by ${what}`, async () => {
			const gateway = await startGateway({ upstream, ...options });
			await gateway.logged(/guard: none/);
			assert.equal(await speaks(gateway), 200);
			for (const pid of [...gateway.responders(),
			    tokendOf(gateway)])
				assert.deepEqual(confinement(pid), OPEN);
			await gateway.stop();
		});
});
