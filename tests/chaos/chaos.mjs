// A day of faults: numbered operations, each of which follows from the seed and
// its number alone, some of them at once; after each round it is quiet, and all
// must hold. See tests/chaos.sh for the options. Ends with 1 at a failure, which
// it names by seed and number.

import { parseArgs } from 'node:util';
import { SANITIZER_REPORT } from '../integration/gateway.mjs';
import { holds } from './holds.mjs';
import { operation } from './operations.mjs';
import { BOUND_MS } from './requests.mjs';
import { World } from './world.mjs';

const ROUND = 300;
const AT_ONCE = 16;

const { values: options } = parseArgs({ options: {
	minutes: { type: 'string', default: '5' },
	seed: { type: 'string' },
	from: { type: 'string', default: '0' },
	count: { type: 'string' },
} });
const seed = options.seed ?? String(Date.now() % 1000000);
const end = performance.now() + Number(options.minutes) * 60000;
const first = Number(options.from);
const last = options.count ? first + Number(options.count) : Infinity;

const counts = new Map();
const underWay = new Map();	// number -> name
let world, failure, faults = Promise.resolve();

function fail(what, error) {
	failure ??= `seed ${seed}, ${what}: ${error.stack ?? error}`;
}

const count = (name, end) => counts.set(`${name}: ${end}`,
    (counts.get(`${name}: ${end}`) ?? 0) + 1);

async function perform(number) {
	const { name, random, fault, run } = operation(seed, number);
	underWay.set(number, name);
	try {
		if (fault) {
			// One behind the other; requests go on meanwhile.
			faults = faults.then(() => run(world, random));
			await faults;
			count(name, 'done');
		} else
			count(name, await run(world, number, random));
	} catch (error) {
		fail(`operation ${number} (${name}; upstream: ${world.attempts
		    .get(number)?.map((one) => one.name) ?? 'not asked'})`, error);
	}
	underWay.delete(number);
	world.attempts.delete(number);
}

async function round(start, to) {
	let next = start;
	await Promise.all(Array.from({ length: AT_ONCE }, async () => {
		while (next < to && !failure)
			await perform(next++);
	}));
	await faults.catch(() => {});
}

function watchForReports() {
	const watch = setInterval(() => {
		if (SANITIZER_REPORT.test(world.gateway.log))
			fail(`under way: ${JSON.stringify([...underWay])}`,
			    world.gateway.log.slice(-20000));
	}, 500);
	watch.unref();
	return () => clearInterval(watch);
}

function report(operations) {
	for (const [name, number] of [...counts].sort())
		console.log(`  ${name}: ${number}`);
	console.log(`  sizes: ${JSON.stringify(world.sizes)}, at first ${
		JSON.stringify(world.first)}`);
	console.log(`seed ${seed}: ${operations} operations, ${world.rounds} ` +
	    `rounds, ${world.workos.exchanges} refreshes of the login, ${
		world.hasDisk ? '' : 'no full disks, '}${failure ? 'FAILED' :
		'all holds'}`);
}

async function main() {
	let next = first;

	console.log(`seed ${seed}`);
	world = await new World(seed).start();
	const stopWatching = watchForReports();
	if (!world.hasDisk)
		console.log('skipped: full disks (no tmpfs can be mounted here)');
	while (!failure && next < last && performance.now() < end) {
		const to = Math.min(next + ROUND, last);
		await round(next, to);
		next = to;
		if (!failure)
			await holds(world).catch((error) => fail(`behind operation ${
			    next - 1}`, error));
	}
	stopWatching();
	const log = failure && world.logTail();
	await world.stop().catch((error) => fail('at the end', error));
	report(next - first);
	if (failure) {
		console.log(`the end of the log:\n${log}`);
		console.log(`FAILED ${failure}`);
		console.log(`again: tests/chaos.sh --seed ${seed}; one operation ` +
		    'alone: --from NUMBER --count 1');
	}
	// Connections that nobody waits for do not keep it.
	process.exit(failure ? 1 : 0);
}

process.on('unhandledRejection', (error) => {
	fail('unhandled', error);
});
main().catch((error) => {
	console.log(`FAILED seed ${seed}: ${error.stack}`);
	process.exit(1);
});
setInterval(() => {}, BOUND_MS);
