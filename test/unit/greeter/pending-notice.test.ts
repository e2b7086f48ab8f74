import { chownSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pendingNoticeFile } from '../../../src/greeter/pending-notice.js';
import { createLog } from '../../../src/shared/log/log.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ldm-words-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const quiet = createLog(0, () => {});

describe('last words', () => {
  it('are told once, by the next greeter on the same display', () => {
    pendingNoticeFile(join(folder, 'new'), ':7', quiet).leave('lost');
    expect(pendingNoticeFile(join(folder, 'new'), ':8', quiet).take()).toBeUndefined();
    const next = pendingNoticeFile(join(folder, 'new'), ':7', quiet);
    expect([next.take(), next.take()]).toEqual(['lost', undefined]);
  });

  it('are none where the file is empty', () => {
    writeFileSync(join(folder, 'notice-:7'), '');
    expect(pendingNoticeFile(folder, ':7', quiet).take()).toBeUndefined();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('stay in their folder, whatever the display is called', () => {
    pendingNoticeFile(folder, '../../x/unix:7', quiet).leave('lost');
    expect(readdirSync(folder)).toEqual(['notice-.._.._x_unix:7']);
  });

  it('are not read through a link, nor from a file of another user', () => {
    const words = pendingNoticeFile(folder, ':7', quiet);
    const elsewhere = join(folder, 'elsewhere');
    writeFileSync(elsewhere, 'not ours');
    symlinkSync(elsewhere, join(folder, 'notice-:7'));
    expect(words.take()).toBeUndefined();
    rmSync(join(folder, 'notice-:7'));
    if (process.getuid?.() !== 0) return;
    writeFileSync(join(folder, 'notice-:7'), 'not ours');
    chownSync(join(folder, 'notice-:7'), 65_534, 65_534);
    expect(words.take()).toBeUndefined();
  });

  it('are not written through a link', () => {
    const elsewhere = join(folder, 'elsewhere');
    writeFileSync(elsewhere, 'stays');
    symlinkSync(elsewhere, join(folder, 'notice-:7'));
    const words = pendingNoticeFile(folder, ':7', quiet);
    words.leave('lost');
    expect(readFileSync(elsewhere, 'utf8')).toBe('stays');
    expect(words.take()).toBe('lost');
  });

  it('are told in the log where they cannot be kept', () => {
    const lines: string[] = [];
    const log = createLog(7, (line) => lines.push(line));
    pendingNoticeFile('/etc/hostname/nowhere', ':7', log).leave('lost');
    expect(lines.join('')).toContain('pending-notice-not-saved');
  });
});
