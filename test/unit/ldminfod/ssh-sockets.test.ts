import { describe, expect, it } from 'vitest';
import { countSshSockets } from '../../../src/ldminfod/rating/ssh-sockets.js';

const rest = ' 00000000:00000000 00:00000000 00000000     0        0 1051 1 0000000063fa2f87 100 0 0 10 0';
const table = (...rows: readonly string[]): string =>
  [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    ...rows.map((row, index) => `${String(index).padStart(4)}: ${row}${rest}`),
    '',
  ].join('\n');

const anyListener = '00000000:0016 00000000:0000 0A';
const loopback2Listener = '0200007F:0016 00000000:0000 0A';
const loopback2Session = '0200007F:0016 0100007F:939A 01';
const loopback3Session = '0300007F:0016 0100007F:939B 01';
const outgoing = '0100007F:939A 0200007F:0016 01';
const closing = '0200007F:0016 0100007F:939C 08';
const mappedSession = '0000000000000000FFFF00000200007F:0016 0000000000000000FFFF00000100007F:939D 01';
const v6Listener = '00000000000000000000000000000000:0016 00000000000000000000000000000000:0000 0A';
const v6Session = '000080FE000000000000000001000000:0016 000080FE000000000000000002000000:939E 01';

const everywhere = { port: 22, address: null };

describe("the kernel's socket table", () => {
  it('shows what listens on the ssh port and who is connected to it, and nothing else', () => {
    const tcp = table(
      anyListener,
      loopback2Session,
      loopback3Session,
      outgoing,
      closing,
      '00000000:0050 00000000:0000 0A',
    );
    expect(countSshSockets([tcp, table()], everywhere, 'LE')).toEqual({ listening: true, connections: 2 });
    expect(countSshSockets([tcp, table()], { port: 2222, address: null }, 'LE')).toEqual({
      listening: false,
      connections: 0,
    });
  });

  it('counts IPv4 clients of an IPv6 listener, and IPv6 clients', () => {
    const tcp6 = table(v6Listener, mappedSession, v6Session);
    expect(countSshSockets(['', tcp6], everywhere, 'LE')).toEqual({ listening: true, connections: 2 });
    expect(countSshSockets(['', tcp6], { port: 22, address: '127.0.0.2' }, 'LE').connections).toBe(1);
    expect(countSshSockets(['', tcp6], { port: 22, address: 'fe80::1' }, 'LE').connections).toBe(1);
  });

  it('tells servers on several addresses of one machine apart', () => {
    const tcp = table(loopback2Listener, loopback2Session, loopback3Session);
    const at = (address: string) => countSshSockets([tcp], { port: 22, address }, 'LE');
    expect(at('127.0.0.2')).toEqual({ listening: true, connections: 1 });
    expect(at('127.0.0.3')).toEqual({ listening: false, connections: 1 });
  });

  it('takes a listener on all addresses for one on each', () => {
    expect(countSshSockets([table(anyListener)], { port: 22, address: '127.0.0.9' }, 'LE').listening).toBe(true);
    expect(countSshSockets([table(v6Listener)], { port: 22, address: '127.0.0.9' }, 'LE').listening).toBe(true);
  });

  it('does not take a listener on one address for one on all', () => {
    const linkLocal = table('000080FE000000000000000000000000:0016 00000000000000000000000000000000:0000 0A');
    expect(countSshSockets([linkLocal], { port: 22, address: '127.0.0.9' }, 'LE').listening).toBe(false);
    expect(countSshSockets([linkLocal], { port: 22, address: 'fe80::' }, 'LE').listening).toBe(true);
  });

  it('has ports as hexadecimal numbers in capital letters', () => {
    const tcp = table('00000000:08AE 00000000:0000 0A');
    expect(countSshSockets([tcp], { port: 2222, address: null }, 'LE').listening).toBe(true);
  });

  it('is read in the byte order of the machine', () => {
    const tcp = table('7F000002:0016 7F000001:939A 01');
    expect(countSshSockets([tcp], { port: 22, address: '127.0.0.2' }, 'BE').connections).toBe(1);
    expect(countSshSockets([tcp], { port: 22, address: '127.0.0.2' }, 'LE').connections).toBe(0);
  });

  it('counts beyond row 9999, where the numbers get wider', () => {
    const tcp = table(...new Array<string>(12_000).fill(loopback2Session));
    expect(countSshSockets([tcp], everywhere, 'LE').connections).toBe(12_000);
  });

  it('is not misread when it is empty or something else', () => {
    expect(countSshSockets(['', 'garbage\n:0016 01\n'], everywhere)).toEqual({ listening: false, connections: 0 });
  });
});
