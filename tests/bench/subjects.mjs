// What is measured: the servers of the bench, each with its processes, all on
// loopback, all with their files in one folder.

import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import * as configurations from './configurations.mjs';

export const DIRECT = 'direct';
export const NGINX = 'nginx';
export const GATEWAY = 'gateway behind lighttpd';
export const GATEWAY_FASTCGI = 'gateway by FastCGI';
export const GATEWAY_NGINX = 'gateway behind nginx, kept';
export const BARE = 'bare behind lighttpd';
export const BARE_KEPT = 'bare behind nginx, kept';
export const BARE_STREAMS = 'bare, streams, behind lighttpd';
export const FRONT = 'direct to the front';
export const NGINX_TLS = 'nginx to TLS';
// The shape's parts, each with and without a web server.
export const PARTS = ['constant behind lighttpd', 'constant by FastCGI',
	'socket behind lighttpd', 'socket by FastCGI', BARE, 'bare by FastCGI',
	'bare behind nginx', 'constant behind nginx, kept',
	'socket behind nginx, kept', BARE_KEPT];

const PORTS = ['upstream', 'front', 'http1', 'http2', 'proxy', 'proxyTls', 'nginx',
	'nginxBare', 'nginxKept', 'nginxSocket', 'nginxConstant', 'gateway',
	'bare', 'socket', 'constant', 'streams'];
// The bare responders: [threads, mode]. One that keeps connections needs a
// thread for each that nginx may keep.
const BARES = { bare: [64], socket: [64, '-u', 'socket'],
	constant: [64, '-u', 'none'], kept: [160],
	keptSocket: [160, '-u', 'socket'], keptConstant: [160, '-u', 'none'],
	streams: [1100, '-f'] };

async function freePorts(names) {
	const servers = await Promise.all(names.map(() => new Promise((resolve) => {
		const server = net.createServer();
		server.listen(0, '127.0.0.1', () => resolve(server));
	})));
	const ports = servers.map((server) => server.address().port);
	await Promise.all(servers.map((server) => new Promise((resolve) =>
		server.close(resolve))));
	return Object.fromEntries(names.map((name, i) => [name, ports[i]]));
}

async function answers(where) {
	for (let i = 0; i < 200; i++) {
		const open = await new Promise((resolve) => {
			const socket = net.connect(where);
			socket.on('connect', () => resolve(true) || socket.destroy());
			socket.on('error', () => resolve(false));
		});
		if (open)
			return;
		await sleep(50);
	}
	throw new Error(`nothing answers on ${JSON.stringify(where)}`);
}

function family(pid) {
	const children = fs.readFileSync(`/proc/${pid}/task/${pid}/children`,
	    'utf8').trim().split(/\s+/).filter(Boolean).map(Number);
	return [pid, ...children.flatMap(family)];
}

export class Bench {
	#children = {};		// by name, the last of each

	constructor(build) {
		this.build = build;
		this.folder = fs.mkdtempSync(path.join(os.tmpdir(),
		    'droid2api-bench-'));
		fs.chmodSync(this.folder, 0o755);
		this.environment = { PATH: process.env.PATH, HOME: this.folder,
			DROID2API_STATE: `${this.folder}/state`,
			FACTORY_API_KEY: 'fk-bench' };
		fs.mkdirSync(this.environment.DROID2API_STATE);
		this.program = path.join(build, 'fcgi/droid2api.fcgi');
		this.handshakes = path.join(this.folder, 'handshakes.log');
	}

	#start(name, program, args) {
		const child = spawn(program, args, { env: this.environment,
			cwd: this.folder, stdio: ['ignore', 'inherit', 'inherit'] });
		this.#children[name] = child;
	}

	#write(name, text) {
		const file = path.join(this.folder, name);
		fs.writeFileSync(file, text);
		return file;
	}

	#nginx(name, text) {
		this.#start(name, 'nginx', ['-e', `${this.folder}/${name}.log`,
			'-c', this.#write(`${name}.conf`, text)]);
	}

	#lighttpd(name) {
		const label = `lighttpd-${name}`;
		this.#start(label, 'lighttpd', ['-D', '-f', this.#write(
		    `${label}.conf`, configurations.lighttpd(this.folder, label,
			this.ports[name], this.#socket(name)))]);
	}

	#socket(name) {
		return `${this.folder}/${name}.sock`;
	}

	// Until it answers there; web servers run as another user.
	async #listens(name) {
		await answers({ path: this.#socket(name) });
		if (process.getuid() === 0)
			fs.chmodSync(this.#socket(name), 0o666);
	}

	async #startGateway() {
		this.#start('gateway', this.program, ['--config',
			path.join(this.folder, 'config.json'), '--socket',
			this.#socket('gateway')]);
		await this.#listens('gateway');
	}

	// Its processes fresh, their memory what it is before the first call.
	async restartGateway() {
		const child = this.#children.gateway;
		const ended = new Promise((resolve) => child.on('exit', resolve));
		child.kill('SIGTERM');
		await ended;
		await this.#startGateway();
		await sleep(200);
	}

	async #responders() {
		const { folder, ports } = this;

		this.lone = this.#write('lone.json', configurations.gateway(folder,
		    ports, 1));
		this.#write('config.json', configurations.gateway(folder, ports, 2));
		for (const [name, [threads, ...mode]] of Object.entries(BARES))
			this.#start(name, `${this.build}/bare`, [...mode,
				this.#socket(name), threads,
				`http://127.0.0.1:${ports.upstream}/messages`]);
		await Promise.all([this.#startGateway(), ...Object.keys(BARES).map(
		    (name) => this.#listens(name))]);
	}

	async open() {
		const { folder } = this;
		const ports = this.ports = await freePorts(PORTS);

		configurations.certificate(folder);
		this.#start('upstream', `${this.build}/upstream`, [ports.upstream]);
		this.#nginx('secure', configurations.secure(folder, ports));
		await this.#responders();
		this.#nginx('proxy', configurations.proxy(folder, ports.proxy,
		    ports.upstream));
		this.#nginx('proxy-tls', configurations.proxyTls(folder,
		    ports.proxyTls, ports.http1));
		this.#nginx('fronts', configurations.fastcgi(folder, 'fronts', {
			[ports.nginx]: [this.#socket('gateway'), true],
			[ports.nginxBare]: [this.#socket('bare'), false],
			[ports.nginxKept]: [this.#socket('kept'), true],
			[ports.nginxSocket]: [this.#socket('keptSocket'), true],
			[ports.nginxConstant]: [this.#socket('keptConstant'),
			    true] }));
		for (const name of ['gateway', 'bare', 'socket', 'constant',
			'streams'])
			this.#lighttpd(name);
		await Promise.all(Object.values(ports).map((port) => answers({
			port, host: '127.0.0.1' })));
		this.subjects = this.#subjects();
		this.gateway = () => family(this.#children.gateway.pid).slice(1);
	}

	// {where, web and responder: the processes, fastcgi: spoken to it, paths:
	// it is asked by the upstream's}
	#subjects() {
		const { ports } = this;
		const result = {
			[DIRECT]: { where: ports.upstream, paths: true },
			[NGINX]: { where: ports.proxy, web: 'proxy', paths: true },
			[FRONT]: { where: ports.front, paths: true },
			[NGINX_TLS]: { where: ports.proxyTls, web: 'proxy-tls',
			    paths: true },
			[BARE_STREAMS]: { where: ports.streams, paths: true,
			    web: 'lighttpd-streams', responder: 'streams' },
			[GATEWAY_NGINX]: { where: ports.nginx, web: 'fronts',
			    responder: 'gateway' },
			'bare behind nginx': { where: ports.nginxBare,
			    web: 'fronts', responder: 'bare' },
			[BARE_KEPT]: { where: ports.nginxKept,
			    web: 'fronts', responder: 'kept' },
			'socket behind nginx, kept': { where: ports.nginxSocket,
			    web: 'fronts', responder: 'keptSocket' },
			'constant behind nginx, kept': { web: 'fronts',
			    where: ports.nginxConstant,
			    responder: 'keptConstant' },
		};
		for (const name of ['gateway', 'bare', 'socket', 'constant']) {
			result[`${name} behind lighttpd`] = { where: ports[name],
				web: `lighttpd-${name}`, responder: name };
			result[`${name} by FastCGI`] = {
				where: this.#socket(name), responder: name,
				fastcgi: true };
		}
		return result;
	}

	// Process ids of a subject, all generations.
	pids(name) {
		const { web, responder } = this.subjects[name];
		const of = (child) => child === undefined ? []
		    : family(this.#children[child].pid);
		return { web: of(web), responder: of(responder) };
	}

	async close() {
		const children = Object.values(this.#children);
		for (const child of children)
			child.kill('SIGTERM');
		await Promise.race([sleep(3000), Promise.all(children.map(
		    (child) => child.exitCode !== null || child.signalCode ||
			new Promise((resolve) => child.on('exit', resolve))))]);
		for (const child of children)
			child.kill('SIGKILL');
		fs.rmSync(this.folder, { recursive: true, force: true });
	}
}
