# What the examples share: where everything is, the gateway, and an orderly end. Sourced by each `run`.
#
# All of these may be set in the environment:
#   POLICY   the policy's folder                               policies/antara
#   ORIGIN   where the site itself listens, HOST:PORT          127.0.0.1:8000
#   LISTEN   where clients come in, HOST:PORT or [HOST]:PORT   127.0.0.1:8088
#   FRONT    where Izin serves its own pages, HOST:PORT        127.0.0.1:8080
#   ADMIN    where /health, /ready and /metrics are            127.0.0.1:8081
#   CHECK    where the proxy asks, on loopback, HOST:PORT      127.0.0.1:8083
#   FOLDER   for the journal, sockets, logs and settings       a new one in /tmp
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
POLICY=$(cd "${POLICY:-$here/policies/antara}" && pwd)
ORIGIN=${ORIGIN:-127.0.0.1:8000}
LISTEN=${LISTEN:-127.0.0.1:8088}
FRONT=${FRONT:-127.0.0.1:8080}
ADMIN=${ADMIN:-127.0.0.1:8081}
CHECK=${CHECK:-127.0.0.1:8083}
FOLDER=${FOLDER:-$(mktemp -d)}
PATH=$here/.venv/bin:$PATH:/usr/sbin
mkdir -p "$FOLDER"
pids=()

# Whoever stops the example stops all of it, the proxy first, so that nobody is told that Izin is down.
finish() {
    trap - EXIT INT TERM
    for ((at = ${#pids[@]} - 1; at >= 0; at--)); do
        kill "${pids[at]}" 2>/dev/null || true
        wait "${pids[at]}" 2>/dev/null || true
    done
}
trap finish EXIT
trap 'exit 0' INT TERM

# start PROGRAM ARGUMENT…: in the background, stopped at the end.
start() {
    "$@" &
    pids+=($!)
}

# placed FILE…: each file into $FOLDER, its defaults replaced by what is set here.
placed() {
    for file; do
        sed -e "s|/run/izin/check.sock|$FOLDER/check.sock|g" \
            -e "s|/var/lib/izin|$FOLDER|g" -e "s|/var/log/izin|$FOLDER|g" -e "s|/etc/izin|$FOLDER|g" \
            -e "s|127\.0\.0\.1:8000|$ORIGIN|g" -e "s|127\.0\.0\.1:8080|$FRONT|g" \
            -e "s|127\.0\.0\.1:8083|$CHECK|g" -e "s|127\.0\.0\.1:8088|$LISTEN|g" \
            "$file" >"$FOLDER/$(basename "$file")"
    done
}

# gateway FLAG…: Izin itself, and wait until it is ready.
gateway() {
    start izin serve "$POLICY" --origin "http://$ORIGIN" --listen "$FRONT" --admin "$ADMIN" \
        --journal "$FOLDER/journal" --trusted-proxies 127.0.0.1 "$@"
    for _ in $(seq 600); do
        (exec 3<>"/dev/tcp/${ADMIN%:*}/${ADMIN##*:}") 2>/dev/null && return
        kill -0 "${pids[-1]}" 2>/dev/null || exit 1
        sleep 0.1
    done
    echo "The gateway did not start; see above." >&2
    exit 1
}

# served: say where, and wait until the proxy ends; should Izin end before it, the proxy serves people without.
served() {
    echo "Serving http://$LISTEN, journal in $FOLDER/journal; stop with Ctrl-C."
    wait "${pids[-1]}" || true
}
