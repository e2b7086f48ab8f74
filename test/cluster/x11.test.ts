import { beforeAll, expect, it } from 'vitest';
import { requireOrSkip } from '../support/require-or-skip.js';
import { ada } from './support/cluster.js';
import { missingForCluster } from './support/missing.js';
import { until } from './support/run.js';
import { useCluster } from './support/use-cluster.js';

/** An X client that attaches the shared memory of number N (MIT-SHM), and prints the code of the error, or "attached". */
const shmClient = `
const { execFileSync } = require('node:child_process');
const [, number] = /:(\\d+)/.exec(process.env.DISPLAY);
const [cookie] = execFileSync('xauth', ['list', process.env.DISPLAY], { encoding: 'utf8' }).match(/[0-9a-f]{32}/);
const setup = Buffer.alloc(48);
setup.write('l', 0);
[[2, 11], [6, 18], [8, 16]].forEach(([at, value]) => setup.writeUInt16LE(value, at));
setup.write('MIT-MAGIC-COOKIE-1', 12);
Buffer.from(cookie, 'hex').copy(setup, 32);
const socket = require('node:net').connect(6000 + Number(number), 'localhost', () => socket.write(setup));
let received = Buffer.alloc(0);
socket.on('data', (data) => {
  received = Buffer.concat([received, data]);
  if (received.length < 8) return;
  const setupLength = 8 + 4 * received.readUInt16LE(6);
  if (received.length < setupLength) return;
  if (received.length === setupLength) {
    const query = Buffer.alloc(16);
    query[0] = 98; query.writeUInt16LE(4, 2); query.writeUInt16LE(7, 4); query.write('MIT-SHM', 8);
    socket.write(query);
  }
  if (received.length === setupLength + 32) {
    const attach = Buffer.alloc(20);
    attach[0] = received[setupLength + 9]; attach[1] = 1; attach.writeUInt16LE(4, 2);
    attach.writeUInt32LE(received.readUInt32LE(12), 4); attach.writeUInt32LE(Number(process.argv[2]), 8);
    attach[16] = 43; attach.writeUInt16LE(1, 18); // GetInputFocus, whose answer comes after the error
    socket.write(attach);
  }
  if (received.length >= setupLength + 64) {
    const answer = received.subarray(setupLength + 32);
    console.log(answer[0] === 0 ? 'error ' + answer[1] : 'attached');
    process.exit();
  }
});`;
/** The X server takes the client for one on another machine (X11 protocol, appendix A). */
const badRequest = 'error 1\n';

requireOrSkip(missingForCluster, 'X11 of a session', () => {
  const cluster = useCluster({ servers: [{ name: 's1' }, { name: 'plain', config: ['X11Forwarding no'] }] });
  const on = (server: string, command: readonly string[]) =>
    cluster().login(ada, command, { args: ['--server', server] });
  /** The windows at the top of the client's screen, as xwininfo tells them. */
  const windows = async (): Promise<string> => {
    const env = { DISPLAY: cluster().environment.DISPLAY ?? '', XAUTHORITY: cluster().environment.XAUTHORITY ?? '' };
    return (await cluster().client.run(['xwininfo', '-root', '-children'], { env })).stdout;
  };
  beforeAll(() => cluster().startX());

  it('reaches the client’s screen through the server’s own DISPLAY', async () => {
    const { code, stdout } = await on('s1', ['echo "$DISPLAY"; xdpyinfo']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^localhost:\d+\.0$/m);
    expect(stdout).toMatch(/dimensions: +1024x768 pixels/);
  });

  it('shows a window while the session runs, and none when it has ended', async () => {
    const login = cluster().startLogin(ada, ['xclock -name clock-of-ada'], { args: ['--server', 's1'] });
    await until('the clock is on the screen', async () => (await windows()).includes('clock-of-ada'));
    login.signal('SIGTERM');
    await login.done;
    await until('the clock is gone', async () => !(await windows()).includes('clock-of-ada'), 3_000);
  });

  it('keeps the real cookie on the client', async () => {
    const { client } = cluster();
    const real = await client.sh(`xauth -f ${cluster().environment.XAUTHORITY} list`);
    const cookie = real.trim().split(/\s+/).at(-1) ?? '';
    expect(cookie).toMatch(/^[0-9a-f]{32}$/);
    const { code, stdout } = await on('s1', ['xauth list']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/MIT-MAGIC-COOKIE-1 +[0-9a-f]{32}/);
    expect(stdout).not.toContain(cookie);
  });

  it('refuses a client with any other cookie', async () => {
    const forge = 'xauth -q add "$DISPLAY" . 0123456789abcdef0123456789abcdef; xdpyinfo';
    const { code, stdout } = await on('s1', [forge]);
    expect(code).not.toBe(0);
    expect(stdout).not.toContain('dimensions');
  });

  it('refuses a client without a cookie', async () => {
    const { code, stdout } = await on('s1', ['XAUTHORITY=/dev/null xdpyinfo']);
    expect(code).not.toBe(0);
    expect(stdout).not.toContain('dimensions');
  });

  it('keeps the shared memory of this client from programs of the server', async () => {
    const { client } = cluster();
    const made = await client.sh('ipcmk --shmem 4096 --mode 0666');
    const [number = ''] = made.match(/\d+/) ?? [];
    await cluster().server('s1').host.write('/run/shm-client.cjs', shmClient, 0o644);
    const { stdout, stderr } = await on('s1', [`${process.execPath} /run/shm-client.cjs ${number}`]);
    expect({ stdout, stderr }).toMatchObject({ stdout: badRequest });
  });

  it('is said to be refused where the server forwards none', async () => {
    const { code, stderr } = await on('plain', ['xdpyinfo']);
    expect(code).toBe(69);
    expect(stderr).toContain('plain: refused to show windows here');
  });

  it('starts no desktop where the server forwards none', async () => {
    const { host } = cluster().server('plain');
    await host.write('/etc/X11/Xsession', '#!/bin/sh\necho began >/tmp/began\n', 0o755);
    const login = ['login', '--user', ada.name, '--server', 'plain', '--password-file', '-'];
    const { code, stderr } = await cluster().ldm(login, { input: `${ada.password}\n` });
    expect(code).toBe(69);
    expect(stderr).toContain('plain: refused to show windows here');
    expect(await host.read('/tmp/began')).toBe('');
  });

  it('carries a few hundred requests and answers unharmed', async () => {
    const { code, stdout } = await on('s1', ['xlsfonts -ll >/dev/null; xset q; xprop -root | wc -l']);
    expect(code).toBe(0);
    expect(stdout).toContain('Keyboard Control');
  });

  it('runs the Xsession of the server when no command is given, in the user’s name', async () => {
    await cluster().server('s1').host.write('/etc/X11/Xsession', '#!/bin/sh\nid -un\nexec xdpyinfo\n', 0o755);
    const login = ['login', '--user', ada.name, '--password-file', '-', '--server', 's1'];
    const { code, stdout } = await cluster().ldm(login, { input: `${ada.password}\n` });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ada$/m);
    expect(stdout).toContain('1024x768');
  });
});
