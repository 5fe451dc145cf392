# shellcheck shell=bash disable=SC2034,SC2154 # variables of start.sh
# Runs tokend and lighttpd, says so, and ends them. Sourced by start.sh.

short_run='' lighttpd_pid='' tokend_pid='' timer_pid='' stops=0

# A pause without a process: bash loses sight of one that it starts while others
# end, and says so ("No record of process").
exec {never}<> <(:)
pause() { read -rt "$1" -u "$never" || true; }	# SECONDS

runs_tokend() { [ -x "$build/tokend/tokend" ] && [ "${DROID2API_TOKEND:-}" != no ]; }

# Each in a process group of its own: Ctrl-C at a terminal is for start.sh alone,
# and lighttpd's group holds its responders, whatever became of lighttpd.
start_tokend() {
	tokend_begins
	[ -z "$refresh_key_file" ] ||
	    export DROID_REFRESH_KEY_FILE=$refresh_key_file
	set -m
	end_with_parent "${tokend_is[@]}" "$root/conf/start/keep-tokend.sh" \
	    "$build/tokend/tokend" <<<"$refresh_key" &
	tokend_pid=$!
	set +m
	unset DROID_REFRESH_KEY_FILE
}

# Until it has said its state, so that responders find its token, or that one is
# on its way.
wait_for_tokend() {
	local i
	for ((i = 0; i < 200; i++)); do
		! tokend_said || return 0
		kill -0 "$tokend_pid" 2>/dev/null || die 'tokend could not start'
		[ "$stops" = 0 ] || return 0
		pause 0.05
	done
}

start_lighttpd() {
	set -m
	end_with_parent "${gateway_is[@]}" lighttpd -D -f "$run/lighttpd.conf" </dev/null &
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
	local i answer
	for ((i = 0; i < 1200; i++)); do
		kill -0 "$lighttpd_pid" 2>/dev/null || [ "$stops" != 0 ] ||
		    die "lighttpd could not start with $run/lighttpd.conf"
		answer=$(fetch "$1" /health)
		[[ $answer != HTTP/1.?\ 200* ]] || return 0
		[[ $answer != *'"login lost"'* ]] || {
			say 'the login is lost: there are no answers by it' \
			    "before another one is there: ${answer##*$'\n'}"
			return 0
		}
		[ "$stops" = 0 ] || return 0
		pause 0.05
	done
	die "no answer from http://$(bracketed "$1"):$port/health"
}

masked() {	# SECRET
	local show=''
	[ ${#1} -lt 12 ] || show=${1:0:4}
	printf '%s...(%d)' "$show" ${#1}
}

# The login as tokend sees it: its first account's source; nothing without one.
login_source() {
	if runs_tokend; then
		("$build/tokend/tokend" --status 2>/dev/null || true) |
		    sed -n '/^  source  *none/d; s/^  source  *//p' | sed -n 1p
	elif grep -qs '"access_token"' "$DROID2API_STATE/token/token.json"; then
		echo 'a tokend that runs elsewhere'
	fi
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
	elif runs_tokend && [ -n "$refresh_key" ]; then
		echo "the login of DROID_REFRESH_KEY $(masked "$refresh_key")"
	elif runs_tokend && [ -n "$refresh_key_file" ]; then
		echo "the login of $refresh_key_file"
	elif shown=$(login_source) && [ -n "$shown" ]; then
		echo "the login of $shown"
	else
		echo "each client's own Authorization or x-api-key"
	fi
}

# The first of the settings that the page has ("Connect"); the others are there.
connect() {	# ADDRESS
	local address=$1 key=any model
	case $address in 0.0.0.0 | ::) address=localhost ;; esac
	address=http://$(bracketed "$address"):$port$(print_key base_path)
	[ "$(print_key access)" != keys ] || key=YOUR_KEY
	model=$(print_key models | grep -v '\*' | sed -n 1p || true)
	echo "Claude Code: ANTHROPIC_BASE_URL=$address ANTHROPIC_AUTH_TOKEN=$key claude${model:+ --model $model}"
	echo "other programs, usage: $address/ in a browser"
}

announce() {	# ADDRESS...
	local bold='' plain='' address models
	if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
		bold=$'\e[1m' plain=$'\e[0m'
	fi
	models=$(print_key models | paste -sd' ')
	echo "configuration: $config"
	echo "state: $DROID2API_STATE$(users_said)"
	echo "credential: $(credential)"
	echo "models: ${models:-none}"
	[ "$(print_key access)" != loopback ] ||
	    echo 'access: this machine only; set client_keys before a proxy or tunnel is put in front'
	for address in "$@"; do
		echo "${bold}droid2api listens on http://$(bracketed "$address"):$port$plain"
	done
	connect "$1"
}

# First signal: no new requests, streams may finish; after 2.5 seconds responders
# are told to end theirs with an error event, and given time for it on a slow
# machine; lighttpd, which would cut them, waits for longer. Second signal: now.
stop() {
	local i responders
	stops=$((stops + 1))
	[ -n "$lighttpd_pid" ] || exit 0
	[ "$stops" = 1 ] || exit 0
	kill -INT "$lighttpd_pid" 2>/dev/null || true
	(
		trap - INT TERM HUP EXIT
		pause 2.5
		for ((i = 0; i < 20; i++)); do
			responders=$(children_of "$lighttpd_pid")
			[ -n "$responders" ] || break
			# shellcheck disable=SC2086 # process ids
			kill -TERM $responders 2>/dev/null || true
			pause 0.2
		done
		pause 1
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
			pause 0.05
		done
		kill -KILL -- "-$pid" 2>/dev/null || true
	done
	[ -z "$short_run" ] || as_gateway rm -rf "$short_run"
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

