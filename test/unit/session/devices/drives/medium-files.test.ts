import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MediumSync } from '../../../../../src/session/devices/drives/medium-sync.js';
import { MediumFiles } from '../../../../../src/session/devices/drives/sftp/medium-files.js';
import { MediumTree } from '../../../../../src/session/devices/drives/sftp/medium-tree.js';
import { openFlag, status } from '../../../../../src/session/devices/drives/sftp/protocol.js';

const { read, write, create, exclusive, truncate } = openFlag;
let outside: string;
let root: string;
let tree: MediumTree;
let files: MediumFiles;
let sync: MediumSync;

beforeEach(async () => {
  outside = mkdtempSync(join(tmpdir(), 'medium-'));
  root = join(outside, 'medium');
  mkdirSync(join(root, 'folder'), { recursive: true });
  writeFileSync(join(outside, 'secret'), 'secret');
  writeFileSync(join(root, 'file'), 'content');
  symlinkSync('../secret', join(root, 'link'));
  symlinkSync('..', join(root, 'up'));
  execFileSync('mkfifo', [join(root, 'pipe')]);
  tree = await MediumTree.open(root);
  sync = new MediumSync(async () => {});
  files = new MediumFiles(tree, sync);
});
afterEach(async () => {
  sync.stop();
  await files.closeAll();
  await tree.close();
  rmSync(outside, { recursive: true });
});

const at = (path: string): Buffer => Buffer.from(path);
const opened = (path: string, flags: number): Promise<number> => files.open(at(path), flags, {});
const names = async (): Promise<string[]> => {
  const handle = await files.opendir(at('/'));
  const found = await files.readdir(handle);
  await expect(files.readdir(handle)).rejects.toMatchObject({ code: status.eof });
  return found.map(({ name }) => String(name)).sort();
};

describe('the files of a medium', () => {
  it('are read, written and cut', async () => {
    const handle = await opened('/folder/new', read | write | create);
    await files.write(handle, 0, at('hello'));
    await files.write(handle, 5, at(' you'));
    expect(String(await files.read(handle, 1, 4))).toBe('ello');
    await expect(files.read(handle, 9, 4)).rejects.toMatchObject({ code: status.eof });
    await files.fsetstat(handle, { size: 5 });
    expect(await files.fstat(handle)).toMatchObject({ size: 5 });
    expect(readFileSync(join(root, 'folder/new'), 'utf8')).toBe('hello');
    await opened('file', write | create | truncate);
    expect(statSync(join(root, 'file')).size).toBe(0);
    await expect(opened('file', write | create | exclusive)).rejects.toMatchObject({ code: status.failure });
    await expect(opened('none', read)).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(opened('folder', read)).rejects.toMatchObject({ code: status.failure });
  });

  it('are renamed, removed and described', async () => {
    await files.mkdir(at('made'), { permissions: 0o4700 });
    expect(statSync(join(root, 'made')).mode & 0o7777).toBe(0o700);
    await files.rename(at('file'), at('made/file'), false);
    await expect(files.rename(at('made/file'), at('link'), false)).rejects.toMatchObject({ code: status.failure });
    await files.rename(at('made/file'), at('link'), true);
    expect(readFileSync(join(root, 'link'), 'utf8')).toBe('content');
    await files.remove(at('link'));
    await files.rmdir(at('made'));
    await files.setstat(at('folder'), { permissions: 0o7750, times: { accessed: 10, modified: 20 } });
    expect(await files.stat(at('folder'))).toMatchObject({ mode: 0o40750, accessed: 10, modified: 20 });
    await expect(files.setstat(at('folder'), { owner: { uid: 0, gid: 0 } })).rejects.toMatchObject({
      code: status.permissionDenied,
    });
    expect((await files.space()).blocks).toBeGreaterThan(0);
  });

  it('are listed with links, and without pipes', async () => {
    expect(await names()).toEqual(['file', 'folder', 'link', 'up']);
    expect(String(await files.readlink(at('link')))).toBe('../secret');
    expect((await files.lstat(at('link'))).mode & 0o170000).toBe(0o120000);
  });

  it.each(['link', 'up/secret', 'up', 'pipe', '../secret'])('do not lead out of it: %s', async (path) => {
    await expect(opened(path, read)).rejects.toThrow();
    await expect(opened(path, write | create | truncate)).rejects.toThrow();
    await expect(files.stat(at(path))).rejects.toThrow();
    await expect(files.opendir(at(path))).rejects.toThrow();
    await expect(files.setstat(at(path), { size: 0, permissions: 0o777 })).rejects.toThrow();
    expect(readFileSync(join(outside, 'secret'), 'utf8')).toBe('secret');
  });

  it('do not lead out of it when a folder becomes a link meanwhile', async () => {
    let isSwapping = true;
    const swap = async (): Promise<void> => {
      while (isSwapping) {
        renameSync(join(root, 'folder'), join(root, 'aside'));
        symlinkSync('..', join(root, 'folder'));
        await new Promise(setImmediate);
        rmSync(join(root, 'folder'));
        renameSync(join(root, 'aside'), join(root, 'folder'));
        await new Promise(setImmediate);
      }
    };
    const swapping = swap();
    const results = new Set<string>();
    for (let round = 0; round < 200; round++) {
      results.add(await opened('folder/secret', read).then(() => 'opened', String));
      await files.remove(at('folder/secret')).catch(() => {});
    }
    isSwapping = false;
    await swapping;
    expect([...results].filter((one) => one === 'opened')).toEqual([]);
    expect(existsSync(join(outside, 'secret'))).toBe(true);
  });

  it('are open in a bounded number', async () => {
    for (let count = 0; count < 256; count++) await opened('file', read);
    await expect(opened('file', read)).rejects.toMatchObject({ code: status.failure });
    await expect(files.opendir(at('/'))).rejects.toMatchObject({ code: status.failure });
    await files.close(3);
    await expect(files.read(3, 0, 1)).rejects.toMatchObject({ code: status.failure });
    expect(await opened('file', read)).toBe(256);
  });

  it('are unfinished from a write to the sync after the close', async () => {
    const reading = await opened('file', read);
    await files.close(reading);
    expect(files.isUnfinished).toBe(false);
    const handle = await opened('file', write);
    await files.write(handle, 0, at('x'));
    await sync.done(true);
    expect(files.isUnfinished).toBe(true);
    const done = await files.close(handle);
    await done();
    expect(files.isUnfinished).toBe(false);
  });
});

describe('the sync of a medium', () => {
  it('covers each change, one run at a time', async () => {
    const runs: (() => void)[] = [];
    const slow = new MediumSync(() => new Promise((resolve) => runs.push(resolve)));
    slow.changed(10);
    const first = slow.done(true);
    slow.changed(5);
    const second = slow.done(true);
    expect(runs).toHaveLength(1);
    runs[0]?.();
    await first;
    expect([slow.isDone, slow.bytes]).toEqual([false, 5]);
    await vi.waitFor(() => expect(runs).toHaveLength(2));
    runs[1]?.();
    await second;
    expect([slow.isDone, slow.bytes]).toEqual([true, 0]);
    slow.stop();
  });

  it('fails for who waits, and leaves the change undone', async () => {
    const broken = new MediumSync(() => Promise.reject(new Error('EIO')));
    broken.changed();
    await expect(broken.done(true)).rejects.toThrow('EIO');
    expect(broken.isDone).toBe(false);
    broken.stop();
  });
});
