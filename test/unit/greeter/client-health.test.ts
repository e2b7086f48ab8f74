import { describe, expect, it } from 'vitest';
import {
  clientHealth,
  hasDefaultRoute,
  isNear,
  linkOf,
  type NetworkCard,
} from '../../../src/greeter/client/client-health.js';

const card: NetworkCard = { isRadio: false, hasCarrier: false, isDevice: true };
const radio: NetworkCard = { ...card, isRadio: true };

describe('the link of this client', () => {
  it('is up where one of its cards has a carrier', () => {
    expect(linkOf([card, { ...radio, hasCarrier: true }])).toBe('up');
    expect(linkOf([{ ...card, hasCarrier: true }])).toBe('up');
  });

  it('lacks a cable, or radio where it has nothing else, or a card', () => {
    expect(linkOf([card, radio])).toBe('no-cable');
    expect(linkOf([radio])).toBe('no-radio');
    expect(linkOf([])).toBe('no-card');
  });

  it('is not that of a bridge or the like, unless there is nothing else', () => {
    const bridge: NetworkCard = { ...card, isDevice: false, hasCarrier: true };
    expect(linkOf([bridge, card])).toBe('no-cable');
    expect(linkOf([bridge])).toBe('up');
  });
});

/** Of a machine with a default route, and one that has routes to its own network only. */
const head4 = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n';
const near4 = 'eth0\t000A4D0A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n';
const row4 = (flags: string, mask = '00000000') => `eth0\t00000000\t0101A8C0\t${flags}\t0\t0\t100\t${mask}\t0\t0\t0\n`;
const zero = '0'.repeat(32);
const row6 = (prefix: string, flags: string, device: string) =>
  `${zero} ${prefix} ${zero} 00 fe800000000000000000000000000001 00000400 00000001 00000000 ${flags}     ${device}\n`;

describe('the default route', () => {
  it('is found in the tables of IPv4 and IPv6', () => {
    expect(hasDefaultRoute(head4 + near4 + row4('0003'), '')).toBe(true);
    expect(hasDefaultRoute(head4, row6('00', '00450003', 'eth0'))).toBe(true);
  });

  it('is not one that rejects, is for a part of the addresses, or leads nowhere', () => {
    expect(hasDefaultRoute(head4 + near4, '')).toBe(false);
    expect(hasDefaultRoute(head4 + row4('0201') + row4('0000') + row4('0001', '000000FF'), '')).toBe(false);
    // Without a default route, Linux has this row of the interface lo.
    expect(hasDefaultRoute('', row6('00', '00200200', 'lo') + row6('40', '00000001', 'eth0'))).toBe(false);
    expect(hasDefaultRoute('', row6('00', '00000003', 'lo'))).toBe(false);
    expect(hasDefaultRoute('', '')).toBe(false);
  });
});

describe('a name server', () => {
  it('is near where it is in a network of this client', () => {
    expect(isNear(['10.77.0.53'], ['192.168.1.7/24', '10.77.0.1/24'])).toBe(true);
    expect(isNear(['fd00:77::53'], ['fd00:77::1/64'])).toBe(true);
    expect(isNear(['10.78.0.53', 'fd00:78::53'], ['10.77.0.1/24', 'fd00:77::1/64'])).toBe(false);
    expect(isNear([], ['10.77.0.1/24'])).toBe(false);
    expect(isNear(['10.77.0.53'], [])).toBe(false);
  });
});

it('the clock of this machine is not before the build of this program', () => {
  expect(clientHealth().isClockWrong).toBe(false);
});
