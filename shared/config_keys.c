#include "build.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "config_keys.h"
#include "config_reader.h"
#include "scoreboard.h"

/* Scope, place and size of a member. */
#define MEMBER(scope, type, member)					\
	scope, .at = offsetof(struct type, member),			\
	.size = sizeof(((struct type *)NULL)->member)
#define TOP(member)		MEMBER(SCOPE_TOP, config, member)
#define AUTH(member)		MEMBER(SCOPE_AUTH, config, member)
#define ENDPOINT(member)	MEMBER(SCOPE_ENDPOINT, endpoint, member)
#define PATH(kind)							\
	MEMBER(SCOPE_PATHS, endpoint, urls[OPERATION_##kind])
#define MODEL(member)		MEMBER(SCOPE_MODEL, model_entry, member)
#define PRICE(member)		MEMBER(SCOPE_PRICE, price, member)
#define UPSTREAM(member)	MEMBER(SCOPE_UPSTREAM, model_entry, member)
#define PROXY(member)		MEMBER(SCOPE_PROXY, proxy, member)
#define CLIENT(member)		MEMBER(SCOPE_CLIENT_KEY, client_key, member)

#define NAME_MAX_LENGTH	40	/* for config_key_nearest() */

#define FACTORY_URL	"https://api.factory.ai/api/llm"
#define WORKOS_URL	"https://api.workos.com/user_management"

static const char default_endpoints[] =
    "[{\"name\":\"openai\","
    "\"base_url\":\"" FACTORY_URL "/o/v1/responses\"},"
    "{\"name\":\"anthropic\","
    "\"base_url\":\"" FACTORY_URL "/a/v1/messages\"},"
    "{\"name\":\"google\","
    "\"base_url\":\"" FACTORY_URL "/g/v1/generate\"},"
    "{\"name\":\"common\","
    "\"base_url\":\"" FACTORY_URL "/o/v1/chat/completions\"}]";

static const char default_prompt[] =
    "You are Droid, an AI software engineering agent built by Factory.\n\n";

static const struct key_word access_words[] = {
	{ "loopback", ACCESS_LOOPBACK },
	{ "keys", ACCESS_KEYS },
	{ "server", ACCESS_SERVER },
	{ "open", ACCESS_OPEN },
	{ NULL, 0 }
};

static const struct key_word log_format_words[] = {
	{ "text", LOG_FORMAT_TEXT },
	{ "json", LOG_FORMAT_JSON },
	{ NULL, 0 }
};

static const struct key_word region_words[] = {
	{ "us", REGION_US },
	{ "eu", REGION_EU },
	{ NULL, 0 }
};

static const struct key_word profile_words[] = {
	{ "factory", PROFILE_FACTORY },
	{ "plain", PROFILE_PLAIN },
	{ NULL, 0 }
};

static const struct key_word auth_words[] = {
	{ "bearer", AUTH_BEARER },
	{ "x-api-key", AUTH_X_API_KEY },
	{ "x-goog-api-key", AUTH_X_GOOG_API_KEY },
	{ "none", AUTH_NONE },
	{ NULL, 0 }
};

static const struct key_word thinking_words[] = {
	{ "budget", THINKING_BUDGET },
	{ "adaptive", THINKING_ADAPTIVE },
	{ "level", THINKING_LEVEL },
	{ NULL, 0 }
};

static const struct key_word thinking_off_words[] = {
	{ "remove", THINKING_OFF_REMOVE },
	{ "disabled", THINKING_OFF_DISABLED },
	{ "between_tools", THINKING_OFF_BETWEEN_TOOLS },
	{ "impossible", THINKING_OFF_IMPOSSIBLE },
	{ NULL, 0 }
};

static const struct key_word own_thoughts_words[] = {
	{ "optional", THOUGHTS_OPTIONAL },
	{ "required", THOUGHTS_REQUIRED },
	{ "forbidden", THOUGHTS_FORBIDDEN },
	{ NULL, 0 }
};

static const struct key_word template_words[] = {
	{ "any", TEMPLATE_ANY },
	{ "mistral", TEMPLATE_MISTRAL },
	{ NULL, 0 }
};

/*
 * In the order in which they are read: models need the endpoints. A WORD's
 * default of -1 is replaced by the reader of its object.
 */
const struct config_key config_keys[] = {
	{ TOP(port), .name = "port", .type = KEY_INTEGER,
	    .initial = 3000, .least = 1, .most = 65535 },
	{ TOP(listen), .name = "listen", .type = KEY_LIST,
	    .text = "[\"127.0.0.1\",\"[::1]\"]",
	    .refusal = config_listen_refusal },
	{ TOP(base_path), .name = "base_path", .type = KEY_TEXT,
	    .text = "", .read = config_read_base_path },
	{ TOP(state_dir), .name = "state_dir", .type = KEY_TEXT,
	    .read = config_read_path },
	{ TOP(log_file), .name = "log_file", .type = KEY_TEXT,
	    .read = config_read_path },
	{ TOP(log_format), .name = "log_format", .type = KEY_WORD,
	    .initial = LOG_FORMAT_TEXT, .words = log_format_words },
	{ TOP(dev_mode), .name = "dev_mode", .type = KEY_BOOLEAN },
	{ TOP(strict), .name = "strict", .type = KEY_BOOLEAN },
	{ TOP(guard), .name = "guard", .type = KEY_BOOLEAN, .initial = true },

	{ TOP(access), .name = "access", .type = KEY_WORD,
	    .initial = -1, .words = access_words },
	{ TOP(client_keys), .name = "client_keys", .type = KEY_LIST,
	    .secret = true, .read = config_read_client_keys },
	{ TOP(local_peers), .name = "local_peers", .type = KEY_LIST,
	    .read = config_read_blocks },
	{ TOP(trusted_proxies), .name = "trusted_proxies", .type = KEY_LIST,
	    .read = config_read_blocks },
	{ TOP(fastcgi_peers), .name = "fastcgi_peers", .type = KEY_LIST,
	    .read = config_read_blocks },
	{ TOP(cors_origins), .name = "cors_origins", .type = KEY_LIST,
	    .refusal = config_origin_refusal },

	{ TOP(body_max), .name = "body_max_mb", .type = KEY_MEBIBYTES,
	    .initial = 50, .least = 1, .most = 1024 },
	{ TOP(reply_max), .name = "reply_max_mb", .type = KEY_MEBIBYTES,
	    .initial = 32, .least = 1, .most = 1024 },
	{ TOP(memory_max), .name = "memory_max_mb", .type = KEY_MEBIBYTES,
	    .initial = 0, .least = 16, .most = 1024 * 1024 },
	{ TOP(json_tokens_max), .name = "json_tokens_max", .type = KEY_INTEGER,
	    .initial = 2000000, .least = 1000, .most = 100000000 },
	{ TOP(ledger_days), .name = "ledger_days", .type = KEY_INTEGER,
	    .initial = 30, .least = 0, .most = 3650 },
	{ TOP(processes), .name = "processes", .type = KEY_INTEGER,
	    .initial = 2, .least = 1, .most = 256 },
	{ TOP(workers), .name = "workers", .type = KEY_INTEGER,
	    .initial = 512, .least = 1, .most = 8192 },
	{ TOP(queue), .name = "queue", .type = KEY_INTEGER,
	    .initial = 64, .least = 0, .most = 65536 },
	{ TOP(keep_conn_s), .name = "keep_conn_s", .type = KEY_INTEGER,
	    .initial = 60, .least = 0, .most = 3600 },
	{ TOP(drain_s), .name = "drain_s", .type = KEY_INTEGER,
	    .initial = 30, .least = 0, .most = 86400 },
	{ TOP(connect_timeout_s), .name = "connect_timeout_s",
	    .type = KEY_INTEGER, .initial = 10, .least = 1, .most = 600 },
	{ TOP(first_byte_timeout_s), .name = "first_byte_timeout_s",
	    .type = KEY_INTEGER, .initial = 600, .least = 1, .most = 86400 },
	{ TOP(idle_timeout_s), .name = "idle_timeout_s",
	    .type = KEY_INTEGER, .initial = 300, .least = 1, .most = 86400 },
	{ TOP(keep_alive_s), .name = "keep_alive_s", .type = KEY_INTEGER,
	    .initial = 15, .least = 0, .most = 3600 },
	{ TOP(early_stream_after_s), .name = "early_stream_after_s",
	    .type = KEY_INTEGER, .initial = 0, .least = 0, .most = 3600 },
	{ TOP(retries), .name = "retries", .type = KEY_INTEGER,
	    .initial = 0, .least = 0, .most = 10 },
	{ TOP(attempts_max), .name = "attempts_max", .type = KEY_INTEGER,
	    .initial = 6, .least = 1, .most = 100 },
	{ TOP(total_timeout_s), .name = "total_timeout_s",
	    .type = KEY_INTEGER, .initial = 120, .least = 1, .most = 86400 },
	{ TOP(first_event_timeout_s), .name = "first_event_timeout_s",
	    .type = KEY_INTEGER, .initial = 0, .least = 0, .most = 86400 },
	{ TOP(ca_file), .name = "ca_file", .type = KEY_TEXT,
	    .read = config_read_path },

	{ TOP(system_prompt), .name = "system_prompt", .type = KEY_TEXT,
	    .text = default_prompt },
	{ TOP(user_agent_version), .name = "user_agent", .type = KEY_TEXT,
	    .text = "factory-cli/0.225.1", .read = config_read_user_agent },
	{ TOP(user_agent_url), .name = "user_agent_url", .type = KEY_TEXT,
	    .text = "https://downloads.factory.ai/factory-cli/LATEST",
	    .refusal = config_url_refusal },
	{ TOP(limits_url), .name = "limits_url", .type = KEY_TEXT,
	    .text = "https://api.factory.ai/api/billing/limits",
	    .refusal = config_url_refusal },
	{ TOP(proxies), .name = "proxies", .type = KEY_LIST,
	    .read = config_read_proxies },
	{ TOP(proxy_required), .name = "proxy_required", .type = KEY_BOOLEAN },
	{ TOP(region), .name = "region", .type = KEY_WORD,
	    .initial = REGION_US, .words = region_words },
	{ TOP(endpoints), .name = "endpoint", .type = KEY_LIST,
	    .text = default_endpoints, .read = config_read_endpoints },
	{ TOP(models), .name = "models", .type = KEY_LIST,
	    .read = config_read_models },
	{ TOP(redirects), .name = "model_redirects", .type = KEY_OBJECT,
	    .read = config_read_redirects },
	{ TOP(token_url), .name = "auth", .type = KEY_OBJECT,
	    .text = "{}", .read = config_read_auth },

	{ AUTH(token_url), .name = "token_url", .type = KEY_TEXT,
	    .text = WORKOS_URL "/authenticate",
	    .refusal = config_url_refusal },
	{ AUTH(device_url), .name = "device_url", .type = KEY_TEXT,
	    .text = WORKOS_URL "/authorize/device",
	    .refusal = config_url_refusal },
	{ AUTH(client_id), .name = "client_id", .type = KEY_TEXT,
	    .text = "client_01HNM792M5G5G1A2THWPXKFMXB",
	    .refusal = config_line_refusal },
	{ AUTH(organization_id), .name = "organization_id", .type = KEY_TEXT,
	    .refusal = config_line_refusal },

	{ ENDPOINT(name), .name = "name", .type = KEY_TEXT, .required = true,
	    .refusal = config_line_refusal },
	{ ENDPOINT(dialect), .name = "type", .type = KEY_WORD,
	    .initial = -1, .words = config_type_words },
	{ ENDPOINT(base_url), .name = "base_url", .type = KEY_TEXT,
	    .required = true, .refusal = config_base_url_refusal },
	{ ENDPOINT(is_default), .name = "default", .type = KEY_BOOLEAN },
	{ ENDPOINT(urls), .name = "paths", .type = KEY_OBJECT,
	    .read = config_read_paths },
	{ ENDPOINT(profile), .name = "profile", .type = KEY_WORD,
	    .initial = -1, .words = profile_words },
	{ ENDPOINT(auth), .name = "auth", .type = KEY_WORD,
	    .initial = -1, .words = auth_words },
	{ ENDPOINT(api_key_env), .name = "api_key_env", .type = KEY_TEXT,
	    .refusal = config_variable_refusal },
	{ ENDPOINT(key_command), .name = "api_key_command", .type = KEY_LIST },
	{ ENDPOINT(key_refresh_s), .name = "api_key_refresh_s",
	    .type = KEY_INTEGER, .initial = 3300, .least = 1, .most = 86400 },
	{ ENDPOINT(http2), .name = "http2", .type = KEY_BOOLEAN },
	{ ENDPOINT(discover), .name = "discover", .type = KEY_BOOLEAN },
	{ ENDPOINT(add), .name = "headers", .type = KEY_OBJECT,
	    .read = config_read_headers },

	{ MEMBER(SCOPE_HEADERS, endpoint, add), .name = "add",
	    .type = KEY_OBJECT, .read = config_read_header_list },
	{ MEMBER(SCOPE_HEADERS, endpoint, replace), .name = "replace",
	    .type = KEY_OBJECT, .read = config_read_header_list },
	{ MEMBER(SCOPE_HEADERS, endpoint, remove), .name = "remove",
	    .type = KEY_LIST, .read = config_read_header_names },

	{ PATH(CONVERSATIONS), .name = "conversations", .type = KEY_TEXT,
	    .read = config_read_endpoint_path },
	{ PATH(COUNT_TOKENS), .name = "count_tokens", .type = KEY_TEXT,
	    .read = config_read_endpoint_path },
	{ PATH(EMBEDDINGS), .name = "embeddings", .type = KEY_TEXT,
	    .read = config_read_endpoint_path },
	{ PATH(COMPLETIONS), .name = "completions", .type = KEY_TEXT,
	    .read = config_read_endpoint_path },
	{ PATH(IMAGES), .name = "images", .type = KEY_TEXT,
	    .read = config_read_endpoint_path },
	{ PATH(IMAGE_EDITS), .name = "image_edits", .type = KEY_TEXT,
	    .read = config_read_endpoint_path },
	{ PATH(SPEECH), .name = "speech", .type = KEY_TEXT,
	    .read = config_read_endpoint_path },
	{ PATH(TRANSCRIPTIONS), .name = "transcriptions", .type = KEY_TEXT,
	    .read = config_read_endpoint_path },
	{ PATH(TRANSLATIONS), .name = "translations", .type = KEY_TEXT,
	    .read = config_read_endpoint_path },
	{ PATH(MODERATIONS), .name = "moderations", .type = KEY_TEXT,
	    .read = config_read_endpoint_path },
	{ PATH(RERANK), .name = "rerank", .type = KEY_TEXT,
	    .read = config_read_endpoint_path },
	{ PATH(COMPACT), .name = "compact", .type = KEY_TEXT,
	    .read = config_read_endpoint_path },
	{ PATH(PREDICT), .name = "predict", .type = KEY_TEXT,
	    .read = config_read_endpoint_path },
	{ PATH(STORED), .name = "stored", .type = KEY_TEXT,
	    .read = config_read_endpoint_path },

	{ MODEL(model.id), .name = "id", .type = KEY_TEXT, .required = true,
	    .refusal = config_line_refusal },
	{ MODEL(model.name), .name = "name", .type = KEY_TEXT },
	{ MODEL(type), .name = "type", .type = KEY_WORD,
	    .initial = -1, .words = config_type_words },
	{ MODEL(endpoint), .name = "endpoint", .type = KEY_TEXT },
	{ MODEL(model.provider), .name = "provider", .type = KEY_TEXT,
	    .refusal = config_line_refusal },
	{ MODEL(model.provider_eu), .name = "provider_eu", .type = KEY_TEXT,
	    .refusal = config_line_refusal },
	{ MODEL(model.reasoning), .name = "reasoning", .type = KEY_TEXT,
	    .text = "off", .read = config_read_reasoning },
	{ MODEL(model.fast), .name = "fast", .type = KEY_BOOLEAN },
	{ MODEL(model.max_output_tokens), .name = "max_output_tokens",
	    .type = KEY_INTEGER, .least = 1, .most = 100000000 },
	{ MODEL(model.context_window), .name = "context_window",
	    .type = KEY_INTEGER, .least = 1, .most = 1000000000 },
	{ MODEL(model.inputs), .name = "input_modalities", .type = KEY_LIST,
	    .read = config_read_inputs },
	{ MODEL(model.base_instructions), .name = "base_instructions",
	    .type = KEY_TEXT },
	{ MODEL(model.thinking), .name = "thinking", .type = KEY_WORD,
	    .initial = -1, .words = thinking_words },
	{ MODEL(model.thinking_off), .name = "thinking_off",
	    .type = KEY_WORD, .initial = THINKING_OFF_REMOVE,
	    .words = thinking_off_words },
	{ MODEL(model.efforts), .name = "efforts", .type = KEY_LIST,
	    .read = config_read_efforts },
	{ MODEL(model.sampling), .name = "sampling", .type = KEY_BOOLEAN,
	    .initial = true },
	{ MODEL(model.mid_system), .name = "mid_system", .type = KEY_BOOLEAN },
	{ MODEL(model.prefill), .name = "prefill", .type = KEY_BOOLEAN,
	    .initial = true },
	{ MODEL(model.forced_tools), .name = "forced_tools",
	    .type = KEY_BOOLEAN, .initial = true },
	{ MODEL(model.tools_reasoning), .name = "tools_reasoning",
	    .type = KEY_BOOLEAN, .initial = true },
	{ MODEL(model.openai_reasoning), .name = "openai_reasoning",
	    .type = KEY_BOOLEAN },
	{ MODEL(model.own_thoughts), .name = "reasoning_content",
	    .type = KEY_WORD, .initial = THOUGHTS_OPTIONAL,
	    .words = own_thoughts_words },
	{ MODEL(model.template), .name = "template", .type = KEY_WORD,
	    .initial = -1, .words = template_words },
	{ MODEL(model.drop), .name = "drop", .type = KEY_LIST },
	{ MODEL(model.operations), .name = "operations", .type = KEY_LIST,
	    .read = config_read_operations },
	{ MODEL(model.first_event_timeout_s), .name = "first_event_timeout_s",
	    .type = KEY_INTEGER, .initial = 0, .least = 0, .most = 86400 },
	{ MODEL(model.fallback), .name = "fallback", .type = KEY_LIST },
	{ MODEL(model.upstreams), .name = "upstreams", .type = KEY_LIST,
	    .read = config_read_upstreams },

	{ UPSTREAM(model.weight), .name = "weight", .type = KEY_INTEGER,
	    .initial = 1, .least = 0, .most = 1000 },
	{ MODEL(model.price), .name = "price", .type = KEY_OBJECT,
	    .text = "{}", .read = config_read_price },

	{ PRICE(input), .name = "input", .type = KEY_NUMBER },
	{ PRICE(cached), .name = "cached", .type = KEY_NUMBER },
	{ PRICE(cache_write), .name = "cache_write", .type = KEY_NUMBER },
	{ PRICE(output), .name = "output", .type = KEY_NUMBER },

	{ PROXY(name), .name = "name", .type = KEY_TEXT },
	{ PROXY(url), .name = "url", .type = KEY_TEXT, .secret = true },

	{ CLIENT(name), .name = "name", .type = KEY_TEXT, .required = true,
	    .refusal = config_key_name_refusal },
	{ CLIENT(sha256), .name = "key", .type = KEY_TEXT, .required = true,
	    .secret = true, .read = config_read_client_key },
	{ CLIENT(models), .name = "models", .type = KEY_LIST },
	{ CLIENT(requests_per_minute), .name = "requests_per_minute",
	    .type = KEY_INTEGER, .least = 0, .most = 1000000 },
	{ CLIENT(tokens_per_day), .name = "tokens_per_day",
	    .type = KEY_INTEGER, .least = 0, .most = 1000000000000 },
	{ CLIENT(tokens_per_month), .name = "tokens_per_month",
	    .type = KEY_INTEGER, .least = 0, .most = 1000000000000 },
	{ CLIENT(concurrent), .name = "concurrent", .type = KEY_INTEGER,
	    .least = 0, .most = SCOREBOARD_SEATS },
	{ CLIENT(expires), .name = "expires", .type = KEY_TEXT,
	    .read = config_read_expires },
	{ CLIENT(stored), .name = "stored", .type = KEY_BOOLEAN },
	{ CLIENT(admin), .name = "admin", .type = KEY_BOOLEAN },
};

const size_t config_keys_count = sizeof(config_keys) / sizeof(config_keys[0]);

const char *
config_scope_prefix(enum key_scope scope)
{
	static const char *const prefixes[SCOPES] = {
		[SCOPE_TOP] = "",
		[SCOPE_AUTH] = "auth.",
		[SCOPE_ENDPOINT] = "endpoint[].",
		[SCOPE_HEADERS] = "endpoint[].headers.",
		[SCOPE_PATHS] = "endpoint[].paths.",
		[SCOPE_MODEL] = "models[].",
		[SCOPE_UPSTREAM] = "models[].upstreams[].",
		[SCOPE_PRICE] = "models[].price.",
		[SCOPE_PROXY] = "proxies[].",
		[SCOPE_CLIENT_KEY] = "client_keys[].",
	};

	return prefixes[scope];
}

const struct config_key *
config_key_find(enum key_scope scope, const char *name)
{
	size_t	i;

	for (i = 0; i < config_keys_count; i++) {
		if (config_keys[i].scope == scope &&
		    strcmp(config_keys[i].name, name) == 0)
			return &config_keys[i];
	}
	return NULL;
}

static size_t
least_of(size_t a, size_t b, size_t c)
{
	size_t	least = a < b ? a : b;

	return least < c ? least : c;
}

/* How many letters to insert, delete or replace; '-' and case don't count. */
static size_t
distance(const char *a, const char *b)
{
	size_t	row[NAME_MAX_LENGTH + 1], i, j, before, above;
	size_t	length = strlen(b);
	int	letter;

	for (j = 0; j <= length; j++)
		row[j] = j;
	for (i = 0; a[i] != '\0'; i++) {
		before = row[0];
		row[0] = i + 1;
		letter = a[i] == '-' ? '_' : tolower((unsigned char)a[i]);
		for (j = 0; j < length; j++) {
			above = row[j + 1];
			row[j + 1] = least_of(above + 1, row[j] + 1,
			    before + (letter != b[j]));
			before = above;
		}
	}
	return row[length];
}

const struct config_key *
config_key_nearest(enum key_scope scope, const char *name)
{
	const struct config_key	*nearest = NULL;
	size_t			 length = strlen(name), least, i;

	if (length > NAME_MAX_LENGTH)
		return NULL;
	least = length / 3 + 1;
	for (i = 0; i < config_keys_count; i++) {
		size_t	d;

		if (config_keys[i].scope != scope)
			continue;
		d = distance(name, config_keys[i].name);
		if (d < least || (d == least && nearest == NULL)) {
			least = d;
			nearest = &config_keys[i];
		}
	}
	return nearest;
}

const char *
key_word_of(const struct key_word *words, int value)
{
	for (; words->word != NULL; words++) {
		if (words->value == value)
			return words->word;
	}
	return NULL;
}

static bool
has_more(const struct key_word *words, unsigned values)
{
	while (words->word != NULL && (values & 1u << words->value) == 0)
		words++;
	return words->word != NULL;
}

void
key_words_list(char *out, size_t size, const struct key_word *words,
    unsigned values)
{
	size_t	length = 0;

	out[0] = '\0';
	for (; words->word != NULL && length < size; words++) {
		unsigned	bit = 1u << words->value;

		if ((values & bit) == 0)
			continue;
		values &= ~bit;
		length += (size_t)snprintf(out + length, size - length,
		    "%s\"%s\"", length == 0 ? "" :
		    has_more(words + 1, values) ? ", " : " or ", words->word);
	}
}
