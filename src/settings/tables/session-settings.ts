import { Partly, setting } from '../setting.js';
import { absolutePath, locale, oneLine } from '../values.js';

/**
 * Bounds of the silence that a session survives, in seconds. Below, a busy network would end sessions; above, the
 * kernel gives the connection up by itself (net.ipv4.tcp_retries2, 15 min).
 */
const shortestSilence = 15;
const longestSilence = 900;

/** The nearest that is allowed, in ms. */
export function withinSilenceBounds(ms: number): number {
  return Math.min(Math.max(ms, shortestSilence * 1000), longestSilence * 1000);
}

/** What becomes of the session on the server. */
export const sessionSettings = {
  xsession: setting<string | undefined>({
    variable: 'LDM_XSESSION',
    meaning: 'program on the server that starts the desktop; without it the usual places are tried',
    accepted: 'an absolute path on the server; Xsession, as generators of lts.conf write it, is the usual places',
    defaultValue: undefined,
    parse: (text) =>
      /^Xsession$/i.test(text) ? new Partly<string | undefined>(undefined, [], text) : absolutePath(text),
  }),
  session: setting<string | undefined>({
    variable: 'LDM_SESSION',
    meaning: 'session where neither the user nor their ~/.dmrc names one; without it the server decides',
    accepted: 'the name of a desktop file of the server, or a command there, without line breaks',
    defaultValue: undefined,
    parse: oneLine,
  }),
  forceSession: setting<string | undefined>({
    variable: 'LDM_FORCE_SESSION',
    meaning: 'the one session that there is; ignored on a server that does not have it',
    accepted: 'the name of a desktop file of the servers, such as xfce',
    defaultValue: undefined,
    parse: oneLine,
  }),
  language: setting<string | undefined>({
    variable: 'LDM_LANGUAGE',
    meaning: 'language of the session where neither the user nor their ~/.dmrc names one',
    accepted: 'a locale of the servers, such as de_DE.UTF-8, or default',
    defaultValue: undefined,
    parse: locale,
  }),
  forceLanguage: setting<string | undefined>({
    variable: 'LDM_FORCE_LANGUAGE',
    meaning: 'the one language that there is; ignored on a server that does not have it',
    accepted: 'a locale of the servers, such as de_DE.UTF-8',
    defaultValue: undefined,
    parse: locale,
  }),
  sessionTimeoutMs: setting({
    variable: 'LDM_SESSION_TIMEOUT',
    meaning:
      'seconds that a session waits for a server that does not answer, before it ends; unset, ServerAliveInterval times ' +
      'ServerAliveCountMax of LDM_SSHOPTIONS counts, where that has an interval',
    accepted: `whole seconds from ${shortestSilence} to ${longestSilence}`,
    defaultValue: 180_000,
    defaultText: '180',
    parse: (text) => {
      const ms = /^\d{1,3}$/.test(text) ? Number(text) * 1000 : 0;
      return ms === withinSilenceBounds(ms) ? ms : undefined;
    },
  }),
};
