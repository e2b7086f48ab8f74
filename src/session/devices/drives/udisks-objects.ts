import type { Medium } from './local-media.js';

/** A {@link Medium} as UDisks2 knows it. */
export interface UdisksMedium extends Medium {
  /** D-Bus path of the block device. */
  readonly object: string;
  /** D-Bus path of its drive; undefined for a device without one, such as a loop device. */
  readonly drive: string | undefined;
  readonly mountPoints: readonly string[];
  readonly canEject: boolean;
  readonly canPowerOff: boolean;
}

const block = 'org.freedesktop.UDisks2.Block';
const filesystem = 'org.freedesktop.UDisks2.Filesystem';
const drive = 'org.freedesktop.UDisks2.Drive';
/** More than this is no answer of UDisks2. */
const maxNameLength = 200;

type Interfaces = Readonly<Record<string, Properties>>;
type Properties = Readonly<Record<string, { readonly data: unknown }>>;

/**
 * The media in what busctl prints of `GetManagedObjects`. UDisks2 itself says which file systems a desktop should mount by
 * itself (`HintAuto`: those of USB, memory cards and removable media), and which belong to the system; udev rules
 * (`UDISKS_AUTO`, `UDISKS_SYSTEM`, `UDISKS_IGNORE`) change it. Media of another seat's drives are left out.
 * @param seat of logind; drives belong to seat0 unless they are assigned
 * @throws where it is not such an answer
 */
export function mediaIn(json: string, seat: string): UdisksMedium[] {
  const objects = objectsIn(json);
  return [...objects].flatMap(([object, interfaces]) => {
    const properties = interfaces[block];
    if (properties === undefined || interfaces[filesystem] === undefined) return [];
    const isWanted = properties.HintAuto?.data === true && properties.IdUsage?.data === 'filesystem';
    if (!isWanted || properties.HintSystem?.data !== false || properties.HintIgnore?.data !== false) return [];
    const drivePath = textOf(properties.Drive?.data);
    const ofDrive = objects.get(drivePath)?.[drive];
    if (ofDrive !== undefined && (textOf(ofDrive.Seat?.data) || 'seat0') !== seat) return [];
    const model = `${textOf(ofDrive?.Vendor?.data)} ${textOf(ofDrive?.Model?.data)}`.trim();
    const mountPoints = pathsOf(interfaces[filesystem].MountPoints?.data);
    const label = textOf(properties.IdLabel?.data);
    return [
      {
        id: [object, textOf(properties.IdUUID?.data), label].join(' '),
        label: label || model,
        object,
        drive: ofDrive === undefined ? undefined : drivePath,
        mountPoints,
        isMounted: mountPoints.length > 0,
        canEject: ofDrive?.Ejectable?.data === true,
        canPowerOff: ofDrive?.CanPowerOff?.data === true,
      },
    ];
  });
}

/** The text in busctl's answer to `Mount`. */
export function mountPathIn(json: string): string {
  const { data } = JSON.parse(json) as { readonly data?: readonly unknown[] };
  const path = Array.isArray(data) ? data[0] : undefined;
  if (typeof path !== 'string' || !path.startsWith('/')) throw new Error('udisks2 says no mount point');
  return path;
}

function objectsIn(json: string): Map<string, Interfaces> {
  const { data } = JSON.parse(json) as { readonly data?: readonly unknown[] };
  const [objects] = Array.isArray(data) ? data : [];
  if (typeof objects !== 'object' || objects === null) throw new Error('udisks2 says nothing of its objects');
  return new Map(Object.entries(objects as Record<string, Interfaces>));
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, maxNameLength) : '';
}

/** Paths are bytes that end with a NUL. */
function pathsOf(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  return value.map((bytes: unknown) =>
    Array.isArray(bytes) ? Buffer.from(bytes.map(Number)).toString().replace(/\0$/, '') : '',
  );
}
