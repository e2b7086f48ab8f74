import { formatServerInfo, type ServerInfo, wireLimits } from '../protocol/info-service.js';

/** Lines besides languages and sessions: xsession, rating, sessions, pending, capacity, state, notice, ssh, age, etcd, and the empty last one. */
const maxOtherLines = 11;
/** Reserved for the line that is added to the text: a whole etcd key and the name of another server, as UTF-8. */
const reservedBytes = 2_048;
/** The share of languages and sessions that is kept where a text is too long. */
const keptShare = 0.8;

/**
 * Formats an answer for clients, within the limits of readers. Where a server has more languages and sessions than fit,
 * the last ones are left out, never the rating.
 */
export function responseText(info: ServerInfo): string {
  const text = formatServerInfo(info);
  const lines = info.languages.length + 2 * info.sessions.length + maxOtherLines;
  if (Buffer.byteLength(text) <= wireLimits.bytes - reservedBytes && lines <= wireLimits.lines) return text;
  return responseText({
    ...info,
    languages: info.languages.slice(0, Math.floor(info.languages.length * keptShare)),
    sessions: info.sessions.slice(0, Math.floor(info.sessions.length * keptShare)),
  });
}

/** {@link responseText} that formats an answer once for all clients that get the same one. */
export function createResponseFormatter(): (info: ServerInfo) => string {
  let latest: { readonly info: ServerInfo; readonly text: string } | undefined;
  return (info) => {
    if (latest?.info !== info) latest = { info, text: responseText(info) };
    return latest.text;
  };
}

/** Adds a line for `ldminfod status`. Clients ignore it. */
export function withEtcdState(text: string, state: string): string {
  return `${text}etcd:${state}\n`;
}
