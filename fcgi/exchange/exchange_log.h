#ifndef EXCHANGE_LOG_H
#define EXCHANGE_LOG_H

#include "exchange_state.h"

/*
 * The one line that an exchange leaves in the log, and its share of the
 * scoreboard's counters.
 */
void	exchange_log(struct exchange *);

/*
 * dev_mode: the client's header fields and the body's beginning, what goes
 * upstream, and the head of what comes back. The beginnings of the reply and of
 * the answer are kept on the way, and shown by exchange_log(). All is masked.
 */
void	exchange_log_request(const struct exchange *);
void	exchange_log_sent(const struct exchange *, const struct headers *);
void	exchange_log_head(const struct exchange *);

/* What no log and no client may see. */
struct secrets exchange_secrets(const struct exchange *);

/* Of a body, to be masked before it is cut for the log. */
#define EXCHANGE_SHOWN_MAX	(16u * 1024)

/* Monotonic microseconds. */
uint64_t exchange_now_us(void);

#endif
