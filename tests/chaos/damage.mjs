// Bytes that are no more what they were.

// One of the ways to damage `bytes`, none of which is empty.
const WAYS = {
	flip(random, bytes) {
		const copy = Buffer.from(bytes);
		for (let i = random.between(1, 4); i > 0; i--)
			copy[random.below(copy.length)] ^= 1 << random.below(8);
		return copy;
	},
	noise(random, bytes) {
		const copy = Buffer.from(bytes);
		random.bytes(random.between(1, 16)).copy(copy,
		    random.below(copy.length));
		return copy;
	},
	insert(random, bytes) {
		const at = random.below(bytes.length);
		return Buffer.concat([bytes.subarray(0, at),
			random.bytes(random.between(1, 64)), bytes.subarray(at)]);
	},
	remove(random, bytes) {
		const at = random.below(bytes.length);
		return Buffer.concat([bytes.subarray(0, at),
			bytes.subarray(at + random.between(1, 64))]);
	},
	repeat(random, bytes) {
		const at = random.below(bytes.length);
		const to = at + random.between(1, 256);
		return Buffer.concat([bytes.subarray(0, to),
			bytes.subarray(at, to), bytes.subarray(to)]);
	},
	cut(random, bytes) {
		return bytes.subarray(0, random.below(bytes.length));
	},
};

export function damaged(random, bytes) {
	return bytes.length ? WAYS[random.pick(Object.keys(WAYS))](random, bytes) :
		random.bytes(8);
}

const PIECES_MAX = 1000;

// In pieces of any size, as a network may tear them, though not in too many.
export function torn(random, bytes) {
	const pieces = [];
	const most = Math.max(random.pick([3, 40, 1000, 20000]),
	    2 * Math.ceil(bytes.length / PIECES_MAX));
	for (let at = 0; at < bytes.length;) {
		const size = random.between(1, most);
		pieces.push(bytes.subarray(at, at + size));
		at += size;
	}
	return pieces;
}
