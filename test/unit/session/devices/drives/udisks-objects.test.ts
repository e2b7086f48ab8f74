import { describe, expect, it } from 'vitest';
import { mediaIn, mountPathIn } from '../../../../../src/session/devices/drives/udisks-objects.js';

const bytes = (text: string): number[] => [...Buffer.from(`${text}\0`)];
const stick = {
  HintAuto: { type: 'b', data: true },
  HintSystem: { type: 'b', data: false },
  HintIgnore: { type: 'b', data: false },
  IdUsage: { type: 's', data: 'filesystem' },
  IdLabel: { type: 's', data: 'PHOTOS' },
  IdUUID: { type: 's', data: '1A2B-3C4D' },
  Drive: { type: 'o', data: '/drives/usb' },
};
const drive = {
  Seat: { type: 's', data: 'seat0' },
  Vendor: { type: 's', data: 'SanDisk' },
  Model: { type: 's', data: 'Ultra' },
  Ejectable: { type: 'b', data: true },
  CanPowerOff: { type: 'b', data: true },
};

/** What `busctl --json=short` prints of GetManagedObjects. */
function answer(block: object = {}, ofDrive: object = {}, mounts: readonly string[] = []): string {
  const objects = {
    '/block/sdb1': {
      'org.freedesktop.UDisks2.Block': { ...stick, ...block },
      'org.freedesktop.UDisks2.Filesystem': { MountPoints: { type: 'aay', data: mounts.map(bytes) } },
    },
    '/block/sdb': { 'org.freedesktop.UDisks2.Block': { ...stick, IdUsage: { type: 's', data: '' } } },
    '/drives/usb': { 'org.freedesktop.UDisks2.Drive': { ...drive, ...ofDrive } },
  };
  return JSON.stringify({ type: 'a{oa{sa{sv}}}', data: [objects] });
}

describe('the media of a client', () => {
  it('are the file systems that UDisks2 wants to have mounted', () => {
    expect(mediaIn(answer(), 'seat0')).toEqual([
      {
        id: '/block/sdb1 1A2B-3C4D PHOTOS',
        label: 'PHOTOS',
        isMounted: false,
        object: '/block/sdb1',
        drive: '/drives/usb',
        mountPoints: [],
        canEject: true,
        canPowerOff: true,
      },
    ]);
  });

  it('have the name of their drive where they have no label', () => {
    expect(mediaIn(answer({ IdLabel: { data: '' } }), 'seat0')[0]?.label).toBe('SanDisk Ultra');
  });

  it('tell where they are mounted', () => {
    const [medium] = mediaIn(answer({}, {}, ['/media/_ldm/PHOTOS']), 'seat0');
    expect(medium).toMatchObject({ isMounted: true, mountPoints: ['/media/_ldm/PHOTOS'] });
  });

  it('may have no drive', () => {
    const [medium] = mediaIn(answer({ Drive: { data: '/' } }), 'seat0');
    expect(medium).toMatchObject({ drive: undefined, canEject: false, canPowerOff: false });
  });

  it.each([
    ['what belongs to the system', { HintSystem: { data: true } }],
    ['what is to be ignored', { HintIgnore: { data: true } }],
    ['what is not to be mounted by itself', { HintAuto: { data: false } }],
    ['what is encrypted', { IdUsage: { data: 'crypto' } }],
    ['what UDisks2 says nothing of', { HintSystem: undefined }],
  ])('are not %s', (_, block) => {
    expect(mediaIn(answer(block), 'seat0')).toEqual([]);
  });

  it('are those of the own seat alone', () => {
    const other = answer({}, { Seat: { data: 'seat1' } });
    expect(mediaIn(other, 'seat0')).toEqual([]);
    expect(mediaIn(other, 'seat1')).toHaveLength(1);
    expect(mediaIn(answer({}, { Seat: { data: '' } }), 'seat0')).toHaveLength(1);
  });

  it.each(['{}', '{"data":[]}', '{"data":["x"]}', 'null'])('are not known from %s', (json) => {
    expect(() => mediaIn(json, 'seat0')).toThrow();
  });
});

describe('the mount point of a medium', () => {
  it('is an absolute path', () => {
    expect(mountPathIn('{"type":"s","data":["/media/_ldm/PHOTOS"]}')).toBe('/media/_ldm/PHOTOS');
    for (const wrong of ['{"data":[""]}', '{"data":[1]}', '{"data":["a"]}', '{}']) {
      expect(() => mountPathIn(wrong)).toThrow();
    }
  });
});
