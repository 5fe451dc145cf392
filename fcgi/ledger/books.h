#ifndef BOOKS_H
#define BOOKS_H

#include <stdbool.h>
#include <stdint.h>

#include <sqlite3.h>

#include "problem.h"

/*
 * usage.db, where rows of the journal end up: the rows themselves for some days,
 * their sums by hour, key, model and upstream for ever, and how far each segment
 * is folded. SQLite 3.24 or newer; from 3.37 on the tables are STRICT.
 *
 *	row	one exchange each, see row.h
 *	sum	one hour of a key, a model and an upstream each
 *	segment	one file of the journal each: bytes that are in the two others
 */
struct books {
	sqlite3		*db;
	bool		 writable;
};

/*
 * Opens the file, `writable`: makes it and brings its tables up to date.
 * 0, or -1 with the reason (PROBLEM_MISSING: there is no file to read).
 */
int	books_open(struct books *, const char *path, bool writable,
	    struct problem *);
void	books_close(struct books *);

/* Whether the file is still the one that was opened. */
bool	books_in_place(const struct books *);

/* A statement, or NULL with the problem set. */
sqlite3_stmt *books_prepare(struct books *, const char *sql, struct problem *);

/* Statements without a result, one behind the other. 0 or -1. */
int	books_execute(struct books *, const char *sql, struct problem *);

/* Says what SQLite said last; returns -1. */
int	books_problem(const struct books *, struct problem *);

#endif
