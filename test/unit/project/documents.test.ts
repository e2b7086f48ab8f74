import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../..');
const documents = [root, join(root, 'docs')].flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.md'))
    .map((name) => relative(root, join(folder, name))),
);
const read = (document: string): string => readFileSync(join(root, document), 'utf8');

describe('the documents', () => {
  it.each(documents)('%s names only files and folders that exist', (document) => {
    const named = read(document).matchAll(/`((?:src|test|scripts|data|docs|man|bench)\/[\w@./-]+)`/g);
    const missing = [...named].map(([, path = '']) => path).filter((path) => !existsSync(join(root, path)));
    expect(missing).toEqual([]);
  });

  it('docs/architecture.md has one row for every folder of src', () => {
    const rows = [...read('docs/architecture.md').matchAll(/^\| ((?:`[\w./-]+`(?:, )?)+) \|/gm)]
      .flatMap(([, cell = '']) => cell.split(', '))
      .filter((cell) => cell.endsWith('/`'))
      .map((cell) => cell.slice(1, -2));
    const folders = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ parentPath, name }) => relative(join(root, 'src'), join(parentPath, name)));
    expect(rows.sort()).toEqual(folders.sort());
  });
});
