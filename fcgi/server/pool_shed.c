#include "build.h"

#include <sys/eventfd.h>

#include "client/client_fcgi.h"
#include "exchange/exchange.h"
#include "pool_shed.h"

/* Connections that wait to be told; more are closed. */
#define WAITING_MAX	64

/* For how long a web server may be silent within a request, seconds. */
#define PATIENCE_S	1

void
pool_shed_init(struct pool_shed *shed, struct gateway *gateway,
    const pthread_attr_t *attributes, int news_fd)
{
	shed->gateway = gateway;
	shed->attributes = attributes;
	shed->news_fd = news_fd;
	shed->runs = shed->left = shed->ending = false;
	pthread_mutex_init(&shed->lock, NULL);
	pthread_cond_init(&shed->wake, NULL);
	pool_queue_init(&shed->queue, WAITING_MAX);
}

void
pool_shed_release(struct pool_shed *shed)
{
	pthread_mutex_destroy(&shed->lock);
	pthread_cond_destroy(&shed->wake);
	pool_queue_release(&shed->queue);
}

static void
refuse(struct pool_shed *shed, struct client_fcgi *fcgi, int fd)
{
	struct client	client;

	if (client_fcgi_open(fcgi, &client, fd, true) != CLIENT_FCGI_REQUEST)
		return;
	exchange_shed(shed->gateway, &client, "the gateway is overloaded");
	client_fcgi_end(fcgi, true, false);
}

/* The next one; NULL: there will be none. Locked. */
static struct connection *
next(struct pool_shed *shed)
{
	struct connection	*connection;

	while ((connection = pool_queue_get(&shed->queue)) == NULL &&
	    !shed->ending)
		pthread_cond_wait(&shed->wake, &shed->lock);
	return connection;
}

static void *
shed_main(void *context)
{
	struct pool_shed	*shed = context;
	struct client_fcgi	*fcgi = client_fcgi_new(PATIENCE_S, 1);
	struct connection	*connection;

	pthread_mutex_lock(&shed->lock);
	while (fcgi != NULL && (connection = next(shed)) != NULL) {
		pthread_mutex_unlock(&shed->lock);
		refuse(shed, fcgi, connection->fd);
		connection_free(connection);
		pthread_mutex_lock(&shed->lock);
	}
	pool_queue_release(&shed->queue);
	client_fcgi_free(fcgi);
	shed->left = true;
	eventfd_write(shed->news_fd, 1);
	pthread_mutex_unlock(&shed->lock);
	return NULL;
}

void
pool_shed_put(struct pool_shed *shed, struct connection *connection)
{
	pthread_mutex_lock(&shed->lock);
	if (!shed->runs)
		shed->runs = pthread_create(&shed->thread, shed->attributes,
		    shed_main, shed) == 0;
	if (!shed->runs || shed->left ||
	    !pool_queue_put(&shed->queue, connection))
		connection_close(connection);
	pthread_cond_signal(&shed->wake);
	pthread_mutex_unlock(&shed->lock);
}

bool
pool_shed_gone(struct pool_shed *shed)
{
	bool	gone;

	pthread_mutex_lock(&shed->lock);
	shed->ending = true;
	pthread_cond_signal(&shed->wake);
	gone = !shed->runs || shed->left;
	pthread_mutex_unlock(&shed->lock);
	if (gone && shed->runs) {
		pthread_join(shed->thread, NULL);
		shed->runs = false;
	}
	return gone;
}
