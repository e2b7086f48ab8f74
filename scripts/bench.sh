#!/bin/sh
# What the README claims about speed: one table, both sides of each row measured in turn in one run.
# `bench.sh --long` adds the thousand logins, an hour's soak and 10 GB of X traffic; `bench.sh --help` tells the rest.
set -eu
cd "$(dirname "$0")/.."
exec node bench/run.mjs bench/main.ts "$@"
