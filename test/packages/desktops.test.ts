import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkout, type Host, startHost } from '../cluster/support/host.js';
import { type Network, startNetwork } from '../cluster/support/network.js';
import { type Running, until } from '../cluster/support/run.js';
import { requireOrSkip } from '../support/require-or-skip.js';
import { type CleanRoot, startCleanRoot } from './support/clean-root.js';
import { missingForPackages, missingForSystemd } from './support/missing.js';
import { isThorough } from './support/releases.js';
import { layerOver, minimalRoot, type Root } from './support/roots.js';

const display = ':7';
const password = 'any-desktop';
/** About 1,000 packages are installed once, in ms. */
const rootsTimeout = 2_400_000;

interface Desktop {
  /** Of its session. */
  readonly id: string;
  /** The user's login shell: any may be one. */
  readonly shell: string;
  /** The first program of the session. */
  readonly program: string;
  /** XDG_CURRENT_DESKTOP. */
  readonly name: string;
  /** Titles and classes of windows that it has when it is there. */
  readonly windows: readonly string[];
}

const xfce: Desktop = {
  id: 'xfce',
  shell: '/bin/bash',
  program: 'xfce4-session',
  name: 'XFCE',
  windows: ['"xfce4-panel"', '"xfdesktop"', '"Xfwm4"'],
};
const desktops: readonly Desktop[] = [
  xfce,
  {
    id: 'mate',
    shell: '/usr/bin/tcsh',
    program: 'mate-session',
    name: 'MATE',
    windows: ['"mate-panel"', '"caja"', '"marco"'],
  },
  {
    id: 'lxqt',
    shell: '/usr/bin/fish',
    program: 'lxqt-session',
    name: 'LXQt',
    windows: ['"lxqt-panel"', '"pcmanfm-qt"'],
  },
  {
    id: 'gnome-xorg',
    shell: '/usr/bin/zsh',
    program: 'gnome-session-b',
    name: 'GNOME',
    windows: ['"GNOME Shell"', '"mutter guard window"', '"gsd-xsettings"'],
  },
];

/** A server, and a client's screen in front of it. */
interface Place {
  readonly server: CleanRoot;
  readonly client: Host;
  stop(): Promise<void>;
}

async function openPlace(root: Root, first: 'systemd' | 'nothing'): Promise<Place> {
  const network: Network = await startNetwork();
  const none = { release: root.release, folder: '', packages: new Map<string, string>(), changes: '' };
  const server = await startCleanRoot('server', root, none, first);
  const client = await startHost('client');
  await network.connect(server.host, 11);
  await network.connect(client, 1);
  for (const { id, shell } of desktops) {
    await server.sh(`useradd --create-home --shell ${shell} ${id}; echo ${id}:${password} | chpasswd
      echo 'export OF_PROFILE=1' >/home/${id}/.profile`);
  }
  // Where a server has several window managers, LXQt asks at the first login which one it is to be.
  await server.sh(`mkdir -p /home/lxqt/.config/lxqt
    printf '[General]\\nwindow_manager=openbox\\n' >/home/lxqt/.config/lxqt/session.conf
    chown -R lxqt: /home/lxqt`);
  client.start(['Xvfb', display, '-screen', '0', '1024x768x24', '-ac', '-nolisten', 'tcp', '-noreset'], {
    timeoutMs: 3_600_000,
  });
  return {
    server,
    client,
    async stop() {
      await server.stop();
      await client.stop();
      await network.stop();
    },
  };
}

/** A login of the user who is named like the desktop; ends when its windows are there. */
async function logIn({ client }: Place, { id, windows }: Desktop): Promise<Running> {
  const words = ['login', '--user', id, '--server', '10.77.0.11', '--password-file', '-', '--session', id];
  const session = client.start([`${checkout}/bin/ldm`, ...words], {
    input: `${password}\n`,
    timeoutMs: 600_000,
    env: {
      DISPLAY: display,
      HOME: '/run/home',
      LDM_SERVER: '10.77.0.11',
      LDM_HOST_KEYS: 'accept-new',
      LDM_KNOWN_HOSTS: '/run/home/known_hosts',
    },
  });
  let tree = '';
  await until(
    `${id} is on the screen`,
    async () => {
      tree = (await client.run(['xwininfo', '-display', display, '-root', '-tree'])).stdout;
      return windows.every((window) => tree.includes(window));
    },
    200_000,
  ).catch((error) => {
    session.signal('SIGTERM');
    throw new Error(`${error}\n${session.stderr()}\n${tree}`);
  });
  return session;
}

/** What the first program of the session has as its environment. */
async function environmentOf({ server }: Place, { id, program }: Desktop): Promise<string[]> {
  return (await server.sh(`tr '\\0' '\\n' <"/proc/$(pgrep --oldest --exact --euid ${id} ${program})/environ"`)).split(
    '\n',
  );
}

async function end({ server }: Place, session: Running, { id }: Desktop): Promise<void> {
  session.signal('SIGTERM');
  await session.done;
  await server.run(`pkill -u ${id}`);
}

/** Debian 13 with Xfce and login shells of all kinds; without recommended packages, so without dbus-x11 too. */
async function withXfce(): Promise<Root> {
  const needed = 'openssh-server systemd libpam-systemd dbus-user-session xauth procps fish tcsh zsh';
  const install = (packages: string) => `apt-get -q install --yes ${packages}; apt-get clean`;
  const base = await layerOver(await minimalRoot('trixie'), 'desktop-server', install(needed));
  return layerOver(base, 'xfce', install('xfce4 xfce4-terminal'));
}

describe.runIf(isThorough)("Debian's desktops on a screen of another machine", () => {
  requireOrSkip(missingForPackages ?? missingForSystemd, 'from a server with systemd', () => {
    let all: Place;
    beforeAll(async () => {
      const more = 'mate-desktop-environment-core lxqt-core openbox gnome-session gnome-session-xsession gnome-shell';
      const install = `apt-get -q install --yes ${more}; apt-get clean`;
      all = await openPlace(await layerOver(await withXfce(), 'desktops', install), 'systemd');
    }, rootsTimeout);
    afterAll(() => all?.stop());

    it.each(desktops)('$id starts, in the environment of a display manager', { timeout: 300_000 }, async (desktop) => {
      const session = await logIn(all, desktop);
      try {
        expect(await environmentOf(all, desktop)).toEqual(
          expect.arrayContaining([
            'XDG_SESSION_TYPE=x11',
            'XDG_SESSION_CLASS=user',
            `XDG_SESSION_DESKTOP=${desktop.id}`,
            `DESKTOP_SESSION=${desktop.id}`,
            `XDG_CURRENT_DESKTOP=${desktop.name}`,
            'OF_PROFILE=1',
          ]),
        );
        const services = await all.server.sh(`systemctl --machine ${desktop.id}@ --user show-environment`);
        expect(services).toMatch(/^XDG_SESSION_TYPE=x11$/m);
        expect(services).toMatch(/^OF_PROFILE=1$/m);
      } finally {
        await end(all, session, desktop);
      }
    });
  });

  requireOrSkip(missingForPackages, 'from a server without logind and dbus-x11', () => {
    let bare: Place;
    beforeAll(async () => {
      bare = await openPlace(await withXfce(), 'nothing');
      bare.server.start('mkdir -p /run/sshd; exec /usr/sbin/sshd -D');
    }, rootsTimeout);
    afterAll(() => bare?.stop());

    it('xfce starts, with a session bus of its own', { timeout: 300_000 }, async () => {
      const session = await logIn(bare, xfce);
      try {
        const environment = (await environmentOf(bare, xfce)).join('\n');
        expect(environment).toMatch(/^DBUS_SESSION_BUS_ADDRESS=unix:/m);
        expect(environment).not.toContain('XDG_RUNTIME_DIR');
      } finally {
        await end(bare, session, xfce);
      }
    });
  });
});
