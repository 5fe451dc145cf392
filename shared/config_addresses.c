#include "build.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <json-c/json.h>

#include "config_reader.h"
#include "proxies.h"
#include "token.h"

/* A decimal number without sign from `least` to `most`, or -1. */
static long
number_of(const char *text, size_t length, long least, long most)
{
	long	number = 0;
	size_t	i;

	if (length == 0 || length > 6)
		return -1;
	for (i = 0; i < length; i++) {
		if (!isdigit((unsigned char)text[i]))
			return -1;
		number = number * 10 + (text[i] - '0');
	}
	return number < least || number > most ? -1 : number;
}

/* Length of "[::1]" at the start of a text; 0 if there is none. */
static size_t
bracketed_length(const char *text)
{
	char		 address[INET6_ADDRSTRLEN];
	struct in6_addr	 in6;
	size_t		 length;

	if (text[0] != '[')
		return 0;
	length = strcspn(text + 1, "]");
	if (text[length + 1] != ']' || length >= sizeof(address))
		return 0;
	memcpy(address, text + 1, length);
	address[length] = '\0';
	return inet_pton(AF_INET6, address, &in6) == 1 ? length + 2 : 0;
}

static size_t
host_length(const char *text)
{
	if (text[0] == '[')
		return bracketed_length(text);
	return strspn(text, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_");
}

/* What follows a host: nothing, or ':' and a port. */
static const char *
port_refusal(const char *text, size_t length)
{
	if (length == 0)
		return NULL;
	if (text[0] != ':')
		return "must name a host";
	if (number_of(text + 1, length - 1, 1, 65535) < 0)
		return "must have a port from 1 to 65535 behind the colon";
	return NULL;
}

/* Scheme, host and port; *rest is what is behind them. */
static const char *
authority_refusal(const char *text, const char **rest)
{
	size_t	length, host;

	if (strncasecmp(text, "http://", 7) == 0)
		text += 7;
	else if (strncasecmp(text, "https://", 8) == 0)
		text += 8;
	else
		return "must begin with http:// or https://";
	length = strcspn(text, "/?#");
	*rest = text + length;
	if (memchr(text, '@', length) != NULL)
		return "must not hold a user name or password";
	host = host_length(text);
	if (host == 0)
		return "must name a host";
	return port_refusal(text + host, length - host);
}

const char *
config_base_url_refusal(const char *text)
{
	const char	*rest, *refusal, *c;

	for (c = text; *c != '\0'; c++) {
		if (*c <= ' ' || *c >= 0x7f || strchr("\"<>\\^`|", *c) != NULL)
			return "must not hold spaces, control characters or "
			    "others that a URL can't";
	}
	refusal = authority_refusal(text, &rest);
	if (refusal != NULL)
		return refusal;
	for (c = rest; *c != '\0'; c++) {
		if (*c == '#')
			return "must not hold a '#'";
		if (strncmp(c, "{model}", 7) == 0)
			c += 6;
		else if (*c == '{' || *c == '}')
			return "must not hold braces but those of {model}";
	}
	return NULL;
}

const char *
config_url_refusal(const char *text)
{
	if (strpbrk(text, "{}") != NULL)
		return "must not hold braces";
	return config_base_url_refusal(text);
}

/* "app://host", "chrome-extension://abc": of programs, not of web pages. */
static bool
is_program_origin(const char *text)
{
	size_t	length = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789+.-");
	const char	*host = text + length + 3;

	if (length == 0 || text[0] < 'a' || text[0] > 'z' ||
	    strncmp(text + length, "://", 3) != 0)
		return false;
	if (strcmp(text, "file://") == 0)
		return true;
	return strncmp(text, "http:", 5) != 0 &&
	    strncmp(text, "https:", 6) != 0 &&
	    strncmp(text, "file:", 5) != 0 && *host != '\0' &&
	    strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789._-") == strlen(host);
}

const char *
config_origin_refusal(const char *text)
{
	const char	*rest = "";

	if (strcmp(text, "*") == 0 || strcmp(text, "null") == 0 ||
	    is_program_origin(text))
		return NULL;
	if (authority_refusal(text, &rest) != NULL || *rest != '\0')
		return "must be \"*\" or an origin such as "
		    "\"https://example.com\" or \"app://name\", without a path";
	return NULL;
}

const char *
config_listen_refusal(const char *text)
{
	struct in6_addr	in6;
	size_t		length;

	if (inet_pton(AF_INET6, text, &in6) == 1)
		return "must have brackets, \"[::1]\"";
	length = host_length(text);
	if (length == 0 || text[length] != '\0')
		return "must be an address or host name; the port has its own "
		    "key, \"port\"";
	return NULL;
}

/* "10.0.0.0/8", "192.0.2.1", "fd00::/8" */
static int
read_block(const char *text, struct address_block *block)
{
	const char	*slash = strchr(text, '/');
	size_t		 length;
	char		 address[INET6_ADDRSTRLEN];
	long		 bits, offset = 0, width = 128;
	unsigned	 i;

	length = slash != NULL ? (size_t)(slash - text) : strlen(text);
	if (length >= sizeof(address))
		return -1;
	memcpy(address, text, length);
	address[length] = '\0';
	if (inet_pton(AF_INET, address, block->address + 12) == 1) {
		memset(block->address, 0, 10);
		memset(block->address + 10, 0xff, 2);
		offset = 96;
		width = 32;
	} else if (inet_pton(AF_INET6, address, block->address) != 1) {
		return -1;
	}
	bits = width;
	if (slash != NULL)
		bits = number_of(slash + 1, strlen(slash + 1), 0, width);
	if (bits < 0)
		return -1;
	block->bits = (unsigned)(offset + bits);
	for (i = block->bits; i < 128; i++)
		block->address[i / 8] &= (uint8_t)~(0x80u >> i % 8);
	return 0;
}

int
config_read_blocks(struct config_reader *r, const struct config_key *key,
    struct json_object *list, void *target)
{
	struct config		*config = target;
	struct address_block	*blocks;
	size_t			 count, i;

	blocks = config_read_array(r, key, list, sizeof(*blocks), &count);
	if (blocks == NULL)
		return -1;
	for (i = 0; i < count; i++) {
		struct json_object *text = json_object_array_get_idx(list, i);

		if (!json_object_is_type(text, json_type_string) ||
		    read_block(json_object_get_string(text), &blocks[i]) != 0)
			return config_wrong_at(r, key->name, i,
			    "must be an address or a block such as "
			    "\"10.0.0.0/8\"");
	}
	if (key->at == offsetof(struct config, trusted_proxies)) {
		config->trusted_proxies = blocks;
		config->trusted_proxies_count = count;
	} else if (key->at == offsetof(struct config, local_peers)) {
		config->local_peers = blocks;
		config->local_peers_count = count;
	} else {
		config->fastcgi_peers = blocks;
		config->fastcgi_peers_count = count;
	}
	return 0;
}

static int
read_proxy(struct config_reader *r, struct json_object *entry, size_t index)
{
	struct proxy	*proxy = &r->config->proxies[index];

	if (config_read_object(r, SCOPE_PROXY, entry, proxy) != 0)
		return -1;
	if (proxy->name == NULL)
		proxy->name = arena_printf(&r->config->arena, "proxy %zu",
		    index + 1);
	if (proxy->name == NULL)
		return config_no_memory(r);
	if (proxy->url == NULL) {
		proxy->url = "";
		proxy->reason = "has no url";
	} else {
		proxy->reason = proxy_refusal(proxy->url);
	}
	proxy->valid = proxy->reason == NULL;
	proxy->hash = token_hash(proxy->url, strlen(proxy->url));
	if (!proxy->valid)
		config_warning(r, "url", "proxy \"%.64s\" is skipped: %s",
		    proxy->name, proxy->reason);
	return 0;
}

int
config_read_proxies(struct config_reader *r, const struct config_key *key,
    struct json_object *list, void *target)
{
	struct config	*config = target;
	size_t		 i;

	config->proxies = config_read_array(r, key, list,
	    sizeof(struct proxy), &config->proxies_count);
	if (config->proxies == NULL ||
	    config_read_each(r, key, list, read_proxy) != 0)
		return -1;
	for (i = 0; i < config->proxies_count; i++)
		config->proxies_hash = config_hash_add(config->proxies_hash,
		    config->proxies[i].hash);
	return 0;
}
