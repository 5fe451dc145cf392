// What an answer may be, seen from its client: whole and what the upstream said,
// or something that shows that it is not.

import { readEvents } from '../integration/client.mjs';
import { SPEAKERS } from '../integration/speakers.mjs';

export class Fault extends Error {}

const calls = (list) => JSON.stringify(list.map(({ name, input }) => ({ name,
	input })));

// An error event, also in a stream whose other events make no sense without what
// should have followed.
const complaint = (answer) => readEvents(answer.text).find(({ data }) =>
	data?.error || data?.type === 'error' || data?.type === 'response.failed');

// {whole, error, text, calls} as a client of that dialect understands it.
// `whole`: nothing tells it that something is missing.
function understand(request, answer) {
	const speaker = SPEAKERS[request.client];
	const { stops } = speaker;
	let heard;

	try {
		heard = request.stream ? speaker.stream(answer.text) :
			speaker.whole(answer.json);
	} catch (error) {
		return { unreadable: error.message, error: complaint(answer) };
	}
	const ended = heard.stop === stops.end || heard.stop === stops.calls;
	return { ...heard, whole: !answer.cut && ended && !heard.error &&
	    (!request.stream || heard.done) };
}

function judgeStatus(answer, passed) {
	const { status, text } = answer;
	let body;

	if (answer.cut)
		return;
	try {
		body = JSON.parse(text);
	} catch {
		throw new Fault(`a ${status} that is no JSON: ${text.slice(0, 300)}`);
	}
	if (!body?.error && !passed)
		throw new Fault(`a ${status} without an error: ${text.slice(0,
		    300)}`);
}

// `attempts`: what the upstream was asked to do for it, see upstream_plan.mjs.
// `undisturbed`: nobody was killed meanwhile, no disk was full. Throws a Fault;
// returns what kind of end it was.
export function judge(request, answer, attempts, reply, undisturbed) {
	const last = attempts.at(-1);
	const exact = last?.kind === 'exact';

	// Whoever speaks the upstream's dialect gets its bytes as they are.
	const passed = last?.dialect === request.client;
	if (passed && last.kind === 'altered' && answer.status < 300)
		return 'altered';
	if (answer.status !== 200) {
		judgeStatus(answer, passed);
		if (exact && undisturbed)
			throw new Fault(`${answer.status} for a good answer: ${
			    answer.text.slice(0, 300)}`);
		return 'refused';
	}
	if (!last)
		throw new Fault('an answer that no upstream gave');
	const heard = understand(request, answer);
	const same = heard.text === reply.text && heard.calls &&
	    calls(heard.calls) === calls(reply.calls);

	if (exact && undisturbed && !(heard.whole && same))
		throw new Fault(`a good answer became ${JSON.stringify({ ...heard,
		    echo: undefined, cut: answer.cut }).slice(0, 600)}`);
	if (last.kind === 'short' && heard.whole && !same)
		throw new Fault(`a part looks whole: ${JSON.stringify(heard.text)
		    .slice(-100)} ${calls(heard.calls)}`);
	// Whoever was killed can't say so, and lighttpd may not have begun.
	if (undisturbed && request.stream && last.kind !== 'altered' &&
	    !(passed && last.clean) && !answer.cut && !heard.whole &&
	    !heard.error)
		throw new Fault(`a stream ends without a word: ${
		    heard.unreadable ?? ''} ${answer.text.slice(-300)}`);
	return heard.whole && same ? 'whole' : 'failed';
}
