import { describe, expect, it } from 'vitest';
import { broadcastOf, magicPacket } from '../../../src/servers/wake-on-lan.js';

describe('a magic packet', () => {
  it('is six bytes of 0xff, and sixteen times the address', () => {
    const packet = magicPacket('52:54:00:12:34:56').toString('hex');
    expect(packet).toBe('ff'.repeat(6) + '525400123456'.repeat(16));
    expect(magicPacket('52-54-00-12-34-56').toString('hex')).toBe(packet);
  });

  it.each([
    ['10.77.0.1/24', '10.77.0.255'],
    ['10.77.3.9/22', '10.77.3.255'],
    ['192.168.1.130/25', '192.168.1.255'],
    ['172.16.5.1/12', '172.31.255.255'],
    ['10.0.0.1/8', '10.255.255.255'],
  ])('goes to all machines of the network: %s has %s', (cidr, broadcast) => {
    expect(broadcastOf(cidr)).toBe(broadcast);
  });

  it.each(['10.77.0.1/31', '10.77.0.1/32', 'fd77::1/64', ''])(
    'goes nowhere in a network without broadcast: %s',
    (cidr) => {
      expect(broadcastOf(cidr)).toBeUndefined();
    },
  );
});
