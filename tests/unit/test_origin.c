#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client/origin.h"

static void
test_local_origins(void **state)
{
	static const char *const local[] = {
		"http://localhost", "https://localhost:5173",
		"http://LOCALHOST:1", "http://localhost.", "http://a.localhost",
		"http://127.0.0.1:80", "http://127.1.2.3", "http://[::1]",
		"https://[::1]:8443", "http://[::ffff:127.0.0.1]",
	};
	static const char *const foreign[] = {
		"", "null", "localhost", "http://", "http://[::1].evil.com",
		"http://[::1]evil.com", "http://[::1]:80.evil.com",
		"http://[::1", "http://[]", "http://[localhost]",
		"http://[127.0.0.1]", "http://localhost:80@evil.com",
		"http://localhost:evil.com", "http://localhost@evil.com",
		"http://localhost/", "http://localhost/.evil.com",
		"http://localhost#.evil.com", "http://localhost?.evil.com",
		"http://localhost\\.evil.com", "http://localhost .evil.com",
		"http://.localhost.evil.com", "http://127.0.0.1.evil.com",
		"http://[::2]", "http://0x7f.1", "ftp://localhost",
		"file://localhost", "http:///localhost", "http://:80",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(local) / sizeof(local[0]); i++)
		if (!origin_is_loopback(local[i]))
			fail_msg("%s is local", local[i]);
	for (i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++)
		if (origin_is_loopback(foreign[i]))
			fail_msg("%s is not local", foreign[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_local_origins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
