#!/bin/bash
# keep-tokend.sh TOKEND: runs tokend and starts it again whenever it ends, until
# SIGTERM; one that ends at once is given growing pauses. Ends with 1 when the
# first one ends before it has said its state: then it can't run here at all.
#
# DROID_REFRESH_KEY comes by standard input, so that no environment shows it.
set -euo pipefail

# shellcheck source=conf/start/processes.sh
. "$(dirname "${BASH_SOURCE[0]}")/processes.sh"

refresh_key=$(cat)
child='' ended='' pause=0
tokend_begins
trap 'ended=1; [ -z "$child" ] || kill "$child" 2>/dev/null' TERM

while [ -z "$ended" ]; do
	started=$SECONDS
	(
		[ -z "$refresh_key" ] || export DROID_REFRESH_KEY=$refresh_key
		end_with_parent "$1"
	) &
	child=$!
	while kill -0 "$child" 2>/dev/null; do
		wait "$child" 2>/dev/null || true
	done
	child=''
	[ -z "$ended" ] || break
	tokend_said || exit 1
	[ $((SECONDS - started)) -lt 5 ] || pause=0
	echo 'start.sh: tokend ended, starting it again' >&2
	sleep "$pause" &
	child=$!
	wait "$child" || true
	pause=$((pause ? (pause < 30 ? pause * 2 : 30) : 1))
done
