#!/bin/bash
# gcc -fanalyzer. What it gets wrong is listed with the reason; a line of the list
# that is not needed any more is an error, too. The list is of gcc 12: with another
# one nothing is looked at.
# usage: gcc-analyzer.sh ROOT BUILD
set -euo pipefail
cd "$1"

# FILE WARNING: REASON
known='fcgi/dialects/messages/messages_block_read.c null-dereference: the kinds of the table of deltas are all in that of kinds
shared/arena.c malloc-leak: the arena keeps its chunks in a list
shared/json.c use-of-uninitialized-value: a struct that is assigned to two others at once
tokend/grant.c double-free: two calls of secret_read() never give the same text'

[ "$(gcc -dumpversion | cut -d. -f1)" = 12 ] || exit 0
flags=(-fanalyzer -O1 -std=gnu11 -D_GNU_SOURCE -I"$2" -Ishared -Ifcgi -Itokend
	-DSYSCONFDIR='"/e"' -DLOCALSTATEDIR='"/v"' -DLIBEXECDIR='"/l"'
	-DSBINDIR='"/s"')
read -ra more < <(pkg-config --cflags json-c libcurl)
log=$(mktemp)
trap 'rm -f "$log"' EXIT
find fcgi shared tokend -name '*.c' -print0 | sort -z |
    xargs -0 -P "$(nproc)" -n 1 gcc "${flags[@]}" "${more[@]}" -S -o /dev/null \
    2>"$log" || { cat "$log"; exit 1; }

found=$(sed -n 's/^\([a-z0-9_/]*\.c\):[0-9:]* warning: .*\[-Wanalyzer-\(.*\)\]$/\1 \2/p' \
    "$log" | sort -u)
listed=$(cut -d: -f1 <<<"$known" | sort)
new=$(comm -23 <(echo "$found") <(echo "$listed"))
gone=$(comm -13 <(echo "$found") <(echo "$listed"))
[ -z "$gone" ] || echo "listed, but not found any more: $gone"
[ -z "$new" ] || { echo "found: $new"; grep -B1 -A30 'warning:' "$log"; }
[ -z "$new$gone" ]
