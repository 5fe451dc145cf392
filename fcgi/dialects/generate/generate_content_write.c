#include "build.h"

#include "generate_convert.h"
#include "json_text.h"
#include "neutral/tool_write.h"

static void
put_signature(struct generate_writing *writing, const struct seal *seal)
{
	if (seal != NULL)
		json_member_text(writing->out, "thoughtSignature", seal->bytes);
}

static void
write_text(struct generate_writing *writing, struct escaped text,
    const struct seal *seal)
{
	json_put(writing->out, "{'text':%e", text);
	put_signature(writing, seal);
	json_put_end(writing->out);
}

static void
write_thought(struct generate_writing *writing, const struct part *part)
{
	json_put(writing->out, "{'text':%e,'thought':true", part->text);
	put_signature(writing, part->seal);
	json_put_end(writing->out);
}

/*
 * Of each step's calls the first one must be signed (Gemini 3). All steps get
 * the words that stand for it, not only the newest, so that the prefix stays.
 */
static void
write_call(struct generate_writing *writing, const struct part *part,
    const struct seal *seal, bool first)
{
	struct json_write	*out = writing->out;

	json_put(out, "{'functionCall':{");
	generate_put_id(writing, part);
	json_member_text(out, "name",
	    generate_wire_name(writing, part->namespace_name, part->name));
	json_put(out, "'args':%r", tool_arguments(writing->request->arena,
	    part));
	json_put_end(out);
	if (seal != NULL)
		put_signature(writing, seal);
	else if (first && !writing->old &&
	    generate_is_gemini(writing->request->model))
		json_member_string(out, "thoughtSignature",
		    GENERATE_NO_SIGNATURE);
	json_put_end(out);
}

/* The seal that stands on this text's own part. */
static const struct seal *
seal_of_text(const struct part *part)
{
	const struct part	*next = part->next;

	if (next == NULL || next->kind != PART_REDACTED ||
	    next->seal->place != SEAL_TEXT || next->seal->id.length == 0)
		return NULL;
	return next->seal;
}

/* What is in hand between the parts of one turn. */
struct turn_state {
	const struct seal	*call;		/* waits for its call */
	const struct seal	*text;		/* was written already */
	bool			 called;
	bool			 beside;	/* media of results are written */
};

static void
write_redacted(struct generate_writing *writing, struct turn_state *state,
    const struct part *part)
{
	if (part->seal->place == SEAL_CALL)
		state->call = part->seal;
	else if (part->seal->place != SEAL_TEXT)
		write_thought(writing, part);
	else if (part->seal != state->text)
		write_text(writing, escaped_of(""), part->seal);
}

static void
write_part(struct generate_writing *writing, struct turn_state *state,
    const struct part *part)
{
	switch (part->kind) {
	case PART_TEXT:
	case PART_REFUSAL:
		state->text = seal_of_text(part);
		write_text(writing, part->text, state->text);
		break;
	case PART_THINKING:
		write_thought(writing, part);
		break;
	case PART_REDACTED:
		write_redacted(writing, state, part);
		break;
	case PART_DOCUMENT:
		if (part->text.length > 0) {
			write_text(writing, part->text, NULL);
			break;
		}
		/* FALLTHROUGH */
	case PART_IMAGE:
	case PART_AUDIO:
		generate_write_media(writing, part);
		break;
	case PART_CALL:
	case PART_CUSTOM_CALL:
		write_call(writing, part, state->call, !state->called);
		state->call = NULL;
		state->called = true;
		break;
	case PART_RESULT:
		generate_write_result(writing, part);
		break;
	case PART_SERVER:
		json_put_value(writing->out, part->raw);
		break;
	}
}

/* Results stand first; the files that they can't hold come right behind. */
static void
write_parts(struct generate_writing *writing, const struct turn *turn)
{
	struct turn_state	 state = { .called = false };
	const struct part	*part, *result;

	for (part = turn->parts; part != NULL; part = part->next) {
		write_part(writing, &state, part);
		if (part->kind != PART_RESULT || (part->next != NULL &&
		    part->next->kind == PART_RESULT) || state.beside)
			continue;
		state.beside = true;
		for (result = turn->parts; result != part->next;
		    result = result->next)
			generate_write_beside(writing, result);
	}
}

void
generate_write_system(struct generate_writing *writing)
{
	struct json_write	*out = writing->out;
	const struct part	*part;

	if (writing->request->system == NULL)
		return;
	json_put(out, "'systemInstruction':{'parts':[");
	for (part = writing->request->system; part != NULL; part = part->next)
		write_text(writing, part->text, NULL);
	json_put_end(out);
	json_put_end(out);
}

void
generate_write_contents(struct generate_writing *writing)
{
	struct json_write	*out = writing->out;
	const struct turn	*turn;

	json_put(out, "'contents':[");
	for (turn = writing->request->turns; turn != NULL; turn = turn->next) {
		json_put(out, "{'role':%s,'parts':[",
		    turn->role == ROLE_ASSISTANT ? "model" : "user");
		write_parts(writing, turn);
		json_put_end(out);
		json_put_end(out);
	}
	json_put_end(out);
}
