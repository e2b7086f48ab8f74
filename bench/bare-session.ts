/**
 * A login with ssh2 as ldm has it, the simplest forwarding of X11, and nothing else of ldm: the floor for the memory of a
 * session.
 *   bare-session ADDRESS USER COMMAND   the password on standard input; the display in $DISPLAY has no cookie
 */
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { Client } from 'ssh2';
import '../src/shared/small-heap.js';

const [, , host = '', username = '', command = ''] = process.argv;
const password = readFileSync(0, 'utf8').trimEnd();
const number = /^:(\d+)/.exec(process.env.DISPLAY ?? '')?.[1];
const client = new Client();
client
  .on('x11', (_client, accept) => {
    const channel = accept();
    const display = connect(`/tmp/.X11-unix/X${number}`);
    channel.pipe(display).pipe(channel);
  })
  .on('ready', () => {
    client.setNoDelay();
    client.exec(command, { x11: { single: false } }, (error, stream) => {
      if (error) throw error;
      stream.on('close', () => client.end()).pipe(process.stdout);
      stream.stderr.resume();
    });
  })
  .connect({ host, username, password });
