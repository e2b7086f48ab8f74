import { timingSafeEqual } from 'node:crypto';
import type { AuthContext, Connection, KeyboardAuthContext } from 'ssh2';
import type { DemoUser, SignInStep } from '../scenarios.js';

/** The connection is closed after this many refusals. */
const maxAttempts = 3;

/**
 * Keyboard-interactive login (RFC 4256) for these users, with the steps of the scenario after the password. Users without
 * steps can also use the method password.
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
        // An instruction without a question. The client shows it and answers immediately.
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
