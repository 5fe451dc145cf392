#include "build.h"

#include <sys/stat.h>
#include <unistd.h>

#include "config_cases.h"
#include "state.h"

static char		folder[] = "/tmp/test_state.XXXXXX";
static struct state	state;

static int
start(void **unused)
{
	clear_environment(unused);
	setenv("HOME", folder, 1);
	unsetenv("XDG_STATE_HOME");
	memset(&state, 0, sizeof(state));
	return 0;
}

static int
clean(void **unused)
{
	char	command[256];

	(void)unused;
	snprintf(command, sizeof(command), "rm -rf %s/*", folder);
	return system(command);
}

static mode_t
mode_of(const char *path)
{
	struct stat	status;

	assert_int_equal(stat(path, &status), 0);
	return status.st_mode & 07777;
}

static void
paths_follow_from_the_root(void **unused)
{
	(void)unused;
	setenv("DROID2API_STATE", "/a/b/", 1);
	assert_int_equal(state_find(&state, NULL, &problem), 0);
	assert_string_equal(state.root, "/a/b");
	assert_string_equal(state.login, "/a/b/login");
	assert_string_equal(state.token, "/a/b/token");
	assert_string_equal(state.run, "/a/b/run");
	assert_string_equal(state.token_file, "/a/b/token/token.json");
	assert_string_equal(state.token_socket, "/a/b/token/tokend.sock");
	assert_string_equal(state.user_agent_file, "/a/b/token/user_agent");
	assert_memory_equal(state.scoreboard_file, "/a/b/run/scoreboard.", 20);
}

static void
the_root_is_found_by_precedence(void **unused)
{
	struct config	*c = must_read("{\"state_dir\":\"/from/config\"}");
	struct config	*bare = must_read("{}");
	char		 wanted[128];

	(void)unused;
	setenv("DROID2API_STATE", "/from/env", 1);
	assert_int_equal(state_find(&state, c, &problem), 0);
	assert_string_equal(state.root, "/from/env");
	setenv("DROID2API_STATE", "", 1);
	assert_int_equal(state_find(&state, c, &problem), 0);
	assert_string_equal(state.root, "/from/config");
	setenv("XDG_STATE_HOME", "/from/xdg", 1);
	assert_int_equal(state_find(&state, bare, &problem), 0);
	assert_string_equal(state.root, "/from/xdg/droid2api");
	setenv("XDG_STATE_HOME", "not/absolute", 1);
	assert_int_equal(state_find(&state, NULL, &problem), 0);
	snprintf(wanted, sizeof(wanted), "%s/.local/state/droid2api", folder);
	assert_string_equal(state.root, wanted);
	unsetenv("HOME");
	assert_int_equal(state_find(&state, NULL, &problem), 0);
	assert_non_null(strstr(state.root, "/.local/state/droid2api"));
	config_release(c);
	config_release(bare);
}

static void
a_relative_root_is_made_absolute(void **unused)
{
	char	here[512], wanted[600];

	(void)unused;
	assert_non_null(getcwd(here, sizeof(here)));
	snprintf(wanted, sizeof(wanted), "%s/x", here);
	setenv("DROID2API_STATE", "x", 1);
	assert_int_equal(state_find(&state, NULL, &problem), 0);
	assert_string_equal(state.root, wanted);
}

static void
a_long_root_is_refused(void **unused)
{
	char	root[1024];

	(void)unused;
	memset(root, 'x', sizeof(root));
	root[0] = '/';
	root[sizeof(root) - 1] = '\0';
	setenv("DROID2API_STATE", root, 1);
	assert_int_equal(state_find(&state, NULL, &problem), -1);
	unsetenv("DROID2API_STATE");
	setenv("XDG_STATE_HOME", root, 1);
	assert_int_equal(state_find(&state, NULL, &problem), -1);
}

static void
the_document_root_is_no_place(void **unused)
{
	(void)unused;
	setenv("DOCUMENT_ROOT", "/var/www/html/", 1);
	setenv("DROID2API_STATE", "/var/www/html/state", 1);
	assert_int_equal(state_find(&state, NULL, &problem), -1);
	assert_non_null(strstr(problem.message, "below the document root"));
	setenv("DROID2API_STATE", "/var/www/html", 1);
	assert_int_equal(state_find(&state, NULL, &problem), -1);
	setenv("DROID2API_STATE", "/var/www/html2", 1);
	assert_int_equal(state_find(&state, NULL, &problem), 0);
	setenv("DOCUMENT_ROOT", "/", 1);
	assert_int_equal(state_find(&state, NULL, &problem), 0);
}

static void
each_program_makes_its_own_folders(void **unused)
{
	char	root[128];
	mode_t	mask = umask(0);

	(void)unused;
	snprintf(root, sizeof(root), "%s/a/b", folder);
	setenv("DROID2API_STATE", root, 1);
	assert_int_equal(state_find(&state, NULL, &problem), 0);
	assert_int_not_equal(access(root, F_OK), 0);
	assert_int_equal(state_prepare_gateway(&state, &problem), 0);
	assert_int_equal(mode_of(root), 0755);
	assert_int_equal(mode_of(state.run), 0700);
	assert_int_not_equal(access(state.login, F_OK), 0);
	assert_int_not_equal(access(state.token, F_OK), 0);
	assert_int_equal(state_prepare_tokend(&state, &problem), 0);
	assert_int_equal(mode_of(state.login), 0700);
	assert_int_equal(mode_of(state.token), 02750);
	assert_int_equal(state_prepare_gateway(&state, &problem), 0);
	assert_int_equal(state_prepare_tokend(&state, &problem), 0);
	umask(mask);
}

static void
looser_modes_are_refused(void **unused)
{
	(void)unused;
	setenv("DROID2API_STATE", folder, 1);
	assert_int_equal(state_find(&state, NULL, &problem), 0);
	assert_int_equal(state_prepare_gateway(&state, &problem), 0);
	assert_int_equal(state_prepare_tokend(&state, &problem), 0);

	chmod(state.run, 0750);
	assert_int_equal(state_prepare_gateway(&state, &problem), -1);
	assert_non_null(strstr(problem.message, "/run has mode 0750, looser "
	    "than 0700"));
	chmod(state.login, 0701);
	assert_int_equal(state_prepare_tokend(&state, &problem), -1);
	chmod(state.login, 0700);
	chmod(state.token, 0770);
	assert_int_equal(state_prepare_tokend(&state, &problem), -1);
	chmod(state.token, 0755);
	assert_int_equal(state_prepare_tokend(&state, &problem), -1);
	chmod(state.token, 0700);
	assert_int_equal(state_prepare_tokend(&state, &problem), 0);

	chmod(folder, 0707);
	assert_int_equal(state_prepare_tokend(&state, &problem), -1);
	assert_non_null(strstr(problem.message, "written by everybody"));
	chmod(folder, 0700);
}

static void
another_owner_is_refused(void **unused)
{
	(void)unused;
	if (geteuid() != 0)
		skip();
	setenv("DROID2API_STATE", folder, 1);
	assert_int_equal(state_find(&state, NULL, &problem), 0);
	assert_int_equal(mkdir(state.run, 0700), 0);
	assert_int_equal(chown(state.run, 12345, 12345), 0);
	assert_int_equal(state_prepare_gateway(&state, &problem), -1);
	assert_non_null(strstr(problem.message, "belongs to user 12345"));
}

static void
a_root_of_another_is_refused(void **unused)
{
	char	root[128];

	(void)unused;
	if (geteuid() != 0)
		skip();
	snprintf(root, sizeof(root), "%s/root", folder);
	assert_int_equal(mkdir(root, 0755), 0);
	assert_int_equal(chown(root, 12345, 12345), 0);
	setenv("DROID2API_STATE", root, 1);
	assert_int_equal(state_find(&state, NULL, &problem), 0);
	assert_int_equal(state_prepare_gateway(&state, &problem), -1);
	assert_non_null(strstr(problem.message, "/root belongs to user 12345"));
	assert_int_equal(state_prepare_tokend(&state, &problem), -1);
	assert_int_not_equal(access(state.run, F_OK), 0);
	assert_int_not_equal(access(state.login, F_OK), 0);
}

static void
what_a_link_leads_to_is_not_touched(void **unused)
{
	char	target[128];

	(void)unused;
	setenv("DROID2API_STATE", folder, 1);
	assert_int_equal(state_find(&state, NULL, &problem), 0);
	snprintf(target, sizeof(target), "%s/target", folder);
	assert_int_equal(mkdir(target, 0755), 0);
	assert_int_equal(chmod(target, 0755), 0);
	assert_int_equal(symlink(target, state.run), 0);
	assert_int_equal(state_prepare_gateway(&state, &problem), -1);
	assert_non_null(strstr(problem.message, "/run is not a folder"));
	assert_int_equal(mode_of(target), 0755);
}

/* What start.sh's own folders are for a program that is told nothing. */
static void
the_last_start_is_recalled(void **unused)
{
	struct config	*c = must_read("{}");
	char		 note[128], command[256];
	FILE		*file;

	(void)unused;
	c->path = "/dev/null";
	setenv("DROID2API_STATE", "/some/where", 1);
	assert_int_equal(state_find(&state, c, &problem), 0);
	assert_int_equal(state_note(&state, c, &problem), 0);
	state_recall();
	assert_null(getenv("DROID2API_CONFIG"));
	unsetenv("DROID2API_STATE");
	state_recall();
	assert_string_equal(getenv("DROID2API_CONFIG"), "/dev/null");
	assert_string_equal(getenv("DROID2API_STATE"), "/some/where");

	clear_environment(NULL);
	setenv("DROID2API_CONFIG", "/mine.json", 1);
	state_recall();
	assert_null(getenv("DROID2API_STATE"));

	snprintf(note, sizeof(note), "%s/.local/state/droid2api/last-start",
	    folder);
	assert_int_equal(mode_of(note), 0600);
	clear_environment(NULL);
	file = fopen(note, "w");
	fputs("/only/one/line", file);
	fclose(file);
	state_recall();
	assert_null(getenv("DROID2API_CONFIG"));
	if (geteuid() == 0) {
		assert_int_equal(state_note(&state, c, &problem), 0);
		assert_int_equal(chown(note, 12345, 12345), 0);
		state_recall();
		assert_null(getenv("DROID2API_CONFIG"));
	}
	snprintf(command, sizeof(command), "rm -rf %s/.local", folder);
	assert_int_equal(system(command), 0);
	config_release(c);
}

static void
a_link_or_file_is_no_folder(void **unused)
{
	FILE	*file;

	(void)unused;
	setenv("DROID2API_STATE", folder, 1);
	assert_int_equal(state_find(&state, NULL, &problem), 0);
	assert_int_equal(symlink("/tmp", state.run), 0);
	assert_int_equal(state_prepare_gateway(&state, &problem), -1);
	assert_non_null(strstr(problem.message, "is not a folder"));
	unlink(state.run);
	file = fopen(state.run, "w");
	fclose(file);
	assert_int_equal(state_prepare_gateway(&state, &problem), -1);
	snprintf(state.root, sizeof(state.root), "%s/run", folder);
	assert_int_equal(state_prepare_gateway(&state, &problem), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(paths_follow_from_the_root, start),
		cmocka_unit_test_setup(the_root_is_found_by_precedence, start),
		cmocka_unit_test_setup(a_relative_root_is_made_absolute,
		    start),
		cmocka_unit_test_setup(a_long_root_is_refused, start),
		cmocka_unit_test_setup(the_document_root_is_no_place, start),
		cmocka_unit_test_setup_teardown(
		    each_program_makes_its_own_folders, start, clean),
		cmocka_unit_test_setup_teardown(looser_modes_are_refused,
		    start, clean),
		cmocka_unit_test_setup_teardown(another_owner_is_refused,
		    start, clean),
		cmocka_unit_test_setup_teardown(a_root_of_another_is_refused,
		    start, clean),
		cmocka_unit_test_setup_teardown(
		    what_a_link_leads_to_is_not_touched, start, clean),
		cmocka_unit_test_setup_teardown(the_last_start_is_recalled,
		    start, clean),
		cmocka_unit_test_setup_teardown(a_link_or_file_is_no_folder,
		    start, clean),
	};
	int	result;

	if (mkdtemp(folder) == NULL)
		return 1;
	result = cmocka_run_group_tests(tests, NULL, NULL);
	if (rmdir(folder) != 0)
		return 1;
	return result;
}
