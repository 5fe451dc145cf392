#!/bin/bash
# run.sh [PART...]: installs what these parts need and runs them. Without a part,
# all of these; the last line says how many passed and failed.
#
#   unit         unit tests of each source file, and the scenarios
#   integration  the gateway behind real lighttpd against a strict upstream
#   servers      the recipes of conf/ in lighttpd, Apache, nginx and HAProxy
#   fuzz         the fuzzers' corpora, and a few seconds of fuzzing
#   sanitize     unit and integration tests again under ASan and UBSan, the
#                pool under TSan
#   chaos        five minutes of a day of faults under ASan and UBSan (chaos.sh)
#   lint         rules of the source, static analysis
#   distcheck    the source package builds, installs and uninstalls
#   clients      official SDKs against the gateway
#   fresh        ./start.sh and unit on a machine that has nothing, beside the other
#                parts; skipped where no such machine can be made
set -uo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
jobs=$(nproc)
all='unit integration servers fuzz sanitize chaos lint distcheck clients fresh'
passed=0 failed=0 skipped=0
export PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
# Tests talk to loopback only; nobody's proxy is to be asked.
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY all_proxy
unset FACTORY_API_KEY DROID_REFRESH_KEY DROID2API_CONFIG DROID2API_STATE PORT \
    DROID2API_BUILD

count() {	# PASSED FAILED [SKIPPED]
	passed=$((passed + $1))
	failed=$((failed + $2))
	skipped=$((skipped + ${3:-0}))
}

heading() {
	printf '\n== %s (%ss)\n' "$*" "$SECONDS"
}

# One check by its exit status; its output only when it failed.
check() {	# NAME COMMAND...
	local name=$1 log
	shift
	log=$(mktemp)
	if timeout --kill-after=10 "${PART_SECONDS:-1200}" "$@" >"$log" 2>&1
	then
		count 1 0
	else
		echo "FAILED $name"
		tail -n 60 "$log" | sed 's/^/    /'
		count 0 1
	fi
	rm -f "$log"
}

# ---- building ----------------------------------------------------------------------

configure_and_make() {	# FOLDER CONFIGURE_ARGUMENT...
	local folder=$1
	shift
	mkdir -p "$folder" && cd "$folder" || return 1
	if [ ! -x "$root/configure" ] ||
	    [ "$root/configure.ac" -nt "$root/configure" ]; then
		(cd "$root" && ./autogen.sh) || return 1
	fi
	configured "$@" || {
		"$(realpath --relative-to=. "$root")/configure" -q "$@" &&
		    echo "$*" >configured
	} || return 1
	make -s -j "$jobs"
}

# Whether this folder was configured with these arguments, and after cmocka came.
configured() {	# CONFIGURE_ARGUMENT...
	[ -f Makefile ] && grep -q '^HAVE_CMOCKA_TRUE = *$' Makefile &&
	    [ "$(cat configured 2>/dev/null)" = "$*" ]
}

build() {	# FOLDER CONFIGURE_ARGUMENT...: true when it is built
	local log=$root/$1/build.log folder=$1
	shift
	mkdir -p "$root/$folder"
	(configure_and_make "$root/$folder" "$@") >"$log" 2>&1 && return 0
	echo "FAILED: $folder does not build"
	tail -n 40 "$log"
	count 0 1
	return 1
}

# ---- unit --------------------------------------------------------------------------

# cmocka programs say TAP, and of a skipped test "not ok"; a program that died
# says nothing more.
count_program() {	# LOG TRS NAME
	local good bad skips
	skips=$(grep -c '^\(not \)\?ok .*# SKIP' "$1")
	good=$(grep '^ok ' "$1" | grep -vc '# SKIP')
	bad=$(grep '^not ok ' "$1" | grep -vc '# SKIP')
	if grep -q '^:test-result: \(FAIL\|ERROR\)' "$2"; then
		[ "$bad" -gt 0 ] || bad=1	# it died, or leaked
		echo "FAILED $3"
		grep -v '^ok ' "$1" | tail -n 60 | sed 's/^/    /'
	elif [ "$((good + bad + skips))" = 0 ]; then
		good=1
	fi
	count "$good" "$bad" "$skips"
}

make_check() {	# FOLDER [TESTS]
	local trs name
	(
		cd "$root/$1" || exit 1
		find . -name '*.trs' -delete
		CMOCKA_MESSAGE_OUTPUT=TAP timeout --kill-after=10 \
		    "${PART_SECONDS:-1200}" make -s -k -j "$jobs" check \
		    ${2:+TESTS="$2"}
	) >"$root/$1/check.log" 2>&1
	local programs=0 expected
	expected=$(find "$root/tests/unit" -name 'test_*.c' | wc -l)
	[ -z "${2:-}" ] || expected=$(wc -w <<<"$2")
	while read -r trs; do
		name=${trs#"$root/$1/"}
		count_program "${trs%.trs}.log" "$trs" "${name%.trs}"
		programs=$((programs + 1))
	done < <(find "$root/$1" -name '*.trs' | sort)
	if [ "$programs" -lt "$expected" ]; then
		echo "FAILED: make check in $1 ran $programs of $expected programs"
		tail -n 40 "$root/$1/check.log"
		count 0 1
	fi
}

part_unit() {
	build build --enable-werror && make_check build
}

# ---- node tests ----------------------------------------------------------------------

# What a session left running, ended: pids and names.
end_session() {	# SESSION
	local stat rest name
	for stat in /proc/[0-9]*/stat; do
		rest=$(cat "$stat" 2>/dev/null) || continue
		# behind the name: state, parent, group, session
		# shellcheck disable=SC2086 # words
		set -- "$1" ${rest##*) }
		[[ $5 == "$1" && $2 != Z ]] || continue
		stat=${stat#/proc/}
		name=${rest#*(}
		echo "${stat%/stat} (${name%)*})"
		kill -9 "${stat%/stat}" 2>/dev/null
	done
}

# Its output goes to a file, because a server that a test left behind would
# hold a pipe open for ever.
run_bounded() {	# SECONDS LOG COMMAND...
	local seconds=$1 log=$2 session left
	shift 2
	setsid timeout --kill-after=10 "$seconds" "$@" >"$log" 2>&1 &
	session=$!
	tail --pid=$session -s 0.2 -n +1 -f "$log" | grep -v '^# passed'
	wait $session
	[ $? != 124 ] || echo "FAILED: not at its end after $seconds seconds"
	left=$(end_session $session)
	[ -z "$left" ] || echo "left running, ended now: ${left//$'\n'/, }"
}

node_tests() {	# BUILD_FOLDER FILE...
	local folder=$1 log line help options=()
	shift
	help=$(node --help)
	# Each file has a gateway of its own, so that two may run at once.
	[[ $help != *--test-concurrency* ]] ||
	    options+=("--test-concurrency=${CONCURRENCY:-2}")
	[[ $help != *--test-timeout* ]] ||
	    options+=("--test-timeout=${FILE_MS:-600000}")
	log=$(mktemp)
	DROID2API_BUILD=$root/$folder run_bounded "${PART_SECONDS:-1200}" \
	    "$log" node --test "${options[@]}" \
	    --test-reporter="$root/tests/reporter.mjs" \
	    --test-reporter-destination=stdout "$@"
	line=$(grep '^# passed' "$log" | tail -n 1)
	rm -f "$log"
	if [ -z "$line" ]; then
		echo 'FAILED: node --test ended without a count'
		count 0 1
		return
	fi
	# shellcheck disable=SC2086 # words
	set -- $line
	count "$3" "$5" "$7"
}

integration_files() {
	find "$root/tests/upstream" "$root/tests/integration" \
	    "$root/tests/recorded" "$root/tests/chaos" \
	    -name '*.test.mjs' ! -name 'servers*.test.mjs' | sort
}

part_servers() {
	build build --enable-werror &&
	    node_tests build "$root"/tests/integration/servers*.test.mjs
}

part_integration() {
	local files
	mapfile -t files < <(integration_files)
	build build --enable-werror || return 0
	FIELD_TABLE=$(mktemp)
	export FIELD_TABLE
	node_tests build "${files[@]}"
	node "$root/tests/integration/field_table.mjs" "$FIELD_TABLE"
	rm -f "$FIELD_TABLE"
	unset FIELD_TABLE
}

part_clients() {
	local files node
	[ -d "$root/tests/clients" ] || return 0
	mapfile -t files < <(find "$root/tests/clients" -name node_modules \
	    -prune -o -name '*.test.mjs' -print | sort)
	[ ${#files[@]} -gt 0 ] || return 0
	# As the lock file has it. npm ci of npm 11 also wants what is for other
	# machines and what this registry does not have.
	check 'npm install for the clients' npm install --silent --no-save \
	    --no-audit --no-fund --prefix "$root/tests/clients"
	# They bring the Node that they want, which is newer than Debian's.
	node=("$root"/tests/clients/node_modules/node-linux-*/bin)
	build build --enable-werror &&
	    PATH=${node[0]}:$PATH node_tests build "${files[@]}"
}

# ---- fuzz, sanitizers ------------------------------------------------------------------

# The same way each time, so that what it finds is of the change that is tried;
# FUZZ_SEED=0 FUZZ_SECONDS=600 breaks new ground.
part_fuzz() {
	local fuzzer name found folder folders
	[ -n "$(ls "$root"/tests/fuzz/*.c 2>/dev/null)" ] || return 0
	build build-fuzz CC=clang --enable-fuzz CFLAGS='-O1 -g' || return 0
	check 'fuzzers build' make -s -C "$root/build-fuzz" -j "$jobs" check TESTS=
	check 'seeds' node "$root/tests/fuzz/seeds.mjs" "$root/build-fuzz/seeds"
	for fuzzer in "$root"/build-fuzz/tests/fuzz/fuzz_*; do
		[[ -f $fuzzer && -x $fuzzer ]] || continue
		name=${fuzzer##*/fuzz_}
		found=$root/build-fuzz/found/fuzz_$name
		mkdir -p "$found"
		folders=("$found")
		for folder in "$root/tests/fuzz/corpus/$name" \
		    "$root/build-fuzz/seeds/$name"; do
			[ ! -d "$folder" ] || folders+=("$folder")
		done
		"$root/tests/fuzz/dictionary.sh" "$name" \
		    >"$root/build-fuzz/$name.dict"
		check "fuzz_$name" "$fuzzer" \
		    -max_total_time="${FUZZ_SECONDS:-5}" \
		    -seed="${FUZZ_SEED:-1}" \
		    -rss_limit_mb=2048 -timeout=10 -verbosity=0 \
		    -dict="$root/build-fuzz/$name.dict" \
		    -artifact_prefix="$found-" "${folders[@]}"
	done
}

part_sanitize() {
	local files
	export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
	export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0
	export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1
	if build build-asan --enable-sanitize CFLAGS='-O1 -g'; then
		make_check build-asan
		mapfile -t files < <(integration_files |
		    grep -v -e /upstream/ -e /chaos/ -e /image.test)
		node_tests build-asan "${files[@]}"
	fi
	if build build-tsan --enable-sanitize=thread CFLAGS='-O1 -g'; then
		make_check build-tsan "$(cd "$root" && find tests/unit \
		    -name 'test_pool*.c' -o -name 'test_scoreboard.c' \
		    -o -name 'test_token*.c' -o -name 'test_config*.c' |
		    sed 's/\.c$//' | sort | paste -sd' ')"
		node_tests build-tsan "$root/tests/integration/pool.test.mjs" \
		    "$root/tests/integration/reload.test.mjs"
	fi
	unset UBSAN_OPTIONS ASAN_OPTIONS TSAN_OPTIONS
}

# The same day each time; another one with CHAOS_SEED.
part_chaos() {
	local log
	build build-asan --enable-sanitize CFLAGS='-O1 -g' || return 0
	log=$(mktemp)
	DROID2API_BUILD=$root/build-asan run_bounded "${PART_SECONDS:-1200}" \
	    "$log" "$root/tests/chaos.sh" --minutes "${CHAOS_MINUTES:-5}" \
	    --seed "${CHAOS_SEED:-1}"
	if grep -q '^seed .*, all holds$' "$log"; then
		count 1 0 "$(grep -c '^skipped' "$log")"
	else
		echo 'FAILED chaos'
		count 0 1
	fi
	rm -f "$log"
}

# ---- lint, distcheck ---------------------------------------------------------------------

part_lint() {
	local script
	build build --enable-werror || return 0
	for script in "$root"/tests/lint/*.sh; do
		check "lint/$(basename "$script")" "$script" "$root" \
		    "$root/build"
	done
}

part_distcheck() {
	build build --enable-werror || return 0
	check distcheck make -s -C "$root/build" -j "$jobs" distcheck
}

# ---- fresh -------------------------------------------------------------------------------

fresh_session='' fresh_log=''

# It stands back: the other parts count time.
begin_fresh() {
	fresh_log=$(mktemp)
	setsid timeout --kill-after=10 "${PART_SECONDS:-2400}" nice -n 19 \
	    "$root/tests/systems/fresh.sh" >"$fresh_log" 2>&1 &
	fresh_session=$!
}

part_fresh() {
	local line good bad skips
	wait "$fresh_session"
	end_session "$fresh_session" >/dev/null
	line=$(grep -E '^([0-9]+ passed, |skipped: )' "$fresh_log" | tail -n 1)
	case $line in
	skipped:*)
		echo "$line"
		count 0 0 1 ;;
	*passed*)
		read -r good _ bad _ skips _ <<<"${line//,/}"
		[ "$bad" = 0 ] || grep -v '^ok ' "$fresh_log" | tail -n 60
		count "$good" "$bad" "${skips:-0}" ;;
	*)
		echo 'FAILED fresh: not at its end in time'
		tail -n 20 "$fresh_log"
		count 0 1 ;;
	esac
	rm -f "$fresh_log"
}

main() {
	local part parts=$*
	for part in $parts; do
		[[ " $all " == *" $part "* ]] || {
			echo "run.sh: no part $part; there are: $all" >&2
			exit 2
		}
	done
	heading install
	# shellcheck disable=SC2086 # words
	"$root/tests/install.sh" ${parts:-$all} || exit 1
	[[ " ${parts:-$all} " != *' fresh '* ]] || begin_fresh
	for part in ${parts:-$all}; do
		heading "$part"
		"part_$part"
	done
	printf '\n%ss\n' "$SECONDS"
	if [ "$skipped" -gt 0 ]; then
		echo "$passed passed, $failed failed, $skipped skipped"
	else
		echo "$passed passed, $failed failed"
	fi
	[ "$failed" = 0 ]
}

main "$@"
