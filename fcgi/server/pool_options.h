#ifndef POOL_OPTIONS_H
#define POOL_OPTIONS_H

/* What the configuration says of a pool's process. */
struct pool_options {
	int	listen_fd;	/* a listening socket */
	int	workers;	/* ceiling, at least 1 */
	int	queue;		/* waiting connections, at least 0 */
	int	drain_s;
	int	keep_conn_s;	/* a silent one is kept; 0: not after a reply */
	int	idle_ms;	/* until an idle worker leaves; 0: 60 s */
};

#endif
