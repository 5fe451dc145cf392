// Keys that a command prints: tokend runs it, responders use what it printed.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { startUpstream } from '../upstream/upstream.mjs';
import { jwt } from '../upstream/workos.mjs';
import { startGateway, temporaryFolder, until } from './gateway.mjs';
import { Place } from './tokend.mjs';
import { ask } from './client.mjs';
import { LANES } from './samples.mjs';

const NOWHERE = { tokenUrl: 'http://127.0.0.1:9/', deviceUrl:
    'http://127.0.0.1:9/' };

// A program of that text.
function script(folder, name, text) {
	const file = path.join(folder, name);
	fs.writeFileSync(`${file}.new`, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
	fs.renameSync(`${file}.new`, file);
	return file;
}

const alive = (pid) => {
	try {
		process.kill(pid, 0);
		const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
		return !/\) [ZX] /.test(stat);
	} catch {
		return false;
	}
};

const read = (file) => {
	try {
		return fs.readFileSync(file, 'utf8');
	} catch {
		return '';
	}
};

// A process id that a script wrote down, once the line is whole.
const pidIn = (file) => until(() => {
	const text = read(file);
	return text.endsWith('\n') && Number(text);
}, `a process id in ${file}`);

const gone = (pid) => until(() => !alive(pid), `end of ${pid}`);

describe('tokend', () => {
	let place;

	beforeEach(() => { place = new Place(NOWHERE); });
	afterEach(() => place.remove());

	const configure = (commands, more = {}) => place.configure({
		endpoint: Object.entries(commands).map(([name, command]) => ({
			name, type: 'common', api_key_command: command,
			base_url: 'http://127.0.0.1:9/v1/chat/completions',
			...more })),
		models: [{ id: 'm', endpoint: Object.keys(commands)[0] }] });
	const write = (name, text) => script(place.folder, name, text);
	const keys = () => {
		try {
			return Object.fromEntries((place.tokens().keys ?? []).map(
			    (key) => [key.id, key]));
		} catch {
			return {};
		}
	};
	const keyOf = (name, value) => until(() =>
		(value === undefined || keys()[name]?.access_token === value) &&
		keys()[name], `the key of ${name}`);
	const status = async () => {
		const { code, output } = await place.run(['--status']);
		return { code, output };
	};

	test('a line is published for its endpoint, and goes nowhere else',
	    async () => {
		configure({ a: [write('a', 'echo "  key-of-a-123456  "; echo more')],
			b: [write('b', 'printf key-of-b-123456')] });
		const run = place.start();
		assert.equal((await keyOf('a')).access_token, 'key-of-a-123456');
		assert.equal((await keyOf('b')).access_token, 'key-of-b-123456');
		assert.deepEqual(place.tokens().accounts, []);
		assert.equal(fs.statSync(place.tokenFile).mode & 0o777, 0o640);
		const { code, output } = await status();
		assert.equal(code, 0, output);
		assert.match(output, /api_key_command of a \(/);
		assert.doesNotMatch(output + run.output, /key-of-/);
		await run.stop();
	});

	test('no shell, no terminal, a small environment', async () => {
		const file = path.join(place.folder, 'seen');
		configure({ a: [write('a', `{ printf '%s\\n' "$@"; env; cat; ` +
			`pwd; ls -l /proc/$$/fd; echo whole; } >${file}.new 2>&1; ` +
			`mv ${file}.new ${file}; echo some-key-123`),
			'$HOME; echo *', 'two words'] });
		const run = place.start([], { FACTORY_API_KEY: 'fk-secret-123',
			ANTHROPIC_API_KEY: 'sk-secret-123', LC_ALL: 'C',
			DROID_REFRESH_KEY_FILE: '/dev/null' });
		await keyOf('a');
		const seen = read(file);
		assert.match(seen, /^\$HOME; echo \*\ntwo words\n/);
		assert.match(seen, /^PATH=/m);
		assert.match(seen, /^LC_ALL=C$/m);
		assert.match(seen, new RegExp(`^HOME=${place.home}$`, 'm'));
		assert.match(seen, /^whole$/m);
		assert.match(seen, /^\/$/m);
		assert.doesNotMatch(seen, /secret|DROID|FACTORY|tokend\.lock|socket/);
		await run.stop();
	});

	test('JSON: it is run again before the key expires', async () => {
		const count = path.join(place.folder, 'count');
		configure({ a: [write('a', `echo x >>${count}\n` +
			`n=$(wc -l <${count})\n` +
			`echo "{\\"access_token\\": \\"first-and-$n-more\\", ` +
			`\\"expires_in\\": 4, \\"token_type\\": \\"Bearer\\"}"`)] });
		const run = place.start();
		const first = await keyOf('a', 'first-and-1-more');
		assert.ok(Math.abs(first.expires_at - Date.now() / 1000) < 60);
		await keyOf('a', 'first-and-3-more');
		assert.doesNotMatch(run.output, /expired/);
		await run.stop();
	});

	test('as the clouds print it', async () => {
		const exp = Math.floor(Date.now() / 1000) + 5000;
		const inside = jwt({ sub: 'me', iat: exp - 9000, exp });
		const forms = {
			token: ['{"token":"google-key-1"}', 'google-key-1', 0],
			camel: [`{"accessToken":"azure-key-1","expiresOn":"2026-01-01",` +
			    `"expires_on":"${exp}"}`, 'azure-key-1', exp],
			milli: [`{"access_token":"milli-key-1","expires_at":${exp}000}`,
			    'milli-key-1', exp],
			jwt: [inside, inside, exp],
		};
		configure(Object.fromEntries(Object.entries(forms).map(
		    ([name, [text]]) => [name, ['/bin/echo', text]])));
		const { code, output } = await place.once();
		assert.equal(code, 0, output);
		for (const [name, [, key, expires]] of Object.entries(forms)) {
			assert.equal(keys()[name]?.access_token, key);
			assert.equal(keys()[name].expires_at, expires);
		}
	});

	const FAILURES = {
		'exit 3': /exited with 3\b/,
		'echo printed-before-1; exit 1': /exited with 1\b/,
		'kill -9 $$': /ended by signal 9/,
		'kill -15 $$': /ended by signal 15/,
		'exec yes printed-for-ever': /printed more than 65536 bytes/,
		'head -c 70000 /dev/zero | tr "\\0" a': /printed more than 65536 bytes/,
		'head -c 60000 /dev/zero | tr "\\0" a': /key of more than 16384 bytes/,
		':': /printed nothing/,
		'echo; echo " "': /printed nothing/,
		'printf "a\\033key-12345"': /a line that is no key/,
		'printf "a\\000key-12345"': /a line that is no key/,
		'echo "Please log in first"': /a line that is no key/,
		'echo "{\\"error\\": \\"no\\"}"': /JSON without a usable/,
		'echo "{\\"token\\": \\"a b\\"}"': /JSON without a usable/,
		'echo "{\\"token\\": "': /JSON that is none/,
	};
	test('how it can fail: named, and without what it said', async () => {
		const names = Object.keys(FAILURES);
		configure({ ...Object.fromEntries(names.map((text, i) =>
			[`e${i}`, [write(`bad-${i}`, text)]])),
		missing: ['/nonexistent/program'],
		folder: [place.folder], last: ['/bin/echo', 'a-good-key-1'] });
		const { code, output } = await place.once([], {});
		assert.equal(code, 1, output);
		names.forEach((text, i) => {
			const line = output.split('\n').find((one) =>
				one.includes(`endpoint e${i}:`));
			assert.match(line ?? output, FAILURES[text], text);
			assert.ok(line.includes(`bad-${i} `), line);
		});
		assert.match(output, /endpoint missing: .*exited with 127/);
		assert.match(output, /endpoint folder: .*exited with 126/);
		assert.deepEqual(Object.keys(keys()), ['last']);
		const said = await status();
		assert.equal(said.code, 1);
		assert.match(said.output, /last error +\S+bad-0 exited with 3/);
		assert.doesNotMatch(output + said.output + JSON.stringify(keys()),
		    /printed-before|printed-for-ever|log in first|aaaa/);
	});

	test('while it fails the old key stays, until that has expired',
	    async () => {
		const state = path.join(place.folder, 'once');
		const text = (json) => `[ ! -e ${state} ] || exit 5\n` +
		    `touch ${state}\necho '${json}'`;
		configure({ a: [write('a', text('{"token":"a-short-one",' +
			'"expires_in":4}'))] });
		const run = place.start();
		await keyOf('a');
		await run.logged(/a exited with 5; next try .* still good/);
		assert.ok(keys().a);
		assert.equal((await status()).code, 1);
		await run.logged(/its key has expired/);
		await until(() => !keys().a, 'no key');
		assert.equal((await status()).code, 2);
		await run.stop();
		// A restart knows what was published, and an end in time.
		fs.rmSync(state);
		configure({ a: [write('a', text('{"token":"a-longer-one",' +
			'"expires_in":900}'))] });
		const again = place.start();
		await keyOf('a', 'a-longer-one');
		await again.stop('SIGKILL');
		const third = place.start();
		await third.logged(/a exited with 5/);
		assert.equal(keys().a.access_token, 'a-longer-one');
		await third.stop();
	});

	test('a slow one holds nothing up, and ends with all it started',
	    async () => {
		const [own, child] = ['own', 'child'].map((name) =>
			path.join(place.folder, name));
		configure({ slow: [write('slow', `sleep 600 & echo $! >${child}\n` +
			`echo $$ >${own}\nwait\necho never-seen-1`)],
		quick: ['/bin/echo', 'a-quick-key'] });
		const run = place.start();
		await keyOf('quick');
		const pids = [await pidIn(own), await pidIn(child)];
		assert.ok(pids.every(alive));
		await run.logged(/slow did not end within 10 s/);
		await Promise.all(pids.map(gone));
		await run.stop();
	});

	test('one that leaves something behind is over all the same', async () => {
		const child = path.join(place.folder, 'child');
		configure({ a: [write('a', `sleep 600 & echo $! >${child}\n` +
			'echo a-left-key-1')] });
		const run = place.start();
		await keyOf('a', 'a-left-key-1');
		await gone(await pidIn(child));
		await run.stop();
	});

	for (const signal of ['SIGKILL', 'SIGTERM'])
		test(`${signal} of tokend leaves no child`, async () => {
			const [own, child] = ['own', 'child'].map((name) =>
				path.join(place.folder, name));
			configure({ a: [write('a', `sleep 600 & echo $! >${child}\n` +
				`echo $$ >${own}\nwait`)] });
			const run = place.start();
			const pids = [await pidIn(own), await pidIn(child)];
			const stat = read(`/proc/${pids[0]}/stat`);
			pids.push(Number(/\) \S (\d+)/.exec(stat)[1]));
			await run.stop(signal);
			await Promise.all(pids.map(gone));
			// And nothing is locked.
			configure({ a: ['/bin/echo', 'the-next-key'] });
			const next = place.start();
			await keyOf('a', 'the-next-key');
			await next.stop();
		});

	test('the first command of all wants a tokend that knew of it', async () => {
		configure({ a: undefined }, { auth: 'none' });
		const run = place.start();
		const [, held] = await run.logged(/guard: ([a-z ]+)/);
		await until(() => fs.existsSync(place.tokenFile) ||
		    fs.existsSync(path.join(place.state, 'token/status.json')),
		'its state');
		configure({ a: ['/bin/echo', 'key-number-1'] });
		run.child.kill('SIGHUP');
		if (held.includes('calls'))
			await run.logged(/echo needs tokend's restart: its guard is shut/);
		else
			await keyOf('a');
		await run.stop();
		const next = place.start();
		await keyOf('a', 'key-number-1');
		await next.stop();
	});

	test('it follows the configuration', async () => {
		configure({ a: ['/bin/echo', 'key-number-1'],
			b: ['/bin/echo', 'key-number-2'] });
		const run = place.start();
		await keyOf('a');
		await keyOf('b');
		configure({ b: ['/bin/echo', 'key-number-3'] });
		run.child.kill('SIGHUP');
		await keyOf('b', 'key-number-3');
		assert.equal(keys().a, undefined);
		await run.stop();
	});
});

describe('the gateway', () => {
	let upstream, gateway, folder, file;

	const SECRETS = /rotating-key|other-key|sk-clients-own/;
	const url = (kind) => `${upstream.url}${kind}`;
	const chat = (model, headers) => ask(gateway, { path: LANES.chat.path,
		body: LANES.chat.body('hi', { model }), headers });

	before(async () => {
		upstream = await startUpstream();
		folder = temporaryFolder();
		file = path.join(folder, 'key');
		fs.writeFileSync(file, 'rotating-key-1\n');
		const command = (text) => [script(folder, `c${text.length}`, text)];
		gateway = await startGateway({ upstream, config: {
			endpoint: [
			    { name: 'rotating', type: 'common',
				base_url: url('/v1/chat/completions'),
				api_key_command: ['cat', file] },
			    { name: 'other', type: 'anthropic',
				base_url: url('/v1/messages'),
				api_key_command: command('echo other-key-1') },
			    { name: 'failing', type: 'common',
				base_url: url('/v1/chat/completions'),
				api_key_command: command('exit 7') },
			    { name: 'factory', type: 'common',
				base_url: url('/api/llm/o/v1/chat/completions') }],
			models: [{ id: 'rotating', endpoint: 'rotating' },
				{ id: 'other', endpoint: 'other' },
				{ id: 'failing', endpoint: 'failing' },
				{ id: 'factory', endpoint: 'factory', provider: 'x' },
				{ id: 'falls', upstreams: [{ endpoint: 'failing' },
				    { endpoint: 'rotating', weight: 0 }] }] } });
	});
	beforeEach(() => upstream.reset());
	after(async () => {
		await gateway?.stop();
		assert.doesNotMatch(gateway.log, SECRETS);
		await upstream?.stop();
		fs.rmSync(folder, { recursive: true, force: true });
	});

	test('each endpoint gets its own, and Factory its own', async () => {
		assert.equal((await chat('rotating')).status, 200);
		assert.equal(upstream.last.headers.authorization,
		    'Bearer rotating-key-1');
		assert.equal((await chat('other')).status, 200);
		assert.equal(upstream.last.headers['x-api-key'], 'other-key-1');
		assert.equal(upstream.last.headers.authorization, undefined);
		assert.equal((await chat('factory')).status, 200);
		assert.match(upstream.last.headers.authorization, /^Bearer fk-test/);
	});

	test('one that changed is asked for at a 401', async () => {
		fs.writeFileSync(file, 'rotating-key-2\n');
		upstream.fallback = (entry) => entry.headers.authorization ===
		    'Bearer rotating-key-1' ? { status: 401 } : {};
		const answers = await Promise.all(Array.from({ length: 20 },
		    () => chat('rotating')));
		assert.deepEqual([...new Set(answers.map((one) => one.status))],
		    [200]);
		assert.equal(upstream.last.headers.authorization,
		    'Bearer rotating-key-2');
	});

	test('one that did not is answered at once, and masked', async () => {
		upstream.fallback = () => ({ status: 401,
			message: 'Incorrect API key provided: rotating-key-2' });
		const answer = await chat('rotating');
		assert.equal(answer.status, 401);
		assert.doesNotMatch(answer.text, SECRETS);
	});

	test('without a key it says why, and sends no other', async () => {
		const answer = await chat('failing', { authorization:
			'Bearer sk-clients-own-1234' });
		assert.equal(answer.status, 401);
		assert.match(answer.text, /api_key_command of endpoint failing/);
		assert.equal(upstream.requests.length, 0);
		await gateway.logged(/endpoint failing: no new key: \S+ exited with 7/);
	});

	test('the next upstream is asked', async () => {
		const answer = await chat('falls');
		assert.equal(answer.status, 200, answer.text);
		assert.equal(answer.headers['x-droid2api-upstream'], 'rotating');
	});
});
