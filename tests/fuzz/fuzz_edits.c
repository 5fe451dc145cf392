/*
 * Edits against the plain model. The input is the body, a NUL, and bytes that
 * say what to edit (a body cannot hold a NUL). Asked for once more with little
 * memory, they fail or are finished.
 */
#include "build.h"

#include "edits_model.h"
#include "fuzz.h"

#define MEMORY_MAX	4096	/* once more */

static void
starve(const char *body, size_t length, struct model_bytes choices, size_t max)
{
	static struct model	model;
	struct json_document	document;
	struct arena		arena;
	struct edits		edits;
	unsigned int		asked;

	memset(&model, 0, sizeof(model));
	json_init(&document, NULL);
	arena_init(&arena, max, NULL);
	if (json_scan(&document, body, length, NULL) == 0 &&
	    document.count <= MODEL_TOKENS) {
		model.document = &document;
		edits_start(&edits, &document, &arena);
		asked = model_byte(&choices) % MODEL_ASKED;
		while (asked-- > 0)
			model_ask(&model, &edits, &choices);
		FUZZ_ASSERT((edits_finish(&edits) == 0) == !edits.failed);
	}
	arena_release(&arena);
	json_release(&document);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	const uint8_t		*end = memchr(bytes, '\0', length);
	struct model_bytes	 choices = { NULL, 0 };
	size_t			 body = length;

	if (end != NULL) {
		body = (size_t)(end - bytes);
		choices.at = end + 1;
		choices.length = length - body - 1;
	}
	if (body < 8192) {
		model_check((const char *)bytes, body, choices);
		starve((const char *)bytes, body, choices,
		    fuzz_part(MEMORY_MAX, bytes, length, 0));
	}
	return 0;
}
