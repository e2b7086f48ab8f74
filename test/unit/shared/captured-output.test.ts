import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { type Capture, CapturedOutput } from '../../../src/shared/programs/captured-output.js';

/** What is kept of an output, and how often it was too much. */
async function kept(capture: Capture | undefined, chunks: readonly string[]) {
  const overflows: number[] = [];
  const output = new CapturedOutput(capture);
  const stream = Readable.from(chunks.map((chunk) => Buffer.from(chunk)));
  output.listenTo(stream, (maxBytes) => overflows.push(maxBytes));
  await new Promise((resolve) => stream.on('close', resolve));
  return { text: output.text, overflows };
}

describe('the output of a program', () => {
  it.each<[Capture['part'], string[], string]>([
    ['first', ['abc', 'def', 'ghi'], 'abcd'],
    ['first', ['ab', 'cd', 'ef'], 'abcd'],
    ['first', ['abc'], 'abc'],
    ['last', ['abc', 'def', 'ghi'], 'fghi'],
    ['last', ['abc'], 'abc'],
    ['all', ['ab', 'cd'], 'abcd'],
  ])('is kept up to four bytes, the %s of %j', async (part, chunks, text) => {
    expect(await kept({ maxBytes: 4, part }, chunks)).toEqual({ text, overflows: [] });
  });

  it('is not kept where all of it is too much, which is told', async () => {
    expect(await kept({ maxBytes: 4, part: 'all' }, ['abc', 'de'])).toEqual({ text: '', overflows: [4] });
  });

  it('is discarded where nothing is to be kept', async () => {
    expect(await kept(undefined, ['abc', 'de'])).toEqual({ text: '', overflows: [] });
  });

  it('may be missing, or end in an error', () => {
    const output = new CapturedOutput({ maxBytes: 4, part: 'all' });
    output.listenTo(null, () => {});
    const broken = new Readable({ read: () => {} });
    output.listenTo(broken, () => {});
    expect(broken.emit('error', new Error('EIO'))).toBe(true);
    expect(output.text).toBe('');
  });
});
