/*
 * Edits against the plain model. The input is the body, a NUL, and bytes that
 * say what to edit (a body cannot hold a NUL).
 */
#include "build.h"

#include "edits_model.h"
#include "fuzz.h"

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
	if (body < 8192)
		model_check((const char *)bytes, body, choices);
	return 0;
}
