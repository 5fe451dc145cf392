// A real Chromium, driven by its DevTools protocol over a pipe.

import fs from 'node:fs';
import path from 'node:path';
import { spawn } from 'node:child_process';
import { temporaryFolder, until, within, PATIENCE_MS } from './gateway.mjs';

// What the browser is not to ask its maker for. It shows our own page only, and its
// sandbox is not to be had everywhere.
const QUIET = ['--headless=new', '--no-sandbox', '--no-first-run',
    '--disable-extensions',
    '--disable-background-networking', '--disable-component-update',
    '--disable-sync', '--disable-gpu', '--disable-dev-shm-usage',
    '--no-default-browser-check', '--metrics-recording-only'];

class Browser {
	#number = 0;
	#waiting = new Map();
	#rest = '';
	tabs = [];

	constructor() {
		this.folder = temporaryFolder();
		this.process = spawn('chromium', [...QUIET,
			'--remote-debugging-pipe', `--user-data-dir=${this.folder}`,
			'about:blank'], { env: { ...process.env,
			HOME: this.folder },
			stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
		this.exited = new Promise((resolve) =>
			this.process.on('exit', resolve));
		process.on('exit', () => this.process.kill('SIGKILL'));
		this.process.stdio[4].setEncoding('utf8').on('data', (text) => {
			const parts = (this.#rest + text).split('\0');
			this.#rest = parts.pop();
			for (const part of parts)
				this.#take(JSON.parse(part));
		});
		this.process.stdio[3].on('error', () => {});
	}

	#take(message) {
		const waits = this.#waiting.get(message.id);
		if (!waits) {
			for (const tab of this.tabs)
				tab.hear(message);
			return;
		}
		this.#waiting.delete(message.id);
		if (message.error)
			waits.reject(new Error(message.error.message));
		else
			waits.resolve(message.result);
	}

	async closeTabs() {
		for (const { targetId } of this.tabs.splice(0))
			await this.send('Target.closeTarget', { targetId });
	}

	send(method, params = {}, sessionId = undefined) {
		const id = ++this.#number;
		const sent = new Promise((resolve, reject) =>
			this.#waiting.set(id, { resolve, reject }));
		this.process.stdio[3].write(JSON.stringify({ id, method, params,
			sessionId }) + '\0');
		return within(PATIENCE_MS, sent, method);
	}

	async stop() {
		this.send('Browser.close').catch(() => {});
		const late = setTimeout(() => this.process.kill('SIGKILL'), 5000);
		await this.exited;
		clearTimeout(late);
		fs.rmSync(this.folder, { recursive: true, force: true,
			maxRetries: 10 });
	}
}

// A tab, and what went wrong in it.
class Tab {
	errors = [];		// of the console, and what the page's policy refused
	requests = [];		// URLs

	async open(browser, { scripts = true, dark = false, width = 1200,
	    height = 1600 } = {}) {
		this.browser = browser;
		const { browserContextId } = await browser.send(
		    'Target.createBrowserContext');
		const { targetId } = await browser.send('Target.createTarget',
		    { url: 'about:blank', browserContextId });
		this.targetId = targetId;
		({ sessionId: this.session } = await browser.send(
		    'Target.attachToTarget', { targetId, flatten: true }));
		browser.tabs.push(this);
		for (const domain of ['Page', 'Runtime', 'Log', 'Network'])
			await this.send(`${domain}.enable`);
		await this.send('Browser.grantPermissions', { browserContextId,
			permissions: ['clipboardReadWrite',
			    'clipboardSanitizedWrite'] }).catch(() => {});
		await this.send('Emulation.setScriptExecutionDisabled',
		    { value: !scripts });
		await this.send('Emulation.setDeviceMetricsOverride', { width,
			height, deviceScaleFactor: 1, mobile: width < 600 });
		await this.send('Emulation.setEmulatedMedia', { features: [{
			name: 'prefers-color-scheme',
			value: dark ? 'dark' : 'light' }] });
		return this;
	}

	hear({ sessionId, method, params }) {
		if (sessionId !== this.session)
			return;
		if (method === 'Log.entryAdded' && params.entry.level === 'error')
			this.errors.push(params.entry.text);
		if (method === 'Runtime.consoleAPICalled' &&
		    ['error', 'warning'].includes(params.type))
			this.errors.push(JSON.stringify(params.args));
		if (method === 'Runtime.exceptionThrown')
			this.errors.push(JSON.stringify(params.exceptionDetails));
		if (method === 'Network.requestWillBeSent')
			this.requests.push(params.request.url);
	}

	send(method, params) {
		return this.browser.send(method, params, this.session);
	}

	go(url) {
		return this.send('Page.navigate', { url });
	}

	// The value of an expression, or of the promise that it is.
	async value(expression) {
		const { result, exceptionDetails } = await this.send(
		    'Runtime.evaluate', { expression, awaitPromise: true,
			returnByValue: true, userGesture: true });
		if (exceptionDetails)
			throw new Error(exceptionDetails.exception?.description ??
			    exceptionDetails.text);
		return result.value;
	}

	// What a person reads; "" where it is not to be seen.
	text(selector) {
		return this.value(`(() => { const one = document.querySelector(` +
		    `${JSON.stringify(selector)}); return one?.checkVisibility() ? ` +
		    `one.innerText : ''; })()`);
	}

	sees(selector, pattern) {
		return until(async () => pattern.test(await this.text(selector)),
		    `${pattern} in ${selector}`).catch(async (error) => {
			throw new Error(`${error.message}: ${await this.text('body')}` +
			    `\n${this.errors.join('\n')}`);
		});
	}

	async press(key, code = key, text = undefined) {
		for (const type of ['keyDown', 'keyUp'])
			await this.send('Input.dispatchKeyEvent', { type, key, code,
				...(type === 'keyDown' && text && { text }),
				...(key === 'Tab' && { windowsVirtualKeyCode: 9 }),
				...(key === 'Enter' && { windowsVirtualKeyCode: 13 }) });
	}

	type(text) {
		return this.send('Input.insertText', { text });
	}

	// Of all that there is, or of a part: {x, y, width, height, scale}.
	async screenshot(file, clip = undefined) {
		const { data } = await this.send('Page.captureScreenshot',
		    { captureBeyondViewport: true, clip });
		fs.mkdirSync(path.dirname(file), { recursive: true });
		fs.writeFileSync(file, Buffer.from(data, 'base64'));
	}
}

export async function startBrowser() {
	const browser = new Browser();
	await browser.send('Browser.getVersion');
	return browser;
}

export const openTab = (browser, how) => new Tab().open(browser, how);
