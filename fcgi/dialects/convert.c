#include "build.h"

#include <string.h>

#include "convert.h"
#include "dialects.h"
#include "edit/edits.h"
#include "neutral/request.h"

/* Whether the backslash at `at` is not itself behind one that escapes it. */
static bool
escapes(const struct buf *buf, const char *at)
{
	const char	*before = at;

	while (before > buf->at && before[-1] == '\\')
		before--;
	return (at - before) % 2 == 0;
}

/* The surrogate at `at` ("\ud83d"): 1 high, 2 low, 0 none. */
static int
surrogate(const struct buf *buf, const char *at)
{
	if (buf->at + buf->length - at < 6 || at[0] != '\\' || at[1] != 'u' ||
	    (at[2] != 'd' && at[2] != 'D') || strchr("89abAB", at[3]) == NULL)
		return at[0] == '\\' && at[1] == 'u' &&
		    (at[2] == 'd' || at[2] == 'D') && at[3] != '\0' &&
		    strchr("cdefCDEF", at[3]) != NULL ? 2 : 0;
	return 1;
}

/*
 * The next "\u", NULL if there is none. memmem() takes eight instructions for
 * each byte when it looks for two.
 */
static char *
find_unicode(char *at, const char *end)
{
	const char	*start = at;

	while ((at = memchr(at, 'u', (size_t)(end - at))) != NULL) {
		if (at > start && at[-1] == '\\')
			return at - 1;
		at++;
	}
	return NULL;
}

/*
 * Lone surrogates, which are legal JSON but no text, become U+FFFD: the same
 * number of bytes. Returns how many there were.
 */
static size_t
replace_lone_surrogates(struct buf *buf)
{
	char	*at = buf->at, *end = buf->at + buf->length;
	size_t	 count = 0;

	while ((at = find_unicode(at, end)) != NULL) {
		if (surrogate(buf, at) == 0 || !escapes(buf, at)) {
			at += 2;
		} else if (surrogate(buf, at) == 1 && at + 6 < end &&
		    surrogate(buf, at + 6) == 2) {
			at += 12;
		} else {
			memcpy(at + 2, "fffd", 4);
			at += 6;
			count++;
		}
	}
	return count;
}

/* Takes the fields out that the model's entry names in `drop`. */
static int
drop_fields(const struct model *model, struct arena *arena, struct buf *out)
{
	struct json_document	document;
	struct edits		edits;
	struct buf		rendered;
	const struct json_limits limits = { .record_depth = 1 };
	size_t			i;
	int			result = -1;

	if (model->drop.count == 0)
		return 0;
	json_init(&document, out->budget);
	buf_init(&rendered, out->max, out->budget);
	if (json_scan(&document, out->at, out->length, &limits) == 0) {
		edits_start(&edits, &document, arena);
		for (i = 0; i < model->drop.count; i++)
			edits_delete_member(&edits, json_root(&document),
			    model->drop.at[i]);
		if (edits_finish(&edits) == 0)
			result = edits_render(&edits, &rendered);
	}
	json_release(&document);
	if (result == 0) {
		buf_release(out);
		*out = rendered;
	} else {
		buf_release(&rendered);
	}
	return result;
}

static int
write_out(struct request *request, const struct dialect *to,
    struct buf *out, struct problem *p)
{
	struct json_write	w;
	size_t			lone;

	json_write_start(&w, out);
	if (to->write_request(&w, request, p) == -1)
		return -1;
	if (json_write_finish(&w) == -1 ||
	    drop_fields(request_model(request), request->arena, out) == -1)
		return problem_set(p, PROBLEM_TOO_LARGE,
		    "the converted request is too large");
	lone = replace_lone_surrogates(out);
	if (request->arena->failed || request->names->arena->failed)
		return problem_no_memory(p);
	return lone == 0 ? 0 : request_lost(request, LOST_LONE_SURROGATE, p);
}

/* A number as the client wrote it, unless nobody would. */
static void
keep_number(char *to, size_t size, struct text number)
{
	memset(to, 0, size);
	if (number.length > 0 && number.length < size)
		memcpy(to, number.at, number.length);
}

int
convert_request(struct convert *convert, struct arena *arena,
    struct json_value body, struct buf *out, struct problem *p)
{
	const struct dialect	*from = convert->written_in != NULL ?
				    convert->written_in :
				    dialect_of(convert->client);
	const struct dialect	*to = dialect_of(convert->upstream);
	struct request		 request;
	size_t			 stops_count;
	int			 result;

	if (from->read_request == NULL || to->write_request == NULL)
		return problem_set(p, PROBLEM_NOT_IMPLEMENTED,
		    "%s requests can't be converted to %s yet", from->name,
		    to->name);
	problem_clear(p);
	request_init(&request, arena, &convert->names);
	request.from = from->kind;
	request.to = convert->upstream;
	request.strict = convert->strict;
	request.stream = convert->stream;
	request.count = convert->policy->count;
	request.policy = convert->policy;
	result = from->read_request(&request, body, p);
	if (arena->failed)		/* whatever the reader made of it */
		result = problem_no_memory(p);
	if (result == 0 && convert->compact && !request.summarize)
		request_ask_summary(&request, (struct escaped){ "", 0 });
	keep_number(convert->temperature, sizeof(convert->temperature),
	    request.temperature);
	keep_number(convert->top_p, sizeof(convert->top_p), request.top_p);
	stops_count = request.stops_count;
	if (result == 0) {
		request_own_ids(&request);
		result = policy_apply(&request, convert->policy, p);
	}
	if (result == 0)
		result = write_out(&request, to, out, p);
	if (result == -1 && p->kind == PROBLEM_NONE)
		problem_no_memory(p);
	convert->stops = losses_have(&request.losses, LOST_STOP) ?
	    stops_keep(convert->names.arena, request.stops, stops_count) :
	    (struct stops_wanted){ NULL, 0 };
	convert->usage_wanted |= request.stream_usage;
	convert->summarize = request.summarize;
	convert->losses = request.losses;
	return result;
}
