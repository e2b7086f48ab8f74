import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { driveName } from '../../../../../src/session/devices/drives/drive-name.js';
import { problemIn } from '../../../../../src/session/devices/drives/remote-drive.js';
import { namesIn } from '../../../../../src/session/devices/drives/sftp/medium-path.js';
import { SftpError } from '../../../../../src/session/devices/drives/sftp/protocol.js';

const none: ReadonlySet<string> = new Set();

describe('a drive is called', () => {
  it.each([
    ['STICK', 'STICK'],
    ['Meine Fotos', 'Meine Fotos'],
    ['Фото 2026', 'Фото 2026'],
    ['  spaced  ', 'spaced'],
    ['a/b', 'a_b'],
    ['../..', '_..'],
    ['.hidden', 'hidden'],
    ['-rf', 'rf'],
    ['$(reboot)', '_reboot_'],
    ['a,allow_other', 'a_allow_other'],
    ["it's", 'it_s'],
    ['', 'Drive'],
    ['...', 'Drive'],
    ['\u202egnp', '_gnp'],
  ])('%j in the session: %j', (label, name) => {
    expect(driveName(label, none)).toBe(name);
  });

  it('by another name than the drives that are there', () => {
    expect(driveName('STICK', new Set(['STICK']))).toBe('STICK 2');
    expect(driveName('STICK', new Set(['STICK', 'STICK 2']))).toBe('STICK 3');
  });

  it('by a name that is a plain folder, whatever its label', () => {
    const label = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.constantFrom('.', '..', '/', '\0', '\n'));
    fc.assert(
      fc.property(label, (one) => {
        const name = driveName(one, none);
        expect(name).toMatch(/^[\p{L}\p{M}\p{N}_][\p{L}\p{M}\p{N}._ -]*$/u);
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(64);
        expect(name).toBe(name.trim());
      }),
    );
  });
});

describe('a path on the medium', () => {
  const names = (path: string): string[] => namesIn(Buffer.from(path)).map(String);

  it('starts at its root', () => {
    expect(names('/')).toEqual([]);
    expect(names('')).toEqual([]);
    expect(names('.')).toEqual([]);
    expect(names('/a/b')).toEqual(['a', 'b']);
    expect(names('a//./b/')).toEqual(['a', 'b']);
    expect(names('...')).toEqual(['...']);
  });

  it.each(['..', '/..', 'a/../b', 'a/..', '../etc/passwd', 'a\0b', `${'a/'.repeat(129)}`, 'a'.repeat(4_097)])(
    'is refused: %j',
    (path) => {
      expect(() => names(path)).toThrow(SftpError);
    },
  );

  it('never leads up, whatever its bytes', () => {
    const bytes = fc.array(fc.constantFrom('.', '..', '/', 'a', '\0', '\xff'), { maxLength: 12 });
    fc.assert(
      fc.property(bytes, (parts) => {
        const path = Buffer.from(parts.join(''), 'latin1');
        try {
          for (const name of namesIn(path)) expect(name.toString('latin1')).not.toMatch(/^\.{0,2}$|[/\0]/);
        } catch (error) {
          expect(error).toBeInstanceOf(SftpError);
        }
      }),
    );
  });
});

describe('what keeps a drive from working on the server', () => {
  it.each([
    ['ldm-drive: the server has no sshfs\n', 'the server has no sshfs'],
    ['fuse: mount failed\nldm-drive: sshfs ended with code 1\n', 'sshfs ended with code 1: fuse: mount failed'],
    ['', 'the server ended it'],
    ['Welcome\n', 'the server ended it: Welcome'],
  ])('is read from %j', (errors, problem) => {
    expect(problemIn(errors)).toBe(problem);
  });
});
