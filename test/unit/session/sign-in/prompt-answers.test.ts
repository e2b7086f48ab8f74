import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Answers, type Prompt, signInLimits } from '../../../../src/session/sign-in/prompt-answers.js';
import { Secret } from '../../../../src/shared/secret.js';

/** A user who answers each question with its own text, after a while of its own. */
function user() {
  const asked: Prompt[] = [];
  const told: string[] = [];
  const promptHandler = {
    ask: async (prompt: Prompt) => {
      asked.push(prompt);
      await Promise.resolve();
      return new Secret(`answer to ${prompt.text}`);
    },
    tell: (text: string) => told.push(text),
  };
  return { asked, told, promptHandler };
}

const questions = ['Password: ', 'Welcome.\nPassword: ', 'Code: ', 'One-time password: ', 'New password: '];
const prompt = fc.record({
  text: fc.oneof(fc.string({ unit: 'binary', maxLength: 30 }), fc.constantFrom(...questions)),
  echo: fc.boolean(),
});
type Step = { readonly prompts: Prompt[] } | { readonly words: string };
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(fc.record({ prompts: fc.array(prompt, { maxLength: 6 }) }), fc.record({ words: fc.string() })),
  { maxLength: 30 },
);

describe('the answers of one sign-in', () => {
  it('give the password to the first hidden prompt that asks for one and each other its own answer, in whatever order', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (asks) => {
        const { asked, told, promptHandler } = user();
        const answers = new Answers(new Secret('the password'), promptHandler);
        const given: string[] = [];
        for (const step of asks) {
          if ('words' in step) answers.tell(step.words);
          else given.push(...(await answers.answer(step.prompts)).map((answer) => answer.reveal()));
        }
        const prompts = asks.flatMap((step) => ('prompts' in step ? step.prompts : []));
        const first = prompts.findIndex(({ text, echo }) => !echo && /^(Welcome\.\n)?Password: $/.test(text));
        expect(given).toEqual(prompts.map(({ text }, i) => (i === first ? 'the password' : `answer to ${text}`)));
        expect(asked).toEqual(prompts.filter((_, i) => i !== first));
        // The words in front of the question that nobody sees are told too.
        const expected = asks.flatMap((step) => {
          if ('words' in step) return step.words.trim() ? [step.words] : [];
          return step.prompts.includes(prompts[first] as Prompt) && prompts[first]?.text.startsWith('W')
            ? ['Welcome.']
            : [];
        });
        expect(told).toEqual(expected);
      }),
    );
  });

  it('keep the password back until it may go, and for good where the sign-in is over before', async () => {
    const { promptHandler } = user();
    let go = (): void => {};
    const mayHavePassword = (): Promise<void> =>
      new Promise((resolve) => {
        go = resolve;
      });
    for (const isOver of [false, true]) {
      const answers = new Answers(new Secret('the password'), { ...promptHandler, mayHavePassword });
      const given = answers.answer([{ text: 'Password: ', echo: false }]);
      given.catch(() => {});
      await new Promise((resolve) => setImmediate(resolve));
      expect(answers.isEntrusted).toBe(false);
      if (isOver) answers.end();
      go();
      if (isOver) await expect(given).rejects.toMatchObject({ code: 'cancelled' });
      else expect((await given).map((answer) => answer.reveal())).toEqual(['the password']);
    }
  });

  it('are not mixed up by a server that asks on before it was answered', async () => {
    const { asked, promptHandler } = user();
    const answers = new Answers(new Secret('x'), promptHandler);
    const first = answers.answer([{ text: 'Code: ', echo: true }]);
    await expect(answers.answer([{ text: 'Other: ', echo: true }])).rejects.toMatchObject({ code: 'protocol' });
    expect((await first).map((answer) => answer.reveal())).toEqual(['answer to Code: ']);
    expect(asked.map(({ text }) => text)).toEqual(['Code: ']);
  });

  it('end when the server asks too much at once or too often', async () => {
    const { promptHandler } = user();
    const many = Array.from({ length: signInLimits.prompts + 1 }, () => ({ text: '?', echo: true }));
    await expect(new Answers(new Secret('x'), promptHandler).answer(many)).rejects.toMatchObject({ code: 'protocol' });
    const answers = new Answers(new Secret('x'), promptHandler);
    for (let round = 0; round < signInLimits.rounds; round += 1) answers.beginRound();
    expect(() => answers.beginRound()).toThrow(/more than 100 times/);
  });

  it('pass words on up to a bound, in number and in length', () => {
    const many = user();
    const answers = new Answers(new Secret('x'), many.promptHandler);
    for (let i = 0; i < 10_000; i += 1) answers.tell(`line ${i}`);
    expect(many.told.length).toBe(signInLimits.texts);
    const long = user();
    new Answers(new Secret('x'), long.promptHandler).tell('x'.repeat(10_000_000));
    expect(long.told.map((text) => text.length)).toEqual([signInLimits.characters]);
  });

  it('are withdrawn when the sign-in is over', async () => {
    let withdrawn: AbortSignal | undefined;
    const answers = new Answers(new Secret('x'), {
      ask: (_, signal) => {
        withdrawn = signal;
        return new Promise(() => {});
      },
      tell: () => {},
    });
    void answers.answer([{ text: 'Code: ', echo: true }]);
    expect(withdrawn?.aborted).toBe(false);
    answers.end();
    expect(withdrawn?.aborted).toBe(true);
  });

  it('are wiped once sent, but for the password, which its maker wipes', async () => {
    const password = new Secret('the password');
    const answers = new Answers(password, user().promptHandler);
    const given = await answers.answer([
      { text: 'Password: ', echo: false },
      { text: 'Code: ', echo: false },
    ]);
    answers.wipe(given);
    expect(given.map((answer) => answer.reveal())).toEqual(['the password', '']);
  });

  it('hold a new password that was typed twice alike, and ask until it is', async () => {
    const typed = ['one', 'other', 'new', 'new'];
    const made: Secret[] = [];
    const asked: Prompt[] = [];
    const told: string[] = [];
    const answers = new Answers(new Secret('old'), {
      ask: async (prompt) => {
        asked.push(prompt);
        const secret = new Secret(typed.shift() ?? '');
        made.push(secret);
        return secret;
      },
      tell: (text) => told.push(text),
    });
    const password = await answers.newPassword('Your password has expired');
    expect(password.reveal()).toBe('new');
    expect(asked.map(({ echo }) => echo)).toEqual([false, false, false, false]);
    expect(asked[0]?.text).not.toBe(asked[1]?.text);
    expect(told).toHaveLength(2);
    expect(told[0]).toBe('Your password has expired');
    // Only the password that is sent is kept, until the end.
    expect(made.map((secret) => secret.reveal())).toEqual(['', '', 'new', '']);
    answers.end();
    expect(password.reveal()).toBe('');
  });

  it('know whether the server has explained itself since the last of them', async () => {
    const answers = new Answers(new Secret('x'), user().promptHandler);
    expect(answers.toldSinceAnswer).toBe(false);
    answers.tell(' \n');
    expect(answers.toldSinceAnswer).toBe(false);
    answers.tell('Welcome');
    expect(answers.toldSinceAnswer).toBe(true);
    await answers.answer([{ text: 'Code: ', echo: true }]);
    expect(answers.toldSinceAnswer).toBe(false);
  });

  it('entrust a server with something once the password is used or the user is asked, and wait only meanwhile', async () => {
    const asked = new Answers(new Secret('x'), user().promptHandler);
    expect(asked.isEntrusted).toBe(false);
    const given = asked.answer([{ text: 'Code: ', echo: true }]);
    expect(asked.isEntrusted).toBe(true);
    expect(asked.isAsking).toBe(true);
    await given;
    expect(asked.isAsking).toBe(false);
    const used = new Answers(new Secret('x'), user().promptHandler);
    await used.answer([{ text: 'Password: ', echo: false }]);
    expect(used.isEntrusted).toBe(true);
    expect(used.isAsking).toBe(false);
  });

  it('do not give the password to a question that shows what is typed', async () => {
    const { promptHandler } = user();
    const given = await new Answers(new Secret('the password'), promptHandler).answer([
      { text: 'Password: ', echo: true },
    ]);
    expect(given.map((answer) => answer.reveal())).toEqual(['answer to Password: ']);
  });

  it('tell the question that nobody sees where it asks for more than the password', async () => {
    const { told, promptHandler } = user();
    await new Answers(new Secret('x'), promptHandler).answer([{ text: 'Hello\nPassword & code: ', echo: false }]);
    expect(told).toEqual(['Hello\nPassword & code:']);
    const alone = user();
    await new Answers(new Secret('x'), alone.promptHandler).answer([{ text: 'Password + token: ', echo: false }]);
    expect(alone.told).toEqual(['Password + token:']);
  });

  it('are wiped and asked for no more once the sign-in is over, and nothing is told', async () => {
    const { asked, told, promptHandler } = user();
    const answers = new Answers(new Secret('x'), promptHandler);
    const given = answers.answer([
      { text: 'Code: ', echo: true },
      { text: 'Other: ', echo: true },
    ]);
    answers.end();
    answers.tell('late');
    await expect(given).rejects.toMatchObject({ code: 'cancelled' });
    expect(asked.map(({ text }) => text)).toEqual(['Code: ']);
    expect(told).toEqual([]);
    await expect(answers.answer([{ text: 'Password: ', echo: false }])).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('are wiped at the end of the sign-in, but for the password that was typed', async () => {
    const password = new Secret('the password');
    const answers = new Answers(password, user().promptHandler);
    const given = await answers.answer([
      { text: 'Password: ', echo: false },
      { text: 'Code: ', echo: false },
    ]);
    expect(given.map((answer) => answer.reveal())).toEqual(['the password', 'answer to Code: ']);
    answers.end();
    expect(given.map((answer) => answer.reveal())).toEqual(['the password', '']);
  });

  it('are wiped where they come after the end of the sign-in', async () => {
    const late = new Secret('late');
    const answers = new Answers(new Secret('x'), { ask: async () => late, tell: () => {} });
    const given = answers.answer([{ text: 'Code: ', echo: true }]);
    answers.end();
    await given;
    expect(late.reveal()).toBe('');
  });

  it('may be asked again after a question that the user gave up', async () => {
    let gaveUp = false;
    const answers = new Answers(new Secret('x'), {
      ask: async () => {
        if (gaveUp) return new Secret('123');
        gaveUp = true;
        throw new Error('given up');
      },
      tell: () => {},
    });
    await expect(answers.answer([{ text: 'Code: ', echo: true }])).rejects.toThrow('given up');
    expect(answers.isAsking).toBe(false);
    const again = await answers.answer([{ text: 'Code: ', echo: true }]);
    expect(again.map((answer) => answer.reveal())).toEqual(['123']);
  });

  it('may be as many at once and as often as the limits say', async () => {
    const { promptHandler } = user();
    const most = Array.from({ length: signInLimits.prompts }, () => ({ text: '?', echo: true }));
    expect(await new Answers(new Secret('x'), promptHandler).answer(most)).toHaveLength(signInLimits.prompts);
  });

  it('pass on what fits of a long text, and nothing once that is full', () => {
    const { told, promptHandler } = user();
    const answers = new Answers(new Secret('x'), promptHandler);
    answers.tell('a'.repeat(signInLimits.characters - 1));
    answers.tell('bc');
    answers.tell('d');
    expect(told.map((text) => text.length)).toEqual([signInLimits.characters - 1, 1]);
  });
});
