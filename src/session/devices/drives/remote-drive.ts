import type { ClientChannel } from 'ssh2';
import { quoteWord } from '../../remote-command.js';
import type { Connection } from '../../ssh/connection.js';
import script from './remote-drive.sh?raw';
import noticeScript from './remote-notice.sh?raw';

export interface RemoteDrive {
  /** Carries SFTP. */
  readonly channel: ClientChannel;
  /** Resolves when its folder is gone. */
  readonly ended: Promise<RemoteEnd>;
}

/** `cut`: the server does not tell, because the connection has ended. */
export type RemoteEnd = { readonly kind: 'ejected' | 'cut' } | { readonly kind: 'failed'; readonly problem: string };

/** What the script prints before SFTP begins. The files of a login shell may have printed something before. */
export const remotePreamble = 'ldm-drive begins\n';

const maxOutput = 4_000;

/**
 * Has sshfs on the server show a drive in the session.
 * @param name of the folder, from `driveName`
 */
export async function openRemoteDrive(connection: Connection, name: string): Promise<RemoteDrive> {
  const { channel, ended } = await connection.run('exec /bin/sh -s ldm-drive');
  let errors = '';
  channel.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-maxOutput);
  });
  // A comma ends an option of sshfs, and names have none.
  channel.write(`${script}\nldm_drive ${quoteWord(name)}\n`);
  return {
    channel,
    ended: ended.then((end) => {
      if (end.kind === 'lost') return { kind: 'cut' };
      const isEjected = end.kind === 'exit' && end.code === 0;
      return isEjected ? { kind: 'ejected' } : { kind: 'failed', problem: problemIn(errors) };
    }),
  };
}

/** What the script says went wrong. The other lines are sshfs's own. */
export function problemIn(errors: string): string {
  const lines = errors.split('\n').filter((line) => line.trim() !== '');
  const told = lines.findLast((line) => line.startsWith('ldm-drive: '))?.slice('ldm-drive: '.length);
  const before = lines.filter((line) => !line.startsWith('ldm-drive: ')).at(-1);
  return [told ?? 'the server ended it', ...(before === undefined ? [] : [before])].join(': ');
}

/** Shows a notice on the desktop, where it has a program for it. Never throws. */
export async function tellUser(connection: Connection, headline: string, text: string): Promise<void> {
  try {
    const { channel, ended } = await connection.run('exec /bin/sh -s ldm-notice');
    channel.resume();
    channel.stderr.resume();
    channel.end(`${noticeScript}\nldm_notice ${quoteWord(headline)} ${quoteWord(text)}\n`);
    await ended;
  } catch {
    // The log has it.
  }
}
