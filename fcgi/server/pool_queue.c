#include "build.h"

#include <stdlib.h>
#include <unistd.h>

#include "pool_queue.h"

struct connection *
connection_new(int fd)
{
	struct connection	*connection = calloc(1, sizeof(*connection));

	if (connection == NULL)
		close(fd);
	else
		connection->fd = fd;
	return connection;
}

void
connection_free(struct connection *connection)
{
	free(connection);
}

void
connection_close(struct connection *connection)
{
	close(connection->fd);
	free(connection);
}

void
pool_queue_init(struct pool_queue *queue, int max)
{
	*queue = (struct pool_queue){ .max = max };
}

bool
pool_queue_put(struct pool_queue *queue, struct connection *connection)
{
	if (queue->count == queue->max)
		return false;
	connection->queue = queue;
	connection->next = NULL;
	connection->previous = queue->last;
	if (queue->last != NULL)
		queue->last->next = connection;
	else
		queue->first = connection;
	queue->last = connection;
	queue->count++;
	if (queue->shown != NULL)
		atomic_fetch_add(queue->shown, 1);
	return true;
}

struct connection *
pool_queue_get(struct pool_queue *queue)
{
	struct connection	*connection = queue->first;

	if (connection != NULL)
		pool_queue_remove(connection);
	return connection;
}

void
pool_queue_remove(struct connection *connection)
{
	struct pool_queue	*queue = connection->queue;

	if (queue == NULL)
		return;
	if (connection->previous != NULL)
		connection->previous->next = connection->next;
	else
		queue->first = connection->next;
	if (connection->next != NULL)
		connection->next->previous = connection->previous;
	else
		queue->last = connection->previous;
	queue->count--;
	if (queue->shown != NULL)
		atomic_fetch_sub(queue->shown, 1);
	connection->queue = NULL;
}

void
pool_queue_release(struct pool_queue *queue)
{
	struct connection	*connection;

	while ((connection = pool_queue_get(queue)) != NULL)
		connection_close(connection);
}
