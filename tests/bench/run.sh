#!/bin/bash
# The bench: builds everything optimised in build-bench/, measures the gateway
# next to nginx's proxy_pass and to the bare responder, prints a table, and
# leaves bench.json and streams.svg there. --quick: 4 minutes instead of 40;
# --instructions, --conversions: those alone.
# README.md says how to read it.
set -eu

bench=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$bench/../.." && pwd)
build=${DROID2API_BENCH_BUILD:-$root/build-bench}

for program in nginx lighttpd node valgrind; do
	PATH=$PATH:/usr/sbin command -v $program >/dev/null || {
		echo "run.sh: $program not found" >&2
		exit 1
	}
done

mkdir -p "$build"
[ -x "$root/configure" ] || (cd "$root" && ./autogen.sh >/dev/null)
cd "$build"
[ -f Makefile ] || "$root/configure" -q CFLAGS='-O2 -g' >configure.log
make -s -j2 fcgi/droid2api.fcgi >make.log 2>&1 || {
	tail make.log >&2
	exit 1
}
cc='cc -std=gnu11 -O2 -Wall -Wextra'
$cc "$bench/bare.c" -o bare -lfcgi -lcurl -lpthread
$cc "$bench/load.c" -o load
$cc "$bench/upstream.c" "$bench/replies.c" -o upstream

ulimit -n "$(ulimit -Hn)"
PATH=$PATH:/usr/sbin exec node "$bench/bench.mjs" "$build" "$@"
