import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OptionsError } from '../../../src/ldminfod/options/option-table.js';
import { readEtcdAccess } from '../../../src/ldminfod/registry/etcd-access.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ldminfod-etcd-access-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const none = {
  endpoints: ['https://etcd1:2379'],
  key: '/ldm/servers/app1',
  ca: null,
  cert: null,
  certKey: null,
  user: null,
  passwordFile: null,
};
const write = (name: string, text: string): string => {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
};

describe('the connection of ldminfod to etcd', () => {
  it('needs no files', () => {
    expect(readEtcdAccess(none)).toMatchObject({ endpoints: none.endpoints, tls: {} });
    expect(readEtcdAccess(none).user).toBeUndefined();
  });

  it('has the certificates and the first line of the password file', () => {
    const access = readEtcdAccess({
      ...none,
      ca: write('ca', 'CA'),
      cert: write('cert', 'CERT'),
      certKey: write('key', 'KEY'),
      user: 'server',
      passwordFile: write('password', 'a secret\r\nand more\n'),
    });
    expect(access.tls).toEqual({ ca: 'CA', cert: 'CERT', key: 'KEY' });
    expect(access.user).toEqual({ name: 'server', password: 'a secret' });
  });

  it('does not take an empty file of authorities for those of the system', () => {
    const ca = write('ca', '\n');
    expect(() => readEtcdAccess({ ...none, ca })).toThrow(
      new OptionsError('config', `${ca}: cannot be used (it is empty)`),
    );
  });

  it('names a file that cannot be read', () => {
    const ca = join(folder, 'missing');
    expect(() => readEtcdAccess({ ...none, ca })).toThrow(`${ca}: cannot be used (ENOENT)`);
  });
});
