import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { shells, useDesktopServer } from '../support/desktop-server.js';

describe.each(shells)('the desktop as %s starts it', (shell) => {
  const { path, write, program, desktop, start } = useDesktopServer(shell);
  const dmrc = (): string => readFileSync(path('home/.dmrc'), 'utf8');

  beforeEach(() => {
    desktop('mate', 'Name=MATE\nName[de]=MATE-Sitzung\nExec=mate-session\nDesktopNames=MATE;GNOME;');
    desktop('xfce', 'Name=Xfce Session\nExec=startxfce4');
    desktop('kiosk', 'Name=Kiosk\nExec=kiosk --title "a b" %U --rate 50%%\nTryExec=kiosk-is-here\nDesktopNames=K');
  });

  it('starts the Xsession without arguments if nothing is chosen', () => {
    const { session, env, stderr } = start();
    expect(session).toEqual([]);
    expect(stderr).toBe('');
    expect(env).not.toHaveProperty('DESKTOP_SESSION');
    expect(existsSync(path('home/.dmrc'))).toBe(false);
  });

  it('tells the session its client, its names and its language', () => {
    const { session, env } = start({
      pick: 'named',
      'pick-name': 'MATE',
      'pick-language': 'de_DE.UTF-8',
      client: 'pc01',
    });
    expect(session).toEqual(['mate-session']);
    expect(env).toMatchObject({
      LTSP_CLIENT: '10.0.0.7',
      LTSP_CLIENT_HOSTNAME: 'pc01',
      DESKTOP_SESSION: 'mate',
      GDMSESSION: 'mate',
      XDG_SESSION_DESKTOP: 'mate',
      XDG_CURRENT_DESKTOP: 'MATE:GNOME',
      XDG_SESSION_TYPE: 'x11',
      XDG_SESSION_CLASS: 'user',
      LANG: 'de_DE.UTF-8',
    });
  });

  it('leaves no variable of its own to the session', () => {
    const before = ['HOME', 'LTSP_CLIENT', 'LTSP_CLIENT_HOSTNAME', 'PATH', 'PWD', 'SSH_CONNECTION'].concat([
      'XDG_SESSION_CLASS',
      'XDG_SESSION_TYPE',
    ]);
    write('etc/profile', 'set -a');
    expect(
      Object.keys(start({ client: 'pc01' }).env)
        .filter((name) => !['_', 'OLDPWD', 'SHLVL'].includes(name))
        .sort(),
    ).toEqual(before);
  });

  it.each([
    ['the name of its desktop file', { 'pick-name': 'mate' }],
    ['its name', { 'pick-name': 'MATE' }],
    ['its name in another language', { 'pick-name': 'MATE-Sitzung' }],
    ['its command', { 'pick-exec': 'mate-session', 'pick-name': 'Something else' }],
  ])('finds what was picked by %s, and keeps it in ~/.dmrc', (_, words) => {
    const { session, stderr } = start({ pick: 'named', ...words });
    expect(session).toEqual(['mate-session']);
    expect(stderr).toBe('');
    expect(dmrc()).toBe('[Desktop]\nSession=mate\n');
  });

  it('takes the session that fits best where two have one command', () => {
    desktop('a-same', 'Name=Other\nExec=startxfce4');
    const pick = { pick: 'named', 'pick-exec': 'startxfce4' };
    expect(start({ ...pick, 'pick-name': 'Xfce Session' }).env.DESKTOP_SESSION).toBe('xfce');
    expect(start({ ...pick, 'pick-name': 'Other' }).env.DESKTOP_SESSION).toBe('a-same');
  });

  it('reads the group [Desktop Entry] and no other, undoes escapes, and drops field codes', () => {
    write(
      'xsessions/odd.desktop',
      '# first\n[Desktop Action x]\nName=Wrong\nExec=wrong\n[Desktop Entry]\r\n Name = Odd \\\\ one\\s\r\nExec = odd %f a\\sb %%d\nName=Second\n[Other]\nExec=other\n',
    );
    const { session, env } = start({ pick: 'named', 'pick-name': 'Odd \\ one' });
    expect(session).toEqual(['odd a b %d']);
    expect(env.XDG_CURRENT_DESKTOP).toBe('Odd \\ one');
  });

  it('gives the command to the Xsession as one word, and to no shell', () => {
    desktop('nasty', `Name=Nasty\nExec=a'b "c" $(touch ${path('never')}) ; touch ${path('never')} \`id\``);
    expect(start({ pick: 'named', 'pick-name': 'Nasty' }).session).toEqual([
      `a'b "c" $(touch ${path('never')}) ; touch ${path('never')} \`id\``,
    ]);
    expect(existsSync(path('never'))).toBe(false);
  });

  it.each(['Hidden=true', 'Hidden=1', 'TryExec=not-there', 'TryExec=/usr/bin', 'Exec='])(
    'has no session with %s',
    (line) => {
      write('xsessions/gone.desktop', `[Desktop Entry]\nName=Gone\n${line}\nExec=gone\n`);
      const { session, stderr } = start({ pick: 'named', 'pick-name': 'Gone' });
      expect(session).toEqual([]);
      expect(stderr).toBe('ldm: this server has no session Gone\n');
      expect(existsSync(path('home/.dmrc'))).toBe(false);
    },
  );

  it('has a session whose TryExec is there, and one that is not displayed but named', () => {
    program('bin/kiosk-is-here', '');
    expect(start({ pick: 'named', 'pick-name': 'Kiosk' }).session).toEqual(['kiosk --title "a b" --rate 50%']);
    desktop('quiet', 'Name=Quiet\nExec=quiet\nNoDisplay=true');
    expect(start({ 'force-session': 'quiet' }).session).toEqual(['quiet']);
  });

  it('takes force, then pick, then ~/.dmrc, then the setting, then the server’s own', () => {
    program('bin/own-session', '');
    rmSync(path('bin/x-session-manager'));
    symlinkSync('own-session', path('bin/x-session-manager'));
    desktop('own', 'Name=Own\nExec=own-session --with words');
    for (const id of ['one', 'two', 'three', 'four']) desktop(id, `Name=${id}\nExec=run-${id}`);
    const all = { 'force-session': 'one', pick: 'named', 'pick-name': 'two', session: 'four' };
    const { 'force-session': _, ...unforced } = all;
    write('home/.dmrc', '[Desktop]\nSession=three\n');
    expect(start(all).session).toEqual(['run-one']);
    expect(start({ ...all, 'force-session': 'elsewhere' }).session).toEqual(['run-two']);
    write('home/.dmrc', '[Desktop]\nSession=three\n');
    expect(start(unforced).session).toEqual(['run-two']);
    expect(start({ session: 'four' }).session).toEqual(['run-two']);
    write('home/.dmrc', '[Desktop]\nSession=elsewhere\n');
    expect(start({ session: 'four' })).toMatchObject({
      session: ['run-four'],
      stderr: 'ldm: this server has no session elsewhere\n',
    });
    rmSync(path('home/.dmrc'));
    expect(start()).toMatchObject({ session: ['own-session --with words'], env: { DESKTOP_SESSION: 'own' } });
    write('home/.xsession', '');
    expect(start().session).toEqual([]);
  });

  it('takes the setting as a command where no desktop file has its name', () => {
    program('bin/kiosk', '');
    expect(start({ session: 'kiosk --full' })).toMatchObject({ session: ['kiosk --full'], stderr: '' });
    expect(start({ session: 'mate-session' }).env.DESKTOP_SESSION).toBe('mate');
    expect(start({ session: 'nothing-there' })).toMatchObject({
      session: [],
      stderr: 'ldm: this server has no session nothing-there\n',
    });
  });

  it('stores neither what was forced, nor the settings, nor failsafe', () => {
    program('bin/xterm', '');
    start({ 'force-session': 'xfce', 'force-language': 'en_US.UTF-8' });
    start({ session: 'xfce', language: 'en_US.UTF-8' });
    expect(start({ pick: 'failsafe' }).session).toEqual([path('bin/xterm')]);
    expect(existsSync(path('home/.dmrc'))).toBe(false);
  });

  it('gives a bare terminal even on a server without Xsession', () => {
    program('bin/xterm', 'echo bare');
    const words = { pick: 'failsafe', xsession: '/nowhere' };
    expect(start(words).stdout).toBe('bare\n');
    expect(start({ ...words, pick: '' })).toMatchObject({
      code: 127,
      stderr: 'ldm: no Xsession on this server: /nowhere\n',
    });
  });

  it('takes a forced language, then the pick, then ~/.dmrc, then the setting', () => {
    const all = { 'force-language': 'en_US.UTF-8', 'pick-language': 'de_DE.UTF-8', language: 'C.UTF-8' };
    const { 'force-language': _, ...unforced } = all;
    expect(start(all).env.LANG).toBe('en_US.UTF-8');
    write('home/.dmrc', '[Desktop]\nLanguage=ca_ES.utf8@valencia\n');
    expect(start({ language: 'C.UTF-8' }).env.LANG).toBe('ca_ES.UTF-8@valencia');
    expect(dmrc()).toBe('[Desktop]\nLanguage=ca_ES.utf8@valencia\n');
    expect(start(unforced).env.LANG).toBe('de_DE.UTF-8');
    expect(dmrc()).toBe('[Desktop]\nLanguage=de_DE.UTF-8\n');
    rmSync(path('home/.dmrc'));
    expect(start({ language: 'C.UTF-8' }).env.LANG).toBe('C.UTF-8');
    expect(start({}, { LANG: 'fr_FR' }).env.LANG).toBe('fr_FR');
  });

  it('takes away what would be stronger than a language that was wanted', () => {
    const env = { LANGUAGE: 'fr', LC_ALL: 'fr_FR', LC_TIME: 'fr_FR' };
    expect(start({ language: 'de_DE' }, env).env).toMatchObject({ LANG: 'de_DE.UTF-8', LC_TIME: 'fr_FR' });
    expect(start({ language: 'de_DE' }, env).env).not.toHaveProperty('LC_ALL');
    expect(start({ language: 'de_DE' }, env).env).not.toHaveProperty('LANGUAGE');
    expect(start({}, env).env).toMatchObject(env);
  });

  it.each(['sv_SE.UTF-8', '$(touch never)', '../../etc', 'de_DE.UTF-8; id', '-a'])(
    'has no language %s, says so, and goes on',
    (language) => {
      const { env, stderr, session } = start({ 'pick-language': language, language: 'C.UTF-8', session: 'xfce' });
      expect(stderr).toBe(`ldm: this server has no language ${language}\n`);
      expect(env.LANG).toBe('C.UTF-8');
      expect(session).toEqual(['startxfce4']);
      expect(existsSync(path('home/.dmrc'))).toBe(false);
    },
  );

  it('changes only its two lines of ~/.dmrc, and keeps the rights of the file', () => {
    const before =
      '; mine\n[Other]\nSession=keep\n[Desktop]\nLayout=de\nSession = old\nLanguage=de_DE.utf8\nQuote=it\'s "$HOME"\n\n[Last]\nx=1\n';
    write('home/.dmrc', before, 0o600);
    start({ pick: 'named', 'pick-name': 'MATE', 'pick-language': 'de_DE.UTF-8' });
    expect(dmrc()).toBe(before.replace('Session = old\n', '').replace('[Desktop]\n', '[Desktop]\nSession=mate\n'));
    expect(lstatSync(path('home/.dmrc')).mode & 0o777).toBe(0o600);
    expect(readdirSync(path('home'))).toEqual(['.dmrc']);
  });

  it.each([
    ['002', 0o644],
    ['022', 0o644],
    ['077', 0o600],
  ])('makes a ~/.dmrc that nobody else can write to, under umask %s', (umask, mode) => {
    start({ pick: 'named', 'pick-name': 'MATE' }, {}, umask);
    expect((lstatSync(path('home/.dmrc')).mode & 0o777).toString(8)).toBe(mode.toString(8));
  });

  it('does not touch ~/.dmrc where nothing changed', () => {
    write('home/.dmrc', '[Desktop]\nSession=mate\nLanguage=de_DE.utf8');
    const before = lstatSync(path('home/.dmrc'));
    start({ pick: 'named', 'pick-name': 'MATE', 'pick-language': 'de_DE.UTF-8' });
    expect(lstatSync(path('home/.dmrc'))).toMatchObject({ ino: before.ino, mtimeMs: before.mtimeMs });
  });

  it('puts [Desktop] on top of a ~/.dmrc without it, and follows a link', () => {
    write('dotfiles/dmrc', 'free text without an end');
    symlinkSync('../dotfiles/dmrc', path('home/.dmrc'));
    start({ pick: 'named', 'pick-name': 'MATE' });
    expect(dmrc()).toBe('[Desktop]\nSession=mate\nfree text without an end\n');
    expect(lstatSync(path('home/.dmrc')).isSymbolicLink()).toBe(true);
  });

  it('lets nothing that ~/.dmrc says become more than a text', () => {
    const evil = `'; touch ${path('never')}; "$(touch ${path('never')})\``;
    write('home/.dmrc', `[Desktop]\nSession=${evil}\nLanguage=${evil}\nOther=${evil}\n`);
    start({ pick: 'named', 'pick-name': 'MATE' });
    expect(dmrc()).toBe(`[Desktop]\nSession=mate\nLanguage=${evil}\nOther=${evil}\n`);
    expect(existsSync(path('never'))).toBe(false);
  });

  it('starts the session even if ~/.dmrc cannot be written', () => {
    mkdirSync(path('home/.dmrc'));
    const { session, stderr } = start({ pick: 'named', 'pick-name': 'MATE' });
    expect(session).toEqual(['mate-session']);
    expect(stderr).toContain('~/.dmrc cannot be written; the choice counts this once\n');
    expect(start({ pick: 'named', 'pick-name': 'MATE' }, { HOME: path('nowhere') }).session).toEqual(['mate-session']);
  });

  it('keeps the cookie of the display for itself where the home has it not, and shows it in no argument', () => {
    const cookie = '0123456789abcdef0123456789abcdef';
    program('bin/xauth', `printf '%s ' "$@" >>${path('arguments')}; exec /usr/bin/xauth "$@"`);
    const display = { DISPLAY: 'localhost:77.0', TMPDIR: path('') };
    const { env, stderr } = start({ 'x11-cookie': cookie }, display);
    expect(env.XAUTHORITY).toContain(path('ldm-xauthority.'));
    expect(statSync(env.XAUTHORITY ?? '').mode & 0o777).toBe(0o600);
    expect(stderr).toBe('ldm: ~/.Xauthority cannot be written; is your home full?\n');
    expect(readFileSync(path('arguments'), 'utf8')).toMatch(/list localhost:77.0 .*source - /);
    expect(readFileSync(path('arguments'), 'utf8')).not.toContain(cookie);
    const xauth = (...words: string[]) => spawnSync('xauth', words, { encoding: 'utf8' }).stdout;
    expect(xauth('-f', env.XAUTHORITY ?? '', 'list')).toContain(cookie);

    xauth('-q', '-f', path('home/.Xauthority'), 'add', 'localhost:77.0', '.', cookie);
    expect(start({ 'x11-cookie': cookie }, display)).toMatchObject({ stderr: '', env: { HOME: path('home') } });
    expect(start({ 'x11-cookie': cookie }, display).env).not.toHaveProperty('XAUTHORITY');
    expect(start({ 'x11-cookie': cookie }).env).not.toHaveProperty('XAUTHORITY');
  });

  it('is not confused by strange files among the sessions', () => {
    write('xsessions/empty.desktop', '');
    write('xsessions/binary.desktop', '\u0000\u00ff[Desktop Entry]\nExec=x');
    write('xsessions/a=b c.desktop', '[Desktop Entry]\nName=Spaced\nExec=spaced');
    mkdirSync(path('xsessions/folder.desktop'));
    symlinkSync('/nowhere', path('xsessions/dead.desktop'));
    expect(start({ pick: 'named', 'pick-name': 'Spaced' })).toMatchObject({ session: ['spaced'], stderr: '' });
    expect(dmrc()).toBe('[Desktop]\nSession=a=b c\n');
    expect(start().session).toEqual(['spaced']);
    expect(start({ xsessions: path('nowhere'), pick: 'named', 'pick-name': 'MATE' }).session).toEqual([]);
  });

  it('is quick among many sessions', () => {
    const names = Array.from({ length: 60 }, (_, i) => `Name[l${i}]=Some name in some language ${i}`).join('\n');
    for (let i = 0; i < 60; i++) desktop(`s${i}`, `${names}\nName=S${i}\nExec=run-s${i}`);
    const began = performance.now();
    expect(start({ pick: 'named', 'pick-name': 'S59' }).session).toEqual(['run-s59']);
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});
