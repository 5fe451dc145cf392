#include "build.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "notify.h"

void
notify_send(const char *format, ...)
{
	struct sockaddr_un	 address = { .sun_family = AF_UNIX };
	const char		*path = getenv("NOTIFY_SOCKET");
	char			 text[512];
	socklen_t		 length;
	va_list			 ap;
	int			 fd;

	if (path == NULL || (*path != '/' && *path != '@') ||
	    strlen(path) >= sizeof(address.sun_path))
		return;
	memcpy(address.sun_path, path, strlen(path));
	length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
	    strlen(path));
	if (*path == '@')
		address.sun_path[0] = '\0';
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	sendto(fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT,
	    (struct sockaddr *)&address, length);
	close(fd);
}

/* Half of the interval, as sd_watchdog_enabled(3) advises. */
int64_t
notify_watchdog_ms(void)
{
	const char	*interval_us = getenv("WATCHDOG_USEC");
	const char	*pid = getenv("WATCHDOG_PID");
	int64_t		 us;

	if (interval_us == NULL || getenv("NOTIFY_SOCKET") == NULL ||
	    (pid != NULL && strtol(pid, NULL, 10) != getpid()))
		return 0;
	us = strtoll(interval_us, NULL, 10);
	if (us <= 0)
		return 0;
	return us / 2000 > 0 ? us / 2000 : 1;
}
