#!/bin/bash
# entry.sh [ARGUMENT...]: the image's first program. The word `gateway` among
# DROID2API_LOCAL_PEERS becomes the address of the container's own gateway, from
# which Docker brings the clients of its host. Then start.sh.
set -euo pipefail

# The kernel writes the four bytes of an address as one number in its own order,
# which is little-endian wherever this runs.
default_gateway() {	# reads /proc/net/route
	local target gateway flags
	while read -r _ target gateway flags _; do
		if [[ $target == 00000000 ]] && ((0x$flags & 2)); then
			printf '%d.%d.%d.%d' "0x${gateway:6:2}" \
			    "0x${gateway:4:2}" "0x${gateway:2:2}" \
			    "0x${gateway:0:2}"
			return
		fi
	done
}

given=${DROID2API_LOCAL_PEERS:-} peers=''
for peer in ${given//,/ }; do
	if [ "$peer" = gateway ]; then
		peer=$(default_gateway <"${DROID2API_ROUTES:-/proc/net/route}")
		[ -n "$peer" ] ||
		    echo 'DROID2API_LOCAL_PEERS: there is no gateway' >&2
	fi
	peers+=${peer:+ $peer}
done
[ -z "$given" ] || export DROID2API_LOCAL_PEERS=${peers# }
exec "${DROID2API_START:-/opt/droid2api/start.sh}" "$@"
