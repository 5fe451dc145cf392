#include "build.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "proxies.h"

#define URL_MAX	2048

static size_t
valid_count(const struct config *config)
{
	size_t	count = 0, i;

	for (i = 0; i < config->proxies_count; i++)
		count += config->proxies[i].valid;
	return count;
}

/* The valid entry number `index`, counted from 0. */
static const struct proxy *
valid_at(const struct config *config, size_t index)
{
	size_t	i;

	for (i = 0; i < config->proxies_count; i++)
		if (config->proxies[i].valid && index-- == 0)
			break;
	return &config->proxies[i];
}

int
proxies_next(const struct config *config, struct scoreboard *scoreboard,
    const struct proxy **proxy, struct problem *problem)
{
	size_t		count = valid_count(config), i;
	uint64_t	turn;

	*proxy = NULL;
	if (count == 0 && config->proxy_required)
		return problem_set(problem, PROBLEM_UPSTREAM,
		    "proxy_required is set, but there is no usable proxy");
	if (count == 0)
		return 0;
	turn = scoreboard_turn(scoreboard, config->proxies_hash);
	for (i = 0; i < count; i++) {
		*proxy = valid_at(config, (size_t)((turn + i) % count));
		if (scoreboard_cooling(scoreboard, (*proxy)->hash) == 0)
			return 0;
	}
	*proxy = NULL;
	return problem_set(problem, PROBLEM_UPSTREAM, "%s", count == 1 ?
	    "the outbound proxy is down" : "all outbound proxies are down");
}

void
proxy_failed(struct scoreboard *scoreboard, const struct proxy *proxy)
{
	scoreboard_cool(scoreboard, proxy->hash, PROXY_COOL_S);
}

/* What stands behind "://", or NULL when the scheme is none of a proxy's. */
static const char *
scheme_skip(const char *url)
{
	static const char *const	schemes[] = {
		"http://", "https://", "socks4://", "socks4a://", "socks5://",
		"socks5h://",
	};
	size_t				i;

	for (i = 0; i < sizeof(schemes) / sizeof(*schemes); i++)
		if (strncasecmp(url, schemes[i], strlen(schemes[i])) == 0)
			return url + strlen(schemes[i]);
	return NULL;
}

/* `at` up to `end`: nothing, or ":1" to ":65535". */
static bool
port_valid(const char *at, const char *end)
{
	unsigned	port = 0;

	if (at == end)
		return true;
	if (*at != ':' || end - at < 2 || end - at > 6)
		return false;
	for (at++; at < end; at++) {
		if (!isdigit((unsigned char)*at))
			return false;
		port = port * 10 + (unsigned)(*at - '0');
	}
	return port >= 1 && port <= 65535;
}

/* Where the host that begins at `at` ends; NULL when there is none. */
static const char *
host_end(const char *at, const char *end)
{
	const char	*start = at;

	if (at < end && *at == '[') {
		at = memchr(at, ']', (size_t)(end - at));
		return at == NULL || at == start + 1 ? NULL : at + 1;
	}
	while (at < end && *at != ':')
		at++;
	return at == start ? NULL : at;
}

const char *
proxy_refusal(const char *url)
{
	const char	*at, *end;

	if (url == NULL || *url == '\0')
		return "it has no url";
	if (strlen(url) > URL_MAX)
		return "the url is too long";
	for (at = url; *at != '\0'; at++)
		if (*at <= ' ' || *at >= 127)
			return "the url holds a space or a byte that isn't ASCII";
	at = scheme_skip(url);
	if (at == NULL)
		return "the url doesn't begin with http, https, socks4, "
		    "socks4a, socks5 or socks5h and ://";
	end = at + strcspn(at, "/?#");
	if (end[0] != '\0' && strcmp(end, "/") != 0)
		return "the url has a path";
	if (memrchr(at, '@', (size_t)(end - at)) != NULL)
		at = (const char *)memrchr(at, '@', (size_t)(end - at)) + 1;
	at = host_end(at, end);
	if (at == NULL)
		return "the url has no host";
	return port_valid(at, end) ? NULL : "the url's port is not a number "
	    "from 1 to 65535";
}
