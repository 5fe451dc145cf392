// The recipes for https, each started with the very files of conf/: with a certificate
// laid out as certbot does it, and Apache's mod_md with one that it fetches from an
// ACME server on this machine.

import dgram from 'node:dgram';
import fs from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import { execFileSync } from 'node:child_process';
import { text as textOf } from 'node:stream/consumers';
import { certificate, freePort, root, temporaryFolder, until }
    from './gateway.mjs';
import { apache, lighttpd, nginx, settle } from './servers.mjs';

export const NAME = 'llm.example.org';

// certbot's folders: the names stay, what they lead to is a new file each time.
export function renew(server) {
	const folder = `${server.folder}/etc/letsencrypt`;
	const made = temporaryFolder();
	const { cert, key } = certificate(made, NAME);
	const number = fs.readdirSync(`${folder}/archive/${NAME}`).length / 2 + 1;
	for (const [name, text] of [['fullchain', cert], ['privkey', key]]) {
		const link = `${folder}/live/${NAME}/${name}.pem`;
		const file = `../../archive/${NAME}/${name}${number}.pem`;
		server.write(`etc/letsencrypt/archive/${NAME}/${name}${number}.pem`,
		    text);
		fs.rmSync(link, { force: true });
		fs.symlinkSync(file, link);
	}
	fs.rmSync(made, { recursive: true });
	server.tls = { ca: cert, servername: NAME };
	server.deploy?.();
}

async function prepare(server) {
	for (const name of ['live', 'archive'])
		fs.mkdirSync(`${server.folder}/etc/letsencrypt/${name}/${NAME}`,
		    { recursive: true });
	fs.mkdirSync(`${server.folder}/www/.well-known/acme-challenge`,
	    { recursive: true });
	server.httpPort = await freePort();
	renew(server);
	await server.launchResponders();
}

const places = (server) => [['/etc/letsencrypt', `${server.folder}/etc/` +
    'letsencrypt'], ['/var/www/html', `${server.folder}/www`]];

// The hook that lighttpd's recipe has for certbot; the reload is the test's. Only
// root may give files to another group.
function deployHook(server) {
	const recipe = fs.readFileSync(path.join(root,
	    'conf/lighttpd/tls.conf.in'), 'utf8').replace(/^#\t/gm, '');
	const [, hook] = /--deploy-hook '([^']*)'/.exec(recipe);
	execFileSync('bash', ['--norc', '-euc', `service() { test "$2" = reload; }
${hook.replaceAll('/etc/lighttpd/tls', `${server.folder}/etc/tls`)
    .replace('-g www-data', process.getuid() === 0 ? '-g www-data' : '')}`],
	{ env: { PATH: process.env.PATH, RENEWED_LINEAGE:
	    `${server.folder}/etc/letsencrypt/live/${NAME}` } });
}

const PROXY = ['ssl', 'http2', 'socache_shmcb', 'proxy', 'proxy_fcgi'];

// Any name is this machine.
async function startNames(server) {
	const socket = dgram.createSocket('udp4');
	socket.on('message', (question, from) => {
		const end = question.indexOf(0, 12) + 5;
		const isA = question.readUInt16BE(end - 4) === 1;
		const head = Buffer.from(question.subarray(0, 12));
		head.writeUInt16BE(0x8180, 2);
		head.writeUInt16BE(isA ? 1 : 0, 6);
		head.writeUInt32BE(0, 8);
		socket.send(Buffer.concat([head, question.subarray(12, end),
		    ...isA ? [Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4,
			127, 0, 0, 1])] : []]), from.port, from.address);
	});
	await new Promise((resolve) => socket.bind(0, '127.0.0.1', resolve));
	server.closing.push(() => socket.close());
	return socket.address().port;
}

// Resolves with the address of its directory and with the root of what it issues.
async function startAcme(server, own) {
	const [port, management] = [await freePort(), await freePort()];
	server.write('etc/pebble.json', JSON.stringify({ pebble: {
		listenAddress: `127.0.0.1:${port}`,
		managementListenAddress: `127.0.0.1:${management}`,
		certificate: own.file, privateKey: `${server.folder}/key.pem`,
		httpPort: server.httpPort, tlsPort: server.port,
		ocspResponderURL: '', externalAccountBindingRequired: false } }));
	server.launch('/usr/bin/pebble', ['-config',
	    `${server.folder}/etc/pebble.json`, '-dnsserver',
	    `127.0.0.1:${await startNames(server)}`], { PEBBLE_VA_NOSLEEP: '1',
	    PEBBLE_WFE_NONCEREJECT: '0' });
	const rootOf = () => new Promise((resolve) => https.get({ port: management,
		host: '127.0.0.1', servername: 'localhost', path: '/roots/0',
		ca: own.cert, agent: false }, (answer) => resolve(textOf(answer)))
	    .on('error', () => resolve(undefined)));
	return { directory: `https://localhost:${port}/dir`, trusted: own.file,
		issuer: await until(rootOf, 'root certificate') };
}

export const HAS_ACME = fs.existsSync('/usr/bin/pebble');

export const TLS_SERVERS = {
	'lighttpd': async (server) => {
		await prepare(server);
		server.deploy = () => deployHook(server);
		server.deploy();
		return lighttpd(server, 'lighttpd/external.conf.in', [],
		    settle(server, 'lighttpd/tls.conf.in', [
		    ['/etc/lighttpd/tls', `${server.folder}/etc/tls`],
		    ['0.0.0.0:443', `127.0.0.1:${server.port}`],
		    ['$SERVER["socket"] == "[::]:443" { ssl.engine = "enable" }',
		    '']]));
	},
	'Apache, certbot': async (server) => {
		await prepare(server);
		return apache(server, PROXY, settle(server,
		    'apache/tls-certbot.conf.in', places(server)) +
		    settle(server, 'apache/droid2api-proxy.conf.in'));
	},
	'nginx': async (server) => {
		await prepare(server);
		return nginx(server, 'nginx/tls.conf.in', [...places(server),
		    ['listen 80;', `listen 127.0.0.1:${server.httpPort};`],
		    ['listen [::]:80;', ''],
		    ['listen 443 ', `listen 127.0.0.1:${server.port} `],
		    ['listen [::]:443 ssl http2;', '']]);
	},
};

// Before it has a certificate it answers 503; it has one from a reload on.
export async function mdServer(server) {
	const own = certificate(server.folder);
	await prepare(server);
	const acme = await startAcme(server, own);
	const { ready } = server;
	server.tls = { ca: acme.issuer, servername: NAME };
	server.ready = async () => {
		await until(() => /activated on next \(graceful\)/.test(
		    server.allLogs()), `certificate:\n${server.log}`);
		server.reload();
		server.ready = ready;
		return server.ready();
	};
	return apache(server, [...PROXY, 'md'], `LogLevel md:notice
MDCertificateAuthority ${acme.directory}
MDCACertificateFile ${acme.trusted}
MDPortMap http:${server.httpPort} https:${server.port}
MDStoreDir ${server.folder}/var/md
` + settle(server, 'apache/tls-md.conf.in', [['/var/www/html',
	    `${server.folder}/www`]]) +
	    settle(server, 'apache/droid2api-proxy.conf.in'));
}
