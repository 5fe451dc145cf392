// seeds.mjs FOLDER: inputs for the fuzzers made of tests/scenarios and of bodies/,
// a folder for each fuzzer: every request and every reply, with the choices that
// stand before it there (see each fuzz_*.c) so that each pair of dialects and each
// entry of a model comes up.
//
// A line of bodies/DIALECT.request.jsonl or .reply.jsonl is a body, one of
// .stream.jsonl the data of a stream's events; one of bodies/config.jsonl is a
// configuration. They are what the scenarios do not say, mistakes most of all.

import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const scenarios = path.join(here, '../scenarios');
const KINDS = ['chat', 'responses', 'messages', 'generate'];
const to = process.argv[2];
let serial = 0;

function write(fuzzer, name, ...pieces) {
	const folder = path.join(to, fuzzer);
	fs.mkdirSync(folder, { recursive: true });
	fs.writeFileSync(path.join(folder, name), Buffer.concat(pieces));
}

// A byte that is another one each time.
const turn = (step) => serial++ * step & 255;

function request(name, kind, bytes) {
	KINDS.forEach((_, other) => {
		write('convert_request', `${name}-${other}`, Buffer.from([
			kind | other << 2, 0]), bytes);
		write('convert_request', `${name}-${other}-entry`, Buffer.from([
			kind | other << 2 | turn(16) & 240, turn(37)]), bytes);
	});
	for (let i = 0; i < 6; i++)
		write('edit_request', `${name}-${i}`, Buffer.from([kind |
			turn(4) & 252, turn(51), turn(93), turn(29)]), bytes);
}

function reply(name, kind, bytes) {
	KINDS.forEach((_, client) => {
		const pair = client | kind << 2;
		write('convert_reply', `${name}-${client}`, Buffer.from([pair,
			turn(83)]), bytes);
		write('convert_reply', `${name}-${client}-stream`, Buffer.from([
			pair | 16 | turn(32) & 96, turn(83)]), bytes);
	});
	write('watch', name, bytes);
}

for (const scenario of fs.readdirSync(scenarios).sort())
	KINDS.forEach((dialect, kind) => {
		for (const [what, make] of [['request.json', request],
			['reply.json', reply], ['reply.sse', reply]]) {
			const file = path.join(scenarios, scenario,
			    `${dialect}.${what}`);
			if (fs.existsSync(file))
				make(`${scenario}-${dialect}-${what}`, kind,
				    fs.readFileSync(file));
		}
	});

const linesOf = (name) => fs.readFileSync(path.join(here, 'bodies', name), 'utf8')
    .split('\n').filter(Boolean);

const eventText = (data) => (data.type ? `event: ${data.type}\n` : '') +
	`data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;

KINDS.forEach((dialect, kind) => {
	linesOf(`${dialect}.request.jsonl`).forEach((line, i) =>
		request(`${dialect}-${i}-request`, kind, Buffer.from(line)));
	linesOf(`${dialect}.reply.jsonl`).forEach((line, i) => {
		reply(`${dialect}-${i}-reply`, kind, Buffer.from(line));
		reply(`${dialect}-${i}-event`, kind, Buffer.from(
		    `data: ${line}\n\n`));
	});
	linesOf(`${dialect}.stream.jsonl`).forEach((line, i) =>
		reply(`${dialect}-${i}-stream`, kind, Buffer.from(
		    JSON.parse(line).map(eventText).join(''))));
});
linesOf('config.jsonl').forEach((line, i) => write('config', String(i),
	Buffer.from(line)));
