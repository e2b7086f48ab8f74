import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { commandFrame } from '../../../../src/session/devices/pulse-frames.js';
import { pulseGate } from '../../../../src/session/devices/pulse-gate.js';

function gateOf(microphone = false) {
  const refused: string[] = [];
  const errors: string[] = [];
  const gate = pulseGate({ microphone, onRefused: (what) => refused.push(what) });
  for (const stream of [gate.up, gate.down]) stream.on('error', ({ message }) => errors.push(message));
  const read = async (stream: 'up' | 'down'): Promise<Buffer | null> => {
    await nextTurn();
    return gate[stream].read();
  };
  return { ...gate, refused, errors, read };
}

const playback = commandFrame(3, 1);
const recording = commandFrame(5, 2);
const denied = commandFrame(0, 2, 1);
const reply = commandFrame(2, 1, 0, 0, 0);

describe('the gate of the sound service', () => {
  it('lets through what a program may say, and all that the service says', async () => {
    const { up, down, read } = gateOf();
    up.write(playback);
    down.write(reply);
    expect(await read('up')).toEqual(playback);
    expect(await read('down')).toEqual(reply);
  });

  it('answers itself what a program must not say, and the service does not hear it', async () => {
    const { up, read, refused } = gateOf();
    up.write(Buffer.concat([playback, recording, playback]));
    expect(await read('up')).toEqual(Buffer.concat([playback, playback]));
    expect(await read('down')).toEqual(denied);
    expect(refused).toEqual(['recording']);
  });

  it('lets a program record with leave', async () => {
    const { up, read, refused } = gateOf(true);
    up.write(recording);
    expect(await read('up')).toEqual(recording);
    expect(refused).toEqual([]);
  });

  it('answers between two frames of the service', async () => {
    const { up, down, read } = gateOf();
    down.write(reply.subarray(0, 40));
    up.write(recording);
    expect(await read('down')).toEqual(reply.subarray(0, 40));
    down.write(reply.subarray(40));
    expect(await read('down')).toEqual(Buffer.concat([reply.subarray(40), denied]));
  });

  it('ends the connection of a program that does not speak the protocol', async () => {
    const { up, read, errors } = gateOf();
    up.write(Buffer.from('GET / HTTP/1.1\r\nHost: somewhere\r\n\r\n'));
    expect(await read('up')).toBeNull();
    expect(errors).toEqual([expect.stringMatching(/^a frame of \d+ bytes$/)]);
  });

  it('keeps a bounded number of answers for a program that does not read', async () => {
    const { up, down, errors } = gateOf();
    down.write(reply.subarray(0, 40));
    for (let at = 0; at < 300; at++) up.write(recording);
    await nextTurn();
    expect(errors).toEqual(['too many refused commands']);
  });

  it('pushes no answers without end to a program that does not read', async () => {
    const { up, down, errors } = gateOf();
    up.resume();
    for (let at = 0; at < 5_000 && errors.length === 0; at++) {
      up.write(recording);
      await nextTurn();
    }
    expect(errors).toEqual(['too many refused commands']);
    expect(down.readableLength).toBeLessThan(70_000);
  });
});
