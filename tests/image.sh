#!/bin/bash
# image.sh [--built] [ARCHITECTURE...]: builds the image (for this machine's
# architecture) with the docker in PATH, runs each as a stranger would, asks it, and looks
# at what it says of its parts. For a person to run. Another architecture needs an
# emulator that the kernel knows (qemu-user-static and binfmt_misc), and 20 minutes.
# The images stay: droid2api:ARCHITECTURE; --built tries those.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
key='image-test-key'
container='' built=''

die() {
	printf 'FAIL: %s\n' "$*" >&2
	[ -z "$container" ] || docker logs "$container" >&2
	exit 1
}
cleanup() { [ -z "$container" ] || docker rm -f "$container" >/dev/null; }
trap cleanup EXIT

ask() {	# PATH [CURL_OPTION...]
	local path=$1
	shift
	curl -sS --max-time 20 "$@" "http://$address$path"
}

# The status of a conversation; in there nobody answers by Factory's name.
converse() {	# [CURL_OPTION...]
	ask /v1/chat/completions -o /dev/null -w '%{http_code}' \
	    -H 'content-type: application/json' -d '{"model":"glm-5","messages":
	    [{"role":"user","content":"hi"}]}' "$@"
}

# Docker's own word for it, by the image's HEALTHCHECK.
wait_healthy() {
	local i state
	for ((i = 0; i < 120; i++)); do
		state=$(docker inspect -f '{{.State.Health.Status}}' "$container")
		[ "$state" != healthy ] || return 0
		sleep 1
	done
	die "the container is $state"
}

try() {	# ARCHITECTURE
	local image=droid2api:$1 parts
	[ -n "$built" ] || docker buildx build --load --platform "linux/$1" \
	    -t "$image" "$root"
	[ "$(docker inspect -f '{{.Architecture}}' "$image")" = "$1" ] ||
	    die "$image is of another architecture"
	container=$(docker run -d --platform "linux/$1" -p 127.0.0.1:0:3000 \
	    --add-host api.factory.ai:127.0.0.1 -e FACTORY_API_KEY=none \
	    -e DROID2API_CLIENT_KEYS=$key "$image")
	address=$(docker port "$container" 3000 | head -n 1)
	wait_healthy
	[ "$(ask /health)" = '{"status":"ok"}' ] || die 'is not well'
	[[ $(ask /v1/models) == *'"data"'* ]] || die 'has no models'
	[ "$(converse)" = 401 ] || die 'serves who has no key'
	[ "$(converse -H "x-api-key: $key")" = 502 ] || die 'refuses a key'
	parts=$(docker exec "$container" cat /usr/share/doc/droid2api/PARTS)
	grep -q "^  libc6 [^ ]* $1 of " <<<"$parts" ||
	    die 'does not name its parts'
	docker stop "$container" >/dev/null
	[ "$(docker inspect -f '{{.State.ExitCode}}' "$container")" = 0 ] ||
	    die 'did not end as it should'
	docker rm "$container" >/dev/null
	container=''
	echo "passed: $image, $(docker inspect -f '{{.Size}}' "$image") bytes"
}

[ "${1:-}" != --built ] || { built=yes; shift; }
[ $# -gt 0 ] || set -- "$(docker version -f '{{.Server.Arch}}')"
for architecture; do
	try "$architecture"
done
