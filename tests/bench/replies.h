#ifndef REPLIES_H
#define REPLIES_H

/*
 * What the bench's upstream says, in each dialect. A delta holds one %lld: the
 * moment it is due, so that load can tell how long it was on its way.
 */
struct reply {
	const char	*path;		/* behind the host, up to the next / */
	const char	*whole;
	const char	*start;
	const char	*delta;
	const char	*end;
};

/* By the request's path, "/chat"; NULL: nothing's. */
const struct reply *reply_find(const char *path);

#endif
