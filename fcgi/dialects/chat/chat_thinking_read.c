#include "build.h"

#include "chat.h"
#include "chat_request.h"
#include "json_text.h"

/* The decoded thinking text of a message, from which blocks take theirs. */
struct thoughts {
	struct request	*request;
	struct turn	*turn;
	struct text	 rest;
};

static void
add_thinking(struct thoughts *t, size_t length, struct seal *seal)
{
	struct part	*part;

	part = turn_add_part(t->request, t->turn, PART_THINKING);
	part->text = text_escape(t->request->arena,
	    (struct text){ t->rest.at, length });
	part->seal = seal;
	t->rest.at += length;
	t->rest.length -= length;
}

/* Reads the decimal number before ':' and cuts both off. */
static bool
cut_length(struct text *text, size_t *length)
{
	size_t	i, value = 0;

	for (i = 0; i < text->length && i < 10; i++) {
		if (text->at[i] == ':' && i > 0) {
			text->at += i + 1;
			text->length -= i + 1;
			*length = value;
			return true;
		}
		if (text->at[i] < '0' || text->at[i] > '9')
			return false;
		value = value * 10 + (size_t)(text->at[i] - '0');
	}
	return false;
}

/* What is sealed by others than this gateway means nothing anywhere else. */
static int
read_detail(struct thoughts *t, struct json_value detail, struct problem *p)
{
	struct request	*request = t->request;
	struct text	 packed = request_text(request, detail, "data");
	struct seal	 seal;
	size_t		 length;

	if (!cut_length(&packed, &length))
		length = 0;
	if (!seal_unpack(request->arena, packed, &seal) ||
	    length > t->rest.length)
		return request_lost(request, LOST_SEAL, p);
	if (seal.place == SEAL_THINKING)
		add_thinking(t, length, request_keep_seal(request, &seal));
	else
		turn_add_part(request, t->turn, PART_REDACTED)->seal =
		    request_keep_seal(request, &seal);
	return 0;
}

/* The text of a detail, where the message itself says none. */
static void
add_readable(const struct thoughts *t, struct json_value detail)
{
	struct json_value	text = json_get(detail, "text");

	if (!json_is(text, JSON_STRING))
		text = json_get(detail, "summary");
	if (!escaped_is_blank(json_escaped(text)))
		turn_add_part(t->request, t->turn, PART_THINKING)->text =
		    json_escaped(text);
}

int
chat_read_thinking(struct request *request, struct turn *turn,
    struct json_value message, struct problem *p)
{
	struct json_walk	walk;
	struct thoughts		thoughts = { request, turn,
				    request_decode(request,
				    chat_thinking_of(message)) };
	bool			said;

	said = !text_is_blank(thoughts.rest);
	walk = json_walk(json_get(message, "reasoning_details"));
	while (json_next(&walk))
		if (!json_is(json_get(walk.value, "data"), JSON_STRING)) {
			if (!said)
				add_readable(&thoughts, walk.value);
		} else if (read_detail(&thoughts, walk.value, p) == -1) {
			return -1;
		}
	if (!text_is_blank(thoughts.rest))
		add_thinking(&thoughts, thoughts.rest.length, NULL);
	return 0;
}

void
chat_read_call_seal(struct request *request, struct turn *turn,
    struct json_value call)
{
	struct text	packed;
	struct seal	seal;

	packed = request_text(request, json_get(json_get(call,
	    "extra_content"), "google"), "thought_signature");
	if (seal_unpack(request->arena, packed, &seal))
		turn_add_part(request, turn, PART_REDACTED)->seal =
		    request_keep_seal(request, &seal);
}
