import { openX11, type X11Client, type X11Extension } from './client.js';
import type { X11Display } from './display-name.js';
import type { X11Cookie } from './xauthority.js';

/** Requests and events of the XKB extension, and the device that all keyboards share (XKB protocol, section 16). */
const xkb = { useExtension: 0, selectEvents: 1, getState: 4, latchLockState: 5, coreKeyboard: 0x100 };
const newKeyboardNotify = 0;
const stateNotify = 2;
/** In the mask of what a StateNotify tells: another layout is in force. */
const groupState = 1 << 4;

/** Which of the layouts that an X server was set up with is in force: a key may have switched to it. */
export interface KeyboardGroup {
  /** Counted from 0. */
  read(): Promise<number>;
  lock(group: number): Promise<void>;
  /** Calls back when it has changed, or the keyboard was set up, until the returned function is called. */
  watch(changed: () => void): () => void;
}

export function keyboardGroup(display: X11Display, cookie: X11Cookie | undefined): KeyboardGroup {
  const connect = async (): Promise<{ client: X11Client; extension: X11Extension }> => {
    const client = await openX11(display, cookie, () => {});
    try {
      const extension = await client.extension('XKEYBOARD');
      if (extension === undefined) throw new Error('X11: the display has no XKB');
      // Version 1.0.
      await client.ask(requestOf(extension, xkb.useExtension, [1, 0]));
      return { client, extension };
    } catch (error) {
      client.close();
      throw error;
    }
  };
  /** A connection for one question. */
  const once = async <T>(use: (client: X11Client, extension: X11Extension) => Promise<T>): Promise<T> => {
    const { client, extension } = await connect();
    try {
      return await use(client, extension);
    } finally {
      client.close();
    }
  };
  const stateOf = (client: X11Client, extension: X11Extension): Promise<Buffer> =>
    client.ask(requestOf(extension, xkb.getState, [xkb.coreKeyboard, 0]));
  return {
    async read() {
      return (await once(stateOf)).readUInt8(12);
    },
    async lock(group) {
      await once((client, extension) => {
        const lockGroup = 1;
        const words = [xkb.coreKeyboard, 0, lockGroup | (group << 8), 0, 0, 0];
        client.send(requestOf(extension, xkb.latchLockState, words));
        // That one has no reply; the reply to this one tells that it was carried out.
        return stateOf(client, extension);
      });
    },
    watch(changed) {
      let stop = (): void => {};
      let isWatched = true;
      connect().then(
        ({ client, extension }) => {
          stop = () => client.close();
          if (!isWatched) stop();
          client.onEvent(extension.firstEvent, (event) => {
            const kind = event.readUInt8(1);
            const isOther = kind === stateNotify && (event.readUInt16LE(26) & groupState) !== 0;
            if (isOther || kind === newKeyboardNotify) changed();
          });
          const events = (1 << stateNotify) | (1 << newKeyboardNotify);
          client.send(requestOf(extension, xkb.selectEvents, [xkb.coreKeyboard, events, 0, events, 0, 0]));
        },
        // Without XKB there is nothing to follow.
        () => {},
      );
      return () => {
        isWatched = false;
        stop();
      };
    },
  };
}

/** @param words of 16 bits each */
function requestOf({ opcode }: X11Extension, minor: number, words: readonly number[]): Buffer {
  const packet = Buffer.alloc(4 + 2 * words.length);
  packet.writeUInt8(opcode, 0);
  packet.writeUInt8(minor, 1);
  packet.writeUInt16LE(packet.length / 4, 2);
  for (const [index, word] of words.entries()) packet.writeUInt16LE(word, 4 + 2 * index);
  return packet;
}
