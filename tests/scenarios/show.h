#ifndef SHOW_H
#define SHOW_H

#include "buf.h"
#include "neutral/event.h"
#include "neutral/reply.h"
#include "neutral/request.h"

/*
 * The neutral forms as text, one thing a line, for tests to compare. What
 * dialects spell differently (escapes, white space in JSON, defaults that are
 * said or not) looks the same here.
 */
void	show_request(struct buf *, const struct request *);
void	show_reply(struct buf *, struct reply *);

/* An event as it is, for tests of their order. */
void	show_event(struct buf *, const struct event *);

#endif
