// The strict upstream itself: it takes what the real providers took, refuses
// what they refused, and can misbehave as ordered.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { Invalid } from './check.mjs';
import { DIALECTS } from './dialects.mjs';
import { Steps, startUpstream } from './upstream.mjs';

const root = path.resolve(import.meta.dirname ??
    path.dirname(new URL(import.meta.url).pathname), '../..');
const recorded = path.join(root, '../shared/recorded');
const seen = path.join(root, '../shared/requests');
const present = (folder) => fs.existsSync(folder) ? false :
    `${folder} does not exist here`;
const FOLDERS = { 'chat-completions': 'chat', responses: 'responses',
    anthropic: 'messages', google: 'generate' };
const readJson = (file) => JSON.parse(fs.readFileSync(file, 'utf8'));

// Anthropic joins neighbours of one role; we want converters to do it.
const STRICTER = ['chatCompletionsAssistantCacheControlParam/anthropic/' +
    'followup-request.json'];
// Refused by that model on that day.
const LAXER = ['anthropicMidConversationSystemMessage/anthropic/request.json'];

function check(dialect, body, more = {}) {
	try {
		DIALECTS[dialect].check({ body, profile: 'plain',
			betas: ['context-management-2025-06-27'], ...more });
		return null;
	} catch (error) {
		if (!(error instanceof Invalid))
			throw error;
		return `${error.path.join('.')}: ${error.message}`;
	}
}

describe('recorded requests', { skip: present(recorded) }, () => {
	const names = fs.existsSync(recorded) ? fs.readdirSync(recorded,
	    { recursive: true }).filter((name) => /request\.json$/.test(name)) : [];
	for (const name of names) {
		if (STRICTER.includes(name) || LAXER.includes(name))
			continue;
		const file = path.join(recorded, name);
		const answer = file.replace(/request\.json$/, 'response');
		const good = ['.json', '-streaming.json'].some((end) =>
			fs.existsSync(answer + end));
		test(`${good ? 'accepts' : 'refuses'} ${name}`, () => {
			const found = check(FOLDERS[name.split('/')[1]],
			    readJson(file));
			if (good)
				assert.equal(found, null);
			else
				assert.notEqual(found, null);
		});
	}
});

describe('requests of real clients', { skip: present(seen) }, () => {
	const cases = {
		'claude-2.1.330-first': 'messages',
		'claude-2.1.330-toolresult': 'messages',
		'claude-2.1.330-thinking-echo': 'messages',
		'codex-0.169-gpt-5.5': 'responses',
		'codex-0.169-custom-tool': 'responses',
		'codex-0.169-responses-lite': 'responses',
		'gemini-cli-0.61-toolresult': 'generate',
	};
	for (const [name, dialect] of Object.entries(cases))
		test(`accepts ${name}`, () => assert.equal(check(dialect,
		    readJson(path.join(seen, `${name}.json`))), null));
});

const user = { role: 'user', content: 'hi' };
const use = (id) => ({ type: 'tool_use', id, name: 't', input: {} });
const result = (tool_use_id) => ({ type: 'tool_result', tool_use_id });
const claude = (more) => ({ model: 'claude-sonnet-4-5', max_tokens: 100,
    messages: [user], ...more });
const gpt = (more) => ({ model: 'glm-5', messages: [user], ...more });
const turn = (...parts) => ({ role: 'user', parts });
const gemini = (more) => ({ contents: [turn({ text: 'hi' })], ...more });
const call = (id) => ({ id, type: 'function',
    function: { name: 't', arguments: '{}' } });

const round = (id) => [{ role: 'assistant', tool_calls: [call(id)] },
    { role: 'tool', tool_call_id: id, content: 'x' }];
const pair = (call_id) => [{ type: 'function_call', call_id, name: 't',
    arguments: '{}' }, { type: 'function_call_output', call_id, output: 'x' }];
const DATA = 'aGVsbG8=';
const image = {
	chat: { type: 'image_url', image_url: { url:
	    `data:image/png;base64,${DATA}` } },
	messages: { type: 'image', source: { type: 'base64',
	    media_type: 'image/png', data: DATA } },
	responses: { type: 'input_image', image_url:
	    `data:image/png;base64,${DATA}` },
	generate: { inlineData: { mimeType: 'image/png', data: DATA } },
};

// [what, dialect, body, part of the reason]
const REFUSED = [
	['no max_tokens', 'messages', { model: 'm', messages: [user] },
	    /max_tokens: field required/],
	['an unknown field', 'messages', claude({ seed: 1 }), /seed: unknown/],
	['two user turns', 'messages', claude({ messages: [user, user] }),
	    /alternate/],
	['white space only', 'messages', claude({ messages: [{ role: 'user',
	    content: [{ type: 'text', text: ' \n' }] }] }), /non-whitespace/],
	['a call without result', 'messages', claude({ messages: [user,
	    { role: 'assistant', content: [use('a')] }, user] }), /without/],
	['a result without call', 'messages', claude({ messages: [
	    { role: 'user', content: [result('a')] }] }), /unexpected/],
	['text before results', 'messages', claude({ messages: [user,
	    { role: 'assistant', content: [use('a')] }, { role: 'user',
	    content: [{ type: 'text', text: 'x' }, result('a')] }] }), /first/],
	['a foreign id', 'messages', claude({ messages: [user,
	    { role: 'assistant', content: [use('a:b')] }, user] }), /pattern/],
	['budget over max_tokens', 'messages', claude({ thinking: {
	    type: 'enabled', budget_tokens: 4096 } }), /greater than/],
	['temperature with thinking', 'messages', claude({ max_tokens: 9000,
	    temperature: 0.5, thinking: { type: 'enabled',
	    budget_tokens: 4096 } }), /temperature/],
	['a schema without type', 'messages', claude({ tools: [{ name: 't',
	    input_schema: {} }] }), /object/],
	['five cache marks', 'messages', claude({ system: Array(5).fill({
	    type: 'text', text: 'x', cache_control: { type: 'ephemeral' } }) }),
	    /maximum of 4/],
	['a tool choice without tools', 'messages', claude({ tool_choice:
	    { type: 'auto' } }), /tool_choice/],
	['a long call id', 'chat', gpt({ messages: [user, { role: 'assistant',
	    tool_calls: [call('x'.repeat(41))] }] }), /length 41/],
	['an orphan tool message', 'chat', gpt({ messages: [user, { role: 'tool',
	    tool_call_id: 'a', content: 'x' }] }), /must be a response/],
	['an unanswered call', 'chat', gpt({ messages: [user, { role:
	    'assistant', tool_calls: [call('a')] }, user] }), /followed by/],
	['an Anthropic field', 'chat', gpt({ system: 'x' }), /system: unknown/],
	['stream_options unstreamed', 'chat', gpt({ stream_options: {} }),
	    /stream/],
	['nested tools', 'responses', { model: 'm', input: 'x', tools: [{
	    type: 'function', function: { name: 't' } }] }, /name|unknown/],
	['a small ceiling', 'responses', { model: 'm', input: 'x',
	    max_output_tokens: 5 }, /16/],
	['an unanswered function_call', 'responses', { model: 'm', input: [{
	    type: 'function_call', call_id: 'a', name: 't', arguments: '{}' }] },
	    /No tool output/],
	['output_text by the user', 'responses', { model: 'm', input: [{ role:
	    'user', content: [{ type: 'output_text', text: 'x' }] }] },
	    /output_text/],
	['$schema', 'generate', gemini({ tools: [{ functionDeclarations: [{
	    name: 't', parameters: { type: 'OBJECT', $schema: 'x',
	    properties: { a: { type: 'STRING' } } } }] }] }), /\$schema/],
	['empty text', 'generate', { contents: [turn({ text: '' })] }, /text/],
	['two thinking settings', 'generate', gemini({ generationConfig: {
	    thinkingConfig: { thinkingBudget: 1, thinkingLevel: 'LOW' } } }),
	    /only one/],
	['an id of an earlier turn', 'chat', gpt({ messages: [user,
	    ...round('a'), ...round('a')] }), /Duplicate value for 'tool_call_id'/],
	['a call id for Mistral', 'chat', gpt({ model: 'mistral', messages: [user,
	    ...round('call_1')] }), /Tool call id was call_1 but must be/],
	['a user behind results for Mistral', 'chat', gpt({ model: 'mistral',
	    messages: [user, ...round('aB3456789'), user] }),
	    /Unexpected role 'user' after role 'tool'/],
	['an image of the system', 'chat', gpt({ messages: [{ role: 'system',
	    content: [image.chat] }, user] }), /image_url/],
	['an image in a result', 'chat', gpt({ messages: [user, { role:
	    'assistant', tool_calls: [call('a')] }, { role: 'tool',
	    tool_call_id: 'a', content: [image.chat] }] }), /image_url/],
	['a schema without properties', 'chat', gpt({ tools: [{ type: 'function',
	    function: { name: 't', parameters: { type: 'object' } } }] }),
	    /^tools.*for function 't': .*object schema missing properties/],
	['an empty schema', 'chat', gpt({ tools: [{ type: 'function',
	    function: { name: 't', parameters: {} } }] }), /got 'type: "None"'/],
	['an id of an earlier turn', 'messages', claude({ messages: [user,
	    { role: 'assistant', content: [use('a')] }, { role: 'user',
	    content: [result('a')] }, { role: 'assistant', content: [use('a')] },
	    { role: 'user', content: [result('a')] }] }), /must be unique/],
	['a signature that is no base64', 'messages', claude({ messages: [user,
	    { role: 'assistant', content: [{ type: 'thinking', thinking: 'x',
	    signature: 'd2a1.mtp.bW9k..c2ln' }] }, user] }),
	    /^messages.1.content.0: Invalid `signature` in `thinking` block/],
	['redacted data that is no base64', 'messages', claude({ messages: [user,
	    { role: 'assistant', content: [{ type: 'redacted_thinking',
	    data: 'a-b_' }] }, user] }), /Invalid `data` in `redacted_thinking`/],
	['an image by the assistant', 'messages', claude({ messages: [user,
	    { role: 'assistant', content: [image.messages] }, user] }),
	    /image blocks can not be in assistant/],
	['an image that is no base64', 'messages', claude({ messages: [{ role:
	    'user', content: [{ type: 'image', source: {
	    ...image.messages.source, data: 'abc' } }] }] }), /Base64/],
	['a union for a schema', 'messages', claude({ tools: [{ name: 't',
	    input_schema: { type: 'object', anyOf: [] } }] }), /top level/],
	['a call id twice', 'responses', { model: 'm', input: [...pair('a'),
	    ...pair('a')] }, /Duplicate/],
	['an output before its call', 'responses', { model: 'm',
	    input: pair('a').reverse() }, /No tool call found/],
	...['system', 'developer', 'assistant'].map((role) => [`an image of ${role}`,
	    'responses', { model: 'm', input: [{ role, content: [
	    image.responses] }] }, /input_image/]),
	...['oneOf', 'anyOf', 'allOf', 'enum', 'not'].map((key) => [
	    `${key} at a schema's top`, 'responses', { model: 'm', input: 'x',
	    tools: [{ type: 'function', name: 't', parameters: { type: 'object',
	    properties: {}, [key]: [] } }] }, /at the top level/]),
	['a signature that is no base64', 'generate', gemini({ contents: [
	    turn({ text: 'a' }), { role: 'model', parts: [{ text: 'b',
	    thoughtSignature: 'a-b_' }] }, turn({ text: 'c' })] }), /Base64/],
	['an image by the model', 'generate', gemini({ contents: [
	    turn({ text: 'a' }), { role: 'model', parts: [image.generate] },
	    turn({ text: 'c' })] }), /turns of the model/],
	['a schema of a list', 'generate', gemini({ tools: [{
	    functionDeclarations: [{ name: 't', parametersJsonSchema: {
	    type: 'array' } }] }] }), /type OBJECT/],
	['missing function responses', 'generate', gemini({ contents: [
	    turn({ text: 'a' }), { role: 'model', parts: [{ functionCall:
	    { name: 't', args: {} } }] }, turn({ text: 'b' })] }), /number of/],
];

describe('refuses', () => {
	for (const [what, dialect, body, reason] of REFUSED)
		test(`${dialect}: ${what}`, () =>
			assert.match(check(dialect, body) ?? 'accepted', reason));
});

describe('over HTTP', () => {
	let upstream;
	const headers = { 'content-type': 'application/json' };
	const ask = (more = {}, at = '/v1/chat/completions') => fetch(
	    upstream.url + at, { method: 'POST', headers,
		body: JSON.stringify(gpt(more)) });

	before(async () => {
		upstream = await startUpstream();
	});
	beforeEach(() => {
		upstream.reset();
		upstream.allowHeaders = ['accept-language', 'sec-fetch-mode',
			'user-agent', 'accept-encoding'];
	});
	after(() => upstream.stop());

	test('answers whole and as a stream', async () => {
		const whole = await (await ask()).json();
		assert.equal(whole.object, 'chat.completion');
		const text = await (await ask({ stream: true })).text();
		assert.match(text, /data: \[DONE\]\n\n$/);
		assert.equal(upstream.requests.length, 2);
	});
	test('refuses a header that leaked', async () => {
		headers['x-leak'] = '1';
		const answer = await ask();
		delete headers['x-leak'];
		assert.equal(answer.status, 400);
		assert.match(await answer.text(), /x-leak/);
	});
	test('tears a stream', async () => {
		for (const cut of ['fin', 'rst']) {
			upstream.next({ cutAfter: 2, cut });
			const answer = await ask({ stream: true });
			await assert.rejects(answer.text());
		}
		upstream.next({ cutAfter: 2, cut: 'end' });
		const text = await (await ask({ stream: true })).text();
		assert.doesNotMatch(text, /DONE/);
	});
	test('takes a step when told', async () => {
		const steps = new Steps();
		upstream.next({ steps });
		const answer = await ask({ stream: true });
		const reader = answer.body.getReader();
		for (let i = 0; i < 3; i++) {
			steps.go();
			const { value } = await reader.read();
			assert.equal(Buffer.from(value).toString().split('\n\n')
			    .length, 2);
		}
		steps.all();
		while (!(await reader.read()).done)
			;
	});
	test('says when the client left', async () => {
		const left = new AbortController();
		upstream.next({ hang: true });
		const arrived = upstream.arrival();
		const asked = fetch(upstream.url + '/v1/chat/completions', { headers,
			method: 'POST', body: JSON.stringify(gpt()),
			signal: left.signal });
		const entry = await arrived;
		left.abort();
		await assert.rejects(asked);
		assert.equal(await entry.gone, true);
	});
});

describe('what is no conversation', () => {
	let upstream;
	const B = 'b'.repeat(30);	// as long as browsers' are
	const FORM = `multipart/form-data; boundary=${B}`;
	const file = (name, more = '') => `--${B}\r\nContent-Disposition: form-data;` +
	    ` name="${name}"; filename="a"\r\n\r\nx\r\n${more}--${B}--\r\n`;
	const field = (name, value) => `--${B}\r\nContent-Disposition: form-data; ` +
	    `name="${name}"\r\n\r\n${value}\r\n`;
	const bearer = { authorization: 'Bearer k', accept: '*/*',
		'accept-encoding': 'identity', connection: 'keep-alive' };
	const ask = (method, path, { body, type, headers = {} } = {}) =>
		new Promise((resolve, reject) => http.request({ method, path,
		    port: upstream.port, headers: { ...bearer,
			'content-length': Buffer.byteLength(body ?? ''),
			...type && { 'content-type': type }, ...headers } },
		    (message) => {
			message.resume();
			resolve(message.statusCode);
		    }).on('error', reject).end(body));
	const json = (body) => ({ type: 'application/json',
		body: JSON.stringify(body) });

	before(async () => {
		upstream = await startUpstream();
	});
	after(() => upstream.stop());

	const good = [['POST', '/openai/v1/embeddings', json({ model: 'm',
	    input: 'a' })], ['POST', '/openai/v1/files', { type: FORM,
	    body: file('file', field('purpose', 'batch')) }],
	    ['GET', '/openai/v1/files']];
	for (const [method, path, what] of good)
		test(`${method} ${path} is taken`, async () => {
			assert.equal(await ask(method, path, what), 200);
		});
	const bad = {
		'an unknown field': ['POST', '/openai/v1/embeddings', json({
		    model: 'm', input: 'a', odd: 1 })],
		'no model': ['POST', '/openai/v1/embeddings', json({ input: 'a' })],
		'no purpose': ['POST', '/openai/v1/files', { type: FORM,
		    body: file('file') }],
		'a purpose twice': ['POST', '/openai/v1/files', { type: FORM,
		    body: file('file', field('purpose', 'batch') +
			field('purpose', 'batch')) }],
		'a form that is cut': ['POST', '/openai/v1/files', { type: FORM,
		    body: file('file').slice(0, -9) }],
		'another type': ['POST', '/openai/v1/files', { type: 'text/plain',
		    body: 'x' }],
		'GET with a body': ['GET', '/openai/v1/files', { body: 'x' }],
		'no credential': ['GET', '/openai/v1/files', { headers: {
		    authorization: '' } }],
		'another header': ['GET', '/openai/v1/files', { headers: {
		    'x-api-key': 'k' } }],
		'no version': ['GET', '/anthropic/v1/files', { headers: {
		    'x-api-key': 'k' } }],
	};
	for (const [what, [method, path, more]] of Object.entries(bad))
		test(`${what} is refused`, async () => {
			assert.equal(await ask(method, path, more), 400);
		});
	test('what is not there is 404', async () => {
		assert.equal(await ask('GET', '/openai/v1/files/none'), 404);
	});
});
