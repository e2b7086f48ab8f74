/** Variables of the classic LDM and of LTSP that are not settings of ldm: why not, and what to use instead. */

/** A variable without effect. ldm logs a warning where it is set. */
export interface WithoutEffect {
  readonly variable: string;
  readonly reason: string;
  /** The replacement, or that none is needed. */
  readonly instead: string;
}

const backends = 'ssh is the only way to log in; backends were loaded as code into a root process';
const rdp = 'ssh is the only way to log in; the RDP backends showed the password in the process list';
const localApps = 'ldm does not start programs of the client in a session on the server';
const nobody = 'the classic did not read it any more either';

export const withoutEffect: readonly WithoutEffect[] = [
  {
    variable: 'LDM_DIRECTX',
    reason: 'it sent the screen and every key, passwords included, unencrypted through the network',
    instead: 'X11 over ssh; if it is slow, Ciphers=aes128-gcm@openssh.com and Compression in LDM_SSHOPTIONS',
  },
  { variable: 'USE_XFS', reason: 'current X servers do not use a font server', instead: 'fonts in the client image' },
  {
    variable: 'XFS_SERVER',
    reason: 'current X servers do not use a font server',
    instead: 'fonts in the client image',
  },
  { variable: 'nc_q_param', reason: 'ldm does not use netcat', instead: 'nothing is needed' },
  { variable: 'LDM_DEFAULT_BACKEND', reason: backends, instead: 'nothing is needed for ssh' },
  { variable: 'LDM_FORCE_BACKEND', reason: backends, instead: 'nothing is needed for ssh' },
  { variable: 'LDM_GREETER', reason: 'the greeter is part of ldm', instead: 'LDM_THEME' },
  { variable: 'LDM_WINMANAGER', reason: 'the greeter needs no window manager', instead: 'nothing is needed' },
  { variable: 'RDP_SERVER', reason: rdp, instead: 'an RDP program inside the session, or another screen script' },
  { variable: 'RDP_DOMAIN', reason: rdp, instead: 'an RDP program inside the session, or another screen script' },
  { variable: 'RDP_OPTIONS', reason: rdp, instead: 'an RDP program inside the session, or another screen script' },
  { variable: 'RDP_SERVER_NN', reason: rdp, instead: 'an RDP program inside the session, or another screen script' },
  { variable: 'RDP_OPTIONS_NN', reason: rdp, instead: 'an RDP program inside the session, or another screen script' },
  {
    variable: 'LDM_PASSWORD_HASH',
    reason: 'ldm stores no password hash on the client',
    instead: 'screen locking inside the session, which asks the server',
  },
  {
    variable: 'LDM_DEFAULT_XSESSION',
    reason: "the server finds its own Xsession; the client's does not matter",
    instead: 'LDM_XSESSION where the default paths are wrong',
  },
  { variable: 'LDM_XCOMPMGR', reason: 'it is not part of a login', instead: 'a hook of phase S: xcompmgr -a &' },
  { variable: 'LDM_NOMAD', reason: 'obsolete: it prevented sessions from starting', instead: 'nothing is needed' },
  {
    variable: 'LDM_DEBUG_TERMINAL',
    reason: 'a variable must not open a root terminal beside the session',
    instead: 'a hook of phase S that starts one while you debug; LDM_LOGLEVEL=7',
  },
  {
    variable: 'KILL_DBUS_DAEMON',
    reason: 'current sessions end their own bus, and systemd ends the rest (KillUserProcesses)',
    instead: 'a hook of phase K: ldm remote -- pkill -u "$LDM_USERNAME" dbus-daemon',
  },
  { variable: 'LTSP_FATCLIENT', reason: 'sessions run on the server', instead: "LTSP's support for fat clients" },
  { variable: 'LOCAL_APPS', reason: localApps, instead: "LTSP's support for fat clients" },
  { variable: 'LOCAL_APPS_EXTRAMOUNTS', reason: localApps, instead: "LTSP's support for fat clients" },
  { variable: 'LOCAL_APPS_MENU', reason: localApps, instead: "LTSP's support for fat clients" },
  { variable: 'LOCAL_APPS_WHITELIST', reason: localApps, instead: "LTSP's support for fat clients" },
  { variable: 'REMOTE_APPS', reason: localApps, instead: 'ldm login -- COMMAND, which starts a program on a server' },
  { variable: 'REMOTE_APPS_MENU_ITEMS', reason: localApps, instead: 'LDM_MENU_ITEM_n' },
  { variable: 'REMOTE_APPS_MIME_PACKAGES', reason: localApps, instead: 'there is no replacement' },
  { variable: 'SSH_FOLLOW_SYMLINKS', reason: localApps, instead: 'nothing is needed' },
  { variable: 'SSH_DISABLE_HARDLINK', reason: localApps, instead: 'nothing is needed' },
  { variable: 'CUPS_SERVER', reason: localApps, instead: 'LDM_LOCAL_PRINTERS, and LDM_PRINTER_DEFAULT' },
  { variable: 'CLUSTER_CONFIGURED', reason: 'ldm does not use LTSP-Cluster', instead: 'LDM_BALANCE and ldminfod' },
  { variable: 'CC_SERVER', reason: 'ldm does not use LTSP-Cluster', instead: 'LDM_BALANCE and ldminfod' },
  { variable: 'SERVER', reason: 'ldm does not use LTSP-Cluster', instead: 'LDM_SERVER' },
  {
    variable: 'SHUTDOWN_TIME',
    reason: "LTSP's cron job looks for a file of the classic LDM and would end a running session",
    instead: 'a systemd timer that checks for running sessions before it powers off',
  },
  { variable: 'LDM_DEBUG', reason: nobody, instead: 'LDM_LOGLEVEL=7' },
  { variable: 'LDM_REMOTECMD', reason: nobody, instead: 'ldm login -- COMMAND' },
  { variable: 'LDM_GLOBAL_DMRC', reason: nobody, instead: 'LDM_SESSION and LDM_LANGUAGE' },
  { variable: 'LDM_NUMLOCK', reason: nobody, instead: "LTSP's X_NUMLOCK, or a hook of phase I: numlockx on" },
  { variable: 'LDM_12HOURCLOCK', reason: nobody, instead: 'LDM_CLOCK_FORMAT=%I:%M %p' },
];

/** Variables that ldm or its environment sets, or that only LTSP's scripts read; not for lts.conf. */
export const surroundings: readonly { readonly variable: string; readonly meaning: string }[] = [
  { variable: 'LDM_SELECTED_SESSION', meaning: 'for hooks: the session that the user chose' },
  { variable: 'LDM_SOCKET', meaning: 'for hooks: the socket that ldm remote uses to reach the server' },
  { variable: 'LDMINFO_IPADDR', meaning: "for hooks: this client's address" },
  { variable: 'DISPLAY', meaning: 'the X server of the login screen and the session' },
  { variable: 'XAUTHORITY', meaning: 'the file with the cookie of that X server' },
  { variable: 'LANG, LC_*', meaning: 'the language of the login screen' },
  { variable: 'USER', meaning: 'not read: the limit of one session applies to root, too' },
  { variable: 'XAUTHORITY_DIR, TTY, DISP, XDG_SEAT, SCREEN_NUM', meaning: 'LTSP: the screen that ldm runs on' },
  {
    variable: 'SCREEN_01 to SCREEN_12, SCREEN_DEFAULT, WAIT_FGCONSOLE, DEFAULT_DISPLAY_MANAGER',
    meaning: 'LTSP: what runs on which screen',
  },
  {
    variable: 'X_ARGS, X_BLANKING, X_NUMLOCK, X_MODE_0, XKBRULES, XRANDR_*, XINITRC_*',
    meaning: 'LTSP: the configuration of the X server',
  },
  { variable: 'NBD_ROOT_HOST, NBD_ROOT_NAME, NBD_ROOT_PORT', meaning: 'LTSP: the source of the client image' },
];

/** The variables without effect that are set. */
export function setWithoutEffect(variables: Readonly<Record<string, string>>): readonly WithoutEffect[] {
  const isSet = (variable: string): boolean => (variables[variable] ?? '').trim() !== '';
  return withoutEffect.filter(({ variable }) => isSet(variable) || isSet(variable.toUpperCase()));
}
