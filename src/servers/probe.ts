import { performance } from 'node:perf_hooks';
import { parseServerInfo, type ServerInfo, wireLimits } from '../protocol/info-service.js';
import type { ServerAddress } from '../shared/server-address.js';
import { readFrom } from './read-from.js';
import type { DownReason } from './server-status.js';
import { checkSsh, type SshCheck } from './ssh-check.js';
import { noSshMemory, type SshMemory } from './ssh-memory.js';

/** What one server answered. */
export type ProbeResult =
  | { readonly kind: 'info'; readonly info: ServerInfo; readonly address: string }
  | { readonly kind: 'ssh-only'; readonly address: string }
  | { readonly kind: 'down'; readonly reason: DownReason; readonly address: string | null };

/** How one server is asked. */
export interface Question {
  /**
   * How sure the answer must be that the ssh port answers, where the info service tells nothing. `quick`, for logins:
   * a machine that refuses the info port is taken for one whose ssh port answers, and so is one whose ssh port was seen
   * to answer within a day; the login finds out soon enough. `thorough`, for people who look: the ssh port is tried.
   */
  readonly care: 'quick' | 'thorough';
  /** Called at most once, with what holds until the info service answers after all. */
  readonly onEarly: (result: ProbeResult) => void;
  readonly signal: AbortSignal;
}

export interface ProbeOptions extends Partial<Question> {
  readonly infoPort: number;
  /** ms for the whole of it: name, info service, and the look at the ssh port. */
  readonly timeoutMs: number;
  /** Where it is remembered which ssh ports answer. */
  readonly memory?: SshMemory | undefined;
}

/**
 * So long the info service is waited for before the ssh port is looked at beside it. With the 150 ms that a choice waits
 * for further answers, a packet filter in front of the info service costs a login less than 250 ms.
 */
const lookAfterMs = 80;
/** That an ssh port answers holds for so long: a look is counted by sshd, see {@link checkSsh}. */
const knownForMs = { quick: 24 * 60 * 60_000, thorough: 10_000 } as const;

/**
 * Asks one server's info service, and where that tells nothing (refused, silent, or not understood) finds out whether
 * its ssh port answers. Never throws; always ends within the timeout.
 */
export async function probe(server: ServerAddress, options: ProbeOptions): Promise<ProbeResult> {
  const { infoPort, timeoutMs, memory = noSshMemory, care = 'thorough', onEarly } = options;
  const deadline = performance.now() + timeoutMs;
  const end = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, end.signal]) : end.signal;
  const known = memory.answered(server, knownForMs[care]);
  let looking: Promise<SshCheck> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let attempted: string | undefined;
  let answered = false;

  const look = (): Promise<SshCheck> => {
    looking ??=
      known === undefined
        ? checkSsh(server, { first: attempted, timeoutMs: deadline - performance.now(), signal }).then((found) =>
            remember(server, found, memory, signal),
          )
        : Promise.resolve({ kind: 'answers', address: known });
    return looking;
  };
  const lookEarly = async (): Promise<void> => {
    if (answered) return;
    const found = await look();
    if (found.kind === 'answers' && !signal.aborted) onEarly?.(sshOnly(found.address));
  };
  const onAttempt = (address: string): void => {
    attempted = address;
    // Where this process was busy meanwhile, the answer may have come already: what waits is read first.
    timer ??= setTimeout(() => setImmediate(() => void lookEarly()), known === undefined ? lookAfterMs : 0);
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
    if (care === 'quick' && isAlive && looking === undefined && answer.address !== null) return sshOnly(answer.address);
    const found = await look();
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
  // A look that was broken off has shown nothing.
  if (signal.aborted) return found;
  if (found.kind === 'answers') memory.sawAnswer(server, found.address);
  else if (found.reason !== 'turned-away' && found.reason !== 'busy') memory.forget(server);
  return found;
}
