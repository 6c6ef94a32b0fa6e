#!/usr/bin/env bash
# Rebuilds the six voters: build.sh [WORK]. Needs node_modules and Debian's python3-torch; two trainings run at a time.
set -euo pipefail
voters="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
work="${1:-$(mktemp -d)}"
python="${PYTHON:-/usr/bin/python3}"
# OpenBLAS would otherwise start a thread a core for matrices this small, and be slower for it.
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
mkdir -p "$work"
cd "$voters/../.."
npx esbuild inference/voters/build.ts --bundle --platform=node --format=esm --log-level=warning --outfile="$work/build.mjs"
node "$work/build.mjs" prepare "$voters" "$work"
node "$work/build.mjs" seeds | xargs -P 2 -L 1 "$python" "$voters/train.py" "$work"
node "$work/build.mjs" finish "$voters" "$work"
