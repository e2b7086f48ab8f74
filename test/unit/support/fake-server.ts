import { Duplex, PassThrough } from 'node:stream';
import type { ClientChannel } from 'ssh2';
import type { SessionErrorCode } from '../../../src/session/failures.js';
import { SessionError } from '../../../src/session/session-error.js';
import type { Prompt, PromptHandler } from '../../../src/session/sign-in/prompt-answers.js';
import type { CommandEnd, Connection, RunningCommand } from '../../../src/session/ssh/connection.js';
import type { SilenceListener } from '../../../src/session/ssh/server-watch.js';
import type { VerifiedConnection } from '../../../src/session/ssh/verified-connection.js';
import type { Secret } from '../../../src/shared/secret.js';
import { address } from '../../support/statuses.js';

export interface FakeServerPlan {
  /** Fails before the host key is verified; `never`: it stays silent. */
  readonly connect?: SessionErrorCode | 'never';
  /** Fails in the sign-in, after it has received the password; `never`: it stays silent then. */
  readonly signIn?: SessionErrorCode | 'never';
  /** Ends the connection before it asks for the password. */
  readonly closesBeforePassword?: boolean;
  /** Questions beyond the password. */
  readonly asks?: readonly Prompt[];
  /** What it tells during the sign-in. */
  readonly tells?: string;
  /** Fails when the session is started; `never`: it stays silent then. */
  readonly run?: SessionErrorCode | 'never';
  /** Other sessions of the user; undefined: they cannot be counted. */
  readonly sessions?: number | undefined;
  /** What the script for the last errors of a desktop prints. */
  readonly errors?: string;
  readonly clientAddress?: string | undefined;
}

/** A command that a test ends. */
export interface FakeCommand {
  readonly line: string;
  readonly input: () => string;
  end(end: CommandEnd): void;
  /** Its first process ends. */
  exit(): void;
}

/** A server without a network: what happens to its connection is kept. */
export class FakeServer {
  readonly address;
  readonly passwords: string[] = [];
  readonly answers: string[] = [];
  readonly commands: FakeCommand[] = [];
  readonly abandoned: string[] = [];
  /** All that happens to it after its host key is verified, in order; a test may add what happens around it. */
  readonly events: string[] = [];
  /** Connections that were opened and not closed. */
  open = 0;
  opened = 0;
  /** Who listens for silence, at the sign-in first, then in the session. */
  readonly listeners: SilenceListener[] = [];
  #plan: FakeServerPlan;

  constructor(name: string, plan: FakeServerPlan = {}) {
    this.address = address(name);
    this.#plan = { sessions: 0, ...plan };
  }

  /** It behaves otherwise from now on. */
  set plan(plan: FakeServerPlan) {
    this.#plan = { sessions: 0, ...plan };
  }

  connect(signal: AbortSignal): Promise<VerifiedConnection> {
    this.opened += 1;
    const { connect } = this.#plan;
    if (connect === 'never') return rejectedAtAbort(signal);
    if (connect !== undefined) return Promise.reject(new SessionError(connect, 'as planned'));
    return Promise.resolve(this.verified());
  }

  verified(): VerifiedConnection {
    this.open += 1;
    let isOpen = true;
    let isEntrusted = false;
    const close = (): void => {
      if (!isOpen) return;
      isOpen = false;
      this.open -= 1;
      this.events.push('close');
    };
    const watch = (_ms: number, listener: SilenceListener): void => {
      this.events.push('watch');
      this.listeners.push(listener);
    };
    const connection = {
      server: this.address,
      watch,
      abandon: (cause: string) => void this.abandoned.push(cause),
      run: (line: string) =>
        isOpen ? this.#run(line) : Promise.reject(new SessionError('closed', 'closed before the command began')),
      close,
    };
    const { clientAddress, closesBeforePassword, tells, asks = [], signIn } = this.#plan;
    const verified = {
      server: this.address,
      clientAddress,
      get isEntrusted() {
        return isEntrusted;
      },
      watch,
      close,
      signIn: async (user: string, password: Secret, promptHandler: PromptHandler, signal: AbortSignal) => {
        this.events.push(`sign in ${user}`);
        try {
          if (closesBeforePassword) throw new SessionError('closed', 'as planned');
          if (tells !== undefined) promptHandler.tell(tells);
          await promptHandler.mayHavePassword?.();
          isEntrusted = true;
          this.passwords.push(password.reveal());
          for (const prompt of asks) this.answers.push((await promptHandler.ask(prompt, signal)).reveal());
          if (signIn === 'never') await rejectedAtAbort(signal);
          else if (signIn !== undefined) throw new SessionError(signIn, 'as planned');
          return connection as unknown as Connection;
        } catch (error) {
          close();
          throw error;
        }
      },
    };
    return verified as unknown as VerifiedConnection;
  }

  async #run(line: string): Promise<RunningCommand> {
    const { run, sessions, errors } = this.#plan;
    this.events.push(line);
    if (line === 'exec /bin/sh -s find') return printing(sessions === undefined ? '' : `${sessions}\n`);
    if (line === 'exec /bin/sh -s end') {
      this.commands.push({ line, input: () => '', end: () => {}, exit: () => {} });
      return printing('');
    }
    if (line === 'exec /bin/sh -s') return printing(errors ?? '');
    if (run === 'never') return new Promise(() => {});
    if (run !== undefined) throw new SessionError(run, 'as planned');
    const { channel, input } = newChannel();
    const [exited, exit] = settled<void>();
    const [ended, end] = settled<CommandEnd>();
    this.commands.push({ line, input, end, exit: () => exit() });
    return { channel, exited, ended };
  }
}

function settled<T>(): [Promise<T>, (value: T) => void] {
  let settle: (value: T) => void = () => {};
  const promise = new Promise<T>((resolve) => {
    settle = resolve;
  });
  return [promise, settle];
}

function rejectedAtAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const onAbort = (): void => reject(new SessionError('cancelled', 'no longer wanted'));
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

function newChannel(): { channel: ClientChannel; input: () => string } {
  let input = '';
  const channel = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      input += chunk.toString();
      done();
    },
  });
  return { channel: Object.assign(channel, { stderr: new PassThrough() }) as never, input: () => input };
}

/** A command that prints a text and ends. */
function printing(text: string): RunningCommand {
  const { channel } = newChannel();
  channel.push(text);
  channel.push(null);
  const ended = new Promise<CommandEnd>((resolve) => channel.once('end', () => resolve({ kind: 'exit', code: 0 })));
  return { channel, exited: Promise.resolve(), ended };
}
