/*
 * Requests from every dialect to every dialect. The first two bytes choose the
 * pair and the model's entry, the rest is the client's body: whatever it is, the
 * upstream gets an object of JSON, or the client a reason. Said once more with
 * less memory than that took, it is refused, or the same.
 */
#include "build.h"

#include <string.h>

#include "dialects/convert.h"
#include "dialects/dialect.h"
#include "fuzz.h"
#include "neutral/request.h"

#define ARENA_MAX	((size_t)64 << 20)

static void
choose_entry(struct model *model, uint8_t byte)
{
	memset(model, 0, sizeof(*model));
	model->id = "*";
	model->sampling = (byte & 1) == 0;
	model->mid_system = (byte & 2) != 0;
	model->prefill = (byte & 4) == 0;
	model->forced_tools = (byte & 8) == 0;
	model->tools_reasoning = (byte & 16) == 0;
	model->own_thoughts = (enum own_thoughts)(byte / 32 % 3);
	model->template = (byte & 6) == 6 ? TEMPLATE_MISTRAL : TEMPLATE_ANY;
	model->thinking = (enum thinking_style)((byte >> 6) % 3);
	model->max_output_tokens = (byte & 64) != 0 ? 8192 : 0;
}

static void
check_object(const struct buf *out)
{
	struct json_document	document;

	json_init(&document, NULL);
	FUZZ_ASSERT(json_scan(&document, out->at, out->length, NULL) == 0);
	FUZZ_ASSERT(json_is(json_root(&document), JSON_OBJECT));
	json_release(&document);
}

static void
convert_body(struct convert *convert, struct arena *arena,
    struct json_value body)
{
	struct problem	problem;
	struct buf	out;

	problem_clear(&problem);
	buf_init(&out, ARENA_MAX, NULL);
	if (convert_request(convert, arena, body, &out, &problem) == 0)
		check_object(&out);
	else
		FUZZ_ASSERT(problem.kind != PROBLEM_NONE &&
		    problem.message[0] != '\0');
	buf_release(&out);
}

/* How much memory it took, with at most `max`. */
static size_t
run(struct convert *convert, const struct json_document *document, size_t max)
{
	struct arena	arena, reply;
	size_t		used;

	arena_init(&arena, max, NULL);
	arena_init(&reply, max, NULL);
	tool_names_init(&convert->names, &reply);
	convert_body(convert, &arena, json_root(document));
	used = arena.used;
	arena_release(&arena);
	arena_release(&reply);
	return used;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct convert		convert;
	struct json_document	document;
	struct model		model;
	struct policy		policy;
	size_t			used;
	uint32_t		time;

	if (length < 2)
		return 0;
	choose_entry(&model, bytes[1]);
	memset(&policy, 0, sizeof(policy));
	policy.model = &model;
	policy.model_id = "model";
	policy.system_prompt = (bytes[0] & 16) != 0 ? "You are Droid." : "";
	policy.effort = (enum effort)((bytes[0] >> 5) % EFFORT_KINDS);
	memset(&convert, 0, sizeof(convert));
	convert.client = (enum dialect_kind)(bytes[0] & 3);
	convert.upstream = (enum dialect_kind)(bytes[0] >> 2 & 3);
	convert.policy = &policy;
	convert.model = (struct text){ "model", 5 };
	json_init(&document, NULL);
	if (json_scan(&document, (const char *)bytes + 2, length - 2,
	    NULL) == 0) {
		used = run(&convert, &document, ARENA_MAX);
		for (time = 0; time < FUZZ_TIMES; time++)
			run(&convert, &document,
			    fuzz_part(used, bytes, length, time));
	}
	json_release(&document);
	return 0;
}
