import { once } from 'node:events';
import { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { ClientChannel } from 'ssh2';
import { describe, expect, it } from 'vitest';
import { DisplayLink } from '../../../../src/session/x11/display-link.js';
import type { ResourceIds } from '../../../../src/session/x11/setup.js';

/** What ssh2's channel has inside, with a server that takes so many bytes. */
class Channel extends Duplex {
  readonly sent: Buffer[] = [];
  readonly outgoing;
  _waitChanDrain = false;
  opened = 0;
  #waiting: [Buffer, () => void] | undefined;

  constructor(window: number) {
    super({ highWaterMark: 100 });
    this.outgoing = { window, state: 'open' };
  }

  override _read(): void {
    if (this._waitChanDrain) this.opened += 1;
    this._waitChanDrain = false;
  }

  override _write(data: Buffer, _encoding: string, callback: () => void): void {
    const part = data.subarray(0, this.outgoing.window);
    this.sent.push(Buffer.from(part));
    this.outgoing.window -= part.length;
    if (part.length === data.length) callback();
    else this.#waiting = [data.subarray(part.length), callback];
  }

  adjust(amount: number): void {
    this.outgoing.window += amount;
    const [data, callback] = this.#waiting ?? [];
    this.#waiting = undefined;
    if (data && callback) this._write(data, 'buffer', callback);
  }

  /** As ssh2 does it. */
  arrive(data: string): void {
    if (!this.push(Buffer.from(data))) this._waitChanDrain = true;
  }
}

/** A display that takes what it is given, or nothing. */
class Display extends Duplex {
  readonly written: string[] = [];
  takes = true;
  #held: (() => void) | undefined;

  constructor() {
    super({ highWaterMark: 10 });
  }

  override _read(): void {}

  override _write(data: Buffer, _encoding: string, callback: () => void): void {
    this.written.push(String(data));
    if (this.takes) callback();
    else this.#held = callback;
  }

  takeHeld(): void {
    this.takes = true;
    this.#held?.();
  }
}

function joined({ window = 1_000 } = {}) {
  const channel = new Channel(window);
  const display = new Display();
  const ids: ResourceIds[] = [];
  let overruns = 0;
  const link = new DisplayLink(channel as unknown as ClientChannel, 'little', {
    onIds: (found) => ids.push(found),
    onOverrun: () => {
      overruns += 1;
    },
  });
  const join = (): void => link.join(display as unknown as Socket);
  const { buffer, callback } = link.onread;
  /** The display says this: it is read into the buffer of all displays. */
  const say = (data: Buffer): boolean => {
    data.copy(buffer as Buffer);
    const readsOn = callback(data.length, buffer as Buffer);
    (buffer as Buffer).fill(0, 0, data.length);
    return readsOn;
  };
  return { channel, display, ids, overruns: () => overruns, join, say };
}

const accepted = Buffer.from('0100 0b00 0000 0a00 0100 0000 0000 2000 ffff 1f00 7878'.replaceAll(' ', ''), 'hex');
const ids = { base: 0x200000, mask: 0x1fffff };

describe('from the display to the client', () => {
  it('is sent at once', () => {
    const { channel, join, say } = joined();
    join();
    expect(say(Buffer.from('reply'))).toBe(true);
    expect(String(Buffer.concat(channel.sent))).toBe('reply');
    expect(channel.writableLength).toBe(0);
  });

  it('waits where the server has no room, in order, and stops the display when much waits', () => {
    const { channel, display, join, say } = joined({ window: 4 });
    join();
    expect(say(Buffer.from('abcdef'))).toBe(true);
    expect(say(Buffer.from('gh'))).toBe(true);
    expect(say(Buffer.alloc(200, 'x'))).toBe(false);
    display.pause();
    channel.adjust(1_000);
    expect(String(Buffer.concat(channel.sent))).toBe(`abcdefgh${'x'.repeat(200)}`);
  });

  it('goes on when the server has taken what waited', async () => {
    const { channel, display, join, say } = joined({ window: 0 });
    join();
    expect(say(Buffer.alloc(200, 'x'))).toBe(false);
    display.pause();
    const drained = once(channel, 'drain');
    channel.adjust(1_000);
    await drained;
    expect(display.isPaused()).toBe(false);
    expect(say(Buffer.from('y'))).toBe(true);
    expect(channel.sent.at(-1)).toEqual(Buffer.from('y'));
  });

  it.each([1, 7, 19, 20, 22])(
    'tells the numbers of windows when the first packet comes in parts of %s bytes',
    (size) => {
      const { channel, ids: found, join, say } = joined();
      join();
      for (let at = 0; at < accepted.length; at += size) say(accepted.subarray(at, at + size));
      expect(found).toEqual([ids]);
      expect(Buffer.concat(channel.sent)).toEqual(accepted);
      say(accepted);
      expect(found).toHaveLength(1);
    },
  );

  it('tells no numbers when the display refuses', () => {
    const { ids: found, join, say } = joined();
    join();
    say(Buffer.concat([Buffer.from([0]), accepted.subarray(1)]));
    say(accepted);
    expect(found).toEqual([]);
  });

  it('is dropped when the client is gone, so that its last requests still reach the display', () => {
    const { channel, join, say } = joined();
    join();
    channel.end();
    channel.on('error', (error) => expect.unreachable(String(error)));
    expect(say(Buffer.from('reply'))).toBe(true);
    expect(channel.sent).toEqual([]);
  });

  it('ends the channel with the display', async () => {
    const { channel, display, join } = joined();
    join();
    display.push(null);
    await once(channel, 'finish');
  });
});

describe('from the client to the display', () => {
  it('begins with what came while the display was not connected yet', () => {
    const { channel, display, join } = joined();
    channel.pause();
    channel.arrive('first ');
    channel.arrive('second ');
    join();
    channel.arrive('third');
    expect(display.written.join('')).toBe('first second third');
    expect(channel.readableLength).toBe(0);
  });

  it('does not open the window again while the display takes nothing', async () => {
    const { channel, display, join } = joined();
    display.takes = false;
    join();
    channel.arrive('more than the display takes');
    expect(channel._waitChanDrain).toBe(true);
    channel.arrive('and more');
    expect(channel.opened).toBe(0);
    const drained = once(display, 'drain');
    display.takeHeld();
    await drained;
    expect(channel._waitChanDrain).toBe(false);
    expect(channel.opened).toBe(1);
    expect(display.written.join('')).toBe('more than the display takesand more');
  });

  it('ends the client when the server sends far more than its window', () => {
    const { channel, display, join, overruns } = joined();
    display.takes = false;
    join();
    const mebibyte = 'x'.repeat(1024 * 1024);
    for (let sent = 0; sent < 8; sent += 1) channel.arrive(mebibyte);
    expect(overruns()).toBe(0);
    channel.arrive(mebibyte);
    expect(overruns()).toBe(1);
  });

  it('ends the display after the last request when the client hangs up', async () => {
    const { channel, display, join } = joined();
    join();
    display.takes = false;
    channel.arrive('last request');
    channel.arrive(' and the end');
    channel.push(null);
    await once(channel, 'end');
    expect(display.writableEnded).toBe(true);
    expect(display.writableFinished).toBe(false);
    display.takeHeld();
    await once(display, 'finish');
    expect(display.written.join('')).toBe('last request and the end');
  });

  it('is refused with another version of ssh2', () => {
    const link = new DisplayLink(new Duplex({ read() {} }) as unknown as ClientChannel, 'little', {
      onIds() {},
      onOverrun() {},
    });
    expect(() => link.join(new Socket())).toThrow('ssh2 has other channels');
  });
});
