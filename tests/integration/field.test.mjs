// The harness of field.mjs itself: each client's API over each upstream's.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { KINDS, startField } from './field.mjs';

let field;

before(async () => {
	field = await startField();
});
after(() => field?.stop());

for (const client of KINDS)
	for (const kind of KINDS)
		test(`${client} over ${kind}`, async () => {
			const { answer, sent } = await field.ask(client, kind, {});
			assert.equal(answer.status, 200);
			assert.equal(sent.dialect, kind);
		});
