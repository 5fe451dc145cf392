// Plays Factory's page of limits: what each Bearer token has left. A token that is
// not in `known` gets 401.

import http from 'node:http';

// {standard: {fiveHour: [percent, hours until its end]}} as Factory says it.
export const answerOf = (pools, now = Date.now()) => ({ limits:
	Object.fromEntries(Object.entries(pools).map(([pool, windows]) => [pool,
	    Object.fromEntries(Object.entries(windows).map(([name, [used, hours]]) =>
		[name, { usedPercent: used, windowEnd: new Date(now +
		    hours * 3600000).toISOString() }]))])) });

export class Limits {
	calls = [];		// the tokens that asked, in order
	known = new Map();	// token -> what is answered: text, or an object

	async start() {
		this.server = http.createServer((request, response) => {
			const token = /^Bearer (.*)$/.exec(
			    request.headers.authorization)?.[1];
			const answer = this.known.get(token);
			this.calls.push(token);
			response.writeHead(request.method === 'GET' && answer ?
			    200 : 401, { 'content-type': 'application/json' });
			response.end(typeof answer === 'string' ? answer :
			    JSON.stringify(answer ?? { error: 'who?' }));
		});
		await new Promise((resolve) => this.server.listen(0, '127.0.0.1',
		    resolve));
		this.server.unref();		// a failed test ends, too
		this.url = `http://127.0.0.1:${this.server.address().port}` +
		    '/api/billing/limits';
		return this;
	}

	stop() {
		this.server.closeAllConnections();
		return new Promise((resolve) => this.server.close(resolve));
	}
}
