import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { optionTable } from '../../../src/ldminfod/options/option-table.js';
import { type Setting, settingsTable } from '../../../src/settings/settings.js';
import { missingPrograms } from '../../cluster/support/xvfb.js';
import { requireOrSkip } from '../../support/require-or-skip.js';

const script = fileURLToPath(new URL('../../../scripts/manuals.mjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'ldm-manuals-'));
const page = (name: string): string => readFileSync(join(folder, 'man', name), 'utf8').replaceAll('\\-', '-');

/** What completion offers for a line whose last word is under way. */
function completed(program: string, words: readonly string[]): string[] {
  const text = `. "$0"; COMP_WORDS=("$@"); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _${program}; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const file = join(folder, 'completions', program);
  const { stdout, stderr } = spawnSync('bash', ['-c', text, file, ...words], { encoding: 'utf8' });
  if (stderr !== '' && !stderr.includes('compopt')) throw new Error(stderr);
  return stdout.split('\n').filter(Boolean);
}

beforeAll(() => {
  const { status, stderr } = spawnSync(process.execPath, [script, folder], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the manual pages', () => {
  it('lts.conf(5) has every setting, with its meaning and what is accepted', () => {
    const text = page('lts.conf.5');
    for (const { variable, meaning, accepted } of Object.values<Setting<unknown>>(settingsTable)) {
      expect(text, variable).toContain(`\\fB${variable}\\fR\n`);
      expect(text.toLowerCase(), variable).toContain(meaning.replaceAll('\\', '\\e').toLowerCase());
      expect(text, variable).toContain(accepted.replaceAll('\\', '\\e'));
    }
  });

  it('ldminfod(8) has every option', () => {
    for (const [name, { value }] of Object.entries(optionTable)) {
      expect(page('ldminfod.8')).toContain(`\\fB--${name}\\fR \\fI${value}\\fR`);
    }
  });

  it('ldm(1) has every command and option that the help has', () => {
    for (const name of ['greeter', 'servers', 'login', 'keys scan', 'keys update', 'simulate', 'demo']) {
      expect(page('ldm.1')).toContain(`.SS \\fBldm ${name}\\fR`);
    }
    for (const option of ['--password-file <file>', '--replace', '--rating-age <seconds>', '--config <file>']) {
      expect(page('ldm.1')).toContain(`\\fB${option}\\fR`);
    }
  });

  it('have no place left to fill in', () => {
    for (const name of readdirSync(join(folder, 'man'))) expect(page(name), name).not.toMatch(/@[A-Z_]+@|undefined/);
  });
});

requireOrSkip(missingPrograms('groff'), 'groff', () => {
  it('formats each page without a warning', () => {
    for (const name of readdirSync(join(folder, 'man'))) {
      const { stderr } = spawnSync('groff', ['-ww', '-man', '-Tutf8', '-z', join(folder, 'man', name)], {
        encoding: 'utf8',
      });
      expect({ name, stderr }).toEqual({ name, stderr: '' });
    }
  });
});

describe('completion in bash', () => {
  it('offers commands, their commands, and their options', () => {
    expect(completed('ldm', ['ldm', 'ser'])).toEqual(['servers']);
    expect(completed('ldm', ['ldm', 'keys', ''])).toEqual(expect.arrayContaining(['scan', 'update']));
    expect(completed('ldm', ['ldm', 'keys', 'scan', '--re'])).toEqual(['--replace']);
    expect(completed('ldm', ['ldm', 'login', '--no'])).toEqual(['--no-x11']);
  });

  it('offers every option of ldminfod', () => {
    const offered = completed('ldminfod', ['ldminfod', '--']);
    for (const name of Object.keys(optionTable)) expect(offered).toContain(`--${name}`);
  });

  it('offers files where a file is meant, and nothing where a name is', () => {
    expect(completed('ldm', ['ldm', '--config', '/etc/host'])).toContain('/etc/hosts');
    expect(completed('ldm', ['ldm', 'login', '--user', ''])).toEqual([]);
  });
});
