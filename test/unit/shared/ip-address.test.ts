import { describe, expect, it } from 'vitest';
import { bytesOfAddress, isIpAddress, isLinkLocal, isLoopback } from '../../../src/shared/ip-address.js';

describe('the bytes of an address', () => {
  it('are the same for every way to write it', () => {
    expect(bytesOfAddress('10.0.0.1')).toEqual([10, 0, 0, 1]);
    expect(bytesOfAddress('::ffff:10.0.0.1')).toEqual([10, 0, 0, 1]);
    expect(bytesOfAddress('::ffff:a00:1')).toEqual([10, 0, 0, 1]);
    expect(bytesOfAddress('::1')).toEqual([...new Array<number>(15).fill(0), 1]);
    expect(bytesOfAddress('::')).toEqual(new Array<number>(16).fill(0));
    expect(bytesOfAddress('fe80::1%eth0')).toEqual([254, 128, ...new Array<number>(13).fill(0), 1]);
    expect(bytesOfAddress('1:2:3:4:5:6:7:8')).toEqual([0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8]);
    expect(bytesOfAddress('64:ff9b::192.0.2.33')).toEqual([0, 100, 255, 155, 0, 0, 0, 0, 0, 0, 0, 0, 192, 0, 2, 33]);
    expect(bytesOfAddress('::192.100.200.33')).toEqual([...new Array<number>(12).fill(0), 192, 100, 200, 33]);
    expect(bytesOfAddress('nonsense')).toEqual([]);
  });

  it.each(['::ff00:a00:1', '::ff:a00:1', '1::ffff:a00:1', '::1:ffff:a00:1', '::1:0:ffff:a00:1'])(
    'of %s are 16, which looks like IPv4 in IPv6 form and is not',
    (text) => {
      expect(bytesOfAddress(text)).toHaveLength(16);
    },
  );
});

describe('an IP address', () => {
  it.each(['10.0.0.1', '::1', 'fe80::1%eth0', 'fe80::1%eth_0'])('is %s', (text) => {
    expect(isIpAddress(text)).toBe(true);
  });

  it.each(['', 'app1', '10.0.0.256', '%eth0', '1::2::3'])('is not %j', (text) => {
    expect(isIpAddress(text)).toBe(false);
  });

  it('is loopback in all of 127.0.0.0/8 and at ::1, and a name never is', () => {
    expect(['127.0.0.1', '127.9.9.9', '::1'].filter(isLoopback)).toHaveLength(3);
    expect(['128.0.0.1', '::2', 'localhost', ''].filter(isLoopback)).toEqual([]);
  });

  it('is link-local in 169.254.0.0/16 and fe80::/10', () => {
    expect(['169.254.7.7', 'fe80::1', 'FEBF::1', 'fe80::1%eth0'].filter(isLinkLocal)).toHaveLength(4);
    expect(['169.253.7.7', 'fec0::1', 'fd77::1'].filter(isLinkLocal)).toEqual([]);
  });
});
