#include "build.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "address.h"
#include "edit/edits.h"
#include "json_text.h"
#include "links.h"
#include "log.h"
#include "ticket.h"

static bool
is_made_of(const char *text, const char *more)
{
	for (; *text != '\0'; text++)
		if (!isalnum((unsigned char)*text) &&
		    strchr(more, *text) == NULL)
			return false;
	return true;
}

/* What a proxy in front says of the client's side, if it may. */
static const char *
forwarded(const struct exchange *x, const char *name)
{
	return address_in(x->client->peer, x->config->trusted_proxies,
	    x->config->trusted_proxies_count) ?
	    client_header(x->client, name) : NULL;
}

static const char *
scheme(const struct exchange *x)
{
	const char	*said = forwarded(x, "x-forwarded-proto");

	if (said == NULL)
		said = strcasecmp(client_param(x->client, "HTTPS"), "on") == 0 ?
		    "https" : client_param(x->client, "REQUEST_SCHEME");
	return strcasecmp(said, "https") == 0 ? "https" : "http";
}

/* "https://host/v1/", where the operation's path begins; NULL: not known. */
static const char *
front(struct exchange *x)
{
	const char	*host = forwarded(x, "x-forwarded-host");

	if (host == NULL)
		host = client_header(x->client, "host");
	if (host == NULL || *host == '\0' || !is_made_of(host, ".-_:[]") ||
	    !is_made_of(x->route.front, "-._~/"))
		return NULL;
	return arena_printf(&x->reply, "%s://%s%s", scheme(x), host,
	    x->route.front);
}

/* With a ticket, where the caller has a key. */
static const char *
add_ticket(struct exchange *x, const char *ours, const struct route *query)
{
	const char	*subject = route_query(query,
			    x->route.operation->link_key, &x->reply);
	char		 ticket[TICKET_SIZE];

	if (ours == NULL || subject == NULL || x->caller.key == NULL)
		return ours;
	return ticket_write(ticket, x->caller.key, subject) == -1 ? NULL :
	    arena_printf(&x->reply, "%s&" TICKET_PARAMETER "=%s", ours, ticket);
}

/* The same path here, with the query of theirs but for a key. */
static const char *
link_by_query(struct exchange *x, const char *theirs)
{
	static const char	*const never[] = { "key", TICKET_PARAMETER,
				    NULL };
	const char		*at = strchr(theirs, '?'), *here = front(x);
	struct route		 query = { .query = at == NULL ? "" : at + 1 };

	if (here != NULL)
		here = arena_printf(&x->reply, "%s%s?%s", here, x->route.path,
		    route_query_without(&query, never, &x->reply));
	return add_ticket(x, here, &query);
}

void
links_in_head(struct exchange *x)
{
	const char	*const *name = x->route.operation->link_headers;
	struct headers	*headers = &x->answer.upstream_headers;
	const char	*theirs, *ours;

	for (; name != NULL && *name != NULL; name++) {
		theirs = headers_find(headers, *name);
		if (theirs == NULL)
			continue;
		ours = link_by_query(x, theirs);
		if (ours == NULL || headers_set(headers, *name, ours) == -1) {
			headers_remove(headers, *name);
			log_warning(x->id, "the client's Host is not known: "
			    "%s is left out", *name);
		}
	}
}

/* The same path here: what theirs has from the operation's first word on. */
static const char *
link_by_path(struct exchange *x, const char *theirs)
{
	const char	*path = x->route.path, *here = front(x), *at;

	path = arena_printf(&x->reply, "/%.*s/", (int)strcspn(path, "/{"),
	    path);
	at = path == NULL || theirs == NULL ? NULL : strstr(theirs, path);
	if (here == NULL || at == NULL || !is_made_of(at, "-._~/") ||
	    strstr(at, "/.") != NULL)
		return NULL;
	return arena_printf(&x->reply, "%s%s", here, at + 1);
}

static void
link_object(struct exchange *x, struct edits *edits, struct json_value object)
{
	const char		*member = x->route.operation->link_member, *url;
	struct json_value	 value = json_get(object, member);

	if (!json_is(value, JSON_STRING))
		return;
	url = link_by_path(x, text_decode_string(&x->reply,
	    json_escaped(value)));
	if (url != NULL)
		url = arena_printf(&x->reply, "\"%s\"", url);
	edits_replace_member(edits, object, member,
	    text_of(url == NULL ? "null" : url));
}

/* The reply with what was asked for, in its place. */
static int
render(const struct edits *edits, struct buf *body)
{
	struct buf	altered;

	buf_init(&altered, body->max + edits->length, NULL);
	if (edits_render(edits, &altered) == -1) {
		buf_release(&altered);
		return -1;
	}
	buf_release(body);
	*body = altered;
	return 0;
}

int
links_in_reply(struct exchange *x, struct buf *body)
{
	struct json_document	document;
	struct json_walk	walk;
	struct edits		edits;
	int			result = 0;

	if (x->route.operation->link_member == NULL)
		return 0;
	json_init(&document, &x->gateway->budget);
	if (json_scan(&document, body->at, body->length, NULL) == 0) {
		edits_start(&edits, &document, &x->reply);
		link_object(x, &edits, json_root(&document));
		walk = json_walk(json_get(json_root(&document), "data"));
		while (json_next(&walk))
			link_object(x, &edits, walk.value);
		result = edits_finish(&edits);
		if (result == 0 && edits_change(&edits))
			result = render(&edits, body);
	}
	json_release(&document);
	return result == 0 ? 0 : problem_no_memory(&x->problem);
}
