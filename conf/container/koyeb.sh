#!/bin/bash
# koyeb.sh: makes the service on Koyeb, from this folder's tree, with the keys as
# secrets: FACTORY_API_KEY=... DROID2API_CLIENT_KEYS=... conf/container/koyeb.sh
set -euo pipefail

: "${FACTORY_API_KEY:?}" "${DROID2API_CLIENT_KEYS:?}"
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
secret() {	# NAME VALUE: new, or anew
	koyeb secrets create "$1" --value-from-stdin <<<"$2" 2>/dev/null ||
	    koyeb secrets update "$1" --value-from-stdin <<<"$2"
}
secret factory-api-key "$FACTORY_API_KEY"
secret droid2api-client-keys "$DROID2API_CLIENT_KEYS"
koyeb deploy . droid2api/gateway --archive-builder docker \
    --archive-docker-dockerfile Dockerfile \
    --port 3000:http --route /:3000 --checks 3000:http:/health \
    --env PORT=3000 \
    --env 'FACTORY_API_KEY={{ secret.factory-api-key }}' \
    --env 'DROID2API_CLIENT_KEYS={{ secret.droid2api-client-keys }}' \
    --min-scale 1 --max-scale 1
