#ifndef PROCESSES_H
#define PROCESSES_H

/*
 * A parent that keeps `count` processes running `serve` on one socket, for
 * --socket, where no web server does: one that dies is replaced (at most one a
 * second each), SIGTERM and SIGINT are passed on and end it when all have ended,
 * SIGHUP and SIGUSR1 are passed on. Returns the exit status for main().
 */
int	processes_run(int count, int (*serve)(void *context), void *context);

#endif
