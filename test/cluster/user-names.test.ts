import { expect, it } from 'vitest';
import { requireOrSkip } from '../support/require-or-skip.js';
import { missingForCluster } from './support/missing.js';
import { useCluster } from './support/use-cluster.js';

const exactly = [
  'two words',
  "o'hara",
  'say "hi"',
  'back\\slash',
  '$(id)',
  'a;b',
  'ünï',
  'DOMAIN\\ada',
  'ada@school.test',
];
const refused = {
  'a leading dash': '-oProxyCommand=id',
  'a line break': 'ada\nroot',
  'a carriage return': 'ada\rroot',
  'an escape sequence': 'ada\u001b[2J',
  'nothing in it': '',
  '10,000 characters': 'a'.repeat(10_000),
};

requireOrSkip(missingForCluster, 'A user name', () => {
  const password = 'the same';
  const cluster = useCluster({
    servers: [{ name: 's1' }],
    accounts: exactly.map((name) => ({ name, password })),
  });

  it.each(exactly)('reaches the server exactly as typed: %s', async (name) => {
    const { code, stdout } = await cluster().login({ name, password }, ['id -un']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${name}\n` });
    const { credentials } = await cluster().server('s1').accountLog();
    expect(credentials).toEqual([{ user: name, password }]);
  });

  it.each(Object.entries(refused))('with %s is refused with 64, and no server hears of it', async (_what, name) => {
    const { code, stderr } = await cluster().login({ name, password }, ['id -un']);
    expect(code).toBe(64);
    expect(stderr).toContain('user name');
    expect((await cluster().server('s1').accountLog()).connections).toBe(0);
  });
});
