#ifndef NOTIFY_H
#define NOTIFY_H

#include <stdint.h>

/*
 * Tells the one who supervises this process how it goes ("READY=1"): sd_notify(3)
 * without its library. Nothing happens without NOTIFY_SOCKET.
 */
void	notify_send(const char *format, ...)
	    __attribute__((format(printf, 1, 2)));

/* How often the supervisor wants to hear of us: ms, 0 for never. */
int64_t	notify_watchdog_ms(void);

#endif
