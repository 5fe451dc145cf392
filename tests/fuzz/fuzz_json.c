/* The scanner: tokens that nest, accessors that agree, json-c as a witness. */
#include "build.h"

#include "fuzz.h"
#include "json.h"
#include "json_c.h"

static void
check_tokens(const struct json_document *document)
{
	const struct json_token	*token;
	uint32_t		 i;

	for (i = 0; i < document->count; i++) {
		token = &document->tokens[i];
		FUZZ_ASSERT(token->length > 0);
		FUZZ_ASSERT((size_t)token->offset + token->length <=
		    document->length);
		FUZZ_ASSERT(token->next > i);
		FUZZ_ASSERT(token->next <= document->count);
	}
	FUZZ_ASSERT(document->tokens[0].next == document->count);
}

/* Returns the number of tokens the value and what is in it have. */
static uint32_t
check_value(struct json_value value)
{
	struct json_walk	walk = json_walk(value);
	struct text		raw = json_raw(value);
	uint32_t		count = 1;
	size_t			index = 0;
	int64_t			whole;
	double			real;

	json_int64(value, &whole);
	json_double(value, &real);
	while (json_next(&walk)) {
		FUZZ_ASSERT(json_raw(walk.value).at > raw.at);
		if (walk.members) {
			FUZZ_ASSERT(json_is(walk.key, JSON_STRING));
			count++;
		} else if (index < 8) {
			FUZZ_ASSERT(json_at(value, index).index ==
			    walk.value.index);
		}
		index++;
		count += check_value(walk.value);
	}
	FUZZ_ASSERT(index == json_count(value));
	json_get(value, "a");
	return count;
}

/* Boxes closed at some depth: accepted alike, and tokens are never more. */
static void
check_limits(const struct json_document *whole)
{
	struct json_limits	limits = { 0, 1, 0 };
	struct json_document	document;

	json_init(&document, NULL);
	json_scan(&document, whole->text, whole->length, &limits);
	FUZZ_ASSERT(document.failure == whole->failure);
	FUZZ_ASSERT(document.offset == whole->offset);
	FUZZ_ASSERT(document.count <= whole->count);
	FUZZ_ASSERT(json_raw(json_root(&document)).length ==
	    json_raw(json_root(whole)).length);
	if (whole->count > 1) {
		limits.record_depth = 0;
		limits.tokens_max = whole->count - 1;
		FUZZ_ASSERT(json_scan(&document, whole->text, whole->length,
		    &limits) == -1);
		FUZZ_ASSERT(document.failure == JSON_TOO_MANY);
	}
	json_release(&document);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct json_document	document;
	const char		*text = (const char *)bytes;

	json_init(&document, NULL);
	if (json_scan(&document, text, length, NULL) == 0) {
		check_tokens(&document);
		FUZZ_ASSERT(check_value(json_root(&document)) ==
		    document.count);
	}
	check_limits(&document);
	json_c_check(&document);
	json_release(&document);
	return 0;
}
