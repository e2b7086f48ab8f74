import { Secret } from '../../shared/secret.js';
import { setting } from '../setting.js';
import { acceptedYesOrNo, listOf, wholeNumber, words, yesOrNo } from '../values.js';
import { isServer } from './server-settings.js';

/** A host name that begins with `from` becomes the user name that begins with `to`. */
export interface HostToUserName {
  readonly from: string;
  readonly to: string;
}

/** Whoever the account was meant to be, it is not this client's host name. */
const noAccount = 'there is no guest or automatic login';
const serverList = 'names or addresses separated by white space, as for LDM_SERVER';

/** Who logs in: guests, automatic logins, and who may not. */
export const loginSettings = {
  guestLogin: setting({
    variable: 'LDM_GUESTLOGIN',
    meaning: 'offers the button Log In as Guest',
    accepted: acceptedYesOrNo,
    defaultValue: false,
    parse: yesOrNo,
  }),
  autoLogin: setting({
    variable: 'LDM_AUTOLOGIN',
    meaning: 'logs the account of this client in by itself, after a countdown that any key stops',
    accepted: acceptedYesOrNo,
    defaultValue: false,
    parse: yesOrNo,
  }),
  loginTimeout: setting<number | undefined>({
    variable: 'LDM_LOGIN_TIMEOUT',
    meaning: 'seconds of that countdown; a number above 0 logs in by itself without LDM_AUTOLOGIN too',
    accepted: 'whole seconds from 0 to 86400',
    defaultValue: undefined,
    defaultText: '5 with LDM_AUTOLOGIN, else no countdown',
    parse: wholeNumber(0, 86_400),
  }),
  oldTimeoutEnabled: setting({
    variable: 'LDM_TIMEOUT_ENABLED',
    meaning: 'old name: with yes, LDM_TIMEOUT_TIME stands for LDM_LOGIN_TIMEOUT where that is unset',
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
    meaning: 'password of guest and automatic logins; taken out of the environment, handed to no hook',
    accepted: 'any text',
    defaultValue: undefined,
    defaultText: 'the user name',
    secret: true,
    parse: (text) => new Secret(text),
  }),
  hostToUserName: setting<HostToUserName | undefined>({
    variable: 'HOST_TO_USERNAME',
    meaning:
      'makes user name and password of guest and automatic logins of the host name: pc/guest makes guest01 of pc01; ' +
      'a client whose name does not begin so has neither login',
    accepted: 'FROM/TO, the beginnings of host name and user name',
    defaultValue: undefined,
    // No host name begins with a slash.
    safe: { value: { from: '/', to: '' }, effect: noAccount },
    parse: hostToUserName,
  }),
  userAllow: setting<readonly string[] | undefined>({
    variable: 'LDM_USER_ALLOW',
    meaning: 'the users who may log in here; of others not even the name is sent (it does not restrict the servers)',
    accepted: 'user names separated by commas',
    defaultValue: undefined,
    defaultText: 'everybody',
    safe: { value: [], effect: 'nobody may log in' },
    parse: (text) => words(text.replaceAll(',', ' ')),
  }),
  limitOneSession: setting({
    variable: 'LDM_LIMIT_ONE_SESSION',
    meaning:
      "ends the user's other sessions on the chosen server before this one begins; under LDM_BALANCE=affinity also one on " +
      "the user's other own server, which gets the same credentials for it",
    accepted: acceptedYesOrNo,
    defaultValue: false,
    parse: yesOrNo,
  }),
  limitOneSessionPrompt: setting({
    variable: 'LDM_LIMIT_ONE_SESSION_PROMPT',
    meaning: 'asks the user before that; who says no is not logged in',
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
    meaning: 'the same, where LDM_GUEST_SERVER is unset',
    accepted: serverList,
    defaultValue: undefined,
    defaultText: 'every server',
    safe: { value: [], effect: 'these logins may use no server' },
    parse: listOf(isServer),
  }),
};

function hostToUserName(text: string): HostToUserName | undefined {
  const [, from, to] = /^([^/\s]+)\/([^/\s]*)$/.exec(text) ?? [];
  return from === undefined || to === undefined ? undefined : { from, to };
}
