import { describe, expect, it } from 'vitest';
import { logIn } from '../../../src/login/login.js';
import type { LoginProgress } from '../../../src/login/outcome.js';
import { outcomeText } from '../../../src/login/sentences.js';
import { Secret } from '../../../src/shared/secret.js';
import { loginDependenciesFor } from '../support/login-dependencies.js';

/** A login on the only server there is, whose name nobody knows. */
async function tryToLogIn(hasNetwork: boolean) {
  const told: LoginProgress[] = [];
  const demoted: string[] = [];
  const dependencies = {
    ...loginDependenciesFor({ LDM_SERVER: 'nowhere.invalid' }, []),
    demotions: {
      isDemoted: () => false,
      failed: ({ name }: { name: string }) => void demoted.push(name),
      succeeded: () => {},
    },
    hasNetwork: () => hasNetwork,
  };
  const outcome = await logIn(
    {
      user: 'ann',
      password: new Secret('x'),
      choice: { mode: 'automatic' },
      command: { line: 'true', input: undefined },
    },
    dependencies,
    { tell: (news) => void told.push(news), ask: async () => new Secret(''), mayGoOn: async () => false },
    new AbortController().signal,
  );
  return { outcome, text: outcomeText(outcome), failures: told.filter(({ kind }) => kind === 'failed'), demoted };
}

describe('a login on a client without a network', () => {
  it('blames no server, and remembers none as one that failed', async () => {
    const { outcome, text, failures, demoted } = await tryToLogIn(false);
    expect(outcome).toMatchObject({ kind: 'none-left', isOffline: true, failures: [{ code: 'unresolvable' }] });
    expect(text).toBe('Nobody can log in without the network. Try again when this computer is connected.');
    expect(failures).toEqual([]);
    expect(demoted).toEqual([]);
  });

  it('is told apart from one whose server cannot be found', async () => {
    const { outcome, text, failures, demoted } = await tryToLogIn(true);
    expect(outcome).toMatchObject({ kind: 'none-left', isOffline: false });
    expect(text).toContain('nowhere.invalid is not available');
    expect(failures).toHaveLength(1);
    expect(demoted).toEqual(['nowhere.invalid']);
  });
});
