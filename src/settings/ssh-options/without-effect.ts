/** Options of ssh without effect here, and whether the user loses something by that. */
import type { SshWord } from './split-options.js';

/** Nothing is set. A warning says what is lost. */
export interface NoEffect {
  readonly options?: undefined;
  readonly warnings?: readonly string[];
  readonly info?: string;
}

const forwards = 'ldm forwards nothing but X11';
const otherProgram = 'ldm starts no program for a connection';
const signIn = 'ldm signs in with a password and the questions of the server';
const noLibrary = 'ldm loads no library for sign-in';
const noCredentials = 'ldm passes no credentials on';
const noJump = 'ldm connects to the server directly; a jump host would see who logs in';
const ownAddress = 'the system chooses the address of the client';
const ownUser = 'the user who logs in is the one at the login screen';
const always = 'ldm always does that';
const nothing = 'it has no meaning for ldm';

/** ldm does not do what these options request. */
const lost: Readonly<Record<string, string>> = {
  A: forwards,
  D: forwards,
  g: forwards,
  L: forwards,
  R: forwards,
  W: forwards,
  w: forwards,
  J: noJump,
  F: 'ldm does not read the configuration of ssh',
  S: 'ldm does not share its connections',
  I: noLibrary,
  i: signIn,
  K: noCredentials,
  b: ownAddress,
  B: ownAddress,
  l: ownUser,
};

/** Nothing is lost without these options. */
const spare: Readonly<Record<string, string>> = {
  '4': 'ldm tries all addresses of a server at once',
  '6': 'ldm tries all addresses of a server at once',
  X: always,
  Y: always,
  t: nothing,
  T: nothing,
  x: 'a desktop needs X11; ldm login has --no-x11',
};

/** The same by names of ssh_config(5). The values `no` and `none` request nothing. */
const lostOptions: ReadonlyMap<string, string> = new Map(
  Object.entries({
    addkeystoagent: signIn,
    bindaddress: ownAddress,
    bindinterface: ownAddress,
    canonicalizehostname: 'names are looked up as the system does',
    certificatefile: signIn,
    dynamicforward: forwards,
    forwardagent: forwards,
    gatewayports: forwards,
    gssapidelegatecredentials: noCredentials,
    hostname: 'LDM_SERVER names the servers',
    identityfile: signIn,
    knownhostscommand: otherProgram,
    localcommand: otherProgram,
    localforward: forwards,
    nohostauthenticationforlocalhost: 'host keys are always checked',
    permitlocalcommand: otherProgram,
    permitremoteopen: forwards,
    pkcs11provider: noLibrary,
    proxycommand: otherProgram,
    proxyjump: noJump,
    proxyusefdpass: otherProgram,
    revokedhostkeys: 'mark keys as @revoked in a known_hosts file',
    remoteforward: forwards,
    securitykeyprovider: noLibrary,
    sendenv: 'CLIENT_ENV sets variables of the session',
    setenv: 'CLIENT_ENV sets variables of the session',
    tunnel: forwards,
    user: ownUser,
    verifyhostkeydns: 'LDM_SSHFP=dnssec does that, where DNSSEC validates the answer',
  }),
);

const spareOptions = new Set(
  `addressfamily batchmode canonicaldomains canonicalizefallbacklocal canonicalizemaxdots canonicalizepermittedcnames
  casignaturealgorithms challengeresponseauthentication channeltimeout checkhostip clearallforwardings compressionlevel
  connectionattempts controlmaster controlpath controlpersist enableescapecommandline enablesshkeysign escapechar
  exitonforwardfailure fingerprinthash forkafterauthentication forwardx11 forwardx11timeout forwardx11trusted
  gssapiauthentication gssapiclientidentity gssapikeyexchange gssapirenewalforcesrekey gssapiserveridentity
  gssapitrustdns hashknownhosts hostbasedacceptedalgorithms hostbasedauthentication hostbasedkeytypes identitiesonly
  identityagent ignoreunknown ipqos kbdinteractiveauthentication kbdinteractivedevices keepalive keychain loglevel
  logverbose numberofpasswordprompts obscurekeystroketiming passwordauthentication preferredauthentications
  pubkeyacceptedalgorithms pubkeyacceptedkeytypes pubkeyauthentication rekeylimit remotecommand requesttty
  requiredrsasize rhostsrsaauthentication rsaauthentication sessiontype skeyauthentication stdinnull
  streamlocalbindmask streamlocalbindunlink syslogfacility tag tcpkeepalive updatehostkeys useprivilegedport usekeychain
  visualhostkey warnweakcrypto xauthlocation`.split(/\s+/),
);

/** What to report for an option that sets nothing. */
export function effectOf(word: SshWord): NoEffect {
  switch (word.kind) {
    case 'stray':
      return { warnings: ['it is not an option of ssh'] };
    case 'flag':
    case 'letter': {
      const reason = lost[word.letter];
      if (reason !== undefined) return { warnings: [reason] };
      return { info: spare[word.letter] ?? nothing };
    }
    case 'option': {
      const name = word.name.toLowerCase();
      const reason = lostOptions.get(name);
      if (name === 'protocol' || name === 'cipher') return oldProtocol(word.value);
      if (reason !== undefined)
        return /^(no|none|false)$/i.test(word.value) ? { info: always } : { warnings: [reason] };
      return spareOptions.has(name) ? { info: nothing } : { warnings: ['it is not an option of ssh'] };
    }
  }
}

function oldProtocol(value: string): NoEffect {
  return value === '2' ? { info: always } : { warnings: ['version 1 of ssh is not safe'] };
}
