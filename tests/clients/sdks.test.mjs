// The official SDKs through the gateway, each over every kind of upstream: a
// whole answer, a streamed one, and a round of a tool.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import OpenAI from 'openai';
import { zodTextFormat } from 'openai/helpers/zod';
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import { generateText, stepCountIs, streamText, tool } from 'ai';
import { createOpenAI } from '@ai-sdk/openai';
import { createAnthropic } from '@ai-sdk/anthropic';
import { createGoogleGenerativeAI } from '@ai-sdk/google';
import { z } from 'zod';
import { root } from '../integration/gateway.mjs';
import { CITY, KINDS, PARAMETERS, SAID, WEATHER, playTool, playWords,
    startPair } from './gateway.mjs';

const call = { name: 'get_weather', input: { city: CITY } };
const ask = 'How is the weather in Lisbon?';
let pair, upstream;

before(async () => {
	pair = await startPair();
	upstream = pair.upstream;
});
beforeEach(() => upstream.reset());
after(() => pair?.stop());

for (const [kind, model] of Object.entries(KINDS)) {
	describe(`openai chat over ${kind}`, () => {
		const client = () => new OpenAI({ baseURL: `${pair.url}/v1`,
			apiKey: 'any', maxRetries: 0 });
		const messages = [{ role: 'system', content: 'Be brief.' },
			{ role: 'user', content: ask }];

		test('create', async () => {
			playWords(upstream);
			const answer = await client().chat.completions.create({ model,
				messages });
			assert.equal(answer.choices[0].message.content, SAID);
			assert.equal(answer.choices[0].finish_reason, 'stop');
			assert.equal(answer.usage.prompt_tokens, 31);
			assert.equal(answer.usage.completion_tokens, 9);
		});
		test('stream', async () => {
			playWords(upstream);
			const stream = client().chat.completions.stream({ model,
				messages, stream_options: { include_usage: true } });
			let text = '', pieces = 0;
			stream.on('content', (delta) => {
				text += delta;
				pieces++;
			});
			const answer = await stream.finalChatCompletion();
			assert.equal(text, SAID);
			assert.ok(pieces > 1);
			assert.equal(answer.choices[0].finish_reason, 'stop');
			assert.equal((await stream.totalUsage()).prompt_tokens, 31);
		});
		test('runTools', async () => {
			playTool(upstream, call);
			const asked = [];
			const runner = client().chat.completions.runTools({ model,
				messages, stream: true, tools: [{ type: 'function',
				function: { name: 'get_weather', parameters: PARAMETERS,
				    description: 'Weather of a city', parse: JSON.parse,
				    function: ({ city }) => {
					asked.push(city);
					return WEATHER;
				    } } }] });
			assert.equal(await runner.finalContent(), SAID);
			assert.deepEqual(asked, [CITY]);
		});
	});

	describe(`openai responses over ${kind}`, () => {
		const client = () => new OpenAI({ baseURL: `${pair.url}/v1`,
			apiKey: 'any', maxRetries: 0 });
		const tools = [{ type: 'function', name: 'get_weather', strict: false,
			parameters: PARAMETERS, description: 'Weather of a city' }];

		test('create', async () => {
			playWords(upstream);
			const answer = await client().responses.create({ model,
				instructions: 'Be brief.', input: ask });
			assert.equal(answer.output_text, SAID);
			assert.equal(answer.status, 'completed');
			assert.equal(answer.usage.input_tokens, 31);
			assert.equal(answer.usage.input_tokens_details.cached_tokens,
			    8);
		});
		test('stream', async () => {
			playWords(upstream);
			const stream = client().responses.stream({ model, input: ask });
			let text = '';
			stream.on('response.output_text.delta', (event) => {
				text += event.delta;
			});
			const answer = await stream.finalResponse();
			assert.equal(text, SAID);
			assert.equal(answer.output_text, SAID);
		});
		test('a tool, streamed', async () => {
			playTool(upstream, call);
			const input = [{ role: 'user', content: ask }];
			const first = await client().responses.stream({ model, input,
				tools, store: false }).finalResponse();
			const [item] = first.output.filter(({ type }) =>
				type === 'function_call');
			assert.equal(item.name, 'get_weather');
			assert.deepEqual(JSON.parse(item.arguments), { city: CITY });
			const second = await client().responses.create({ model,
				store: false, tools, input: [...input, ...first.output,
				{ type: 'function_call_output', call_id: item.call_id,
				    output: WEATHER }] });
			assert.equal(second.output_text, SAID);
		});
		test('parse', async () => {
			upstream.fallback = () => ({ reply: {
				text: '{"city":"Lisbon"}' } });
			const answer = await client().responses.parse({ model,
				input: ask, text: { format: zodTextFormat(
				z.object({ city: z.string() }), 'place') } });
			assert.deepEqual(answer.output_parsed, { city: CITY });
		});
	});

	describe(`anthropic over ${kind}`, () => {
		const client = () => new Anthropic({ baseURL: pair.url,
			apiKey: 'any', maxRetries: 0 });
		const what = { model, max_tokens: 1024, system: 'Be brief.',
			messages: [{ role: 'user', content: ask }] };

		test('create', async () => {
			playWords(upstream);
			const answer = await client().messages.create(what);
			assert.equal(answer.content.at(-1).text, SAID);
			assert.equal(answer.stop_reason, 'end_turn');
			assert.equal(answer.usage.input_tokens, 23);
			assert.equal(answer.usage.cache_read_input_tokens, 8);
		});
		test('stream', async () => {
			playWords(upstream);
			const stream = client().messages.stream(what);
			let text = '';
			stream.on('text', (delta) => {
				text += delta;
			});
			const answer = await stream.finalMessage();
			assert.equal(text, SAID);
			assert.equal(answer.stop_reason, 'end_turn');
			assert.equal(answer.usage.output_tokens, 9);
		});
		test('toolRunner', async () => {
			playTool(upstream, call);
			const asked = [];
			const answer = await client().beta.messages.toolRunner({ ...what,
				tools: [{ name: 'get_weather', input_schema: PARAMETERS,
				    description: 'Weather of a city',
				    run: ({ city }) => {
					asked.push(city);
					return WEATHER;
				    }, parse: (input) => input }] });
			assert.equal(answer.content.at(-1).text, SAID);
			assert.deepEqual(asked, [CITY]);
		});
		test('countTokens', async () => {
			const { input_tokens } = await client().messages.countTokens({
				model, messages: what.messages });
			assert.ok(input_tokens > 0);
		});
	});

	describe(`genai over ${kind}`, () => {
		const client = () => new GoogleGenAI({ apiKey: 'any',
			httpOptions: { baseUrl: pair.url } });
		const functionDeclarations = [{ name: 'get_weather',
			description: 'Weather of a city',
			parametersJsonSchema: PARAMETERS }];

		test('generateContent', async () => {
			playWords(upstream);
			const answer = await client().models.generateContent({ model,
				contents: ask, config: { systemInstruction: 'Be brief.' } });
			assert.equal(answer.text, SAID);
			assert.equal(answer.candidates[0].finishReason, 'STOP');
			assert.equal(answer.usageMetadata.promptTokenCount, 31);
		});
		test('generateContentStream', async () => {
			playWords(upstream);
			const stream = await client().models.generateContentStream({
				model, contents: ask });
			let text = '', last;
			for await (const chunk of stream) {
				text += chunk.text ?? '';
				last = chunk;
			}
			assert.equal(text, SAID);
			assert.equal(last.candidates[0].finishReason, 'STOP');
		});
		test('a tool', async () => {
			playTool(upstream, call);
			const contents = [{ role: 'user', parts: [{ text: ask }] }];
			const config = { tools: [{ functionDeclarations }] };
			const first = await client().models.generateContent({ model,
				contents, config });
			const [asked] = first.functionCalls;
			assert.deepEqual(asked.args, { city: CITY });
			const second = await client().models.generateContent({ model,
				config, contents: [...contents,
				first.candidates[0].content, { role: 'user', parts: [{
				    functionResponse: { id: asked.id, name: asked.name,
					response: { output: WEATHER } } }] }] });
			assert.equal(second.text, SAID);
		});
		test('countTokens', async () => {
			const { totalTokens } = await client().models.countTokens({
				model, contents: ask });
			assert.ok(totalTokens > 0);
		});
	});

	const VERCEL = {
		openai: () => createOpenAI({ baseURL: `${pair.url}/v1`,
			apiKey: 'any' })(model),
		'openai chat': () => createOpenAI({ baseURL: `${pair.url}/v1`,
			apiKey: 'any' }).chat(model),
		anthropic: () => createAnthropic({ baseURL: `${pair.url}/v1`,
			apiKey: 'any' })(model),
		google: () => createGoogleGenerativeAI({
			baseURL: `${pair.url}/v1beta`, apiKey: 'any' })(model),
	};
	for (const [name, make] of Object.entries(VERCEL))
		describe(`ai ${name} over ${kind}`, () => {
			const what = () => ({ model: make(), maxRetries: 0, prompt: ask,
				providerOptions: { openai: { store: false } },
				stopWhen: stepCountIs(3), tools: { get_weather: tool({
				    description: 'Weather of a city',
				    inputSchema: z.object({ city: z.string() }),
				    execute: async () => WEATHER }) } });

			test('generateText with a tool', async () => {
				playTool(upstream, call);
				const { text, steps } = await generateText(what());
				assert.equal(text, SAID);
				assert.equal(steps.length, 2);
			});
			test('streamText with a tool', async () => {
				playTool(upstream, call);
				const errors = [];
				const { textStream } = streamText({ ...what(),
					onError: ({ error }) => errors.push(error) });
				let text = '';
				for await (const delta of textStream)
					text += delta;
				assert.deepEqual(errors, []);
				assert.equal(text, SAID);
			});
		});
}

describe('by the variables of the README alone', () => {
	const readme = fs.readFileSync(path.join(root, 'README.md'), 'utf8');
	const settings = (name) => Object.fromEntries(readme.match(new RegExp(
	    `^\\| ${name} \\| \`(.*)\` \\|$`, 'm'))[1]
	    .replaceAll('http://localhost:3000', pair.url).split(' ')
	    .map((one) => one.split('=')));
	const within = async (name, run) => {
		const variables = settings(name);
		Object.assign(process.env, variables);
		try {
			return await run();
		} finally {
			for (const one of Object.keys(variables))
				delete process.env[one];
		}
	};
	const messages = [{ role: 'user', content: ask }];

	test('OpenAI SDKs', () => within('OpenAI SDKs', async () => {
		playWords(upstream);
		const answer = await new OpenAI().chat.completions.create({
			model: KINDS.chat, messages });
		assert.equal(answer.choices[0].message.content, SAID);
	}));
	test('Anthropic SDKs', () => within('Anthropic SDKs', async () => {
		playWords(upstream);
		const answer = await new Anthropic().messages.create({
			model: KINDS.chat, max_tokens: 64, messages });
		assert.equal(answer.content.at(-1).text, SAID);
	}));
});
