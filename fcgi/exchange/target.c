#include "build.h"

#include <ctype.h>
#include <string.h>

#include "json_text.h"
#include "target.h"

/* Query parameters that are ours, or say how the credential was carried. */
static const char *const never_passed[] = { "key", "alt", NULL };

static bool
is_unreserved(int c)
{
	return isalnum(c) || c == '-' || c == '.' || c == '_' || c == '~' ||
	    c == ':' || c == '@';
}

/* Percent-encodes one path segment (RFC 3986 section 3.3). */
static char *
encode_segment(struct arena *arena, const char *text)
{
	static const char digits[] = "0123456789ABCDEF";
	char *out = arena_alloc(arena, strlen(text) * 3 + 1), *to = out;

	if (out == NULL)
		return NULL;
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (is_unreserved(c)) {
			*to++ = (char)c;
			continue;
		}
		*to++ = '%';
		*to++ = digits[c >> 4];
		*to++ = digits[c & 15];
	}
	*to = '\0';
	return out;
}

/*
 * Google's URL: {model} filled in, and the method by what is asked. Its last
 * path segment may hold a method already, which is replaced.
 */
static const char *
google_url(struct exchange *x, const char *base, const char *place)
{
	const char *after = place + strlen("{model}");
	const char *method = x->route.operation == OPERATION_COUNT
	    ? ":countTokens" : x->stream ? ":streamGenerateContent"
	    : ":generateContent";
	const char *rest = *after == ':' ? after + strcspn(after, "?") : after;
	const char *sse = x->stream ? *rest == '?' ? "&alt=sse" : "?alt=sse"
	    : "";
	char *model = encode_segment(&x->request, x->policy.model_id);

	return model == NULL ? NULL : arena_printf(&x->request,
	    "%.*s%s%s%s%s", (int)(place - base), base, model, method, rest,
	    sse);
}

bool
target_counts(const struct exchange *x)
{
	return x->upstream_dialect == x->dialect && (x->endpoint->count_url != NULL ||
	    strstr(x->endpoint->base_url, "{model}") != NULL);
}

int
target_find_url(struct exchange *x)
{
	const char *base = x->endpoint->base_url, *query = "";
	const char *place = strstr(base, "{model}");

	if (place != NULL) {
		x->url = google_url(x, base, place);
	} else if (x->route.operation == OPERATION_COUNT) {
		x->url = x->endpoint->count_url;
	} else {
		x->url = base;
	}
	if (x->lane != LANE_CONVERT)
		query = route_query_without(&x->route, never_passed,
		    &x->request);
	if (x->url != NULL && *query != '\0')
		x->url = arena_printf(&x->request, "%s%c%s", x->url,
		    strchr(x->url, '?') == NULL ? '?' : '&', query);
	if (x->url == NULL)
		return problem_set(&x->problem, PROBLEM_OVERLOADED,
		    "out of memory");
	return 0;
}

/*
 * Factory's generate route wants both in the body; the model is there already,
 * by edit_request().
 */
static int
move_to_body(struct exchange *x, struct json_value body)
{
	if (x->stream && !json_true(json_get(body, "stream")))
		edits_set_member(&x->edits, body, "stream", text_of("true"));
	return 0;
}

int
target_place(struct exchange *x)
{
	struct json_value body = json_root(&x->document);

	if (x->upstream_dialect->kind != DIALECT_GENERATE)
		return 0;
	if (strstr(x->endpoint->base_url, "{model}") == NULL)
		return x->route.model_in_path ? move_to_body(x, body) : 0;
	(void)edits_delete_member(&x->edits, body, "model");
	(void)edits_delete_member(&x->edits, body, "stream");
	return 0;
}
