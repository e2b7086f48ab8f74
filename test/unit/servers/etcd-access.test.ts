import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { prefixEnd, toBase64, unencryptedEndpoints } from '../../../src/protocol/etcd-gateway.js';
import { etcdAccess } from '../../../src/servers/discovery/etcd-access.js';
import { readSettings } from '../../../src/settings/settings.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ldm-etcd-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the way to etcd by the settings', () => {
  it('is none without LDM_ETCD', () => {
    expect(etcdAccess(readSettings({}))).toBeUndefined();
  });

  it('has the endpoints, the certificates and the password of their files', () => {
    for (const name of ['ca', 'cert', 'key']) writeFileSync(join(folder, name), name);
    writeFileSync(join(folder, 'password'), 'a secret\nand more\n');
    const settings = readSettings({
      LDM_ETCD: 'https://etcd1:2379 http://[fd00::1]:2379',
      LDM_ETCD_CA: join(folder, 'ca'),
      LDM_ETCD_CERT: join(folder, 'cert'),
      LDM_ETCD_KEY: join(folder, 'key'),
      LDM_ETCD_USER: 'client',
      LDM_ETCD_PASSWORD_FILE: join(folder, 'password'),
    });
    expect(etcdAccess(settings)).toMatchObject({
      endpoints: ['https://etcd1:2379', 'http://[fd00::1]:2379'],
      tls: { ca: 'ca', cert: 'cert', key: 'key' },
      user: { name: 'client', password: 'a secret' },
    });
  });

  it('tells the endpoints to which the password would go unencrypted', () => {
    const user = { name: 'client', password: 'a secret' };
    const endpoints = ['https://etcd1:2379', 'http://etcd2:2379', 'http://127.0.0.1:2379', 'http://[fd00::1]:2379'];
    expect(unencryptedEndpoints({ endpoints, user })).toEqual(['http://etcd2:2379', 'http://[fd00::1]:2379']);
    expect(unencryptedEndpoints({ endpoints })).toEqual([]);
  });

  it('names the variable of a file that cannot be read', () => {
    const settings = readSettings({ LDM_ETCD: 'https://etcd1:2379', LDM_ETCD_CA: join(folder, 'missing') });
    expect(() => etcdAccess(settings)).toThrow(/LDM_ETCD_CA.*ENOENT/);
    const failure = { name: 'UnreadableFileError', code: 'unreadable-file', variable: 'LDM_ETCD_CA', key: 'etcdCa' };
    expect(() => etcdAccess(settings)).toThrow(expect.objectContaining(failure));
  });

  it('does not take an empty file of authorities for those of the system', () => {
    writeFileSync(join(folder, 'empty'), '\n');
    const settings = readSettings({ LDM_ETCD: 'https://etcd1:2379', LDM_ETCD_CA: join(folder, 'empty') });
    expect(() => etcdAccess(settings)).toThrow(/LDM_ETCD_CA.*empty/);
  });

  it.each([
    ['etcd1', 'http://etcd1:2379'],
    ['etcd1:23790', 'http://etcd1:23790'],
    ['http://etcd1/', 'http://etcd1:2379'],
    ['HTTPS://etcd1.school.example:443//', 'https://etcd1.school.example:443'],
    ['10.0.0.1', 'http://10.0.0.1:2379'],
    ['fd00::1', 'http://[fd00::1]:2379'],
    ['[fd00::1]:23790', 'http://[fd00::1]:23790'],
  ])('reads %s as %s', (written, read) => {
    expect(etcdAccess(readSettings({ LDM_ETCD: written }))?.endpoints).toEqual([read]);
  });

  it('reads endpoints that are separated by commas, and speaks TLS to those without a scheme where a CA is given', () => {
    const LDM_ETCD_CA = join(folder, 'ca.pem');
    writeFileSync(LDM_ETCD_CA, 'an authority');
    const settings = readSettings({ LDM_ETCD: 'etcd1:2379, http://etcd2:2379,etcd1', LDM_ETCD_CA });
    expect(etcdAccess(settings)?.endpoints).toEqual(['https://etcd1:2379', 'http://etcd2:2379']);
  });

  it('speaks TLS to endpoints without a scheme where the client has a certificate', () => {
    const file = join(folder, 'client.pem');
    writeFileSync(file, 'a certificate and its key');
    const settings = readSettings({ LDM_ETCD: 'etcd1', LDM_ETCD_CERT: file, LDM_ETCD_KEY: file });
    expect(etcdAccess(settings)?.endpoints).toEqual(['https://etcd1:2379']);
  });

  it.each([
    'etcd1:',
    'etcd1;etcd2',
    'ftp://etcd1',
    'http://user:secret@etcd1',
    'http://etcd1/path',
    'http://etcd1:99999',
    'http://',
  ])('does not lead over %s', (endpoint) => {
    const { etcd, problems } = readSettings({ LDM_ETCD: endpoint });
    expect(etcd).toBeUndefined();
    expect(problems.map(({ variable }) => variable)).toEqual(['LDM_ETCD']);
    expect(JSON.stringify(problems)).not.toContain('secret@');
  });
});

it('the keys of a prefix end where its last letter is raised by one', () => {
  expect(prefixEnd('/ldm/servers/')).toBe(toBase64('/ldm/servers0'));
});
