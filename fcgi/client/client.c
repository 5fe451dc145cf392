#include "build.h"

#include <ctype.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "client.h"
#include "json_write.h"

/* Longer names are nobody's, and are not handed on. */
#define NAME_MAX_LENGTH	255

#define HTTP_PREFIX_LENGTH	5	/* of "HTTP_" */

/* For so long a web server may send nothing within a body. */
#define READ_PATIENCE_MS	(60 * 1000)

static const struct {
	const char	*word;
	enum method	 method;
} methods[] = {
	{ "GET", METHOD_GET },
	{ "HEAD", METHOD_HEAD },
	{ "POST", METHOD_POST },
	{ "PATCH", METHOD_PATCH },
	{ "DELETE", METHOD_DELETE },
	{ "OPTIONS", METHOD_OPTIONS },
};

/* RFC 9110 section 15; web servers want some phrase and show their own. */
static const struct {
	int		 status;
	const char	*phrase;
} phrases[] = {
	{ 200, "OK" },
	{ 201, "Created" },
	{ 202, "Accepted" },
	{ 204, "No Content" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 402, "Payment Required" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 408, "Request Timeout" },
	{ 413, "Content Too Large" },
	{ 415, "Unsupported Media Type" },
	{ 426, "Upgrade Required" },
	{ 429, "Too Many Requests" },
	{ 500, "Internal Server Error" },
	{ 501, "Not Implemented" },
	{ 502, "Bad Gateway" },
	{ 503, "Service Unavailable" },
	{ 504, "Gateway Timeout" },
	{ 529, "Overloaded" },
};

static enum method
method_of(const char *word)
{
	size_t	i;

	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (strcmp(word, methods[i].word) == 0)
			return methods[i].method;
	return METHOD_OTHER;
}

int
client_init(struct client *client, const struct client_transport *transport,
    void *handle, char **params, int fd)
{
	memset(client, 0, sizeof(*client));
	client->transport = transport;
	client->handle = handle;
	client->params = params;
	client->fd = fd;
	client->fd_events = POLLIN | POLLRDHUP;
	client->patience_ms = READ_PATIENCE_MS;
	client->method_word = client_param(client, "REQUEST_METHOD");
	client->method = method_of(client->method_word);
	client->target = client_param(client, "REQUEST_URI");
	client->peer = client_param(client, "REMOTE_ADDR");
	if (!header_name_valid(client->method_word) ||
	    client->target[0] == '\0')
		return -1;
	return 0;
}

/* The value of a "NAME=VALUE" if its name is `name`, else NULL. */
static const char *
param_value(const char *param, const char *name)
{
	for (; *name != '\0'; name++, param++)
		if (*param != *name)
			return NULL;
	return *param == '=' ? param + 1 : NULL;
}

const char *
client_param(const struct client *client, const char *name)
{
	char		**param;
	const char	 *value;

	for (param = client->params; *param != NULL; param++) {
		value = param_value(*param, name);
		if (value != NULL)
			return value;
	}
	return "";
}

/* Asked a hundred times and more in an exchange, so without a call. */
static bool
is_header(const char *param)
{
	return param[0] == 'H' && param[1] == 'T' && param[2] == 'T' &&
	    param[3] == 'P' && param[4] == '_';
}

/* The value of "HTTP_X_API_KEY=..." if the header is "x-api-key", else NULL. */
static const char *
header_value(const char *param, const char *name)
{
	if (!is_header(param))
		return NULL;
	param += HTTP_PREFIX_LENGTH;
	for (; *name != '\0'; name++, param++)
		if (*param != (*name == '-' ? '_' :
		    toupper((unsigned char)*name)))
			return NULL;
	return *param == '=' ? param + 1 : NULL;
}

/* Those two have CGI variables of their own (RFC 3875 section 4.1.2-3). */
static const char *
special_variable(const char *name)
{
	if (name[0] != 'c')
		return NULL;
	if (strcmp(name, "content-type") == 0)
		return "CONTENT_TYPE";
	if (strcmp(name, "content-length") == 0)
		return "CONTENT_LENGTH";
	return NULL;
}

static const char *
or_null(const char *value)
{
	return value[0] != '\0' ? value : NULL;
}

/* Apache's ways of handing it on leave an empty one when there is none. */
static const char *
find_authorization(const struct client *client)
{
	const char	*value = client_param(client, "HTTP_AUTHORIZATION");

	if (value[0] == '\0')
		value = client_param(client, "REDIRECT_HTTP_AUTHORIZATION");
	return or_null(value);
}

const char *
client_header(const struct client *client, const char *name)
{
	const char	*variable = special_variable(name), *value;
	char		**param;

	if (variable != NULL)
		return or_null(client_param(client, variable));
	if (name[0] == 'a' && strcmp(name, "authorization") == 0)
		return find_authorization(client);
	for (param = client->params; *param != NULL; param++) {
		value = header_value(*param, name);
		if (value != NULL)
			return value;
	}
	return NULL;
}

const char *
client_header_joined(const struct client *client, const char *name,
    struct arena *arena)
{
	const char	*joined = NULL, *value;
	char		**param;

	if (special_variable(name) != NULL)
		return client_header(client, name);
	for (param = client->params; *param != NULL; param++) {
		value = header_value(*param, name);
		if (value == NULL)
			continue;
		joined = joined == NULL ? value :
		    arena_printf(arena, "%s, %s", joined, value);
		if (joined == NULL)
			return NULL;
	}
	return joined;
}

size_t
client_header_count(const struct client *client, const char *name)
{
	char	**param;
	size_t	  count = 0;

	for (param = client->params; *param != NULL; param++)
		count += header_value(*param, name) != NULL;
	return count;
}

/* "HTTP_X_API_KEY=..." to "x-api-key" and its value; NULL if it is no header. */
static const char *
header_split(const char *param, char name[NAME_MAX_LENGTH + 1])
{
	size_t	i;

	if (!is_header(param))
		return NULL;
	param += HTTP_PREFIX_LENGTH;
	for (i = 0; param[i] != '=' && param[i] != '\0'; i++) {
		if (i == NAME_MAX_LENGTH)
			return NULL;
		name[i] = param[i] == '_' ? '-' :
		    (char)tolower((unsigned char)param[i]);
	}
	name[i] = '\0';
	if (param[i] != '=' || special_variable(name) != NULL)
		return NULL;
	return param + i + 1;
}

void
client_headers(const struct client *client,
    void (*each)(void *context, const char *name, const char *value),
    void *context)
{
	static const char *const specials[] = {
		"content-type", "content-length", "authorization",
	};
	char		  name[NAME_MAX_LENGTH + 1];
	char		**param;
	const char	 *value;
	size_t		  i;

	for (i = 0; i < sizeof(specials) / sizeof(specials[0]); i++) {
		value = client_header(client, specials[i]);
		if (value != NULL)
			each(context, specials[i], value);
	}
	for (param = client->params; *param != NULL; param++) {
		value = header_split(*param, name);
		if (value != NULL && strcmp(name, "authorization") != 0)
			each(context, name, value);
	}
}

static int
emit(struct client *client, const char *bytes, size_t length)
{
	if (client->gone)
		return CLIENT_GONE;
	if (length > 0 &&
	    client->transport->write(client, bytes, length) == -1) {
		client->gone = true;
		return CLIENT_GONE;
	}
	return 0;
}

static const char *
phrase_of(int status)
{
	size_t	i;

	for (i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++)
		if (phrases[i].status == status)
			return phrases[i].phrase;
	return "Status";
}

/* A head on its way to the client, in pieces that are worth a write. */
struct head_writer {
	struct client	*client;
	char		 at[2048];
	size_t		 used;
};

static void
head_write(struct head_writer *head, const char *text)
{
	size_t	length = strlen(text);

	if (length > sizeof(head->at) - head->used) {
		emit(head->client, head->at, head->used);
		head->used = 0;
	}
	if (length > sizeof(head->at)) {
		emit(head->client, text, length);
		return;
	}
	memcpy(head->at + head->used, text, length);
	head->used += length;
}

int
client_start(struct client *client, int status, const struct headers *headers)
{
	struct head_writer head;
	char		digits[JSON_DIGITS];
	size_t		i;

	head.client = client;
	head.used = 0;
	head_write(&head, "Status: ");
	head_write(&head, json_digits(digits, status).at);
	head_write(&head, " ");
	head_write(&head, phrase_of(status));
	head_write(&head, "\r\n");
	for (i = 0; i < headers->count; i++) {
		head_write(&head, headers->at[i].name);
		head_write(&head, ": ");
		head_write(&head, headers->at[i].value);
		head_write(&head, "\r\n");
	}
	head_write(&head, "\r\n");
	return emit(client, head.at, head.used);
}

int
client_write(struct client *client, const void *bytes, size_t length)
{
	if (client->gone)
		return CLIENT_GONE;
	client->bytes_out += length;
	if (client->method == METHOD_HEAD)
		return 0;
	return emit(client, bytes, length);
}

static int
flush_by(struct client *client, int (*flush)(struct client *))
{
	if (client->gone)
		return CLIENT_GONE;
	if (flush(client) == -1) {
		client->gone = true;
		return CLIENT_GONE;
	}
	return 0;
}

int
client_flush(struct client *client)
{
	return flush_by(client, client->transport->flush);
}

int
client_finish(struct client *client)
{
	const struct client_transport	*transport = client->transport;

	return flush_by(client, transport->finish != NULL ?
	    transport->finish : transport->flush);
}

bool
client_look(struct client *client)
{
	struct pollfd	look = { .fd = client->fd,
			    .events = client->fd_events };

	if (client->gone || client->fd == -1 || !client->body_read)
		return client->gone;
	client->gone = client->transport->look != NULL ?
	    client->transport->look(client) == -1 : poll(&look, 1, 0) == 1;
	return client->gone;
}
