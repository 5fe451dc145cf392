// The targets, whether they are met, and what bounds those that are not: parts
// of the shape, measured in the same run.

import { BARE, BARE_STREAMS, DIRECT, GATEWAY, GATEWAY_FASTCGI, NGINX, PARTS }
    from './subjects.mjs';
import { PACES } from './configurations.mjs';

const BIG = '400 KB, c=16';

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

function ofNginx(r) {
	const one = r.calls[1], many = r.calls[64], big = r.bodies[BIG];
	const of = (what, metric, by, shall, name = GATEWAY) => ({ what, metric,
		by, shall, is: METRICS[metric](by, name),
		bare: METRICS[metric](by, BARE) });
	return [
		of('added p50, c=1 / nginx', 'added', one, 3),
		of('CPU per call, c=1 / nginx', 'cpu', one, 3.5),
		of('calls/s, c=64 / nginx', 'rate', many, -0.35),
		of('400 KB, c=16, calls/s / nginx', 'rate', big, -0.6),
		of('400 KB, c=16, edit, calls/s / nginx', 'rate', big, -0.6,
		    'gateway, edit'),
	];
}

export function ofMemory({ streams, peak, idle }) {
	const rows = [['10 MB: peak / body', peak.same.ratio, 1.2],
		['10 MB, edit: peak / body', peak.edit.ratio, 1.2],
		['idle process, KiB', idle, 3072]];
	for (const [label, shall] of [['plain', 48], ['TLS', 110],
		['HTTP/2', 110]])
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
	const cases = { '1 KB, c=1': r.calls[1], '1 KB, c=64': r.calls[64],
		[BIG]: r.bodies[BIG] };
	return Object.entries(cases).flatMap(([key, by]) => [NGINX, ...PARTS,
		GATEWAY_FASTCGI, GATEWAY].map((name) => [key, name,
		added(by, name), METRICS.added(by, name), by[name].cpu,
		METRICS.cpu(by, name), by[name].web, by[name].per_second,
		METRICS.rate(by, name)]));
}

const STEPS = [
	['constant behind lighttpd', 'lighttpd and libfcgi'],
	['socket behind lighttpd', 'a plain socket to the upstream'],
	[BARE, 'libcurl instead of it'],
];

// Why a target in relation to nginx is missed: the first part that exceeds it.
function reason({ what, metric, by, shall, is }) {
	const ratio = (name) => METRICS[metric](by, name).toFixed(2);
	const step = STEPS.find(([name]) => !meets(shall,
	    METRICS[metric](by, name)));
	const steps = STEPS.map(([name, text]) => `${text} ${ratio(name)}`);
	const lifts = ['bare by FastCGI', 'bare behind nginx',
		'bare behind nginx, kept'].map((name) =>
		`${name} ${ratio(name)}`).join(', ');
	return `${what}: ${is.toFixed(2)}, shall be ${Math.abs(shall)}. With ${
	    steps.join(', with ')}, with all of ours ${is.toFixed(2)}: ${
	    step === undefined ? 'the shape allows it'
		: `out of reach with ${step[1]}`}. Served otherwise: ${lifts}.`;
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
