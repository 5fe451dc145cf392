#include "build.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "http.h"
#include "log.h"
#include "memory.h"
#include "tokend.h"
#include "user.h"

static const char	usage[] =
    "usage: tokend [--config PATH] [--user NAME]\n"
    "       tokend --once [--force]     refresh what is due and exit\n"
    "       tokend --login              log in with a browser\n"
    "       tokend --status [--json]    0 healthy, 1 degraded, 2 no token\n"
    "       tokend --version | --help\n"
    "\n"
    "Keeps a WorkOS login alive and writes its access token where the\n"
    "responders of droid2api read it. Logins come from DROID_REFRESH_KEY,\n"
    "DROID_REFRESH_KEY_FILE, a systemd credential droid_refresh_key,\n"
    "tokend --login, or ~/.factory.\n";

enum mode {
	MODE_RUN,
	MODE_ONCE,
	MODE_LOGIN,
	MODE_STATUS,
	MODE_VERSION,
	MODE_HELP,
};

struct options {
	enum mode	 mode;
	const char	*config;
	const char	*user;
	bool		 force, json;
};

static const struct option	long_options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "user", required_argument, NULL, 'u' },
	{ "once", no_argument, NULL, 'o' },
	{ "force", no_argument, NULL, 'f' },
	{ "login", no_argument, NULL, 'l' },
	{ "status", no_argument, NULL, 's' },
	{ "json", no_argument, NULL, 'j' },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static int
option_set(struct options *options, int option)
{
	static const struct {
		int		option;
		enum mode	mode;
	} modes[] = {
		{ 'o', MODE_ONCE }, { 'l', MODE_LOGIN }, { 's', MODE_STATUS },
		{ 'V', MODE_VERSION }, { 'h', MODE_HELP },
	};
	size_t	i;

	if (option == 'c')
		options->config = optarg;
	else if (option == 'u')
		options->user = optarg;
	else if (option == 'f')
		options->force = true;
	else if (option == 'j')
		options->json = true;
	else {
		for (i = 0; i < sizeof(modes) / sizeof(*modes); i++)
			if (modes[i].option == option)
				options->mode = modes[i].mode;
		return option == '?' ? -1 : 0;
	}
	return 0;
}

static int
options_read(struct options *options, int argc, char **argv)
{
	int	option;

	memset(options, 0, sizeof(*options));
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		if (option_set(options, option) != 0)
			return -1;
	if (optind < argc) {
		fprintf(stderr, "tokend: unexpected argument\n");
		return -1;
	}
	if (options->force && options->mode != MODE_ONCE) {
		fprintf(stderr, "tokend: --force goes with --once\n");
		return -1;
	}
	return 0;
}

/* No core dump, no debugger of the same user: the memory holds tokens. */
static void
seal_process(void)
{
	const struct rlimit	none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
#ifndef SANITIZED
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
	umask(022);
}

/* The one who was named; root acts on a login as the user who keeps it. */
static int
become(const struct options *options)
{
	struct problem	problem;
	int		result = 0;

	if (options->user != NULL)
		result = user_become(options->user, &problem);
	else if (options->mode == MODE_LOGIN || options->mode == MODE_ONCE)
		result = tokend_become_keeper(options->config, &problem);
	if (result != 0)
		fprintf(stderr, "tokend: %s\n", problem.message);
	return result;
}

static int
serve(const struct options *options)
{
	static struct tokend	tokend;
	struct problem		problem;
	int			holder = 0, result;

	tokend.once = options->mode == MODE_ONCE;
	sources_init(&tokend.sources);
	result = tokend_init(&tokend, options->config, &holder, &problem);
	if (result == 0) {
		tokend_guard(&tokend);
		result = tokend_open(&tokend, &problem);
	}
	if (result == 0)
		result = tokend.once ? tokend_once(&tokend, options->force) :
		    tokend_run(&tokend);
	else {
		log_error(NULL, "%s", problem.message);
		/* For cron: the one that runs does the work. */
		result = tokend.once && holder != 0 && !options->force ? 0 : 1;
	}
	tokend_release(&tokend);
	return result;
}

int
main(int argc, char **argv)
{
	struct options	options;

	if (options_read(&options, argc, argv) != 0) {
		fputs(usage, stderr);
		return 2;
	}
	seal_process();
	/* The resolver's threads need no heap of their own. */
	memory_tune(1);
	if (options.mode == MODE_VERSION)
		return printf("tokend (droid2api) %s\n", PACKAGE_VERSION) < 0;
	if (options.mode == MODE_HELP)
		return fputs(usage, stdout) < 0;
	/* A person asks about what runs, or logs it in. */
	if (options.config == NULL &&
	    (options.mode == MODE_STATUS || options.mode == MODE_LOGIN))
		state_recall();
	if (become(&options) != 0)
		return 1;
	if (options.mode == MODE_STATUS)
		return status_print(options.config, options.json);
	if (http_init() != 0) {
		fprintf(stderr, "tokend: libcurl can't be used\n");
		return 1;
	}
	return options.mode == MODE_LOGIN ? login_run(options.config) :
	    serve(&options);
}
