#!/bin/bash
# What systemd thinks of the units' exposure: below 1.5 of 10. Only where there is a
# systemd-analyze that looks at files (251 or newer).
# usage: units.sh ROOT BUILD
set -euo pipefail
cd "$2/conf/systemd"
status=0

systemd-analyze security --offline=true --help >/dev/null 2>&1 || exit 0
for unit in *.service; do
	# The bound is in tenths, and itself allowed.
	systemd-analyze security --offline=true --threshold=14 "./$unit" \
	    >"$unit.exposure" 2>&1 || {
		echo "$unit:"
		grep -v '^✓' "$unit.exposure"
		status=1
	}
	rm -f "$unit.exposure"
done
exit $status
