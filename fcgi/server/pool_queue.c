#include "build.h"

#include <stdlib.h>

#include "pool_queue.h"

int
pool_queue_init(struct pool_queue *queue, int max)
{
	queue->max = max;
	queue->first = 0;
	queue->count = 0;
	queue->fds = calloc((size_t)max + 1, sizeof(*queue->fds));
	return queue->fds == NULL ? -1 : 0;
}

void
pool_queue_release(struct pool_queue *queue)
{
	free(queue->fds);
	queue->fds = NULL;
}

bool
pool_queue_put(struct pool_queue *queue, int fd)
{
	if (queue->count == queue->max)
		return false;
	queue->fds[(queue->first + queue->count++) % queue->max] = fd;
	return true;
}

int
pool_queue_get(struct pool_queue *queue)
{
	int	fd;

	if (queue->count == 0)
		return -1;
	fd = queue->fds[queue->first];
	queue->first = (queue->first + 1) % queue->max;
	queue->count--;
	return fd;
}
