import type { ServerInfo } from '../../src/protocol/info-service.js';

/** The answer of a server in use, with what the test is about. */
export function serverInfo(known: Partial<ServerInfo> = {}): ServerInfo {
  return {
    languages: ['de_DE.UTF-8'],
    sessions: [],
    xsession: null,
    rating: 70,
    running: 16,
    pending: 2,
    capacity: 60,
    draining: false,
    notice: null,
    sshDown: false,
    ageMs: 312,
    ...known,
  };
}
