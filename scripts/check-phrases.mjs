// Checks the prose of the project against the writing guide in CONTRIBUTING.md: comments, strings, documents, manual
// pages and test names. A phrase is found across line ends too.
//   node scripts/check-phrases.mjs [PATH...]    checks these files and folders; by default, checkedPaths
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { phrases } from './phrases.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const documents = readdirSync(root).filter((name) => name.endsWith('.md'));
const checkedPaths = [...documents, 'docs', 'man', 'data', 'debian', 'scripts', '.github'];
/** The license of others, files that are not prose, and the list of phrases itself. */
const skipped =
  /^(docs\/pictures|bench\/data|data\/themes|data\/glade)\/|^(debian\/copyright|scripts\/phrases\.mjs|docs\/(settings|faults|machine-report)\.md)$/;
/** Between two words of a phrase: a space, or a line end and the mark of a comment. */
const gap = String.raw`(?: |\s*\n[\s*#/|.;"-]*)`;

const rules = phrases.map(([pattern, better]) => ({
  pattern: new RegExp(String.raw`(?<![\w/-])(?:${pattern.replaceAll(' ', gap)})`, 'gi'),
  better,
}));

function problemsIn(file, text) {
  return rules.flatMap(({ pattern, better }) =>
    [...text.matchAll(pattern)].map((match) => {
      const line = text.slice(0, match.index).split('\n').length;
      return { file, line, found: match[0].replace(/\s+/g, ' '), better };
    }),
  );
}

function filesAt(path) {
  if (!statSync(join(root, path)).isDirectory()) return [path];
  const entries = readdirSync(join(root, path), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(root.length));
}

const paths = process.argv.length > 2 ? process.argv.slice(2) : checkedPaths;
const files = paths.flatMap(filesAt).filter((file) => !skipped.test(file));
const texts = files
  .map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }))
  .filter(({ text }) => !text.includes('\0'));

const problems = texts.flatMap(({ file, text }) => problemsIn(file, text).sort((a, b) => a.line - b.line));
for (const { file, line, found, better } of problems) console.error(`${file}:${line}: "${found}": ${better}`);
if (problems.length > 0) process.exitCode = 1;
