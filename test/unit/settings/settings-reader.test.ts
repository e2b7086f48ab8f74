import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { settingsReader, wholeReader } from '../../../src/settings/load.js';
import { problemLine, type SettingsProblem } from '../../../src/settings/problem.js';

const client = (...addresses: string[]) => ({ hostName: 'pc01', addresses, macs: [] });

describe('the settings that are read again', () => {
  let folder = '';
  let file = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ldm-settings-'));
    file = join(folder, 'lts.conf');
    writeFileSync(file, '[default]\nLDM_SERVER=nowhere\n[10.0.0.7]\nLDM_SERVER="app1 app2"\n');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const names = (settings: ReturnType<ReturnType<typeof settingsReader>>) => settings.servers?.map(({ name }) => name);

  it('are those of the address that the client has got meanwhile', () => {
    const read = settingsReader(file, {});
    expect(names(read(client()))).toEqual(['nowhere']);
    expect(names(read(client('10.0.0.7')))).toEqual(['app1', 'app2']);
  });

  it('are the same object while nothing has changed', () => {
    const read = settingsReader(file, {});
    const first = read(client());
    expect(read(client('10.0.0.8'))).toBe(first);
    writeFileSync(file, '[default]\nLDM_SERVER=app3\n');
    expect(names(read(client()))).toEqual(['app3']);
  });

  it('keep the secrets of the environment, which nobody else inherits', () => {
    const environment = { LDM_PASSWORD: ' s3cret ', LDM_GUESTLOGIN: 'y' };
    const read = settingsReader(file, environment);
    expect(read(client()).accountPassword?.reveal()).toBe(' s3cret ');
    expect(environment).not.toHaveProperty('LDM_PASSWORD');
    const again = read(client('10.0.0.7'));
    expect(again.accountPassword?.reveal()).toBe(' s3cret ');
    expect(JSON.stringify(again)).not.toContain('s3cret');
  });

  it('do not change by a variable of the environment that is blank', () => {
    const environment = { LDM_SERVER: ' ', LDM_BALANCE: undefined };
    const settings = settingsReader(file, environment)(client());
    expect(names(settings)).toEqual(['nowhere']);
    expect(settings.sources.balance).toEqual({ kind: 'default' });
  });

  it('pass no variable on that is unset', () => {
    writeFileSync(file, 'LDM_SERVER=a\nLDM_BALANCE=NONE\n');
    expect(settingsReader(file, {})(client()).variables).toEqual({ LDM_SERVER: 'a' });
  });

  it('are others when a problem becomes another one', () => {
    const read = settingsReader(file, {});
    const texts = (content: string | Buffer) => {
      writeFileSync(file, content);
      const { problems, userAllow } = read(client());
      return [problems.map(({ text }) => text), userAllow];
    };
    const unread = 'the line cannot be read: ';
    expect(texts('nonsense\n')).toEqual([[`${unread}neither [section] nor NAME=value`], undefined]);
    expect(texts('[]\n')).toEqual([[`${unread}a section has no name`], undefined]);
    const noText = 'the file is not a text file; nothing in it is used';
    expect(texts('\0')).toEqual([[noText], undefined]);
    expect(texts('LDM_USER_ALLOW\0')).toEqual([
      [noText, 'LDM_USER_ALLOW: the line cannot be read; nobody may log in'],
      [],
    ]);
  });

  it('may be wrong for a while, and are right again after that', () => {
    const read = settingsReader(file, {});
    const right = '[default]\nLDM_SERVER=nowhere\n';
    writeFileSync(file, `${right}LDM_BALANCE=luck\n`);
    const wrong = read(client());
    expect(wrong.balance).toBeUndefined();
    expect(wrong.problems.map(problemLine)).toEqual([
      `${file}:3: LDM_BALANCE: invalid value "luck" (expected random, two-choices, affinity, weighted, best, listed (alias fixed)); the default is used`,
    ]);
    writeFileSync(file, right);
    expect(read(client()).problems).toEqual([]);
  });

  it('stay as they were while the file cannot be read', () => {
    const read = settingsReader(file, {});
    expect(read(client('10.0.0.7')).problems).toEqual([]);
    rmSync(file);
    mkdirSync(file);
    const now = read(client('10.0.0.7'));
    expect(names(now)).toEqual(['app1', 'app2']);
    expect(now.problems.map(({ text }) => text)).toEqual([
      'the file cannot be read (it is a directory); what it said before stays in force',
    ]);
  });

  it('tell where each comes from, the environment first', () => {
    writeFileSync(file, 'LDM_BALANCE=best\n[10.0.0.*]\nLDM_SERVER=a\nSSH_OVERRIDE_PORT=23\n');
    const { sources, sshPort } = settingsReader(file, { SSH_OVERRIDE_PORT: '24' })(client('10.0.0.9'));
    expect(sshPort).toBe(24);
    expect(sources).toMatchObject({
      balance: { kind: 'set', origin: { file, line: 1, section: 'default' }, text: 'best' },
      serverNames: { kind: 'set', origin: { file, line: 3, section: '10.0.0.*' }, text: 'a' },
      sshPort: { kind: 'set', origin: 'environment' },
      infoPort: { kind: 'default' },
    });
  });

  it('are those of this screen where SCREEN_NN_ is in front', () => {
    writeFileSync(file, 'LDM_SERVER=a\nSCREEN_07_LDM_SERVER=b\nSCREEN_08_LDM_SERVER=c\nLDM_BALANCE=NONE\n');
    expect(names(settingsReader(file, {})(client()))).toEqual(['a']);
    expect(names(settingsReader(file, { SCREEN_NUM: '07' })(client()))).toEqual(['b']);
    expect(names(settingsReader(file, { LDM_SEAT_NAME: 'tty8' })(client()))).toEqual(['c']);
    expect(names(settingsReader(file, { LDM_SEAT_NAME: 'seat7-tty8' })(client()))).toEqual(['c']);
    writeFileSync(file, 'LDM_SERVER=a\nSCREEN_12_LDM_SERVER=b\nX_SCREEN_12_LDM_SERVER=c\nSCREEN_02_LDM_SERVER=d\n');
    expect(names(settingsReader(file, { SCREEN_NUM: '12' })(client()))).toEqual(['b']);
    expect(names(settingsReader(file, { SCREEN_NUM: '12x' })(client()))).toEqual(['a']);
  });

  it('say that a name is perhaps mistyped', () => {
    writeFileSync(file, 'LDM_USER_ALOW=anna\nLDM_OF_A_HOOK=1\nSERVER=x\nMINE=1\n');
    const { problems } = settingsReader(file, {})(client());
    expect(problems.map(({ severity, text }) => [severity, text])).toEqual([
      ['warning', 'LDM_USER_ALOW: no such setting; did you mean LDM_USER_ALLOW?'],
      ['info', 'LDM_OF_A_HOOK: not a setting of ldm; hooks get it'],
    ]);
  });

  const latin1 = Buffer.from('[default]\n# für alle\nLDM_GREETING="Grüße"\nLDM_SERVER=a\n', 'latin1');
  const utf16 = Buffer.from('\ufeff[default]\r\nLDM_SERVER=a\r\n', 'utf16le');
  it.each([
    ['ISO 8859-1', latin1, ['a'], ['3: the line is not UTF-8; it is read as ISO 8859-1']],
    ['UTF-16', utf16, ['a'], []],
    ['UTF-16, high byte first', Buffer.from(utf16).swap16(), ['a'], []],
    ['zeros', Buffer.alloc(5_000), undefined, ['0: the file is not a text file; nothing in it is used']],
    [
      'a program',
      readFileSync(process.execPath).subarray(0, 100_000),
      undefined,
      ['0: the file is not a text file; nothing in it is used'],
    ],
    ['nothing', Buffer.alloc(0), undefined, []],
    [
      'too much',
      Buffer.from(`LDM_SERVER=a\n${'# comment\n'.repeat(420_000)}LDM_SERVER=b\n`),
      ['a'],
      ['0: the file is larger than 4 MiB; the rest of it is not read'],
    ],
  ])('are read from a file of %s as far as it goes', (_, bytes, servers, problems) => {
    writeFileSync(file, bytes);
    const settings = settingsReader(file, {})(client());
    expect(names(settings)).toEqual(servers);
    const place = ({ origin, text }: SettingsProblem): string =>
      `${origin === 'environment' ? '' : origin?.line}: ${text}`;
    expect(settings.problems.map(place)).toEqual(problems);
  });

  it('let nobody log in where the users who may stand in a file that is damaged', () => {
    writeFileSync(file, Buffer.from('LDM_SERVER=a\0\nLDM_USER_ALLOW=anna\n'));
    expect(settingsReader(file, {})(client()).userAllow).toEqual([]);
    expect(settingsReader(file, { LDM_USER_ALLOW: 'bert' })(client()).userAllow).toEqual(['bert']);
  });

  it('never wait for a file: a pipe, a socket, a folder, a loop of links, one that is not there', () => {
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    mkdirSync(join(folder, 'folder'));
    symlinkSync(join(folder, 'loop'), join(folder, 'loop'));
    for (const name of ['pipe', 'folder', 'loop', 'nowhere']) {
      const { problems } = settingsReader(join(folder, name), { LDM_SERVER: 'a' })(client());
      expect(problems.map(problemLine)).toEqual([
        expect.stringMatching(new RegExp(`^${join(folder, name)}: the file cannot be read \\(.*\\)$`)),
      ]);
    }
    expect(settingsReader('/dev/null', {})(client()).problems).toEqual([]);
  });

  it('name the line that includes a file that is not there, and read the rest', () => {
    writeFileSync(file, `LDM_SERVER=a\ninclude gone.conf\ninclude ${folder}\nLDM_BALANCE=best\n`);
    const { problems, balance } = settingsReader(file, {})(client());
    expect(balance).toBe('best');
    expect(problems.map(problemLine)).toEqual([
      `${file}:2: include "gone.conf" is left out: the file cannot be read (ENOENT)`,
      `${file}:3: include ${JSON.stringify(folder)} is left out: the file cannot be read (it is a directory)`,
    ]);
  });

  it('are checked in sections of other clients too, on request', () => {
    writeFileSync(file, '[pc02]\nLDM_BALANCE=luck\nLDM_PASWORD=x\n[pc01]\nLDM_SERVER=a\n');
    const { settings, elsewhere } = wholeReader(file, {})(client());
    expect(settings.problems).toEqual([]);
    expect(elsewhere.map(({ variable }) => variable)).toEqual(['LDM_BALANCE', 'LDM_PASWORD']);
  });
});
