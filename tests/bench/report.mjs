// The bench's figures as tables.

import { BARE, DIRECT, NGINX, PARTS } from './subjects.mjs';
import { ofFallback, ofMemory, pace, parts, reasons, targets, verdict } from './targets.mjs';
import { sum } from './measure.mjs';

const number = (value) => !Number.isFinite(value) ? '-'
    : Number.isInteger(value) && Math.abs(value) < 1e4 ? String(value)
    : Math.abs(value) >= 100 ? value.toFixed(0)
    : Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2);

function table(head, rows) {
	const all = [head, ...rows.map((row) => row.map((cell) =>
		typeof cell === 'number' ? number(cell) : String(cell)))];
	const widths = head.map((_, column) => Math.max(3, ...all.map((row) =>
		row[column].length)));
	for (const [i, row] of all.entries()) {
		console.log(`| ${row.map((cell, column) => column === 0
		    ? cell.padEnd(widths[column])
		    : cell.padStart(widths[column])).join(' | ')} |`);
		if (i === 0)
			console.log(`|${widths.map((width, column) => column === 0
			    ? '-'.repeat(width + 2)
			    : `${'-'.repeat(width + 1)}:`).join('|')}|`);
	}
	console.log();
}

// Prose as it stands in a README: lines of at most 80 columns.
function prose(text) {
	let line = '';
	for (const word of text.split(' ')) {
		if (line.length + word.length > 79) {
			console.log(line.trimEnd());
			line = '';
		}
		line += `${word} `;
	}
	console.log(`${line.trimEnd()}\n`);
}

const isPart = (name) => PARTS.includes(name) && name !== BARE;

// Each with what it adds to the direct way, and by how much of nginx's.
function printCalls(cases) {
	table(['calls', '', 'p50', 'added', 'added p99', '/ nginx', 'calls/s',
		'/ nginx', 'CPU us', '/ nginx', 'errors'],
	    Object.entries(cases).flatMap(([key, by]) =>
		Object.entries(by).filter(([name]) => !isPart(name)).map(([name, one]) => [key, name, one.p50,
			one.p50 - by[DIRECT].p50, one.p99 - by[DIRECT].p99,
			(one.p50 - by[DIRECT].p50) /
			(by[NGINX].p50 - by[DIRECT].p50), one.per_second,
			one.per_second / by[NGINX].per_second, one.cpu,
			one.cpu / by[NGINX].cpu, one.errors])));
}

const printTargets = (list) => table(['target', 'is', 'shall', ''],
    list.map((one) => [one.what, one.is, one.shall < 0
	? `>= ${-one.shall}` : `<= ${one.shall}`, verdict(one)]));

function printBounds(r) {
	table(['what bounds it', '', 'added p50', '/ nginx', 'CPU us', '/ nginx',
		"web server's", 'calls/s', '/ nginx'], parts(r));
	for (const sentence of reasons(r))
		prose(sentence);
}

export const printInstructions = (by) =>
	table(['instructions per call', ''], Object.entries(by));

export const printPairs = (pairs) =>
	table(['pair', 'p50 1 KB', 'p99', 'p50 80 KB', 'p99', 'CPU us', 'errors'],
	    Object.entries(pairs).map(([key, by]) => [key, by[1000].p50,
		by[1000].p99, by[80000].p50, by[80000].p99, by[80000].cpu,
		by[1000].errors + by[80000].errors]));

const printStreamMemory = ({ streams }) => table(['memory, KiB', 'streams',
	'of 20', 'peak', 'each', 'steady', 'each', 'errors'],
    Object.entries(streams).flatMap(([label, by]) => Object.entries(by).map(
	([many, one]) => [label, many, one.before, one.peak, one.peakEach,
		one.steady, one.each, one.errors])));

export function printMemory(memory) {
	printTargets(ofMemory(memory));
	printStreamMemory(memory);
}

export function printFallback(by) {
	printTargets(ofFallback(by));
	table(['upstreams, c=1', 'p50', 'over one', 'p99', 'CPU us', 'errors'],
	    Object.entries(by).map(([name, one]) => [name, one.p50, one.p50 -
		by['one alone'].p50, one.p99, one.cpu, one.errors]));
}

export function printSoak({ minutes, samples, growth }) {
	table([`${minutes} minutes, s`, 'KiB in all', 'parent', 'responders'],
	    samples.map(([seconds, parent, ...rest]) => [seconds, parent +
		sum(rest), parent, rest.join(' ')]));
	console.log(`growth ${growth} KiB\n`);
}

function printStreams(r) {
	const rows = (many, by) => Object.entries(by).map(([name, one]) =>
		[many, name, one.first50, one.first99, one.between50,
			one.between99, one.lost, ...many < 100 ? [NaN, NaN]
			    : [one.cpu, one.web]]);
	const head = ['first p50', 'p99', 'between p50', 'p99', 'lost',
		'CPU us an event', "web server's"];

	table(['streams', '', ...head], Object.entries(r.streams).flatMap(
	    ([many, by]) => rows(many, by)));
	table(['1,000 streams, events/s', '', ...head],
	    Object.entries(r.paces).flatMap(([apart, by]) =>
		rows((1e6 / apart).toFixed(0), by)));
	console.log(`The most that nginx carries without queueing: ${
	    pace(r).rate.toFixed(0)} events/s.\n`);
}

function printReuse(r) {
	const counts = [1, 8, 64];
	table(['1,000 calls open', 'c=1', 'c=8', 'c=64'], [
		['connections, gateway', ...counts.map((many) =>
			r.connections[many].opened)],
		...Object.keys(r.handshakes[1]).map((name) => [
			`handshakes, ${name} (${r.handshakes[1][name]
			    .protocols.join(', ')}): first, later (resumed)`,
			...counts.map((many) => {
				const one = r.handshakes[many][name];
				return one.errors ? `${one.errors} errors` :
				    `${one.first}, ${one.later} (${one.resumed})`;
			})])]);
	table(['upstream behind nginx, c=1', 'added p50', 'over no TLS',
		'added p99', 'CPU us', 'errors'], Object.entries(r.tls).map(
	    ([name, one]) => [name, one.p50 - r.tls[DIRECT].p50,
		one.p50 - r.tls['gateway, no TLS'].p50,
		one.p99 - r.tls[DIRECT].p99, one.cpu, one.errors]));
}

const printMachine = (r) => console.log(`${r.date.slice(0, 16)}, ${r.machine
}, Linux ${r.kernel}, load before ${r.load.map((one) => one.toFixed(1))
    .join(' and after ')}, ${(r.stolen * 100).toFixed(0)} % of its processors ` +
    `taken by the host${r.quick ? ', --quick' : ''}.\n`);

export function print(r) {
	console.log(`${r.seconds} s.`);
	printFigures(r);
	printCalls(Object.fromEntries([...Object.entries(r.calls).map(
	    ([key, by]) => [`1 KB, c=${key}`, by]),
	...Object.entries(r.bodies)]));
	printPairs(r.pairs);
	printStreams(r);
	printStreamMemory(r.memory);
	printSoak(r.soak);
}

// What README.md shows.
export function printFigures(r) {
	printMachine(r);
	printTargets(targets(r));
	printBounds(r);
	printReuse(r);
	printFallback(r.fallback);
	printInstructions(r.instructions);
}
