import { describe, expect, it } from 'vitest';
import { commandFrame, MalformedFrameError, numberAt } from '../../../../src/session/devices/pulse-frames.js';
import { judge } from '../../../../src/session/devices/pulse-rules.js';

const command = (...numbers: number[]) => ({ head: commandFrame(...numbers), isCommand: true });
const withFlags = (flags: number, isCommand = false) => {
  const head = commandFrame(3, 1);
  head.writeUInt32BE(flags, 16);
  return { head, isCommand };
};
const silent = { microphone: false };
const listening = { microphone: true };

describe('a program of the session', () => {
  it.each([
    ['play', 3],
    ['set the volume', 36],
    ['list the devices', 22],
    ['load a sound', 15],
    ['list the modules', 26],
    ['manage a stream', 57],
    ['say something of an extension', 87],
    ['turn the shared channel off', 102],
  ])('may %s', (_, number) => {
    expect(judge(command(number, 1), silent)).toEqual({ kind: 'pass' });
  });

  it('may record only with leave', () => {
    const answer = commandFrame(0, 9, 1);
    expect(judge(command(5, 9), silent)).toEqual({ kind: 'refused', what: 'recording', answer });
    expect(judge(command(5, 9), listening)).toEqual({ kind: 'pass' });
  });

  it.each([
    ['end the service', 7, 1],
    ['load a module', 51, 1],
    ['unload a module', 52, 1],
    ['have a module loaded later', 56, 1],
    ['register memory', 103, 19],
    ['send messages to parts of the service', 104, 19],
    ['say what is not known', 0xffff_fffe, 19],
  ])('may never %s', (_, number, error) => {
    for (const allowed of [silent, listening]) {
      const answer = commandFrame(0, 9, error);
      expect(judge(command(number, 9), allowed)).toEqual({ kind: 'refused', what: 'command', answer });
    }
  });

  it('offers no shared memory, whatever it says', () => {
    const greeting = command(8, 0, 0xc000_0023);
    expect(judge(greeting, silent)).toEqual({ kind: 'pass' });
    expect(numberAt(greeting.head, 2)).toBe(35);
  });

  it.each([0x8000_0000, 0x4000_0000, 0xc000_0000, 0xa000_0000, 0x100])('sends no shared memory (flags %i)', (flags) => {
    expect(() => judge(withFlags(flags), listening)).toThrow(MalformedFrameError);
    expect(() => judge(withFlags(flags, true), listening)).toThrow(MalformedFrameError);
  });

  it.each([0, 1, 3, 0xff])('may say where its samples belong (flags %i)', (flags) => {
    expect(judge(withFlags(flags), silent)).toEqual({ kind: 'pass' });
  });

  it('sends no command without a number', () => {
    expect(() => judge(command(3), silent)).toThrow(MalformedFrameError);
    expect(() => judge(command(8, 1), silent)).toThrow(MalformedFrameError);
  });
});
