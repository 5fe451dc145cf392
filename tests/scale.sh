#!/bin/bash
# scale.sh [BALANCER...]: three hosts and a balancer as network namespaces on one
# machine. Runs what conf/scale has for haproxy, nginx and apache as it is, puts streams
# on all hosts and takes one of them off the network: only its own answers may be lost,
# and new ones must go elsewhere. For a person to run, as root; takes half a minute for
# each. Needs the balancers, node, iproute2, and a build in build/ (or DROID2API_BUILD).
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
# As the recipes say.
on 0 sysctl -qw net.ipv4.tcp_keepalive_time=5 net.ipv4.tcp_keepalive_intvl=2 \
    net.ipv4.tcp_keepalive_probes=3

balance_haproxy() {
	exec haproxy -db -f "$root/conf/scale/haproxy.cfg"
}

balance_nginx() {
	cat >"$work/nginx.conf" <<-END
		daemon off;
		pid $work/nginx.pid;
		events { worker_connections 1024; }
		http {
			access_log off;
			include $work/site.conf;
		}
	END
	cp /etc/nginx/fastcgi_params "$work"
	sed "s|@datadir@/droid2api/nginx|$build/conf/nginx|" \
	    "$root/conf/scale/nginx.conf.in" >"$work/site.conf"
	exec nginx -e "$work/nginx.log" -c "$work/nginx.conf"
}

balance_apache() {
	local module
	for module in mpm_event authn_core authz_core setenvif proxy proxy_fcgi \
	    slotmem_shm proxy_balancer lbmethod_bybusyness; do
		echo "LoadModule ${module}_module" \
		    "/usr/lib/apache2/modules/mod_$module.so"
	done >"$work/apache.conf"
	cat >>"$work/apache.conf" <<-END
		ServerName localhost
		DefaultRuntimeDir $work
		PidFile $work/apache.pid
		ErrorLog $work/apache.log
		DocumentRoot $work
		Listen 80
		Include $root/conf/scale/apache.conf
	END
	exec apache2 -DFOREGROUND -f "$work/apache.conf"
}

# apache.conf has the third host for when no other is left.
serving() {
	if [ "$1" = apache ]; then echo 2; else echo 3; fi
}

[ $# -gt 0 ] || set -- haproxy nginx apache
for balancer in "$@"; do
	echo "$balancer:"
	on 0 ip link set to2 up
	ip netns exec $names-0 bash -c \
	    "$(declare -p root build work; declare -f); balance_$balancer" \
	    2>"$work/balancer.log" &
	balance=$!
	pids+=("$balance")
	on 0 node "$root/tests/scale.mjs" "$(serving "$balancer")" || {
		tail -n 5 "$work"/*.log >&2
		exit 1
	}
	kill $balance
	wait $balance || true
	unset 'pids[-1]'
done
