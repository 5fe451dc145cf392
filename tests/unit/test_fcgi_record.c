#include "build.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client/fcgi_record.h"

#define BYTES(text)	(text), sizeof(text) - 1

static void
reads_what_it_writes(void **state)
{
	struct fcgi_record	record;
	unsigned char		at[FCGI_HEADER_LEN];

	(void)state;
	fcgi_record_write(at, FCGI_STDOUT, 0x1234, FCGI_CONTENT_MAX);
	assert_int_equal(fcgi_record_read(&record, at), 0);
	assert_int_equal(record.type, FCGI_STDOUT);
	assert_int_equal(record.id, 0x1234);
	assert_int_equal(record.length, 65528);
	assert_int_equal(record.padding, 0);
	at[0] = 2;
	assert_int_equal(fcgi_record_read(&record, at), -1);
}

static char **
params_of(struct buf *buf, const char *bytes, size_t length)
{
	buf_init(buf, 100000, NULL);
	assert_int_equal(buf_add(buf, bytes, length), 0);
	errno = 0;
	return fcgi_params_read(buf);
}

static void
turns_params_into_strings(void **state)
{
	static char	large[8 + 1 + 70000] = "\200\0\0\1\200\1\21\160N";
	struct buf	buf;
	char		**params;

	(void)state;
	params = params_of(&buf, BYTES("\1\2Axy" "\3\0ABC" "\200\0\0\1\1Bz"
	    "\1\3C=d="));
	assert_string_equal(params[0], "A=xy");
	assert_string_equal(params[1], "ABC=");
	assert_string_equal(params[2], "B=z");
	assert_string_equal(params[3], "C==d=");
	assert_null(params[4]);
	free(params);
	buf_release(&buf);

	params = params_of(&buf, "", 0);
	assert_null(params[0]);
	free(params);
	buf_release(&buf);

	memset(large + 9, 'v', 70000);
	params = params_of(&buf, large, sizeof(large));
	assert_int_equal(strlen(params[0]), 70002);
	assert_null(params[1]);
	free(params);
	buf_release(&buf);
}

/* Lengths of which libfcgi's sum is negative, and others that lie. */
static void
refuses_what_is_no_pair(void **state)
{
	static const struct {
		const char	*bytes;
		size_t		 length;
	} cases[] = {
		{ BYTES("\1") },
		{ BYTES("\1\1A") },
		{ BYTES("\1\1Ax\1") },
		{ BYTES("\200") },
		{ BYTES("\200\0\0") },
		{ BYTES("\1\200\0\0") },
		{ BYTES("\377\377\377\376\377\377\377\376Ax") },
		{ BYTES("\377\377\377\377\1Ax") },
		{ BYTES("\1\377\377\377\377Ax") },
		{ BYTES("\177\177Ax") },
		{ BYTES("\0\1x") },
		{ BYTES("\3\1A=Bx") },
		{ BYTES("\2\1A\0x") },
		{ BYTES("\1\2A\0x") },
	};
	struct buf	buf;
	size_t		i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_null(params_of(&buf, cases[i].bytes, cases[i].length));
		assert_int_equal(errno, EPROTO);
		buf_release(&buf);
	}
}

static void
answers_what_values_are_asked_for(void **state)
{
	unsigned char	at[FCGI_VALUES_LENGTH];
	int		length;

	(void)state;
	length = fcgi_values_write(at, (struct text){
	    BYTES("\17\0FCGI_MPXS_CONNS\4\0NONE\15\0FCGI_MAX_REQS") }, 512);
	assert_int_equal(length, 8 + 2 + 13 + 3 + 2 + 15 + 1);
	assert_memory_equal(at, "\1\12\0\0\0\44\0\0"
	    "\15\3FCGI_MAX_REQS512\17\1FCGI_MPXS_CONNS0", (size_t)length);
	length = fcgi_values_write(at, (struct text){
	    BYTES("\16\0FCGI_MAX_CONNS\15\0FCGI_MAX_REQS\17\0FCGI_MPXS_CONNS")
	    }, 2147483647);
	assert_true(length > 0 && length < FCGI_VALUES_LENGTH);
	assert_int_equal(fcgi_values_write(at, (struct text){ "", 0 }, 1), 8);
	assert_int_equal(fcgi_values_write(at, (struct text){
	    BYTES("\17\0FCGI") }, 1), -1);
}

static void
writes_ends_and_unknown_types(void **state)
{
	unsigned char	at[FCGI_END_LENGTH];

	(void)state;
	fcgi_end_write(at, 258, FCGI_CANT_MPX_CONN);
	assert_memory_equal(at, "\1\3\1\2\0\10\0\0\0\0\0\0\1\0\0\0", 16);
	fcgi_unknown_write(at, 77);
	assert_memory_equal(at, "\1\13\0\0\0\10\0\0\115\0\0\0\0\0\0\0", 16);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(reads_what_it_writes),
		cmocka_unit_test(turns_params_into_strings),
		cmocka_unit_test(refuses_what_is_no_pair),
		cmocka_unit_test(answers_what_values_are_asked_for),
		cmocka_unit_test(writes_ends_and_unknown_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
