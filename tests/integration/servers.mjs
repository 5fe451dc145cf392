// The web servers of the matrix, each started with the very files of conf/ around
// which stands as little as possible. All run as one ordinary user: www-data where
// the tests run as root.

import fs from 'node:fs';
import path from 'node:path';
import { execFileSync, spawn } from 'node:child_process';
import { MODELS, build, configuration, freePort, mayLook, processes, root,
    temporaryFolder, until, within } from './gateway.mjs';
import { ask } from './client.mjs';

export const BODY_MAX_MB = 24;

const modules = '/usr/lib/apache2/modules';

function ids() {
	if (process.getuid() !== 0)
		return {};
	const number = (flag) => Number(execFileSync('id', [flag, 'www-data']));
	return { uid: number('-u'), gid: number('-g') };
}

const WHO = ids();

// A file of conf/ as make install would lay it out, with this test's places in
// place of the machine's. Each [from, to] must occur.
export function settle(server, file, changes = []) {
	let text = fs.readFileSync(path.join(root, 'conf', file), 'utf8');
	const words = { libexecdir: server.folder, sysconfdir: `${server.folder}` +
	    '/etc', localstatedir: `${server.folder}/var`,
	    datadir: `${server.folder}/share` };

	text = text.replace(/@(\w+)@/g, (all, word) => words[word] ?? all)
	    .replaceAll('/run/lighttpd/', `${server.folder}/run/`)
	    .replaceAll('/run/droid2api/', `${server.folder}/run/`);
	for (const [from, to] of changes) {
		if (!text.includes(from))
			throw new Error(`${file} has no "${from}"`);
		text = text.replaceAll(from, to);
	}
	return text;
}

class Server {
	log = '';
	children = [];
	closing = [];		// what else ends with it
	base = '';		// of the gateway within the site

	constructor(upstream) {
		this.folder = temporaryFolder();
		for (const name of ['etc/droid2api', 'run', 'var/state', 'www',
		    'spool', 'logs'])
			fs.mkdirSync(path.join(this.folder, name),
			    { recursive: true });
		this.program = path.join(this.folder, 'droid2api.fcgi');
		this.configFile = path.join(this.folder,
		    'etc/droid2api/config.json');
		fs.copyFileSync(path.join(build, 'fcgi/droid2api.fcgi'),
		    this.program);
		this.write('etc/droid2api/config.json', JSON.stringify(
		    configuration(upstream, { body_max_mb: BODY_MAX_MB,
			keep_alive_s: 3, state_dir: `${this.folder}/var/state`,
			log_file: `${this.folder}/logs/gateway`,
			models: [...MODELS, { id: 'org/model', type: 'common',
			    provider: 'p', reasoning: 'auto' }] })));
		fs.cpSync(path.join(root, 'conf/lighttpd/errors'), path.join(
		    this.folder, 'share/droid2api/lighttpd/errors'),
		    { recursive: true });
		fs.chmodSync(this.folder, 0o755);
	}

	write(name, text, mode = 0o644) {
		fs.writeFileSync(path.join(this.folder, name), text, { mode });
	}

	// Before anything runs: what a child makes is its own.
	own() {
		if (WHO.uid !== undefined && this.children.length === 0)
			execFileSync('chown', ['-R', `${WHO.uid}:${WHO.gid}`,
			    this.folder]);
	}

	launch(program, args, more = {}) {
		this.own();
		const child = spawn(program, args, { ...WHO, cwd: this.folder,
			env: { PATH: process.env.PATH, LANG: 'C.UTF-8',
			    DROID2API_CONFIG: this.configFile, ...more },
			stdio: ['ignore', 'pipe', 'pipe'] });
		child.exited = new Promise((resolve) =>
			child.on('exit', resolve));
		for (const stream of [child.stdout, child.stderr])
			stream.setEncoding('utf8').on('data', (text) => {
				this.log += text;
			});
		this.children.push(child);
		return child;
	}

	// Responders of our own, as the systemd unit runs them.
	async launchResponders(address = `${this.folder}/run/droid2api.sock`) {
		const child = this.launch(this.program, ['--socket', address]);
		await until(() => descendants(child.pid).length, 'responder');
		return child;
	}

	async ready() {
		for (let i = 0; i < 1500; i++) {
			try {
				const { status } = await ask(this, { path:
					`${this.base}/health`, ms: 2000 });
				if (status === 200)
					return this;
			} catch {
				// not yet
			}
			if (this.main.exitCode !== null)
				break;
			await new Promise((resolve) => setTimeout(resolve, 40));
		}
		throw new Error('does not answer:\n' +
		    this.allLogs().slice(-2000));
	}

	allLogs() {
		return this.log + fs.readdirSync(path.join(this.folder, 'logs'))
		    .map((name) => fs.readFileSync(path.join(this.folder, 'logs',
		    name), 'utf8')).join('\n');
	}

	// Process ids of those who serve: the forked ones, not their parent.
	responders() {
		const names = new Map(processes().map((one) => [one.pid, one.name]));
		return this.children.flatMap((child) => descendants(child.pid))
		    .filter((pid) => /^droid2api\.f?cgi$/.test(names.get(pid)));
	}

	// Connections that the responders have open, but for the listener's; as far
	// as one may look.
	keptConnections() {
		return !mayLook ? 0 : this.responders().reduce((sum, pid) => sum +
		    openSockets(pid), 0);
	}

	reload() {
		this.main.kill(this.reloadSignal);
	}

	async stop() {
		for (const close of this.closing)
			close();
		for (const child of [...this.children].reverse()) {
			const below = descendants(child.pid);
			if (child.exitCode === null && !child.signalCode)
				child.kill('SIGTERM');
			await within(10000, child.exited, 'end').catch(() => {
				child.kill('SIGKILL');
			});
			for (const pid of below)
				try {
					process.kill(pid, 'SIGKILL');
				} catch {
					// gone, as it should be
				}
		}
		fs.rmSync(this.folder, { recursive: true, force: true });
	}
}

// Sockets of a process that has no exchange: its listener is one, another the
// log's or a pair.
const openSockets = (pid) => fs.readdirSync(`/proc/${pid}/fd`).filter((fd) => {
	try {
		return /^socket:/.test(fs.readlinkSync(`/proc/${pid}/fd/${fd}`));
	} catch {
		return false;
	}
}).length - 1;

export function descendants(pid) {
	const table = processes().filter((one) => one.state !== 'Z');
	const found = [];

	for (const todo = [pid]; todo.length;) {
		const parent = todo.pop();
		for (const one of table)
			if (one.parent === parent) {
				found.push(one.pid);
				todo.push(one.pid);
			}
	}
	return found;
}

// ---- lighttpd ---------------------------------------------------------------------

export async function lighttpd(server, file, changes = [], more = '') {
	server.write('etc/recipe.conf', more + settle(server, file, changes));
	// What Debian's own says, but for its five seconds.
	server.write('etc/lighttpd.conf', `
server.modules = ( "mod_indexfile", "mod_access", "mod_alias", "mod_redirect" )
server.feature-flags += ( "server.h2proto" => "enable",
    "server.graceful-shutdown-timeout" => 30 )
server.bind = "127.0.0.1"
server.port = ${server.httpPort ?? server.port}
server.document-root = "${server.folder}/www"
server.upload-dirs = ( "${server.folder}/spool" )
include "${server.folder}/etc/recipe.conf"
`);
	server.reloadSignal = 'SIGUSR1';
	server.main = server.launch('/usr/sbin/lighttpd', ['-D', '-f',
	    `${server.folder}/etc/lighttpd.conf`]);
	return server.ready();
}

const quietLighttpd = ['server.max-write-idle = 3600',
	'server.max-write-idle = 5'];

// ---- Apache -----------------------------------------------------------------------

const ALWAYS = ['mpm_event', 'authn_core', 'authz_core', 'alias', 'dir', 'env',
    'filter', 'mime', 'rewrite', 'setenvif'];

// What Debian's apache2.conf says as far as it matters here.
export async function apache(server, more, text) {
	const { folder } = server;
	const loads = [...ALWAYS, ...more].map((name) =>
		`LoadModule ${name}_module ${modules}/mod_${name}.so`);
	server.write('etc/mime.types', 'text/html html\n');
	server.write('etc/apache2.conf', `${loads.join('\n')}
ServerRoot "${folder}"
ServerName localhost
PidFile "${folder}/run/apache2.pid"
DefaultRuntimeDir "${folder}/run"
Mutex file:${folder}/run default
Suexec Off
ErrorLog "${folder}/logs/error"
TypesConfig "${folder}/etc/mime.types"
Timeout 300
${[server.httpPort, server.port].filter(Boolean).map((port) =>
    `Listen 127.0.0.1:${port}`).join('\n')}
<IfModule cgid_module>
	ScriptSock "${folder}/run/cgid"
</IfModule>
<IfModule fcgid_module>
	FcgidIPCDir "${folder}/run/fcgid"
	FcgidProcessTableFile "${folder}/run/fcgid.table"
</IfModule>
<Directory />
	Options FollowSymLinks
	AllowOverride None
	Require all denied
</Directory>
DocumentRoot "${folder}/www"
<Directory "${folder}/www">
	AllowOverride All
	Require all granted
</Directory>
${text.replaceAll('*:80', `*:${server.httpPort ?? server.port}`)
    .replaceAll('*:443', `*:${server.port}`)}
`);
	server.reloadSignal = 'SIGUSR1';
	server.main = server.launch('/usr/sbin/apache2', ['-DFOREGROUND', '-f',
	    `${folder}/etc/apache2.conf`]);
	return server.ready();
}

// ---- nginx ------------------------------------------------------------------------

export async function nginx(server, file, changes) {
	const { folder } = server;
	const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
	    .map((kind) => `${kind}_temp_path ${folder}/spool/${kind};`)
	    .join(' ');

	fs.mkdirSync(`${folder}/share/droid2api/nginx`);
	server.write('share/droid2api/nginx/locations.conf', settle(server,
	    'nginx/locations.conf.in', [['900s', '5s']]));
	server.write('etc/site.conf', settle(server, file, changes));
	fs.copyFileSync('/etc/nginx/fastcgi_params',
	    `${folder}/etc/fastcgi_params`);
	server.write('etc/nginx.conf', `daemon off;
pid ${folder}/run/nginx.pid; error_log ${folder}/logs/error;
events { worker_connections 256; }
http { access_log off; ${temporary} include ${folder}/etc/site.conf; }
`);
	server.reloadSignal = 'SIGHUP';
	server.main = server.launch('/usr/sbin/nginx', ['-p', folder, '-e',
	    `${folder}/logs/error`, '-c', `${folder}/etc/nginx.conf`]);
	return server.ready();
}

// The three hosts of conf/scale, and what stands for them there.
async function launchHosts(server) {
	server.hosts = [];
	for (let i = 0; i < 3; i++) {
		const address = `127.0.0.1:${await freePort()}`;
		server.hosts.push({ address,
			process: await server.launchResponders(address) });
	}
	return server.hosts.map(({ address }, i) =>
		[`10.0.0.${11 + i}:9000`, address]);
}

// What conf/shared-hosting has for an account, whose files are this server's.
function hosting(server, htaccess, script) {
	const conf = path.join(root, 'conf/shared-hosting');
	const home = path.join(server.folder, 'hosting');
	const place = (from, to, mode) => server.write(to, fs.readFileSync(
	    path.join(conf, from), 'utf8').replaceAll('/home/USER/droid2api',
	    home), mode);

	fs.mkdirSync(home);
	fs.symlinkSync(server.program, path.join(home, 'droid2api.fcgi'));
	fs.symlinkSync(server.configFile, path.join(home, 'config.json'));
	fs.symlinkSync(path.join(server.folder, 'var/state'),
	    path.join(home, 'state'));
	place('run', 'hosting/run', 0o755);
	place(`public_html/${htaccess}`, `www${server.base}/.htaccess`);
	place(`public_html/${script}`, `www${server.base}/${script}`, 0o755);
	server.write(`www${server.base}/config.json`, '{"secret":1}');
}

// ---- those of the matrix -----------------------------------------------------------

export const SERVERS = {
	'lighttpd pool': (server) => lighttpd(server, 'lighttpd/pool.conf.in',
	    [quietLighttpd]),
	'lighttpd external': async (server) => {
		await server.launchResponders();
		return lighttpd(server, 'lighttpd/external.conf.in',
		    [quietLighttpd]);
	},
	'lighttpd CGI': (server) => lighttpd(server, 'lighttpd/cgi.conf.in',
	    [quietLighttpd]),
	'mod_fcgid': (server) => apache(server, ['fcgid'], settle(server,
	    'apache/droid2api-fcgid.conf.in', [['FcgidIOTimeout 900',
	    'FcgidIOTimeout 5']])),
	'mod_proxy_fcgi': async (server) => {
		await server.launchResponders();
		return apache(server, ['proxy', 'proxy_fcgi'], settle(server,
		    'apache/droid2api-proxy.conf.in', [['timeout=900',
		    'timeout=5']]));
	},
	'Apache .htaccess CGI': (server) => {
		hosting(server, 'cgi.htaccess', 'droid2api.cgi');
		return apache(server, ['cgid'], 'Timeout 5\n');
	},
	'nginx': async (server) => {
		await server.launchResponders();
		return nginx(server, 'nginx/droid2api.conf.in',
		    [['listen 80;', `listen 127.0.0.1:${server.port};`],
		    ['/var/www/html', `${server.folder}/www`]]);
	},
	'nginx, several hosts': async (server) => {
		const hosts = await launchHosts(server);
		return nginx(server, 'scale/nginx.conf.in', [...hosts,
		    ['listen 80;', `listen 127.0.0.1:${server.port};`]]);
	},
	'mod_proxy_balancer': async (server) => apache(server, ['proxy',
	    'proxy_fcgi', 'proxy_balancer', 'slotmem_shm',
	    'lbmethod_bybusyness'], settle(server, 'scale/apache.conf',
	    [...await launchHosts(server), ['timeout=900', 'timeout=5']])),
	'HAProxy': async (server) => {
		const hosts = await launchHosts(server);
		server.write('etc/haproxy.cfg', settle(server, 'scale/haproxy.cfg',
		    [...hosts, ['bind :80', `bind 127.0.0.1:${server.port}`],
		    ['timeout server 900s', 'timeout server 5s']]));
		server.reloadSignal = 'SIGUSR2';
		server.main = server.launch('/usr/sbin/haproxy', ['-W', '-f',
		    `${server.folder}/etc/haproxy.cfg`]);
		return server.ready();
	},
};

// As conf/shared-hosting/README.md says: a folder of the account's site, with the
// base_path that the configuration there has for it.
function sharedHosting(server, htaccess, script) {
	const shipped = fs.readFileSync(path.join(root,
	    'conf/shared-hosting/config.json'), 'utf8');
	const config = JSON.parse(fs.readFileSync(server.configFile));

	[, server.base] = /"base_path": "(\/[^"]+)"/.exec(shipped);
	server.write('etc/droid2api/config.json', JSON.stringify({ ...config,
		base_path: server.base }));
	fs.mkdirSync(`${server.folder}/www${server.base}`);
	hosting(server, htaccess, script);
	server.write('www/index.html', HOME);
}

// Debian's Apache has one, too.
export const HOME = '<html>a home page of the site\'s own</html>\n';

// Other files of conf/ that are only started and asked.
export const OTHERS = {
	'apache/site-fcgid.conf.in': (server) => {
		server.write('www/index.html', HOME);
		return apache(server, ['fcgid'], settle(server,
		    'apache/site-fcgid.conf.in', [['/var/www/html',
		    `${server.folder}/www`]]));
	},
	'apache/site-proxy.conf.in': async (server) => {
		server.write('www/index.html', HOME);
		await server.launchResponders();
		return apache(server, ['proxy', 'proxy_fcgi'], settle(server,
		    'apache/site-proxy.conf.in', [['/var/www/html',
		    `${server.folder}/www`]]));
	},
	'shared-hosting/public_html/droid2api.cgi': (server) => {
		sharedHosting(server, 'cgi.htaccess', 'droid2api.cgi');
		return apache(server, ['cgid'], '');
	},
	'shared-hosting/public_html/fcgid.htaccess': (server) => {
		sharedHosting(server, 'fcgid.htaccess', 'droid2api.fcgi');
		return apache(server, ['fcgid'], '');
	},
};

export async function startServer(start, upstream) {
	const server = new Server(upstream);
	server.port = await freePort();
	try {
		return await start(server);
	} catch (error) {
		await server.stop();
		throw error;
	}
}
