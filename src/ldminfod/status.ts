import { connect } from 'node:net';
import { parseServerInfo, type ServerInfo, wireLimits } from '../protocol/info-service.js';

/** What a running ldminfod says of itself. */
export interface StatusReport {
  readonly info: ServerInfo;
  /** Whether it is registered in etcd; undefined where etcd is not configured. */
  readonly etcd: string | undefined;
}

/** Asks the running ldminfod of this machine; undefined when none answers in time. */
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
 * What `ldminfod status` prints.
 * @param note of the drain, when this machine's drain file is there
 */
export function describeStatus({ info, etcd }: StatusReport, note: string | undefined): string {
  const shown = (value: number | null): string => (value === null ? 'not known' : String(value));
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
