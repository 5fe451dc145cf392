#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "exchange/session.h"
#include "fake_client.h"
#include "json_text.h"

#define UUID	"0b1c2d3e-4f50-4617-8829-3a4b5c6d7e8f"

static void
find(struct session *session, const char **params, const char *name,
    const char *hint, const char *caller)
{
	struct fake_client fake;

	fake_client_open(&fake, params);
	session_find(session, &fake.client, name, text_of(hint), caller);
	fake_client_close(&fake);
}

static void
test_headers_first(void **state)
{
	struct session session;

	(void)state;
	find(&session, FAKE_PARAMS("POST", "/", "HTTP_X_SESSION_ID=" UUID,),
	    "prompt_cache_key", "other", "");
	assert_string_equal(session.id, UUID);
	find(&session, FAKE_PARAMS("POST", "/",
	    "HTTP_X_CLAUDE_CODE_SESSION_ID=" UUID, "HTTP_THREAD_ID=t",), NULL,
	    "", "");
	assert_string_equal(session.id, UUID);
}

static void
test_derived(void **state)
{
	const char **params = FAKE_PARAMS("POST", "/", "A=b",);
	struct session one, two;

	(void)state;
	find(&one, params, "prompt_cache_key", "talk", "caller");
	find(&two, params, "prompt_cache_key", "talk", "caller");
	assert_true(one.hinted);
	assert_string_equal(one.id, two.id);
	assert_int_equal(one.hash, two.hash);
	assert_int_equal(one.id[14], '4');
	assert_non_null(strchr("89ab", one.id[19]));
	find(&two, params, "prompt_cache_key", "talk", "another");
	assert_string_not_equal(one.id, two.id);
	find(&two, params, "metadata.user_id", "talk", "caller");
	assert_string_not_equal(one.id, two.id);
}

static void
test_random(void **state)
{
	const char **params = FAKE_PARAMS("POST", "/", "A=b",);
	struct session one, two;

	(void)state;
	find(&one, params, NULL, "", "");
	find(&two, params, NULL, "", "");
	assert_false(one.hinted);
	assert_int_equal(strlen(one.id), 36);
	assert_string_not_equal(one.id, two.id);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_headers_first),
		cmocka_unit_test(test_derived),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
