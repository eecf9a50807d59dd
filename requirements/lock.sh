#!/usr/bin/env bash
# Resolve requirements/env.in afresh and pin the result in requirements/env.txt.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --upgrade pip
"$work/venv/bin/python" -m pip install --quiet -r requirements/env.in
{
    echo "# Pinned by requirements/lock.sh from requirements/env.in; do not edit by hand."
    "$work/venv/bin/python" -m pip freeze | sed "s/+cpu$//"
} >requirements/env.txt
