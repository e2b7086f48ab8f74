#!/bin/sh
# Measures the README's claims about speed: one table, with both sides of each row measured in turn in one run.
# `bench.sh --long` adds the thousand logins, an hour's soak and 10 GB of X traffic; see `bench.sh --help`.
set -eu
cd "$(dirname "$0")/.."
exec node bench/run.mjs bench/main.ts "$@"
