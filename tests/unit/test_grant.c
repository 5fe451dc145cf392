#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "grant.h"

#define NOW	1760000000

/* {"sub":"user_9","exp":1760028800,"iat":1760000000,"org_id":"org_9"} */
#define JWT	"eyJhbGciOiJub25lIn0." \
	"eyJzdWIiOiJ1c2VyXzkiLCJleHAiOjE3NjAwMjg4MDAsImlhdCI6MTc2MDAwMDAwMCwi" \
	"b3JnX2lkIjoib3JnXzkifQ.c2ln"

static int
read_text(struct grant *grant, const char *text)
{
	struct problem	problem;

	return grant_read(grant, text, strlen(text), NOW, &problem);
}

static void
test_whole(void **state)
{
	struct grant	grant;

	(void)state;
	assert_int_equal(read_text(&grant, "{\"user\":{\"id\":\"user_1\","
	    "\"email\":\"a@b.c\",\"first_name\":\"Ann\",\"last_name\":\"Lee\"},"
	    "\"organization_id\":\"org_1\",\"access_token\":\"" JWT "\","
	    "\"refresh_token\":\"r\\u0031\",\"expires_in\":5}"), 0);
	assert_string_equal(grant.access_token, JWT);
	assert_string_equal(grant.refresh_token, "r1");
	assert_string_equal(grant.user_id, "user_1");
	assert_string_equal(grant.email, "a@b.c");
	assert_string_equal(grant.name, "Ann Lee");
	assert_string_equal(grant.organization_id, "org_1");
	assert_int_equal(grant.expires_at, 1760028800);
	assert_int_equal(grant.lifetime_s, 28800);
	grant_release(&grant);
	assert_null(grant.access_token);
}

/* Only a token: what is missing is taken from the JWT, or assumed. */
static void
test_least(void **state)
{
	static const struct {
		const char	*text;
		int64_t		 expires_at, lifetime_s;
	} cases[] = {
		{ "{\"access_token\":\"x\"}", NOW + 28800, 28800 },
		{ "{\"access_token\":\"x\",\"expires_in\":300}", NOW + 300, 300 },
		{ "{\"access_token\":\"x\",\"expires_at\":1760000900}",
		    1760000900, 900 },
		{ "{\"access_token\":\"x\",\"expires_at\":1760000900000}",
		    1760000900, 900 },
		{ "{\"access_token\":\"x\",\"expires_in\":-1}", NOW + 28800,
		    28800 },
		{ "{\"access_token\":\"" JWT "\",\"refresh_token\":null}",
		    1760028800, 28800 },
		{ "{\"access_token\":\"a.!!!.c\"}", NOW + 28800, 28800 },
		{ "{\"access_token\":\"a..c\"}", NOW + 28800, 28800 },
		{ "{\"access_token\":\"a.eyJleHAiOi0xfQ.c\"}", NOW + 28800,
		    28800 },
	};
	struct grant	grant;
	size_t		i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_int_equal(read_text(&grant, cases[i].text), 0);
		assert_int_equal(grant.expires_at, cases[i].expires_at);
		assert_int_equal(grant.lifetime_s, cases[i].lifetime_s);
		assert_null(grant.refresh_token);
		assert_null(grant.name);
		grant_release(&grant);
	}
	assert_int_equal(read_text(&grant, cases[5].text), 0);
	assert_string_equal(grant.user_id, "user_9");
	assert_string_equal(grant.organization_id, "org_9");
	grant_release(&grant);
}

static void
test_refused(void **state)
{
	static const char *const	bad[] = {
		"", "[]", "null", "{}", "{\"access_token\":\"x\"",
		"{\"access_token\":1}", "{\"access_token\":\"\"}",
		"{\"access_token\":\"a b\"}", "{\"access_token\":\"a\\r\\nb\"}",
		"{\"access_token\":\"a\\u0000b\"}",
		"{\"access_token\":\"x\",\"refresh_token\":\"a\\nb\"}",
	};
	struct grant			grant;
	size_t				i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		if (read_text(&grant, bad[i]) == 0)
			fail_msg("accepted %s", bad[i]);
		assert_null(grant.access_token);
	}
}

static void
test_errors(void **state)
{
	static const char	oauth[] = "{\"error\":\"invalid_grant\","
	    "\"error_description\":\"Refresh token already exchanged.\"}";
	static const char	workos[] =
	    "{\"message\":\"m\",\"code\":\"sso_required\"}";
	static const char *const	no_words[] = {
		"", "<html>", "{}", "[]", "\"invalid_grant\"",
		"{\"error\":\"invalid_grant\"",
		"{\"error\":{\"code\":\"invalid_grant\"}}",
		"{\"error\":\"Invalid Grant\"}",
		"{\"error\":\"invalid<>_grant\"}", "{\"error\":\"\"}",
		"{\"error\":403}", "{\"message\":\"invalid_grant\"}",
	};
	struct grant_error	error;
	size_t			i;

	(void)state;
	assert_int_equal(grant_error_read(&error, oauth, strlen(oauth)), 0);
	assert_string_equal(error.word, "invalid_grant");
	assert_string_equal(error.description,
	    "Refresh token already exchanged.");
	assert_int_equal(grant_error_read(&error, workos, strlen(workos)), 0);
	assert_string_equal(error.word, "sso_required");
	assert_string_equal(error.description, "m");
	for (i = 0; i < sizeof(no_words) / sizeof(*no_words); i++)
		if (grant_error_read(&error, no_words[i],
		    strlen(no_words[i])) == 0)
			fail_msg("a word in %s", no_words[i]);
}

/* Which words end a login, and which end the wait for a new one. */
static void
test_words(void **state)
{
	static const struct {
		const char	*word, *description;
		bool		 refuses, answers, spent;
	} cases[] = {
		{ "invalid_grant", "Invalid refresh token.", true, true,
		    false },
		{ "invalid_grant", "Refresh token already exchanged.", true,
		    true, true },
		{ "invalid_client", "already exchanged", true, true, false },
		{ "sso_required", "", true, true, false },
		{ "access_denied", "", false, true, false },
		{ "slow_down", "", false, true, false },
		{ "forbidden", "already exchanged", false, false, false },
		{ "server_error", "", false, false, false },
		{ "temporarily_unavailable", "", false, false, false },
		{ "", "", false, false, false },
	};
	struct grant_error	error;
	size_t			i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		snprintf(error.word, sizeof(error.word), "%s", cases[i].word);
		snprintf(error.description, sizeof(error.description), "%s",
		    cases[i].description);
		if (grant_error_refuses(&error) != cases[i].refuses ||
		    grant_error_answers_poll(&error) != cases[i].answers ||
		    grant_error_spent(&error) != cases[i].spent)
			fail_msg("%s: %s", error.word, error.description);
	}
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_least),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
