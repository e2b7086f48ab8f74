import { type RequestOptions as HttpOptions, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { isLoopback } from '../shared/ip-address.js';

/** How the members of one etcd cluster are reached. */
export interface EtcdAccess {
  /** `http://host:port` or `https://host:port`; any member does. */
  readonly endpoints: readonly string[];
  readonly tls?: {
    /** PEM; without it the system's certificate authorities count. */
    readonly ca?: string | undefined;
    /**
     * PEM, together: what we show for ourselves. Where etcd has users as well, its gateway takes only a certificate
     * without a common name, as the user is told by name and password.
     */
    readonly cert?: string | undefined;
    readonly key?: string | undefined;
  };
  readonly user?: { readonly name: string; readonly password: string };
  /** How host names become addresses; without it as Node does. */
  readonly lookup?: LookupFunction;
}

/**
 * The endpoints to which the password goes unencrypted: plain HTTP to another machine. They are used all the same, as
 * etcd's own client does, and the log says so.
 */
export function unencryptedEndpoints({ endpoints, user }: Pick<EtcdAccess, 'endpoints' | 'user'>): readonly string[] {
  if (user === undefined) return [];
  return endpoints.filter((endpoint) => {
    const { protocol, hostname } = new URL(endpoint);
    return protocol === 'http:' && hostname !== 'localhost' && !isLoopback(hostname.replace(/^\[|\]$/g, ''));
  });
}

/**
 * - `no-answer`: it cannot be reached, its certificate is not trusted, or it was silent
 * - `refused`: it answered with an error of its own
 * - `not-understood`: what answers there is no etcd
 */
export class EtcdError extends Error {
  override readonly name = 'EtcdError';

  constructor(
    readonly code: 'no-answer' | 'refused' | 'not-understood',
    message: string,
  ) {
    super(message);
  }
}

/** A thousand servers' lines are about 2 MB. */
const longestAnswer = 32 * 1024 * 1024;

/** gRPC's status codes, with which a member says that it reaches no majority. */
const rpc = { deadlineExceeded: 4, unavailable: 14 };

/** Calls one member; knows its token, if there are users. */
export type EtcdCall = (path: string, body: object, signal: AbortSignal) => Promise<unknown>;

/**
 * Speaks to one member over etcd's JSON gateway (etcd v3.4 and later, `/v3/...`), where byte strings are base64.
 * @throws {EtcdError}
 */
export async function openEtcd(access: EtcdAccess, endpoint: string, signal: AbortSignal): Promise<EtcdCall> {
  const token = access.user && (await authenticate(access, endpoint, access.user, signal));
  return (path, body, within) => post(access, endpoint, path, body, token, within);
}

/** The text's bytes as the gateway wants them. */
export function toBase64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}

/** Where keys that begin with this end (etcd API: range_end of a prefix): its last byte, raised by one. */
export function prefixEnd(prefix: string): string {
  const bytes = Buffer.from(prefix, 'utf8');
  const last = bytes.at(-1);
  if (last === undefined || last === 0xff) throw new RangeError('a prefix of keys ends in an ordinary letter');
  bytes[bytes.length - 1] = last + 1;
  return bytes.toString('base64');
}

async function authenticate(
  access: EtcdAccess,
  endpoint: string,
  { name, password }: { readonly name: string; readonly password: string },
  signal: AbortSignal,
): Promise<string> {
  const answer = await post(access, endpoint, '/v3/auth/authenticate', { name, password }, undefined, signal);
  const token = isObject(answer) ? answer.token : undefined;
  if (typeof token !== 'string') throw new EtcdError('not-understood', `${endpoint} gives no token`);
  return token;
}

function post(
  { tls, lookup }: EtcdAccess,
  endpoint: string,
  path: string,
  body: object,
  token: string | undefined,
  signal: AbortSignal,
): Promise<unknown> {
  const question = JSON.stringify(body);
  const options: HttpOptions = {
    method: 'POST',
    agent: false,
    signal,
    headers: {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(question),
      ...(token !== undefined && { authorization: token }),
    },
    ...(lookup && { lookup }),
  };
  return new Promise((resolve, reject) => {
    const url = new URL(path, endpoint);
    const fail = (code: EtcdError['code'], problem: string): void => {
      reject(new EtcdError(code, `${endpoint}: ${problem}`));
      request.destroy();
    };
    const request = url.protocol === 'https:' ? httpsRequest(url, { ...options, ...tls }) : httpRequest(url, options);
    request.on('error', (error) => fail('no-answer', signal.aborted ? 'no answer in time' : error.message));
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('error', (error) => fail('no-answer', signal.aborted ? 'no answer in time' : error.message));
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes > longestAnswer) fail('not-understood', `more than ${longestAnswer} bytes`);
      });
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        const answer = parseJson(text);
        if (response.statusCode === 200 && answer !== undefined) resolve(answer);
        // etcd 3.4 says the message twice, as `error` too; 3.5 does not.
        else if (isObject(answer) && typeof answer.code === 'number' && typeof answer.message === 'string') {
          const away = answer.code === rpc.deadlineExceeded || answer.code === rpc.unavailable;
          fail(away ? 'no-answer' : 'refused', answer.message.slice(0, 200));
        } else fail('not-understood', `HTTP status ${response.statusCode}, no etcd's answer: ${text.slice(0, 200)}`);
      });
    });
    request.end(question);
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
