import { orAfter } from '../../shared/abort.js';
import type { Connection } from '../ssh/connection.js';
import script from './remote-folder.sh?raw';

/** A folder on the server that only the user can enter. */
export interface RemoteFolder {
  readonly path: string;
  /** Has it removed. The end of the connection does so too. Resolves when the server has done it. */
  close(): Promise<void>;
}

/** Maximum time, in ms. The login waits for it. */
const patienceMs = 10_000;
const maxOutput = 4_000;

/** @throws where the server has no place for one */
export async function openRemoteFolder(connection: Connection): Promise<RemoteFolder> {
  const { channel, ended } = await connection.run('exec /bin/sh -s ldm-devices');
  const close = async (): Promise<void> => {
    channel.end();
    await ended;
  };
  const path = new Promise<string>((resolve, reject) => {
    let output = '';
    let errors = '';
    channel.setEncoding('utf8').on('data', (text: string) => {
      if (output.length < maxOutput) output += text;
      const found = folderIn(output);
      if (found !== undefined) resolve(found);
    });
    channel.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors = (errors + text).slice(-maxOutput);
    });
    void ended.then(() => reject(new Error(errors.trim() || 'the server made no folder')));
  });
  channel.write(script);
  try {
    const late = (): never => {
      throw new Error(`no folder within ${patienceMs / 1_000} s`);
    };
    return { path: await orAfter(path, patienceMs, late), close };
  } catch (error) {
    channel.end();
    throw error;
  }
}

/**
 * The folder's path in what the server printed; the login shell may have printed something before. It is short, because
 * the path of a socket has at most 107 bytes, and has no character that means something to a shell or to a program.
 */
export function folderIn(output: string): string | undefined {
  return /^ldm-devices (\/[\w./@-]{1,80})$/m.exec(output.slice(0, output.lastIndexOf('\n') + 1))?.[1];
}
