#!/bin/bash
# The bench: builds everything optimised in build-bench/, measures the gateway
# next to nginx's proxy_pass and to the bare responder, prints tables, and leaves
# bench.json and streams.svg there. README.md says how to read it.
#
#   run.sh [--quick] [--soak-minutes N]   everything: 30 minutes, 10 of them a
#                                         soak; with --quick 5, and coarser
#   run.sh --markdown                     the last run's figures for README.md
#   run.sh --instructions | --conversions | --memory | --soak | --fallback
#                                         one part alone
set -eu

[ "${1-}" != --help ] || exec sed -n '/^set/q; 2,$s/^# \{0,1\}//p' "$0"

bench=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$bench/../.." && pwd)
build=${DROID2API_BENCH_BUILD:-$root/build-bench}
export PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY all_proxy

missing() {
	local need
	for need in cc make autoreconf automake pkg-config nginx lighttpd node \
	    valgrind openssl; do
		command -v $need >/dev/null || echo $need
	done
	for need in libcurl json-c sqlite3 zlib libzstd libcrypto; do
		pkg-config --exists $need 2>/dev/null || echo $need
	done
	[ -e /usr/include/fcgiapp.h ] || echo fcgiapp.h
}

[ -z "$(missing)" ] || "$root/tests/install.sh"
lacks=$(missing)
[ -z "$lacks" ] || {
	echo "run.sh needs what is not here: ${lacks//$'\n'/ }" >&2
	exit 1
}

mkdir -p "$build"
[ -x "$root/configure" ] || (cd "$root" && ./autogen.sh >/dev/null)
cd "$build"
[ -f Makefile ] || "$root/configure" -q CFLAGS='-O2 -g' >configure.log
make -s -j2 fcgi/droid2api.fcgi >make.log 2>&1 || {
	tail make.log >&2
	exit 1
}
cc='cc -std=gnu11 -O2 -Wall -Wextra'
$cc "$bench/bare.c" "$bench/replies.c" -o bare -lfcgi -lcurl -lpthread
$cc "$bench/load.c" -o load
$cc "$bench/upstream.c" "$bench/replies.c" -o upstream

ulimit -n "$(ulimit -Hn)"
exec node "$bench/bench.mjs" "$build" "$@"
