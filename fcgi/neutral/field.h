#ifndef FIELD_H
#define FIELD_H

#include "json_write.h"
#include "request.h"

/*
 * The fields of a request, a row each. What every API means alike is an option:
 * its place and kind in struct request, and what is lost when it can't be said,
 * stand in the table of field.c, once. A dialect's own table says how it calls
 * the options, and reads by a function what it alone says in its way.
 */
enum option {
	OPTION_NONE,
	OPTION_TEMPERATURE,
	OPTION_TOP_P,
	OPTION_TOP_K,
	OPTION_PRESENCE_PENALTY,
	OPTION_FREQUENCY_PENALTY,
	OPTION_SEED,
	OPTION_MAX_TOKENS,
	OPTION_STOPS,
	OPTION_LOGPROBS,	/* how many of the likeliest, 0 to 20 */
	OPTION_LOGIT_BIAS,
	OPTION_EFFORT,
	OPTION_VERBOSITY,
	OPTION_PARALLEL,
	OPTION_USER,
	OPTION_SAFETY_IDENTIFIER,
	OPTION_CACHE_KEY,
	OPTION_METADATA,
	OPTION_STORE,
	OPTIONS
};

/*
 * A row has a name and one of the others. With none of them it is read
 * elsewhere, or means nothing to anybody else.
 */
struct given;
struct field {
	const char	*name;		/* NULL: the end of the table */
	enum option	 option;
	int		(*read)(const struct given *);
	enum lost	 lost;		/* named when a client says it */
};

#define FIELDS_MAX	64		/* rows of a table */

/* An object's fields. */
struct fields {
	const struct field	*rows;
	bool			(*is)(struct json_value key, const char *name);
	const char		*inside; /* which object, or NULL: the body */
};

/* A field that a client said, on its way in. */
struct given {
	struct request		*request;
	struct problem		*problem;
	const struct fields	*fields;
	const struct field	*field;
	struct json_value	 value;		/* neither missing nor null */
};

/*
 * Reads an object's fields in the order of the rows; of a name said twice the
 * last one counts. What has no row is lost, by its name. 0 or -1, also when it is
 * something else than an object.
 */
int	fields_read(const struct fields *, struct request *, struct json_value,
	    struct problem *);

/* The problem of a field that is not what it must be: -1. */
int	field_wrong(const struct given *, const char *must_be);

/* What a row without read() does. */
int	field_read_option(const struct given *);

/*
 * For writers. options_lose() names what is lost with each of these options that
 * says something, up to OPTION_NONE: 0, or -1 with the problem set. Of the rows of
 * options_write() those that are numbers are written under their names, where a
 * client said them; up to a NULL.
 */
int	options_lose(struct request *, const enum option *, struct problem *);
void	options_write(struct json_write *, const struct request *,
	    const struct field *rows);

/* Loses something of it. */
int	field_lost(const struct given *, enum lost);

/* Words and what they mean, up to a NULL. -1: it is none of them. */
struct word {
	const char	*word;
	int		 value;
};
int	word_of(const struct word *, struct json_value string);

/* 1 or 0 of true or false; -1 of all else. */
int	flag_of(struct json_value);

#endif
