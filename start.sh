#!/bin/bash
# start.sh [--build-only]
#
# Installs what is missing (Debian and Ubuntu, by apt-get), builds, and runs the
# gateway behind lighttpd in the foreground until Ctrl-C: the first one lets
# streams finish for 2.5 seconds and ends the others with an error event, a second
# one ends all at once.
#
#   PORT                 port to listen on (over `port` of the configuration)
#   DROID2API_CONFIG     ./config.json if there is one, else the shipped one
#   DROID2API_STATE      where state is kept (over `state_dir`)
#   DROID2API_BUILD      a build folder to use as it is; nothing is built then
#   DROID2API_LISTEN     addresses to listen on (over `listen`)
#   DROID2API_TOKEND=no  tokend runs elsewhere
#   DROID2API_SEPARATE=no  one user for all: root's gateway and tokend run as
#                        two, made once, where nothing is in the way
#   FACTORY_API_KEY, DROID_REFRESH_KEY (or ..._FILE, a file that has it),
#   DROID2API_CLIENT_KEYS, DROID2API_ACCESS, DROID2API_LOCAL_PEERS,
#   DROID2API_GUARD, NO_COLOR
#
# All but the configuration and the build folder may also stand in a file .env
# beside the configuration, with the shipped one in the working directory. What does
# the work is in conf/start.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
build=$(realpath -m "${DROID2API_BUILD:-$root/build}")
own_build=${DROID2API_BUILD:+no}
config='' run='' port='' refresh_key='' refresh_key_file=''

say() { printf 'start.sh: %s\n' "$*"; }
die() {
	printf 'start.sh: %s\n' "$*" >&2
	exit 1
}

# shellcheck source=conf/start/packages.sh
. "$root/conf/start/packages.sh"
# shellcheck source=conf/start/dotenv.sh
. "$root/conf/start/dotenv.sh"
# shellcheck source=conf/start/lighttpd.sh
. "$root/conf/start/lighttpd.sh"
# shellcheck source=conf/start/users.sh
. "$root/conf/start/users.sh"
# shellcheck source=conf/start/processes.sh
. "$root/conf/start/processes.sh"
# shellcheck source=conf/start/run.sh
. "$root/conf/start/run.sh"

# ---- once: what is missing, and the programs -------------------------------------

install_needed() {
	local needs=$run_needs wants=''
	[ -n "$own_build" ] || needs="$build_needs"$'\n'"$run_needs"
	if command -v apt-get >/dev/null && [ -z "$own_build" ] &&
	    { [ "$(id -u)" = 0 ] || [ -n "$(missing_packages "$needs")" ]; }
	then
		wants=$build_wants
	fi
	install_missing "$needs" "$wants"
}

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
		# Without the folder's own name, which may have spaces, or change.
		[ -f Makefile ] ||
		    "$(realpath --relative-to=. "$root")/configure" -q
		make -s -j "$(nproc)"
	) >"$log" 2>&1 || {
		tail -n 15 "$log" >&2
		die "the build failed, see $log"
	}
}

# ---- each time: configuration and state ------------------------------------------

print_key() { "$build/fcgi/droid2api.fcgi" --config "$config" --print "$1"; }

# The configuration and the .env beside it. The programs know which variables they
# read; the others are this script's own and tokend's.
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
	export DROID2API_CONFIG=$config
	beside=$(dirname "$config")
	[ "$config" != "$root/conf/config.json" ] || beside=$PWD
	# shellcheck disable=SC2046 # names
	read_environment "$beside/.env" $(print_key environment) \
	    DROID_REFRESH_KEY DROID_REFRESH_KEY_FILE DROID2API_LISTEN \
	    DROID2API_TOKEND DROID2API_SEPARATE NO_COLOR
}

check_configuration() {
	local said
	said=$("$build/fcgi/droid2api.fcgi" --config "$config" \
	    --check-config 2>&1) || die "${said:-$config cannot be used}"
	port=${PORT:-$(print_key port)}
	[[ $port =~ ^[1-9][0-9]{0,4}$ && $port -le 65535 ]] ||
	    die "PORT: $port is not a port number"
}

# $STATE/run is the responders' own, checked by their program before anything is
# written there; a path that lighttpd cannot take (over 107 bytes for a socket, or
# odd characters) is replaced by a short one.
prepare_state() {
	local said
	said=$("$build/fcgi/droid2api.fcgi" --config "$config" \
	    --prepare-state \
	    ${gateway_is[0]+--user "$gateway_user"} 2>&1) || die "${said#droid2api.fcgi: }"
	export DROID2API_STATE=$said
	run=$DROID2API_STATE/run
	if [ ${#run} -gt 80 ] || [[ $run =~ [^A-Za-z0-9._/+-] ]]; then
		run=$(as_gateway mktemp -d "/tmp/droid2api-$(id -u).XXXXXX")
		short_run=$run
	fi
	(umask 077 && as_gateway mkdir -p "$run/www" "$run/spool")
	as_gateway ln -sfn "$build/fcgi/droid2api.fcgi" "$run/droid2api.fcgi"
}

main() {
	local addresses
	case ${1-} in
	'' | --build-only) ;;
	-h | --help) exec sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0" ;;
	*) die "unknown option $1 (only --build-only)" ;;
	esac
	install_needed
	[ -n "$own_build" ] || build_programs
	[ "${1-}" != --build-only ] || exit 0

	find_configuration
	check_configuration
	mapfile -t addresses < <(listen_addresses \
	    "${DROID2API_LISTEN:-$(print_key listen)}")
	[ ${#addresses[@]} -gt 0 ] ||
	    die "$config: listen: this machine has none of these addresses"
	refuse_used_port "${addresses[@]}"
	separate_users
	prepare_state

	trap cleanup EXIT
	trap stop INT TERM HUP
	if runs_tokend; then
		start_tokend
		wait_for_tokend
	fi
	write_lighttpd "${addresses[@]}"
	start_lighttpd
	wait_until_ready "${addresses[0]}"
	# Beside us: bash 5.2 cannot parse a trap between two $( ) of one command.
	[ "$stops" != 0 ] || announce "${addresses[@]}" &
	wait_for_lighttpd
}

main "$@"
