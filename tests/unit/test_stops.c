#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "json_text.h"
#include "neutral/stops.h"

static struct arena	arena;
static struct buf	heard;		/* pieces, each behind '|' */
static struct stops	stops;

static int
hear(void *context, const struct event *event)
{
	static const char *const	words[] = {
		[EVENT_OPEN] =	"<",
		[EVENT_CLOSE] =	">",
		[EVENT_STOP] =	".",
	};

	(void)context;
	if (event->logprobs.length > 0)
		buf_printf(&heard, "(%.*s)", (int)event->logprobs.length,
		    event->logprobs.at);
	if (event->kind != EVENT_DELTA)
		return buf_printf(&heard, "%s%.*s", words[event->kind],
		    (int)event->stop_sequence.length, event->stop_sequence.at);
	return buf_printf(&heard, "|%.*s", (int)event->text.length,
	    event->text.at);
}

static void
send(enum event_kind kind, unsigned block, enum block_kind block_kind,
    const char *text)
{
	assert_int_equal(stops_take(&stops, &(struct event){ .kind = kind,
	    .block = block, .block_kind = block_kind, .text = {
	    text, strlen(text) }, .stop_sequence = { "", 0 },
	    .stop = STOP_LENGTH }), 0);
}

static int
setup(void **state)
{
	static const struct escaped	said[] = { { "</block>", 8 },
					    { "", 0 }, { "END\\n", 5 },
					    { "<<<", 3 } };

	(void)state;
	arena_init(&arena, 4096, NULL);
	buf_init(&heard, 4096, NULL);
	stops_init(&stops, stops_keep(&arena, said, 4), 1000, NULL, hear,
	    NULL);
	return stops.wanted.count == 3 ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	stops_release(&stops);
	buf_release(&heard);
	arena_release(&arena);
	return 0;
}

/* Pieces of one text, '|' between them, and what was made of them. */
static void
becomes(const char *pieces, const char *expected)
{
	char	piece[64];
	size_t	length;

	teardown(NULL);
	setup(NULL);
	send(EVENT_OPEN, 0, BLOCK_TEXT, "");
	for (; *pieces != '\0'; pieces += length + (pieces[length] == '|')) {
		length = strcspn(pieces, "|");
		memcpy(piece, pieces, length);
		piece[length] = '\0';
		send(EVENT_DELTA, 0, BLOCK_TEXT, piece);
	}
	send(EVENT_CLOSE, 0, BLOCK_TEXT, "");
	send(EVENT_OPEN, 1, BLOCK_CALL, "");
	send(EVENT_DELTA, 1, BLOCK_CALL, "</block>");
	send(EVENT_CLOSE, 1, BLOCK_CALL, "");
	send(EVENT_STOP, 0, BLOCK_TEXT, "");
	assert_string_equal(heard.at, expected);
}

static void
text_ends_where_one_begins(void **state)
{
	(void)state;
	becomes("<block>yes</block><reason>", "<|<block>yes>.</block>");
	becomes("yes</|bl|ock>no", "<|yes>.</block>");
	becomes("</block>", "<>.</block>");
	becomes("a|END\\u000a|b", "<|a>.END\\n");
	becomes("a END\\n b </block>", "<|a >.END\\n");
	becomes("<<|<|x", "<>.<<<");
}

static void
what_may_be_the_beginning_waits(void **state)
{
	(void)state;
	becomes("yes</|blob", "<|yes|</blob><|</block>>.");
	becomes("yes</bl", "<|yes|</bl><|</block>>.");
	becomes("a<|<b", "<|a|<<b><|</block>>.");
	becomes("EN|EN|D", "<|EN|END><|</block>>.");
	becomes("", "<><|</block>>.");
}

/* What comes behind can't make it fail. */
static void
an_error_behind_one_is_the_end(void **state)
{
	(void)state;
	send(EVENT_OPEN, 0, BLOCK_TEXT, "");
	send(EVENT_DELTA, 0, BLOCK_TEXT, "yes<<<");
	send(EVENT_ERROR, 0, BLOCK_TEXT, "");
	assert_string_equal(heard.at, "<|yes>.<<<");
}

static void
say_token(const char *text, const char *logprobs)
{
	assert_int_equal(stops_take(&stops, &(struct event){ .kind =
	    EVENT_DELTA, .block_kind = BLOCK_TEXT, .text = { text,
	    strlen(text) }, .logprobs = { logprobs, strlen(logprobs) } }), 0);
}

/* They wait with the text that they are of; of what is cut they are left out. */
static void
logprobs_go_with_their_text(void **state)
{
	(void)state;
	say_token("a", "1");
	say_token("<<", "2");
	say_token("b", "3");
	say_token("", "4");
	say_token("<", "5");
	say_token("<<c", "6");
	assert_string_equal(heard.at, "(1)|a(2,3)|<<b(4)|");
}

int
main(void)
{
#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest	tests[] = {
		TEST(text_ends_where_one_begins),
		TEST(what_may_be_the_beginning_waits),
		TEST(an_error_behind_one_is_the_end),
		TEST(logprobs_go_with_their_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
