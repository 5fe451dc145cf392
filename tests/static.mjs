// static.mjs PROGRAMS ROOT: both static programs in an empty root, with names that
// only a DNS server of its own knows and certificates of its own. In a network of
// its own, see static.sh.

import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import tls from 'node:tls';
import { execFileSync, spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { startUpstream } from './upstream/upstream.mjs';
import { WorkOS } from './upstream/workos.mjs';
import { PATIENCE_MS, freePort, until, within } from './integration/gateway.mjs';
import { ask } from './integration/client.mjs';
import { LANES } from './integration/samples.mjs';

const [programs, root] = process.argv.slice(2);
const UID = 4711;
const put = (name, text) => {
	fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
	fs.writeFileSync(path.join(root, name), text);
};
const inside = (user, words, env = {}) => spawn('/usr/sbin/chroot',
    [`--userspec=${user}:${user}`, root, ...words], { env: {
	DROID2API_CONFIG: '/config.json', DROID2API_STATE: '/state', ...env },
    stdio: ['pipe', 'pipe', 'pipe'] });

// All that one started says, and how it ends.
async function run(child, input = '') {
	child.stdin.end(input);
	const exited = new Promise((resolve) => child.on('exit', resolve));
	const [out, errors, code] = await within(PATIENCE_MS, Promise.all([
	    text(child.stdout), text(child.stderr), exited]), 'end');
	return { code, out, errors };
}

// Every name is 127.0.0.1, and none has an IPv6 address.
async function startNames() {
	const server = dgram.createSocket('udp4');
	server.asked = new Set();
	server.on('message', (query, from) => {
		const end = query.indexOf(0, 12) + 5;
		const isA = query.readUInt16BE(end - 4) === 1;
		const answer = Buffer.concat([query.subarray(0, end), Buffer.from(isA ?
		    [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 127, 0, 0, 1] : [])]);
		answer.writeUInt16BE(0x8180, 2);
		answer.writeUInt16BE(isA ? 1 : 0, 6);
		answer.writeUInt32BE(0, 8);
		server.asked.add(query.subarray(13, 13 + query[12]).toString());
		server.send(answer, from.port, from.address);
	});
	await new Promise((resolve) => server.bind(53, '127.0.0.1', resolve));
	server.unref();
	return server;
}

function makeCertificate() {
	execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt',
	    'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj',
	    '/CN=upstream.test', '-addext', 'subjectAltName=DNS:upstream.test',
	    '-keyout', `${root}.key`, '-out', `${root}.cert`],
	    { stdio: 'ignore' });
	return { key: fs.readFileSync(`${root}.key`),
		cert: fs.readFileSync(`${root}.cert`) };
}

async function main() {
	const names = await startNames();
	const upstream = await startUpstream();
	const workos = await new WorkOS().start();
	const pair = makeCertificate();
	const front = tls.createServer(pair, (socket) => {
		const on = net.connect(Number(new URL(upstream.url).port),
		    '127.0.0.1');
		socket.on('error', () => on.destroy()).pipe(on)
		    .on('error', () => socket.destroy()).pipe(socket);
	});
	await new Promise((resolve) => front.listen(0, '127.0.0.1', resolve));

	put('etc/resolv.conf', 'nameserver 127.0.0.1\n');
	put('etc/passwd', `alice:x:${UID}:${UID}::/:/none\n`);
	put('etc/pki/tls/certs/ca-bundle.crt', pair.cert);
	put('config.json', JSON.stringify({ user_agent_url: '', limits_url: '',
		access: 'open', auth: { token_url: workos.tokenUrl.replace(
		    '127.0.0.1', 'workos.test') },
		endpoint: [{ name: 'common', base_url: `https://upstream.test:${
			front.address().port}${LANES.chat.upstreamPath}` }],
		models: [{ id: 'glm-5', type: 'common', provider: 'fireworks',
		    reasoning: 'auto' }] }));
	for (const name of ['run', 'state']) {
		fs.mkdirSync(path.join(root, name));
		fs.chownSync(path.join(root, name), UID, UID);
	}
	for (const name of ['droid2api.fcgi', 'tokend'])
		fs.copyFileSync(path.join(programs, name), path.join(root, name));

	// The user of /etc/passwd, and a name of the DNS.
	const login = await run(inside(0, ['/tokend', '--user', 'alice', '--once'],
	    { DROID_REFRESH_KEY: workos.seed() }));
	assert.equal(login.code, 0, login.errors);
	assert.equal(fs.statSync(path.join(root, 'state/login/store.json')).uid,
	    UID);
	assert.ok(names.asked.has('workos'));
	console.log('tokend: a login by its user');

	const body = JSON.stringify(LANES.chat.body());
	const cgi = await run(inside(UID, ['/droid2api.fcgi'], {
		GATEWAY_INTERFACE: 'CGI/1.1', SERVER_PROTOCOL: 'HTTP/1.1',
		REQUEST_METHOD: 'POST', REQUEST_URI: LANES.chat.path,
		REMOTE_ADDR: '127.0.0.1', CONTENT_LENGTH: String(body.length) }),
	    body);
	assert.match(cgi.out, /^Status: 200[^]*"choices"/, cgi.errors);
	assert.match(upstream.last.headers.authorization, /^Bearer ey/);
	assert.ok(names.asked.has('upstream'));
	console.log('droid2api.fcgi: a request by CGI');

	const port = await freePort();
	fs.writeFileSync(`${root}.conf`, `
server.modules = ( "mod_fastcgi" )
server.document-root = "${root}/etc/pki"
server.bind = "127.0.0.1"
server.port = ${port}
fastcgi.server = ( "/v1/" => (( "socket" => "${root}/run/socket",
    "check-local" => "disable" )) )
`);
	const responders = inside(UID, ['/droid2api.fcgi', '--socket',
	    '/run/socket']);
	responders.stderr.pipe(process.stderr);
	const lighttpd = spawn('/usr/sbin/lighttpd', ['-D', '-f',
	    `${root}.conf`], { stdio: 'inherit' });
	try {
		await until(() => fs.existsSync(`${root}/run/socket`), 'socket');
		const server = { port };
		const answer = await until(() => ask(server, {
			path: LANES.chat.path, body: LANES.chat.body() })
		    .then((one) => one.status === 200 && one, () => false),
		    'answer');
		assert.match(answer.text, /"choices"/);
		console.log('droid2api.fcgi: a request by FastCGI');
	} finally {
		lighttpd.kill();
		responders.kill();
	}
	front.close();
	await upstream.stop();
	await workos.stop();
}

await main();
process.exit();
