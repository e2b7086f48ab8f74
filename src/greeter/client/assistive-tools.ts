import { type ChildProcess, spawn } from 'node:child_process';
import type { Aid, AidState } from '../../protocol/greeter-messages.js';
import type { Log } from '../../shared/log/log.js';
import { signalGroup } from '../../shared/programs/process-group.js';
import { trustProgram } from '../../shared/programs/program-trust.js';

const order: readonly Aid[] = ['on-screen-keyboard', 'screen-reader'];

type Commands = Readonly<Record<Aid, readonly string[] | undefined>>;

/** The administrator's programs that help with reading and typing, started and ended from the Accessibility menu. */
export class AssistiveTools {
  readonly #commands: Commands;
  readonly #log: Log;
  readonly #children = new Map<Aid, ChildProcess>();
  #changed = (): void => {};

  /** @param commands program and arguments of each; undefined where there is none */
  constructor(commands: Commands, log: Log) {
    this.#commands = commands;
    this.#log = log;
  }

  /** Calls back whenever one has started or ended. */
  onChange(callback: () => void): void {
    this.#changed = callback;
  }

  states(): readonly AidState[] {
    return order
      .filter((aid) => this.#commands[aid] !== undefined)
      .map((aid) => ({ aid, running: this.#children.has(aid) }));
  }

  /** Starts it, unless it runs already. */
  start(aid: Aid): void {
    const [file, ...args] = this.#commands[aid] ?? [];
    if (file === undefined || this.#children.has(aid)) return;
    const trust = trustProgram(file, process.getuid?.() ?? 0, process.env.PATH);
    if (trust.kind === 'distrusted') {
      this.#log.error('assistive-tool-failed', { aid, problem: trust.reason });
      // As with a start that fails later, a listener added right after this call still hears it.
      queueMicrotask(() => this.#changed());
      return;
    }
    const child = spawn(trust.path, args, { stdio: 'ignore', detached: true });
    this.#children.set(aid, child);
    const gone = (): void => {
      if (this.#children.get(aid) !== child) return;
      this.#children.delete(aid);
      this.#changed();
    };
    child.on('error', (error) => {
      this.#log.error('assistive-tool-failed', { aid, problem: error.message });
      gone();
    });
    child.on('exit', gone);
    this.#changed();
  }

  stop(aid: Aid): void {
    // The whole group, with what the tool has started.
    signalGroup(this.#children.get(aid)?.pid, 'SIGTERM');
  }

  stopAll(): void {
    for (const aid of this.#children.keys()) this.stop(aid);
  }
}
