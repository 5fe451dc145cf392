// The delay of an event against the number of streams, as SVG: a line for each
// way, p50 dashed and p99 whole, the delay logarithmic.

const COLOURS = ['#777', '#087', '#c30', '#06c', '#a0a', '#a60'];
const LEFT = 70, RIGHT = 520, TOP = 50, BOTTOM = 340;

const text = (x, y, what, more = '') =>
	`<text x="${x}" y="${y}" ${more}>${what}</text>`;
const time = (us) => us < 1000 ? `${us} µs` : us < 1e6 ? `${us / 1000} ms`
    : `${us / 1e6} s`;

// Labels at the lines' ends, moved apart where they would touch.
function apart(ends) {
	let last = -Infinity;
	return [...ends].sort((a, b) => a.y - b.y).map((end) => {
		last = Math.max(end.y, last + 16);
		return { ...end, y: last };
	});
}

export function plot(streams) {
	const counts = Object.keys(streams).map(Number).sort((a, b) => a - b);
	const names = Object.keys(streams[counts[0]]);
	const all = counts.flatMap((many) => names.flatMap((name) =>
		[streams[many][name].between50, streams[many][name].between99]))
	    .map((us) => Math.max(us, 1));
	const low = Math.floor(Math.log10(Math.min(...all)));
	const high = Math.max(Math.ceil(Math.log10(Math.max(...all))), low + 1);
	const x = (i) => LEFT + (i + 0.3) / (counts.length - 0.4) * (RIGHT - LEFT);
	const y = (us) => BOTTOM - (Math.log10(Math.max(us, 1)) - low) /
	    (high - low) * (BOTTOM - TOP);
	const points = (name, key) => counts.map((many, i) =>
		`${x(i).toFixed(1)},${y(streams[many][name][key]).toFixed(1)}`);
	const line = (name, key, colour, more) => `<polyline fill="none" ` +
	    `stroke="${colour}" ${more} points="${points(name, key).join(' ')}"/>`;

	const grid = Array.from({ length: high - low + 1 }, (_, i) =>
		10 ** (low + i)).map((us) => `<path stroke="#ddd" d="M${LEFT} ${
	    y(us)}H${RIGHT}"/>${text(LEFT - 8, y(us) + 4, time(us),
		'text-anchor="end"')}`);
	const marks = counts.map((many, i) => text(x(i), BOTTOM + 20,
	    many.toLocaleString('en'), 'text-anchor="middle"'));
	const lines = names.flatMap((name, i) => [
		line(name, 'between50', COLOURS[i],
		    'stroke-width="1.5" stroke-dasharray="4 4"'),
		line(name, 'between99', COLOURS[i], 'stroke-width="2.5"'),
		...points(name, 'between99').map((point) => {
			const [cx, cy] = point.split(',');
			return `<circle cx="${cx}" cy="${cy}" r="3" fill="${
			    COLOURS[i]}"/>`;
		})]);
	const labels = apart(names.map((name, i) => ({ name, colour: COLOURS[i],
		y: y(streams[counts.at(-1)][name].between99) }))).map((end) =>
		text(RIGHT + 10, end.y + 4, end.name, `fill="${end.colour}"`));
	return `<svg xmlns="http://www.w3.org/2000/svg" width="720" ` +
	    `height="400" viewBox="0 0 720 400" font-family="sans-serif" ` +
	    `font-size="13">\n<rect width="720" height="400" fill="#fff"/>\n${
	    [...grid, ...marks, ...lines, ...labels,
		text(LEFT, 26, 'Delay of an event from when it was due', 'font-size="15"'),
		text(RIGHT, 26, 'p99 whole, p50 dashed',
		    'text-anchor="end" fill="#555"'),
		text((LEFT + RIGHT) / 2, BOTTOM + 44, 'streams at a time, 50 ' +
		    'events a second each', 'text-anchor="middle"')]
		.join('\n')}\n</svg>\n`;
}
