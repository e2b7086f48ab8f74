import type { RequestOptions as HttpOptions } from 'node:http';
import type { LookupFunction } from 'node:net';
import { isLoopback } from '../shared/ip-address.js';

/** How to reach the members of one etcd cluster. */
export interface EtcdAccess {
  /** `http://host:port` or `https://host:port` of any members. */
  readonly endpoints: readonly string[];
  readonly tls?: {
    /** PEM; without it, the system's certificate authorities are trusted. */
    readonly ca?: string | undefined;
    /**
     * The client certificate, PEM; set together with `key`. Where etcd has users as well, its gateway accepts only a
     * certificate without a common name, because name and password identify the user.
     */
    readonly cert?: string | undefined;
    readonly key?: string | undefined;
  };
  readonly user?: { readonly name: string; readonly password: string };
  /** How to resolve host names; without it, Node does. */
  readonly lookup?: LookupFunction;
}

/**
 * The endpoints that get the password unencrypted: plain HTTP to another machine. As in etcd's client they are used
 * anyway, and the log has a warning.
 */
export function unencryptedEndpoints({ endpoints, user }: Pick<EtcdAccess, 'endpoints' | 'user'>): readonly string[] {
  if (user === undefined) return [];
  return endpoints.filter((endpoint) => {
    const { protocol, hostname } = new URL(endpoint);
    return protocol === 'http:' && hostname !== 'localhost' && !isLoopback(hostname.replace(/^\[|\]$/g, ''));
  });
}

/**
 * - `no-answer`: the member is unreachable or silent, or its certificate is not trusted
 * - `refused`: the member answered with an error
 * - `not-understood`: the service at this address is not etcd
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

/** In bytes. The entries of a thousand servers have about 2 MB. */
const maxAnswerBytes = 32 * 1024 * 1024;

/** The status codes of gRPC for a member that does not reach a majority. */
const rpc = { deadlineExceeded: 4, unavailable: 14 };

/** Calls one member, with the token of the user, if there is one. */
export type EtcdCall = (path: string, body: object, signal: AbortSignal) => Promise<unknown>;

/**
 * Connects to one member through etcd's JSON gateway (etcd v3.4 and later, `/v3/...`), where byte strings are base64.
 * @throws {EtcdError}
 */
export async function openEtcd(access: EtcdAccess, endpoint: string, signal: AbortSignal): Promise<EtcdCall> {
  const token = access.user && (await authenticate(access, endpoint, access.user, signal));
  return (path, body, within) => post(access, endpoint, path, body, token, within);
}

/** The bytes of a text in the form of the gateway. */
export function toBase64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}

/** The end of the range of keys with a prefix (range_end in the etcd API): the prefix with its last byte plus one. */
export function prefixEnd(prefix: string): string {
  const bytes = Buffer.from(prefix, 'utf8');
  const last = bytes.at(-1);
  if (last === undefined || last === 0xff)
    throw new RangeError('the prefix of the keys is empty or ends with byte 255');
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
  if (typeof token !== 'string') throw new EtcdError('not-understood', `${endpoint} returned no token`);
  return token;
}

async function post(
  { tls, lookup }: EtcdAccess,
  endpoint: string,
  path: string,
  body: object,
  token: string | undefined,
  signal: AbortSignal,
): Promise<unknown> {
  const content = JSON.stringify(body);
  const options: HttpOptions = {
    method: 'POST',
    agent: false,
    signal,
    headers: {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(content),
      ...(token !== undefined && { authorization: token }),
    },
    ...(lookup && { lookup }),
  };
  const url = new URL(path, endpoint);
  const isSecure = url.protocol === 'https:';
  // Only where there is etcd: HTTP and TLS take time to load, and memory.
  const { request: begin } = await (isSecure ? import('node:https') : import('node:http'));
  return new Promise((resolve, reject) => {
    const fail = (code: EtcdError['code'], problem: string): void => {
      reject(new EtcdError(code, `${endpoint}: ${problem}`));
      request.destroy();
    };
    const request = begin(url, { ...options, ...(isSecure && tls) });
    request.on('error', (error) => fail('no-answer', signal.aborted ? 'no answer in time' : error.message));
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('error', (error) => fail('no-answer', signal.aborted ? 'no answer in time' : error.message));
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes > maxAnswerBytes) fail('not-understood', `more than ${maxAnswerBytes} bytes`);
      });
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        const answer = parseJson(text);
        if (response.statusCode === 200 && answer !== undefined) resolve(answer);
        // etcd 3.4 also has the message as `error`; 3.5 does not.
        else if (isObject(answer) && typeof answer.code === 'number' && typeof answer.message === 'string') {
          const away = answer.code === rpc.deadlineExceeded || answer.code === rpc.unavailable;
          fail(away ? 'no-answer' : 'refused', answer.message.slice(0, 200));
        } else
          fail('not-understood', `HTTP status ${response.statusCode}, not an answer of etcd: ${text.slice(0, 200)}`);
      });
    });
    request.end(content);
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
