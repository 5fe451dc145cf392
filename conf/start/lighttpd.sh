# shellcheck shell=bash disable=SC2034,SC2154 # variables of start.sh
# Where to listen, and lighttpd's configuration. Sourced by start.sh, which sets
# root, config, port and run.

ipv6_addresses=/proc/net/if_inet6	# "000...01 01 80 10 80 lo"; empty without

# Whether the machine has IPv6, and ::1 if that is asked for.
has_ipv6() {	# ADDRESS
	local pattern=.
	[ "$1" != ::1 ] || pattern='^0{31}1 '
	grep -qE "$pattern" "$ipv6_addresses" 2>/dev/null
}

# The addresses to listen on, one per line; IPv6 only where the machine has it.
listen_addresses() {	# LIST
	local address
	for address in $(tr -d '[]"' <<<"${1//,/ }"); do
		[[ $address != *:* ]] || has_ipv6 "$address" || continue
		echo "$address"
	done
}

bracketed() { [[ $1 == *:* ]] && echo "[$1]" || echo "$1"; }

refuse_used_port() {	# ADDRESS...
	local address
	for address in "$@"; do
		case $address in
		0.0.0.0) address=127.0.0.1 ;;
		::) address=::1 ;;
		esac
		! (exec 3<>"/dev/tcp/$address/$port") 2>/dev/null ||
		    die "port $port on $address is in use; choose another: PORT=8080 ./start.sh"
	done
}

write_lighttpd() {	# ADDRESS...
	local sockets='' address fds body text
	# Root may have more, if it is not just root of a container.
	ulimit -Hn 16384 2>/dev/null || true
	fds=$(ulimit -Hn)
	[ "$fds" != unlimited ] && [ "$fds" -lt 16384 ] || fds=16384
	ulimit -Sn "$(ulimit -Hn)"
	body=$(($(print_key body_max_mb) * 2048 + 65536))
	for address in "${@:2}"; do
		sockets+="\$SERVER[\"socket\"] == \"$(bracketed "$address"):$port\" { }"$'\n'
	done
	text=$(<"$root/conf/lighttpd/standalone.conf.in")
	text=${text//@PORT@/$port}
	text=${text//@BIND@/$(bracketed "$1")}
	text=${text//@SOCKETS@/$sockets}
	text=${text//@RUN@/$run}
	text=${text//@ERRORS@/$root/conf/lighttpd/errors}
	text=${text//@BODY_KIB@/$body}
	text=${text//@FDS@/$fds}
	text=${text//@CONNECTIONS@/$((fds / 2 - 64))}
	text=${text//@PROCESSES@/$(print_key processes)}
	# shellcheck disable=SC2016 # for the shell in there
	printf '%s\n' "$text" | as_gateway sh -c 'umask 077 && cat >"$1"' sh \
	    "$run/lighttpd.conf"
}
