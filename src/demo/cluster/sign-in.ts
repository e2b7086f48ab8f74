import { timingSafeEqual } from 'node:crypto';
import type { AuthContext, Connection, KeyboardAuthContext } from 'ssh2';
import type { DemoUser, SignInStep } from '../scenarios.js';

/** A connection with this many refusals is closed. */
const maxAttempts = 3;

/**
 * Keyboard-interactive (RFC 4256) for the users given, each with the steps of the scenario behind the password; for
 * users without steps by password too.
 */
export function signIn(connection: Connection, users: readonly DemoUser[]): void {
  let failures = 0;
  const refuse = (context: AuthContext): void => {
    failures += 1;
    context.reject(['keyboard-interactive', 'password']);
    if (failures >= maxAttempts) connection.end();
  };
  connection.on('authentication', (context) => {
    const user = users.find(({ name }) => name === context.username);
    switch (context.method) {
      case 'keyboard-interactive': {
        const password = { kind: 'ask', prompt: 'Password: ', echo: false, answer: user?.password ?? null } as const;
        take([password, ...(user?.then ?? [])], context, () =>
          user === undefined ? refuse(context) : context.accept(),
        );
        return;
      }
      case 'password':
        if (user !== undefined && user.then === undefined && isSame(context.password, user.password)) context.accept();
        else refuse(context);
        return;
      default:
        context.reject(['keyboard-interactive', 'password']);
    }
  });

  function take(steps: readonly SignInStep[], context: KeyboardAuthContext, done: () => void): void {
    const [step, ...rest] = steps;
    switch (step?.kind) {
      case undefined:
        done();
        return;
      case 'ask':
        context.prompt([{ prompt: step.prompt, echo: step.echo }], ([answer = '']) =>
          step.answer === null || isSame(answer, step.answer) ? take(rest, context, done) : refuse(context),
        );
        return;
      case 'say':
        // An instruction without a question: the client shows it and answers at once.
        context.prompt([], '', step.text, () => take(rest, context, done));
        return;
      case 'fall-silent':
        return;
      case 'refuse':
        refuse(context);
    }
  }
}

function isSame(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
}
