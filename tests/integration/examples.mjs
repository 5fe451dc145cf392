// The examples of the manual pages: each is a literal block or line of their source.

import fs from 'node:fs';
import path from 'node:path';
import { spawn, spawnSync } from 'node:child_process';
import { root, within, PATIENCE_MS } from './gateway.mjs';

export const PAGES = fs.readdirSync(path.join(root, 'conf'))
    .filter((name) => /\.[1-9]$/.test(name));

// What stands on the page for a line of its source.
const shown = (text) => text.replace(/\\\n/g, '').replace(/\\\(dq/g, '"')
    .replace(/\\[&-]/g, (two) => two[1].replace('&', '')).replace(/\\e/g, '\\');

// {page, line, text} of all of a page.
export function examples(page) {
	const source = fs.readFileSync(path.join(root, 'conf', page), 'utf8');
	return [...source.matchAll(
	    /^\.Bd -literal.*\n([^]*?)^\.Ed$|^\.Dl (.*)$/gm)].map(
	    ({ 1: block, 2: line, index }) => ({ page,
		line: source.slice(0, index).split('\n').length,
		text: shown(block ?? line) }));
}

// The commands of an example and what it shows of their output: a command goes on
// as long as a shell could not run it.
export function commands(text) {
	return text.split(/^\$ /m).slice(1).map((chunk) => {
		const lines = chunk.replace(/\n$/, '').split('\n');
		let count = 1;
		while (count < lines.length && (lines[count - 1].endsWith('\\') ||
		    spawnSync('bash', ['-nc', lines.slice(0, count).join('\n')])
			.status !== 0))
			count++;
		return { command: lines.slice(0, count).join('\n'),
			output: lines.slice(count) };
	});
}

// Resolves with {code, out}; what watches is interrupted when it has said something.
export function bash(command, { cwd = root, env = process.env } = {}) {
	const child = spawn('bash', ['-euc', command], { cwd, env, detached: true,
		stdio: ['ignore', 'pipe', 'pipe'] });
	let out = '';
	for (const stream of [child.stdout, child.stderr])
		stream.on('data', (bytes) => { out += bytes; });
	if (command.includes('--watch'))
		child.stdout.once('data', () => process.kill(-child.pid, 'SIGINT'));
	return within(PATIENCE_MS, new Promise((resolve) => child.on('close',
	    (code) => resolve({ code, out }))), `end of ${command}`);
}
