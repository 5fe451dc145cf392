// Which class of inputs ran in which pair of APIs, and how it went. A describe of
// these carries its class in front of its name ("A: ..."), and each conversation
// of a test is noted. With FIELD_TABLE=FILE a line for each goes there, and
//
//	node tests/integration/field_table.mjs FILE
//
// prints them as a table (tests/field.sh).

import { AsyncLocalStorage } from 'node:async_hooks';
import fs from 'node:fs';
import * as runner from 'node:test';

const CLASSES = {
	A: 'a reply is reconciled', B: 'arguments always arrive', C: 'ids',
	D: 'failures are failures', E: "the upstream's own words",
	F: 'an end is an end', G: 'content crosses', H: 'seals stay at home',
	I: 'what a small upstream takes', J: 'events are whole lines',
	K: "the client's own wishes",
};
const LETTERS = { chat: 'c', responses: 'r', messages: 'm', generate: 'g' };

const running = new AsyncLocalStorage();
let current;

export function describe(name, body) {
	const [, letter] = /^([A-K]): /.exec(name) ?? [];

	if (!letter)
		throw new Error(`${name}: no class`);
	runner.describe(name, () => {
		current = letter;
		body();
		current = undefined;
	});
}

export function test(name, body) {
	const of = current;

	runner.test(name, async (context) => {
		const pairs = new Set();
		let good = false;
		try {
			await running.run(pairs, () => body(context));
			good = true;
		} finally {
			if (process.env.FIELD_TABLE)
				for (const pair of pairs)
					fs.appendFileSync(process.env.FIELD_TABLE,
					    `${of} ${pair} ${good ? 1 : 0}\n`);
		}
	});
}

// A conversation between these APIs is part of the test that runs.
export function note(client, kind, stream) {
	running.getStore()?.add(`${LETTERS[client]}-${LETTERS[kind]} ${stream ?
	    'S' : 'W'}`);
}

const cell = (counts) => counts === undefined ? '.' :
	counts.bad ? `${counts.good}!${counts.bad}` : String(counts.good);

function print(file) {
	const counts = {};
	const letters = Object.values(LETTERS);
	const pairs = letters.flatMap((client) => letters.map((kind) =>
		`${client}-${kind}`));

	for (const line of fs.readFileSync(file, 'utf8').trim().split('\n')) {
		const [of, pair, form, good] = line.split(' ');
		const one = counts[`${of} ${pair} ${form}`] ??= { good: 0, bad: 0 };
		one[good === '1' ? 'good' : 'bad']++;
	}
	console.log('Passed, by class and pair (client-upstream: chat, responses,' +
	    ' messages, generate),\nwhole and streamed; "!" before what failed.\n');
	console.log([''.padEnd(31), ...pairs.map((pair) => pair.padStart(5))]
	    .join(' '));
	for (const [of, words] of Object.entries(CLASSES))
		for (const form of ['W', 'S'])
			console.log([(form === 'W' ? `${of} ${words}` : '')
			    .padEnd(29), form, ...pairs.map((pair) =>
				cell(counts[`${of} ${pair} ${form}`]).padStart(5))]
			    .join(' '));
	const all = Object.values(counts);
	const sum = (key) => all.reduce((total, one) => total + one[key], 0);
	console.log(`\nconversations passed ${sum('good')} failed ${sum('bad')}`);
}

if (process.argv[1] === new URL(import.meta.url).pathname)
	print(process.argv[2]);
