// Choices that follow from a seed: the same names give the same choices, on any
// machine, whatever else was drawn before.

import crypto from 'node:crypto';

export class Random {
	#state;

	constructor(...names) {
		const hash = crypto.createHash('sha256').update(names.join('/'))
		    .digest();
		this.#state = [0, 4, 8, 12].map((at) => hash.readUInt32LE(at));
	}

	// Bob Jenkins' small fast counter, 32 bits.
	#next() {
		const s = this.#state;
		const sum = (s[0] + s[1] + s[3]) | 0;
		s[3] = (s[3] + 1) | 0;
		s[0] = s[1] ^ (s[1] >>> 9);
		s[1] = (s[2] + (s[2] << 3)) | 0;
		s[2] = ((s[2] << 21) | (s[2] >>> 11)) + sum | 0;
		return sum >>> 0;
	}

	// 0 to count - 1
	below(count) {
		return Math.floor(this.#next() / 0x100000000 * count);
	}

	between(least, most) {
		return least + this.below(most - least + 1);
	}

	chance(part) {
		return this.#next() < part * 0x100000000;
	}

	pick(list) {
		return list[this.below(list.length)];
	}

	// One of {name: weight}.
	weighted(weights) {
		const entries = Object.entries(weights);
		let left = this.below(entries.reduce((sum, [, weight]) =>
			sum + weight, 0));
		for (const [name, weight] of entries) {
			left -= weight;
			if (left < 0)
				return name;
		}
		return entries[0][0];
	}

	bytes(count) {
		return Buffer.from(Array.from({ length: count }, () =>
			this.below(256)));
	}
}
