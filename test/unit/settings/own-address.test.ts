import { describe, expect, it } from 'vitest';
import { pickAddress } from '../../../src/settings/own-address.js';

const v4 = (address: string) => ({ family: 'IPv4', address }) as const;
const v6 = (address: string) => ({ family: 'IPv6', address }) as const;

describe("this client's address", () => {
  it('is one that the network gave, IPv4 first', () => {
    const all = [v6('fe80::1'), v4('169.254.7.7'), v6('fd77::1'), v4('10.0.0.7')];
    expect(pickAddress(all)).toEqual({ address: '10.0.0.7', isFromNetwork: true });
    expect(pickAddress([v6('FE80::1'), v6('fd00::fe80')])).toEqual({ address: 'fd00::fe80', isFromNetwork: true });
    expect(pickAddress(all.slice(0, 3))).toEqual({ address: 'fd77::1', isFromNetwork: true });
  });

  it('is the IPv4 address that it gave itself while the network gives none, and that is no network', () => {
    expect(pickAddress([v6('fe80::1'), v4('169.254.7.7')])).toEqual({ address: '169.254.7.7', isFromNetwork: false });
    expect(pickAddress([v6('fe80::1')])).toEqual({ address: null, isFromNetwork: false });
    expect(pickAddress([])).toEqual({ address: null, isFromNetwork: false });
  });
});
