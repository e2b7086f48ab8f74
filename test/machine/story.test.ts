import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tone, wave } from '../cluster/support/tone.js';
import { buildPackages } from '../packages/support/build-packages.js';
import { blocksOf } from '../packages/support/clean-root.js';
import { requireOrSkip } from '../support/require-or-skip.js';
import { heard, makeMedium, openPorts, plugPrinter, printedPages, readMedium, unplugPrinter } from './desk.js';
import { missingForMachine } from './missing.js';
import { clientAddress } from './outlet.js';
import { account, logsIn, patience, reads, seesLogin, takesItem } from './person.js';
import { kindOf } from './picture.js';
import { type Accelerator, findAccelerator, type Machine, powerOn } from './qemu.js';
import { Report } from './report.js';
import { activeWindow, desktopComes, hasSession, inSession, windows } from './session.js';
import { type ServerName, type Stage, setStage } from './stage.js';
import { eventually, pause } from './wait.js';

/** `short` and `devices` are parts of an evening; without a form it is whole. */
const form = process.env.LDM_TEST_MACHINE ?? 'full';
const isWhole = form === 'full';

const seatsPage = fileURLToPath(new URL('../../docs/seats.md', import.meta.url));

/** So long that an emulated processor sees it. */
const holdMs = 5_000;
/** A desktop that does not draw for so long is whole. */
const restMs = 8_000;
const seconds = (since: number): number => Math.round((performance.now() - since) / 1_000);

/** Each step goes on from the one before; where one fails, the evening is over. */
requireOrSkip(missingForMachine, 'an evening at a real machine', () => {
  const report = new Report();
  let stage: Stage;
  let machine: Machine;
  let accelerator: Accelerator = 'tcg';
  /** Nobody answers there any more. */
  let isShutDown = false;
  const step = (name: string, run: () => Promise<void>): void => it(name, () => report.step(name, run));
  const picture = async (name: string): Promise<void> => report.keep(name, await machine.picture());

  beforeAll(async () => {
    await report.step('packages, two servers, and a client installed by the page', async () => {
      stage = await setStage(await buildPackages('first'));
      accelerator = await findAccelerator(stage.image);
    });
  });
  afterAll(async () => {
    if (isWhole) report.write([`acceleration: ${accelerator === 'kvm' ? 'KVM' : 'none (TCG)'}`]);
    if (!isShutDown) {
      await picture(`last-of-${form}`).catch(() => {});
      await report.keepJournal(machine).catch(() => {});
    }
    await machine?.stop();
    await stage?.stop();
  });

  const seesSomething = (): Promise<boolean> =>
    eventually('something drawn', patience.boot, async () => kindOf(await machine.picture()) === 'drawn');

  /**
   * Waits until the desktop has drawn itself. A program of a desktop that starts may hold the whole screen for itself
   * (GrabServer) for as long as its next words take; where they never come, nobody else can draw.
   */
  async function seesItRest(): Promise<void> {
    let before: Buffer = Buffer.alloc(0);
    await eventually(
      'a picture that rests',
      patience.screen,
      async () => {
        const { pixels } = await machine.picture();
        const rests = pixels.equals(before);
        before = pixels;
        return rests && kindOf(await machine.picture()) === 'drawn';
      },
      restMs,
    );
  }

  /** Ends the desktop by keyboard, and looks at the screen until the login window is there again. */
  async function logsOut(server: ServerName): Promise<void> {
    const { root } = stage.servers[server];
    await machine.press('ctrl', 'alt', 'delete');
    // Its button for logging out has the keyboard.
    await eventually('the dialog for logging out', patience.step, async () =>
      /"Xfce4-session"\) +\d{3,}x/.test(await windows(root)),
    );
    await pause(holdMs);
    await picture('dialog-for-logging-out');
    await machine.press('ret');
    await eventually('the end of the session', patience.step, async () => !(await hasSession(root)));
    await watchesUntilLogin();
  }

  /** No text of the kernel's console may be seen in between. */
  async function watchesUntilLogin(): Promise<void> {
    const began = performance.now();
    const seen = new Map<string, number>();
    let isThere = false;
    const login = seesLogin(machine).finally(() => {
      isThere = true;
    });
    while (!isThere) {
      const now = await machine.picture();
      const kind = kindOf(now);
      if (kind === 'console') report.keep('console-between-sessions', now);
      seen.set(kind, (seen.get(kind) ?? 0) + 1);
      await pause(500);
    }
    await login;
    report.saw(`login window ${seconds(began)} s after the session's end`);
    expect(seen.get('console') ?? 0, 'pictures of a text console').toBe(0);
  }

  describe('short', () => {
    step('power on: the login window comes, and takes a name', async () => {
      await stage.outlet.startDhcp();
      machine = await powerOn(stage.client.host, stage.image, accelerator);
      // Nothing is asked of the machine before; it has enough to do.
      await seesSomething();
      await seesLogin(machine, patience.boot);
      await picture('1-login-window');
    });

    step('the first start of X succeeded, and the journal of the login screen has no warning', async () => {
      expect(await machine.guest.sh('systemctl show --property NRestarts --value ldm@tty7')).toBe('0\n');
      await hasNoWarning();
    });

    step('login by keyboard: a whole desktop, and the keyboard works there', async () => {
      await logsIn(machine);
      const server = await desktopComes(stage, patience.screen);
      report.saw(`on ${server}`);
      await writesOnTheDesktop(server);
      await picture('2-desktop');
      await logsOut(server);
      await picture('3-next-login-window');
      await hasNoWarning();
    });
  });

  async function hasNoWarning(): Promise<void> {
    const journal = 'journalctl --quiet --boot --priority warning --unit ldm@tty7 --output cat';
    expect(await machine.guest.sh(journal)).toBe('');
  }

  /** Starts a terminal and types a command that leaves something. */
  async function writesOnTheDesktop(server: ServerName): Promise<void> {
    const { root } = stage.servers[server];
    await inSession(root, 'rm -f "$HOME/written"; setsid xterm >/dev/null 2>&1 &');
    await eventually('a terminal that has the keyboard', patience.step, async () =>
      (await activeWindow(root)).includes('XTerm'),
    );
    await machine.type('touch ~/written\n');
    await eventually('what was typed', patience.step, async () => {
      const looked = await root.run(`test -e ~${account.user}/written`);
      return looked.code === 0;
    });
  }

  describe.skipIf(form === 'short')('devices', () => {
    let server: ServerName;

    step('sound: a tone that the desktop plays comes out of the sound card of the client', async () => {
      await logsIn(machine);
      server = await desktopComes(stage, patience.screen);
      await seesItRest();
      const { root } = stage.servers[server];
      await root.host.sh(`base64 -d >${root.place}/var/tmp/tone.wav`, {
        input: wave(tone(440, 10, 0.5)).toString('base64'),
      });
      await inSession(root, 'exec timeout 200 paplay /var/tmp/tone.wav');
      const { loud, tone: matching } = await heard(machine.soundFile, 440);
      report.saw(`heard for ${(loud / 10).toFixed(1)} s, ${(matching / 10).toFixed(1)} s of it the tone`);
      expect(matching).toBeGreaterThan(10);
      expect(matching).toBeGreaterThan(loud / 2);
    });

    step('printer: a page of the desktop is printed on the printer of the client', async () => {
      await plugPrinter(machine.guest);
      const { root } = stage.servers[server];
      await inSession(root, 'echo "a page of $(id -un) on $(hostname)" | lp');
      await eventually('the page', patience.step, async () =>
        (await printedPages(machine.guest)).includes(`a page of ${account.user} on ${server}`),
      );
      await unplugPrinter(machine.guest);
    });

    step('USB stick: a folder of the session, written to, ejected, plugged in again, and pulled', async () => {
      const { root } = stage.servers[server];
      const medium = '/run/machine/medium';
      await makeMedium(stage.client.host, medium, 'PHOTOS');
      const stick = machine.stick(medium);
      const drive = '"$HOME/Drives/PHOTOS"';
      const isThere = async (): Promise<boolean> =>
        (await inSession(root, `mountpoint -q ${drive} && echo yes || true`)) === 'yes\n';
      const appears = () => eventually('the folder', patience.step, isThere);
      const leaves = () => eventually('no folder', patience.step, async () => !(await isThere()));

      await stick.plug();
      const plugged = performance.now();
      await appears();
      report.saw(`a folder of the session ${seconds(plugged)} s after it was plugged in`);
      expect(await inSession(root, 'gio mount --list')).toContain('PHOTOS');
      await inSession(root, `echo "a letter" >${drive}/letter; cat ${drive}/letter`);
      await inSession(root, 'setsid thunar "$HOME/Drives" >/dev/null 2>&1 &');
      await eventually('the file manager', patience.step, async () => (await activeWindow(root)).includes('hunar'));
      await seesItRest();
      await picture('4-stick-in-file-manager');
      // Its button for ejecting does the same.
      await inSession(root, `gio mount --unmount ${drive}`);
      await leaves();
      await eventually(
        'no mount on the client',
        patience.step,
        async () => (await machine.guest.sh('findmnt --noheadings --source /dev/sda || true')) === '',
      );
      await stick.pull();
      expect(await readMedium(stage.client.host, medium, 'letter')).toBe('a letter\n');

      await stick.plug();
      await appears();
      expect(await inSession(root, `cat ${drive}/letter`)).toBe('a letter\n');
      await stick.pull();
      const pulled = performance.now();
      await leaves();
      report.saw(`gone ${seconds(pulled)} s after it was pulled`);
    });

    step('no other port: sshd and ldminfod alone answer on the server, and nothing on the client', async () => {
      const other = server === 'app1' ? 'app2' : 'app1';
      const { root } = stage.servers[other];
      expect(await openPorts(root, stage.servers[server].address)).toEqual([22, 9571]);
      expect(await openPorts(root, clientAddress)).toEqual([]);
      report.saw('65,535 TCP ports of each');
      await hasNoWarning();
      await logsOut(server);
    });
  });

  describe.skipIf(!isWhole)('full', () => {
    step('a server chosen by hand is where the login goes', async () => {
      await takesItem(machine, 's', /Select Server/);
      await reads(machine, /Automatic/);
      // Off with the check box, then to the table and to its last row.
      for (const key of ['spc', 'tab', 'end']) await machine.press(key);
      await pause(holdMs);
      await picture('4-server-dialog');
      await machine.press('alt', 'o');
      await reads(machine, /^Server:$/m);
      await logsIn(machine);
      expect(await desktopComes(stage, patience.screen)).toBe('app2');
    });

    step(
      "the server's cable is out during the session: the person is told, and ends the session by keyboard",
      async () => {
        await seesItRest();
        const began = performance.now();
        await stage.servers.app2.cable.cut();
        await reads(machine, /The server app2 is not answering/);
        report.saw(`told after ${seconds(began)} s, by a window on the frozen desktop`);
        await picture('5-server-lost');
        // The window looks at these keys now and then.
        await machine.hold(holdMs, 'ctrl', 'alt', 'shift');
        await picture('5-server-lost-with-keyboard');
        await machine.press('ret');
        await watchesUntilLogin();
        await picture('6-after-lost-server');
      },
    );

    step('the next login goes to the other server, and the session that was left behind ends', async () => {
      await logsIn(machine);
      expect(await desktopComes(stage, patience.screen, ['app1'])).toBe('app1');
      await logsOut('app1');
      // ldm-server's settings of sshd: a client that is gone has no session after three minutes.
      const { root, cable } = stage.servers.app2;
      await eventually('the end of the session that was left behind', 300, async () => !(await hasSession(root)));
      await cable.restore();
    });

    step('a second graphics card gets its own login screen, with the commands of docs/seats.md', async () => {
      await seesLogin(machine);
      await machine.addGraphicsCard();
      const { guest } = machine;
      const ownCards = `pid=$(systemctl show --property MainPID --value ldm@tty7)
        ls -l /proc/$(pgrep --parent "$pid" --exact Xorg)/fd | grep --only-matching '/dev/dri/card[0-9]*' | sort -u`;
      await eventually('the second card', patience.step, async () => (await guest.run('ls /dev/dri/card1')).code === 0);
      // The X server opens a card that is plugged in. Only its restart lets it go.
      await eventually('the X server of tty7 has both', patience.step, async () =>
        (await guest.sh(ownCards)).includes('card1'),
      );
      const [commands] = blocksOf(seatsPage).filter(({ script }) => script.includes('loginctl attach'));
      if (commands === undefined) throw new Error('docs/seats.md does not say how to attach a device');
      const card = await guest.sh('printf /sys%s "$(udevadm info --query=path --name=/dev/dri/card1)"');
      await guest.sh(commands.script.replace('/sys/devices/...', card));
      await eventually('something drawn on the second screen', patience.screen, async () => {
        const shown = await machine.picture('second');
        if (kindOf(shown) !== 'drawn') return false;
        report.keep('6-second-seat', shown);
        return true;
      });
      await seesLogin(machine);
      expect(await guest.sh(ownCards)).toBe('/dev/dri/card0\n');
      expect(await guest.sh('loginctl seat-status seat1 --no-pager')).toContain('drm:card1');
      await guest.sh('systemctl disable --now ldm@seat1; loginctl flush-devices');
      await machine.removeGraphicsCard();
    });

    step('Restart restarts the machine', async () => {
      await stage.outlet.stopDhcp();
      await takesItem(machine, 'r', /Restart/);
      const before = machine.monitor.events('RESET');
      await confirms('Restart');
      await eventually('a reset', patience.screen, async () => machine.monitor.events('RESET') > before);
    });

    step('the address comes late: the login screen says so, and follows', async () => {
      await eventually('the system', patience.boot, () => machine.guest.answers());
      const without = await seesLogin(machine, patience.boot);
      await picture('7-no-network');
      expect(without).not.toContain(clientAddress);
      await reads(machine, /This computer has no network address yet/);
      await stage.outlet.startDhcp();
      await machine.cable('out');
      await pause(2_000);
      await machine.cable('in');
      await reads(machine, new RegExp(`\\(${clientAddress}\\)`));
      await picture('8-address');
    });

    step('Shut Down ends the machine', async () => {
      await takesItem(machine, 'd', /Shut Down/);
      await confirms('Shut Down');
      expect((await machine.ended).code).toBe(0);
      isShutDown = true;
    });
  });

  /** Cancel has the keyboard at first; the other button is beside it. */
  async function confirms(button: string): Promise<void> {
    await reads(machine, /this computer\?/);
    await picture(`confirm-${button.toLowerCase().replace(' ', '-')}`);
    await machine.press('tab');
    await machine.press('ret');
  }
});
