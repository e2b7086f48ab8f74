import { sshdRefusal } from '../protocol/sshd-refusal.js';
import type { ServerAddress } from '../shared/server-address.js';
import { type ReadRequest, readFrom } from './read-from.js';
import type { DownReason } from './server-status.js';

/** The result of a check of an ssh port. */
export type SshCheck =
  | { readonly kind: 'answers'; readonly address: string }
  | { readonly kind: 'down'; readonly reason: DownReason; readonly address: string | null };

/** Enough for the longest banner by RFC 4253 section 4.2, and for some lines before it. */
const bannerBytes = 4_096;
const banner = /^SSH-2\.0-/m;

/**
 * Connects to the ssh port, reads the banner and disconnects. OpenSSH 9.8 and later count that as a connection without a
 * login: it adds a second to the penalty of this client's address, and from 15 s sshd refuses the address. Every check
 * counts, so do not call this often.
 */
export async function checkSsh(
  { host, port }: ServerAddress,
  options: Pick<ReadRequest, 'first' | 'timeoutMs' | 'signal'>,
): Promise<SshCheck> {
  const answer = await readFrom({ host, port, enough: banner, limit: bannerBytes, ...options });
  const down = (reason: DownReason): SshCheck => ({ kind: 'down', reason, address: answer.address });
  if (answer.kind !== 'text') return down(answer.kind === 'timeout' && answer.connected ? 'ssh-silent' : answer.kind);
  if (banner.test(answer.text)) return { kind: 'answers', address: answer.address };
  return down(sshdRefusal(answer.text) ?? 'ssh-silent');
}
