import { parseHardwareAddress } from '../../shared/hardware-address.js';
import { setting } from '../setting.js';
import { absolutePath, acceptedYesOrNo, choice, oneLine, yesOrNo } from '../values.js';

/** What a session learns about this client: sound, printers, scanner. */
export const desktopSettings = {
  sound: setting({
    variable: 'SOUND',
    meaning: 'brings the sound of the session to this client, through its ssh connection (docs/devices.md)',
    accepted: acceptedYesOrNo,
    defaultValue: false,
    parse: yesOrNo,
  }),
  microphone: setting({
    variable: 'LDM_MICROPHONE',
    meaning: 'with SOUND: programs of the session may record from this client too',
    accepted: acceptedYesOrNo,
    defaultValue: false,
    parse: yesOrNo,
  }),
  soundSocket: setting<string | undefined>({
    variable: 'LDM_SOUND_SOCKET',
    meaning:
      'socket of the PulseAudio or PipeWire of this client that SOUND uses; without it a service that runs is found, ' +
      'else PulseAudio is started for each session',
    accepted: 'the absolute path of a socket',
    defaultValue: undefined,
    parse: absolutePath,
  }),
  soundDaemon: setting<'pulse' | 'tcp' | 'esd' | 'nasd' | 'none'>({
    variable: 'SOUND_DAEMON',
    meaning:
      'the kind of sound service. With the others than pulse, the client itself starts one that listens in the network, ' +
      'unencrypted, and the session is told its address: tcp (PulseAudio) sets PULSE_SERVER and LTSP_ALSA_DEFAULT, esd ' +
      'sets ESPEAKER, nasd sets AUDIOSERVER',
    accepted: 'pulse, tcp, esd, nasd or false',
    defaultValue: 'pulse',
    parse: choice<'pulse' | 'tcp' | 'esd' | 'nasd' | 'none'>({
      pulse: 'pulse',
      tcp: 'tcp',
      esd: 'esd',
      nasd: 'nasd',
      false: 'none',
    }),
  }),
  scanner: setting({
    variable: 'SCANNER',
    meaning: 'tells the session that this client has a scanner (SANE_NET_HOSTS); the example hook 50-scanner does more',
    accepted: acceptedYesOrNo,
    defaultValue: false,
    parse: yesOrNo,
  }),
  localPrinters: setting({
    variable: 'LDM_LOCAL_PRINTERS',
    meaning:
      'programs of the session print on the printers of this client (its CUPS), in place of those of the server, through ' +
      'its ssh connection (docs/devices.md)',
    accepted: acceptedYesOrNo,
    defaultValue: false,
    parse: yesOrNo,
  }),
  localDrives: setting({
    variable: 'LOCALDEV',
    meaning:
      'drives that are put into this client (USB sticks, memory cards) are folders of the session, through its ssh ' +
      'connection (docs/devices.md)',
    accepted: acceptedYesOrNo,
    defaultValue: false,
    parse: yesOrNo,
  }),
  printerDefault: setting<string | undefined>({
    variable: 'LDM_PRINTER_DEFAULT',
    meaning: "PRINTER of the session: the user's default printer",
    accepted: 'the name of a printer on the servers; on this client with LDM_LOCAL_PRINTERS',
    defaultValue: undefined,
    parse: oneLine,
  }),
  printerList: setting<string | undefined>({
    variable: 'LDM_PRINTER_LIST',
    meaning: 'PRINTER_LIST of the session, for a CUPS that reads it',
    accepted: 'names of printers',
    defaultValue: undefined,
    parse: oneLine,
  }),
  clientMac: setting<string | undefined>({
    variable: 'LTSP_CLIENT_MAC',
    meaning: 'LTSP_CLIENT_MAC of the session',
    accepted: 'a MAC address',
    defaultValue: undefined,
    parse: (text) => (parseHardwareAddress(text) === undefined ? undefined : text),
  }),
  clientEnv: setting<Readonly<Record<string, string>> | undefined>({
    variable: 'CLIENT_ENV',
    meaning: 'more environment variables of the session; hooks add others by printing them in phase X',
    accepted: 'NAME=VALUE, separated by white space',
    defaultValue: undefined,
    parse: assignments,
  }),
};

function assignments(text: string): Readonly<Record<string, string>> | undefined {
  const pairs: [name: string, value: string][] = [];
  for (const word of text.split(/\s+/)) {
    const [, name, value = ''] = /^([A-Za-z_]\w{0,99})=(\P{Cc}*)$/u.exec(word) ?? [];
    if (name === undefined) return undefined;
    pairs.push([name, value]);
  }
  return Object.fromEntries(pairs);
}
