/** Which programs the product starts, read from its sources: a new one cannot be forgotten in the tests of Depends. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkout } from '../../cluster/support/host.js';
import { must } from './must.js';

/** Words where a shell expects a command, in a script or in text that a program gives to a shell. */
const shellCommand =
  /(?:^|[|;&(`!{]|\b(?:then|do|if|elif|else|while|until|exec|env|timeout \d+))[ \t]*([a-z][\w.-]+)(?=[ \t\n;)])/gm;
/** Programs that TypeScript names: to spawn, or as the default of a setting that holds a command. */
const namedProgram = /\b(?:spawn|execFile|run|runProgram)\(\s*'([a-z][\w.-]+)'|defaultValue: \['([a-z][\w.-]+)'/g;

/** Files below a folder of the checkout. */
function filesOf(folder: string): string[] {
  return readdirSync(join(checkout, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/**
 * Names of programs that these files start. Of the words of a shell script those count that are programs on this
 * machine, which has all that a checkout needs.
 */
export async function calledPrograms(...folders: readonly string[]): Promise<string[]> {
  const found = new Set<string>();
  const words = new Set<string>();
  for (const file of folders.flatMap(filesOf)) {
    const text = readFileSync(file, 'utf8').replace(/^\s*(#|\/\/|\*).*$/gm, '');
    if (file.endsWith('.ts')) {
      for (const [, spawned, setting] of text.matchAll(namedProgram)) found.add(spawned ?? setting ?? '');
    } else if (file.endsWith('.sh') || /^#!.*\b(ba)?sh\b/.test(readFileSync(file, 'utf8'))) {
      for (const [, word] of text.matchAll(shellCommand)) words.add(word ?? '');
    }
  }
  const find = 'for word; do [ ! -x "$(command -v -- "$word")" ] || echo "$word"; done';
  const { stdout } = await must(['sh', '-c', find, 'sh', ...words]);
  for (const program of stdout.split('\n')) found.add(program);
  found.delete('');
  return [...found].sort();
}
