import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';
import * as dns from 'dns-packet';
import { sameName } from './same-name.js';

export interface DnsQuestion {
  /** A full name, without the final dot. */
  readonly name: string;
  readonly type: 'A' | 'AAAA' | 'SRV' | 'SSHFP';
}

export interface Resolver {
  readonly address: string;
  readonly port: number;
}

/**
 * The reply of one resolver. `failed` says nothing about the name, and another resolver may know it. `answered`: whether
 * the resolver answered at all, for example with SERVFAIL.
 */
export type DnsReply =
  | {
      readonly kind: 'answered';
      readonly answers: readonly dns.Answer[];
      /** Whether the resolver says that DNSSEC has proved all answers (RFC 4035 section 3.2.3). */
      readonly authenticated: boolean;
    }
  | { readonly kind: 'no-such-name' }
  | { readonly kind: 'failed'; readonly answered: boolean; readonly problem: string };

/** Bytes that a UDP answer can have without fragmentation (DNS flag day 2020). Longer ones come over TCP. */
const udpPayload = 1_232;
/** No resolver sends more than this, since the question limits the answer to {@link udpPayload}. */
const maxDatagramBytes = 4_096;

/**
 * Asks one resolver once: over UDP with EDNS(0) (RFC 6891), without EDNS if the resolver does not support it, and over TCP
 * if the answer was truncated (RFC 7766). Id and source port are random, and messages that do not answer this question are
 * ignored (RFC 5452). Never throws, and ends within the timeout.
 */
export async function askResolver(
  question: DnsQuestion,
  resolver: Resolver,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<DnsReply> {
  const within = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const first = await overUdp(question, resolver, 'edns', within);
  if (typeof first === 'string') return { kind: 'failed', answered: false, problem: first };
  // FORMERR or NOTIMP: the resolver does not support EDNS (RFC 6891 section 7).
  const extension = first.rcode === 1 || first.rcode === 4 ? 'plain' : 'edns';
  const heard = extension === 'plain' ? await overUdp(question, resolver, extension, within) : first;
  if (typeof heard === 'string') return { kind: 'failed', answered: true, problem: heard };
  const whole = heard.truncated ? await overTcp(question, resolver, extension, within) : heard;
  return typeof whole === 'string' ? { kind: 'failed', answered: true, problem: whole } : replyOf(whole);
}

/** A message whose header answers the question. The records of a truncated message are not decoded. */
interface DnsMessage {
  readonly rcode: number;
  readonly truncated: boolean;
  readonly authenticated: boolean;
  readonly answers: readonly dns.Answer[];
}

function replyOf({ rcode, answers, authenticated }: DnsMessage): DnsReply {
  if (rcode === 0) return { kind: 'answered', answers, authenticated };
  if (rcode === 3) return { kind: 'no-such-name' };
  return { kind: 'failed', answered: true, problem: `answered with code ${rcode}` };
}

type Extension = 'edns' | 'plain';

function encodeQuery(question: DnsQuestion, id: number, extension: Extension): Buffer {
  return dns.encode({
    type: 'query',
    id,
    // AD in a question requests AD in the answer (RFC 6840 section 5.7).
    flags: dns.RECURSION_DESIRED | dns.AUTHENTIC_DATA,
    questions: [{ ...question, class: 'IN' }],
    ...(extension === 'edns' && { additionals: [optRecord] }),
  });
}

const optRecord: dns.OptAnswer = {
  type: 'OPT',
  name: '.',
  udpPayloadSize: udpPayload,
  extendedRcode: 0,
  ednsVersion: 0,
  flags: 0,
  flag_do: false,
  options: [],
};

/** Of a message whose records are not read. */
const headerOnly = { authenticated: false, answers: [] } as const;

/** @returns undefined for a message that is malformed, or does not answer this question */
function parseReply(message: Buffer, question: DnsQuestion, id: number): DnsMessage | undefined {
  if (message.length < 12 || message.readUInt16BE(0) !== id) return undefined;
  const flags = message.readUInt16BE(2);
  if ((flags & 0x8000) === 0) return undefined;
  const rcode = flags & 0xf;
  const authenticated = (flags & dns.AUTHENTIC_DATA) !== 0;
  // A truncated message can end within a record. Only its header is read, since the whole answer comes over TCP.
  if ((flags & dns.TRUNCATED_RESPONSE) !== 0) return { rcode, truncated: true, ...headerOnly };
  // After FORMERR, a resolver does not have to repeat the question.
  if (rcode === 1 && message.readUInt16BE(4) === 0) return { rcode, truncated: false, ...headerOnly };
  try {
    const { questions = [], answers = [] } = dns.decode(message);
    const [asked] = questions;
    const ours = asked?.type === question.type && asked.class === 'IN' && sameName(asked.name, question.name);
    return questions.length === 1 && ours ? { rcode, truncated: false, authenticated, answers } : undefined;
  } catch {
    return undefined;
  }
}

/** @returns the message, or a description of the problem */
function overUdp(
  question: DnsQuestion,
  { address, port }: Resolver,
  extension: Extension,
  signal: AbortSignal,
): Promise<DnsMessage | string> {
  return new Promise((resolve) => {
    const id = randomInt(0x10000);
    const socket = createSocket({ type: isIPv6(address) ? 'udp6' : 'udp4' });
    let isOver = false;
    const finish = (result: DnsMessage | string): void => {
      if (isOver) return;
      isOver = true;
      signal.removeEventListener('abort', onAbort);
      socket.removeAllListeners();
      // Errors after the end are ignored.
      socket.on('error', () => {});
      socket.close();
      resolve(result);
    };
    const onAbort = (): void => finish('no answer in time');
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort);
    socket.on('error', (error) => finish(error.message));
    socket.on('message', (message) => {
      const heard = message.length <= maxDatagramBytes ? parseReply(message, question, id) : undefined;
      if (heard) finish(heard);
    });
    // A connected socket receives only from its resolver, and gets an error if nothing listens there.
    socket.once('connect', () => {
      socket.send(encodeQuery(question, id, extension), (error) => {
        if (error) finish(error.message);
      });
    });
    // A callback would get the error of a network that is down, and its type does not say so.
    socket.connect(port, address);
  });
}

/** @returns the message, or a description of the problem */
function overTcp(
  question: DnsQuestion,
  { address, port }: Resolver,
  extension: Extension,
  signal: AbortSignal,
): Promise<DnsMessage | string> {
  return new Promise((resolve) => {
    const id = randomInt(0x10000);
    const socket = connect({ host: address, port });
    let read = Buffer.alloc(0);
    const finish = (result: DnsMessage | string): void => {
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      resolve(result);
    };
    const onAbort = (): void => finish('no answer in time over TCP');
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort);
    socket.on('error', (error) => finish(`TCP: ${error.message}`));
    socket.on('close', () => finish('closed the TCP connection'));
    socket.on('connect', () => {
      const query = encodeQuery(question, id, extension);
      const length = Buffer.alloc(2);
      length.writeUInt16BE(query.length);
      socket.write(Buffer.concat([length, query]));
    });
    socket.on('data', (chunk) => {
      read = Buffer.concat([read, chunk]);
      if (read.length < 2) return;
      // The length has 16 bits, which limits the memory.
      const end = 2 + read.readUInt16BE(0);
      if (read.length < end) return;
      const heard = parseReply(read.subarray(2, end), question, id);
      finish(heard === undefined || heard.truncated ? 'invalid answer over TCP' : heard);
    });
  });
}
