import { connect } from 'node:net';
import { parseServerInfo, type ServerInfo, wireLimits } from '../protocol/info-service.js';

/** What a running ldminfod reports. */
export interface StatusReport {
  readonly info: ServerInfo;
  /** The state of its registration in etcd; undefined where etcd is not configured. */
  readonly etcd: string | undefined;
}

/** Asks the running ldminfod of this machine. @returns undefined without an answer in time */
export function queryStatus(address: string, port: number, timeoutMs: number): Promise<StatusReport | undefined> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect({ host: address, port });
    const timer = setTimeout(() => socket.destroy(), timeoutMs);
    socket.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      if (text.length > wireLimits.bytes) socket.destroy();
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      clearTimeout(timer);
      const info = parseServerInfo(text);
      resolve(info && { info, etcd: /^etcd:(.*)$/m.exec(text)?.[1] });
    });
  });
}

/**
 * The output of `ldminfod status`.
 * @param note the text of the drain file, if one exists
 */
export function describeStatus({ info, etcd }: StatusReport, note: string | undefined): string {
  const shown = (value: number | null): string => (value === null ? 'unknown' : String(value));
  const state = info.draining ? 'draining' : info.sshDown ? 'ssh down' : info.rating === 0 ? 'full' : 'up';
  return [
    ['state', note === undefined || note === '' ? state : `${state} (${note})`],
    ['rating', shown(info.rating)],
    ['sessions', shown(info.running)],
    ['pending', shown(info.pending)],
    ['capacity', shown(info.capacity)],
    ['ssh', info.sshDown ? 'down' : 'up'],
    ...(etcd === undefined ? [] : [['etcd', etcd]]),
  ]
    .map(([key, value]) => `${key}: ${value}\n`)
    .join('');
}
