#ifndef CONFIG_CASES_H
#define CONFIG_CASES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config.h"
#include "config_keys.h"
#include "config_reader.h"

/* Reading a configuration from text, for its tests. */

static struct problem	problem;
static char		warnings[4096];		/* one a line */

static inline void
keep_warning(void *context, const char *message)
{
	size_t	used = strlen(warnings);

	(void)context;
	snprintf(warnings + used, sizeof(warnings) - used, "%s\n", message);
}

/* Nothing of the machine's environment gets into a test. */
static inline int
clear_environment(void **unused)
{
	static const char *const names[] = {
		"CREDENTIALS_DIRECTORY", "DOCUMENT_ROOT", "DROID2API_ACCESS",
		"DROID2API_CLIENT_KEYS", "DROID2API_CONFIG",
		"DROID2API_DEVICE_URL", "DROID2API_GUARD", "DROID2API_STATE",
		"DROID2API_TOKEN_URL", "DROID2API_USER_AGENT_URL",
		"DROID2API_LIMITS_URL",
		"FACTORY_API_KEY", "FACTORY_API_KEY_FILE", "PORT", "TEST_KEY",
	};
	size_t	i;

	(void)unused;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unsetenv(names[i]);
	return 0;
}

static inline struct config *
try_read(const char *text)
{
	problem_clear(&problem);
	warnings[0] = '\0';
	return config_read_text(text, strlen(text), "t.json", keep_warning,
	    NULL, &problem);
}

/* A snapshot, or the test fails and shows why. */
static inline struct config *
must_read(const char *text)
{
	struct config	*config = try_read(text);

	if (config == NULL)
		fail_msg("%s: %s", text, problem.message);
	return config;
}

/* The text is refused, with this in the message. */
static inline void
refuses(const char *text, const char *message)
{
	struct config	*config = try_read(text);

	if (config != NULL)
		fail_msg("%s was accepted", text);
	if (strstr(problem.message, message) == NULL)
		fail_msg("%s: \"%s\" doesn't say \"%s\"", text,
		    problem.message, message);
}

/* The text is accepted, with this among the warnings. */
static inline void
warns(const char *text, const char *warning)
{
	config_release(must_read(text));
	if (strstr(warnings, warning) == NULL)
		fail_msg("%s: \"%s\" doesn't say \"%s\"", text, warnings,
		    warning);
}

/* A configuration in which the key of that scope has this value. */
static inline void
write_case(char *out, size_t size, const struct config_key *key,
    const char *value)
{
	static const char *const before[SCOPES] = {
		[SCOPE_TOP] = "{",
		[SCOPE_AUTH] = "{\"auth\":{",
		[SCOPE_ENDPOINT] = "{\"endpoint\":[{\"name\":\"openai\","
		    "\"base_url\":\"http://h/\",",
		[SCOPE_HEADERS] = "{\"endpoint\":[{\"name\":\"openai\","
		    "\"base_url\":\"http://h/\",\"headers\":{",
		[SCOPE_PATHS] = "{\"endpoint\":[{\"name\":\"openai\","
		    "\"base_url\":\"http://h/\",\"paths\":{",
		[SCOPE_MODEL] = "{\"models\":[{\"id\":\"m\","
		    "\"type\":\"openai\",",
		[SCOPE_UPSTREAM] = "{\"models\":[{\"id\":\"m\","
		    "\"upstreams\":[{\"endpoint\":\"openai\",",
		[SCOPE_PRICE] = "{\"models\":[{\"id\":\"m\","
		    "\"type\":\"openai\",\"price\":{",
		[SCOPE_PROXY] = "{\"proxies\":[{",
		[SCOPE_CLIENT_KEY] = "{\"client_keys\":[{\"name\":\"n\","
		    "\"key\":\"k\",",
	};
	static const char *const after[SCOPES] = {
		[SCOPE_TOP] = "}",
		[SCOPE_AUTH] = "}}",
		[SCOPE_ENDPOINT] = "}]}",
		[SCOPE_HEADERS] = "}}]}",
		[SCOPE_PATHS] = "}}]}",
		[SCOPE_MODEL] = "}]}",
		[SCOPE_UPSTREAM] = "}]}]}",
		[SCOPE_PRICE] = "}}]}",
		[SCOPE_PROXY] = "}]}",
		[SCOPE_CLIENT_KEY] = "}]}",
	};

	snprintf(out, size, "%s\"%s\":%s%s", before[key->scope], key->name,
	    value, after[key->scope]);
}

/* "t.json: endpoint[0].headers.add: TEXT" */
static inline void
write_message(char *out, size_t size, const struct config_key *key,
    const char *text)
{
	char		*to = out, *end = out + size;
	const char	*at;

	to += snprintf(to, (size_t)(end - to), "t.json: ");
	for (at = config_scope_prefix(key->scope); *at != '\0'; at++)
		to += snprintf(to, (size_t)(end - to), *at == ']' ? "0]" :
		    "%c", *at);
	snprintf(to, (size_t)(end - to), "%s: %s", key->name, text);
}

#endif
