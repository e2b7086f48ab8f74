// Mutation tests: `npm run test:mutation`. `npm run test:mutation -- src/servers/balancing/choose.ts` mutates this file or
// folder alone; with test/unit/servers/choose.test.ts after it, only these tests are run.
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { startVitest } from 'vitest/node';
import { effects, isMutated, texts } from './scope.mjs';

/** Percentage of the mutants of each folder that the unit tests must detect. */
const requiredPercent = 85;

const here = import.meta.dirname;
process.chdir(join(here, '../..'));
for (const path of effects) if (!existsSync(path)) throw new Error(`test/mutation/scope.mjs: ${path} does not exist`);

/** StrykerJS has its own packages, because no other command needs them. */
const installed = 'node_modules/.cache/mutation';
const version = (lock) =>
  existsSync(lock) &&
  JSON.parse(readFileSync(lock, 'utf8')).packages['node_modules/@stryker-mutator/instrumenter'].version;
if (version(join(installed, 'node_modules/.package-lock.json')) !== version(join(here, 'package-lock.json'))) {
  mkdirSync(installed, { recursive: true });
  for (const name of ['package.json', 'package-lock.json']) copyFileSync(join(here, name), join(installed, name));
  execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: installed, stdio: 'inherit' });
}
const entry = resolve(installed, 'node_modules/@stryker-mutator/instrumenter/dist/src/index.js');
const { Instrumenter } = await import(entry);

const filesIn = (path) =>
  statSync(path).isFile() ? [path] : readdirSync(path, { recursive: true }).map((name) => join(path, name));
const args = process.argv.slice(2);
const namedTests = args.filter((arg) => arg.startsWith('test/'));
const namedSources = args.filter((arg) => !namedTests.includes(arg));
const sources = (namedSources.length > 0 ? namedSources : ['src']).flatMap(filesIn).filter(isMutated).sort();
if (sources.length === 0)
  throw new Error(`nothing to mutate in ${namedSources.join(' ')} (see test/mutation/scope.mjs)`);

const folder = mkdtempSync(join(tmpdir(), 'ldm-mutation-'));
process.env.LDM_MUTATION_DIR = folder;
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

const quiet = { debug() {}, info() {}, isDebugEnabled: () => false };
const { files, mutants } = await new Instrumenter(quiet).instrument(
  sources.map((name) => ({ name, mutate: true, content: readFileSync(name, 'utf8') })),
  { plugins: null, excludedMutations: [], ignorers: [texts] },
);
for (const { name, content } of files) {
  const file = join(folder, 'files', name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

/** What the test processes have written so far. Each line is an event, and IDs of mutants or a name of a test. */
function readJournal() {
  const seen = {
    killed: new Set(),
    hung: new Set(),
    covered: new Set(),
    static: new Set(),
    done: new Set(),
    red: new Set(),
  };
  /** The mutant that each process tries at the moment. */
  const trying = new Map();
  const journal = join(folder, 'journal');
  for (const line of existsSync(journal) ? readFileSync(journal, 'utf8').split('\n') : []) {
    const [event, ...ids] = line.split(' ');
    if (event === 'try') trying.set(ids[0], ids[1]);
    else if (event === 'tried') trying.delete(ids[0]);
    else for (const id of ids) seen[event]?.add(id);
  }
  return { ...seen, trying };
}

// A process whose mutant never returns ends itself. Its test file then starts again without that mutant.
let left = namedTests;
for (let round = 0; round < 10; round++) {
  const related =
    namedSources.length > 0 && namedTests.length === 0 ? sources.map((name) => join(process.cwd(), name)) : undefined;
  const vitest = await startVitest('test', left, {
    config: join(here, 'vitest.config.ts'),
    watch: false,
    reporters: process.env.CI ? 'dot' : 'default',
    ...(related && { related }),
  });
  const wanted = vitest.state.getPaths().map((path) => relative(process.cwd(), path));
  await vitest.close();
  const { done, trying } = readJournal();
  left = wanted.filter((path) => !done.has(path));
  if (left.length === 0) break;
  for (const [pid, mutant] of trying) appendFileSync(join(folder, 'journal'), `tried ${pid}\nhung ${mutant}\n`);
}

const { killed, hung, covered, red, ...seen } = readJournal();
const sums = new Map();
for (const { id, fileName, location, mutatorName, replacement, status } of mutants) {
  // A mutant in code that runs only while a file is loaded cannot be switched on by a test.
  if (status === 'Ignored' || (seen.static.has(id) && !covered.has(id))) continue;
  const sourceFolder = fileName.split('/').slice(0, 2).join('/');
  const sum = sums.get(sourceFolder) ?? { detected: 0, all: 0 };
  const isDetected = killed.has(id) || hung.has(id);
  sums.set(sourceFolder, { detected: sum.detected + (isDetected ? 1 : 0), all: sum.all + 1 });
  if (isDetected) continue;
  const place = `${fileName}:${location.start.line + 1}:${location.start.column + 1}`;
  const change = replacement.replace(/\s+/g, ' ').slice(0, 100);
  console.log(`${place} ${covered.has(id) ? 'survived' : 'not covered'}, ${mutatorName}: ${change}`);
}
for (const test of red) console.log(`Fails without a mutant, so it detects none: ${decodeURI(test)}`);
for (const test of left) console.log(`Did not end: ${test}`);
process.exitCode = 0;
for (const [sourceFolder, { detected, all }] of [...sums].sort()) {
  const percent = (100 * detected) / all;
  console.log(
    `${sourceFolder}: ${detected} of ${all} mutants detected, ${percent.toFixed(1)} % (required: ${requiredPercent} %)`,
  );
  if (percent < requiredPercent) process.exitCode = 1;
}
