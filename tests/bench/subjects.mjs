// What is measured: the servers of the bench, each with its processes, all on
// loopback, all with their files in one folder.

import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

export const EVENTS = 64;
export const LONG = 320;	// events of the long stream, 2 ms apart
const DIALECTS = { messages: 'anthropic', chat: 'common',
	responses: 'openai', generate: 'google' };

function freePort() {
	return new Promise((resolve) => {
		const server = net.createServer();
		server.listen(0, '127.0.0.1', () => {
			const { port } = server.address();
			server.close(() => resolve(port));
		});
	});
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

const nginxConf = (folder, name, server) => `
worker_processes 2;
worker_rlimit_nofile 16384;
pid ${folder}/${name}.pid;
error_log ${folder}/${name}.log error;
daemon off;
events { worker_connections 8192; }
http {
	access_log off;
	keepalive_requests 1000000;
	client_max_body_size 100m;
	client_body_buffer_size 128k;
	client_body_temp_path ${folder}/${name}-body;
	proxy_temp_path ${folder}/${name}-proxy;
	fastcgi_temp_path ${folder}/${name}-fastcgi;
	uwsgi_temp_path ${folder}/${name}-uwsgi;
	scgi_temp_path ${folder}/${name}-scgi;
	${server}
}`;

const lighttpdConf = (folder, name, port, socket) => `
server.modules = ( "mod_fastcgi" )
server.port = ${port}
server.bind = "127.0.0.1"
server.document-root = "${folder}"
server.errorlog = "${folder}/${name}.log"
server.upload-dirs = ( "${folder}" )
server.max-request-size = 102400
server.max-keep-alive-requests = 1000000000
server.stream-response-body = 2
server.listen-backlog = 4096
server.max-fds = 16384
server.max-connections = 4096
fastcgi.server = ( "/" => (( "socket" => "${socket}",
	"check-local" => "disable", "tcp-fin-propagate" => "enable" )))
`;

// One endpoint and model for each dialect ("chat", "chat-stream"), one with a
// policy ("edit"), one with a long stream ("long").
function gatewayConfig(folder, upstream, long, processes) {
	const at = (port, place) => `http://127.0.0.1:${port}/${place}`;
	const plain = { profile: 'plain', auth: 'none' };
	const endpoint = [
		{ name: 'edit', type: 'anthropic', profile: 'factory',
		    base_url: at(upstream, 'messages') },
		{ name: 'long', type: 'anthropic', ...plain,
		    base_url: at(long, 'stream/messages') },
	];

	for (const [name, type] of Object.entries(DIALECTS)) {
		endpoint.push({ name, type, ...plain,
			base_url: at(upstream, name) });
		endpoint.push({ name: `${name}-stream`, type, ...plain,
			base_url: at(upstream, `stream/${name}`) });
	}
	return JSON.stringify({ processes, workers: 1200, access: 'open',
		user_agent_url: '', body_max_mb: 100,
		log_file: `${folder}/gateway.log`,
		system_prompt: 'You are Droid, an AI software engineering agent.',
		endpoint, models: endpoint.map(({ name, type }) => ({ id: name,
		    type, endpoint: name,
		    reasoning: name === 'edit' ? 'high' : 'auto' })) });
}

export class Bench {
	#children = [];

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
	}

	start(program, args) {
		const child = spawn(program, args, { env: this.environment,
			cwd: this.folder, stdio: ['ignore', 'inherit', 'inherit'] });
		this.#children.push(child);
		return child;
	}

	write(name, text) {
		const file = path.join(this.folder, name);
		fs.writeFileSync(file, text);
		return file;
	}

	async #nginx(name, server) {
		const file = this.write(`${name}.conf`, nginxConf(this.folder,
		    name, server));
		return this.start('nginx', ['-e', `${this.folder}/${name}.log`,
			'-c', file]);
	}

	// Responders and web servers; gateway and bare each serve three ways.
	async open() {
		const { folder } = this;
		const [upstream, long, proxy, fronted, lighty, lightyBare] =
			await Promise.all(Array.from({ length: 6 }, freePort));
		const gateway = `${folder}/gateway.sock`;
		const bare = `${folder}/bare.sock`;

		this.upstreamPort = upstream;
		this.start(`${this.build}/upstream`, [upstream, EVENTS, 20]);
		this.start(`${this.build}/upstream`, [long, LONG, 2]);
		const run = { gateway: this.start(this.program, ['--config',
			this.write('config.json', gatewayConfig(folder, upstream,
			long, 2)), '--socket', gateway]) };
		this.lone = this.write('lone.json', gatewayConfig(folder, upstream,
		    long, 1));
		run.bare = this.start(`${this.build}/bare`, [bare, '64',
			`http://127.0.0.1:${upstream}/messages`]);
		run.proxy = await this.#nginx('proxy', `
	upstream u { server 127.0.0.1:${upstream}; keepalive 1024;
		keepalive_requests 1000000; }
	server { listen 127.0.0.1:${proxy} backlog=4096; location / {
		proxy_pass http://u;
		proxy_http_version 1.1;
		proxy_set_header Connection "";
		proxy_buffering off;
		proxy_request_buffering off;
	} }`);
		run.fronted = await this.#nginx('fronted', `
	server { listen 127.0.0.1:${fronted} backlog=4096; location / {
		include /etc/nginx/fastcgi_params;
		fastcgi_pass unix:${gateway};
		fastcgi_buffering off;
		fastcgi_request_buffering off;
	} }`);
		const lighttpd = (name, port, socket) => this.start('lighttpd',
		    ['-D', '-f', this.write(`${name}.conf`, lighttpdConf(folder,
			name, port, socket))]);
		run.lighty = lighttpd('lighty', lighty, gateway);
		run.lightyBare = lighttpd('lighty-bare', lightyBare, bare);
		await Promise.all([upstream, long, proxy, fronted, lighty,
			lightyBare].map((port) => answers({ port,
			host: '127.0.0.1' })));
		await Promise.all([gateway, bare].map((one) => answers({
			path: one })));
		if (process.getuid() === 0)
			for (const socket of [gateway, bare])
				fs.chmodSync(socket, 0o666);
		this.subjects = {
			direct: { where: upstream, of: [], http: true },
			nginx: { where: proxy, of: [run.proxy], http: true },
			'bare behind lighttpd': { where: lightyBare,
			    of: [run.lightyBare, run.bare] },
			'gateway behind lighttpd': { where: lighty,
			    of: [run.lighty, run.gateway] },
			'gateway behind nginx': { where: fronted,
			    of: [run.fronted, run.gateway] },
			'bare by FastCGI': { where: bare, of: [run.bare],
			    fastcgi: true },
			'gateway by FastCGI': { where: gateway,
			    of: [run.gateway], fastcgi: true },
		};
		this.gateway = () => family(run.gateway.pid).slice(1);
	}

	// Process ids of a subject, all generations.
	pids(name) {
		return this.subjects[name].of.flatMap((child) =>
			family(child.pid));
	}

	async close() {
		for (const child of this.#children)
			child.kill('SIGTERM');
		await Promise.race([sleep(3000), Promise.all(this.#children.map(
		    (child) => child.exitCode !== null || child.signalCode ||
			new Promise((resolve) => child.on('exit', resolve))))]);
		for (const child of this.#children)
			child.kill('SIGKILL');
		fs.rmSync(this.folder, { recursive: true, force: true });
	}
}
