/** A pure tone as samples, and how much of it a recording has: signed 16 bits, one channel. */
export const sampleRate = 44_100;

/** @param level of its peak; 1 is the loudest that there is */
export function tone(hertz: number, seconds: number, level: number): Buffer {
  const samples = Buffer.alloc(Math.round(seconds * sampleRate) * 2);
  for (let at = 0; at * 2 < samples.length; at++) {
    samples.writeInt16LE(Math.round(32_767 * level * Math.sin((2 * Math.PI * hertz * at) / sampleRate)), at * 2);
  }
  return samples;
}

/** The peak level of one frequency in samples, by the algorithm of Goertzel. */
export function levelOf(hertz: number, samples: Buffer): number {
  const count = Math.floor(samples.length / 2);
  const factor = 2 * Math.cos((2 * Math.PI * hertz) / sampleRate);
  let last = 0;
  let secondLast = 0;
  for (let at = 0; at < count; at++) {
    const next = samples.readInt16LE(at * 2) / 32_767 + factor * last - secondLast;
    secondLast = last;
    last = next;
  }
  const power = last * last + secondLast * secondLast - factor * last * secondLast;
  return count === 0 ? 0 : (2 * Math.sqrt(Math.max(0, power))) / count;
}

/** What is between the silence before and after. */
export function withoutSilence(samples: Buffer): Buffer {
  const isLoud = (at: number): boolean => Math.abs(samples.readInt16LE(at)) > 300;
  let first = 0;
  while (first + 1 < samples.length && !isLoud(first)) first += 2;
  let last = samples.length - 2;
  while (last > first && !isLoud(last)) last -= 2;
  return samples.subarray(first, last);
}

/** The highest level of a frequency in any tenth of a second: a busy machine leaves gaps. */
export function loudestLevelOf(hertz: number, samples: Buffer): number {
  const bytes = (sampleRate / 10) * 2;
  let loudest = 0;
  for (let at = 0; at + bytes <= samples.length; at += bytes / 2) {
    loudest = Math.max(loudest, levelOf(hertz, samples.subarray(at, at + bytes)));
  }
  return loudest;
}

/** Samples as a file that names their format. */
export function wave(samples: Buffer): Buffer {
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + samples.length, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(sampleRate, 24);
  head.writeUInt32LE(sampleRate * 2, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36);
  head.writeUInt32LE(samples.length, 40);
  return Buffer.concat([head, samples]);
}
