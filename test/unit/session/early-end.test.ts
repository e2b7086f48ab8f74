import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isEarlyEnd, lastErrors } from '../../../src/session/early-end.js';
import script from '../../../src/session/early-end.sh?raw';
import type { Connection } from '../../../src/session/ssh/connection.js';

describe('an end that needs an explanation', () => {
  it('comes within seconds of the start, or of the desktop on the screen', () => {
    expect(isEarlyEnd(0, 3_000, undefined)).toBe(true);
    expect(isEarlyEnd(0, 45_000, 40_000)).toBe(true);
    expect(isEarlyEnd(0, 45_000, 'unseen')).toBe(true);
  });
  it('does not come after a session', () => {
    expect(isEarlyEnd(0, 60_000, undefined)).toBe(false);
    expect(isEarlyEnd(0, 60_000, 5_000)).toBe(false);
    expect(isEarlyEnd(0, 3_600_000, 'unseen')).toBe(false);
  });
  it('comes before 10 s of a session or of its desktop are over, and before 90 s without one', () => {
    expect(isEarlyEnd(1_000, 10_999, undefined)).toBe(true);
    expect(isEarlyEnd(1_000, 11_000, undefined)).toBe(false);
    expect(isEarlyEnd(1_000, 50_000, 40_000)).toBe(false);
    expect(isEarlyEnd(80_000, 169_999, 'unseen')).toBe(true);
    expect(isEarlyEnd(80_000, 170_000, 'unseen')).toBe(false);
  });
});

describe('the last words of a desktop', () => {
  /** A server that answers the script in these pieces. */
  function connection(pieces: readonly string[] | 'never' | 'lost') {
    const sent: string[] = [];
    const run = async (line: string) => {
      sent.push(line);
      if (pieces === 'lost') throw new Error('lost');
      const [input, output] = [new PassThrough(), new PassThrough()];
      input.setEncoding('utf8').on('data', (text: string) => sent.push(text));
      const channel = {
        setEncoding: output.setEncoding.bind(output),
        on: output.on.bind(output),
        end: input.end.bind(input),
        stderr: new PassThrough(),
      };
      if (pieces === 'never') return { channel, ended: new Promise(() => {}) };
      const ended = new Promise((resolve) => output.on('end', resolve));
      for (const piece of pieces) output.write(piece);
      output.end();
      return { channel, ended };
    };
    return { sent, connection: { run } as unknown as Connection };
  }

  it('are what the script on the server prints, without blanks around it', async () => {
    const { sent, connection: server } = connection(['\none\n', 'two\n\n']);
    expect(await lastErrors(server)).toBe('one\ntwo');
    expect(sent[0]).toBe('exec /bin/sh -s');
    expect(sent.slice(1).join('')).toBe(script);
  });

  it('are the last 4,000 characters of more', async () => {
    const { connection: server } = connection(['a'.repeat(4_000), 'b'.repeat(1_000)]);
    expect(await lastErrors(server)).toBe('a'.repeat(3_000) + 'b'.repeat(1_000));
  });

  it('are none where the connection is lost, or the server takes more than 3 s', async () => {
    expect(await lastErrors(connection('lost').connection)).toBe('');
    vi.useFakeTimers();
    try {
      let text: string | undefined;
      void lastErrors(connection('never').connection).then((said) => {
        text = said;
      });
      await vi.advanceTimersByTimeAsync(2_999);
      expect(text).toBeUndefined();
      await vi.advanceTimersByTimeAsync(1);
      expect(text).toBe('');
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('the script that reads ~/.xsession-errors', () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'ldm-home-'));
  });
  afterEach(() => rmSync(home, { recursive: true }));
  const file = (): string => join(home, '.xsession-errors');
  const said = (): string => execFileSync('/bin/sh', ['-s'], { input: script, env: { HOME: home }, encoding: 'utf8' });

  it('prints the last lines of this session alone', () => {
    const lines = Array.from({ length: 30 }, (_, at) => `line ${at}`);
    const began = 'Xsession: X session started for ada at Mon Nov 23 10:00:00 UTC 2026';
    writeFileSync(file(), ['old', began, ...lines, ''].join('\n'));
    expect(said()).toBe(`${lines.slice(-10).join('\n')}\n`);
    writeFileSync(file(), ['old', began, 'new', ''].join('\n'));
    expect(said()).toBe('new\n');
  });

  it('prints nothing of a file that no session has touched lately, and nothing where there is none', () => {
    expect(said()).toBe('');
    writeFileSync(file(), 'of last week\n');
    const lastWeek = Date.now() / 1_000 - 7 * 86_400;
    utimesSync(file(), lastWeek, lastWeek);
    expect(said()).toBe('');
  });
});
