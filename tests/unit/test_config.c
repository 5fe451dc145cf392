#include "build.h"

#include <pthread.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "config_cases.h"
#include "log.h"

#define DEADLINE_MS	10000

static char	folder[] = "/tmp/test_config.XXXXXX";
static char	path[128], log_path[128], key_path[128];

static long long
now_ms(void)
{
	struct timespec	now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
rest(void)
{
	const struct timespec	moment = { .tv_nsec = 5 * 1000 * 1000 };

	nanosleep(&moment, NULL);
}

static void
write_text(const char *where, const char *text)
{
	FILE	*file = fopen(where, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

/* As editors and configuration tools do. */
static void
replace_file(const char *text)
{
	char	temporary[160];

	snprintf(temporary, sizeof(temporary), "%s.new", path);
	write_text(temporary, text);
	assert_int_equal(rename(temporary, path), 0);
}

static int
count_in_log(const char *text)
{
	FILE	*file = fopen(log_path, "r");
	char	 line[4200];
	int	 count = 0;

	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		count += strstr(line, text) != NULL;
	if (file != NULL)
		fclose(file);
	return count;
}

static int
current_port(struct config_source *source)
{
	struct config	*config = config_current(source);
	int		 port = config->port;

	config_release(config);
	return port;
}

static void
await_port(struct config_source *source, int port)
{
	long long	end = now_ms() + DEADLINE_MS;

	while (current_port(source) != port) {
		assert_true(now_ms() < end);
		rest();
	}
}

static void
await_log(struct config_source *source, const char *text, int count)
{
	long long	end = now_ms() + DEADLINE_MS;

	while (count_in_log(text) < count) {
		current_port(source);
		assert_true(now_ms() < end);
		rest();
	}
}

static void
words_of_effort(void **state)
{
	enum effort	effort, found;

	(void)state;
	for (effort = 0; effort < EFFORT_KINDS; effort++) {
		assert_int_equal(effort_of(effort_word(effort), &found), 0);
		assert_int_equal(found, effort);
	}
	assert_int_equal(effort_of("None", &found), 0);
	assert_int_equal(found, EFFORT_OFF);
	assert_int_equal(effort_of("ultra", &found), 0);
	assert_int_equal(found, EFFORT_MAX);
	assert_int_equal(effort_of("", &found), -1);
	assert_int_equal(effort_of("higher", &found), -1);
	assert_null(effort_word(EFFORT_KINDS));
}

static void
types_of_dialects(void **state)
{
	(void)state;
	assert_string_equal(dialect_type(DIALECT_CHAT), "common");
	assert_string_equal(dialect_type(DIALECT_RESPONSES), "openai");
	assert_string_equal(dialect_type(DIALECT_MESSAGES), "anthropic");
	assert_string_equal(dialect_type(DIALECT_GENERATE), "google");
	assert_null(dialect_type(DIALECT_KINDS));
}

static void
the_file_is_found_by_precedence(void **state)
{
	char	here[512];

	(void)state;
	assert_non_null(getcwd(here, sizeof(here)));
	assert_int_equal(chdir(folder), 0);
	assert_string_equal(config_find(NULL),
	    SYSCONFDIR "/droid2api/config.json");
	write_text("config.json", "{}");
	assert_string_equal(config_find(NULL), "config.json");
	setenv("DROID2API_CONFIG", "/env.json", 1);
	assert_string_equal(config_find(NULL), "/env.json");
	assert_string_equal(config_find("/option.json"), "/option.json");
	setenv("DROID2API_CONFIG", "", 1);
	assert_string_equal(config_find(NULL), "config.json");
	unsetenv("DROID2API_CONFIG");
	unlink("config.json");
	assert_int_equal(chdir(here), 0);
}

static void
a_held_snapshot_survives_its_owner(void **state)
{
	struct config	*c = must_read("{\"port\":5}");

	(void)state;
	assert_ptr_equal(config_hold(c), c);
	config_release(c);
	assert_int_equal(c->port, 5);
	config_release(c);
	config_release(NULL);
}

static void
a_good_edit_is_taken_and_a_broken_one_is_not(void **state)
{
	struct config_source	*source;
	struct config		*old;
	long long		 start;
	int			 i;

	(void)state;
	replace_file("{\"port\":1001}");
	start = now_ms();
	source = config_source_new(path, &problem);
	assert_non_null(source);
	old = config_current(source);
	replace_file("{\"port\":1002}");
	i = current_port(source);
	if (now_ms() - start < 900)
		assert_int_equal(i, 1001);	/* one look a second */
	await_port(source, 1002);
	assert_int_equal(old->port, 1001);
	config_release(old);

	replace_file("{\"port\":1003,}");
	await_log(source, "config.json:1:14: expected a key", 1);
	assert_int_equal(current_port(source), 1002);
	for (start = now_ms(); now_ms() - start < 2200; rest())
		assert_int_equal(current_port(source), 1002);
	assert_int_equal(count_in_log("config.json:1:14"), 1);

	assert_int_equal(unlink(path), 0);
	await_log(source, "the configuration from before stays", 2);
	assert_int_equal(current_port(source), 1002);

	write_text(path, "{\"port\":1004,\"prot\":1}");
	await_port(source, 1004);
	assert_int_equal(count_in_log("prot: unknown key"), 1);
	config_source_free(source);
}

static void
another_key_file_is_read_again(void **state)
{
	struct config_source	*source;
	struct config		*config;
	long long		 end = now_ms() + DEADLINE_MS;

	(void)state;
	replace_file("{}");
	write_text(key_path, "fk-first\n");
	setenv("FACTORY_API_KEY_FILE", key_path, 1);
	source = config_source_new(path, &problem);
	assert_non_null(source);
	config = config_current(source);
	assert_string_equal(config->factory_keys[0].at, "fk-first");
	write_text(key_path, "fk-second\n");
	while (strcmp(config->factory_keys[0].at, "fk-second") != 0) {
		assert_true(now_ms() < end);
		rest();
		config_release(config);
		config = config_current(source);
	}
	config_release(config);
	config_source_free(source);
	unsetenv("FACTORY_API_KEY_FILE");
}

static void
a_source_needs_a_good_file(void **state)
{
	(void)state;
	replace_file("{");
	assert_null(config_source_new(path, &problem));
	assert_non_null(strstr(problem.message, "config.json:1:2: "));
	config_source_free(NULL);
}

struct reader {
	struct config_source	*source;
	atomic_bool		*stop;
	long			 reads;
	int			 torn;
};

/* port and workers are equal in every version of the file. */
static void *
read_on(void *context)
{
	struct reader	*reader = context;

	while (!atomic_load(reader->stop)) {
		struct config	*config = config_current(reader->source);

		if (config->port != config->workers || config->port < 2001)
			reader->torn++;
		reader->reads++;
		config_release(config);
	}
	return NULL;
}

static void
threads_see_whole_versions(void **state)
{
	struct config_source	*source;
	struct reader		 readers[4];
	pthread_t		 threads[4];
	atomic_bool		 stop = false;
	char			 text[128];
	int			 i, version;

	(void)state;
	replace_file("{\"port\":2001,\"workers\":2001}");
	source = config_source_new(path, &problem);
	for (i = 0; i < 4; i++) {
		readers[i] = (struct reader){ source, &stop, 0, 0 };
		pthread_create(&threads[i], NULL, read_on, &readers[i]);
	}
	for (version = 2002; version < 2005; version++) {
		snprintf(text, sizeof(text), "{\"port\":%d,\"workers\":%d}",
		    version, version);
		replace_file(text);
		await_port(source, version);
	}
	atomic_store(&stop, true);
	for (i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(readers[i].torn, 0);
		assert_true(readers[i].reads > 0);
	}
	config_source_free(source);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_of_effort),
		cmocka_unit_test(types_of_dialects),
		cmocka_unit_test(the_file_is_found_by_precedence),
		cmocka_unit_test(a_held_snapshot_survives_its_owner),
		cmocka_unit_test(a_good_edit_is_taken_and_a_broken_one_is_not),
		cmocka_unit_test(another_key_file_is_read_again),
		cmocka_unit_test(a_source_needs_a_good_file),
		cmocka_unit_test(threads_see_whole_versions),
	};
	int	result;

	if (mkdtemp(folder) == NULL)
		return 1;
	snprintf(path, sizeof(path), "%s/config.json", folder);
	snprintf(log_path, sizeof(log_path), "%s/log", folder);
	snprintf(key_path, sizeof(key_path), "%s/key", folder);
	log_open(log_path, false, false);
	result = cmocka_run_group_tests(tests, clear_environment, NULL);
	log_open(NULL, false, false);
	unlink(path);
	unlink(log_path);
	unlink(key_path);
	if (rmdir(folder) != 0)
		return 1;
	return result;
}
