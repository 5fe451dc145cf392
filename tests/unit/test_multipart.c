#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "framing/multipart.h"
#include "json_text.h"

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))
#define TYPE		"multipart/form-data; boundary=b"
#define NAMED(name)	"Content-Disposition: form-data; name=" name "\r\n"
#define MODEL(value)	"--b\r\n" NAMED("\"model\"") "\r\n" value "\r\n"
#define OTHER		"--b\r\n" NAMED("\"n\"") "\r\n1\r\n"
#define END		"--b--\r\n"

/* `model`, or NULL where there is none. */
static const struct {
	const char	*type, *body, *model;
} good[] = {
	{ TYPE, MODEL("whisper-1") END, "whisper-1" },
	{ TYPE, MODEL("") END, "" },
	{ TYPE, OTHER MODEL("m") OTHER END, "m" },
	{ TYPE, OTHER END, NULL },
	{ TYPE, "--b--", NULL },
	{ TYPE, MODEL("a\r\nb\r\n") "--b--", "a\r\nb\r\n" },
	{ TYPE, MODEL("\r\n--c") END, "\r\n--c" },
	{ "Multipart/Form-Data;boundary=\"b\"; charset=x", MODEL("m") END, "m" },
	{ "multipart/form-data; charset=\"a;\\\"boundary=x\"; Boundary=b",
	    MODEL("m") END, "m" },
	{ "multipart/form-data; boundary=\"a b:?\"",
	    "--a b:?\r\n" NAMED("model") "\r\nm\r\n--a b:?--", "m" },
	{ TYPE, "--b\r\ncontent-type: text/plain\r\n"
	    "content-disposition:form-data;name=\"model\"\r\n\r\nm\r\n" END,
	    "m" },
	/* A file's name may hold anything that is quoted. */
	{ TYPE, "--b\r\n" NAMED("\"file\"; filename=\"a\\\"; name=model\"")
	    "\r\nx\r\n" MODEL("m") END, "m" },
	{ TYPE, "--b\r\n" NAMED("\"file\"; filename=\"a\"; "
	    "filename*=UTF-8''%c3%a4") "\r\nx\r\n" END, NULL },
	{ TYPE, "--b\r\n" NAMED("\"Model\"") "\r\nx\r\n" END, NULL },
	{ TYPE, "--b\r\n" NAMED("\"model[]\"") "\r\nx\r\n" END, NULL },
};

static const struct {
	const char	*type, *body, *why;
} bad[] = {
	{ "multipart/form-data", MODEL("m") END, "no boundary" },
	{ "multipart/form-data; boundary=", MODEL("m") END, "no boundary" },
	{ "multipart/form-data; boundary=\"b", MODEL("m") END, "no boundary" },
	{ "multipart/form-data; boundary=\"b \"", MODEL("m") END,
	    "no boundary" },
	{ "multipart/form-data; boundary=\"b\\\"\"", MODEL("m") END,
	    "no boundary" },
	{ "multipart/form-data; boundary=b; boundary=c", MODEL("m") END,
	    "two boundaries" },
	{ "multipart/form-data boundary=b", MODEL("m") END, "no boundary" },
	{ "multipart/form-data; boundary="
	    "12345678901234567890123456789012345678901234567890"
	    "123456789012345678901", MODEL("m") END, "no boundary" },
	{ TYPE, "", "not begin" },
	{ TYPE, "{}", "not begin" },
	{ TYPE, "preamble\r\n" MODEL("m") END, "not begin" },
	{ TYPE, "\r\n" MODEL("m") END, "not begin" },
	{ TYPE, MODEL("m"), "last boundary" },
	{ TYPE, MODEL("m") "--b", "alone" },
	{ TYPE, MODEL("m") "--b-", "alone" },
	{ TYPE, MODEL("m") END "x", "behind" },
	{ TYPE, MODEL("m") END "\r\n", "behind" },
	{ TYPE, MODEL("m") END MODEL("n") END, "behind" },
	/* What others may take for a boundary. */
	{ TYPE, MODEL("m") "--b \r\n" NAMED("x") "\r\nx\r\n" END, "alone" },
	{ TYPE, MODEL("m") "--b\n" NAMED("x") "\r\nx\r\n" END, "alone" },
	{ TYPE, "--b\r\n" NAMED("x") "\r\n\n--b\r\n" NAMED("model")
	    "\r\nm\r\n" END, "alone" },
	{ TYPE, "--b\r\n" NAMED("x") "\r\n a--b \r\n" MODEL("m") END, "alone" },
	{ TYPE, MODEL("m\r\n--bc") END, "alone" },
	/* What others may take for a name. */
	{ TYPE, MODEL("m") MODEL("n") END, "once" },
	{ TYPE, MODEL("m") MODEL("m") END, "once" },
	{ TYPE, "--b\r\n" NAMED("\"model\"; filename=\"a\"") "\r\nx\r\n" END,
	    "plain text" },
	{ TYPE, "--b\r\n" NAMED("\"model\"")
	    "Content-Transfer-Encoding: base64\r\n\r\nbQ==\r\n" END,
	    "plain text" },
	{ TYPE, "--b\r\n" NAMED("\"mo\\del\"") "\r\nx\r\n" END, "not plain" },
	{ TYPE, "--b\r\n" NAMED("a; name=model") "\r\nx\r\n" END, "not plain" },
	{ TYPE, "--b\r\n" NAMED("a; name*=UTF-8''model") "\r\nx\r\n" END,
	    "not plain" },
	{ TYPE, "--b\r\n" NAMED("a; x=\"a\"") "\r\nx\r\n" END, "not plain" },
	{ TYPE, "--b\r\n" NAMED("\"a") "\r\nx\r\n" END, "not plain" },
	{ TYPE, "--b\r\n" NAMED("\"a\"b") "\r\nx\r\n" END, "not plain" },
	{ TYPE, "--b\r\n" NAMED("\"\\\"") "\r\nx\r\n" END, "not plain" },
	{ TYPE, "--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n" END,
	    "not plain" },
	{ TYPE, "--b\r\nContent-Disposition: attachment; name=a\r\n\r\nx\r\n"
	    END, "form-data" },
	{ TYPE, "--b\r\n" NAMED("a") NAMED("model") "\r\nx\r\n" END, "once" },
	{ TYPE, "--b\r\nContent-Type: x\r\n\r\nx\r\n" END, "no name" },
	{ TYPE, "--b\r\n\r\nx\r\n" END, "no header" },
	{ TYPE, "--b\r\n" NAMED("a") " ; name=model\r\n\r\nx\r\n" END,
	    "can't be read" },
	{ TYPE, "--b\r\n" NAMED("a") "no colon\r\n\r\nx\r\n" END,
	    "can't be read" },
	{ TYPE, "--b\r\nX: a\n" NAMED("model") "\r\nx\r\n" END,
	    "control byte" },
	{ TYPE, "--b\r\nX: a\r" NAMED("model") "\r\nx\r\n" END,
	    "control byte" },
	{ TYPE, "--b\r\n\r\n--b--", "no header" },
	{ TYPE, "--b\r\n--b--", "alone" },
};

static void
test_found(void **state)
{
	struct problem	problem;
	struct text	value;
	size_t		i;

	(void)state;
	for (i = 0; i < COUNT(good); i++) {
		problem_clear(&problem);
		if (multipart_find(good[i].type, text_of(good[i].body), "model",
		    &value, &problem) == -1)
			fail_msg("%zu: %s", i, problem.message);
		if ((value.at == NULL) != (good[i].model == NULL) ||
		    (value.at != NULL && !text_equals(value, good[i].model)))
			fail_msg("%zu: %.*s", i, (int)value.length, value.at);
	}
}

static void
test_refused(void **state)
{
	struct problem	problem;
	struct text	value;
	size_t		i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		problem_clear(&problem);
		if (multipart_find(bad[i].type, text_of(bad[i].body), "model",
		    &value, &problem) == 0)
			fail_msg("%zu is taken: %s", i, bad[i].body);
		if (strstr(problem.message, bad[i].why) == NULL ||
		    problem.kind != PROBLEM_INVALID)
			fail_msg("%zu: %s", i, problem.message);
	}
}

/* A body that ends anywhere is refused, but for the line's end. */
static void
test_cut(void **state)
{
	static const char	body[] = OTHER MODEL("m") OTHER END;
	struct problem		problem;
	struct text		value;
	size_t			length;

	(void)state;
	for (length = 0; length < sizeof(body) - 1; length++) {
		bool	whole = length == sizeof(body) - 3;

		problem_clear(&problem);
		assert_int_equal(multipart_find(TYPE, (struct text){ body,
		    length }, "model", &value, &problem), whole ? 0 : -1);
	}
}

static void
test_long_header(void **state)
{
	static char	body[40000];
	struct problem	problem;
	struct text	value;
	size_t		length;

	(void)state;
	memcpy(body, "--b\r\nX: ", 8);
	memset(body + 8, 'a', 20000);
	strcpy(body + 20008, "\r\n" NAMED("model") "\r\nm\r\n" END);
	length = strlen(body);
	problem_clear(&problem);
	assert_int_equal(multipart_find(TYPE, (struct text){ body, length },
	    "model", &value, &problem), -1);
	assert_non_null(strstr(problem.message, "too long"));
}

static void
test_types(void **state)
{
	(void)state;
	assert_true(multipart_is(TYPE));
	assert_true(multipart_is("MULTIPART/form-data"));
	assert_false(multipart_is(NULL));
	assert_false(multipart_is("multipart/form-data2; boundary=b"));
	assert_false(multipart_is("multipart/mixed; boundary=b"));
	assert_false(multipart_is("application/json"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_found),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_long_header),
		cmocka_unit_test(test_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
