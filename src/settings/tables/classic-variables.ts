/** Variables of the classic LDM and its LTSP that ldm does not read as settings: why not, and what to use. */

/** Without effect: ldm warns where one is set. */
export interface WithoutEffect {
  readonly variable: string;
  readonly reason: string;
  /** What to use, or that nothing is needed. */
  readonly instead: string;
}

const backends = 'there is one way to log in, ssh; backends were loaded as code into a process of root';
const rdp = 'there is one way to log in, ssh; the RDP backends put the password into the process list';
const localApps = 'programs of the client inside a session of the server are not started by ldm';
const nobody = 'nobody read it any more in the classic either';

export const withoutEffect: readonly WithoutEffect[] = [
  {
    variable: 'LDM_DIRECTX',
    reason: 'it sent what is on the screen and every key, passwords too, through the network in clear text',
    instead: 'X11 inside ssh; Ciphers=aes128-gcm@openssh.com and Compression in LDM_SSHOPTIONS where it is slow',
  },
  { variable: 'USE_XFS', reason: 'no X server of today asks a font server', instead: 'fonts in the client image' },
  { variable: 'XFS_SERVER', reason: 'no X server of today asks a font server', instead: 'fonts in the client image' },
  { variable: 'nc_q_param', reason: 'servers are asked without netcat', instead: 'nothing is needed' },
  { variable: 'LDM_DEFAULT_BACKEND', reason: backends, instead: 'nothing is needed for ssh' },
  { variable: 'LDM_FORCE_BACKEND', reason: backends, instead: 'nothing is needed for ssh' },
  { variable: 'LDM_GREETER', reason: 'the greeter is part of ldm', instead: 'LDM_THEME for other looks' },
  { variable: 'LDM_WINMANAGER', reason: 'the greeter needs no window manager', instead: 'nothing is needed' },
  { variable: 'RDP_SERVER', reason: rdp, instead: 'an RDP program inside the session, or another screen script' },
  { variable: 'RDP_DOMAIN', reason: rdp, instead: 'an RDP program inside the session, or another screen script' },
  { variable: 'RDP_OPTIONS', reason: rdp, instead: 'an RDP program inside the session, or another screen script' },
  { variable: 'RDP_SERVER_NN', reason: rdp, instead: 'an RDP program inside the session, or another screen script' },
  { variable: 'RDP_OPTIONS_NN', reason: rdp, instead: 'an RDP program inside the session, or another screen script' },
  {
    variable: 'LDM_PASSWORD_HASH',
    reason: 'no hash of a password is written to the client',
    instead: 'screen locking inside the session, which asks the server',
  },
  {
    variable: 'LDM_DEFAULT_XSESSION',
    reason: "the client's Xsession says nothing about the server's; the server itself looks which it has",
    instead: 'LDM_XSESSION where the usual places are wrong',
  },
  { variable: 'LDM_XCOMPMGR', reason: 'it is no part of a login', instead: 'a hook of phase S: xcompmgr -a &' },
  { variable: 'LDM_NOMAD', reason: 'a leftover: it stopped sessions from starting', instead: 'nothing is needed' },
  {
    variable: 'LDM_DEBUG_TERMINAL',
    reason: "a terminal of root's beside the session is not to be had by a variable",
    instead: 'a hook of phase S that starts one, for the time of the search; LDM_LOGLEVEL=7',
  },
  {
    variable: 'KILL_DBUS_DAEMON',
    reason: 'a session of today ends its own bus, and systemd ends what is left (KillUserProcesses)',
    instead: 'a hook of phase K: ldm remote -- pkill -u "$LDM_USERNAME" dbus-daemon',
  },
  {
    variable: 'LOCALDEV',
    reason: "drives of the client are ltspfs's, which is no longer developed",
    instead: 'a hook of phase K: ldm remote -- /usr/sbin/ltspfsmounter all cleanup',
  },
  { variable: 'LTSP_FATCLIENT', reason: 'sessions run on the server', instead: "LTSP's own way for fat clients" },
  { variable: 'LOCAL_APPS', reason: localApps, instead: "LTSP's own way for fat clients" },
  { variable: 'LOCAL_APPS_EXTRAMOUNTS', reason: localApps, instead: "LTSP's own way for fat clients" },
  { variable: 'LOCAL_APPS_MENU', reason: localApps, instead: "LTSP's own way for fat clients" },
  { variable: 'LOCAL_APPS_WHITELIST', reason: localApps, instead: "LTSP's own way for fat clients" },
  { variable: 'REMOTE_APPS', reason: localApps, instead: 'ldm login -- COMMAND starts a program of a server' },
  { variable: 'REMOTE_APPS_MENU_ITEMS', reason: localApps, instead: 'LDM_MENU_ITEM_n' },
  { variable: 'REMOTE_APPS_MIME_PACKAGES', reason: localApps, instead: 'nothing stands in for it' },
  { variable: 'SSH_FOLLOW_SYMLINKS', reason: localApps, instead: 'nothing is needed' },
  { variable: 'SSH_DISABLE_HARDLINK', reason: localApps, instead: 'nothing is needed' },
  { variable: 'CUPS_SERVER', reason: localApps, instead: "the servers' own CUPS, and LDM_PRINTER_DEFAULT" },
  { variable: 'CLUSTER_CONFIGURED', reason: 'LTSP-Cluster is not asked', instead: 'LDM_BALANCE and ldminfod' },
  { variable: 'CC_SERVER', reason: 'LTSP-Cluster is not asked', instead: 'LDM_BALANCE and ldminfod' },
  { variable: 'SERVER', reason: 'LTSP-Cluster is not asked', instead: 'LDM_SERVER' },
  {
    variable: 'SHUTDOWN_TIME',
    reason: "LTSP's cron hook knows sessions by a file of the classic's, and would end a session here",
    instead: 'a systemd timer that asks for a process sshd on no server, or the servers, before it powers off',
  },
  { variable: 'LDM_DEBUG', reason: nobody, instead: 'LDM_LOGLEVEL=7' },
  { variable: 'LDM_REMOTECMD', reason: nobody, instead: 'ldm login -- COMMAND' },
  { variable: 'LDM_GLOBAL_DMRC', reason: nobody, instead: 'LDM_SESSION and LDM_LANGUAGE' },
  { variable: 'LDM_NUMLOCK', reason: nobody, instead: "LTSP's X_NUMLOCK, or a hook of phase I: numlockx on" },
  { variable: 'LDM_12HOURCLOCK', reason: nobody, instead: 'LDM_CLOCK_FORMAT=%I:%M %p' },
];

/** Set by ldm or by what starts it; not meant to be set in lts.conf, or read by LTSP's own scripts. */
export const surroundings: readonly { readonly variable: string; readonly meaning: string }[] = [
  { variable: 'LDM_SELECTED_SESSION', meaning: 'told to hooks: the session that the user picked' },
  { variable: 'LDM_SOCKET', meaning: 'told to hooks: the way to the server, for ldm remote' },
  { variable: 'LDMINFO_IPADDR', meaning: "told to hooks: this client's address" },
  { variable: 'DISPLAY', meaning: 'the X server that the greeter and the session are shown on' },
  { variable: 'XAUTHORITY', meaning: 'the file with the cookie of that X server' },
  { variable: 'LANG, LC_*', meaning: 'the language of the login screen' },
  { variable: 'USER', meaning: 'not read: the rule of one session counts for root too' },
  { variable: 'XAUTHORITY_DIR, TTY, DISP, XDG_SEAT, SCREEN_NUM', meaning: "LTSP's own: the screen that ldm runs on" },
  {
    variable: 'SCREEN_01 to SCREEN_12, SCREEN_DEFAULT, WAIT_FGCONSOLE, DEFAULT_DISPLAY_MANAGER',
    meaning: "LTSP's own: what runs on which screen",
  },
  {
    variable: 'X_ARGS, X_BLANKING, X_NUMLOCK, X_MODE_0, XKBRULES, XRANDR_*, XINITRC_*',
    meaning: "LTSP's own: how it sets the X server up",
  },
  { variable: 'NBD_ROOT_HOST, NBD_ROOT_NAME, NBD_ROOT_PORT', meaning: "LTSP's own: where the client image comes from" },
];

/** Those of the variables without effect that are set. */
export function setWithoutEffect(variables: Readonly<Record<string, string>>): readonly WithoutEffect[] {
  const isSet = (variable: string): boolean => (variables[variable] ?? '').trim() !== '';
  return withoutEffect.filter(({ variable }) => isSet(variable) || isSet(variable.toUpperCase()));
}
