import { Secret } from '../../shared/secret.js';
import { setting } from '../setting.js';
import { acceptedYesOrNo, listOf, wholeNumber, words, yesOrNo } from '../values.js';
import { isServer } from './server-settings.js';

/** A host name that begins with `from` becomes the user name that begins with `to`. */
export interface HostToUserName {
  readonly from: string;
  readonly to: string;
}

/** The account is unknown, and this client's host name must not replace it. */
const noAccount = 'there is no guest or automatic login';
const serverList = 'names or addresses separated by white space, as for LDM_SERVER';

/** Guest logins, automatic logins, and who may log in. */
export const loginSettings = {
  guestLogin: setting({
    variable: 'LDM_GUESTLOGIN',
    meaning: 'shows the button Log In as Guest',
    accepted: acceptedYesOrNo,
    defaultValue: false,
    parse: yesOrNo,
  }),
  autoLogin: setting({
    variable: 'LDM_AUTOLOGIN',
    meaning: 'logs in the account of this client automatically, after a countdown that any key stops',
    accepted: acceptedYesOrNo,
    defaultValue: false,
    parse: yesOrNo,
  }),
  loginTimeout: setting<number | undefined>({
    variable: 'LDM_LOGIN_TIMEOUT',
    meaning: 'seconds of that countdown; a number above 0 also logs in automatically without LDM_AUTOLOGIN',
    accepted: 'whole seconds from 0 to 86400',
    defaultValue: undefined,
    defaultText: '5 with LDM_AUTOLOGIN, else no countdown',
    parse: wholeNumber(0, 86_400),
  }),
  oldTimeoutEnabled: setting({
    variable: 'LDM_TIMEOUT_ENABLED',
    meaning: 'old name: with yes, LDM_TIMEOUT_TIME is used where LDM_LOGIN_TIMEOUT is unset',
    accepted: acceptedYesOrNo,
    defaultValue: false,
    parse: yesOrNo,
  }),
  oldTimeout: setting<number | undefined>({
    variable: 'LDM_TIMEOUT_TIME',
    meaning: 'old name, see LDM_TIMEOUT_ENABLED',
    accepted: 'whole seconds from 0 to 86400',
    defaultValue: undefined,
    parse: wholeNumber(0, 86_400),
  }),
  accountName: setting<string | undefined>({
    variable: 'LDM_USERNAME',
    meaning: 'user name of guest and automatic logins',
    accepted: 'a name of at most 256 characters that does not begin with a dash',
    defaultValue: undefined,
    defaultText: "this client's host name",
    safe: { value: '', effect: noAccount },
    parse: (text) => (/^(?!-)[^\p{Cc}\p{Cs}\u2028\u2029]{1,256}$/u.test(text) ? text : undefined),
  }),
  accountPassword: setting<Secret | undefined>({
    variable: 'LDM_PASSWORD',
    meaning: 'password of guest and automatic logins; removed from the environment, not passed to hooks',
    accepted: 'any text',
    defaultValue: undefined,
    defaultText: 'the user name',
    secret: true,
    parse: (text) => new Secret(text),
  }),
  hostToUserName: setting<HostToUserName | undefined>({
    variable: 'HOST_TO_USERNAME',
    meaning:
      'derives user name and password of guest and automatic logins from the host name: with pc/guest, pc01 becomes ' +
      'guest01; a client whose name does not begin with pc has neither login',
    accepted: 'FROM/TO, the beginnings of the host name and of the user name',
    defaultValue: undefined,
    // No host name begins with a slash.
    safe: { value: { from: '/', to: '' }, effect: noAccount },
    parse: hostToUserName,
  }),
  userAllow: setting<readonly string[] | undefined>({
    variable: 'LDM_USER_ALLOW',
    meaning:
      'users who may log in on this client; other names are not sent to any server (it does not restrict the servers)',
    accepted: 'user names separated by commas',
    defaultValue: undefined,
    defaultText: 'everybody',
    safe: { value: [], effect: 'nobody may log in' },
    parse: (text) => words(text.replaceAll(',', ' ')),
  }),
  limitOneSession: setting({
    variable: 'LDM_LIMIT_ONE_SESSION',
    meaning:
      "ends the user's other sessions on the chosen server before this one begins; with LDM_BALANCE=affinity also a " +
      "session on the user's second server, which gets the same credentials for that",
    accepted: acceptedYesOrNo,
    defaultValue: false,
    parse: yesOrNo,
  }),
  limitOneSessionPrompt: setting({
    variable: 'LDM_LIMIT_ONE_SESSION_PROMPT',
    meaning: 'asks the user first; a user who answers no is not logged in',
    accepted: acceptedYesOrNo,
    defaultValue: false,
    safe: { value: true, effect: 'the user is asked' },
    parse: yesOrNo,
  }),
  guestServerNames: setting<readonly string[] | undefined>({
    variable: 'LDM_GUEST_SERVER',
    meaning: 'servers that guest and automatic logins may use',
    accepted: serverList,
    defaultValue: undefined,
    defaultText: 'LDM_AUTOLOGIN_SERVER, else every server',
    safe: { value: [], effect: 'these logins may use no server' },
    parse: listOf(isServer),
  }),
  autoLoginServerNames: setting<readonly string[] | undefined>({
    variable: 'LDM_AUTOLOGIN_SERVER',
    meaning: 'the same, used where LDM_GUEST_SERVER is unset',
    accepted: serverList,
    defaultValue: undefined,
    defaultText: 'every server',
    safe: { value: [], effect: 'these logins may use no server' },
    parse: listOf(isServer),
  }),
};

function hostToUserName(text: string): HostToUserName | undefined {
  const [, from, to = ''] = /^([^/\s]+)\/([^/\s]*)$/.exec(text) ?? [];
  return from === undefined ? undefined : { from, to };
}
