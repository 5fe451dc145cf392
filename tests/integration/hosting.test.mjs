// Shared hosting: the steps of conf/shared-hosting/README.md, word by word, by a user
// who has an archive, a home folder and a shell, on a host whose Apache runs programs
// by suexec and whose certificates are where Red Hat has them. The host is this
// machine in a mount namespace: with an /etc and a /home of its own.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import tls from 'node:tls';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { text as textOf } from 'node:stream/consumers';
import { after, afterEach, before, beforeEach, describe, test }
    from 'node:test';
import { startUpstream } from '../upstream/upstream.mjs';
import { WorkOS } from '../upstream/workos.mjs';
import { PATIENCE_MS, build, certificate, freePort, root, temporaryFolder,
    until, within } from './gateway.mjs';
import { ask } from './client.mjs';
import { LANES } from './samples.mjs';

const modules = '/usr/lib/apache2/modules';
const UID = 4711;
const HOME = '/home/alice';
const page = fs.readFileSync(path.join(root, 'conf/shared-hosting/README.md'),
    'utf8');

// The page's blocks of commands, each found by a word in it.
const blocks = [...page.matchAll(/^ *```(?:sh|cron)\n([^]*?)^ *```/gm)].map(
    ([, lines]) => lines.replace(/^ +/gm, ''));
const block = (word) => {
	const found = blocks.filter((one) => one.includes(word));
	assert.equal(found.length, 1, `blocks with ${word}`);
	return found[0];
};

const CANNOT = process.getuid() !== 0 ? 'suexec takes root to set up' :
    !fs.existsSync('/usr/lib/apache2/suexec-custom') ?
    'no apache2-suexec-custom' :
    spawnSync('unshare', ['--mount', 'true']).status !== 0 ?
    'no namespace for mounts can be had here' : false;

const HOST = `
umask 022
cp -a /etc etc
echo alice:x:${UID}:${UID}::${HOME}:/bin/sh >>etc/passwd
echo alice:x:${UID}: >>etc/group
printf '/home\\npublic_html\\n' >etc/apache2/suexec/www-data
rm -rf etc/ssl/certs etc/pki
mkdir -p etc/ssl/certs etc/pki/tls/certs home log run
install -m 644 cert.pem etc/pki/tls/certs/ca-bundle.crt
mount --bind etc /etc
mount --bind home /home
mount --bind log /var/log/apache2
mkdir -m 711 ${HOME}
mkdir -m 755 ${HOME}/public_html
chown -R ${UID}:${UID} ${HOME}
echo ready
exec cat
`;

class Host {
	log = '';
	children = [];

	async start() {
		this.folder = temporaryFolder();
		fs.chmodSync(this.folder, 0o755);
		this.pair = certificate(this.folder);
		this.holder = spawn('unshare', ['--mount', 'sh', '-euc', HOST],
		    { cwd: this.folder, stdio: ['pipe', 'pipe', 'pipe'] });
		this.#follow(this.holder);
		await until(() => this.log.includes('ready'), 'host').catch(() => {
			throw new Error(`no host: ${this.log}`);
		});
		return this;
	}

	#follow(child) {
		for (const stream of [child.stdout, child.stderr])
			stream.setEncoding('utf8').on('data', (text) => {
				this.log += text;
			});
		child.exited = new Promise((resolve) => child.on('exit', resolve));
		this.children.push(child);
		return child;
	}

	inside(...words) {
		return spawn('nsenter', ['-t', String(this.holder.pid), '-m', '--',
		    ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
	}

	// What the user types, with the umask that Red Hat's users have.
	type(text, more = ['PATH=/usr/local/bin:/usr/bin:/bin']) {
		return this.inside('setpriv', `--reuid=${UID}`, `--regid=${UID}`,
		    '--clear-groups', 'env', '-i', `HOME=${HOME}`, 'LOGNAME=alice',
		    ...more, 'sh', '-c', `cd; umask 002; set -e\n${text}`);
	}

	async typed(text, more) {
		const child = this.type(text, more);
		const exited = new Promise((resolve) => child.on('exit', resolve));
		const [out, errors, code] = await within(PATIENCE_MS, Promise.all([
		    textOf(child.stdout), textOf(child.stderr), exited]), text);
		return { code, out: out + errors };
	}

	async must(text, more) {
		const { code, out } = await this.typed(text, more);
		assert.equal(code, 0, `${text}\n${out}`);
		return out;
	}

	// As cron does it.
	cron(line) {
		const [, command] = /^(?:\S+ ){5}(.*)\n$/.exec(line);
		return this.must(command, ['SHELL=/bin/sh', 'PATH=/usr/bin:/bin']);
	}

	// By the editor.
	edit(file, change) {
		const place = path.join(this.folder, HOME, file);
		const text = fs.existsSync(place) ?
		    fs.readFileSync(place, 'utf8') : '';
		const changed = change(text);
		assert.notEqual(changed, text, file);
		fs.writeFileSync(place, changed, { mode: 0o600 });
		fs.chownSync(place, UID, UID);
	}

	// By the panel's file manager: an archive's files, a folder, a copy, a mode.
	manage(...words) {
		const done = spawnSync('setpriv', [`--reuid=${UID}`,
			`--regid=${UID}`, '--clear-groups', ...words],
		    { cwd: path.join(this.folder, HOME), encoding: 'utf8' });
		assert.equal(done.status, 0, `${words}\n${done.stderr}`);
	}

	async apache(kind) {
		const { folder } = this;
		this.port = await freePort();
		fs.writeFileSync(path.join(folder, 'apache2.conf'), `
${['mpm_event', 'authz_core', 'authn_core', 'dir', 'env', 'mime', 'rewrite',
    'setenvif', 'suexec', kind].map((name) =>
	`LoadModule ${name}_module ${modules}/mod_${name}.so`).join('\n')}
User www-data
Group www-data
SuexecUserGroup alice alice
ServerName example.org
Listen 127.0.0.1:${this.port}
PidFile ${folder}/run/pid
DefaultRuntimeDir ${folder}/run
ErrorLog ${folder}/log/error
TypesConfig /etc/mime.types
Mutex pthread default
<IfModule cgid_module>
	ScriptSock ${folder}/run/cgid
</IfModule>
<IfModule fcgid_module>
	FcgidIPCDir ${folder}/run/fcgid
	FcgidProcessTableFile ${folder}/run/fcgid.table
</IfModule>
<Directory />
	AllowOverride None
	Require all denied
</Directory>
DocumentRoot ${HOME}/public_html
<Directory ${HOME}/public_html>
	AllowOverride All
	Require all granted
</Directory>
`);
		this.#follow(this.inside('/usr/sbin/apache2', '-DFOREGROUND', '-f',
		    `${folder}/apache2.conf`));
		await until(() => new Promise((resolve) => net.connect(this.port,
		    '127.0.0.1').on('connect', function () {
			this.destroy();
			resolve(true);
		}).on('error', () => resolve(false))), 'Apache');
	}

	logs() {
		return this.log + fs.readdirSync(path.join(this.folder, 'log'))
		    .map((name) => fs.readFileSync(path.join(this.folder, 'log',
		    name), 'utf8')).join('\n');
	}

	async stop() {
		for (const child of this.children.reverse()) {
			if (child === this.holder)
				child.stdin.end();
			else
				child.kill('SIGTERM');
			await within(PATIENCE_MS, child.exited, 'end').catch(() =>
				child.kill('SIGKILL'));
		}
		fs.rmSync(this.folder, { recursive: true, force: true });
	}
}

// The archive that conf/static/build.sh made, or one of the same kind of what was
// built to be tested.
function putArchive(host, name = 'droid2api-0-x86_64.tar.gz') {
	const place = path.join(host.folder, HOME);
	const made = process.env.DROID2API_ARCHIVE;

	if (made) {
		fs.copyFileSync(made, path.join(place, name));
		return;
	}
	const folder = path.join(host.folder, 'droid2api');
	fs.cpSync(path.join(root, 'conf/shared-hosting'), folder,
	    { recursive: true });
	for (const file of ['fcgi/droid2api.fcgi', 'tokend/tokend'])
		fs.copyFileSync(path.join(build, file),
		    path.join(folder, path.basename(file)));
	execFileSync('tar', ['-C', host.folder, '--owner=0', '--group=0', '-czf',
	    path.join(place, name), 'droid2api']);
}

describe('shared hosting, step by step', { skip: CANNOT }, () => {
	let upstream, workos, host, front;

	before(async () => {
		upstream = await startUpstream();
	});
	after(() => upstream?.stop());
	beforeEach(async () => {
		upstream.reset();
		workos = await new WorkOS().start();
		host = await new Host().start();
		// The upstream, as one that is trusted by the host's bundle alone.
		front = tls.createServer(host.pair, (socket) => {
			const on = net.connect(Number(new URL(upstream.url).port),
			    '127.0.0.1');
			socket.on('error', () => on.destroy()).pipe(on)
			    .on('error', () => socket.destroy()).pipe(socket);
		});
		await new Promise((resolve) =>
			front.listen(0, '127.0.0.1', resolve));
	});
	afterEach(async () => {
		await host?.stop();
		front?.close();
		await workos?.stop();
	});

	// Steps 1 and 2. Returns the client's key.
	async function unpack() {
		putArchive(host);
		await host.must(block('chmod 700'));
		const [, key, entry] = /\t(\S+)\n[^]*\t(\{.*\})\n/.exec(
		    await host.must(block('--new-key')));
		configure(entry);
		return key;
	}

	function configure(entry) {
		host.edit('droid2api/config.json', (text) => text
		    .replace(/"sha256:0{64}"/, entry)
		    .replaceAll('https://api.factory.ai',
		    `https://localhost:${front.address().port}`)
		    .replace('{', `{ "user_agent_url": "", "limits_url": "",
			"auth": { "token_url": "${workos.tokenUrl}",
			"device_url": "${workos.deviceUrl}" },`));
	}

	// Steps 1 to 3 by a panel, with the words and modes that stand there.
	function unpackByPanel() {
		const key = 'a-key-of-my-own-0123456789';
		const folder = 'public_html/llm';
		const script = `${folder}/droid2api.cgi`;
		putArchive(host);
		host.manage('tar', '-xzf', 'droid2api-0-x86_64.tar.gz');
		host.manage('chmod', '700', 'droid2api');
		const [, words] = /itself may stand there: `("client_keys": .*)`/
		    .exec(page);
		assert.equal(words, '"client_keys": ["KEY"]');
		configure(`"${key}"`);
		host.manage('mkdir', '-m', '755', folder);
		host.manage('cp', 'droid2api/public_html/droid2api.cgi', script);
		host.manage('cp', 'droid2api/public_html/cgi.htaccess',
		    `${folder}/.htaccess`);
		host.edit(script, (text) => text.replaceAll('/home/USER', HOME));
		host.manage('chmod', '755', script);
		return key;
	}

	// Step 5.
	async function check() {
		for (const line of block('/llm/health').trimEnd().split('\n')) {
			const out = await host.must(line.replace('curl ', 'curl -s ')
			    .replace('https://example.org',
			    `http://127.0.0.1:${host.port}`));
			if (!line.includes(' -I '))
				assert.match(out, /"status"/, host.logs());
			else
				assert.ok(line.split('#')[1].includes(
				    / (\d+) /.exec(out)[1]), `${line}\n${out}`);
		}
	}

	const chat = (key) => ask(host, { key, path: `/llm${LANES.chat.path}`,
	    body: LANES.chat.body() });

	async function serves(key, credential) {
		const answer = await chat(key);
		assert.equal(answer.status, 200, answer.text + host.logs());
		assert.match(answer.text, /"choices"/);
		assert.match(upstream.last.headers.authorization, credential);
		assert.equal(upstream.last.problem, undefined);
		assert.equal((await chat('not-the-key')).status, 401);
		assert.equal(fs.statSync(path.join(host.folder, HOME,
		    'droid2api/state')).uid, UID);
	}

	test('plain CGI, with a login', async () => {
		const key = await unpack();
		await host.must(block('cgi.htaccess'));
		await host.apache('cgid');
		await check();
		const login = host.type(block('--login'));
		let said = '';
		for (const stream of [login.stdout, login.stderr])
			stream.on('data', (bytes) => { said += bytes; });
		const ended = new Promise((resolve) => login.on('close', resolve));
		await until(() => said.includes('Waiting'), 'the code');
		workos.decide('user_a');
		assert.equal(await within(PATIENCE_MS, ended, 'end'), 0, said);
		await host.cron(block('17 * * * *'));
		await serves(key, /^Bearer ey/);
	});

	test('plain CGI, without a shell: refresh.key and cron', async () => {
		const key = unpackByPanel();
		host.edit('droid2api/refresh.key', () => workos.seed('user_b'));
		await host.apache('cgid');
		await host.cron(block('17 * * * *'));
		await serves(key, /^Bearer ey/);
	});

	test('mod_fcgid, with a key', { skip: !fs.existsSync(
	    `${modules}/mod_fcgid.so`) && 'no mod_fcgid' }, async () => {
		const key = await unpack();
		await host.must(block('fcgid.htaccess'));
		host.edit('droid2api/factory.key', () => 'fk-of-alice\n');
		await host.apache('fcgid');
		await check();
		await serves(key, /^Bearer fk-of-alice$/);
		// A newer version, with the first archive still there.
		putArchive(host, 'droid2api-9.9.9-x86_64.tar.gz');
		await host.must(block('--exclude=droid2api/config.json'));
		await serves(key, /^Bearer fk-of-alice$/);
	});
});

test('the models of shared hosting are the shipped ones', () => {
	const read = (file) => JSON.parse(fs.readFileSync(path.join(root, file),
	    'utf8').replace(/^\s*\/\/.*$/gm, ''));
	const [shipped, hosted] = ['conf/config.json',
	    'conf/shared-hosting/config.json'].map(read);
	for (const key of ['models', 'model_redirects', 'endpoint'])
		assert.deepEqual(hosted[key], shipped[key], key);
});
