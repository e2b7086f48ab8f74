/** The sentences of the login screen itself, and of this client; those about logins and servers are in login/. */
import { displayGoneText } from '../../login/sentences.js';
import type { Option } from '../../protocol/greeter-messages.js';
import type { CommandEnd } from '../../session/ssh/connection.js';
import { t } from '../../shared/i18n.js';
import { cleanLine } from '../../shared/plain-text.js';
import type { ControlFailure } from '../client/client-controls.js';
import type { MissingStep } from '../client/missing-step.js';

export const questionLabels = {
  userName: () => t('Username'),
  password: () => t('Password'),
  /** For a server's question without text. */
  answer: () => t('Answer'),
} as const;

/** Whose password or answer is asked for: the name is no longer in the entry then. */
export function loggingInText(user: string): string {
  return t('Logging in as {user}', { user: cleanLine(user) });
}

export function desktopAwaitedText(server: string): string {
  return t('Waiting for the desktop of {server}...', { server: cleanLine(server) });
}

export function loginCancelledText(): string {
  return t('The login was cancelled.');
}

export function windowsRestartedText(messages: 'kept' | 'dropped'): string {
  return messages === 'kept'
    ? t('The login window had to be started again. Nothing was lost.')
    : t('The login window had to be started again. Earlier messages were removed.');
}

/** How a command ended that printed no error. */
export function commandEndText(end: CommandEnd): string {
  switch (end.kind) {
    case 'exit':
      return t('Its exit code was {code}.', { code: end.code });
    case 'signal':
      return t('It was ended by {signal}.', { signal: end.signal });
    case 'lost':
      return t('The connection was lost.');
  }
}

/** What failed of the menu, and the reason on the same line. */
export function controlFailedText({ control, problem }: ControlFailure): string {
  return `${controlText(control)} ${cleanLine(problem)}`;
}

function controlText(control: ControlFailure['control']): string {
  switch (control.kind) {
    case 'restart':
      return t('The restart failed.');
    case 'shut-down':
      return t('Shutting down failed.');
    case 'menu-entry':
      return t('{entry} failed.', { entry: withoutMnemonic(control.label) });
  }
}

function withoutMnemonic(label: string): string {
  return cleanLine(label.replace(/_(.)/g, '$1'));
}

/** What a login lacks, and what the person in front of the screen can do. */
export function missingStepText(step: MissingStep): string {
  switch (step) {
    case 'network-card':
      return t('This computer has no network card that works. Please tell your administrator.');
    case 'cable':
      return t('No network: check whether the network cable is plugged in.');
    case 'radio':
      return t('No network: this computer is not connected to a wireless network.');
    case 'address':
      return t('This computer has no network address yet. Please wait a moment.');
    case 'route':
      return t('This computer has no route to the servers. Please tell your administrator.');
    case 'name-server':
      return t('The name server of this network does not answer. Please tell your administrator.');
    case 'names':
      return t("The servers' names are not known in this network. Please tell your administrator.");
    case 'servers':
      return t('No server can be reached right now. Please wait, or tell your administrator.');
    case 'clock':
      return t('The clock of this computer is wrong. Please tell your administrator.');
  }
}

/** Why the last run of `ldm` on this seat ended. */
export type SeatNoticeCode = 'x-ended' | 'x-failed' | 'greeter-failed' | 'seat-failed';

export function seatNoticeText(code: SeatNoticeCode): string {
  switch (code) {
    case 'x-ended':
      return displayGoneText();
    case 'x-failed':
      return t("The screen's X server did not start at first. Please tell your administrator.");
    case 'greeter-failed':
      return t('The login screen stopped unexpectedly. Please tell your administrator.');
    case 'seat-failed':
      return t('The login screen did not start at first. Please tell your administrator.');
  }
}

/** A row of the session or language dialog: our own in the user's language, a server's as the server tells it. */
export function optionRow({ key, label, note }: Option): Option {
  switch (key) {
    case 'default':
      return { key, label: t('Default'), note: t("your own last choice, or the server's") };
    case 'failsafe':
      return { key, label: t('Failsafe xterm'), note: t('a bare terminal, where no desktop starts') };
    default:
      return { key, label, note };
  }
}
