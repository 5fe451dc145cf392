// The upstream and the clients of scale.sh, on the balancer's host.

import http from 'node:http';
import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

// How many of the three hosts serve as long as all are there.
const SERVING = Number(process.argv[2]);
const CLIENTS = 30, LOST = '10.0.0.12';
const DOWN_MS = 6000, SETTLED_MS = 14000, END_MS = 26000;

// Each event of a stream names the host that asked for it.
const upstream = http.createServer((request, response) => {
	const host = request.socket.remoteAddress.replace(/^::ffff:/, '');
	request.resume().on('end', async () => {
		response.writeHead(200, { 'content-type': 'text/event-stream' });
		for (let i = 0; i < 20 && !response.destroyed; i++) {
			response.write(`data: ${JSON.stringify({ host, choices: []
			})}\n\n`);
			await sleep(100);
		}
		response.end('data: [DONE]\n\n');
	});
});

function stream() {
	const seen = { from: performance.now(), text: '' };
	const body = JSON.stringify({ model: 'm', stream: true, messages: [
	    { role: 'user', content: 'hi' }] });
	return new Promise((resolve) => {
		const end = () => {
			seen.took = performance.now() - seen.from;
			seen.host = /"host":"([^"]*)"/.exec(seen.text)?.[1];
			seen.whole = /\[DONE\]\n\n$/.test(seen.text);
			resolve(seen);
		};
		const request = http.request({ host: '10.0.0.10', port: 80,
			path: '/v1/chat/completions', method: 'POST', agent: false,
			headers: { authorization: 'Bearer a-key-of-the-test',
			    'content-type': 'application/json',
			    'content-length': body.length } }, (answer) => {
			seen.status = answer.statusCode;
			answer.setEncoding('utf8').on('data', (text) => {
				seen.text += text;
			}).on('error', () => {}).on('close', end);
		});
		request.on('error', end);
		request.end(body);
	});
}

const count = (list, key) => list.reduce((sums, one) => ({ ...sums,
	[one[key]]: (sums[one[key]] ?? 0) + 1 }), {});

await new Promise((resolve) => upstream.listen(8080, resolve));
for (let i = 0; ; i++) {
	const one = await stream();
	if (one.whole)
		break;
	if (i === 40)
		throw new Error(`no answer: ${one.status} ${one.text}`);
	await sleep(250);
}
const from = performance.now();
const since = () => performance.now() - from;
const all = [];
let down;
setTimeout(() => {
	down = performance.now();
	execFileSync('ip', ['link', 'set', 'to2', 'down']);
}, DOWN_MS);
await Promise.all(Array.from({ length: CLIENTS }, async () => {
	while (since() < END_MS) {
		const one = await stream();
		all.push(one);
		if (!one.whole)
			await sleep(100);
	}
}));

const lost = all.filter((one) => !one.whole);
const others = lost.filter((one) => one.host !== undefined &&
    one.host !== LOST);
const early = all.filter((one) => one.from + one.took < down);
const late = all.filter((one) => one.from > from + SETTLED_MS);
console.log('answers by host:', count(all, 'host'));
console.log(`lost: ${lost.length}`, count(lost, 'host'), count(lost, 'status'));
console.log('after it had settled:', count(late, 'host'));
console.log('slowest answer that was not lost:', Math.round(Math.max(...all
    .filter((one) => one.whole).map((one) => one.took))), 'ms');
const failures = [
	[Object.keys(count(early, 'host')).length === SERVING,
	    `${SERVING} hosts served`],
	[early.every((one) => one.whole), 'nothing was lost before'],
	[lost.length <= CLIENTS, 'each client lost at most one answer'],
	[others.length === 0, 'only the lost host\'s answers were lost'],
	[late.length > 0 && late.every((one) => one.whole &&
	    one.host !== LOST), 'new answers come from the others'],
].filter(([good, what]) => {
	console.log(good ? 'ok  ' : 'FAIL', what);
	return !good;
});
process.exit(failures.length ? 1 : 0);
