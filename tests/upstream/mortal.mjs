// The strict upstream as a process of its own, that may be killed:
//
//	node mortal.mjs NAME PORT SEED
//
// It has every trouble that upstreams have, each by chance; what it says else is
// "[ID] NAME says ... [ID over]", where ID is the word in brackets of the request.
// Sends its parent {ready: true}, and ends with it.

import { startUpstream } from './upstream.mjs';

// Numbers from 0 to 1 that follow from a seed (mulberry32).
export function random(seed) {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let x = Math.imul(state ^ (state >>> 15), state | 1);
		x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
		return ((x ^ (x >>> 14)) >>> 0) / 4294967296;
	};
}

export const textOf = (name, id) => `[${id}] ${name} says ${'so much '.repeat(
    6)}[${id} over]`;

// In percent of the requests; what is left of 100 is answered well.
const TROUBLES = [
	[2, { status: 500, body: { error: { message: 'broken' } } }],
	[2, { status: 529, body: { type: 'error', error: {
		type: 'overloaded_error', message: 'Overloaded' } } }],
	[1, { status: 503, body: 'down', headers: { 'retry-after': '1' } }],
	[2, { status: 429, body: { error: { message: 'slow down' } } }],
	[2, { status: 502, body: '<html>Bad gateway</html>',
		headers: { 'content-type': 'text/html' } }],
	[2, { status: 404, body: { error: { code: 'model_not_found',
		message: 'no such model' } } }],
	[2, { raw: '' }],
	[1, { raw: 'good morning\r\n\r\n' }],
	[1, { hang: true }],
	[2, { cutAfter: 0, cut: 'rst' }],
	[2, { cutAfter: 1, cut: 'rst' }],	// a head, of events
	[2, { cutAfter: 1, cut: 'fin' }],
	[1, { cutAfter: 1, cut: 'hang' }],
	[3, { cutAfter: 6, cut: 'rst' }],	// content
	[2, { cutAfter: 6, cut: 'fin' }],
	[1, { cutAfter: 6, cut: 'hang' }],
];

function choose(number, reply) {
	let percent = number * 100;
	for (const [part, trouble] of TROUBLES) {
		percent -= part;
		if (percent < 0)
			return trouble.cutAfter === undefined ? trouble :
			    { ...trouble, reply };
	}
	return { reply, eventDelayMs: 1 };
}

if (process.send) {
	const [name, port, seed] = process.argv.slice(2);
	const next = random(Number(seed));
	const upstream = await startUpstream(Number(port));
	const alive = setInterval(() => {}, 1e9);

	process.on('disconnect', () => process.exit(0));
	upstream.fallback = (entry) => choose(next(), { text: textOf(name,
	    /\[(\w+)\]/.exec(entry.bytes)?.[1]) });
	process.on('exit', () => clearInterval(alive));
	process.send({ ready: true });
}
