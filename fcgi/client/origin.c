#include "build.h"

#include <string.h>
#include <strings.h>

#include "address.h"
#include "origin.h"

/*
 * The name in "name", "name:80", "[::1]" or "[::1]:80", without brackets. Its
 * length, or 0 for anything else.
 */
static size_t
host_name(const char *host, char name[256])
{
	bool literal = host[0] == '[';
	size_t length = strcspn(host += literal, literal ? "]" : ":");
	const char *rest = host + length;

	if (length == 0 || length >= 256)
		return 0;
	memcpy(name, host, length);
	name[length] = '\0';
	if (literal && (*rest++ != ']' || strchr(name, ':') == NULL))
		return 0;
	if (*rest == ':')
		rest += 1 + strspn(rest + 1, "0123456789");
	return *rest == '\0' ? length : 0;
}

bool
host_is_loopback(const char *host)
{
	char name[256];
	size_t length = host_name(host, name);

	if (length > 0 && name[length - 1] == '.')
		name[length - 1] = '\0';
	length = length > 0 ? strlen(name) : 0;
	return length > 0 && (strcasecmp(name, "localhost") == 0 ||
	    (length > 10 &&
	    strcasecmp(name + length - 10, ".localhost") == 0) ||
	    address_is_loopback(name));
}

bool
origin_is_loopback(const char *origin)
{
	if (strncasecmp(origin, "http://", 7) == 0)
		return host_is_loopback(origin + 7);
	return strncasecmp(origin, "https://", 8) == 0 &&
	    host_is_loopback(origin + 8);
}

bool
origin_is_listed(const char *origin, const struct config *config)
{
	size_t i;

	for (i = 0; i < config->cors_origins.count; i++)
		if (strcmp(config->cors_origins.at[i], origin) == 0 &&
		    strcmp(origin, "*") != 0)
			return true;
	return false;
}
