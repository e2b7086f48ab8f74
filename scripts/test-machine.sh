#!/bin/sh
# Tests a client in QEMU with two servers, from power-on to the desktop and back, as root. `--short` ends at the first login
# screen after a session, `--devices` goes on with sound, printer and stick; the whole run rewrites docs/machine-report.md.
set -eu
cd "$(dirname "$0")/.."
case ${1-} in
  '') ;;
  --short) export LDM_TEST_MACHINE=short ;;
  --devices) export LDM_TEST_MACHINE=devices ;;
  *)
    echo 'usage: test-machine.sh [--short | --devices]' >&2
    exit 64
    ;;
esac
LDM_TEST_REQUIRE=1 exec npx --no-install vitest run --config vitest.machine.config.ts --reporter=verbose
