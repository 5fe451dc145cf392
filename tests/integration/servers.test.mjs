// The matrix: what each web server can do with the recipes of conf/. What it is seen
// to do must be the table in conf/README.md, and whatever is not "yes" must have a reason.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import https from 'node:https';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { execFileSync, spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { after, before, beforeEach, describe, test } from 'node:test';
import { startUpstream } from '../upstream/upstream.mjs';
import { PATIENCE_MS, build, certificate, configuration, mayLook, root, temporaryFolder,
    until, within } from './gateway.mjs';
import { ask } from './client.mjs';
import { LANES } from './samples.mjs';
import { CASES, page } from './server_cases.mjs';
import { HOME, OTHERS, SERVERS, startServer } from './servers.mjs';

// Why a cell is what it is: which servers, what is seen, and the reason whose number
// stands in the table.
const REASONS = [
	[/./, /^by keep-alives$/, 'Apache, HAProxy, and lighttpd for CGI, do not ' +
	    'say that a client has left; it shows when writing fails, at the ' +
	    'first to third keep-alive (`keep_alive_s`).'],
	[/lighttpd/, /^they wait$/, 'New requests are held until open streams ' +
	    'have finished, up to `server.graceful-shutdown-timeout`; then the ' +
	    'streams are cut.'],
	[/mod_fcgid/, /^they wait$/, 'Apache waits about three seconds for ' +
	    'mod_fcgid\'s processes, and new requests with it.'],
	[/mod_fcgid/, /^cut$/, 'Apache ends mod_fcgid\'s processes about three ' +
	    'seconds after a reload; the stream ends with an error event.'],
	[/HAProxy/, /^cut$/, 'HAProxy 2.6 aborts all open FastCGI requests when ' +
	    'it reloads: change servers through its run-time API, or let it ' +
	    'speak HTTP to a web server on each host.'],
	[/./, /^as if whole$/, 'The server ends the answer properly although the ' +
	    'responder died (mod_fcgid appends an error page): only the missing ' +
	    'last event tells.'],
	[/htaccess/, /^404$/, 'Apache refuses `%2F` unless `AllowEncodedSlashes` ' +
	    'is set for the site, which .htaccess cannot.'],
];

const names = Object.keys(SERVERS);
const seen = Object.fromEntries(names.map((name) => [name, {}]));
let upstream;

before(async () => {
	upstream = await startUpstream();
});
beforeEach(() => upstream.reset());
after(() => upstream?.stop());

// Each has an upstream of its own: two at once wait for half as long.
describe('the matrix', { concurrency: 2 }, () => {
	for (const name of names)
		describe(name, { concurrency: 1 }, () => {
			let server, own;
			before(async () => {
				own = await startUpstream();
				server = await startServer(SERVERS[name], own);
			});
			after(async () => {
				await server?.stop();
				await own?.stop();
			});
			for (const [what, run] of Object.entries(CASES))
				test(what, async () => {
					own.reset();
					seen[name][what] = await within(
					    3 * PATIENCE_MS, run(server, own),
					    'end');
				});
		});
});

describe('shared hosting by .htaccess', () => {
	for (const [name, start] of [['CGI', SERVERS['Apache .htaccess CGI']],
	    ['mod_fcgid', OTHERS['shared-hosting/public_html/fcgid.htaccess']]])
		test(`${name}: the web cannot fetch a secret`, async () => {
			const server = await startServer(start, upstream);
			try {
				for (const file of ['.htaccess', 'config.json'])
					assert.equal((await ask(server,
					    { path: `${server.base}/${file}` })).status,
				    403);
				for (const file of ['/droid2api/config.json',
				    '/../etc/droid2api/config.json', '/state/'])
					assert.ok((await ask(server,
					    { path: file })).status >= 400);
			} finally {
				await server.stop();
			}
		});
});

// The program as a web server starts it for one request.
function runCgi(folder, body, more = {}, config = {}) {
	fs.writeFileSync(path.join(folder, 'config.json'),
	    JSON.stringify(configuration(upstream, config)));
	const child = spawn(path.join(build, 'fcgi/droid2api.fcgi'), [], { env: {
		DROID2API_CONFIG: path.join(folder, 'config.json'),
		DROID2API_STATE: '/proc/nowhere', GATEWAY_INTERFACE: 'CGI/1.1',
		SERVER_PROTOCOL: 'HTTP/1.1', REQUEST_METHOD: 'POST',
		REQUEST_URI: LANES.chat.path, REMOTE_ADDR: '127.0.0.1',
		HTTP_AUTHORIZATION: 'Bearer fk-1234567890', ...more },
	stdio: ['pipe', 'pipe', 'ignore'] });
	child.exited = new Promise((resolve) => child.on('exit',
	    (code, signal) => resolve({ code, signal })));
	child.stdin.end(JSON.stringify(body));
	return child;
}

describe('CGI', () => {
	let folder;
	before(() => {
		folder = temporaryFolder();
	});
	after(() => fs.rmSync(folder, { recursive: true }));

	test('serves without a state folder and without a length', async () => {
		const child = runCgi(folder, LANES.chat.body());
		const answer = await within(PATIENCE_MS, text(child.stdout),
		    'answer');
		assert.match(answer, /^Status: 200/);
		assert.match(answer, /"choices"/);
		assert.deepEqual(await within(PATIENCE_MS, child.exited, 'end'),
		    { code: 0, signal: null });
	});
	// Nothing in a folder that all may write decides whom it trusts.
	test('ca_file is trusted without a state folder', async () => {
		const pair = certificate(folder);
		const server = https.createServer(pair, (_, response) =>
			response.end('{"choices":[]}'));
		await new Promise((resolve) =>
			server.listen(0, '127.0.0.1', resolve));
		const trusts = () => fs.readdirSync('/tmp').filter((name) =>
			/^ca-[0-9a-f]{16}$/.test(name));
		const before = trusts();
		const child = runCgi(folder, LANES.chat.body(), {}, {
			ca_file: pair.file, endpoint: [{ name: 'tls', auth: 'none',
				type: 'common', base_url: `https://localhost:${
				server.address().port}/v1/chat/completions` }],
			models: [{ id: 'glm-5', type: 'common',
				endpoint: 'tls' }] });
		assert.match(await within(PATIENCE_MS, text(child.stdout),
		    'answer'), /^Status: 200[^]*{"choices":\[\]}$/);
		assert.deepEqual(trusts(), before);
		server.close();
	});
	test('SIGTERM ends it', async () => {
		upstream.next({ hang: true });
		const arrived = upstream.arrival();
		const child = runCgi(folder, LANES.chat.body());
		await within(PATIENCE_MS, arrived, 'arrival');
		child.kill('SIGTERM');
		assert.deepEqual(await within(PATIENCE_MS, child.exited, 'end'),
		    { code: null, signal: 'SIGTERM' });
	});
});

test('whoever starts the programs, a request is in the ledger', async () => {
	for (const name of ['lighttpd pool', 'lighttpd CGI', 'mod_fcgid',
	    'Apache .htaccess CGI']) {
		const server = await startServer(SERVERS[name], upstream);
		const usage = () => JSON.parse(execFileSync(server.program,
		    ['--config', server.configFile, '--usage', '--by', 'total',
			'--json'], { env: { DROID2API_STATE: path.join(
			server.folder, 'var/state') } }));
		try {
			await ask(server, { key: 'fk-1234567890',
				path: LANES.chat.path, body: LANES.chat.body() });
			const { total } = usage();
			assert.deepEqual([name, total.requests, total.input,
				total.output], [name, 1, 27, 12]);
		} finally {
			await server.stop();
		}
	}
});

describe('the other files of conf/ answer as they are', () => {
	for (const [file, start] of Object.entries(OTHERS))
		test(file, async () => {
			const server = await startServer(start, upstream);
			try {
				const answer = await ask(server, { key: 'fk-1234567890',
					path: server.base + LANES.chat.path,
					body: LANES.chat.body() });
				assert.equal(answer.status, 200, answer.text);
				assert.equal(await page(server), 'yes');
			} finally {
				await server.stop();
			}
		});
});

test('a whole site answers what is asked for a certificate', async () => {
	for (const start of [SERVERS.nginx, OTHERS['apache/site-fcgid.conf.in'],
	    OTHERS['apache/site-proxy.conf.in']]) {
		const server = await startServer(start, upstream);
		const challenge = '/.well-known/acme-challenge';
		try {
			fs.mkdirSync(`${server.folder}/www${challenge}`,
			    { recursive: true });
			server.write(`www${challenge}/token`, 'said');
			const answer = await ask(server,
			    { path: `${challenge}/token` });
			assert.deepEqual([answer.status, answer.text], [200, 'said']);
		} finally {
			await server.stop();
		}
	}
});

// nginx tells a Basic header's name to responders, whether or not it has looked at
// the password.
test('access "server" behind nginx: whom it has authenticated', async () => {
	const server = await startServer((one) => {
		one.write('etc/droid2api/config.json', JSON.stringify({
			...JSON.parse(fs.readFileSync(one.configFile)),
			access: 'server' }));
		return SERVERS.nginx(one);
	}, upstream);
	const chat = { path: LANES.chat.path, body: LANES.chat.body() };
	const get = (name) => ask(server, { ...chat, headers: {
		authorization: `Basic ${Buffer.from(name).toString('base64')}` } });
	const file = 'share/droid2api/nginx/locations.conf';
	const words = '# fastcgi_param AUTH_TYPE Basic;';
	try {
		assert.match((await get('ann:sesame')).text, /did not authenticate/);
		const text = fs.readFileSync(`${server.folder}/${file}`, 'utf8');
		assert.ok(text.includes(words));
		server.write('etc/users', 'ann:{PLAIN}sesame\n');
		server.write(file, text.replace(words, `auth_basic "x";
			auth_basic_user_file ${server.folder}/etc/users;
			${words.slice(2)}`));
		process.kill(server.main.pid, server.reloadSignal);
		// Who is admitted hears that nothing is configured. Until its end a
		// worker of before may still answer.
		await until(async () => /no credential/.test(
		    (await get('ann:sesame')).text), 'admission');
		await until(async () => /<html>/.test(
		    (await get('ann:wrong')).text), 'refusal by nginx');
	} finally {
		await server.stop();
	}
});

test('a home page of the site\'s own stays', async () => {
	const hosting = 'shared-hosting/public_html';
	for (const name of ['mod_fcgid', 'mod_proxy_fcgi',
	    `${hosting}/droid2api.cgi`, `${hosting}/fcgid.htaccess`]) {
		const server = await startServer(SERVERS[name] ?? OTHERS[name],
		    upstream);
		try {
			server.write(`www${server.base}/index.html`, HOME);
			for (const path of ['/', `${server.base}/`])
				assert.equal((await ask(server, { path })).text,
				    HOME, `${name}: ${path}`);
			assert.equal((await ask(server, { path:
				`${server.base}/v1/models` })).status, 200, name);
		} finally {
			await server.stop();
		}
	}
});

// The health route asks nobody else, so that calls are many and fast. Apache closes
// clients' connections when it is short of threads, and for a moment after its start
// some new ones, too, whoever is behind it: each is used once, and asked again.
async function callMany(server, many, connections, apache = false) {
	const agent = new http.Agent({ keepAlive: !apache,
	    maxSockets: connections });
	const seen = {};
	let left = many;
	await Promise.all(Array.from({ length: connections }, async () => {
		while (left-- > 0) {
			const status = await new Promise((resolve) => http.get({
				host: '127.0.0.1', port: server.port,
				path: '/health', agent }, (answer) => {
				answer.resume().on('end', () =>
					resolve(answer.statusCode));
			}).on('error', (error) => resolve(error.code)));
			if (apache && status === 'ECONNRESET')
				left++;
			else
				seen[status] = (seen[status] ?? 0) + 1;
		}
	}));
	agent.destroy();
	return seen;
}

describe('web servers that keep their FastCGI connections', () => {
	const many = Number(process.env.KEPT_CALLS ?? 3000);

	for (const name of ['nginx', 'mod_proxy_fcgi', 'HAProxy'])
		test(`${name}: ${many} calls, all are answered`, async () => {
			const server = await startServer(SERVERS[name],
			    upstream);
			try {
				assert.deepEqual(await callMany(server, many,
				    32, name === 'mod_proxy_fcgi'),
				    { 200: many });
				const kept = server.keptConnections();
				assert.ok(!mayLook || (kept > 0 && kept <= 512),
				    `${kept} are kept`);
			} finally {
				await server.stop();
			}
		});
	test('nginx: a restart of the responders loses no call that is not ' +
	    'under way', async () => {
		const server = await startServer(SERVERS.nginx, upstream);
		try {
			await callMany(server, 100, 8);
			assert.ok(!mayLook || server.keptConnections() > 0);
			const [old] = server.children;
			old.kill('SIGTERM');
			await old.exited;
			await server.launchResponders();
			assert.deepEqual(await callMany(server, 100, 8),
			    { 200: 100 });
		} finally {
			await server.stop();
		}
	});
});

// Bytes to a server, all that it says to them.
const say = (server, ...pieces) => within(PATIENCE_MS, new Promise((resolve,
    reject) => {
	const socket = net.connect(server.port, '127.0.0.1', () => {
		for (const piece of pieces)
			socket.write(piece);
	});
	let answer = '';
	socket.setEncoding('utf8').on('data', (bytes) => { answer += bytes; })
	    .on('close', () => resolve(answer)).on('error', reject);
}), 'answer');

function assertOwnError(answer, status) {
	const [head, body] = answer.split('\r\n\r\n');
	assert.match(head, new RegExp(`^HTTP/1.1 ${status} `));
	assert.match(head, /^content-type: application\/json/im);
	const { type, error } = JSON.parse(body);
	assert.equal(type, 'error');
	assert.equal(typeof error.type, 'string');
	assert.equal(typeof error.message, 'string');
}

describe('what lighttpd itself refuses is JSON', () => {
	const path_ = LANES.chat.path;
	const request = (length) => `POST ${path_} HTTP/1.1\r\nHost: h\r\n` +
	    `Connection: close\r\nContent-Length: ${length}\r\n\r\n`;

	for (const name of ['lighttpd pool', 'lighttpd external', 'lighttpd CGI'])
		test(name, async () => {
			const server = await startServer(SERVERS[name],
			    upstream);
			try {
				assertOwnError(await say(server,
				    request(1e9)), 413);
				const spool = `${server.folder}/spool`;
				fs.rmdirSync(spool);
				assertOwnError(await say(server, request(200000),
				    'x'.repeat(200000)), 500);
				fs.mkdirSync(spool);
			} finally {
				await server.stop();
			}
		});
	test('without responders', async () => {
		const server = await startServer(SERVERS['lighttpd external'],
		    upstream);
		try {
			const [old] = server.children;
			old.kill('SIGTERM');
			await old.exited;
			assertOwnError(await say(server, request(0)), 503);
		} finally {
			await server.stop();
		}
	});
});

function table() {
	const used = [];
	const cell = (name, text) => {
		if (text === 'yes' || text === '-')
			return text;
		const found = REASONS.find(([servers, words]) =>
			servers.test(name) && words.test(text));
		if (!found)
			return `${text} (?)`;
		if (!used.includes(found))
			used.push(found);
		return `${text} (${used.indexOf(found) + 1})`;
	};
	const lines = [`| | ${names.join(' | ')} |`,
	    `|---|${names.map(() => '---|').join('')}`,
	    ...Object.keys(CASES).map((what) => `| ${what} | ` +
	    `${names.map((name) => cell(name,
	    seen[name][what] ?? '-')).join(' | ')} |`)];
	const notes = used.map(([, , reason], i) => `${i + 1}. ${reason}`);
	return `${lines.join('\n')}\n\n${notes.join('\n')}\n`;
}

test('what was seen is the table in conf/README.md', (context) => {
	const text = table();
	const readme = fs.readFileSync(path.join(root, 'conf/README.md'), 'utf8');
	const [, told] = /<!-- servers -->\n(.*?)<!-- \/servers -->/s.exec(readme) ??
	    [null, ''];

	console.log(text);
	assert.doesNotMatch(text, /\(\?\)/);
	assert.equal(text, told);
});
