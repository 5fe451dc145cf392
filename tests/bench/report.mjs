// The bench's figures as a table with the targets, and as a plot.

const GATEWAY = 'gateway behind lighttpd';
const BARE = 'bare behind lighttpd';
const number = (value) => !Number.isFinite(value) ? '-'
    : Math.abs(value) >= 100 ? value.toFixed(0)
    : Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2);

function table(head, rows) {
	const all = [head, ...rows.map((row) => row.map((cell) =>
		typeof cell === 'number' ? number(cell) : String(cell)))];
	const widths = head.map((_, column) => Math.max(...all.map((row) =>
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

// Each with what it adds to the direct way, and by how much of nginx's.
function callRows(cases) {
	return Object.entries(cases).flatMap(([key, by]) =>
		Object.entries(by).map(([name, one]) => [key, name, one.p50,
			one.p50 - by.direct.p50, one.p99 - by.direct.p99,
			(one.p50 - by.direct.p50) /
			(by.nginx.p50 - by.direct.p50), one.per_second,
			one.per_second / by.nginx.per_second, one.cpu,
			one.cpu / by.nginx.cpu, one.errors]));
}

function targets(r) {
	const one = r.calls[1];
	const added = (name) => one[name].p50 - one.direct.p50;
	const worstPair = Math.max(...Object.entries(r.pairs)
	    .filter(([key]) => key.includes(' to '))
	    .map(([key, by]) => by[1000].p50 -
		r.pairs[`${key.split(' ')[0]}, same`][1000].p50));
	const big = r.bodies['400 KB, c=16'];
	const many = r.streams[1000];
	const growth = r.memory.soak;
	const perStream = (r.memory.streams[1000].during -
	    r.memory.streams[1000].before) / 1000;
	const first = r.memory.streams[100];
	const rows = [
		['added p50, c=1 / bare', added(GATEWAY) / added(BARE), 1.15],
		['added p50, c=1 / nginx', added(GATEWAY) / added('nginx'), 3],
		['p99 / p50, c=1', one[GATEWAY].p99 / one[GATEWAY].p50, 3],
		['worst pair over same, us', worstPair, 40],
		['CPU per call / bare', one[GATEWAY].cpu / one[BARE].cpu, 1.2],
		['CPU per call / nginx', one[GATEWAY].cpu / one.nginx.cpu, 3.5],
		['calls/s at c=64 / nginx', r.calls[64][GATEWAY].per_second /
		    r.calls[64].nginx.per_second, -0.35],
		['400 KB calls/s / nginx', big[GATEWAY].per_second /
		    big.nginx.per_second, -0.6],
		['400 KB edit calls/s / nginx', big.edit.per_second /
		    big.nginx.per_second, -0.6],
		['10 MB: peak / body', r.memory.peak.same.ratio, 1.2],
		['10 MB, edit: peak / body', r.memory.peak.edit.ratio, 1.2],
		['1,000 streams: lost', many[GATEWAY].lost, 0],
		['1,000 streams: p99 between / nginx', many[GATEWAY].between99 /
		    many.nginx.between99, 2],
		['idle process, KiB', r.memory.idle, 3072],
		['an open stream of 100, KiB',
		    (first.during - first.before) / 100, 48],
		['an open stream of 1,000 more, KiB', perStream, 48],
		['growth in the soak, KiB', growth.after - growth.before, 64],
	];
	table(['target', 'is', 'shall', ''], rows.map(([what, is, shall]) =>
		[what, is, shall < 0 ? `>= ${-shall}` : `<= ${shall}`,
			(shall < 0 ? is >= -shall : is <= shall) ? 'met'
			    : 'NOT MET']));
}

export const printInstructions = (by) =>
	table(['instructions per call', ''], Object.entries(by));

export const printPairs = (pairs) =>
	table(['pair', 'p50 1 KB', 'p99', 'p50 80 KB', 'p99', 'CPU us', 'errors'],
	    Object.entries(pairs).map(([key, by]) => [key, by[1000].p50,
		by[1000].p99, by[80000].p50, by[80000].p99, by[80000].cpu,
		by[1000].errors + by[80000].errors]));

export function print(r) {
	console.log(`${r.machine}, Linux ${r.kernel}, ${r.date}, load ${
	    r.load.map((one) => one.toFixed(1)).join(' to ')}${r.quick
	    ? ', quick' : ''}\n`);
	targets(r);
	table(['calls', '', 'p50', 'added', 'added p99', '/ nginx', 'calls/s',
		'/ nginx', 'CPU us', '/ nginx', 'errors'], callRows(
	    Object.fromEntries([...Object.entries(r.calls).map(([key, by]) =>
		[`1 KB, c=${key}`, by]), ...Object.entries(r.bodies)])));
	printPairs(r.pairs);
	table(['streams', '', 'first p50', 'p99', 'between p50', 'p99', 'lost'],
	    Object.entries(r.streams).flatMap(([many, by]) =>
		Object.entries(by).map(([name, one]) => [many, name, one.first50,
			one.first99, one.between50, one.between99, one.lost])));
	table(['connections opened upstream by 1,000 calls', 'c=1', 'c=8',
		'c=64'], [['gateway', ...[1, 8, 64].map((many) =>
		r.connections[many].opened)]]);
	table(['memory, KiB', 'before', 'during'], Object.entries(
	    r.memory.streams).map(([many, one]) => [`${many} streams`,
		one.before, one.during]));
	printInstructions(r.instructions);
}

// Delay of an event (p99) against the number of streams, both logarithmic.
export function plot(streams) {
	const counts = Object.keys(streams).map(Number);
	const names = Object.keys(streams[counts[0]]);
	const colours = ['#888', '#0a7', '#c30', '#06c', '#a0a'];
	const x = (many) => 70 + Math.log10(many) / 3 * 480;
	const y = (us) => 330 - Math.log10(Math.max(us, 10) / 10) / 4 * 300;
	const text = (at, to, what, more = '') => `<text x="${at}" y="${to}" ${
	    more}>${what}</text>`;
	const lines = names.map((name, i) => `<polyline fill="none" stroke="${
	    colours[i]}" stroke-width="2" points="${counts.map((many) =>
		`${x(many)},${y(streams[many][name].between99)}`).join(' ')}"/>${
	    text(570, 60 + i * 20, name, `fill="${colours[i]}"`)}`);
	const grid = [10, 100, 1000, 10000, 100000].map((us) =>
		`<path stroke="#ddd" d="M70 ${y(us)}H550"/>${text(62, y(us) + 4,
		    us < 1000 ? `${us} us` : `${us / 1000} ms`,
		    'text-anchor="end"')}`);
	const marks = counts.map((many) => text(x(many), 350, many,
	    'text-anchor="middle"'));
	return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 380" ` +
	    `font-family="sans-serif" font-size="12">\n<rect width="760" ` +
	    `height="380" fill="#fff"/>\n${[...grid, ...marks, ...lines,
		text(310, 372, 'streams at a time, 50 events a second each',
		    'text-anchor="middle"'),
		text(70, 16, 'delay of an event, p99')].join('\n')}\n</svg>\n`;
}
