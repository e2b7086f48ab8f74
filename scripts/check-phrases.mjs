// Checks the prose of the project against the writing guide in CONTRIBUTING.md: comments, strings, documents, manual
// pages and test names. A phrase is found across line ends too.
//   node scripts/check-phrases.mjs [PATH...]    checks the tracked files under each PATH; without it, checkedPaths
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { phrases } from './phrases.mjs';

const checkedPaths = ['*.md', 'docs', 'man', 'data', 'debian', 'scripts', '.github'];
/** Translations, generated texts of others, and this list itself. */
const skipped = /^(po|docs\/pictures|bench\/data|data\/themes|data\/glade)\/|^(LICENSE|package-lock\.json|scripts\/phrases\.mjs)$/;
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

const root = fileURLToPath(new URL('..', import.meta.url));
const paths = process.argv.length > 2 ? process.argv.slice(2) : checkedPaths;
const tracked = execFileSync('git', ['ls-files', '-z', '--', ...paths], { cwd: root, encoding: 'utf8' });
const texts = tracked
  .split('\0')
  .filter((file) => file !== '' && !skipped.test(file))
  .map((file) => ({ file, text: readFileSync(new URL(`../${file}`, import.meta.url), 'utf8') }))
  .filter(({ text }) => !text.includes('\0'));

const problems = texts.flatMap(({ file, text }) => problemsIn(file, text)).sort((a, b) => a.line - b.line);
for (const { file } of texts) {
  for (const problem of problems.filter((one) => one.file === file)) {
    console.error(`${file}:${problem.line}: "${problem.found}": ${problem.better}`);
  }
}
console.error(`phrases: ${texts.length} files, ${problems.length} problems`);
process.exitCode = problems.length > 0 ? 1 : 0;
