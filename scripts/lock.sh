#!/bin/sh
# Locks every dependency with its hashes. Neither lock may carry a download address.
set -eu
cd "$(dirname "$0")/.."
for name in base dev node; do
  .venv/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
    --no-header "requirements/$name.in" -o "requirements/$name.txt"
done
PATH="$PWD/.venv/bin:$PATH" npm install --package-lock-only --ignore-scripts
