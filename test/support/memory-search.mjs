// How often texts stand in the memory of a process: memory-search.mjs PID, the texts on standard input, one a line.
// Strings of one byte a letter and of two (V8 has both), in everything that the process may write to. Needs its rights.
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';

const [pid] = process.argv.slice(2);
const texts = readFileSync(0, 'utf8').split('\n').filter(Boolean);
const needles = texts.flatMap((text) => [Buffer.from(text, 'utf8'), Buffer.from(text, 'utf16le')]);
const longest = Math.max(...needles.map(({ length }) => length));
const piece = 4 * 1024 * 1024;
const memory = openSync(`/proc/${pid}/mem`, 'r');
let found = 0;
let read = 0;
for (const line of readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
  const [, from, to] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? [];
  if (from === undefined) continue;
  const end = Number.parseInt(to, 16);
  for (let at = Number.parseInt(from, 16); at < end; at += piece) {
    // Pieces overlap, so that no text is cut.
    const buffer = Buffer.alloc(Math.min(piece + longest - 1, end - at));
    try {
      readSync(memory, buffer, 0, buffer.length, at);
    } catch {
      // Such as the guard pages of a stack.
      continue;
    }
    read += buffer.length;
    for (const needle of needles) {
      for (let place = buffer.indexOf(needle); place >= 0 && place < piece; place = buffer.indexOf(needle, place + 1)) {
        found += 1;
      }
    }
  }
}
closeSync(memory);
console.log(JSON.stringify({ found, read }));
