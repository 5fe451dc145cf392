# shellcheck shell=bash
# What start.sh and keep-tokend.sh share; sourced by both.

# Becomes a program that gets SIGTERM when its parent ends, even by kill -9 (where
# there is a setpriv that can).
end_with_parent() {	# COMMAND...
	! setpriv --pdeathsig TERM true 2>/dev/null ||
	    exec setpriv --pdeathsig TERM "$@"
	exec "$@"
}

# Whether tokend has said its state since start.sh began.
tokend_said() {
	[ ! "$DROID2API_STATE/token/status.json" -ot \
	    "$DROID2API_STATE/run/starting" ]
}
