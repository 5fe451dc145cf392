// The configuration follows its file; a broken edit keeps the last good one.

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { Steps, startUpstream } from '../upstream/upstream.mjs';
import { MODELS, configuration, startGateway, until } from './gateway.mjs';
import { ask, open } from './client.mjs';
import { LANES } from './samples.mjs';

let upstream, gateway;

before(async () => {
	upstream = await startUpstream();
	gateway = await startGateway({ upstream });
});
beforeEach(() => upstream.reset());
after(async () => {
	await gateway?.stop();
	await upstream?.stop();
});

const chat = (model) => ask(gateway, { path: LANES.chat.path,
    body: LANES.chat.body('hi', { model }) });
const withModel = (id) => configuration(upstream, { models: [...MODELS,
    { id, type: 'common', provider: 'p', reasoning: 'auto' }] });

// Every responder looks at most once a second, when it serves.
async function servedByAll(model, status) {
	await until(async () => {
		const answers = await Promise.all(Array.from({ length: 8 }, () =>
			chat(model)));
		return answers.every((answer) => answer.status === status);
	}, `${model} answered ${status} everywhere`);
}

describe('an edit', () => {
	test('takes effect without a restart', async () => {
		const pids = gateway.responders();
		assert.equal((await chat('fresh')).status, 404);
		gateway.writeConfig(withModel('fresh'));
		await servedByAll('fresh', 200);
		gateway.writeConfig(withModel('other'));
		await servedByAll('fresh', 404);
		assert.deepEqual(gateway.responders(), pids);
	});
	for (const [what, text, reason] of [
		['a syntax error', '{\n"port": 3000,\n  oops\n}', /config\.json:3/],
		['a wrong type', JSON.stringify({ ...configuration({ url: 'http://x' }),
		    drain_s: 'soon' }), /drain_s/],
		['an empty file', '', /config\.json/],
	])
		test(`${what} keeps the last good one and says so`, async () => {
			gateway.writeConfig(withModel('good'));
			await servedByAll('good', 200);
			const from = gateway.log.length;
			gateway.writeConfig(text);
			const said = gateway.logged(reason, { from });
			let over = false;
			said.finally(() => { over = true; }).catch(() => {});
			await until(async () => {
				assert.equal((await chat('good')).status, 200);
				return over;
			}, 'word of it');
			await said;
			assert.equal((await chat('good')).status, 200);
			gateway.writeConfig(withModel('mended'));
			await servedByAll('mended', 200);
		});
	test('cuts no stream', async () => {
		gateway.writeConfig(withModel('stays'));
		await servedByAll('stays', 200);
		const steps = new Steps();
		upstream.next({ steps });
		steps.go();
		const answer = await open(gateway, { path: LANES.chat.path,
			body: LANES.chat.body('hi', { model: 'stays',
			    stream: true }) });
		await answer.event();
		gateway.writeConfig(withModel('replaced'));
		await servedByAll('replaced', 200);
		steps.all();
		await answer.done;
		assert.match(answer.text, /\[DONE\]\n\n$/);
	});
	test('comments and unknown keys are accepted, with a hint', async () => {
		const from = gateway.log.length;
		const text = JSON.stringify(withModel('commented'), null, 1)
		    .replace('{', '{ // a comment\n "proccesses": 3,');
		gateway.writeConfig(text);
		await servedByAll('commented', 200);
		await gateway.logged(/proccesses.*processes/, { from });
	});
});
