#include "build.h"

#include <sys/prctl.h>

#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/client_cgi.h"
#include "client/client_fcgi.h"
#include "exchange/exchange.h"
#include "exchange/gateway.h"
#include "exchange/models.h"
#include "exchange/stored.h"
#include "log.h"
#include "memory.h"
#include "new_key.h"
#include "notify.h"
#include "server/listener.h"
#include "server/pool.h"
#include "server/processes.h"
#include "upstream/upstream.h"
#include "state.h"
#include "usage_command.h"
#include "user.h"

/* So few that they stay small, enough for workers not to wait for each other. */
#define HEAPS	2

#define EXIT_USAGE	2

struct options {
	const char	*config;	/* as said, or NULL */
	const char	*socket;
	const char	*print;
	const char	*user;		/* whom root becomes, or NULL */
	const char	*new_key;	/* its name */
	const char	*models;	/* ... of the new key, or NULL */
	int		 workers;	/* 0: the configuration's */
	bool		 check, prepare;
	struct usage_command usage;
};

struct service {
	const struct options	*options;
	const char		*path;		/* of the configuration */
	int			 listen_fd;
};

static const char usage[] =
    "usage: droid2api.fcgi [--config FILE] [--socket PATH|HOST:PORT] "
    "[--workers N]\n"
    "       droid2api.fcgi [--config FILE] --check-config | --print KEY | "
    "--prepare-state [--user NAME]\n"
    "       droid2api.fcgi [--config FILE] --usage [--by WHAT] [--since TIME]\n"
    "           [--until TIME] [--json|--csv|--watch]\n"
    "       droid2api.fcgi [--config FILE] --last [N] [--json|--csv|--watch]\n"
    "       droid2api.fcgi --new-key NAME [--models PATTERN,...]\n"
    "       droid2api.fcgi --version | --help\n";

static int
complain(const struct problem *problem)
{
	fprintf(stderr, "droid2api.fcgi: %s\n", problem->message);
	return EXIT_FAILURE;
}

/* A number from 1 on, or 0. */
static int
read_count(const char *text)
{
	char *end;
	long count = strtol(text, &end, 10);

	return *end == '\0' && count > 0 && count <= INT_MAX ? (int)count : 0;
}

/* What was wrong with the options. */
static int
refuse(const char *text)
{
	fputs(text, stderr);
	return EXIT_USAGE;
}

static const struct option known[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "check-config", no_argument, NULL, 'k' },
	{ "prepare-state", no_argument, NULL, 'r' },
	{ "socket", required_argument, NULL, 's' },
	{ "workers", required_argument, NULL, 'w' },
	{ "print", required_argument, NULL, 'p' },
	{ "user", required_argument, NULL, 'u' },
	{ "new-key", required_argument, NULL, 'n' },
	{ "models", required_argument, NULL, 'm' },
	USAGE_OPTIONS,
	{ "version", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

/* Returns -1 to go on, else the exit status. */
static int
read_options(struct options *options, int argc, char **argv)
{
	int option;

	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (option) {
		case 'c':
			options->config = optarg;
			break;
		case 'k':
			options->check = true;
			break;
		case 'r':
			options->prepare = true;
			break;
		case 's':
			options->socket = optarg;
			break;
		case 'w':
			options->workers = read_count(optarg);
			if (options->workers < 1)
				return refuse("droid2api.fcgi: --workers "
				    "takes a number from 1\n");
			break;
		case 'p':
			options->print = optarg;
			break;
		case 'u':
			options->user = optarg;
			break;
		case 'n':
			options->new_key = optarg;
			break;
		case 'm':
			options->models = optarg;
			break;
		case 'v':
			puts(PACKAGE_STRING);
			return EXIT_SUCCESS;
		case 'h':
			fputs(usage, stdout);
			return EXIT_SUCCESS;
		default:
			if (usage_option(&options->usage, option, argc,
			    argv) == -1)
				return refuse(usage);
			break;
		}
	}
	return optind == argc ? -1 : refuse(usage);
}

static void
warn(void *context, const char *message)
{
	(void)context;
	fprintf(stderr, "droid2api.fcgi: warning: %s\n", message);
}

/*
 * What a responder does first, and a note of it for tokend, which the user who
 * is said here could not write where root looks for it.
 */
static int
prepare(const struct config *config, const char *user)
{
	struct problem problem;
	struct state state;

	problem_clear(&problem);
	if (state_find(&state, config, &problem) == -1)
		return complain(&problem);
	/* Who has no home asks by the environment. */
	(void)state_note(&state, config, &problem);
	if (user_become(user, &problem) == -1 ||
	    state_prepare_gateway(&state, &problem) == -1)
		return complain(&problem);
	puts(state.root);
	return EXIT_SUCCESS;
}

/* --check-config, --print and --prepare-state. */
static int
examine(const struct options *options, const char *path)
{
	struct problem problem;
	struct config *config;
	int result = EXIT_SUCCESS;

	problem_clear(&problem);
	if (options->print != NULL && strcmp(options->print, "environment") == 0) {
		config_print_variables(path);
		return EXIT_SUCCESS;
	}
	config = config_read(path, options->check ? warn : NULL, NULL,
	    &problem);
	if (config == NULL)
		return complain(&problem);
	if (options->prepare) {
		result = prepare(config, options->user);
	} else if (options->print == NULL) {
		models_check(config, warn);
		stored_check(config, warn);
		printf("%s: ok, %zu models\n", path, config->models_count);
	} else if (config_print(config, options->print, &problem) == -1) {
		(void)complain(&problem);
		result = EXIT_USAGE;
	}
	config_release(config);
	return result;
}

/* One process of the pool. Returns the exit status. */
static int
serve(void *context)
{
	const struct service *service = context;
	struct gateway gateway;
	struct problem problem;
	struct config *config;
	struct pool_options pool;
	int result;

	problem_clear(&problem);
	client_fcgi_prepare();
	if (gateway_open(&gateway, service->path, false, &problem) == -1)
		return complain(&problem);
	config = config_current(gateway.configs);
	pool = (struct pool_options){
		.listen_fd = service->listen_fd,
		.workers = service->options->workers > 0
		    ? service->options->workers : config->workers,
		.queue = config->queue,
		.keep_conn_s = config->keep_conn_s,
		/* A web server that gave standard input kills soon anyway. */
		.drain_s = service->listen_fd == STDIN_FILENO ? 0
		    : config->drain_s,
	};
	result = listener_check(service->listen_fd, config, &problem);
	config_release(config);
	if (result == -1)
		return complain(&problem);
	notify_send("READY=1");
	if (pool_run(&gateway, &pool, &problem) == -1) {
		(void)complain(&problem);
		_exit(EXIT_FAILURE);
	}
	gateway_close(&gateway);
	return EXIT_SUCCESS;
}

/* Plain CGI: one exchange, then the end. */
static int
serve_one(const char *path)
{
	struct exchange_tools tools;
	struct gateway gateway;
	struct problem problem;
	struct client client;
	bool whole;

	problem_clear(&problem);
	if (client_cgi_open(&client) == -1) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	tools.gateway = &gateway;
	if (gateway_open(&gateway, path, true, &problem) == -1 ||
	    (tools.upstream = upstream_new(gateway.upstreams)) == NULL)
		return complain(&problem);
	whole = exchange_run(&tools, &client);
	upstream_free(tools.upstream);
	if (gateway.ledger != NULL)
		ledger_fold_lone(gateway.ledger);
	gateway_close(&gateway);
	return whole ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* systemd's socket stays: who comes is served by those after us. */
static void
leave(void *context)
{
	const struct service *service = context;

	if (service->options->socket != NULL)
		listener_end(service->listen_fd, service->options->socket);
}

/* Our own processes on our own socket, or on systemd's. */
static int
serve_socket(struct service *service)
{
	const char *address = service->options->socket;
	struct problem problem;
	struct config *config;
	int count;

	problem_clear(&problem);
	config = config_read(service->path, warn, NULL, &problem);
	if (config == NULL)
		return complain(&problem);
	count = config->processes;
	if (address != NULL)
		service->listen_fd = listener_open(address, config, &problem);
	else if (listener_check(service->listen_fd, config, &problem) == -1)
		service->listen_fd = -1;
	(void)log_open(config->log_file, config->dev_mode,
	    config->log_format == LOG_FORMAT_JSON);
	config_release(config);
	if (service->listen_fd == -1)
		return complain(&problem);
	return processes_run(count, serve, leave, service);
}

/* No core dumps and no look into /proc/PID; what is tokend's is not ours. */
static void
harden(void)
{
#ifndef SANITIZED	/* the leak detector looks */
	(void)prctl(PR_SET_DUMPABLE, 0);
#endif
	(void)unsetenv("DROID_REFRESH_KEY");
	(void)unsetenv("DROID_REFRESH_KEY_FILE");
}

int
main(int argc, char **argv)
{
	struct options options = { 0 };
	struct service service = { .options = &options };
	int result = read_options(&options, argc, argv);

	if (result != -1)
		return result;
	if (options.new_key != NULL)
		return new_key_print(options.new_key, options.models);
	harden();
	memory_tune(HEAPS);
	/* A person asks about what runs. */
	if (options.usage.asked && options.config == NULL)
		state_recall();
	service.path = config_find(options.config);
	if (options.usage.asked)
		return usage_run(&options.usage, service.path);
	if (options.check || options.prepare || options.print != NULL)
		return examine(&options, service.path);
	if (options.socket != NULL)
		return serve_socket(&service);
	service.listen_fd = listener_given();
	if (service.listen_fd == STDIN_FILENO) {
		/* The web server gets the terminal's too, and decides. */
		(void)signal(SIGINT, SIG_IGN);
		return serve(&service);
	}
	if (service.listen_fd != -1)
		return serve_socket(&service);
	if (client_cgi_wanted())
		return serve_one(service.path);
	fputs("droid2api.fcgi: standard input is no listening socket; a web "
	    "server starts this program, or use --socket\n", stderr);
	return EXIT_USAGE;
}
