#include "build.h"

#include "one_server.h"
#include "workos.h"

/* Asks the server, which answers with these bytes. */
static enum outcome
refresh(const char *answer_text, struct answer *answer)
{
	char		token_url[64], client_id[] = "c";
	struct config	config = { .token_url = token_url,
			    .client_id = client_id };
	struct dialer	dialer = { .config = &config, .stop_fd = -1 };
	enum outcome	outcome;

	snprintf(token_url, sizeof(token_url), "http://127.0.0.1:%d/",
	    server.port);
	atomic_store(&script, answer_text);
	outcome = workos_refresh(&dialer, "refresh-secret", answer);
	answer_release(answer);
	return outcome;
}

#define ANSWER(status, type, body) \
	"HTTP/1.1 " status " X\r\nContent-Type: " type "\r\n" \
	"Connection: close\r\n\r\n" body

/* Only the login service's own words end a login; all else is an outage. */
static const struct {
	enum outcome	 outcome;
	const char	*answer;
	const char	*said;
} cases[] = {
	{ OUTCOME_REFUSED, ANSWER("400", "application/json",
	    "{\"error\":\"invalid_grant\",\"error_description\":"
	    "\"Invalid refresh token.\"}"),
	    "status 400 invalid_grant: Invalid refresh token." },
	{ OUTCOME_REFUSED, ANSWER("401", "application/json",
	    "{\"error\":\"invalid_client\"}"),
	    "status 401 invalid_client" },
	{ OUTCOME_REFUSED, ANSWER("403", "application/json",
	    "{\"code\":\"sso_required\",\"message\":\"m\"}"),
	    "status 403 sso_required: m" },
	{ OUTCOME_LOST, ANSWER("403", "text/html",
	    "<html>blocked</html>"), "status 403, " },
	{ OUTCOME_LOST, ANSWER("400", "text/plain", "Bad Request"),
	    "status 400, " },
	{ OUTCOME_LOST, ANSWER("404", "text/plain", ""),
	    "status 404, " },
	{ OUTCOME_LOST, ANSWER("403", "application/json",
	    "{\"message\":\"Forbidden\"}"), "status 403, " },
	{ OUTCOME_LOST, ANSWER("403", "application/json",
	    "{\"error\":\"access_denied\",\"message\":\"WAF\"}"),
	    "status 403 access_denied: WAF, " },
	{ OUTCOME_LOST, ANSWER("403", "application/json",
	    "{\"error\":{\"code\":\"invalid_grant\"}}"),
	    "status 403, " },
	{ OUTCOME_LOST, ANSWER("400", "application/json",
	    "{\"error\":\"invalid_grant\","), "status 400, " },
	{ OUTCOME_LOST, ANSWER("503", "application/json",
	    "{\"error\":\"invalid_grant\"}"), "status 503" },
	{ OUTCOME_LOST, ANSWER("200", "text/html",
	    "<html>log in to the Wi-Fi</html>"), "not JSON" },
	{ OUTCOME_LOST, ANSWER("200", "application/json",
	    "{\"access_token\":\"ey"), "not JSON" },
	{ OUTCOME_LOST, ANSWER("200", "application/json",
	    "{\"error\":\"invalid_grant\"}"), "no usable access_token" },
	{ OUTCOME_LOST, ANSWER("200", "application/json", ""),
	    "not JSON" },
	{ OUTCOME_UNSENT, ANSWER("302", "text/html", ""),
	    "status 302" },
	{ OUTCOME_UNSENT, ANSWER("429", "application/json",
	    "{\"error\":\"invalid_grant\"}"), "status 429" },
};

static void
what_ends_a_login(void **state)
{
	struct answer	answer;
	enum outcome	outcome;
	size_t		i;

	(void)state;
	serve_by(answer_script);
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		outcome = refresh(cases[i].answer, &answer);
		if (outcome != cases[i].outcome ||
		    strstr(answer.problem.message, cases[i].said) == NULL)
			fail_msg("%s\nis %d: %s", cases[i].answer, outcome,
			    answer.problem.message);
	}
}

static void
a_secret_is_not_repeated(void **state)
{
	struct answer	answer;

	(void)state;
	serve_by(answer_script);
	assert_int_equal(refresh(ANSWER("400", "application/json",
	    "{\"error\":\"invalid_grant\",\"error_description\":"
	    "\"no refresh-secret here\"}"), &answer), OUTCOME_REFUSED);
	assert_string_equal(answer.problem.message,
	    "status 400 invalid_grant");
	assert_int_equal(refresh(ANSWER("403", "application/json",
	    "{\"error\":\"forbidden\",\"message\":\"refresh-secret\"}"),
	    &answer), OUTCOME_LOST);
	assert_null(strstr(answer.problem.message, "refresh-secret"));
}

static void
the_clock_is_taken_from_the_answer(void **state)
{
	struct answer	answer;

	(void)state;
	serve_by(answer_script);
	(void)refresh("HTTP/1.1 400 X\r\nContent-Length: 0\r\n"
	    "Date: Thu, 09 Oct 2025 08:53:20 GMT\r\n\r\n", &answer);
	assert_int_equal(answer.date_s, 1760000000);
	(void)refresh("HTTP/1.1 400 X\r\nContent-Length: 0\r\n"
	    "Date: yesterday\r\n\r\n", &answer);
	assert_int_equal(answer.date_s, 0);
	(void)refresh("HTTP/1.1 400 X\r\nContent-Length: 0\r\n\r\n", &answer);
	assert_int_equal(answer.date_s, 0);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		TEST(what_ends_a_login),
		TEST(a_secret_is_not_repeated),
		TEST(the_clock_is_taken_from_the_answer),
	};

	alarm(60);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
