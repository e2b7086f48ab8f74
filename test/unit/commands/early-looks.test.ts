import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { tellFirst, whatIsTold } from '../../../src/commands/early-looks.js';

let folder = '';
/** Stands for the greeter's pipe: what it would read. */
let typed = 0;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ldm-early-looks-'));
  typed = openSync(join(folder, 'typed'), 'w');
  writeFileSync(join(folder, 'lts.conf'), '[default]\nLDM_THEME=classic\nLDM_HIGH_CONTRAST=yes\n');
  writeFileSync(join(folder, 'display'), ':3\n');
});
afterEach(() => {
  closeSync(typed);
  rmSync(folder, { recursive: true });
});

const environment = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  LDM_EARLY_GREETER: `${typed},99`,
  LDM_HOOK_DIRS: join(folder, 'rc.d'),
  ...more,
});
const lines = (): string[] => readFileSync(join(folder, 'typed'), 'utf8').split('\n').filter(Boolean);
const tell = (argv: readonly string[], environment: NodeJS.ProcessEnv): void =>
  tellFirst(
    argv.map((word) => word.replace('FOLDER', folder)),
    environment,
  );
const seat = (): NodeJS.ProcessEnv =>
  environment({ LDM_SEAT_DISPLAY_FD: String(openSync(join(folder, 'display'), 'r')) });

it('is told the looks of the settings, from the file of the command line, and keeps the environment', () => {
  const given = environment({ LDM_PASSWORD: 'secret' });
  tell(['--config', 'FOLDER/lts.conf'], given);
  expect(lines().map((line) => JSON.parse(line))).toEqual([{ theme: 'classic', contrast: 'high', textSize: 'normal' }]);
  expect(whatIsTold()).toEqual({ looks: true });
  expect(given).toEqual(environment({ LDM_PASSWORD: 'secret' }));
});

it('reads the file in either form, and the last one counts', () => {
  tell(['--config', '/nowhere', 'greeter', '--config=FOLDER/lts.conf'], environment());
  expect(lines()[0]).toContain('classic');
});

it('is told the display of a seat too, which is in the environment from then on', () => {
  const given = seat();
  tell(['--config', 'FOLDER/lts.conf'], given);
  expect(lines()).toEqual([expect.stringContaining('classic'), ':3']);
  expect(whatIsTold()).toEqual({ looks: true, display: true });
  expect([given.DISPLAY, given.LDM_SEAT_DISPLAY_FD]).toEqual([':3', undefined]);
});

it('is told no display where X does not start', () => {
  writeFileSync(join(folder, 'display'), '');
  tell([], seat());
  expect(lines()).toHaveLength(1);
  expect(whatIsTold()).toEqual({ looks: true, display: false });
});

it('waits for hooks, which may set the screen up: of a seat it gets its looks alone', () => {
  mkdirSync(join(folder, 'rc.d'));
  writeFileSync(join(folder, 'rc.d/I10-screen'), '#!/bin/sh\n');
  tell([], environment());
  expect([lines(), whatIsTold()]).toEqual([[], {}]);
  const given = seat();
  tell([], given);
  expect(lines()).toHaveLength(1);
  expect(whatIsTold()).toEqual({ looks: true });
  expect(given.LDM_SEAT_DISPLAY_FD).toBeDefined();
});

it('gets nothing where it was not started, and a file that cannot be read does no harm', () => {
  tell([], environment({ LDM_EARLY_GREETER: undefined }));
  tell([], environment({ LDM_EARLY_GREETER: 'x,y' }));
  expect(lines()).toEqual([]);
  tell(['--config', 'FOLDER'], environment());
  expect(lines()).toHaveLength(1);
});
