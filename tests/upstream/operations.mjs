// What the upstream offers beside conversations, as strictly: embeddings, images,
// audio, and what APIs keep for their callers. Files live as long as the upstream,
// so that a test can compare what it gets with what it gave.

import { Invalid, any, bool, byKind, fail, integer, list, map, object, text, word }
    from './check.mjs';

const some = /\S/;
const ID = '[A-Za-z0-9_-]+';

// ---- headers ---------------------------------------------------------------------

const WIRE = { host: some, 'content-length': /^\d+$/,
    'transfer-encoding': /^chunked$/, connection: /^keep-alive$/i,
    'accept!': some, 'accept-encoding': /^identity$/, 'user-agent': some,
    'idempotency-key': some };
const AUTH = { openai: 'authorization', anthropic: 'x-api-key',
    google: 'x-goog-api-key' };
const MORE = {
	openai: { 'openai-beta': some },
	anthropic: { 'anthropic-version!': /^\d{4}-\d\d-\d\d$/,
	    'anthropic-beta': /^[a-z0-9-]+(, ?[a-z0-9-]+)*$/ },
	google: { 'x-goog-api-client': some,
	    'x-goog-upload-protocol': /^resumable$/,
	    'x-goog-upload-command': /^(start|upload|upload, finalize)$/,
	    'x-goog-upload-offset': /^\d+$/,
	    'x-goog-upload-file-name': some,
	    'x-goog-upload-header-content-length': /^\d+$/,
	    'x-goog-upload-header-content-type': /^[a-z]+\/[a-z0-9.+-]+$/ },
};

function checkHeaders({ headers, rawHeaders, method, bytes }, row) {
	const table = { ...WIRE, ...MORE[row.api], [`${AUTH[row.api]}!`]: some };
	const names = rawHeaders.filter((_, i) => i % 2 === 0)
	    .map((name) => name.toLowerCase());

	if (row.type)
		table['content-type!'] = row.type;
	for (const name of names) {
		const pattern = table[name] ?? table[`${name}!`];
		if (names.indexOf(name) !== names.lastIndexOf(name))
			fail(['header', name], `header ${name} stands twice`);
		if (!pattern)
			fail(['header', name], `header ${name} does not belong here`);
		if (!pattern.test(headers[name]))
			fail(['header', name], `header ${name} has a wrong value: ` +
			    headers[name]);
	}
	for (const name of Object.keys(table))
		if (name.endsWith('!') && !names.includes(name.slice(0, -1)))
			fail(['header', name], `header ${name.slice(0, -1)} is missing`);
	if (!row.type && bytes.length > 0)
		fail([], `${method} with a body`);
}

// ---- bodies ----------------------------------------------------------------------

const JSON_TYPE = /^application\/json$/;
const FORM_TYPE = /^multipart\/form-data; ?boundary=\S+$/;

// The fields of a form as an object; a file is {name, type, bytes}. A cut one is
// found here, since an old node's formData() throws what nobody can catch, too.
async function readForm({ bytes, headers }) {
	const [, boundary] = headers['content-type'].match(/boundary="?([^"]+)/);
	if (!bytes.toString('latin1').trimEnd().endsWith(`--${boundary}--`))
		fail([], 'the form has no end');
	const form = await new Response(bytes, { headers: {
		'content-type': headers['content-type'] } }).formData();
	const fields = {};
	for (const [name, value] of form) {
		if (Object.hasOwn(fields, name))
			fail([name], 'stands twice');
		fields[name] = typeof value === 'string' ? value :
		    { name: value.name, type: value.type,
			bytes: Buffer.from(await value.arrayBuffer()) };
	}
	return fields;
}

const file = (value, path) => {
	if (!Buffer.isBuffer(value?.bytes) || !value.name)
		fail(path, 'expected a file with a name', 'type');
};
const name = text({ min: 1, pattern: /^\S+$/ });
const words = text({ min: 1 });
const CONTENT = object({ 'parts!': list(object({ 'text!': words }),
    { min: 1 }), role: word('user') });

const BODIES = {
	embeddings: object({ 'model!': name, 'input!': byKind({ string: words,
	    array: list(byKind({ string: words, number: integer(0),
		array: list(integer(0), { min: 1 }) }), { min: 1, max: 2048 }) }),
	    dimensions: integer(1), encoding_format: word('float', 'base64'),
	    user: name }),
	images: object({ 'model!': name, 'prompt!': words, n: integer(1, 10),
	    size: text({ pattern: /^(auto|\d+x\d+)$/ }),
	    quality: word('auto', 'low', 'medium', 'high', 'hd', 'standard'),
	    output_format: word('png', 'jpeg', 'webp'), stream: bool }),
	transcription: object({ 'file!': file, 'model!': name, language: name,
	    prompt: any, response_format: word('json', 'text', 'verbose_json'),
	    temperature: any, stream: word('true', 'false') }),
	file: object({ 'file!': file, 'purpose!': word('batch', 'assistants',
	    'fine-tune', 'vision', 'user_data', 'evals') }),
	batch: object({ 'input_file_id!': name, 'endpoint!': word('/v1/responses',
	    '/v1/chat/completions', '/v1/embeddings', '/v1/completions'),
	    'completion_window!': word('24h'), metadata: map(words,
	    { max: 16 }) }),
	messageBatch: object({ 'requests!': list(object({ 'custom_id!': text({
	    pattern: /^[a-zA-Z0-9_-]{1,64}$/ }), 'params!': map() }),
	    { min: 1 }) }),
	anthropicFile: object({ 'file!': file }),
	embedContents: object({ 'requests!': list(object({ 'model!': name,
	    'content!': CONTENT, taskType: name, title: words,
	    outputDimensionality: integer(1) }), { min: 1, max: 100 }) }),
	cachedContent: object({ 'model!': text({ pattern: /^models\// }),
	    'contents!': list(CONTENT, { min: 1 }), displayName: words,
	    ttl: text({ pattern: /^\d+(\.\d+)?s$/ }) }),
	empty: object({}),	// their SDK sends it
	uploadStart: object({ file: object({ displayName: words, mimeType: words,
	    sizeBytes: words, name: words }) }),
};

// ---- what is kept ----------------------------------------------------------------

const need = (upstream, kind, id) => upstream.kept.get(`${kind}/${id}`) ??
	fail([id], `No such ${kind} object: ${id}`, 'lost');
const keep = (upstream, kind, id, value) => {
	upstream.kept.set(`${kind}/${id}`, value);
	return value;
};
const drop = (upstream, kind, id) => {
	need(upstream, kind, id);
	upstream.kept.delete(`${kind}/${id}`);
};
const shown = ({ bytes, ...rest }) => rest;
const all = (upstream, kind) => [...upstream.kept]
    .filter(([key]) => key.startsWith(`${kind}/`))
    .map(([, value]) => shown(value));
const binary = (type, bytes) => ({ headers: { 'content-type': type },
    body: bytes });
const next = (upstream, prefix) => `${prefix}${upstream.kept.size + 1}`;

// A vector of its own for each text.
export const vectorOf = (one) => [String(one).length, 0.25, -1.5];

const base64 = (vector) => Buffer.from(Float32Array.from(vector).buffer)
    .toString('base64');

function embeddings({ body }) {
	const inputs = Array.isArray(body.input) ? body.input : [body.input];
	return { body: { object: 'list', model: body.model,
		data: inputs.map((one, index) => ({ object: 'embedding', index,
		    embedding: body.encoding_format === 'base64' ?
			base64(vectorOf(one)) : vectorOf(one) })),
		usage: { prompt_tokens: 5, total_tokens: 5 } } };
}

const openaiFile = (upstream, { body }) => keep(upstream, 'file',
    next(upstream, 'file-'), { id: next(upstream, 'file-'), object: 'file',
	bytes: body.file.bytes, size: body.file.bytes.length,
	filename: body.file.name, purpose: body.purpose, created_at: 1 });
const asOpenai = ({ bytes, ...rest }) => ({ ...rest, bytes: bytes.length });

const messageBatch = (upstream, { body }) => {
	const id = next(upstream, 'msgbatch_');
	return keep(upstream, 'msgbatch', id, { id, type: 'message_batch',
		processing_status: 'ended', requests: body.requests,
		results_url: `https://api.anthropic.example/v1/messages/batches/${
		    id}/results` });
};
const asBatch = ({ requests, ...rest }) => ({ ...rest, request_counts: {
	processing: 0, succeeded: requests.length, errored: 0, canceled: 0,
	expired: 0 } });
const results = ({ requests }) => Buffer.from(requests.map(({ custom_id }) =>
	JSON.stringify({ custom_id, result: { type: 'canceled' } }) + '\n')
    .join(''));

const anthropicFile = (upstream, { body }) => {
	const id = next(upstream, 'file_');
	return keep(upstream, 'file', id, { id, type: 'file', downloadable: true,
		filename: body.file.name, mime_type: body.file.type,
		size_bytes: body.file.bytes.length, bytes: body.file.bytes,
		created_at: '2026-01-01T00:00:00Z' });
};

function startUpload(upstream, { headers, query, body }) {
	if (headers['x-goog-upload-command'] !== 'start' ||
	    !headers['x-goog-upload-header-content-length'] ||
	    !headers['x-goog-upload-header-content-type'])
		fail(['header'], 'no start of an upload');
	if (query)
		fail(['query'], `unknown: ${query}`);
	BODIES.uploadStart(body, []);
	const id = next(upstream, 'up-');
	keep(upstream, 'upload', id, { size: Number(
	    headers['x-goog-upload-header-content-length']), type:
	    headers['x-goog-upload-header-content-type'] });
	return { body: '', headers: { 'x-goog-upload-status': 'active',
		'x-goog-upload-url': 'https://g.example/upload/v1beta/files' +
		    `?upload_id=${id}&upload_protocol=resumable` } };
}

function takeUpload(upstream, { headers, query, bytes }) {
	const id = new URLSearchParams(query).get('upload_id');
	const upload = need(upstream, 'upload', id);
	if (headers['x-goog-upload-command'] !== 'upload, finalize' ||
	    headers['x-goog-upload-offset'] !== '0')
		fail(['header'], 'no end of an upload');
	if (bytes.length !== upload.size)
		fail([], `${bytes.length} bytes where ${upload.size} were said`);
	const kept = keep(upstream, 'gfile', `f${id}`, { name: `files/f${id}`,
		uri: `https://g.example/v1beta/files/f${id}`, state: 'ACTIVE',
		mimeType: upload.type, sizeBytes: String(bytes.length), bytes });
	return { body: { file: shown(kept) },
		headers: { 'x-goog-upload-status': 'final' } };
}

// ---- the rows --------------------------------------------------------------------

const page = (data) => ({ body: { object: 'list', data, has_more: false,
    first_id: null, last_id: null } });

// METHOD path: {type, body, answer(upstream, entry) -> answer}. {} is an id.
const OPENAI = {
	'POST /v1/embeddings': { body: 'embeddings',
	    answer: (_, entry) => embeddings(entry) },
	'POST /v1/images/generations': { body: 'images', answer: (upstream) => ({
	    body: { created: 1, data: [{ b64_json: upstream.picture
		.toString('base64') }] } }) },
	'POST /v1/audio/transcriptions': { form: 'transcription',
	    answer: (upstream, { body }) => {
		upstream.heard = body.file.bytes;
		return { body: { text: `${body.file.bytes.length} bytes by ${
		    body.model}` } };
	    } },
	'POST /v1/files': { form: 'file', answer: (upstream, entry) => ({
	    body: asOpenai(openaiFile(upstream, entry)) }) },
	'GET /v1/files': { answer: (upstream) => page(all(upstream, 'file')) },
	'GET /v1/files/{}': { answer: (upstream, { ids }) => ({
	    body: asOpenai(need(upstream, 'file', ids[0])) }) },
	'GET /v1/files/{}/content': { answer: (upstream, { ids }) =>
	    binary('application/octet-stream', need(upstream, 'file', ids[0])
		.bytes) },
	'DELETE /v1/files/{}': { answer: (upstream, { ids }) => {
		drop(upstream, 'file', ids[0]);
		return { body: { id: ids[0], object: 'file', deleted: true } };
	    } },
	'POST /v1/batches': { body: 'batch', answer: (upstream, { body }) => {
		need(upstream, 'file', body.input_file_id);
		const id = next(upstream, 'batch_');
		return { body: keep(upstream, 'batch', id, { id, object: 'batch',
			status: 'validating', ...body }) };
	    } },
	'GET /v1/batches': { answer: (upstream) => page(all(upstream, 'batch')) },
	'GET /v1/batches/{}': { answer: (upstream, { ids }) => ({
	    body: need(upstream, 'batch', ids[0]) }) },
	'POST /v1/batches/{}/cancel': { answer: (upstream, { ids }) => ({
	    body: { ...need(upstream, 'batch', ids[0]),
		status: 'cancelling' } }) },
	'GET /v1/responses/{}': { answer: (_, { ids }) => ({ body: { id: ids[0],
	    object: 'response', status: 'completed', output: [] } }) },
	'GET /v1/responses/{}/input_items': { answer: () => page([]) },
	'POST /v1/responses/{}/cancel': { answer: (_, { ids }) => ({ body: {
	    id: ids[0], object: 'response', status: 'cancelled' } }) },
	'DELETE /v1/responses/{}': { answer: (_, { ids }) => ({ body: {
	    id: ids[0], object: 'response', deleted: true } }) },
};
const ANTHROPIC = {
	'POST /v1/messages/batches': { body: 'messageBatch',
	    answer: (upstream, entry) => ({
		body: asBatch(messageBatch(upstream, entry)) }) },
	'GET /v1/messages/batches': { answer: (upstream) =>
	    page(all(upstream, 'msgbatch').map(asBatch)) },
	'GET /v1/messages/batches/{}': { answer: (upstream, { ids }) => ({
	    body: asBatch(need(upstream, 'msgbatch', ids[0])) }) },
	'POST /v1/messages/batches/{}/cancel': { answer: (upstream,
	    { ids }) => ({ body: { ...asBatch(need(upstream, 'msgbatch',
	    ids[0])), processing_status: 'canceling' } }) },
	'GET /v1/messages/batches/{}/results': { answer: (upstream,
	    { ids }) => binary('application/x-jsonl', results(need(upstream,
	    'msgbatch', ids[0]))) },
	'DELETE /v1/messages/batches/{}': { answer: (upstream, { ids }) => {
		drop(upstream, 'msgbatch', ids[0]);
		return { body: { id: ids[0], type: 'message_batch_deleted' } };
	    } },
	'POST /v1/files': { form: 'anthropicFile', answer: (upstream, entry) => ({
	    body: shown(anthropicFile(upstream, entry)) }) },
	'GET /v1/files': { answer: (upstream) => page(all(upstream, 'file')) },
	'GET /v1/files/{}': { answer: (upstream, { ids }) => ({
	    body: shown(need(upstream, 'file', ids[0])) }) },
	'GET /v1/files/{}/content': { answer: (upstream, { ids }) =>
	    binary('application/binary', need(upstream, 'file', ids[0])
		.bytes) },
	'DELETE /v1/files/{}': { answer: (upstream, { ids }) => {
		drop(upstream, 'file', ids[0]);
		return { body: { id: ids[0], type: 'file_deleted' } };
	    } },
};
const GOOGLE = {
	'POST /v1beta/models/{}:batchEmbedContents': { body: 'embedContents',
	    answer: (_, { body, ids }) => {
		body.requests.forEach(({ model }, i) => {
			if (model !== `models/${ids[0]}`)
				fail(['requests', i, 'model'], 'another model');
		});
		return { body: { embeddings: body.requests.map(({ content }) =>
			({ values: vectorOf(content.parts[0].text) })) } };
	    } },
	'POST /upload/v1beta/files': { type: some, answer: (upstream, entry) =>
	    entry.query.includes('upload_id=') ? takeUpload(upstream, entry) :
		startUpload(upstream, entry) },
	'GET /v1beta/files': { answer: (upstream) => ({ body: {
	    files: all(upstream, 'gfile') } }) },
	'GET /v1beta/files/{}': { answer: (upstream, { ids }) => ({
	    body: shown(need(upstream, 'gfile', ids[0])) }) },
	'GET /v1beta/files/{}:download': { answer: (upstream, { ids, query }) => {
		if (query !== '?alt=media')
			fail(['alt'], 'download without alt=media');
		const { mimeType, bytes } = need(upstream, 'gfile', ids[0]);
		return binary(mimeType, bytes);
	    } },
	'DELETE /v1beta/files/{}': { body: 'empty', answer: (upstream, { ids }) => {
		drop(upstream, 'gfile', ids[0]);
		return { body: {} };
	    } },
	'POST /v1beta/cachedContents': { body: 'cachedContent',
	    answer: (upstream, { body }) => ({ body: keep(upstream, 'cache', 'c1',
		{ name: 'cachedContents/c1', ...body }) }) },
	'GET /v1beta/cachedContents/{}': { answer: (upstream, { ids }) => ({
	    body: need(upstream, 'cache', ids[0]) }) },
	'DELETE /v1beta/cachedContents/{}': { body: 'empty', answer: (upstream, { ids }) => {
		drop(upstream, 'cache', ids[0]);
		return { body: {} };
	    } },
};

// Each API has a host's beginning of its own: /openai, /anthropic, none.
const compile = (api, front, dialect, table) => Object.entries(table).map(
    ([key, { body, form, type, answer }]) => {
	const [method, path] = key.split(' ');
	return { api, dialect, method, answer, form,
		check: BODIES[body ?? form],
		type: type ?? (body ? JSON_TYPE : form ? FORM_TYPE : undefined),
		pattern: new RegExp(`^${front}${path.replaceAll('{}',
		    `(${ID})`)}$`) };
    });
const ROWS = [...compile('openai', '/openai', 'chat', OPENAI),
    ...compile('anthropic', '/anthropic', 'messages', ANTHROPIC),
    ...compile('google', '', 'generate', GOOGLE)];

// The row for a request, and its ids; undefined when there is none.
export function findOperation(method, path) {
	for (const row of ROWS) {
		const match = row.method === method && row.pattern.exec(path);
		if (match)
			return { row, dialect: row.dialect, profile: 'plain',
				operation: 'other', ids: match.slice(1) };
	}
	return undefined;
}

// Throws Invalid; of a form the body is its fields from then on.
export async function checkOperation(entry) {
	checkHeaders(entry, entry.row);
	if (entry.row.form)
		entry.body = await readForm(entry).catch((error) =>
			error instanceof Invalid ? Promise.reject(error) :
			    fail([], error.message));
	entry.row.check?.(entry.body, []);
}
