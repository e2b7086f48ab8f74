// Checks the prose of the project against the writing guide in CONTRIBUTING.md: comments, strings, documents, manual
// pages and test names.
//   node scripts/check-phrases.mjs [PATH...]    checks these files and folders; by default, checkedPaths
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { problemsIn } from './phrases.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const documents = readdirSync(root).filter((name) => name.endsWith('.md'));
const checkedPaths = [...documents, 'docs', 'man', 'src', 'test', 'bench', 'data', 'debian', 'scripts', '.github'];
/** Data, the license of others, a mark in existing files, and the phrases themselves. */
const skipped = [
  /^docs\/pictures\//,
  /^debian\/copyright$/,
  /^src\/image-keys\/known-hosts-merge\.ts$/,
  /^(scripts\/phrases\.mjs|test\/unit\/project\/phrases\.test\.ts)$/,
];

function filesAt(path) {
  if (!statSync(join(root, path)).isDirectory()) return [path];
  const entries = readdirSync(join(root, path), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(root.length));
}

const paths = process.argv.length > 2 ? process.argv.slice(2) : checkedPaths;
for (const file of paths.flatMap(filesAt)) {
  const text = skipped.some((pattern) => pattern.test(file)) ? '' : readFileSync(join(root, file), 'utf8');
  // A picture has such bytes.
  if (text.includes('\0')) continue;
  for (const { line, found, better } of problemsIn(text)) {
    console.error(`${file}:${line}: "${found}": ${better}`);
    process.exitCode = 1;
  }
}
