#ifndef PROCESSES_H
#define PROCESSES_H

/*
 * A parent that keeps `count` processes running `serve` on one socket, for
 * --socket, where no web server does: one that dies is replaced (at most one a
 * second each), SIGTERM and SIGINT are passed on and end it when all have ended,
 * SIGHUP and SIGUSR1 are passed on. When one ends by itself with another status
 * than 0 before any lived for some seconds, nothing can be served: the others
 * are ended too. `leave` is called once, here, before they are told to end, so that
 * nobody comes behind the last look of the last of them. Returns the exit status
 * for main(), in such a case that one's.
 */
int	processes_run(int count, int (*serve)(void *context),
	    void (*leave)(void *context), void *context);

#endif
