#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "framing/sse.h"

#define EVENT_MAX	65536

static void
show(struct buf *out, struct text text)
{
	size_t	i;

	for (i = 0; i < text.length; i++) {
		if (text.at[i] == '\n')
			buf_puts(out, "\\n");
		else if (text.at[i] == '\r')
			buf_puts(out, "\\r");
		else
			buf_putc(out, text.at[i]);
	}
}

/* One line for each event: name=data or # for a comment, then its bytes. */
static void
note(struct buf *out, const struct frame *event)
{
	if (event->comment_only) {
		buf_putc(out, '#');
	} else {
		show(out, event->name);
		buf_putc(out, '=');
		show(out, event->data);
	}
	buf_puts(out, " <");
	show(out, event->bytes);
	buf_puts(out, ">\n");
}

/* Feeds the input in pieces of up to three, cut at `one` and `two`. */
static void
read_cut(const char *input, size_t one, size_t two, struct buf *out)
{
	size_t			cuts[4] = { 0, one, two, strlen(input) };
	struct sse		sse;
	struct frame		event;
	int			i;

	buf_clear(out);
	sse_init(&sse, EVENT_MAX, NULL);
	for (i = 0; i < 3; i++) {
		assert_int_equal(sse_feed(&sse, input + cuts[i],
		    cuts[i + 1] - cuts[i]), 0);
		while (sse_next(&sse, &event))
			note(out, &event);
	}
	while (sse_end(&sse, &event))
		note(out, &event);
	assert_int_equal(sse_tail(&sse).length, 0);
	sse_release(&sse);
}

static void
expect(const char *input, const char *events)
{
	struct buf	out;
	size_t		one, two, length = strlen(input);

	buf_init(&out, 1 << 20, NULL);
	for (one = 0; one <= length; one++) {
		for (two = one; two <= length; two++) {
			read_cut(input, one, two, &out);
			assert_string_equal(out.at, events);
		}
	}
	buf_release(&out);
}

static void
reads_the_same_however_it_is_cut(void **state)
{
	(void)state;
	expect("", "");
	expect("data: a\n\n", "=a <data: a\\n\\n>\n");
	expect("event: e\ndata: a\n\ndata:b\n\n",
	    "e=a <event: e\\ndata: a\\n\\n>\n=b <data:b\\n\\n>\n");
	expect("data: a\r\n\r\ndata: b\r\n\r\n",
	    "=a <data: a\\r\\n\\r\\n>\n=b <data: b\\r\\n\\r\\n>\n");
	expect("data: a\r\rdata: b\r\r",
	    "=a <data: a\\r\\r>\n=b <data: b\\r\\r>\n");
	expect("data: 1\ndata: 2\r\ndata:\ndata:  4\n\n",
	    "=1\\n2\\n\\n 4 <data: 1\\ndata: 2\\r\\ndata:\\ndata:  4\\n\\n>\n");
	expect(": ping\n\n", "# <: ping\\n\\n>\n");
	expect("\n\n: c\n\ndata: x\n\n",
	    "# <\\n>\n# <\\n>\n# <: c\\n\\n>\n=x <data: x\\n\\n>\n");
	expect(": c\ndata: x\n\n", "=x <: c\\ndata: x\\n\\n>\n");
	expect("\xef\xbb\xbf" "data: a\n\ndata: b\n\n",
	    "=a <\xef\xbb\xbf" "data: a\\n\\n>\n=b <data: b\\n\\n>\n");
	expect("data: a\n\n\xef\xbb\xbf" "data: b\n\n",
	    "=a <data: a\\n\\n>\n= <\xef\xbb\xbf" "data: b\\n\\n>\n");
	expect("data\n\n", "= <data\\n\\n>\n");
	expect("id: 7\nretry: 10\n\n", "= <id: 7\\nretry: 10\\n\\n>\n");
	expect("event: one\nevent: two\ndata: x\n\n",
	    "two=x <event: one\\nevent: two\\ndata: x\\n\\n>\n");
	expect("datax: a\n data: b\n\n", "= <datax: a\\n data: b\\n\\n>\n");
}

static void
hands_out_an_end_without_blank_line(void **state)
{
	(void)state;
	expect("data: a", "=a <data: a>\n");
	expect("data: a\n", "=a <data: a\\n>\n");
	expect("data: a\r", "=a <data: a\\r>\n");
	expect("data: a\r\n\r", "=a <data: a\\r\\n\\r>\n");
	expect("data: a\n\ndat", "=a <data: a\\n\\n>\n= <dat>\n");
	expect("data: a\r\r\n", "=a <data: a\\r\\r>\n# <\\n>\n");
}

/* A complete event must not wait for bytes behind it. */
static void
waits_for_nothing_more(void **state)
{
	static const char *const inputs[] = {
		"data: a\n\n", "data: a\r\n\r\n", "data: a\r\r",
	};
	struct sse		sse;
	struct frame		event;
	size_t			i;

	(void)state;
	for (i = 0; i < 3; i++) {
		sse_init(&sse, EVENT_MAX, NULL);
		sse_feed(&sse, inputs[i], strlen(inputs[i]));
		assert_true(sse_next(&sse, &event));
		assert_int_equal(event.data.length, 1);
		assert_false(sse_next(&sse, &event));
		assert_int_equal(sse_tail(&sse).length, 0);
		sse_release(&sse);
	}
}

static void
keeps_what_is_there_at_the_ceiling(void **state)
{
	struct sse		sse;
	struct frame		event;
	char			bytes[64];

	(void)state;
	memset(bytes, 'x', sizeof(bytes));
	sse_init(&sse, 100, NULL);
	assert_int_equal(sse_feed(&sse, bytes, 64), 0);
	assert_int_equal(sse_feed(&sse, bytes, 64), -1);
	assert_false(sse_next(&sse, &event));
	assert_int_equal(sse_tail(&sse).length, 64);
	assert_int_equal(sse_feed(&sse, "\n\n", 2), 0);
	assert_true(sse_next(&sse, &event));
	assert_int_equal(event.bytes.length, 66);
	/* What was handed out no longer counts. */
	assert_int_equal(sse_feed(&sse, bytes, 64), 0);
	sse_release(&sse);
}

static void
takes_bytes_of_every_kind(void **state)
{
	static const char	input[] = "data: a\0b\n\n\0\xff\n\n";
	struct sse		sse;
	struct frame		event;

	(void)state;
	sse_init(&sse, 100, NULL);
	assert_int_equal(sse_feed(&sse, input, sizeof(input) - 1), 0);
	assert_true(sse_next(&sse, &event));
	assert_int_equal(event.data.length, 3);
	assert_memory_equal(event.data.at, "a\0b", 3);
	assert_true(sse_next(&sse, &event));
	assert_false(event.comment_only);
	assert_int_equal(event.data.length, 0);
	sse_release(&sse);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(reads_the_same_however_it_is_cut),
		cmocka_unit_test(hands_out_an_end_without_blank_line),
		cmocka_unit_test(waits_for_nothing_more),
		cmocka_unit_test(keeps_what_is_there_at_the_ceiling),
		cmocka_unit_test(takes_bytes_of_every_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
