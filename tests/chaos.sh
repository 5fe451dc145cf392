#!/bin/bash
# chaos.sh [--minutes N] [--seed S] [--from N --count N]
#
# A day of faults: requests in all dialects over an upstream that damages, cuts,
# delays and refuses its answers, clients that hang up, hostile ones, and under
# them kill -9 of responders, of tokend and of who folds the ledger, a full disk,
# torn edits of the configuration, a torn token file, a login server that fails.
# Nothing may crash, hang or leak, no part of an answer may look whole, and every
# file must be whole.
#
#   --minutes N      how long, 5 without
#   --seed S         which day it is: the same seed is the same operations in the
#                    same order (only their timing is the machine's)
#   --from, --count  some of them only
#
# Runs what is in build/ or DROID2API_BUILD, which is best built with sanitizers
# (../configure --enable-sanitize). As root there is a disk to fill, too.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
export DROID2API_BUILD=${DROID2API_BUILD:-$root/build}
export PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
# What ASan keeps of freed memory would hide what the programs keep.
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:abort_on_error=0}:quarantine_size_mb=8
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1:halt_on_error=1}
export TSAN_OPTIONS=${TSAN_OPTIONS:-halt_on_error=1:second_deadlock_stack=1}
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY all_proxy

case ${1-} in
-h | --help) exec sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0" ;;
esac
[ -x "$DROID2API_BUILD/fcgi/droid2api.fcgi" ] || {
	echo "chaos.sh: there is no gateway in $DROID2API_BUILD" >&2
	exit 2
}
exec node "$root/tests/chaos/chaos.mjs" "$@"
