import {
  chmodSync,
  existsSync,
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
import { missingForXorg, xorg } from '../ui/support/xorg.js';
import { type OwnDevices, ownDevices } from './support/own-devices.js';
import { type Running, run, start, until } from './support/run.js';
import { missingPrograms } from './support/xvfb.js';

const seat = fileURLToPath(new URL('../../data/seat/ldm-seat', import.meta.url));
const unit = fileURLToPath(new URL('../../data/seat/ldm@.service', import.meta.url));
const lacking = process.getuid?.() === 0 ? missingPrograms('Xvfb', 'xauth', 'setpriv', 'xdpyinfo') : 'needs root';

/** Stands for ldm: tells what it was given, then goes on as long as a file is not there. */
const greeter = `#!/bin/sh
{ echo "user $(id -un)"; echo "groups $(id -G)"; echo "display $DISPLAY"; xauth -f "$XAUTHORITY" list | sed 's/.* /cookie /'
  xdpyinfo >/dev/null 2>&1 && echo 'opened yes'
  XAUTHORITY=/dev/null xdpyinfo >/dev/null 2>&1 || echo 'without-cookie no'
  echo "x $(pgrep -f "(Xvfb|Xorg).*-auth $(dirname "$XAUTHORITY")/")"
  sed -n 's/^CapBnd:[[:space:]]*/capabilities /p; s/^NoNewPrivs:[[:space:]]*/no-new /p' /proc/self/status
  echo "home $HOME"
  for folder in "$HOME" "$XDG_CONFIG_HOME" "$XDG_DATA_HOME" "$XDG_CACHE_HOME" "$TMPDIR"; do
    [ ! -e "$folder/left" ] || echo "left $folder"
    mkdir -p "$folder" && : >"$folder/left" && echo "written yes" || echo "unwritable $folder"
  done
} >"$TELL"
[ -z "\${STAY-}" ] || exec sleep 60
exit "\${CODE-0}"
`;

requireOrSkip(lacking, 'a seat', () => {
  let folder = '';
  let running: Running[] = [];
  let devices: OwnDevices;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ldm-seat-test-'));
    running = [];
    devices = ownDevices(mkdtempSync(join(folder, 'devices-')));
    // The greeter's user writes there.
    writeFileSync(join(folder, 'ldm'), greeter, { mode: 0o755 });
  });
  afterEach(async () => {
    for (const one of running) one.signal('SIGTERM');
    await Promise.all(running.map(({ done }) => done));
    rmSync(folder, { recursive: true, force: true });
  });

  const environment = (more: Record<string, string> = {}): Record<string, string> => ({
    RUNTIME_DIRECTORY: folder,
    LDM_SEAT_XSERVER: 'Xvfb -screen 0 640x480x24',
    LDM_SEAT_XARGUMENTS: '',
    LDM_SEAT_PROGRAM: join(folder, 'ldm'),
    LDM_SEAT_USER: 'nobody',
    LDM_SEAT_PATIENCE: '1',
    LDM_SEAT_GRAPHICS_TIMEOUT: '0',
    ...more,
  });
  /** What the greeter told, by its first words; its file is made for it, since the folder is root's. */
  const told = (name: string): ReadonlyMap<string, string> => {
    const lines = readFileSync(join(folder, name), 'utf8').trim().split('\n');
    return new Map(lines.map((line) => [line.replace(/ .*/, ''), line.replace(/^\S+ ?/, '')]));
  };
  const turn = (name: string, more: Record<string, string> = {}, below: readonly string[] = []): Running => {
    writeFileSync(join(folder, name), '', { mode: 0o666 });
    chmodSync(join(folder, name), 0o666);
    chmodSync(folder, 0o755);
    const env = environment({ TELL: join(folder, name), ...more });
    const one = start(devices.inside([...below, seat, more.SEAT ?? 'tty7']), { env });
    running.push(one);
    return one;
  };
  const leftOver = (): string[] => readdirSync(folder).filter((name) => name.startsWith('ldm-seat.'));

  it('gives each greeter a home of its own, and nothing that the last one wrote', async () => {
    expect((await turn('one').done).code).toBe(0);
    expect(leftOver()).toEqual([]);
    expect((await turn('two').done).code).toBe(0);
    const [one, two] = [told('one'), told('two')];
    for (const each of [one, two]) {
      expect(each.get('written')).toBe('yes');
      expect(each.get('unwritable')).toBeUndefined();
      expect(each.get('left')).toBeUndefined();
    }
    expect(one.get('home')).not.toBe(two.get('home'));
    expect(existsSync(two.get('home') ?? '')).toBe(false);
  });

  it('gives the greeter only the groups that the settings name, and reports those that do not exist', async () => {
    const numberOf = async (name: string) => (await run(['getent', 'group', name])).stdout.split(':')[2];
    const [own, audio] = [await numberOf('nogroup'), await numberOf('audio')];
    expect((await turn('one').done).code).toBe(0);
    expect(told('one').get('groups')).toBe(own);
    const { code, stderr } = await turn('two', { LDM_SEAT_GROUPS: 'no-such audio' }).done;
    expect(code).toBe(0);
    expect(told('two').get('groups')).toBe(`${own} ${audio}`);
    expect(stderr).toContain('LDM_SEAT_GROUPS cannot be used: there is no group no-such');
  });

  it('gives each greeter a fresh X with a cookie of its own, which alone opens it', async () => {
    expect((await turn('one').done).code).toBe(0);
    expect((await turn('two').done).code).toBe(0);
    const [one, two] = [told('one'), told('two')];
    for (const each of [one, two]) {
      expect(each.get('cookie')).toMatch(/^[0-9a-f]{32}$/);
      expect(each.get('opened')).toBe('yes');
      expect(each.get('without-cookie')).toBe('no');
    }
    expect(one.get('cookie')).not.toBe(two.get('cookie'));
    expect(one.get('x')).not.toBe(two.get('x'));
    expect(leftOver()).toEqual([]);
  });

  it('lets later X programs in when the name of the machine has changed', async () => {
    const script = 'hostname renamed; xdpyinfo >/dev/null 2>&1 && echo "opened $(hostname)" >"$TELL"';
    writeFileSync(join(folder, 'ldm'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    await turn('one', { LDM_SEAT_USER: 'root' }, ['unshare', '--uts']).done;
    expect(told('one').get('opened')).toBe('renamed');
  });

  it('gives ldm a user of its own, no capability and no way to one', async () => {
    await turn('one').done;
    expect(told('one').get('user')).toBe('nobody');
    expect(told('one').get('capabilities')).toMatch(/^0+$/);
    expect(told('one').get('no-new')).toBe('1');
  });

  it('lets two seats run at one time, each on its own display', async () => {
    const [one, two] = [turn('one', { STAY: '1' }), turn('two', { STAY: '1', SEAT: 'seat1' })];
    for (const name of ['one', 'two']) await until('it told', () => told(name).has('no-new'), 20_000);
    expect(told('one').get('display')).not.toBe(told('two').get('display'));
    one.signal('SIGTERM');
    two.signal('SIGTERM');
    await Promise.all([one.done, two.done]);
    expect(leftOver()).toEqual([]);
  });

  it('ends ldm when X dies, and X when ldm is told to end', async () => {
    const one = turn('one', { STAY: '1' });
    await until('it told', () => told('one').has('no-new'), 20_000);
    process.kill(Number(told('one').get('x')?.split(' ')[0]), 'SIGKILL');
    expect((await one.done).stderr).toContain('the X server has ended');
    expect(leftOver()).toEqual([]);

    const two = turn('two', { STAY: '1' });
    await until('it told', () => told('two').has('no-new'), 20_000);
    two.signal('SIGTERM');
    await two.done;
    const pid = told('two').get('x')?.split(' ')[0] ?? '';
    expect(existsSync(`/proc/${pid}`) && statSync(`/proc/${pid}`).isDirectory()).toBe(false);
  });

  it('waits before it gives way to the next turn where ldm fails at once, or X does not come up', async () => {
    // The seat counts whole seconds: a single one may be over at once.
    const patience = { LDM_SEAT_PATIENCE: '2' };
    const failed = await turn('one', { CODE: '78', ...patience }).done;
    expect(failed.code).toBe(78);
    expect(failed.ms).toBeGreaterThan(1_000);
    const without = await turn('two', { LDM_SEAT_XSERVER: '/bin/false', LDM_SEAT_XTIMEOUT: '2', ...patience }).done;
    expect(without.code).toBe(69);
    expect(without.stderr).toContain('does not come up');
    expect(without.ms).toBeGreaterThan(1_000);
    expect(leftOver()).toEqual([]);
  });

  requireOrSkip(missingForXorg, 'of Xorg itself', () => {
    it('is a fresh one for each greeter', async () => {
      const [program, options] = xorg({ width: 800, height: 600 }, folder);
      const server = { LDM_SEAT_XSERVER: [program, ...options].join(' ') };
      for (const name of ['one', 'two']) expect(await turn(name, server).done).toMatchObject({ code: 0 });
      for (const name of ['one', 'two']) expect(told(name).get('opened')).toBe('yes');
      expect(told('one').get('x')).not.toBe(told('two').get('x'));
      expect(readFileSync(join(folder, 'xorg.log'), 'utf8')).toContain('X.Org X Server');
      expect(leftOver()).toEqual([]);
    });
  });

  it('keeps the screen on its terminal, black and without a cursor, when a session is over', async () => {
    const x = join(folder, 'x');
    const script = '#!/bin/sh\necho "$1 $2" >"$ARGUMENTS"\nshift 2\nexec Xvfb -screen 0 640x480x24 "$@"\n';
    writeFileSync(x, script, { mode: 0o755 });
    const env = environment({ LDM_SEAT_XSERVER: x, TELL: join(folder, 'one'), ARGUMENTS: join(folder, 'arguments') });
    const { LDM_SEAT_XARGUMENTS: _usual, ...usual } = env;
    writeFileSync(join(folder, 'one'), '');
    chmodSync(join(folder, 'one'), 0o666);
    chmodSync(folder, 0o755);
    const one = start(devices.inside([seat, 'tty7']), { env: usual });
    running.push(one);
    expect((await one.done).code).toBe(0);
    // Xorg(1): without -novtswitch it goes back to the terminal that it came from.
    expect(readFileSync(join(folder, 'arguments'), 'utf8')).toBe('vt7 -novtswitch\n');
    // console_codes(4): reset, then no cursor.
    expect(devices.terminal().split('\u001bc').at(-1)).toContain('\u001b[?25l');
    expect(devices.screen()).toBe('');
  });

  it('never has the cookie in an argument', () => {
    expect(readFileSync(seat, 'utf8')).toMatch(/xauth .* source - <<</);
  });

  it('leaves the screen to the display manager that the machine names', async () => {
    const file = join(folder, 'default-display-manager');
    const isDefault = async (): Promise<number> =>
      (await run([seat, '--is-default'], { env: environment({ LDM_SEAT_DEFAULT_FILE: file }) })).code;
    expect(await isDefault()).toBe(0);
    writeFileSync(file, '/usr/bin/ldm\n');
    expect(await isDefault()).toBe(0);
    writeFileSync(file, '/usr/sbin/lightdm\n');
    expect(await isDefault()).toBe(1);
  });

  it('has a unit that systemd accepts', async () => {
    const copy = join(folder, 'ldm@.service');
    writeFileSync(copy, readFileSync(unit, 'utf8').replaceAll('/usr/lib/ldm-greeter/ldm-seat', '/bin/true'));
    const { code, stderr } = await run(['systemd-analyze', 'verify', '--man=no', join(folder, 'ldm@tty7.service')], {
      env: { SYSTEMD_UNIT_PATH: `${folder}:` },
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    // Of 0 to 10. Each door that is left open is in docs/seats.md.
    const { stdout } = await run(['systemd-analyze', 'security', '--offline=true', '--no-pager', copy]);
    expect(Number(/Overall exposure level for .*: (\d+\.\d+)/.exec(stdout)?.[1])).toBeLessThan(5.5);
  });
});
