/** Xauth.h: fits any address. */
const familyWild = 0xffff;

/**
 * One record of an Xauthority file, in libXau's format (AuWrite.c): 16 bits of family, then four counted strings.
 * @param displayNumber as in DISPLAY; empty: any
 */
export function xauthorityRecord(displayNumber: string, protocol: string, cookie: Buffer): Buffer {
  const number16 = (value: number): Buffer => {
    const bytes = Buffer.alloc(2);
    bytes.writeUInt16BE(value);
    return bytes;
  };
  const counted = (bytes: Buffer): Buffer[] => [number16(bytes.length), bytes];
  return Buffer.concat([
    number16(familyWild),
    ...counted(Buffer.alloc(0)),
    ...counted(Buffer.from(displayNumber)),
    ...counted(Buffer.from(protocol)),
    ...counted(cookie),
  ]);
}
