import { connect } from 'node:net';
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

  const down = (reason: DownReason, { address }: Answer): ProbeResult => ({ kind: 'down', reason, address });

  const answer = await ask(options.infoPort, wireLimits.bytes);
  if (answer.kind === 'text') {
    const info = parseServerInfo(answer.text);
    if (info?.sshDown) return down('ssh-down', answer);
    if (info) return { kind: 'info', info, address: answer.address };
  } else if (answer.kind !== 'refused') return down(answer.kind, answer);

  const ssh = await ask(server.port, bannerBytes, sshBanner);
  if (ssh.kind === 'text' && sshBanner.test(ssh.text)) return { kind: 'ssh-only', address: ssh.address };
  const silent = ssh.kind === 'text' || (ssh.kind === 'silent' && ssh.connected);
  return down(silent ? 'ssh-silent' : ssh.kind, ssh);
}

type Answer =
  | { readonly kind: 'text'; readonly text: string; readonly address: string }
  | {
      readonly kind: 'silent' | 'refused' | 'unreachable' | 'unresolvable';
      /** The one tried last. */
      readonly address: string | null;
      readonly connected: boolean;
    };

interface ReadOptions {
  readonly host: string;
  readonly port: number;
  /** What makes the text read so far enough; without it all is read. */
  readonly enough: RegExp | undefined;
  /** Bytes that are read at the most. */
  readonly limit: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/** Connects, says nothing, and reads to the end, to the limit, or until it is enough. */
function readFrom({ host, port, enough, limit, timeoutMs, signal }: ReadOptions): Promise<Answer> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, lookup: lookupThrough(timeoutMs, signal), autoSelectFamily: true });
    const chunks: Buffer[] = [];
    let bytes = 0;
    let address: string | null = null;
    let connected = false;
    const finish = (answer: Answer): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onTimeout);
      socket.destroy();
      resolve(answer);
    };
    const text = (): string => Buffer.concat(chunks).subarray(0, limit).toString('utf8');
    const finishWith = (whole: string): void => finish({ kind: 'text', text: whole, address: address ?? host });
    const onTimeout = (): void => finish({ kind: address === null ? 'unresolvable' : 'silent', address, connected });
    const timer = setTimeout(onTimeout, Math.max(1, timeoutMs));
    signal?.addEventListener('abort', onTimeout);
    socket.on('connectionAttempt', (ip) => {
      address = ip;
    });
    socket.on('connect', () => {
      connected = true;
      address = socket.remoteAddress ?? address;
    });
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= limit) finishWith(wholeLines(text()));
      else if (enough?.test(text())) finishWith(text());
    });
    socket.on('end', () => finishWith(text()));
    socket.on('error', (error) => {
      if (connected) finishWith(text());
      else finish({ kind: connectFailure(error), address, connected });
    });
    if (signal?.aborted) onTimeout();
  });
}

/** The line that the limit cuts says something else than its writer meant. */
function wholeLines(text: string): string {
  return text.slice(0, text.lastIndexOf('\n') + 1);
}

function connectFailure(error: Error): 'silent' | 'refused' | 'unreachable' | 'unresolvable' {
  const errors: readonly unknown[] = error instanceof AggregateError ? error.errors : [error];
  const codes = errors.map((one) => (one instanceof Error && 'code' in one ? one.code : undefined));
  if (errors.some((one) => one instanceof ResolveError)) return 'unresolvable';
  if (codes.includes('ECONNREFUSED')) return 'refused';
  return codes.every((code) => code === 'ETIMEDOUT') ? 'silent' : 'unreachable';
}
