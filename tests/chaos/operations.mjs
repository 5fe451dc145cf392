// Which operation a number is: it follows from the seed and the number alone.

import { FAULTS } from './faults.mjs';
import { Random } from './random.mjs';
import { REQUESTS } from './requests.mjs';

const FAULTS_IN_1000 = 15;

// {name, random, run, fault}; `random` is its own.
export function operation(seed, number) {
	const random = new Random(seed, number);
	const fault = random.below(1000) < FAULTS_IN_1000;
	const table = fault ? FAULTS : REQUESTS;
	const name = random.weighted(Object.fromEntries(Object.entries(table)
	    .map(([key, [, weight]]) => [key, weight])));

	return { name, random, fault, run: table[name][0] };
}
