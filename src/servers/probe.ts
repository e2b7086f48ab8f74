import { parseServerInfo, type ServerInfo, wireLimits } from '../protocol/info-service.js';
import type { ServerAddress } from '../shared/server-address.js';
import { readFrom } from './read-from.js';
import type { DownReason } from './server-status.js';
import { checkSsh, type SshCheck } from './ssh-check.js';
import { noSshMemory, type SshMemory } from './ssh-memory.js';

/** The result of asking one server. */
export type ProbeResult =
  | { readonly kind: 'info'; readonly info: ServerInfo; readonly address: string }
  | { readonly kind: 'ssh-only'; readonly address: string }
  | { readonly kind: 'down'; readonly reason: DownReason; readonly address: string | null };

/** How one server is asked. */
export interface Question {
  /**
   * How to find out whether the ssh port answers, if the info service does not. `quick`, for logins: the ssh port is
   * assumed to answer if the machine refuses the info port, or if the ssh port has answered within a day; the login
   * notices soon enough. `thorough`, for server lists: the ssh port is tried.
   */
  readonly care: 'quick' | 'thorough';
  /** Called at most once, with a result that is valid until the info service answers. */
  readonly onEarly: (result: ProbeResult) => void;
  readonly signal: AbortSignal;
}

export interface ProbeOptions extends Partial<Question> {
  readonly infoPort: number;
  /** ms for everything: name, info service, and ssh port. */
  readonly timeoutMs: number;
  /** Remembers which ssh ports answer. */
  readonly memory?: SshMemory | undefined;
}

/**
 * ms that the info service has before the ssh port is checked in parallel. Together with the 150 ms that a choice waits
 * for further answers, a packet filter in front of the info service costs a login less than 250 ms.
 */
const checkSshAfterMs = 80;
/** ms for which an ssh port that has answered is not checked again, since sshd counts the checks: {@link checkSsh}. */
const knownForMs = { quick: 24 * 60 * 60_000, thorough: 10_000 } as const;

/**
 * Asks the info service of one server. Without an answer (refused, silent, or not understood), it finds out whether the
 * ssh port answers. Never throws, and ends within the timeout.
 */
export async function probe(server: ServerAddress, options: ProbeOptions): Promise<ProbeResult> {
  const { infoPort, timeoutMs, memory = noSshMemory, care = 'thorough', onEarly } = options;
  const deadline = performance.now() + timeoutMs;
  const end = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, end.signal]) : end.signal;
  const known = memory.answered(server, knownForMs[care]);
  let checking: Promise<SshCheck> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let attempted: string | undefined;
  let answered = false;

  const check = (): Promise<SshCheck> => {
    checking ??=
      known === undefined
        ? checkSsh(server, { first: attempted, timeoutMs: deadline - performance.now(), signal }).then((found) =>
            remember(server, found, memory, signal),
          )
        : Promise.resolve({ kind: 'answers', address: known });
    return checking;
  };
  const checkEarly = async (): Promise<void> => {
    if (answered) return;
    const found = await check();
    if (found.kind === 'answers') onEarly?.(sshOnly(found.address));
  };
  const onAttempt = (address: string): void => {
    attempted = address;
    // If this process was busy, an answer may be waiting; setImmediate has it read first.
    timer ??= setTimeout(() => setImmediate(() => void checkEarly()), known === undefined ? checkSshAfterMs : 0);
  };

  try {
    const request = { host: server.host, port: infoPort, limit: wireLimits.bytes, timeoutMs, onAttempt, signal };
    const answer = await readFrom(request);
    clearTimeout(timer);
    answered = true;
    if (answer.kind === 'text') {
      const info = parseServerInfo(answer.text);
      if (info?.sshDown) return { kind: 'down', reason: 'ssh-down', address: answer.address };
      if (info) return { kind: 'info', info, address: answer.address };
    }
    if (answer.kind === 'unresolvable' || answer.kind === 'dns-failed') {
      return { kind: 'down', reason: answer.kind, address: null };
    }
    const isAlive = answer.kind === 'text' || answer.kind === 'refused';
    if (care === 'quick' && isAlive && checking === undefined && answer.address !== null)
      return sshOnly(answer.address);
    const found = await check();
    if (found.kind === 'answers') return sshOnly(found.address);
    const nothingAnswers = answer.kind === 'timeout' && found.reason === 'ssh-silent';
    return nothingAnswers ? { ...found, reason: 'timeout' } : found;
  } finally {
    clearTimeout(timer);
    end.abort();
  }
}

function sshOnly(address: string): ProbeResult {
  return { kind: 'ssh-only', address };
}

function remember(server: ServerAddress, found: SshCheck, memory: SshMemory, signal: AbortSignal): SshCheck {
  // An aborted check has no result.
  if (signal.aborted) return found;
  if (found.kind === 'answers') memory.sawAnswer(server, found.address);
  else if (found.reason !== 'turned-away' && found.reason !== 'busy') memory.forget(server);
  return found;
}
