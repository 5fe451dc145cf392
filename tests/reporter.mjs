// A reporter for node --test: says what failed and why, then how many of each
// in one line "# passed N failed N skipped N" for run.sh.

import path from 'node:path';

const place = (data) => `${path.basename(data.file ?? '?')}:${data.line ?? 0}`;

// A file itself is reported as a test, too: it counts only when it fell over.
const isFile = (data) => data.nesting === 0 && /\.mjs$/.test(data.name);
const isSuite = (data) => data.details?.type === 'suite';

function reason(data) {
	const error = data.details?.error;
	const cause = error?.cause ?? error;
	const text = cause?.stack ?? cause?.message ?? String(cause);
	return text.split('\n').slice(0, 40).map((line) => `    ${line}`)
	    .join('\n');
}

export default async function* reporter(source) {
	const counts = { passed: 0, failed: 0, skipped: 0 };
	const failedFiles = [];

	for await (const { type, data } of source) {
		if (type === 'test:stderr' || type === 'test:stdout') {
			if (!/^\s*$/.test(data.message))
				yield data.message;
			continue;
		}
		if (type !== 'test:pass' && type !== 'test:fail')
			continue;
		if (isFile(data)) {
			if (type === 'test:fail')
				failedFiles.push(data);
			continue;
		}
		if (data.skip !== undefined || data.todo !== undefined) {
			counts.skipped++;
			yield `skipped ${place(data)} ${data.name} ` +
			    `(${data.skip ?? data.todo})\n`;
			continue;
		}
		if (type === 'test:pass') {
			counts.passed += isSuite(data) ? 0 : 1;
			continue;
		}
		const failureType = data.details?.error?.failureType;
		if (isSuite(data) && failureType === 'subtestsFailed')
			continue;
		counts.failed++;
		// Why is said once, by the suite whose preparation failed.
		yield failureType === 'cancelledByParent' && data.nesting > 0 ?
		    `FAILED ${place(data)} ${data.name}: not run\n` :
		    `FAILED ${place(data)} ${data.name}\n${reason(data)}\n`;
	}
	for (const data of failedFiles)
		if (!counts.failed) {
			counts.failed++;
			yield `FAILED ${data.name}\n${reason(data)}\n`;
		}
	yield `# passed ${counts.passed} failed ${counts.failed} ` +
	    `skipped ${counts.skipped}\n`;
}
