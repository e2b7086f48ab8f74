import { describe, expect, it } from 'vitest';
import type { ClientHealth } from '../../../src/greeter/client/client-health.js';
import { isCutOff, isOwnStep, missingStep } from '../../../src/greeter/client/missing-step.js';
import { missingStepText } from '../../../src/greeter/presenter/sentences.js';
import type { DownReason } from '../../../src/servers/server-status.js';
import { status } from '../../support/statuses.js';
import { healthy } from '../support/client-health.js';

const down = (reason: DownReason, address: string | null = null) =>
  status('s1', { state: 'down', reason, address: address });
const checking = status('s2', { state: 'checking', address: null });
const without: ClientHealth = { ...healthy, hasAddress: false, hasRoute: false, isNameServerNear: false };

describe('what a login lacks', () => {
  it.each([
    ['network-card', { ...without, link: 'no-card' }],
    ['cable', { ...without, link: 'no-cable' }],
    ['radio', { ...without, link: 'no-radio' }],
    ['address', without],
  ] as const)('is the %s where this computer has none, whatever failed with it', (step, health) => {
    expect(missingStep(undefined, health, [down('unreachable'), down('dns-failed')])).toBe(step);
    expect(missingStep(undefined, health, [])).toBe(step);
    expect(missingStep('servers', health, [down('timeout')])).toBe(step);
  });

  it('is nothing on a computer that keeps its address for a moment after its cable is out', () => {
    expect(missingStep(undefined, { ...healthy, link: 'no-cable' }, [status('s1')])).toBeUndefined();
  });

  it('is a route where there is none, and no server can be reached without', () => {
    const noRoute = { ...healthy, hasRoute: false };
    expect(missingStep(undefined, noRoute, [down('unreachable')])).toBe('route');
    expect(missingStep(undefined, healthy, [down('unreachable')])).toBe('servers');
    expect(missingStep(undefined, noRoute, [down('unreachable'), down('refused')])).toBe('servers');
  });

  it('is a route to the name server where it is outside of the own network', () => {
    const far = { ...healthy, hasRoute: false, isNameServerNear: false };
    expect(missingStep(undefined, far, [down('dns-failed'), down('unreachable')])).toBe('route');
    expect(missingStep(undefined, { ...far, isNameServerNear: true }, [down('dns-failed')])).toBe('name-server');
    expect(missingStep(undefined, { ...far, hasRoute: true }, [down('dns-failed')])).toBe('name-server');
  });

  it('is the names of the servers, or the name server where it is the reason for one of them', () => {
    expect(missingStep(undefined, healthy, [down('unresolvable'), down('unresolvable')])).toBe('names');
    expect(missingStep(undefined, healthy, [down('unresolvable'), down('dns-failed')])).toBe('name-server');
    expect(missingStep(undefined, healthy, [down('unresolvable'), down('timeout')])).toBe('servers');
  });

  it('is a server where none answers', () => {
    expect(missingStep(undefined, healthy, [down('timeout'), down('refused')])).toBe('servers');
    expect(missingStep('servers', healthy, [])).toBeUndefined();
  });

  it.each(['up', 'unrated', 'draining'] as const)('is nothing once one server is %s', (state) => {
    expect(missingStep('servers', without, [down('timeout'), status('s2', { state })])).toBeUndefined();
  });

  it.each(['127.9.9.9', '::1'])('is nothing with a server at %s, which is this computer', (address) => {
    expect(missingStep(undefined, without, [down('refused', address)])).toBeUndefined();
    expect(missingStep(undefined, without, [down('refused', '10.0.0.1')])).toBe('address');
  });

  it('is a right clock, once a server answers', () => {
    const wrong = { ...healthy, isClockWrong: true };
    expect(missingStep(undefined, wrong, [status('s1')])).toBe('clock');
    expect(missingStep(undefined, wrong, [down('timeout')])).toBe('servers');
    expect(missingStep('clock', healthy, [status('s1')])).toBeUndefined();
  });
});

describe('while servers are being asked', () => {
  const asked = [down('timeout'), checking];

  it('stays what it was', () => {
    expect(missingStep(undefined, healthy, asked)).toBeUndefined();
    expect(missingStep('servers', healthy, asked)).toBe('servers');
    expect(missingStep('names', without, asked)).toBe('names');
    expect(missingStep(undefined, without, asked)).toBeUndefined();
  });

  it("follows this computer's own network at once", () => {
    expect(missingStep('cable', without, asked)).toBe('address');
    expect(missingStep('address', healthy, asked)).toBeUndefined();
  });
});

const steps = [
  'network-card',
  'cable',
  'radio',
  'address',
  'route',
  'name-server',
  'names',
  'servers',
  'clock',
] as const;

describe('a step that is missing', () => {
  it('has a sentence of its own', () => {
    expect(new Set(steps.map(missingStepText)).size).toBe(steps.length);
  });

  it('is of this computer itself up to its address', () => {
    expect(steps.filter(isOwnStep)).toEqual(['network-card', 'cable', 'radio', 'address']);
    expect(isOwnStep(undefined)).toBe(false);
  });

  it('cuts this computer off, unless only the servers or the clock are at fault', () => {
    expect(steps.filter((step) => !isCutOff(step))).toEqual(['servers', 'clock']);
    expect(isCutOff(undefined)).toBe(false);
  });
});
