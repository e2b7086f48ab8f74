import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { requireOrSkip } from '../support/require-or-skip.js';
import { type OwnDevices, ownDevices } from './support/own-devices.js';
import { type Running, run, start, until } from './support/run.js';
import { missingPrograms } from './support/xvfb.js';

const seat = fileURLToPath(new URL('../../data/seat/ldm-seat', import.meta.url));
const ldm = fileURLToPath(new URL('../../bin/ldm', import.meta.url));
const lacking =
  process.getuid?.() === 0 ? missingPrograms('Xvfb', 'xauth', 'setpriv', 'perl', 'xdpyinfo', 'xwininfo') : 'needs root';

/** Stands for ldm beside X: tells what it is started with, waits for its display, and tells that too. */
const waiting = `#!/bin/sh
{ echo "pid $$"; echo "before \${DISPLAY-none}"; } >>"$TELL"
read -r DISPLAY <&"$LDM_SEAT_DISPLAY_FD" || { echo 'no display' >>"$TELL"; exit 0; }
export DISPLAY
xdpyinfo >/dev/null 2>&1 && echo 'opened yes' >>"$TELL"
{ echo "user $(id -un)"; echo "display $DISPLAY"; } >>"$TELL"
exec sleep 60
`;
/** Xvfb, once a file is there. Its folder is in the environment. */
const lateX = '#!/bin/sh\nuntil [ -e "$GATE" ]; do sleep 0.05; done\nexec Xvfb -screen 0 640x480x24 "$@"\n';

requireOrSkip(lacking, 'a seat that starts X and ldm side by side', () => {
  let folder = '';
  let running: Running[] = [];
  let devices: OwnDevices;
  let hooks: string | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ldm-seat-test-'));
    chmodSync(folder, 0o755);
    running = [];
    hooks = undefined;
    devices = ownDevices(mkdtempSync(join(folder, 'devices-')));
    // The seat recognizes ldm by what lies beside it.
    for (const name of ['bin', 'dist', 'state']) mkdirSync(join(folder, name));
    writeFileSync(join(folder, 'dist/greeter.cjs'), '');
    writeFileSync(join(folder, 'bin/ldm'), waiting, { mode: 0o755 });
    writeFileSync(join(folder, 'x'), lateX, { mode: 0o755 });
  });
  afterEach(async () => {
    for (const one of running) one.signal('SIGTERM');
    await Promise.all(running.map(({ done }) => done));
    await until('all processes have ended', () => processesOf(/./).length === 0);
    for (const one of [folder, hooks]) if (one !== undefined) rmSync(one, { recursive: true, force: true });
  });

  const turn = (settings: Record<string, string> = {}, name = 'tty7'): Running => {
    writeFileSync(join(folder, name), '', { mode: 0o666 });
    chmodSync(join(folder, name), 0o666);
    const env = {
      RUNTIME_DIRECTORY: join(folder, 'state'),
      LDM_SEAT_XSERVER: join(folder, 'x'),
      LDM_SEAT_XARGUMENTS: '',
      LDM_SEAT_PROGRAM: join(folder, 'bin/ldm'),
      LDM_SEAT_USER: 'nobody',
      LDM_SEAT_PATIENCE: '1',
      LDM_SEAT_GRAPHICS_TIMEOUT: '0',
      LDM_SERVER: '127.0.0.1',
      LDM_STATE_DIR: join(folder, 'ldm-state'),
      GATE: join(folder, 'gate'),
      TELL: join(folder, name),
      ...settings,
    };
    const one = start(devices.inside([seat, name], '/dev/null'), { env });
    running.push(one);
    return one;
  };
  const told = (key: string, name = 'tty7'): string | undefined =>
    new RegExp(`^${key} (.*)$`, 'm').exec(readFileSync(join(folder, name), 'utf8'))?.[1];
  const openGate = (): void => writeFileSync(join(folder, 'gate'), '');
  /** Numbers of the processes that a seat of this test has started. */
  const processesOf = (command: RegExp): number[] =>
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .filter((name) => {
        try {
          const mine = readFileSync(`/proc/${name}/environ`, 'utf8').includes(`\0GATE=${join(folder, 'gate')}\0`);
          return mine && command.test(readFileSync(`/proc/${name}/cmdline`, 'utf8'));
        } catch {
          return false;
        }
      })
      .map(Number);
  const real = { LDM_SEAT_PROGRAM: ldm, LDM_SEAT_USER: 'root' };

  it('ldm is started before X is ready, and is given the display then', async () => {
    turn();
    await until('ldm is started', () => told('before') !== undefined, 20_000);
    expect(told('before')).toBe('none');
    expect(told('display')).toBeUndefined();
    openGate();
    await until('ldm has its display', () => told('display') !== undefined, 20_000);
    expect(told('display')).toMatch(/^:\d+$/);
    expect(told('opened')).toBe('yes');
    expect(told('user')).toBe('nobody');
  });

  it('ldm can write only to its home before it has the display', async () => {
    turn();
    await until('ldm is started', () => told('before') !== undefined, 20_000);
    const [own = ''] = readdirSync(join(folder, 'state')).filter((name) => name.startsWith('ldm-seat.'));
    const private_ = join(folder, 'state', own);
    const owners = Object.fromEntries(readdirSync(private_).map((name) => [name, statSync(join(private_, name)).uid]));
    const { home, ...others } = owners;
    expect(statSync(private_).uid).toBe(0);
    expect(home).not.toBe(0);
    expect(new Set(Object.values(others))).toEqual(new Set([0]));
    // Others may pass through it, and read nothing.
    expect(statSync(private_).mode & 0o777).toBe(0o711);
    expect(statSync(join(private_, 'server')).mode & 0o777).toBe(0o600);
    openGate();
    await until('ldm has its display', () => told('display') !== undefined, 20_000);
    await until('it is closed to others', () => (statSync(private_).mode & 0o777) === 0o700);
    expect(statSync(private_).uid).toBe(home);
  });

  it('two seats give each ldm its own display', async () => {
    turn();
    turn({}, 'seat1');
    for (const name of ['tty7', 'seat1']) await until('started', () => told('before', name) !== undefined, 20_000);
    openGate();
    for (const name of ['tty7', 'seat1']) await until('display', () => told('display', name) !== undefined, 20_000);
    expect(told('opened')).toBe('yes');
    expect(told('opened', 'seat1')).toBe('yes');
    expect(told('display')).not.toBe(told('display', 'seat1'));
  });

  it('an ldm that ends while X starts is told of when X is there', async () => {
    const one = turn();
    await until('ldm is started', () => told('pid') !== undefined, 20_000);
    process.kill(Number(told('pid')), 'SIGKILL');
    await until('it has ended', () => !existsSync(`/proc/${told('pid')}`));
    openGate();
    const { code, stderr } = await one.done;
    expect(code).toBe(137);
    expect(stderr).toMatch(/greeter-failed: .* ended with code 137/);
  });

  it('the greeter loads itself while X starts, and shows its window on the display that comes', async () => {
    // Hooks count only where nobody but root can write.
    hooks = mkdtempSync('/run/ldm-seat-test-');
    writeFileSync(join(hooks, 'I10-tell'), `#!/bin/sh\nenv >"${join(folder, 'hook')}"\n`, { mode: 0o755 });
    turn({ ...real, LDM_HOOK_DIRS: hooks });
    await until('the greeter is started', () => processesOf(/greeter\.cjs/).length === 1, 20_000);
    openGate();
    const hook = (): string => (existsSync(join(folder, 'hook')) ? readFileSync(join(folder, 'hook'), 'utf8') : '');
    await until('the hook has run', () => /^DISPLAY=:\d+$/m.test(hook()), 30_000);
    const [display] = /^DISPLAY=.*$/m.exec(hook()) ?? [];
    const [authority] = /^XAUTHORITY=.*$/m.exec(hook()) ?? [];
    expect(hook()).not.toContain('LDM_SEAT_DISPLAY_FD');
    await until(
      'the window',
      async () =>
        /"Login"/.test((await run(['env', `${display}`, `${authority}`, 'xwininfo', '-root', '-tree'])).stdout),
      30_000,
    );
    // It is the process that was started beside X.
    expect(processesOf(/greeter\.cjs/)).toHaveLength(1);
  });

  it.each([
    ['that does not answer', {}, 'no answer in 3 s'],
    ['that ends', { LDM_SEAT_XSERVER: '/bin/false' }, 'does not come up'],
  ])(
    'an X server %s leaves neither ldm nor a greeter behind, and only its own failure is told',
    async (_what, settings, reason) => {
      const one = turn({ ...real, LDM_SEAT_XTIMEOUT: '3', LDM_SEAT_PATIENCE: '30', ...settings });
      await until('X has failed', () => /x-failed: .*/.test(devices.screen() + one.stderr()), 30_000);
      await until('no process of ldm', () => processesOf(/ldm\.cjs|greeter\.cjs/).length === 0);
      await until('the sentence', () => devices.screen().includes('the X server of this screen does not run'));
      expect(one.stderr().trim().split('\n')).toEqual([expect.stringMatching(`^<3>ldm-seat: x-failed: .*${reason}`)]);
    },
  );

  it('ldm and its greeter end when the seat is killed before X is there', async () => {
    const one = turn(real);
    await until('the greeter is started', () => processesOf(/greeter\.cjs/).length === 1, 20_000);
    process.kill(Number(processesOf(/ldm-seat\0tty7/)[0]), 'SIGKILL');
    await until('no process of ldm', () => processesOf(/ldm\.cjs|greeter\.cjs/).length === 0);
    openGate();
    await until('X has started', () => processesOf(/^Xvfb/).length === 1);
    one.signal('SIGTERM');
  });
});
