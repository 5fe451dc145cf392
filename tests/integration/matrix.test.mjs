// Every client dialect over every upstream dialect: whole and streamed, text,
// tools over two turns, thinking, images and errors. Prints a table of verdicts.

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { startUpstream } from '../upstream/upstream.mjs';
import { startGateway } from './gateway.mjs';
import { ask } from './client.mjs';
import { ERRORS, LANES, NAMES, assertError } from './samples.mjs';
import { PIXEL, SPEAKERS } from './speakers.mjs';

const FORMS = { whole: undefined, stream: true };
const TEXT = 'Line one\n"two" \\ three — ünïcödé 🌍 \u0001';
const verdicts = new Map();
let upstream, gateway;

before(async () => {
	upstream = await startUpstream();
	gateway = await startGateway({ upstream });
});
beforeEach(() => upstream.reset());
after(async () => {
	await gateway?.stop();
	await upstream?.stop();
	printVerdicts();
});

function printVerdicts() {
	const cases = Object.keys(CASES);
	const row = (cells) => `# ${cells.map((cell, i) =>
		String(cell).padEnd(i ? 9 : 32)).join('')}`;

	console.log(row(['client -> upstream', ...cases]));
	for (const from of NAMES)
		for (const to of NAMES)
			for (const form of Object.keys(FORMS))
				console.log(row([`${from} -> ${to}, ${form}`,
				    ...cases.map((one) => verdicts.get(
				    [from, to, form, one].join()) ?? 'FAILED')]));
}

// One request of a client; what it understands of the answer.
async function say(from, to, form, turns, more = {}) {
	const speaker = SPEAKERS[from];
	const answer = await ask(gateway, { path: speaker.path, body: {
		model: LANES[to].model, ...speaker.request(turns, { ...more,
		stream: FORMS[form] }) } });
	const { problem } = upstream.last ?? {};

	assert.equal(problem, undefined, problem && `${problem.path}: ${
	    problem.message} in ${upstream.last.bytes}`);
	assert.equal(answer.status, 200, answer.text);
	assert.equal(answer.cut, false);
	if (form === 'whole')
		return speaker.whole(answer.json);
	return speaker.stream(answer.text);
}

const CASES = {
	async text(from, to, form) {
		upstream.next({ reply: { text: TEXT } });
		const heard = await say(from, to, form, [{ text: 'hello' }]);
		assert.equal(heard.text, TEXT);
		assert.equal(heard.stop, SPEAKERS[from].stops.end);
		assert.ok(form === 'whole' || heard.done);
	},
	async tools(from, to, form) {
		const calls = [{ name: 'get_weather', input: { city: 'Lisbon' } },
			{ name: 'get_weather', input: { city: 'Oslo "\\ é' } }];
		upstream.next({ reply: { calls } }, { reply: { text: TEXT } });
		const first = await say(from, to, form, [{ text: 'weather?' }],
		    { tools: true });
		assert.deepEqual(first.calls.map(({ name, input }) => ({ name,
			input })), calls);
		assert.equal(first.stop, SPEAKERS[from].stops.calls);
		const results = first.calls.map(({ id, name }, i) => ({ id, name,
			text: `${20 + i} degrees` })).reverse();
		const second = await say(from, to, form, [{ text: 'weather?' },
			{ echo: first.echo }, { results }], { tools: true });
		assert.equal(second.text, TEXT);
	},
	async thinking(from, to, form) {
		const calls = [{ name: 'get_weather', input: { city: 'Rome' } }];
		upstream.next({ reply: { thinking: 'Let me see.', calls } },
		    { reply: { thinking: 'Now I know.', text: TEXT } });
		const more = { tools: true, thinking: true };
		const first = await say(from, to, form, [{ text: 'weather?' }],
		    more);
		assert.equal(first.thinking, 'Let me see.');
		assert.equal(first.calls.length, 1);
		const second = await say(from, to, form, [{ text: 'weather?' },
			{ echo: first.echo }, { results: [{ id: first.calls[0].id,
			    name: 'get_weather', text: 'fine' }] }], more);
		assert.equal(second.text, TEXT);
		// What the upstream sealed came back to it.
		const seal = { messages: 'c2lnbmVk', responses: 'c2VhbGVk',
			generate: 'c2VhbGVk' }[to];
		assert.ok(!seal || upstream.last.bytes.includes(seal),
		    `the seal is not in ${upstream.last.bytes}`);
	},
	async images(from, to, form) {
		upstream.next({ reply: { text: TEXT } });
		await say(from, to, form, [{ text: 'what is it?', image: PIXEL }]);
		assert.ok(upstream.last.bytes.includes(PIXEL));
		assert.ok(upstream.last.bytes.includes('what is it?'));
	},
	async errors(from, to, form) {
		const speaker = SPEAKERS[from];
		const what = { path: speaker.path, body: { model: LANES[to].model,
			...speaker.request([{ text: 'hi' }], {
			stream: FORMS[form] }) } };

		upstream.next({ status: 429, message: 'slow down',
			headers: { 'retry-after': '7' } });
		const limited = await ask(gateway, what);
		assertError(from, limited, { ...ERRORS.rate, message: /slow/ });
		assert.equal(limited.headers['retry-after'], '7');

		// Behind the first words, before the end.
		upstream.next({ reply: { text: TEXT }, cut: 'rst',
		    cutAfter: to === 'generate' ? 3 : 5 });
		const torn = await ask(gateway, what);
		if (form === 'whole') {
			assertError(from, torn, ERRORS.upstream);
			return;
		}
		const heard = speaker.stream(torn.text);
		assert.ok(heard.error, torn.text);
		assert.ok(!heard.done, torn.text);
	},
};

for (const from of NAMES)
	for (const to of NAMES)
		describe(`${from} over ${to}`, () => {
			for (const form of Object.keys(FORMS))
				for (const [name, run] of Object.entries(CASES))
					test(`${name}, ${form}`, async () => {
						await run(from, to, form);
						verdicts.set([from, to, form, name]
						    .join(), 'ok');
					});
		});
