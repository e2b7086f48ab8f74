import { openX11, type X11Client } from '../src/session/x11/client.js';
import { readDisplay } from '../src/session/x11/display.js';

export interface PanelWatch {
  /** When the panel appeared. */
  readonly mapped: Promise<number>;
  end(): void;
}

/** Numbers of requests and of predefined atoms (X11 protocol, appendices A and B). */
const opcode = { getProperty: 20, queryTree: 15 };
const atomType = 4;

/**
 * Waits for a window of the type DOCK (EWMH), which a panel has, by the events of the root window: so nothing is asked
 * while the desktop starts, but the type of each new window.
 */
export async function watchPanel(env: NodeJS.ProcessEnv): Promise<PanelWatch> {
  const { display, cookie } = await readDisplay(env);
  const client = await openX11(display, cookie, () => {});
  const [windowType, dock] = [await client.atom('_NET_WM_WINDOW_TYPE'), await client.atom('_NET_WM_WINDOW_TYPE_DOCK')];
  const isPanel = async (window: number): Promise<boolean> => (await property(client, window, windowType)) === dock;
  const mapped = new Promise<number>((resolve) => {
    client.watchRoot((event) => {
      if (event.kind !== 'mapped') return;
      const at = performance.now();
      const look = async (): Promise<void> => {
        // A window manager may have put it into a frame of its own.
        const windows = [event.window, ...(await childrenOf(client, event.window))];
        for (const window of windows) if (await isPanel(window)) resolve(at);
      };
      // A window that has gone again has no type.
      look().catch(() => {});
    });
  });
  return { mapped, end: () => client.close() };
}

async function property(client: X11Client, window: number, name: number): Promise<number | undefined> {
  const packet = Buffer.alloc(24);
  packet.writeUInt8(opcode.getProperty, 0);
  packet.writeUInt16LE(6, 2);
  for (const [at, word] of [window, name, atomType, 0, 1].entries()) packet.writeUInt32LE(word, 4 + 4 * at);
  const reply = await client.ask(packet);
  return reply.readUInt32LE(16) > 0 ? reply.readUInt32LE(32) : undefined;
}

async function childrenOf(client: X11Client, window: number): Promise<number[]> {
  const packet = Buffer.alloc(8);
  packet.writeUInt8(opcode.queryTree, 0);
  packet.writeUInt16LE(2, 2);
  packet.writeUInt32LE(window, 4);
  const reply = await client.ask(packet);
  return Array.from({ length: reply.readUInt16LE(16) }, (_, at) => reply.readUInt32LE(32 + 4 * at));
}
