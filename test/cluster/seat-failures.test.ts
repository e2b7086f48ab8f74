import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { requireOrSkip } from '../support/require-or-skip.js';
import { missingForXorg, xorg } from '../ui/support/xorg.js';
import { type OwnDevices, ownDevices } from './support/own-devices.js';
import { type Running, start, until } from './support/run.js';
import { missingPrograms } from './support/xvfb.js';

const seat = fileURLToPath(new URL('../../data/seat/ldm-seat', import.meta.url));
const ldm = fileURLToPath(new URL('../../bin/ldm', import.meta.url));
const lacking = process.getuid?.() === 0 ? missingPrograms('Xvfb', 'xauth', 'setpriv', 'perl') : 'needs root';

/** Stands for ldm where only the seat is looked at: tells what it is started with, and stays if it is told so. */
const greeter = `#!/bin/sh
{ echo "notice \${LDM_SEAT_NOTICE-none}"; echo "detail \${LDM_SEAT_NOTICE_DETAIL-}"; echo "pid $$"; } >"$TELL"
[ -z "\${STAY-}" ] || exec sleep 60
exit "\${CODE-0}"
`;

requireOrSkip(lacking, 'a seat where something fails', () => {
  let folder = '';
  let running: Running[] = [];
  let devices: OwnDevices;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ldm-seat-test-'));
    chmodSync(folder, 0o755);
    running = [];
    devices = ownDevices(mkdtempSync(join(folder, 'devices-')));
    mkdirSync(join(folder, 'state'));
    writeFileSync(join(folder, 'ldm'), greeter, { mode: 0o755 });
    writeFileSync(join(folder, 'told'), '');
    chmodSync(join(folder, 'told'), 0o666);
  });
  afterEach(async () => {
    for (const one of running) one.signal('SIGTERM');
    await Promise.all(running.map(({ done }) => done));
    rmSync(folder, { recursive: true, force: true });
  });

  /** Without an X server but the one of its settings, where it is not said; with none, Xorg is as the machine has it. */
  const turn = (settings: Record<string, string> = {}, name = 'tty7', defaultX = '/dev/null'): Running => {
    writeFileSync(join(folder, 'told'), '');
    const env = {
      RUNTIME_DIRECTORY: join(folder, 'state'),
      LDM_SEAT_XSERVER: 'Xvfb -screen 0 640x480x24',
      LDM_SEAT_XARGUMENTS: '',
      LDM_SEAT_PROGRAM: join(folder, 'ldm'),
      LDM_SEAT_USER: 'nobody',
      LDM_SEAT_PATIENCE: '2',
      LDM_SEAT_GRAPHICS_TIMEOUT: '0',
      TELL: join(folder, 'told'),
      ...settings,
    };
    const one = start(devices.inside([seat, name], defaultX), { env });
    running.push(one);
    return one;
  };
  const told = (key: string): string | undefined =>
    new RegExp(`^${key} (.*)$`, 'm').exec(readFileSync(join(folder, 'told'), 'utf8'))?.[1];
  const toldSomething = (): Promise<void> => until('ldm is started', () => told('pid') !== undefined, 20_000);
  /** The sentence on the terminal, while the seat waits for its next turn. */
  const read = (what: RegExp): Promise<void> =>
    until(`${what} on the terminal; it shows: ${devices.screen()}`, () => what.test(devices.screen()), 20_000);
  /** Settings for a real X server that has no screen. */
  const screenless = (): Record<string, string> => {
    const [program, options] = xorg({ width: 800, height: 600 }, folder);
    const config = join(folder, 'xorg.conf');
    writeFileSync(config, readFileSync(config, 'utf8').replace('"dummy"', '"nosuchdriver"'));
    const kept = options.filter((word, i) => word !== '-logfile' && options[i - 1] !== '-logfile');
    return { LDM_SEAT_XSERVER: [program, ...kept].join(' ') };
  };

  it.each([
    ['an X server that is not installed', { LDM_SEAT_XSERVER: '/no/such/Xorg' }, '/no/such/Xorg is not installed'],
    ['an X server that ends at once', { LDM_SEAT_XSERVER: '/bin/false' }, 'does not come up'],
    ['a login program that is not installed', { LDM_SEAT_PROGRAM: '/no/such/ldm' }, 'ended with code 127'],
    ['a login program that fails', { CODE: '78' }, 'ended with code 78'],
    ['a user that does not exist', { LDM_SEAT_USER: 'nosuchuser' }, 'there is no user nosuchuser'],
  ])('%s is a sentence on the terminal, then one on the next login screen', async (_what, settings, reason) => {
    const failing = turn(settings);
    await read(/The login screen cannot be .*Please tell your administrator\.\n.*next attempt is in 2 seconds/s);
    expect(devices.screen()).toContain(reason);
    expect((await failing.done).code).not.toBe(0);

    const next = turn({ STAY: '1' });
    await toldSomething();
    expect(told('notice')).toMatch(/^(x|greeter|seat)-failed$/);
    expect(told('detail')).toContain(reason);
    expect(devices.screen()).toBe('');
    next.signal('SIGTERM');
    await next.done;

    await turn().done;
    expect(told('notice')).toBe('none');
  });

  it('the words of a Node that is missing reach the journal, and the terminal has a sentence', async () => {
    // The checkout may be in a home that is closed to others (Debian 13's are).
    for (const name of ['bin', 'dist', 'programs']) mkdirSync(join(folder, name));
    const program = join(folder, 'bin/ldm');
    copyFileSync(ldm, program);
    writeFileSync(join(folder, 'dist/ldm.cjs'), '');
    const programs = join(folder, 'programs');
    for (const name of ['env', 'sh', 'readlink']) symlinkSync(`/usr/bin/${name}`, join(programs, name));
    const failing = turn({ LDM_SEAT_PROGRAM: `/usr/bin/env PATH=${programs} ${program}` });
    await read(/The login screen cannot be shown: its program does not run\./);
    expect((await failing.done).stderr).toMatch(/node: not found/);
  });

  requireOrSkip(missingForXorg, 'of Xorg itself', () => {
    it('Xorg without a screen says so on the terminal', async () => {
      turn(screenless(), 'tty7', '');
      await read(/the X server of this screen does not run\.\n.*no screens found/);
    });

    it('X is started when the graphics device is there', async () => {
      const [program, options] = xorg({ width: 800, height: 600 }, folder);
      turn(
        { LDM_SEAT_XSERVER: [program, ...options].join(' '), LDM_SEAT_GRAPHICS_TIMEOUT: '60', STAY: '1' },
        'tty7',
        '',
      );
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      expect(() => readFileSync(join(folder, 'xorg.log'))).toThrow('ENOENT');
      devices.plugCard();
      await toldSomething();
    });

    it('X is started without a graphics device after a while, and the next turn does not wait once more', async () => {
      const [program, options] = xorg({ width: 800, height: 600 }, folder);
      const settings = { LDM_SEAT_XSERVER: [program, ...options].join(' '), LDM_SEAT_GRAPHICS_TIMEOUT: '4' };
      const first = await turn(settings, 'tty7', '').done;
      expect({ code: first.code, notice: told('notice') }).toEqual({ code: 0, notice: 'none' });
      expect(first.stderr).toContain('no graphics device after 4 s');
      const second = await turn(settings, 'tty7', '').done;
      expect(second.code).toBe(0);
      expect(second.stderr).not.toContain('no graphics device');
    });
  });

  it.each([
    [
      'times that are none',
      { LDM_SEAT_PATIENCE: 'soon', LDM_SEAT_XTIMEOUT: '1.5', LDM_SEAT_GRAPHICS_TIMEOUT: '-1' },
      3,
    ],
    ['times with zeros in front, and lists of nothing', { LDM_SEAT_XTIMEOUT: '0099', LDM_SEAT_XARGUMENTS: ' ' }, 0],
    ['a user of X that does not exist', { LDM_SEAT_XUSER: 'nosuchuser' }, 1],
  ])('%s keep no login screen away', async (_what, settings, ignored) => {
    const { code, stderr } = await turn(settings).done;
    expect({ code, notice: told('notice') }, stderr).toEqual({ code: 0, notice: 'none' });
    expect(stderr.match(/^<4>ldm-seat: \w+ cannot be used: .*; the default is taken$/gm) ?? []).toHaveLength(ignored);
  });

  it.runIf(existsSync('/usr/lib/xorg/Xorg')).each([
    ['an X server that is not installed', { LDM_SEAT_XSERVER: '/no/such/Xorg' }, '/no/such/Xorg is not installed'],
    ['an X server that ends at once', { LDM_SEAT_XSERVER: '/bin/false' }, 'does not come up'],
    ['arguments that X does not know', { LDM_SEAT_XARGUMENTS: '-nosuchargument' }, 'does not come up'],
  ])('in the place of %s comes the usual one', async (_what, settings, problem) => {
    const usual = join(folder, 'usual-x');
    const script = '[ "$1 $2" = "vt7 -novtswitch" ] || exit 1; shift 2; exec Xvfb -screen 0 640x480x24 "$@"';
    writeFileSync(usual, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const { code, stderr } = await turn(settings, 'tty7', usual).done;
    expect({ code, notice: told('notice') }, stderr).toEqual({ code: 0, notice: 'none' });
    expect(stderr).toMatch(/^<4>ldm-seat: LDM_SEAT_XSERVER or LDM_SEAT_XARGUMENTS cannot be used: /m);
    expect(stderr).toContain(problem);
  });

  it('an X server that is killed is told of by the next login screen', async () => {
    const one = turn({ STAY: '1', LDM_SEAT_PATIENCE: '1', LDM_SEAT_XSERVER: `Xvfb -screen 0 641x481x24` });
    await toldSomething();
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    start(['pkill', '-KILL', '-f', `^Xvfb .*-auth ${join(folder, 'state')}/`]);
    await one.done;
    await turn().done;
    expect(told('notice')).toBe('x-ended');
  });

  it('a login program that is killed is told of by the next login screen', async () => {
    const one = turn({ STAY: '1' });
    await toldSomething();
    process.kill(Number(told('pid')), 'SIGKILL');
    await read(/its program does not run/);
    await one.done;
    await turn().done;
    expect(told('notice')).toBe('greeter-failed');
  });

  it('a lost connection is told of by ldm alone, and the next turn comes at once', async () => {
    await turn({ CODE: '74' }).done;
    expect(devices.screen()).toBe('');
    await turn().done;
    expect(told('notice')).toBe('none');
  });

  it('the pause doubles with each failure, and is short again after a session', async () => {
    const settings = { LDM_SEAT_XSERVER: '/no/such/Xorg', LDM_SEAT_PATIENCE: '1' };
    for (const seconds of [1, 2, 4]) {
      const failing = turn(settings);
      await read(new RegExp(`next attempt is in ${seconds} seconds`));
      await failing.done;
    }
    await turn().done;
    turn(settings);
    await read(/next attempt is in 1 seconds/);
  });

  it('a seat that is stopped in its pause ends without waiting for it, and says so', async () => {
    const failing = turn({ LDM_SEAT_XSERVER: '/no/such/Xorg', LDM_SEAT_PATIENCE: '50' });
    await read(/next attempt/);
    failing.signal('SIGTERM');
    expect((await failing.done).ms).toBeLessThan(30_000);
    expect(devices.screen()).toBe('The login screen has been stopped.');
  });

  it('a seat that is told to stop while it clears up a failed turn does so, and does not wait for the next', async () => {
    const x = join(folder, 'slow-x');
    const script = 'trap "sleep 2; kill $pid" TERM\nXvfb -screen 0 640x480x24 "$@" & pid=$!\nwait; wait';
    writeFileSync(x, `#!/bin/bash\n${script.replace('$pid', '\\$pid')}\n`, { mode: 0o755 });
    const failing = turn({ LDM_SEAT_XSERVER: x, CODE: '1', LDM_SEAT_PATIENCE: '50' });
    await until('it clears up', () => failing.stderr().includes('greeter-failed'), 20_000);
    failing.signal('SIGTERM');
    expect((await failing.done).ms).toBeLessThan(30_000);
    expect(devices.screen()).toBe('The login screen has been stopped.');
  });

  it('control characters of a reason do not reach the terminal', async () => {
    turn({ LDM_SEAT_XSERVER: '/no/such\u001b[2J\u009b7m' });
    await read(/next attempt/);
    expect(devices.screen()).toContain('/no/such[2J7m is not installed');
  });

  it.each([
    ['a name that is none', 'nosuchname', {}, []],
    ['xauth that is missing', 'tty7', {}, ['xauth']],
    ['a full disk', 'tty7', { RUNTIME_DIRECTORY: '/dev/full' }, []],
    ['an X server that is missing', 'seat1', { LDM_SEAT_XSERVER: '/no/such/Xorg' }, []],
  ])('%s is no reason to try again without a pause', async (_what, name, settings, without) => {
    // The checkout may be in a home that is closed to others (Debian 13's are).
    for (const name of ['bin', 'dist', 'programs']) mkdirSync(join(folder, name));
    const program = join(folder, 'bin/ldm');
    copyFileSync(ldm, program);
    writeFileSync(join(folder, 'dist/ldm.cjs'), '');
    const programs = join(folder, 'programs');
    const all = (process.env.PATH ?? '').split(delimiter);
    symlinkSync('/bin/false', join(programs, 'false'));
    for (const program of without) symlinkSync('/bin/false', join(programs, program));
    const { code, ms } = await turn({ PATH: [programs, ...all].join(delimiter), ...settings }, name).done;
    expect(code).not.toBe(0);
    expect(ms).toBeGreaterThan(2_000);
  });
});
