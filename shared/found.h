#ifndef FOUND_H
#define FOUND_H

#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "problem.h"

/*
 * The models that endpoints with `discover` say they have: tokend asks them and
 * writes token/models.json, the gateway reads it for its own list. Nothing in
 * it is secret, and nothing depends on it but what is listed.
 */
struct found_model {
	const char	*endpoint, *id;
	int64_t		 context_window, max_output_tokens;	/* 0: not said */
};

struct found_models {
	struct found_model	*at;
	size_t			 count;
};

#define FOUND_MAX	2000		/* models of one endpoint */
#define FOUND_ID_MAX	256		/* bytes of a name */
#define FOUND_FILE_MAX	(4u * 1024 * 1024)

/*
 * What an endpoint answered to GET /v1/models, in any API's shape: their names
 * are added, with the limits that are told. How many; -1: it is no such list.
 */
int	found_parse(struct found_models *, const char *endpoint, const char *,
	    size_t length, struct arena *);

/* Writes all of them (0640). 0, or -1 with the reason. */
int	found_write(const char *path, const struct found_models *,
	    struct problem *);

/* Reads them; none, when there is no such file. 0, or -1: out of memory. */
int	found_read(const char *path, struct found_models *, struct arena *);

#endif
