import { describe, expect, it } from 'vitest';
import { oneSessionPolicy } from '../../../src/login/one-session-policy.js';
import type { Prompt } from '../../../src/session/sign-in/prompt-answers.js';
import { Secret } from '../../../src/shared/secret.js';
import { address } from '../../support/statuses.js';

const [here, there] = [address('s1'), address('s2')];

/** The policy of a login on s1, whose user gives this answer. */
function policy(limitOneSession: boolean, limitOneSessionPrompt: boolean, answer = '') {
  const asked: (Prompt & { readonly server: string })[] = [];
  const ask = async (server: string, prompt: Prompt) => {
    asked.push({ server, ...prompt });
    return new Secret(answer);
  };
  const { signal } = new AbortController();
  return { asked, made: oneSessionPolicy({ limitOneSession, limitOneSessionPrompt }, here, { ask }, signal) };
}

describe('the other sessions of a user', () => {
  it('stay where they are not limited', () => {
    expect(policy(false, false).made).toBeUndefined();
    expect(policy(false, true).made).toBeUndefined();
  });

  it('end without a question where no prompt is wanted', async () => {
    const { made, asked } = policy(true, false);
    expect(await made?.endHere(here)).toBe(true);
    expect(await made?.decideElsewhere(there)).toBe('end');
    expect(asked).toEqual([]);
  });

  it('are in the hands of the user where the prompt is wanted, who sees the answer', async () => {
    const answers = async (answer: string) => {
      const { made } = policy(true, true, answer);
      return [await made?.endHere(here), await made?.decideElsewhere(there)];
    };
    expect(await answers('yes')).toEqual([true, 'cancel']);
    expect(await answers('1')).toEqual([false, 'go']);
    const { made, asked } = policy(true, true);
    await made?.decideElsewhere(there);
    expect(asked).toEqual([{ server: 's1', echo: true, text: expect.stringContaining('logged in on s2 already') }]);
  });
});
