import { Partly, setting } from '../setting.js';
import { absolutePath, locale, oneLine } from '../values.js';

/**
 * Bounds of the silence that a session survives, in seconds. With less, a busy network would end sessions. After more,
 * the kernel gives up the connection (net.ipv4.tcp_retries2, 15 min).
 */
const minSilence = 15;
const maxSilence = 900;

/** The nearest allowed value, in ms. */
export function withinSilenceBounds(ms: number): number {
  return Math.min(Math.max(ms, minSilence * 1000), maxSilence * 1000);
}

/** Settings of the session on the server. */
export const sessionSettings = {
  xsession: setting<string | undefined>({
    variable: 'LDM_XSESSION',
    meaning: 'program on the server that starts the desktop; without it the default paths are tried',
    accepted: 'an absolute path on the server; Xsession, which generators of lts.conf write, means the default paths',
    defaultValue: undefined,
    parse: (text) =>
      /^Xsession$/i.test(text) ? new Partly<string | undefined>(undefined, [], text) : absolutePath(text),
  }),
  session: setting<string | undefined>({
    variable: 'LDM_SESSION',
    meaning: 'session for users who choose none and have none in ~/.dmrc; without it the server decides',
    accepted: 'the name of a desktop file of the server, or a command there, without line breaks',
    defaultValue: undefined,
    parse: oneLine,
  }),
  forceSession: setting<string | undefined>({
    variable: 'LDM_FORCE_SESSION',
    meaning: 'the only session that users get; ignored on a server that does not have it',
    accepted: 'the name of a desktop file of the servers, such as xfce',
    defaultValue: undefined,
    parse: oneLine,
  }),
  language: setting<string | undefined>({
    variable: 'LDM_LANGUAGE',
    meaning: 'language for users who choose none and have none in ~/.dmrc',
    accepted: 'a locale of the servers, such as de_DE.UTF-8, or default',
    defaultValue: undefined,
    parse: locale,
  }),
  forceLanguage: setting<string | undefined>({
    variable: 'LDM_FORCE_LANGUAGE',
    meaning: 'the only language that users get; ignored on a server that does not have it',
    accepted: 'a locale of the servers, such as de_DE.UTF-8',
    defaultValue: undefined,
    parse: locale,
  }),
  sessionTimeoutMs: setting({
    variable: 'LDM_SESSION_TIMEOUT',
    meaning:
      'seconds that a session survives without an answer of its server; if unset, ServerAliveInterval times ' +
      'ServerAliveCountMax of LDM_SSHOPTIONS is used, where an interval is set',
    accepted: `whole seconds from ${minSilence} to ${maxSilence}`,
    defaultValue: 180_000,
    defaultText: '180',
    parse: (text) => {
      const ms = /^\d{1,3}$/.test(text) ? Number(text) * 1000 : 0;
      return ms === withinSilenceBounds(ms) ? ms : undefined;
    },
  }),
};
