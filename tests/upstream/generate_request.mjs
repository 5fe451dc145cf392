// What Google's generateContent accepts.  Its JSON reader takes every name in
// lowerCamelCase and in snake_case, and refuses every name it does not know.

import { Invalid, any, anyObject, base64, bool, byKind, fail, integer, list,
    number, object as exact, solid, text, word } from './check.mjs';

const camel = (key) => key.replace(/_([a-z0-9])/g, (_, c) => c.toUpperCase());
const object = (table) => exact(table, { spell: camel });

// A field by either of its names.
export function take(value, name) {
	const snake = name.replace(/[A-Z]/g, (c) => '_' + c.toLowerCase());
	return value?.[name] ?? value?.[snake];
}

const TYPES = ['STRING', 'NUMBER', 'INTEGER', 'BOOLEAN', 'ARRAY', 'OBJECT',
    'NULL', 'TYPE_UNSPECIFIED'];

// The subset of OpenAPI's schema that `parameters` and `responseSchema` are.
function schema(value, path) {
	object({
		type: (type, at) => word(...TYPES)(String(type).toUpperCase(), at),
		format: text(), title: text(), description: text(), nullable: bool,
		enum: list(text()), maxItems: any, minItems: any,
		properties: (table, at) => {
			for (const [name, sub] of Object.entries(table))
				schema(sub, [...at, name]);
		},
		required: list(text()), minProperties: any, maxProperties: any,
		minLength: any, maxLength: any, pattern: text(), example: any,
		anyOf: list(schema), propertyOrdering: list(text()), default: any,
		items: schema, minimum: number(), maximum: number(),
	})(value, path);
	const type = String(value.type ?? '').toUpperCase();
	const properties = value.properties ?? {};

	if (type === 'OBJECT' && !Object.keys(properties).length)
		fail([...path, 'properties'], 'should be non-empty for OBJECT type');
	if (type === 'ARRAY' && !value.items)
		fail([...path, 'items'], 'missing field.');
	if (value.enum && type !== 'STRING')
		fail([...path, 'enum'], 'only allowed for STRING type');
	for (const name of value.required ?? [])
		if (!Object.hasOwn(properties, name))
			fail([...path, 'required'], `property is not defined: ${name}`);
}

const blob = object({ 'mimeType!': text({ pattern: /^[a-z]+\/[\w.+-]+$/ }),
    'data!': base64,
    displayName: text() });
const DATA = {
	text: text(),
	inlineData: blob,
	fileData: object({ mimeType: text(), 'fileUri!': text(),
	    displayName: text() }),
	functionCall: object({ id: text(), 'name!': text({ min: 1 }),
	    args: anyObject }),
	functionResponse: object({ id: text(), 'name!': text({ min: 1 }),
	    'response!': anyObject, parts: list(object({ inlineData: blob })),
	    willContinue: bool, scheduling: text() }),
	executableCode: anyObject,
	codeExecutionResult: anyObject,
	toolCall: anyObject, toolResponse: anyObject,
};
// For calls that another model made there is a word that stands for a signature.
const NO_SIGNATURE = 'skip_thought_signature_validator';
const signature = (value, path) => value === NO_SIGNATURE ||
	base64(value, path);
const partFields = object({ ...DATA, thought: bool, thoughtSignature: signature,
    videoMetadata: anyObject, partMetadata: anyObject,
    mediaResolution: anyObject });

function part(value, path) {
	partFields(value, path);
	const kinds = Object.keys(value).map(camel).filter((key) => key in DATA);
	const sealed = take(value, 'thoughtSignature');

	if (kinds.length > 1)
		fail(path, `oneof field 'data' is already set: ${kinds.join(', ')}`);
	if (!kinds.length && !sealed)
		fail([...path, 'data'], 'required oneof field \'data\' must have ' +
		    'one initialized field', 'missing');
	if (kinds[0] === 'text' && !sealed)
		solid(value.text, [...path, 'text']);
}

const content = object({ role: word('user', 'model', 'function'),
    'parts!': list(part, { min: 1 }) });

const declaration = object({
	'name!': text({ pattern: /^[a-zA-Z_][a-zA-Z0-9_.:-]{0,127}$/ }),
	description: text(), parameters: schema, parametersJsonSchema: any,
	response: schema, responseJsonSchema: any, behavior: text(),
});
const BUILT_IN = ['googleSearch', 'googleSearchRetrieval', 'codeExecution',
    'urlContext', 'computerUse', 'fileSearch', 'googleMaps', 'mcpServers'];
const tool = object({ functionDeclarations: list(declaration, { min: 1 }),
    ...Object.fromEntries(BUILT_IN.map((name) => [name, any])) });

const calling = object({ mode: word('MODE_UNSPECIFIED', 'AUTO', 'ANY', 'NONE',
    'VALIDATED'), allowedFunctionNames: list(text()),
    streamFunctionCallArguments: bool });
const thinkingConfig = object({ includeThoughts: bool,
    thinkingBudget: integer(-1), thinkingLevel: (value, path) =>
	word('THINKING_LEVEL_UNSPECIFIED', 'MINIMAL', 'LOW', 'MEDIUM', 'HIGH')(
	    String(value).toUpperCase(), path) });
const generationConfig = object({
	candidateCount: integer(1, 8), maxOutputTokens: integer(1),
	stopSequences: list(text({ min: 1 }), { max: 5 }),
	temperature: number(0, 2), topP: number(0, 1), topK: number(1),
	presencePenalty: number(-2, 2), frequencyPenalty: number(-2, 2),
	seed: integer(), responseLogprobs: bool, logprobs: integer(0, 20),
	responseMimeType: word('text/plain', 'application/json', 'text/x.enum'),
	responseSchema: schema, responseJsonSchema: anyObject,
	responseModalities: list(text()), speechConfig: anyObject,
	imageConfig: anyObject, mediaResolution: text(),
	enableEnhancedCivicAnswers: bool, thinkingConfig,
});
const fields = {
	'contents!': list(content, { min: 1 }),
	systemInstruction: byKind({ object: content }),
	tools: list(tool), toolConfig: object({ functionCallingConfig: calling,
	    retrievalConfig: anyObject, includeServerSideToolInvocations: bool }),
	generationConfig, safetySettings: list(anyObject),
	cachedContent: text(), model: text({ min: 1 }), serviceTier: text(),
	store: bool, labels: anyObject,
};
const plain = object(fields);
const factory = object({ ...fields, 'model!': fields.model, stream: bool });
const counted = object({ contents: list(content),
    generateContentRequest: plain, model: text() });

const partsOf = (turn, name) => turn.parts.map((entry) => take(entry, name))
    .filter(Boolean);

// Images are shown by the user; only a model that draws sees its own again.
function checkImages(contents, model) {
	contents.forEach((turn, i) => {
		if (turn.role === 'model' && !/image/.test(model) &&
		    (partsOf(turn, 'inlineData').length ||
		    partsOf(turn, 'fileData').length))
			fail(['contents', i], 'Image input is not supported in turns ' +
			    'of the model.');
	});
}

function checkTurns(contents) {
	contents.forEach((turn, i) => {
		const before = contents[i - 1];
		const calls = before ? partsOf(before, 'functionCall') : [];
		const replies = partsOf(turn, 'functionResponse');

		if (before && (before.role ?? 'user') === (turn.role ?? 'user'))
			fail(['contents', i], 'Please ensure that multiturn requests ' +
			    'alternate between user and model.');
		if (calls.length !== replies.length)
			fail(['contents', i], 'Please ensure that the number of function ' +
			    'response parts is equal to the number of function call ' +
			    'parts of the function call turn.');
		if (partsOf(turn, 'functionCall').length && !before)
			fail(['contents', i], 'Please ensure that function call turn ' +
			    'comes immediately after a user turn or after a function ' +
			    'response turn.');
		for (const reply of replies)
			if (!calls.some((call) => call.name === reply.name &&
			    (!reply.id || !call.id || reply.id === call.id)))
				fail(['contents', i], `Function response ${reply.name} ` +
				    'does not match a function call');
	});
	if (partsOf(contents.at(-1), 'functionCall').length)
		fail(['contents'], 'Please ensure that function call turns are ' +
		    'followed by function response turns.');
}

// Gemini 3 wants the first call of each step of the current turn signed.
function checkSeals(contents, model) {
	if (!/gemini-([3-9]|\d\d)/.test(model))
		return;
	const start = contents.findLastIndex((turn) => turn.role !== 'model' &&
	    !partsOf(turn, 'functionResponse').length);

	contents.slice(start + 1).forEach((turn, i) => {
		const call = turn.parts.find((entry) => take(entry, 'functionCall'));
		if (call && !take(call, 'thoughtSignature'))
			fail(['contents', start + 1 + i], 'Function call is missing a ' +
			    'thought_signature in functionCall parts.');
	});
}

function checkTools(body, model) {
	const tools = body.tools ?? [];
	const names = tools.flatMap((entry) => (take(entry,
	    'functionDeclarations') ?? []).map((one) => one.name));
	const builtIn = tools.some((entry) => Object.keys(entry).some((key) =>
		BUILT_IN.includes(camel(key))));
	const old = /gemini-[12]/.test(model);

	if (new Set(names).size !== names.length)
		fail(['tools'], 'Duplicate function declaration found');
	tools.forEach((entry, i) => (take(entry, 'functionDeclarations') ?? [])
	    .forEach((one, j) => {
		if (one.parameters && take(one, 'parametersJsonSchema'))
			fail(['tools', i, 'function_declarations', j], 'parameters and ' +
			    'parameters_json_schema are mutually exclusive');
		const root = one.parameters ?? take(one, 'parametersJsonSchema');
		if (root && String(root.type).toUpperCase() !== 'OBJECT')
			fail(['tools', i, 'function_declarations', j, 'parameters'],
			    'schema should be of type OBJECT');
	}));
	if (old && builtIn && names.length)
		fail(['tools'], 'Tool use with function calling is unsupported');
	const mime = take(take(body, 'generationConfig'), 'responseMimeType');
	if (old && names.length && mime === 'application/json')
		fail(['generationConfig'], "Function calling with a response mime " +
		    "type: 'application/json' is unsupported");
	const choice = take(take(body, 'toolConfig'), 'functionCallingConfig');
	const allowed = take(choice, 'allowedFunctionNames') ?? [];
	if (allowed.length && !['ANY', 'VALIDATED'].includes(choice.mode))
		fail(['toolConfig'], 'Allowed function names should only be set when ' +
		    'the function calling mode is ANY or VALIDATED');
	for (const name of allowed)
		if (!names.includes(name))
			fail(['toolConfig'], `allowed function ${name} is not declared`);
}

function checkConfig(config, model) {
	const thinking = take(config, 'thinkingConfig');
	const level = take(thinking, 'thinkingLevel');
	const budget = take(thinking, 'thinkingBudget');

	if (level !== undefined && budget !== undefined)
		fail(['generationConfig', 'thinkingConfig'], 'You can only set only ' +
		    'one of thinking budget and thinking level.');
	if (level !== undefined && /gemini-2/.test(model))
		fail(['generationConfig', 'thinkingConfig'], 'Thinking level is not ' +
		    'supported for this model.');
	const limit = /pro/.test(model) ? 32768 : 24576;
	if (budget > limit)
		fail(['generationConfig', 'thinkingConfig'], 'The thinking budget ' +
		    `${budget} is invalid. Please choose a value up to ${limit}.`);
	const schemas = ['responseSchema', 'responseJsonSchema'].filter((name) =>
		take(config, name));
	if (schemas.length > 1)
		fail(['generationConfig'], `${schemas.join(' and ')} can not both ` +
		    'be set');
	if (schemas.length && take(config, 'responseMimeType') !==
	    'application/json')
		fail(['generationConfig', schemas[0]], 'requires response_mime_type ' +
		    'application/json');
}

// request: {body, profile, model (from the path), operation}
export function checkGenerate({ body, profile, model, operation }) {
	if (!body || typeof body !== 'object' || Array.isArray(body))
		throw new Invalid([], 'Invalid JSON payload received.', 'type');
	if (operation === 'count') {
		counted(body, []);
		return;
	}
	(profile === 'factory' ? factory : plain)(body, []);
	const name = model ?? body.model ?? '';
	checkTurns(body.contents);
	checkImages(body.contents, name);
	checkSeals(body.contents, name);
	checkTools(body, name);
	checkConfig(take(body, 'generationConfig'), name);
}

export function generateInvalid(problem) {
	const where = problem.path.slice(0, -1).map((key, i) =>
		typeof key === 'number' ? `[${key}]` : (i ? '.' : '') + key).join('');
	const last = problem.path.at(-1);
	if (problem.kind === 'bytes')
		return generateError(400, 'INVALID_ARGUMENT', 'Invalid value at ' +
		    `'${where}.${last}' (TYPE_BYTES), ${problem.message}`);
	const message = problem.kind === 'unknown' ?
		`Invalid JSON payload received. Unknown name "${last}"` +
		`${where ? ` at '${where}'` : ''}: Cannot find field.` :
		`* GenerateContentRequest.${problem.path.join('.')}: ` +
		problem.message;
	return generateError(400, 'INVALID_ARGUMENT', message);
}

export function generateError(code, status, message) {
	return { status: code, body: { error: { code, message, status } } };
}
