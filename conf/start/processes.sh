# shellcheck shell=bash
# What start.sh and keep-tokend.sh share; sourced by both.

# Becomes a program that gets SIGTERM when its parent ends, even by kill -9 (where
# there is a setpriv that can). Options of setpriv may come before it.
end_with_parent() {	# [OPTION...] COMMAND...
	! setpriv --pdeathsig TERM true 2>/dev/null ||
	    exec setpriv --pdeathsig TERM "$@"
	exec "$@"
}

# Whether tokend has said its state since it begins: each time in a new file.
status_now() {
	stat -c '%i %.Y' "$DROID2API_STATE/token/status.json" 2>/dev/null || true
}
status_before=''
tokend_begins() { status_before=$(status_now); }
tokend_said() { [ "$(status_now)" != "$status_before" ]; }
