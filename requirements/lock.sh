#!/usr/bin/env bash
# Resolve requirements/env.in and requirements/dev.in and pin the result in requirements/env.txt.
# The CPU build of torch is taken where it can be reached; the libraries of CUDA are never pinned, since TORCH=cpu must
# not install them.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
PYTHON_IN_VENV=$work/venv/bin/python
# shellcheck source=requirements/torch_build.sh
source requirements/torch_build.sh

"${PYTHON:-python3}" -m venv "$work/venv"
"$PYTHON_IN_VENV" -m pip install --quiet --upgrade pip
torch_version=$(sed -n 's/^torch==//p' requirements/env.in)
if [ "$(uname -s)" = Linux ] && cpu_build_available "$torch_version"; then
    "$PYTHON_IN_VENV" -m pip install --quiet --no-deps --index-url "$TORCH_CPU_INDEX" "torch==$torch_version+cpu"
fi
"$PYTHON_IN_VENV" -m pip install --quiet -r requirements/env.in -r requirements/dev.in
{
    echo "# Pinned by requirements/lock.sh from requirements/env.in and requirements/dev.in; do not edit by hand."
    "$PYTHON_IN_VENV" -m pip freeze | sed 's/+cpu$//' | grep -viE '^(nvidia|cuda|triton)[-_a-z0-9]*=='
} >requirements/env.txt
