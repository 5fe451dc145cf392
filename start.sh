#!/bin/bash
# start.sh [--build-only]
#
# Installs what is missing (Debian and Ubuntu, by apt-get), builds, and runs the
# gateway behind lighttpd in the foreground until Ctrl-C: the first one lets
# streams finish for up to five seconds, a second one ends at once.
#
#   PORT                 port to listen on (over `port` of the configuration)
#   DROID2API_CONFIG     ./config.json if there is one, else the shipped one
#   DROID2API_STATE      where state is kept (over `state_dir`)
#   DROID2API_BUILD      a build folder to use as it is; nothing is built then
#   DROID2API_LISTEN     addresses to listen on (over `listen`)
#   DROID2API_TOKEND=no  tokend runs elsewhere
#   FACTORY_API_KEY, DROID_REFRESH_KEY, DROID2API_CLIENT_KEYS, DROID2API_ACCESS,
#   DROID2API_LOCAL_PEERS, NO_COLOR
#
# These may also stand in a file .env beside the configuration.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
build=$(realpath -m "${DROID2API_BUILD:-$root/build}")
own_build=${DROID2API_BUILD:+no}
config='' run='' port='' refresh_key='' refresh_key_file=''
short_run='' lighttpd_pid='' tokend_pid='' timer_pid='' stops=0
declare -A environment=() dotenv=()

say() { printf 'start.sh: %s\n' "$*"; }
die() {
	printf 'start.sh: %s\n' "$*" >&2
	exit 1
}

# ---- what must be installed ----------------------------------------------------

# how to look for it, its name, the Debian package that has it
build_needs='command cc gcc
command make make
command autoreconf autoconf
command automake automake
command pkg-config pkg-config
library libcurl libcurl4-openssl-dev
library json-c libjson-c-dev
library zlib zlib1g-dev
library libcrypto libssl-dev
header fcgiapp.h libfcgi-dev'
run_needs='command lighttpd lighttpd
folder /etc/ssl/certs ca-certificates'

have() {	# KIND NAME
	case $1 in
	command) command -v "$2" >/dev/null ;;
	library) pkg-config --exists "$2" 2>/dev/null ;;
	header) echo "#include <$2>" | cc -E -x c - >/dev/null 2>&1 ;;
	folder) [ -n "$(ls -A "$2" 2>/dev/null)" ] ;;
	esac
}

missing_packages() {	# NEEDS
	local kind name package
	while read -r kind name package; do
		have "$kind" "$name" || echo "$package"
	done <<<"$1"
}

# Debian's lighttpd would start itself on port 80: policy-rc.d says no to that
# while it is installed.
install_packages() {	# PACKAGE...
	local as='' policy=/usr/sbin/policy-rc.d log
	if [ "$(id -u)" != 0 ]; then
		command -v sudo >/dev/null ||
		    die "missing packages: $* (install them as root)"
		as=sudo
	fi
	say "installing $*"
	log=$(mktemp)
	[ ! -e $policy ] || $as mv $policy $policy.droid2api
	printf '#!/bin/sh\nexit 101\n' | $as tee $policy >/dev/null
	$as chmod 755 $policy
	$as apt-get update >"$log" 2>&1 || true
	$as env DEBIAN_FRONTEND=noninteractive apt-get install -y \
	    --no-install-recommends "$@" >>"$log" 2>&1 || tail -n 5 "$log" >&2
	rm -f "$log"
	$as rm -f $policy
	[ ! -e $policy.droid2api ] || $as mv $policy.droid2api $policy
}

install_missing() {
	local needs=$run_needs packages
	[ -n "$own_build" ] || needs="$build_needs"$'\n'"$run_needs"
	PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
	mapfile -t packages < <(missing_packages "$needs")
	[ ${#packages[@]} -gt 0 ] || return 0
	command -v apt-get >/dev/null ||
	    die "missing (by their Debian names): ${packages[*]}"
	install_packages "${packages[@]}"
	mapfile -t packages < <(missing_packages "$needs")
	[ ${#packages[@]} = 0 ] || die "could not be installed: ${packages[*]}"
}

# ---- build ---------------------------------------------------------------------

build_programs() {
	local log=$build/start.log
	mkdir -p "$build" || die "cannot make $build"
	[ -e "$build/fcgi/droid2api.fcgi" ] || say "building in $build"
	(
		cd "$root"
		if [ ! -x configure ] || [ configure.ac -nt configure ]; then
			./autogen.sh
		fi
		cd "$build"
		[ -f Makefile ] || "$root/configure" -q
		make -s -j "$(nproc)"
	) >"$log" 2>&1 || {
		tail -n 15 "$log" >&2
		die "the build failed, see $log"
	}
}

# ---- .env, as docker compose reads it: nothing in it is executed ---------------

variable() {	# NAME: its value in the environment or, before it, in .env
	if [ -n "${environment[$1]+x}" ]; then
		printf %s "${environment[$1]}"
	else
		printf %s "${dotenv[$1]-}"
	fi
}

expand() {	# TEXT [ESCAPES]: $NAME, ${NAME}, ${NAME:-DEFAULT}, \n \" \\
	local rest=$1 out='' value
	# shellcheck disable=SC2016 # a pattern, not an expansion
	local reference='^\$(\{([A-Za-z_][A-Za-z0-9_]*)(:?-([^}]*))?\}|([A-Za-z_][A-Za-z0-9_]*))'
	while [ -n "$rest" ]; do
		if [[ $rest =~ $reference ]]; then
			value=$(variable "${BASH_REMATCH[2]}${BASH_REMATCH[5]}")
			out+=${value:-${BASH_REMATCH[4]}}
			rest=${rest:${#BASH_REMATCH[0]}}
		elif [ -n "${2-}" ] && [[ $rest == \\?* ]]; then
			case ${rest:1:1} in
			n) out+=$'\n' ;;
			r) out+=$'\r' ;;
			t) out+=$'\t' ;;
			[\\\"\$]) out+=${rest:1:1} ;;
			*) out+=${rest:0:2} ;;
			esac
			rest=${rest:2}
		else
			out+=${rest:0:1}
			rest=${rest:1}
		fi
	done
	printf %s "$out"
}

dotenv_value() {	# what stands after the equals sign
	local raw=$1 quoted='^"(([^"\\]|\\.)*)"'
	raw=${raw#"${raw%%[![:space:]]*}"}
	if [[ $raw =~ ^\'([^\']*)\' ]]; then
		printf %s "${BASH_REMATCH[1]}"
	elif [[ $raw =~ $quoted ]]; then
		expand "${BASH_REMATCH[1]}" escapes
	else
		[[ $raw != \#* ]] || raw=''
		raw=${raw%%[[:space:]]#*}
		expand "${raw%"${raw##*[![:space:]]}"}"
	fi
}

read_dotenv() {	# FILE
	local line name more open number=0
	local pattern='^[[:space:]]*(export[[:space:]]+)?([A-Za-z_][A-Za-z0-9_]*)[[:space:]]*[=:](.*)$'
	while IFS= read -r line || [ -n "$line" ]; do
		number=$((number + 1))
		line=${line%$'\r'}
		[[ $line =~ ^[[:space:]]*(#|$) ]] && continue
		[[ $line =~ $pattern ]] ||
		    die "$1:$number: not of the form NAME=VALUE"
		name=${BASH_REMATCH[2]} line=${BASH_REMATCH[3]}
		open="^[[:space:]]*('[^']*|\"([^\"\\\\]|\\\\.)*)\$"
		while [[ $line =~ $open ]] && IFS= read -r more; do
			number=$((number + 1))
			line+=$'\n'${more%$'\r'}
		done
		case $name in
		PATH | LD_* | BASH* | ENV | IFS | SHELLOPTS | PS4)
			die "$1:$number: $name cannot be set here" ;;
		esac
		dotenv[$name]=$(dotenv_value "$line"; printf x)
		dotenv[$name]=${dotenv[$name]%x}
	done <"$1"
}

# The real environment wins. The refresh token goes to tokend and nowhere else.
read_environment() {	# DOTENV_FILE
	local name
	for name in $(compgen -e); do
		environment[$name]=${!name}
	done
	[ ! -e "$1" ] || {
		[ -r "$1" ] || die "cannot read $1"
		read_dotenv "$1"
	}
	refresh_key=$(variable DROID_REFRESH_KEY)
	refresh_key_file=$(variable DROID_REFRESH_KEY_FILE)
	for name in "${!dotenv[@]}"; do
		[ -n "${environment[$name]+x}" ] ||
		    declare -gx "$name=${dotenv[$name]}"
	done
	unset DROID_REFRESH_KEY DROID_REFRESH_KEY_FILE
}

# ---- configuration, state, lighttpd ----------------------------------------------

find_configuration() {
	local beside
	if [ -n "${DROID2API_CONFIG:-}" ]; then
		config=$DROID2API_CONFIG
	elif [ -e config.json ]; then
		config=config.json
	else
		config=$root/conf/config.json
	fi
	[ -r "$config" ] || die "cannot read the configuration $config"
	config=$(realpath "$config")
	beside=$(dirname "$config")
	[ "$config" != "$root/conf/config.json" ] || beside=$PWD
	read_environment "$beside/.env"
	export DROID2API_CONFIG=$config
}

print_key() { "$build/fcgi/droid2api.fcgi" --config "$config" --print "$1"; }

check_configuration() {
	local said
	said=$("$build/fcgi/droid2api.fcgi" --config "$config" \
	    --check-config 2>&1) || die "${said:-$config cannot be used}"
	port=${PORT:-$(print_key port)}
	[[ $port =~ ^[1-9][0-9]{0,4}$ && $port -le 65535 ]] ||
	    die "PORT: $port is not a port number"
}

# $STATE/run is the responders' own; a path that lighttpd cannot take (over 107
# bytes for a socket, or odd characters) is replaced by a short one.
prepare_state() {
	local state=${DROID2API_STATE:-}
	[ -n "$state" ] || state=$(print_key state_dir)
	[ -n "$state" ] ||
	    state=${XDG_STATE_HOME:-${HOME:?}/.local/state}/droid2api
	(umask 077 && mkdir -p "$state/run" 2>/dev/null) ||
	    die "cannot make the state directory $state"
	state=$(realpath "$state")
	export DROID2API_STATE=$state
	run=$state/run
	chmod 700 "$run" || die "cannot use $run"
	if [ ${#run} -gt 80 ] || [[ $run =~ [^A-Za-z0-9._/+-] ]]; then
		run=$(mktemp -d "/tmp/droid2api-$(id -u).XXXXXX")
		short_run=$run
	fi
	(umask 077 && mkdir -p "$run/www" "$run/spool")
	ln -sfn "$build/fcgi/droid2api.fcgi" "$run/droid2api.fcgi"
}

# The addresses to listen on, one per line; IPv6 only where the machine has it.
listen_addresses() {
	local address
	for address in $(tr -d '[]"' <<<"${DROID2API_LISTEN:-$(print_key listen)}"); do
		[[ $address != *:* ]] || [ -s /proc/net/if_inet6 ] || continue
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
	fds=$(ulimit -Hn)
	[ "$fds" != unlimited ] && [ "$fds" -lt 16384 ] &&
	    [ "$(id -u)" != 0 ] || fds=16384
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
	(umask 077 && printf '%s\n' "$text" >"$run/lighttpd.conf")
}

# ---- running ---------------------------------------------------------------------

# Starts tokend and starts it again whenever it ends; one that ends at once is
# given growing pauses.
keep_tokend() {
	local child='' ended='' pause=0 started
	trap 'ended=1; [ -z "$child" ] || kill "$child" 2>/dev/null' TERM
	[ -z "$refresh_key" ] || export DROID_REFRESH_KEY=$refresh_key
	[ -z "$refresh_key_file" ] ||
	    export DROID_REFRESH_KEY_FILE=$refresh_key_file
	while [ -z "$ended" ]; do
		started=$SECONDS
		"$build/tokend/tokend" &
		child=$!
		while kill -0 "$child" 2>/dev/null; do
			wait "$child" 2>/dev/null || true
		done
		child=''
		[ -z "$ended" ] || break
		[ $((SECONDS - started)) -lt 5 ] || pause=0
		say 'tokend ended, starting it again' >&2
		sleep "$pause" &
		child=$!
		wait "$child" || true
		pause=$((pause ? (pause < 30 ? pause * 2 : 30) : 1))
	done
}

# Each in a process group of its own: Ctrl-C at a terminal is for start.sh alone,
# and lighttpd's group holds its responders, whatever became of lighttpd.
start_programs() {
	set -m
	if [ -x "$build/tokend/tokend" ] && [ "${DROID2API_TOKEND:-}" != no ]; then
		keep_tokend &
		tokend_pid=$!
	fi
	lighttpd -D -f "$run/lighttpd.conf" </dev/null &
	lighttpd_pid=$!
	set +m
}

children_of() {	# PID
	cat "/proc/$1/task/$1/children" 2>/dev/null || true
}

fetch() {	# ADDRESS PATH: the whole answer
	(
		exec 3<>"/dev/tcp/$1/$port"
		printf 'GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n' "$2" >&3
		cat <&3
	) 2>/dev/null || true
}

wait_until_ready() {	# ADDRESS
	local i
	for ((i = 0; i < 1200; i++)); do
		kill -0 "$lighttpd_pid" 2>/dev/null ||
		    die "lighttpd could not start with $run/lighttpd.conf"
		[[ $(fetch "$1" /health) != HTTP/1.?\ 200* ]] || return 0
		[ "$stops" = 0 ] || return 0
		sleep 0.05
	done
	die "no answer from http://$(bracketed "$1"):$port/health"
}

masked() {	# SECRET
	local show=''
	[ ${#1} -lt 12 ] || show=${1:0:4}
	printf '%s...(%d)' "$show" ${#1}
}

credential() {
	local key keys shown=''
	IFS=, read -ra keys <<<"${FACTORY_API_KEY:-}"
	for key in "${keys[@]}"; do
		key=${key//[[:space:]]/}
		[ -z "$key" ] || shown+=" $(masked "$key")"
	done
	if [ -n "$shown" ]; then
		echo "FACTORY_API_KEY$shown"
	elif [ -n "${FACTORY_API_KEY_FILE:-}" ]; then
		echo "the keys in $FACTORY_API_KEY_FILE"
	elif [ -n "$refresh_key" ]; then
		echo "the login of DROID_REFRESH_KEY $(masked "$refresh_key")"
	elif [ -n "$refresh_key_file" ]; then
		echo "the login of $refresh_key_file"
	elif [ -n "$(ls -A "$DROID2API_STATE/login" 2>/dev/null)" ] ||
	    [ -e "${HOME:-}/.factory/auth.json" ] ||
	    [ -e "${HOME:-}/.factory/auth.v2.file" ]; then
		echo 'the stored login, by tokend'
	else
		echo "each client's own Authorization or x-api-key"
	fi
}

announce() {	# ADDRESS...
	local bold='' plain='' address models
	if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
		bold=$'\e[1m' plain=$'\e[0m'
	fi
	models=$(print_key models | paste -sd' ')
	echo "configuration: $config"
	echo "state: $DROID2API_STATE (tokend and the responders run as one user)"
	echo "credential: $(credential)"
	echo "models: ${models:-none}"
	for address in "$@"; do
		echo "${bold}droid2api listens on http://$(bracketed "$address"):$port$plain"
	done
}

# First signal: no new requests, streams may finish; after 2.5 seconds responders
# are told to end theirs with an error event. Second signal: now.
stop() {
	stops=$((stops + 1))
	[ -n "$lighttpd_pid" ] || exit 0
	[ "$stops" = 1 ] || exit 0
	kill -INT "$lighttpd_pid" 2>/dev/null || true
	(
		trap - INT TERM HUP EXIT
		sleep 2.5
		# shellcheck disable=SC2046 # a list of process ids
		kill -TERM $(children_of "$lighttpd_pid") 2>/dev/null || true
		sleep 1
		kill -TERM "$lighttpd_pid" 2>/dev/null || true
	) &
	timer_pid=$!
}

# Whether a process group has a member that is no zombie.
group_runs() {	# PGID
	local stat fields
	for stat in /proc/[0-9]*/stat; do
		{ read -r stat <"$stat"; } 2>/dev/null || continue
		read -ra fields <<<"${stat##*) }"
		[ "${fields[2]}" != "$1" ] || [ "${fields[0]}" = Z ] || return 0
	done
	return 1
}

cleanup() {
	local status=$? pid i
	trap '' INT TERM HUP
	[ -z "$timer_pid" ] || kill "$timer_pid" 2>/dev/null || true
	for pid in $lighttpd_pid $tokend_pid; do
		kill -TERM -- "-$pid" 2>/dev/null || true
		for ((i = 0; i < 20; i++)); do
			group_runs "$pid" || break
			sleep 0.05
		done
		kill -KILL -- "-$pid" 2>/dev/null || true
	done
	[ -z "$short_run" ] || rm -rf "$short_run"
	exit "$status"
}

wait_for_lighttpd() {
	local status=0
	while kill -0 "$lighttpd_pid" 2>/dev/null; do
		status=0
		wait "$lighttpd_pid" 2>/dev/null || status=$?
	done
	[ "$stops" != 0 ] || die "lighttpd ended with status $status"
}

main() {
	local addresses
	case ${1-} in
	'' | --build-only) ;;
	-h | --help) exec sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0" ;;
	*) die "unknown option $1 (only --build-only)" ;;
	esac
	install_missing
	[ -n "$own_build" ] || build_programs
	[ "${1-}" != --build-only ] || exit 0

	find_configuration
	check_configuration
	prepare_state
	mapfile -t addresses < <(listen_addresses)
	[ ${#addresses[@]} -gt 0 ] || die "$config: listen: no usable address"
	refuse_used_port "${addresses[@]}"
	write_lighttpd "${addresses[@]}"

	trap cleanup EXIT
	trap stop INT TERM HUP
	start_programs
	wait_until_ready "${addresses[0]}"
	[ "$stops" != 0 ] || announce "${addresses[@]}"
	wait_for_lighttpd
}

main "$@"
