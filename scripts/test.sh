#!/bin/sh
# Lint, types, then the tests: quickest first. The exit code is 0 only if everything passed; the last line has the totals.
# `test.sh STAGE...` runs only those of: lint types unit cluster ui packages. The last needs apt's sources; alone, it tests
# everything on both releases of Debian, which would take too long together with the others.
set -u
cd "$(dirname "$0")/.."
reports=$(mktemp -d)
trap 'rm -rf "$reports"' EXIT
trap 'exit 1' INT TERM HUP

# Runs one check that counts as one test.
check() {
  name=$1
  shift
  echo "== $name"
  if "$@"; then outcome=passed; else outcome=failed; fi
  echo "{\"check\": \"$outcome\"}" >"$reports/$name.json"
}

# Runs one vitest configuration; a run that fails without a failed test counts as one failure.
suite() {
  name=$1
  config=$2
  [ -e "$config" ] || return 0
  echo "== $name"
  LDM_TEST_RETRIES=$reports/$name.retried npx --no-install vitest run --config "$config" --passWithNoTests \
    --reporter=default --reporter=json --outputFile.json="$reports/$name.json" --reporter=./scripts/retries-reporter.mjs
  echo "$?" >"$reports/$name.code"
}

[ "$*" != packages ] || export LDM_TEST_THOROUGH=1
for stage in ${*:-lint types unit cluster ui packages}; do
  case $stage in
    lint)
      check lint npx --no-install biome check .
      check phrases node scripts/check-phrases.mjs
      check spelling npx --no-install cspell lint --quiet
      ;;
    types) check types npx --no-install tsc --noEmit ;;
    unit) suite unit vitest.config.ts ;;
    cluster) suite cluster vitest.cluster.config.ts ;;
    ui) suite ui vitest.ui.config.ts ;;
    packages) suite packages vitest.packages.config.ts ;;
    *)
      echo "test.sh: no such stage: $stage" >&2
      exit 64
      ;;
  esac
done

node - "$reports" <<'SUM'
const { existsSync, readdirSync, readFileSync } = require('node:fs');
const folder = process.argv[2];
const read = (file) => (existsSync(`${folder}/${file}`) ? readFileSync(`${folder}/${file}`, 'utf8') : '');
const names = new Set(readdirSync(folder).map((file) => file.replace(/\.\w+$/, '')));
const sum = { passed: 0, failed: 0, skipped: 0 };
for (const name of names) {
  const report = JSON.parse(read(`${name}.json`) || '{}');
  if (report.check) {
    sum[report.check] += 1;
    if (report.check === 'failed') console.log(`FAILED ${name}`);
    continue;
  }
  // A test that needed a second try passes, but is worth a look.
  for (const test of read(`${name}.retried`).split('\n').filter(Boolean)) console.log(`RETRIED ${name}: ${test}`);
  const failed = report.numFailedTests ?? 0;
  // The names once more at the end: of a long log, often nothing but the end is kept.
  for (const file of report.testResults ?? []) {
    if (file.status === 'failed') console.log(`FAILED ${name}: ${file.name}`);
    for (const test of file.assertionResults) {
      if (test.status === 'failed') console.log(`  ${test.fullName}\n    ${test.failureMessages.map((said) => said.slice(0, 600)).join('\n    and again: ')}`);
    }
  }
  sum.passed += report.numPassedTests ?? 0;
  sum.failed += failed === 0 && read(`${name}.code`).trim() !== '0' ? 1 : failed;
  sum.skipped += (report.numPendingTests ?? 0) + (report.numTodoTests ?? 0);
}
console.log(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`);
process.exit(sum.failed === 0 ? 0 : 1);
SUM
