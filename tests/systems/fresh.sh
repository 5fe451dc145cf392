#!/bin/bash
# fresh.sh [SUITE]: both commands of the README on a machine that has nothing, of which
# the second one runs its part `unit`: a new root of that Debian (bookworm) in a folder.
# The last line says how many passed and failed, or "skipped: WHY" where such a root
# can't be made: that takes root, mmdebstrap and an archive that answers.
set -uo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
suite=${1:-bookworm}
roots=${ROOTS:-$root/build-systems/roots}
system=$root/build-systems/fresh
# shellcheck source=tests/systems/root.sh
. "$root/tests/systems/root.sh"

skip() {
	echo "skipped: $*"
	exit 0
}
[ "$(id -u)" = 0 ] || skip 'not root'
command -v mmdebstrap >/dev/null || skip 'no mmdebstrap'
unshare -m -p --fork --mount-proc true 2>/dev/null || skip 'no namespaces'
said=$(make_root "$suite" amd64 "$system" 2>&1) ||
    skip "no root: $(tail -n 1 <<<"$said")"
trap 'remove_root "$system"' EXIT
trap 'exit 1' TERM
copy_project "$root" "$system/src/droid2api"

said=$(in_root "$system" apt-get -o APT::Update::Error-Mode=any update 2>&1) ||
    skip "the archive does not answer: $(tail -n 1 <<<"$said")"
said=$(mktemp)
in_root "$system" bash -c 'cd /src/droid2api && tests/systems/start.sh &&
    tests/run.sh unit' >"$said" 2>&1
status=$?
cat "$said"
[ $status = 0 ] || grep -q '^[0-9]* passed, ' "$said" ||
    echo '0 passed, 1 failed'
rm -f "$said"
