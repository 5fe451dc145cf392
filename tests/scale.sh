#!/bin/bash
# scale.sh: three hosts and a balancer as network namespaces on one machine. Runs
# conf/scale/haproxy.cfg as it is, puts streams on all three hosts and takes one of
# them off the network: only its own answers may be lost, and new ones must go
# elsewhere. For a person to run, as root; takes half a minute. Needs haproxy, node,
# iproute2, and a build in build/ (or DROID2API_BUILD).
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
build=${DROID2API_BUILD:-$root/build}
work=$(mktemp -d)
names=droid2api-$$
pids=()

cleanup() {
	local i
	[ ${#pids[@]} = 0 ] || kill "${pids[@]}" 2>/dev/null || true
	wait
	for i in 0 1 2 3; do
		ip netns del $names-$i 2>/dev/null || true
	done
	rm -rf "$work"
}
trap cleanup EXIT

on() {	# HOST COMMAND...
	ip netns exec "$names-$1" "${@:2}"
}

# Host 0 is the balancer's and has the bridge.
ip netns add $names-0
on 0 ip link set lo up
on 0 ip link add hosts type bridge
on 0 ip addr add 10.0.0.10/24 dev hosts
on 0 ip link set hosts up
for i in 1 2 3; do
	ip netns add $names-$i
	on 0 ip link add "to$i" type veth peer name eth0 netns $names-$i
	on 0 ip link set "to$i" master hosts up
	on $i ip link set lo up
	on $i ip addr add 10.0.0.1$i/24 dev eth0
	on $i ip link set eth0 up
done

cat >"$work/config.json" <<'END'
{
	"access": "keys",
	"client_keys": ["a-key-of-the-test"],
	"fastcgi_peers": ["10.0.0.10/32"],
	"processes": 2,
	"drain_s": 1,
	"keep_alive_s": 1,
	"endpoint": [ { "name": "common", "type": "common", "auth": "none",
		"base_url": "http://10.0.0.10:8080/v1/chat/completions" } ],
	"models": [ { "id": "m", "type": "common", "reasoning": "auto" } ]
}
END
# Without the function, so that $! is the program's own.
for i in 1 2 3; do
	DROID2API_STATE=$work/state$i ip netns exec $names-$i \
	    "$build/fcgi/droid2api.fcgi" \
	    --config "$work/config.json" --socket "10.0.0.1$i:9000" \
	    2>"$work/host$i.log" &
	pids+=($!)
done
ip netns exec $names-0 haproxy -db -f "$root/conf/scale/haproxy.cfg" \
    2>"$work/haproxy.log" &
pids+=($!)

on 0 node "$root/tests/scale.mjs" || {
	tail -n 5 "$work"/*.log >&2
	exit 1
}
