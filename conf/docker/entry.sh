#!/bin/bash
# entry.sh [ARGUMENT...]: the image's first program. The word `gateway` among
# DROID2API_LOCAL_PEERS becomes the address of the container's own gateway, from
# which Docker brings the clients of its host. What a volume can do wrong is said in
# words. Then start.sh.
set -euo pipefail

state=${DROID2API_STATE:-/var/lib/droid2api}

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

# Whether what is written there outlives the container: a mount, but none in memory,
# or made for this container because nobody named one (Docker, Kubernetes).
lost='^([^ ]*/volumes/[0-9a-f]{64}/_data|[^ ]*~empty-dir/[^ ]*) | - tmpfs '
is_kept() {	# FOLDER, reads /proc/self/mountinfo
	local source target rest kept=1
	while read -r _ _ _ source target rest; do
		[[ $target != / && $1/ == "$target"/* ]] || continue
		[[ "$source $rest" =~ $lost ]] || kept=0
	done
	return $kept
}

login=${DROID_REFRESH_KEY:-}${DROID_REFRESH_KEY_FILE:-}
key=${FACTORY_API_KEY:-}${FACTORY_API_KEY_FILE:-}

# Published without keys it would be everybody's, which cannot be seen from here.
say_whose() {
	[ -n "$login$key" ] && [ -z "${DROID2API_CLIENT_KEYS:-}" ] &&
	    [ -z "${DROID2API_LOCAL_PEERS:-}" ] &&
	    [ -z "${DROID2API_ACCESS:-}" ] && [ -z "${DROID2API_CONFIG:-}" ] &&
	    [ ! -e config.json ] || return 0
	echo "Nobody outside of this container may use its credential yet: set" \
	    "DROID2API_CLIENT_KEYS for holders of a key, or, where the port is" \
	    "published on 127.0.0.1 alone, DROID2API_LOCAL_PEERS=gateway" >&2
}

# A login's key is used up by its first use, and what replaces it is in the state.
say_single_use() {
	[ -n "$login" ] && [ -z "$key" ] &&
	    [ ! -e "$state/login/store.json" ] || return 0
	! is_kept "$state" <"${DROID2API_MOUNTS:-/proc/self/mountinfo}" ||
	    return 0
	echo "DROID_REFRESH_KEY is good once, and what replaces it would be lost" \
	    "with this container, as $state is no volume of yours: the next one" \
	    "could not log in. Use -v droid2api:$state, or FACTORY_API_KEY" >&2
}

refuse_foreign() {
	[ -e "$state" ] && [ ! -w "$state" ] || return 0
	echo "$state belongs to user $(stat -c %u "$state"), and this is user" \
	    "$(id -u), who cannot write there. Either chown -R 901:900 the volume," \
	    "or run the container as its owner (docker run --user $(stat -c %u:%g \
	    "$state"))" >&2
	exit 1
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
say_whose
if [ "${DROID2API_TOKEND:-}" != no ]; then
	refuse_foreign
	say_single_use
fi
exec "${DROID2API_START:-/opt/droid2api/start.sh}" "$@"
