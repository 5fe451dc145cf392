// tokend for a test: with a state folder, a home and a WorkOS of its own.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { spawn } from 'node:child_process';
import { PATIENCE_MS, build, until, within } from './gateway.mjs';

export const program = path.join(build, 'tokend/tokend');

// A memory disk spares the many fsyncs their seconds.
const temporary = () => {
	try {
		fs.accessSync('/dev/shm', fs.constants.W_OK);
		return '/dev/shm';
	} catch {
		return os.tmpdir();
	}
};

export class Place {
	constructor(workos, more = {}) {
		this.workos = workos;
		this.folder = fs.mkdtempSync(path.join(temporary(), 'tokend-'));
		this.state = path.join(this.folder, 'state');
		this.home = path.join(this.folder, 'home');
		fs.mkdirSync(this.home);
		this.configFile = path.join(this.folder, 'config.json');
		this.configure(more);
		this.running = new Set();
		this.log = '';
	}

	configure(more) {
		fs.writeFileSync(this.configFile, JSON.stringify({
			user_agent_url: '',
			limits_url: '',
			auth: { token_url: this.workos.tokenUrl,
				device_url: this.workos.deviceUrl },
			endpoint: [{ name: 'openai',
				base_url: 'http://127.0.0.1:9/v1/responses' }],
			models: [{ id: 'm', type: 'openai' }],
			...more,
		}));
	}

	get tokenFile() { return path.join(this.state, 'token/token.json'); }
	get storeFile() { return path.join(this.state, 'login/store.json'); }
	get socket() { return path.join(this.state, 'token/tokend.sock'); }
	get authFile() { return path.join(this.home, '.factory/auth.json'); }

	environment(env = {}) {
		return { PATH: process.env.PATH, HOME: this.home, TZ: 'UTC',
			DROID2API_STATE: this.state,
			ASAN_OPTIONS: process.env.ASAN_OPTIONS ?? '',
			UBSAN_OPTIONS: process.env.UBSAN_OPTIONS ?? '', ...env };
	}

	// Starts it; the result has output, exited ({code, signal}), logged().
	start(args = [], env = {}, command = [program]) {
		const child = spawn(command[0], [...command.slice(1), '--config',
			this.configFile, ...args], {
			env: this.environment(env), cwd: this.folder,
			stdio: ['ignore', 'pipe', 'pipe'] });
		const run = { child, pid: child.pid, output: '', looks: [] };
		for (const stream of [child.stdout, child.stderr])
			stream.setEncoding('utf8').on('data', (text) => {
				run.output += text;
				this.log += text;
				for (const look of [...run.looks])
					look();
			});
		// One that does not end is ended; its test sees the signal.
		const late = setTimeout(() => child.kill('SIGKILL'),
		    2 * PATIENCE_MS);
		run.exited = new Promise((resolve) => child.on('close',
		    (code, signal) => {
			clearTimeout(late);
			this.running.delete(run);
			resolve({ code, signal });
		}));
		run.logged = (pattern, ms = PATIENCE_MS) => within(ms,
		    new Promise((resolve, reject) => {
			const look = () => {
				const match = pattern.exec(run.output);
				if (match)
					resolve(match);
			};
			run.looks.push(look);
			look();
			run.exited.then(() => {
				look();
				reject(new Error(`it ended:\n${run.output}`));
			});
		}), `${pattern} in:\n${run.output}`);
		run.stop = async (signal = 'SIGTERM') => {
			child.kill(signal);
			return within(PATIENCE_MS, run.exited, 'end');
		};
		this.running.add(run);
		return run;
	}

	async once(args = [], env = {}) {
		const run = this.start(['--once', ...args], env);
		return { ...await run.exited, output: run.output };
	}

	async run(args, env = {}) {
		const run = this.start(args, env);
		return { ...await run.exited, output: run.output };
	}

	// The token file, once an account is in it.
	published() {
		return until(() => fs.existsSync(this.tokenFile) &&
		    this.tokens().accounts.length > 0, 'token file');
	}

	tokens() { return JSON.parse(fs.readFileSync(this.tokenFile, 'utf8')); }
	store() { return JSON.parse(fs.readFileSync(this.storeFile, 'utf8')); }

	writeAuth(pair, more = '') {
		fs.mkdirSync(path.dirname(this.authFile), { recursive: true });
		fs.writeFileSync(this.authFile, typeof pair === 'string' ? pair :
		    JSON.stringify({ ...pair, ...more }), { mode: 0o600 });
	}

	async remove() {
		for (const run of this.running)
			run.child.kill('SIGKILL');
		for (const run of [...this.running])
			await run.exited;
		fs.rmSync(this.folder, { recursive: true, force: true });
	}
}
