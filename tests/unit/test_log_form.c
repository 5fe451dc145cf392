#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "json.h"
#include "log_form.h"

static const struct timespec	now = { 1790000000, 7000000 };

static const struct log_field	fields[] = {
	{ .name = "model", .kind = LOG_TEXT, .text = "glm-5",
	    .terminal = LOG_BARE },
	{ .name = "key", .kind = LOG_TEXT, .text = "-" },
	{ .name = "lane", .kind = LOG_TEXT, .text = "same",
	    .terminal = LOG_HIDDEN },
	{ .name = "status", .kind = LOG_STATUS, .number = 502 },
	{ .name = "in", .kind = LOG_NUMBER, .number = 27 },
	{ .name = "out", .kind = LOG_NUMBER, .number = 0 },
	{ .name = "client gone", .kind = LOG_FLAG },
	{ .name = "failed", .kind = LOG_SENTENCE, .text = "no \"sense\"" },
};

static const char *
line_of(enum log_form form, enum log_level level, const char *id,
    const char *message, size_t count)
{
	static char	line[LOG_LINE_MAX + 1];
	size_t		length = log_form_line(line, form, level, id, &now,
			    message, fields, count);

	assert_in_range(length, 1, LOG_LINE_MAX);
	line[length] = '\0';
	return line;
}

#define ID	"req_0123456789abcdef0123456789abcdef"
#define COUNT	(sizeof(fields) / sizeof(fields[0]))

static void
text_has_everything(void **state)
{
	(void)state;
	assert_string_equal(line_of(LOG_FORM_TEXT, LOG_LEVEL_INFO, ID,
	    "POST /", COUNT), "2026-09-21T14:13:20.007Z INFO  [" ID "] POST / "
	    "model=glm-5 key=- lane=same status=502 in=27 out=0 client gone failed: no "
	    "\"sense\"\n");
	assert_string_equal(line_of(LOG_FORM_TEXT, LOG_LEVEL_WARNING, NULL,
	    "a\nb", 0), "2026-09-21T14:13:20.007Z WARN  a\\x0ab\n");
}

static void
a_terminal_shows_what_matters(void **state)
{
	(void)state;
	assert_string_equal(line_of(LOG_FORM_TERMINAL, LOG_LEVEL_INFO, ID,
	    "POST /", COUNT), "14:13:20 01234567 POST / glm-5 502 in=27 "
	    "client gone failed: no \"sense\"\n");
	assert_string_equal(line_of(LOG_FORM_TERMINAL, LOG_LEVEL_ERROR, NULL,
	    "bad", 0), "14:13:20 ERROR bad\n");
	assert_string_equal(line_of(LOG_FORM_COLOURS, LOG_LEVEL_ERROR, ID,
	    "bad", 0), "\033[2m14:13:20 01234567 \033[0m\033[1;31mERROR"
	    "\033[0m bad\n");
	assert_string_equal(line_of(LOG_FORM_COLOURS, LOG_LEVEL_INFO, NULL,
	    "POST /", 4), "\033[2m14:13:20 \033[0mPOST / glm-5 "
	    "\033[1;31m502\033[0m\n");
	/* Colours are ours alone. */
	assert_null(strchr(line_of(LOG_FORM_TERMINAL, LOG_LEVEL_INFO, "\033[",
	    "\033[31m", 0), '\033'));
}

/* It has a time and a level of its own. */
static void
the_journal_gets_a_priority(void **state)
{
	(void)state;
	assert_string_equal(line_of(LOG_FORM_JOURNAL, LOG_LEVEL_WARNING, ID,
	    "POST /\n<0>", 1), "<4>[" ID "] POST /\\x0a<0> model=glm-5\n");
	assert_string_equal(line_of(LOG_FORM_JOURNAL, LOG_LEVEL_ERROR, NULL,
	    "bad", 0), "<3>bad\n");
}

static void
the_journal_is_known_by_its_file(void **state)
{
	struct stat	status;
	char		stream[64];

	(void)state;
	assert_int_equal(fstat(STDERR_FILENO, &status), 0);
	snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)status.st_dev,
	    (uintmax_t)status.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	assert_int_equal(log_form_of_error(), LOG_FORM_JOURNAL);
	setenv("JOURNAL_STREAM", "1:1", 1);
	assert_int_not_equal(log_form_of_error(), LOG_FORM_JOURNAL);
	unsetenv("JOURNAL_STREAM");
	assert_int_not_equal(log_form_of_error(), LOG_FORM_JOURNAL);
}

static void
json_is_an_object(void **state)
{
	(void)state;
	assert_string_equal(line_of(LOG_FORM_JSON, LOG_LEVEL_WARNING, ID,
	    "a\n\"b\"", COUNT), "{\"time\":\"2026-09-21T14:13:20.007Z\","
	    "\"level\":\"warning\",\"id\":\"" ID "\","
	    "\"message\":\"a\\n\\\"b\\\"\",\"model\":\"glm-5\","
	    "\"lane\":\"same\",\"status\":502,\"in\":27,\"out\":0,\"client gone\":true,"
	    "\"failed\":\"no \\\"sense\\\"\"}\n");
}

/* Whatever is in it: one line, valid, and not too long. */
static void
json_stays_json_when_it_is_cut(void **state)
{
	static const char	*const letters[] = { "a", "\x01", "\xff",
				    "\xc3\xa9", "\"", "\xf0\x9f\x8c\x8d" };
	struct json_document	 document;
	char			 text[6001];
	size_t			 i, at;

	(void)state;
	for (i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
		size_t	length = strlen(letters[i]);

		for (at = 0; at + length < sizeof(text); at += length)
			memcpy(text + at, letters[i], length);
		text[at] = '\0';
		json_init(&document, NULL);
		line_of(LOG_FORM_JSON, LOG_LEVEL_INFO, text, text, COUNT);
		assert_int_equal(json_scan(&document, line_of(LOG_FORM_JSON,
		    LOG_LEVEL_INFO, text, text, COUNT), strlen(line_of(
		    LOG_FORM_JSON, LOG_LEVEL_INFO, text, text, COUNT)), NULL),
		    0);
		json_release(&document);
		assert_true(strlen(line_of(LOG_FORM_TERMINAL, LOG_LEVEL_INFO,
		    text, text, COUNT)) <= LOG_LINE_MAX);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_has_everything),
		cmocka_unit_test(a_terminal_shows_what_matters),
		cmocka_unit_test(the_journal_gets_a_priority),
		cmocka_unit_test(the_journal_is_known_by_its_file),
		cmocka_unit_test(json_is_an_object),
		cmocka_unit_test(json_stays_json_when_it_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
