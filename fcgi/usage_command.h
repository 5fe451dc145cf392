#ifndef USAGE_COMMAND_H
#define USAGE_COMMAND_H

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>

#include "ledger/usage_show.h"

/* --usage and --last: what the ledger knows, on standard output. */
struct usage_command {
	bool		 asked;
	int		 last;		/* so many exchanges; 0: sums */
	bool		 watch;		/* over and over, until it is killed */
	enum usage_by	 by;
	enum usage_form	 form;
	int64_t		 since, until;	/* Unix time; 0: not said */
};

/* For getopt_long(), whose results usage_option() knows. */
enum {
	USAGE_OPTION = 256,
	USAGE_OPTION_LAST,
	USAGE_OPTION_BY,
	USAGE_OPTION_SINCE,
	USAGE_OPTION_UNTIL,
	USAGE_OPTION_JSON,
	USAGE_OPTION_CSV,
	USAGE_OPTION_WATCH,
};
#define USAGE_OPTIONS							\
	{ "usage", no_argument, NULL, USAGE_OPTION },			\
	{ "last", no_argument, NULL, USAGE_OPTION_LAST },		\
	{ "by", required_argument, NULL, USAGE_OPTION_BY },		\
	{ "since", required_argument, NULL, USAGE_OPTION_SINCE },	\
	{ "until", required_argument, NULL, USAGE_OPTION_UNTIL },	\
	{ "json", no_argument, NULL, USAGE_OPTION_JSON },		\
	{ "csv", no_argument, NULL, USAGE_OPTION_CSV },			\
	{ "watch", no_argument, NULL, USAGE_OPTION_WATCH }

/* Takes an option, its argument in optarg. 0, or -1: it is none, or wrong. */
int	usage_option(struct usage_command *, int option, int argc,
	    char **argv);

/* Prints. `config` is the configuration's path. Returns the exit status. */
int	usage_run(struct usage_command *, const char *config);

#endif
