// A stand-in for WorkOS's two endpoints and for the page that names the newest
// User-Agent version.
//
// Refresh tokens are single-use, as the real ones: exchanging one gives a new
// pair, and exchanging it once more gives the *same* pair for `replayMs`, as long
// as that pair's own refresh token was not used. Anything older or unknown is
// refused with invalid_grant.

import http from 'node:http';

const base64url = (value) => Buffer.from(JSON.stringify(value))
    .toString('base64url');

export const jwt = (claims) => `${base64url({ alg: 'RS256', typ: 'JWT' })}.` +
    `${base64url(claims)}.c2lnbmF0dXJl`;

const send = (response, status, body, headers = {}) => {
	response.writeHead(status, { 'content-type': 'application/json',
		...headers });
	response.end(typeof body === 'string' ? body : JSON.stringify(body));
};

const refuse = (response, error, description) => send(response, 400,
    { error, error_description: description });

export class WorkOS {
	calls = [];		// every form that came, in order
	exchanges = 0;		// pairs that were made
	refusals = 0;		// refresh tokens that were not taken
	onExchange;		// called before a new pair is answered
	faults = [];		// for the next calls: see #fault
	tokens = new Map();	// refresh token -> { user, used, pair, at }
	devices = new Map();	// device code -> { user, state, polls }
	version = '0.99.1';
	versionCalls = 0;
	lifetimeS = 8 * 3600;
	replayMs = 30000;
	delayMs = 0;
	interval = 1;
	skewS = 0;		// how far the server's clock is ahead
	laterS = 0;		// how much later than it is the answers say
	#serial = 0;

	async start() {
		this.server = http.createServer((request, response) =>
		    this.#take(request, response));
		this.server.keepAliveTimeout = 0;
		await new Promise((resolve) => this.server.listen(0, '127.0.0.1',
		    resolve));
		this.server.unref();		// a failed test ends, too
		this.port = this.server.address().port;
		this.url = `http://127.0.0.1:${this.port}`;
		this.tokenUrl = `${this.url}/user_management/authenticate`;
		this.deviceUrl = `${this.url}/user_management/authorize/device`;
		this.versionUrl = `${this.url}/factory-cli/LATEST`;
		return this;
	}

	stop() {
		this.server.closeAllConnections();
		return new Promise((resolve) => this.server.close(resolve));
	}

	// A refresh token that a person would have put into DROID_REFRESH_KEY.
	seed(user = 'user_01') {
		const token = `seed-${user}-${++this.#serial}-` +
		    'x'.repeat(20);
		this.tokens.set(token, { user, used: false });
		return token;
	}

	access(user) {
		const now = Math.floor(Date.now() / 1000) + this.skewS;
		return jwt({ sub: user, iat: now, exp: now + this.lifetimeS,
			jti: ++this.#serial, org_id: 'org_01' });
	}

	#pair(user) {
		const refresh = `refresh-${user}-${++this.#serial}-` +
		    'y'.repeat(20);
		this.tokens.set(refresh, { user, used: false });
		this.exchanges++;
		return { user: { object: 'user', id: user,
			email: `${user}@example.com`, first_name: 'Ann',
			last_name: null },
		organization_id: 'org_01', access_token: this.access(user),
		refresh_token: refresh, authentication_method: 'SSO' };
	}

	// Every secret it ever gave out or was seeded with.
	secrets() {
		const all = [...this.tokens.keys()];
		for (const entry of this.tokens.values())
			if (entry.pair)
				all.push(entry.pair.access_token);
		return all;
	}

	async #take(request, response) {
		response.setHeader('date', new Date(Date.now() + (this.skewS +
		    this.laterS) * 1000).toUTCString());
		const path = request.url;
		let text = '';
		request.setEncoding('utf8');
		for await (const chunk of request)
			text += chunk;
		if (path.endsWith('/LATEST')) {
			this.versionCalls++;
			if (this.version === null)
				return send(response, 503, 'down');
			return send(response, 200, this.version,
			    { 'content-type': 'text/plain' });
		}
		const form = new URLSearchParams(text);
		this.calls.push({ path, text, form, at: Date.now(),
			headers: request.headers, method: request.method });
		if (path.endsWith('/authorize/device'))
			return this.#device(response);
		const fault = this.faults.shift();
		if (this.delayMs > 0)
			await new Promise((resolve) =>
			    setTimeout(resolve, this.delayMs));
		return this.#fault(fault, request, response, form);
	}

	// 'drop': closed before anything was done; 'lose': done, but the answer
	// is lost; 'hang': done, and no answer ever; 'garbage'; a number: that
	// status and nothing done; or { status, body, headers }.
	#fault(fault, request, response, form) {
		const quiet = { writeHead() {}, end() {} };
		if (fault === 'drop')
			return request.socket.destroy();
		if (fault === 'lose' || fault === 'hang') {
			this.#token(quiet, form);
			return fault === 'lose' ? request.socket.destroy() :
			    undefined;
		}
		if (fault === 'garbage') {
			this.#token(quiet, form);
			return send(response, 200, '{"access_token":"ey');
		}
		if (typeof fault === 'number')
			return send(response, fault, { message: 'no' });
		if (fault)
			return send(response, fault.status, fault.body ?? '',
			    fault.headers);
		return this.#token(response, form);
	}

	#token(response, form) {
		if (form.get('client_id') !== 'client_01HNM792M5G5G1A2THWPXKFMXB')
			return refuse(response, 'invalid_client', 'no client');
		if (form.get('grant_type') === 'refresh_token')
			return this.#refresh(response, form.get('refresh_token'));
		return this.#poll(response, form.get('device_code'));
	}

	#refresh(response, token) {
		const entry = this.tokens.get(token);
		if (!entry) {
			this.refusals++;
			return refuse(response, 'invalid_grant',
			    'Invalid refresh token.');
		}
		if (entry.used) {
			const next = this.tokens.get(entry.pair.refresh_token);
			if (next.used || Date.now() - entry.at > this.replayMs) {
				this.refusals++;
				return refuse(response, 'invalid_grant',
				    'Refresh token already exchanged.');
			}
			return send(response, 200, entry.pair);
		}
		entry.used = true;
		entry.at = Date.now();
		entry.pair = this.#pair(entry.user);
		this.onExchange?.();
		return send(response, 200, entry.pair);
	}

	// ---- device flow ----

	#device(response) {
		const code = `device-${++this.#serial}-${'z'.repeat(20)}`;
		this.devices.set(code, { state: 'pending', polls: [] });
		send(response, 200, { device_code: code, user_code: 'ABCD-EFGH',
			verification_uri: `${this.url}/device`,
			verification_uri_complete:
			    `${this.url}/device?user_code=ABCD-EFGH`,
			expires_in: 300, interval: this.interval });
	}

	// What the person at the browser does: 'pending', 'slow', 'denied', or
	// the id of the user who confirmed.
	decide(state) {
		for (const device of this.devices.values())
			device.state = state;
	}

	#poll(response, code) {
		const device = this.devices.get(code);
		if (!device)
			return refuse(response, 'invalid_grant', 'unknown code');
		device.polls.push(Date.now());
		const answers = { pending: 'authorization_pending',
			slow: 'slow_down', denied: 'access_denied',
			expired: 'expired_token' };
		if (answers[device.state]) {
			const error = answers[device.state];
			if (device.state === 'slow')
				device.state = 'pending';
			return refuse(response, error, error);
		}
		return send(response, 200, this.#pair(device.state));
	}
}
