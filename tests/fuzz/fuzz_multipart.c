/*
 * multipart/form-data: what is found lies in the body behind its own name, a
 * body with another value there reads the same, and none is read that is cut.
 * The first line is the Content-Type's parameters.
 */
#include "build.h"

#include <stdio.h>
#include <string.h>

#include "framing/multipart.h"
#include "fuzz.h"

#define INPUT_MAX	((size_t)1 << 16)

static int
find(const char *type, const char *at, size_t length, struct text *value)
{
	struct problem	problem;

	problem_clear(&problem);
	return multipart_find(type, (struct text){ at, length }, "model",
	    value, &problem);
}

/* With another value in its place it is found there, and nothing is moved. */
static void
replace(const char *type, const char *body, size_t length, struct text value)
{
	static const char	other[] = "another";
	size_t			before = (size_t)(value.at - body);
	size_t			after = length - before - value.length;
	size_t			all = before + sizeof(other) - 1 + after;
	char			*copy = malloc(all);
	struct text		 found;

	FUZZ_ASSERT(copy != NULL);
	memcpy(copy, body, before);
	memcpy(copy + before, other, sizeof(other) - 1);
	memcpy(copy + before + sizeof(other) - 1, value.at + value.length,
	    after);
	FUZZ_ASSERT(find(type, copy, all, &found) == 0);
	FUZZ_ASSERT(found.at == copy + before);
	FUZZ_ASSERT(found.length == sizeof(other) - 1);
	free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *input, size_t length)
{
	const char	*text = (const char *)input, *line, *body;
	char		*exact, type[512];
	struct text	 value, cut;

	line = length > INPUT_MAX ? NULL : memchr(text, '\n', length);
	if (line == NULL || line - text > 400 ||
	    memchr(text, '\0', (size_t)(line - text)) != NULL)
		return 0;
	snprintf(type, sizeof(type), "multipart/form-data%.*s",
	    (int)(line - text), text);
	if (!multipart_is(type))
		return 0;
	body = line + 1;
	length -= (size_t)(body - text);
	exact = malloc(length + 1);
	FUZZ_ASSERT(exact != NULL);
	memcpy(exact, body, length);
	if (find(type, exact, length, &value) == 0) {
		if (value.at != NULL) {
			FUZZ_ASSERT(value.at > exact && value.at +
			    value.length < exact + length);
			replace(type, exact, length, value);
		}
		FUZZ_ASSERT(find(type, exact, length - 3, &cut) == -1);
	}
	free(exact);
	return 0;
}
