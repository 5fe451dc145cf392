// The targets, whether they are met, and what bounds those that are not: parts
// of the shape, measured in the same run.

import { BARE, BARE_KEPT, BARE_STREAMS, DIRECT, GATEWAY, GATEWAY_FASTCGI,
	GATEWAY_NGINX, NGINX, PARTS } from './subjects.mjs';
import { PACES } from './configurations.mjs';

const BIG = '400 KB, c=16';
const MANY = 16;
const FEW_STREAMS = 100;

// In front of the gateway: what its parts are, each with one thing more.
const FRONTS = {
	lighttpd: { gateway: GATEWAY, bare: BARE, steps: [
		['constant behind lighttpd', 'lighttpd and libfcgi'],
		['socket behind lighttpd', 'a plain socket to the upstream'],
		[BARE, 'libcurl instead of it']] },
	'nginx, kept': { gateway: GATEWAY_NGINX, bare: BARE_KEPT, steps: [
		['constant behind nginx, kept', 'nginx and libfcgi'],
		['socket behind nginx, kept', 'a plain socket to the upstream'],
		[BARE_KEPT, 'libcurl instead of it']] },
};

// What a subject adds to the direct way. A constant reply has no upstream's
// way in it: all its time is added.
const added = (by, name) => by[name].p50 - (name.startsWith('constant') ? 0
    : by[DIRECT].p50);

const METRICS = {
	added: (by, name) => added(by, name) / added(by, NGINX),
	cpu: (by, name) => by[name].cpu / by[NGINX].cpu,
	rate: (by, name) => by[name].per_second / by[NGINX].per_second,
};

// The highest rate at which nginx does not queue: it delays an event by less
// than a quarter of what lies between two.
export function pace(r) {
	const measured = PACES.filter(({ apart }) => r.paces[apart]);
	const one = measured.find(({ apart }) => r.paces[apart][NGINX]
	    .between99 <= apart * 1000 / 4) ?? measured.at(-1);
	return { ...one, rate: 1e6 / one.apart, by: r.paces[one.apart] };
}

// What is measured against nginx, by web server: at least, if negative.
const SHALL = [
	['added p50, c=1', 'added', (r) => r.calls[1],
	    { lighttpd: 2, 'nginx, kept': 2 }],
	[`CPU per call, c=${MANY}`, 'cpu', (r) => r.calls[MANY],
	    { lighttpd: 4.5, 'nginx, kept': 3.5 }],
	[`calls/s, c=${MANY}`, 'rate', (r) => r.calls[MANY],
	    { lighttpd: -0.28, 'nginx, kept': -0.4 }],
	[`calls/s, ${BIG}`, 'rate', (r) => r.bodies[BIG],
	    { lighttpd: -0.42, 'nginx, kept': -0.6 }],
];

const ofNginx = (r) => SHALL.flatMap(([what, metric, find, shall]) =>
	Object.entries(shall).map(([front, limit]) => {
		const by = find(r);
		return { what: `${what}, behind ${front} / nginx`, metric, by,
			front, shall: limit,
			is: METRICS[metric](by, FRONTS[front].gateway),
			bare: METRICS[metric](by, FRONTS[front].bare) };
	}));

// Converted calls against nginx's small ones: 1.5 and 2.5 times what the best
// other gateway does where nginx does 65,300.
const ofConverted = (r) => Object.entries({ 80000: 5800, 400000: 2450 })
    .flatMap(([size, shall]) => Object.entries(FRONTS).map(([front, { gateway }]) => ({
	what: `converted, ${size / 1000} KB, c=${MANY}, calls/s, behind ${
	    front} / nginx's of 1 KB`, shall: -shall / 65300,
	is: r.converted[size][gateway].per_second /
	    r.calls[MANY][NGINX].per_second })));

export function ofMemory({ streams, peak, idle, whole }) {
	const rows = [['all of it behind lighttpd, after load, MiB',
		whole.loaded, 25],
		['... 5 s later, MiB', whole.rested, 25],
		['... with 500 streams, MiB', whole.streams, 35],
		['10 MB: peak / body', peak.same.ratio, 1.2],
		['10 MB, edit: peak / body', peak.edit.ratio, 1.2],
		['idle process, KiB', idle, 3072]];
	for (const [label, shall] of [['plain', 48], ['TLS', 60],
		['HTTP/2', 30]])
		for (const [many, one] of Object.entries(streams[label]))
			rows.push([`open stream, ${label}, of ${many}, KiB`,
				one.each, shall, one.peakEach]);
	return rows.map(([what, is, shall, peak]) => ({ what, is, shall, peak }));
}

export const ofFallback = (by) => [{ is: by['three, one dead'].p50 -
    by.three.p50, shall: 1000,
    what: 'one of three upstreams dead and set aside: added p50, us' }];

// {what, is, shall (at least, if negative), bare: what the bare responder has,
// peak: while they opened}
export function targets(r) {
	const one = r.calls[1];
	const worst = Math.max(...Object.entries(r.pairs)
	    .filter(([key]) => key.includes(' to '))
	    .map(([key, by]) => by[1000].p50 -
		r.pairs[`${key.split(' ')[0]}, same`][1000].p50));
	const { rate, by } = pace(r);
	const between = (name) => by[name].between99 / by[NGINX].between99;
	return [
		{ what: 'added p50, c=1 / bare', shall: 1.15,
		    is: added(one, GATEWAY) / added(one, BARE) },
		{ what: 'p99 / own p50, c=1', shall: 3,
		    is: one[GATEWAY].p99 / one[GATEWAY].p50 },
		{ what: 'CPU per call, c=1 / bare', shall: 1.2,
		    is: one[GATEWAY].cpu / one[BARE].cpu },
		...ofNginx(r),
		...ofConverted(r),
		{ what: `${FEW_STREAMS} streams, CPU per event / nginx`,
		    shall: 1.5, is: r.streams[FEW_STREAMS][GATEWAY].cpu /
			r.streams[FEW_STREAMS][NGINX].cpu },
		{ what: 'instructions of a 1 KB call', shall: 70000,
		    is: r.instructions['kept, same, 1 KB'] },
		{ what: 'converting over same, worst pair, us', shall: 40,
		    is: worst },
		{ what: `1,000 streams, ${rate.toFixed(0)} events/s: lost`,
		    shall: 0, is: by[GATEWAY].lost },
		{ what: `1,000 streams, ${rate.toFixed(0)} events/s: p99 / nginx`,
		    shall: 2, is: between(GATEWAY), bare: between(BARE_STREAMS),
		    streams: true },
		...ofFallback(r.fallback),
		...ofMemory(r.memory),
		{ what: `growth in ${r.soak.minutes} minutes, KiB`,
		    is: r.soak.growth, shall: 64 },
	];
}

export const meets = (shall, is) => shall < 0 ? is >= -shall : is <= shall;

export const verdict = ({ shall, is, bare, peak }) => (meets(shall, is) ? 'met'
    : bare !== undefined && !meets(shall, bare)
    ? `bound: bare ${bare.toFixed(2)}` : 'NOT MET') +
    (peak === undefined ? '' : `, peak ${peak.toFixed(0)}`);

// [case, subject, added p50, / nginx, CPU, / nginx, its web server's part,
// calls/s, / nginx]
export function parts(r) {
	const cases = { '1 KB, c=1': r.calls[1],
		[`1 KB, c=${MANY}`]: r.calls[MANY], '1 KB, c=64': r.calls[64],
		[BIG]: r.bodies[BIG] };
	return Object.entries(cases).flatMap(([key, by]) => [NGINX, ...PARTS,
		GATEWAY_FASTCGI, GATEWAY, GATEWAY_NGINX].map((name) => [key,
		name, added(by, name), METRICS.added(by, name), by[name].cpu,
		METRICS.cpu(by, name), by[name].web, by[name].per_second,
		METRICS.rate(by, name)]));
}

// Why a target in relation to nginx is missed: the first part that exceeds it.
function reason({ what, metric, by, front, shall, is }) {
	const { steps } = FRONTS[front];
	const ratio = (name) => METRICS[metric](by, name).toFixed(2);
	const step = steps.find(([name]) => !meets(shall,
	    METRICS[metric](by, name)));
	return `${what}: ${is.toFixed(2)}, shall be ${Math.abs(shall)}. With ${
	    steps.map(([name, text]) => `${text} ${ratio(name)}`)
		.join(', with ')}, with all of ours ${is.toFixed(2)}: ${
	    step === undefined ? 'the shape allows it'
		: `out of reach with ${step[1]}`}.`;
}

function reasonOfStreams(r, { what, is }) {
	const { rate, by } = pace(r);
	const share = (name) => `${name} ${(by[name].cpu * rate / 1e4 /
	    r.cores).toFixed(0)} %`;
	return `${what}: ${is.toFixed(2)}, shall be 2. Of the machine's ${
	    r.cores} cores at this rate: ${[NGINX, BARE_STREAMS,
		GATEWAY_FASTCGI, GATEWAY].map(share).join(', ')} (lighttpd's ` +
	    `single thread ${(by[GATEWAY].web * rate / 1e4).toFixed(0)} % of ` +
	    'one); the rest is the upstream\'s and the load\'s.';
}

// A sentence for each that is not met and is a matter of the shape.
export const reasons = (r) => targets(r)
    .filter(({ shall, is }) => !meets(shall, is))
    .map((one) => one.metric ? reason(one)
	: one.streams ? reasonOfStreams(r, one) : undefined)
    .filter(Boolean);
