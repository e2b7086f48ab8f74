import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import { hasNetwork, ownAddress, pickAddress, thisClient } from '../../../src/settings/own-address.js';

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

describe('the interfaces of this client', () => {
  const one = (address: string, mac: string, internal = false) => ({
    family: address.includes(':') ? ('IPv6' as const) : ('IPv4' as const),
    address,
    mac,
    internal,
  });
  const lo = [one('127.0.0.1', '00:00:00:00:00:00', true), one('::1', '00:00:00:00:00:00', true)];
  const [first, second] = ['52:54:00:00:00:01', '52:54:00:00:00:02'];

  it('name it without the loopback interface, each MAC address once', () => {
    const interfaces = {
      lo,
      eth0: [one('10.0.0.7', first), one('fe80::1', first)],
      eth1: [one('10.1.0.7', second)],
      eth2: undefined,
    };
    expect(thisClient(interfaces)).toEqual({
      hostName: hostname(),
      addresses: ['10.0.0.7', 'fe80::1', '10.1.0.7'],
      macs: [first, second],
    });
    expect(ownAddress(interfaces)).toBe('10.0.0.7');
    expect(hasNetwork(interfaces)).toBe(true);
  });

  it('are no network where nobody else can reach them', () => {
    expect(thisClient({ lo })).toMatchObject({ addresses: [], macs: [] });
    expect([ownAddress({ lo }), hasNetwork({ lo })]).toEqual([null, false]);
    const linkLocal = { lo, eth0: [one('169.254.7.7', first)] };
    expect([ownAddress(linkLocal), hasNetwork(linkLocal)]).toEqual(['169.254.7.7', false]);
  });
});
