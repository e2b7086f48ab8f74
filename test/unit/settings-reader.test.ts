import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { settingsReader } from '../../src/settings/load.js';

const client = (...addresses: string[]) => ({ hostName: 'pc01', addresses, macs: [] });

describe('the settings that are read again', () => {
  let folder = '';
  let file = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ldm-settings-'));
    file = join(folder, 'lts.conf');
    writeFileSync(file, '[default]\nLDM_SERVER=nowhere\n[10.0.0.7]\nLDM_SERVER="app1 app2"\n');
  });
  afterEach(() => rmSync(folder, { recursive: true }));
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

  it('may be wrong for a while, and are right again after that', () => {
    const read = settingsReader(file, {});
    const first = read(client());
    const right = '[default]\nLDM_SERVER=nowhere\n';
    writeFileSync(file, `${right}LDM_BALANCE=luck\n`);
    expect(() => read(client())).toThrow('LDM_BALANCE');
    writeFileSync(file, right);
    expect(read(client())).toBe(first);
  });
});
