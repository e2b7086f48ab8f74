import { connect, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { ServerAddress } from '../settings/server-address.js';
import type { DownReason } from './answer.js';
import { lookupThrough, ResolveError } from './resolve.js';
import { parseServerInfo, type ServerInfo, wireLimits } from './wire.js';

/** What one server answered. */
export type ProbeResult =
  | { readonly kind: 'info'; readonly info: ServerInfo; readonly address: string }
  | { readonly kind: 'ssh-only'; readonly address: string }
  | { readonly kind: 'down'; readonly reason: DownReason; readonly address: string | null };

export interface ProbeOptions {
  readonly infoPort: number;
  /** ms for the whole of it: name, info service, and the look at the ssh port. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** The longest banner line by RFC 4253 section 4.2, and some of the lines that may stand before it. */
const bannerBytes = 4_096;
const sshBanner = /^SSH-2\.0-/m;

/**
 * Asks one server's info service. Only where none answers there (refused, or closed without a word that is
 * understood) its ssh port is looked at, since OpenSSH 9.8 and later penalise who connects and leaves.
 * Never throws; always ends within the timeout.
 */
export async function probe(server: ServerAddress, options: ProbeOptions): Promise<ProbeResult> {
  const deadline = performance.now() + options.timeoutMs;
  const ask = (port: number, limit: number, enough?: RegExp): Promise<Answer> =>
    readFrom({
      host: server.host,
      port,
      enough,
      limit,
      timeoutMs: deadline - performance.now(),
      signal: options.signal,
    });

  const answer = await ask(options.infoPort, wireLimits.bytes);
  if (answer.kind === 'text') {
    const info = parseServerInfo(answer.text);
    if (info?.sshDown) return { kind: 'down', reason: 'ssh-down', address: answer.address };
    if (info) return { kind: 'info', info, address: answer.address };
  } else if (answer.kind !== 'refused') {
    return { kind: 'down', reason: answer.kind, address: answer.kind === 'silent' ? answer.address : null };
  }

  const ssh = await ask(server.port, bannerBytes, sshBanner);
  if (ssh.kind === 'text') {
    return sshBanner.test(ssh.text)
      ? { kind: 'ssh-only', address: ssh.address }
      : { kind: 'down', reason: 'ssh-silent', address: ssh.address };
  }
  if (ssh.kind === 'refused') return { kind: 'down', reason: 'refused', address: ssh.address };
  if (ssh.kind === 'silent' && ssh.address !== null) {
    return { kind: 'down', reason: 'ssh-silent', address: ssh.address };
  }
  return { kind: 'down', reason: ssh.kind, address: null };
}

type Answer =
  | { readonly kind: 'text'; readonly text: string; readonly address: string }
  | { readonly kind: 'refused'; readonly address: string | null }
  | { readonly kind: 'silent'; readonly address: string | null }
  | { readonly kind: 'unreachable' | 'unresolvable' };

interface ReadOptions {
  readonly host: string;
  readonly port: number;
  /** What makes the text read so far enough; without it all is read. */
  readonly enough: RegExp | undefined;
  readonly limit: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/** Connects, says nothing, and reads to the end, to the limit, or until it is enough. */
function readFrom(options: ReadOptions): Promise<Answer> {
  const { host, port, enough, limit, timeoutMs, signal } = options;
  return new Promise((resolve) => {
    const socket: Socket = connect({ host, port, lookup: lookupThrough(timeoutMs, signal), autoSelectFamily: true });
    const chunks: Buffer[] = [];
    let bytes = 0;
    let address: string | null = null;
    const text = (): string => Buffer.concat(chunks).toString('utf8');
    const finish = (answer: Answer): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      socket.destroy();
      resolve(answer);
    };
    const finishWithText = (): void => finish({ kind: 'text', text: text().slice(0, limit), address: address ?? host });
    const onAbort = (): void => finish({ kind: 'silent', address });
    const timer = setTimeout(onAbort, Math.max(1, timeoutMs));
    signal?.addEventListener('abort', onAbort);
    socket.on('connect', () => {
      address = socket.remoteAddress ?? null;
    });
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= limit) {
        // The line that the limit cut says something else than its writer meant.
        const whole = text();
        chunks.splice(0, chunks.length, Buffer.from(whole.slice(0, whole.lastIndexOf('\n') + 1)));
        finishWithText();
      } else if (enough?.test(text())) finishWithText();
    });
    socket.on('end', finishWithText);
    socket.on('error', (error) =>
      finish(address === null ? connectFailure(error) : { kind: 'text', text: text(), address }),
    );
    if (signal?.aborted) onAbort();
  });
}

function connectFailure(error: Error): Answer {
  const errors: readonly unknown[] = error instanceof AggregateError ? error.errors : [error];
  const codes = errors.map((one) => (one instanceof Error && 'code' in one ? one.code : undefined));
  if (errors.some((one) => one instanceof ResolveError)) return { kind: 'unresolvable' };
  if (codes.includes('ECONNREFUSED')) return { kind: 'refused', address: null };
  return codes.every((code) => code === 'ETIMEDOUT') ? { kind: 'silent', address: null } : { kind: 'unreachable' };
}
