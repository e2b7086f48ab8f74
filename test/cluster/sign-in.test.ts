import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { requireOrSkip } from '../support/require-or-skip.js';
import type { Account } from './support/accounts.js';
import type { AppServer } from './support/app-server.js';
import { missingForCluster } from './support/missing.js';
import { missingForPam, type Pam, pamScript, passwordCheck, preparePam } from './support/pam.js';
import { withoutPenalties } from './support/sshd.js';
import { ldmOnTerminal, type Terminal } from './support/terminal.js';
import { useCluster } from './support/use-cluster.js';

const password = 'correct horse';
const fresh = 'battery-staple-9';
const names = ['ada', 'ben', 'cleo', 'dora', 'locked', 'ended', 'unshelled', 'barred', 'full', 'homeless'] as const;
const shells: Readonly<Record<string, string>> = { unshelled: '/bin/missing', barred: '/usr/sbin/nologin' };
const accounts = names.map((name): Account => ({ name, password, ...(shells[name] && { shell: shells[name] }) }));

/** Real PAM stacks on a real sshd, and `ldm login` on a real terminal. */
requireOrSkip(missingForCluster ?? missingForPam, 'Signing in', () => {
  const cluster = useCluster({
    servers: [
      // So many users are refused here that OpenSSH 10 would keep the whole client out.
      { name: 'keyboard', signIn: ['keyboard-interactive'], config: withoutPenalties },
      { name: 'password', signIn: ['password'], config: withoutPenalties },
      { name: 'both', config: ['AuthenticationMethods password,keyboard-interactive'] },
      { name: 'keyed', config: ['AuthenticationMethods password,publickey'] },
      { name: 'closed', config: ['MaxSessions 0'] },
    ],
    accounts,
  });
  let pam: Pam;
  let keyboard: AppServer;
  beforeAll(async () => {
    keyboard = cluster().server('keyboard');
    pam = await preparePam(keyboard);
    const set = [
      'passwd -q -l locked',
      'usermod -e 1970-01-02 ended',
      'full=$(getent passwd full | cut -d: -f6)',
      'mount -t tmpfs -o size=16k,mode=755 tmpfs "$full"',
      'chown full "$full"; head -c 1M /dev/zero >"$full/everything" 2>/dev/null || true',
      'rm -r "$(getent passwd homeless | cut -d: -f6)"',
    ];
    await Promise.all(cluster().servers.map(({ host }) => host.sh(set.join('\n'))));
  });
  beforeEach(async () => {
    // Some tests change them, and may have to be tried again.
    const lines = ['ada', 'ben', 'cleo', 'dora'].map((name) => `${name}:${password}\\n`).join('');
    await keyboard.host.sh(`printf '${lines}' | chpasswd`);
  });
  afterEach(async () => {
    await pam.restore();
    await Promise.all(cluster().servers.map(({ host }) => host.sh('rm -f /etc/nologin')));
  });

  /** Begins a login on a terminal and types the password. */
  const begin = async (user: string, server = 'keyboard', command = 'echo I am in'): Promise<Terminal> => {
    const args = ['login', '--user', user, '--no-x11', '--server', server, '--', command];
    const terminal = ldmOnTerminal(cluster().client, args, cluster().environment);
    await terminal.reads(new RegExp(`Password of ${user}: `));
    terminal.types(password);
    return terminal;
  };
  const logIn = (name: string, secret: string, server = 'keyboard') =>
    cluster().login({ name, password: secret }, ['echo I am in'], { args: ['--no-x11', '--server', server] });

  describe('with an expired password', () => {
    const expire = (user: string, server = keyboard): Promise<string> => server.host.sh(`chage -d 0 ${user}`);

    it('changes it as PAM asks: old, new, retype, and shows nothing of them', async () => {
      await expire('ada');
      const terminal = await begin('ada');
      expect(await terminal.reads(/Current password: /)).toMatch(/required to change your password immediately/);
      terminal.types(password);
      await terminal.reads(/New password: /);
      terminal.types(fresh);
      await terminal.reads(/Retype new password: /);
      terminal.types(fresh);
      const { code, shown } = await terminal.ended;
      expect(code).toBe(0);
      expect(shown).toContain('I am in\n');
      expect(shown).not.toContain(password);
      expect(shown).not.toContain(fresh);
      expect(await logIn('ada', fresh)).toMatchObject({ code: 0, stdout: 'I am in\n' });
      expect(await logIn('ada', password)).toMatchObject({ code: 77 });
    });

    it('says in PAM’s words that the new one was typed differently, and leaves the old', async () => {
      await expire('ben');
      const terminal = await begin('ben');
      for (const [prompt, answer] of [
        [/Current password: /, password],
        [/New password: /, fresh],
        [/Retype new password: /, 'battery-stapel-9'],
      ] as const) {
        await terminal.reads(prompt);
        terminal.types(answer);
      }
      const { code, shown } = await terminal.ended;
      expect(code).toBe(77);
      expect(shown).toContain('passwords do not match');
      expect(shown).toContain('keyboard refused the login. See its message above.');
      await keyboard.host.sh('chage -d 19800 ben');
      expect(await logIn('ben', password)).toMatchObject({ code: 0 });
    });

    it('says in PAM’s words that the new one is too short, and goes on as PAM does', async () => {
      await expire('cleo');
      const terminal = await begin('cleo');
      await terminal.reads(/Current password: /);
      terminal.types(password);
      for (const answer of ['abc', fresh]) {
        await terminal.reads(/New password: /);
        terminal.types(answer);
        await terminal.reads(/Retype new password: /);
        terminal.types(answer);
      }
      const { code, shown } = await terminal.ended;
      expect(shown).toMatch(/You must choose a longer password/);
      expect(code).toBe(0);
      expect(await logIn('cleo', fresh)).toMatchObject({ code: 0 });
    });

    it('shows what sshd says of it where it has no way to ask', async () => {
      await expire('dora', cluster().server('password'));
      const { stdout, stderr, code } = await logIn('dora', password, 'password');
      expect(code).not.toBe(0);
      expect(stderr).toMatch(/password has expired/i);
      expect(stdout).not.toContain('I am in');
    });
  });

  describe('with more than a password', () => {
    const secondFactor = [
      `auth required ${pamScript} [info:Welcome to the school.] [info:Lessons end at 4.] [error:Room 4 is closed.]`,
      `auth required ${pamScript} [visible:Name of your token: =blue] [hidden:Code on the blue token: =246810]`,
    ];

    it('shows every word of the server’s and asks its questions, open and hidden', async () => {
      await pam.authenticate(passwordCheck, ...secondFactor);
      const terminal = await begin('dora');
      const before = await terminal.reads(/Name of your token: /);
      for (const words of ['Welcome to the school.', 'Lessons end at 4.', 'Room 4 is closed.']) {
        expect(before).toContain(words);
      }
      terminal.types('blue');
      await terminal.reads(/Code on the blue token: /);
      terminal.types('246810');
      const { code, shown } = await terminal.ended;
      expect(code).toBe(0);
      expect(shown).toContain('I am in\n');
      expect(shown).toContain('Name of your token: blue');
      expect(shown).not.toContain('246810');
      expect(shown).not.toContain(password);
    });

    it('gives the password to the first hidden question for one alone, and what is typed to no other', async () => {
      const first = `auth required ${pamScript} [visible:Form: =7b] [hidden:Password: =${password}]`;
      await pam.authenticate(first, `auth required ${pamScript} [hidden:PIN: =1234]`, 'auth required pam_permit.so');
      const terminal = ldmOnTerminal(
        cluster().client,
        ['login', '--user', 'dora', '--no-x11', '--server', 'keyboard', '--', 'echo I am in'],
        cluster().environment,
      );
      await terminal.reads(/Password of dora: /);
      // The recorder's own question comes first, so the scripted one is another.
      terminal.types('first answer');
      for (const [prompt, answer] of [
        [/Form: /, '7b'],
        [/Password: /, password],
        [/PIN: /, '1234'],
      ] as const) {
        await terminal.reads(prompt);
        terminal.types(answer);
      }
      expect(await terminal.ended).toMatchObject({ code: 0, shown: expect.stringContaining('I am in') });
      expect((await keyboard.accountLog()).credentials).toEqual([{ user: 'dora', password: 'first answer' }]);
    });

    it.each([
      ['before the password', '[hidden:Verification code: =246810]', ''],
      ['before the password, and called one', '[hidden:One-time password (OATH): =246810]', ''],
      ['behind the password', '', '[hidden:Enter PASSCODE: =246810]'],
    ])('takes a code %s', async (_where, before, behind) => {
      const ask = (what: string) => (what === '' ? [] : [`auth required ${pamScript} [info:Read this.] ${what}`]);
      await pam.authenticateWith(...ask(before), passwordCheck, ...ask(behind));
      const terminal = await begin('dora');
      expect(await terminal.reads(/(Verification code|One-time password \(OATH\)|Enter PASSCODE): /)).toContain(
        'Read this.',
      );
      terminal.types('246810');
      const { code, shown } = await terminal.ended;
      expect(shown).toContain('I am in\n');
      expect(code).toBe(0);
      expect(shown).not.toContain('246810');
    });

    it('takes a code inside the password, and tells what was asked for', async () => {
      const both = `[hidden:Password & verification code: =${password}246810]`;
      await pam.authenticateWith(`auth required ${pamScript} [info:The code is on your token.] ${both}`);
      const { code, stdout, stderr } = await logIn('dora', `${password}246810`);
      expect({ code, stdout }).toEqual({ code: 0, stdout: 'I am in\n' });
      expect(stderr).toContain('ldm: The code is on your token.\nPassword & verification code:\n');
      expect(await logIn('dora', password)).toMatchObject({ code: 77 });
    });

    it('tells PAM’s words before a question that the typed password answers', async () => {
      await pam.authenticateWith(`auth required ${pamScript} [info:Closed from 4.] [error:Room 4 is.]`, passwordCheck);
      const { code, stderr } = await logIn('dora', password);
      expect(code).toBe(0);
      expect(stderr).toContain('ldm: Closed from 4.\nRoom 4 is.\n');
    });

    it('refuses a wrong second factor without asking for it again', async () => {
      await pam.authenticate(passwordCheck, ...secondFactor);
      const terminal = await begin('dora');
      await terminal.reads(/Name of your token: /);
      terminal.types('red');
      const { code, shown } = await terminal.ended;
      expect(code).toBe(77);
      expect(shown).not.toContain('I am in');
      expect(shown.match(/Name of your token/g)?.length).toBe(1);
    });

    it('goes from one method to the next where sshd wants two', async () => {
      const terminal = await begin('ben', 'both');
      await terminal.reads(/\bPassword: /);
      terminal.types(password);
      const { code, shown } = await terminal.ended;
      expect(shown).toContain('I am in\n');
      expect(code).toBe(0);
      const { credentials } = await cluster().server('both').accountLog();
      expect(credentials.map((one) => one.password)).toEqual([password, password]);
    });

    it('says that a key is wanted besides the password', async () => {
      const { code, stderr } = await logIn('ben', password, 'keyed');
      expect(code).toBe(69);
      expect(stderr).toContain(
        '  keyed: accepted the password, and also wants something that cannot be typed here (such as a key). ' +
          'It takes: publickey.',
      );
    });

    it('says in the server’s words that it opens no session', async () => {
      const { code, stderr } = await logIn('ben', password, 'closed');
      expect(code).toBe(69);
      expect(stderr).toContain('  closed: refused to start the session. It said: open failed');
    });

    it('ends with Ctrl+C at a question, and the server hears no more', async () => {
      await pam.authenticate(passwordCheck, ...secondFactor);
      const terminal = await begin('dora');
      await terminal.reads(/Name of your token: /);
      terminal.types('\u0003');
      expect(await terminal.ended).toMatchObject({ code: 130 });
      expect((await keyboard.accountLog()).accepted).toEqual([]);
    });

    it('gives up with a clear word where there is nobody to ask', async () => {
      await pam.authenticate(passwordCheck, ...secondFactor);
      const { code, stderr } = await logIn('dora', password);
      expect(code).toBe(77);
      expect(stderr).toContain('asks for more than a password');
    });
  });

  describe('where the server keeps the user out', () => {
    it('shows that pam_faillock has locked the account after two wrong passwords', async () => {
      await pam.authenticate(
        'auth required pam_faillock.so preauth deny=2 unlock_time=600',
        'auth [success=1 default=bad] pam_unix.so',
        'auth [default=die] pam_faillock.so authfail deny=2 unlock_time=600',
        'auth sufficient pam_faillock.so authsucc deny=2 unlock_time=600',
        'auth required pam_deny.so',
      );
      for (const wrong of ['one', 'two']) expect(await logIn('ben', wrong)).toMatchObject({ code: 77 });
      const { code, stderr } = await logIn('ben', password);
      expect(code).toBe(77);
      expect(stderr).toMatch(/account is locked due to 2 failed logins/);
      await keyboard.host.sh('faillock --user ben --reset');
      expect(await logIn('ben', password)).toMatchObject({ code: 0 });
    });

    it('refuses a locked account as any wrong password, for sshd says no more', async () => {
      const { code, stderr } = await logIn('locked', password);
      expect(code).toBe(77);
      expect(stderr).toContain('did not accept this user name and password');
    });

    it.each(['keyboard', 'password'])('shows that the account has expired: %s', async (server) => {
      const { code, stderr } = await logIn('ended', password, server);
      expect(code).toBe(77);
      expect(stderr).toContain('Your account has expired');
      expect(stderr).toContain(`${server} refused the login. See its message above.`);
    });

    it.each(['keyboard', 'password'])('shows what /etc/nologin says: %s', async (server) => {
      await cluster().server(server).host.write('/etc/nologin', 'Closed for repairs.\nBack at 4 – ask in room 7.\n');
      const { code, stderr } = await logIn('dora', password, server);
      expect(code).toBe(77);
      expect(stderr).toContain('Closed for repairs.\nBack at 4 – ask in room 7.');
    });

    it('tries no other server then, and holds nothing against this one', async () => {
      const logs = () => Promise.all(cluster().servers.map((server) => server.accountLog()));
      const first = { LDM_BALANCE: 'listed', LDM_SERVER: 'password keyboard' };
      expect(await cluster().login({ name: 'ended', password }, ['true'], { env: first })).toMatchObject({ code: 77 });
      expect((await logs()).filter(({ requests }) => requests.length > 0).length).toBe(1);
      const next = await cluster().login({ name: 'dora', password }, ['hostname'], {
        env: { ...first, LDM_SERVER: 'keyboard password' },
      });
      expect(next).toMatchObject({ code: 0, stdout: 'keyboard\n' });
    });

    it('refuses an account whose shell is missing, for sshd says no more', async () => {
      expect(await logIn('unshelled', password)).toMatchObject({ code: 77, stdout: '' });
    });

    it('shows what a shell says that lets nobody in', async () => {
      const { code, stdout } = await logIn('barred', password);
      expect(stdout).toContain('This account is currently not available.');
      expect(code).toBe(1);
    });

    it('shows that the home has no room', async () => {
      const { code, stderr } = await cluster().login({ name: 'full', password }, ['date >appointments || exit 4'], {
        args: ['--no-x11', '--server', 'keyboard'],
      });
      expect(stderr).toContain('No space left on device');
      expect(code).toBe(4);
    });

    it('shows that the home is not there', async () => {
      expect((await logIn('homeless', password)).stderr).toMatch(/Could not chdir to home directory/);
    });
  });
});

requireOrSkip(missingForCluster, 'A banner', () => {
  const cluster = useCluster({ servers: [{ name: 's1', config: ['Banner /etc/ssh/banner'] }] });

  it('is shown, whole and without what would garble the terminal', async () => {
    const text = 'Authorized users only.\r\nWork is <b>logged</b>.\u001b[2J\u202e\u0007\n';
    await cluster().server('s1').host.write('/etc/ssh/banner', text);
    const { code, stdout, stderr } = await cluster().login({ name: 'ada', password }, ['echo in']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'in\n' });
    expect(stderr).toContain('ldm: Authorized users only.\nWork is <b>logged</b>.[2J\n');
  });
});
