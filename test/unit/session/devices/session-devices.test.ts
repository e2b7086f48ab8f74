import { PassThrough } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Channel, ClientChannel } from 'ssh2';
import { describe, expect, it, vi } from 'vitest';
import type { Device } from '../../../../src/session/devices/device.js';
import { SessionDevices } from '../../../../src/session/devices/session-devices.js';
import type { Connection } from '../../../../src/session/ssh/connection.js';
import { createLog } from '../../../../src/shared/log/log.js';

/** A channel of ssh2 as far as it is used; what is written to it comes out of it. */
function newChannel() {
  const channel = Object.assign(new PassThrough(), { stderr: new PassThrough(), close: vi.fn() });
  channel.close.mockImplementation(() => channel.destroy());
  return channel;
}

interface Plan {
  readonly prints?: string;
  readonly forwards?: boolean;
  readonly connect?: () => Promise<PassThrough>;
}

function scene({ prints = 'ldm-devices /tmp/ldm-a\n', forwards = true, connect }: Plan = {}) {
  const lines: string[] = [];
  const log = createLog(7, (line) => lines.push(line.trim()));
  const folder = Object.assign(new PassThrough(), { stderr: new PassThrough() });
  folder.on('pipe', () => {});
  const input: string[] = [];
  const end = folder.end.bind(folder);
  // The folder's script reads its input, and prints.
  folder.write = ((text: string) => input.push(text) > 0) as never;
  folder.end = (() => {
    ended();
    return end();
  }) as never;
  let ended = (): void => {};
  const over = new Promise<void>((resolve) => {
    ended = resolve;
  });
  let knock: (accept: () => Channel, reject: () => void) => void = () => {};
  const connection = {
    server: { name: 'app1' },
    run: async () => {
      setImmediate(() => {
        folder.push(prints);
        if (prints === '') ended();
      });
      return { channel: folder as unknown as ClientChannel, exited: over, ended: over };
    },
    forwardSocket: async (path: string, onConnection: typeof knock) => {
      lines.push(`forward ${path}`);
      if (!forwards) throw new Error('the server forwards no socket');
      knock = onConnection;
    },
  } as unknown as Connection;
  const service = new PassThrough();
  const device: Device = {
    name: 'sound',
    environment: (socket) => ({ PULSE_SERVER: socket }),
    connect: connect ?? (async () => service),
    close: vi.fn(),
  };
  const devices = new SessionDevices([device], log);
  const isOver = vi.fn();
  void over.then(isOver);
  return {
    devices,
    device,
    service,
    lines,
    isOver,
    open: () => devices.open(connection),
    /** A program on the server connects. */
    async knock() {
      const channel = newChannel();
      const accept = vi.fn(() => channel as unknown as Channel);
      const reject = vi.fn();
      knock(accept, reject);
      await nextTurn();
      return { channel, accept, reject };
    },
  };
}

describe('the devices of a running session', () => {
  it('cost nothing where there are none', async () => {
    const devices = new SessionDevices(
      [],
      createLog(7, () => {}),
    );
    expect(await devices.open({} as Connection)).toEqual({});
    expect(devices.isOpen).toBe(false);
    await devices.close();
  });

  it('have a socket each in the folder of the session, which programs are told', async () => {
    const { open, lines, devices } = scene();
    expect(await open()).toEqual({ PULSE_SERVER: '/tmp/ldm-a/sound' });
    expect(lines).toEqual(['forward /tmp/ldm-a/sound']);
    expect(devices.isOpen).toBe(true);
  });

  it('end with the session: connections, services, folder', async () => {
    const { open, knock, devices, device, service, isOver } = scene();
    await open();
    const { channel, accept } = await knock();
    expect(accept).toHaveBeenCalled();
    await devices.close();
    await nextTurn();
    expect(service.destroyed).toBe(true);
    expect(channel.close).toHaveBeenCalled();
    expect(device.close).toHaveBeenCalledTimes(1);
    expect(isOver).toHaveBeenCalled();
    expect((await knock()).reject).toHaveBeenCalled();
    expect(devices.isOpen).toBe(false);
    await devices.close();
    expect(device.close).toHaveBeenCalledTimes(1);
  });

  it('are missing where the server forwards nothing, and leave no folder there', async () => {
    const { open, lines, isOver, devices } = scene({ forwards: false });
    expect(await open()).toEqual({});
    await nextTurn();
    expect(lines.at(-1)).toBe('warn device-failed device=sound server=app1 problem="the server forwards no socket"');
    expect(isOver).toHaveBeenCalled();
    expect(devices.isOpen).toBe(false);
  });

  it('are missing where the server makes no folder', async () => {
    const { open, lines } = scene({ prints: '' });
    expect(await open()).toEqual({});
    expect(lines).toEqual(['warn device-failed device=sound server=app1 problem="the server made no folder"']);
  });

  it('are not offered where the session has ended meanwhile', async () => {
    const { open, devices, lines, isOver } = scene();
    const opening = open();
    await devices.close();
    expect(await opening).toEqual({});
    await nextTurn();
    expect(lines).toEqual([]);
    expect(isOver).toHaveBeenCalled();
  });

  it('refuse a program whose service does not answer, and log that within bounds', async () => {
    const { open, knock, lines, devices } = scene({ connect: () => Promise.reject(new Error('no sound')) });
    await open();
    for (let at = 0; at < 100; at++) expect((await knock()).reject).toHaveBeenCalled();
    const failed = 'warn device-connection-failed device=sound problem="no sound"';
    expect(lines.filter((line) => line === failed)).toHaveLength(10);
    await devices.close();
    expect(lines.at(-1)).toBe('warn device-failures-omitted count=90');
  });

  it('take at most 64 connections at a time, those that wait for the service among them', async () => {
    const { open, knock, lines } = scene({ connect: () => new Promise(() => {}) });
    await open();
    for (let at = 0; at < 64; at++) expect((await knock()).reject).not.toHaveBeenCalled();
    expect((await knock()).reject).toHaveBeenCalled();
    expect(lines.at(-1)).toContain('too many connections');
  });

  it('drop a program whose service answers after the end', async () => {
    let answer = (_: PassThrough): void => {};
    const { open, knock, devices } = scene({ connect: () => new Promise((resolve) => (answer = resolve)) });
    await open();
    const { reject, accept } = await knock();
    await devices.close();
    const late = new PassThrough();
    answer(late);
    await nextTurn();
    expect(late.destroyed).toBe(true);
    expect(reject).toHaveBeenCalled();
    expect(accept).not.toHaveBeenCalled();
  });
});
