// The official SDKs through the gateway for what is no conversation: embeddings,
// images, audio, files, batches. The upstream refuses what the real ones refuse,
// and bytes are the same at both ends.

import assert from 'node:assert/strict';
import buffer from 'node:buffer';
import crypto from 'node:crypto';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import OpenAI, { toFile } from 'openai';
import Anthropic, { toFile as toAnthropicFile } from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import { startGateway } from '../integration/gateway.mjs';
import { startUpstream } from '../upstream/upstream.mjs';
import { vectorOf } from '../upstream/operations.mjs';

globalThis.File ??= buffer.File;		// Node 18 has it there alone
const KEY = 'a-key-of-the-gateway';
const bytes = crypto.randomBytes(300001);
const seen = [];
let upstream, gateway, openai, anthropic, google;

before(async () => {
	upstream = await startUpstream();
	upstream.picture = bytes;
	const { url } = upstream;
	const other = { default: true, api_key_env: 'UPSTREAM_KEY' };
	gateway = await startGateway({ upstream, env: { UPSTREAM_KEY: 'real-key' },
	    config: { client_keys: [{ name: 'sdk', key: KEY }],
		endpoint: [
		    { name: 'openai', type: 'openai', ...other,
			base_url: `${url}/openai/v1/responses` },
		    { name: 'claude', type: 'anthropic', ...other,
			base_url: `${url}/anthropic/v1/messages` },
		    { name: 'gemini', type: 'google', ...other,
			base_url: `${url}/v1beta/models/{model}` }],
		model_redirects: { whisper: 'whisper-1' },
		models: [{ id: 'text-embedding-3-small', type: 'openai',
			operations: ['embeddings'] },
		    { id: 'gpt-image-1', type: 'openai',
			operations: ['images'] },
		    { id: 'whisper-1', type: 'openai',
			operations: ['transcriptions'] },
		    { id: 'gemini-embedding-001', type: 'google',
			operations: ['embeddings'] }] } });
	openai = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: KEY,
		maxRetries: 0 });
	anthropic = new Anthropic({ baseURL: gateway.url, apiKey: KEY,
		maxRetries: 0 });
	google = new GoogleGenAI({ apiKey: KEY, httpOptions: {
		baseUrl: gateway.url } });
});
beforeEach(() => upstream.reset());
afterEach(() => seen.push(...upstream.requests));
after(async () => {
	await gateway?.stop();
	await upstream?.stop();
});

const drained = async (pages) => {
	const found = [];
	for await (const one of pages)
		found.push(one);
	return found;
};
const bytesOf = async (response) => Buffer.from(await response.arrayBuffer());

describe('openai', () => {
	for (const model of ['text-embedding-3-small', 'gemini-embedding-001'])
		test(`embeddings.create of ${model}`, async () => {
			const input = ['one', 'and another'];
			const answer = await openai.embeddings.create({ model, input });
			assert.deepEqual(answer.data.map(({ embedding }) => embedding),
			    input.map(vectorOf));
			const floats = await openai.embeddings.create({ model,
				input: 'one', encoding_format: 'float' });
			assert.deepEqual(floats.data[0].embedding, vectorOf('one'));
		});
	test('images.generate', async () => {
		const { data } = await openai.images.generate({ prompt: 'a cat',
			model: 'gpt-image-1' });
		assert.ok(Buffer.from(data[0].b64_json, 'base64').equals(bytes));
	});
	test('audio.transcriptions.create', async () => {
		const { text } = await openai.audio.transcriptions.create({
			model: 'whisper', language: 'en',
			file: await toFile(bytes, 'a "b" ü.wav') });
		assert.equal(text, `${bytes.length} bytes by whisper-1`);
		assert.ok(upstream.heard.equals(bytes));
	});
	test('files', async () => {
		const { id } = await openai.files.create({ purpose: 'batch',
			file: await toFile(bytes, 'a.jsonl') });
		const { filename, purpose } = await openai.files.retrieve(id);
		assert.deepEqual([filename, purpose], ['a.jsonl', 'batch']);
		assert.ok((await bytesOf(await openai.files.content(id)))
		    .equals(bytes));
		assert.deepEqual((await drained(openai.files.list()))
		    .map((one) => one.id), [id]);
		assert.equal((await openai.files.delete(id)).deleted, true);
		await assert.rejects(openai.files.retrieve(id), { status: 404 });
	});
	test('batches', async () => {
		const { id } = await openai.files.create({ purpose: 'batch',
			file: await toFile(Buffer.from('{}\n'), 'a.jsonl') });
		const batch = await openai.batches.create({ input_file_id: id,
			endpoint: '/v1/responses', completion_window: '24h' });
		assert.equal((await openai.batches.retrieve(batch.id)).status,
		    'validating');
		assert.equal((await openai.batches.cancel(batch.id)).status,
		    'cancelling');
		assert.deepEqual((await drained(openai.batches.list()))
		    .map((one) => one.id), [batch.id]);
	});
	test('responses that are stored', async () => {
		assert.equal((await openai.responses.retrieve('resp_1')).id,
		    'resp_1');
		assert.equal((await openai.responses.cancel('resp_1')).status,
		    'cancelled');
		assert.deepEqual(await drained(openai.responses.inputItems
		    .list('resp_1')), []);
		await openai.responses.delete('resp_1');
		assert.equal(upstream.last.method, 'DELETE');
	});
});

describe('anthropic', () => {
	test('messages.batches', async () => {
		const { batches } = anthropic.messages;
		const params = { model: 'm', max_tokens: 9, messages: [
			{ role: 'user', content: 'hi' }] };
		const { id } = await batches.create({ requests: ['a', 'b'].map(
		    (custom_id) => ({ custom_id, params })) });
		const batch = await batches.retrieve(id);
		assert.equal(batch.results_url,
		    `${gateway.url}/v1/messages/batches/${id}/results`);
		assert.deepEqual((await drained(await batches.results(id)))
		    .map(({ custom_id }) => custom_id), ['a', 'b']);
		assert.match(upstream.last.path, /\/results$/);
		assert.deepEqual((await drained(batches.list()))
		    .map((one) => one.id), [id]);
		assert.equal((await batches.cancel(id)).processing_status,
		    'canceling');
		await batches.delete(id);
		await assert.rejects(batches.retrieve(id), { status: 404 });
	});
	for (const [what, files] of [['files', () => anthropic.files],
	    ['beta.files', () => anthropic.beta.files]])
		test(what, async () => {
			const { id } = await files().upload({ file:
			    await toAnthropicFile(bytes, 'a.pdf', {
				type: 'application/pdf' }) });
			const { filename, size_bytes } = await files()
			    .retrieveMetadata(id);
			assert.deepEqual([filename, size_bytes],
			    ['a.pdf', bytes.length]);
			assert.ok((await bytesOf(await files().download(id)))
			    .equals(bytes));
			assert.deepEqual((await drained(files().list()))
			    .map((one) => one.id), [id]);
			await files().delete(id);
			await assert.rejects(files().retrieveMetadata(id),
			    { status: 404 });
		});
});

describe('genai', () => {
	for (const model of ['gemini-embedding-001', 'text-embedding-3-small'])
		test(`embedContent of ${model}`, async () => {
			const contents = ['one', 'and another'];
			const { embeddings } = await google.models.embedContent({
				model, contents });
			assert.deepEqual(embeddings.map(({ values }) => values),
			    contents.map(vectorOf));
		});
	test('files', async () => {
		const { name } = await google.files.upload({
			file: new Blob([bytes], { type: 'video/mp4' }),
			config: { displayName: 'a film' } });
		assert.equal((await google.files.get({ name })).sizeBytes,
		    String(bytes.length));
		const [kept] = [...upstream.kept.values()].filter((one) =>
			one.bytes);
		assert.ok(kept.bytes.equals(bytes));
		assert.deepEqual((await drained(await google.files.list()))
		    .map((one) => one.name), [name]);
		await google.files.delete({ name });
		await assert.rejects(google.files.get({ name }), { status: 404 });
	});
	test('caches', async () => {
		const { name } = await google.caches.create({
			model: 'gemini-3-flash-preview', config: { ttl: '60s',
			    contents: [{ role: 'user', parts: [{ text: 'long' }] }] } });
		assert.equal((await google.caches.get({ name })).name, name);
		await google.caches.delete({ name });
	});
});

test('no request bore the gateway\'s key', () => {
	assert.ok(seen.length > 40);
	for (const { headers, url } of seen)
		assert.ok(!JSON.stringify([headers, url]).includes(KEY));
});
