import type { Option } from '../../protocol/greeter-messages.js';
import type { ServerInfo } from '../../protocol/info-service.js';
import type { DesktopPick, SessionPick } from '../../session/remote-command.js';
import { mark, t } from '../../shared/i18n.js';
import { cleanLine } from '../../shared/plain-text.js';
import { languageName } from './language-name.js';

/** One row of a dialog, with what it stands for. */
export interface PickableOption<P> extends Option {
  readonly pick: P;
}

export type SessionOption = PickableOption<SessionPick>;
export type LanguageOption = PickableOption<string | undefined>;

/** What servers say that a session there can be. Hearsay: at login the server itself looks what it has. */
export interface SessionOptions {
  readonly sessions: readonly SessionOption[];
  readonly languages: readonly LanguageOption[];
}

const lastChoice = { key: 'default', label: mark('Default'), note: mark("your own last choice, or the server's") };
export const defaultSession: SessionOption = { ...lastChoice, pick: { kind: 'default' } };
export const defaultLanguage: LanguageOption = { ...lastChoice, pick: undefined };
const failsafe: SessionOption = {
  key: 'failsafe',
  label: mark('Failsafe xterm'),
  note: mark('a bare terminal, where no desktop starts'),
  pick: { kind: 'failsafe' },
};

/** More than a dialog can offer; what lies beyond is left out. */
const maxOptions = 500;
/** A session's name or command that is longer is none. */
const maxNameLength = 1_000;

/** All that the servers tell, once each: sessions in their order, languages by name. */
export function sessionOptionsFrom(infos: readonly ServerInfo[]): SessionOptions {
  const sessions = new Map<string, SessionOption>();
  const languages = new Map<string, LanguageOption>();
  for (const info of infos) {
    const told = info.sessions.map(trimmed).filter(({ name, exec }) => isName(name) && isName(exec));
    const firstExec = new Map(told.toReversed().map(({ name, exec }) => [name, exec]));
    const ambiguous = new Set(told.filter(({ name, exec }) => firstExec.get(name) !== exec).map(({ name }) => name));
    for (const session of told) {
      const isAmbiguous = ambiguous.has(session.name);
      const label = cleanLine(session.name);
      const offer: SessionOption = {
        key: `session ${session.name}${isAmbiguous ? ` ${session.exec}` : ''}`,
        label,
        note: isAmbiguous ? cleanLine(session.exec) : '',
        pick: { kind: 'named', ...session },
      };
      if (label !== '' && !sessions.has(offer.key)) sessions.set(offer.key, offer);
    }
    for (const locale of info.languages.map(spelled)) {
      if (!/^[A-Za-z][\w.@-]{0,99}$/.test(locale) || languages.has(locale)) continue;
      const label = languageName(locale);
      languages.set(locale, { key: `language ${locale}`, label, note: label === locale ? '' : locale, pick: locale });
    }
  }
  return {
    sessions: [defaultSession, failsafe, ...[...sessions.values()].slice(0, maxOptions)],
    languages: [defaultLanguage, ...[...languages.values()].sort(byLabel).slice(0, maxOptions)],
  };
}

/**
 * The same session among other servers' offers.
 * @returns undefined where they do not have it; the session itself where they tell of none at all
 */
export function sessionAmong(wanted: SessionOption, { sessions }: SessionOptions): SessionOption | undefined {
  const { pick } = wanted;
  if (pick.kind !== 'named' || sessions.every((offer) => offer.pick.kind !== 'named')) return wanted;
  const named = (offer: SessionOption) => (offer.pick.kind === 'named' ? offer.pick : undefined);
  return (
    sessions.find((offer) => named(offer)?.name === pick.name && named(offer)?.exec === pick.exec) ??
    sessions.find((offer) => named(offer)?.exec === pick.exec || named(offer)?.name === pick.name)
  );
}

/** As {@link sessionAmong}, of a language. */
export function languageAmong(wanted: LanguageOption, { languages }: SessionOptions): LanguageOption | undefined {
  if (wanted.pick === undefined || languages.length <= 1) return wanted;
  return languages.find(({ key }) => key === wanted.key);
}

/**
 * How much of what was picked a server says it does not have, 0 to 2: session, language. One that tells of none at all
 * may have any.
 */
export function countMissing({ session, language }: DesktopPick, { sessions, languages }: ServerInfo): number {
  const lacksSession =
    session.kind === 'named' &&
    sessions.length > 0 &&
    !sessions.map(trimmed).some(({ name, exec }) => name === session.name || exec === session.exec);
  const lacksLanguage =
    language !== undefined && languages.length > 0 && !languages.some((locale) => spelled(locale) === language);
  return Number(lacksSession) + Number(lacksLanguage);
}

function trimmed({ name, exec }: { readonly name: string; readonly exec: string }) {
  return { name: name.trim(), exec: exec.trim() };
}

function isName(text: string): boolean {
  return text !== '' && text.length <= maxNameLength && !/\p{Cc}/u.test(text);
}

/** Classic servers' own LANG comes as it stands there. */
function spelled(locale: string): string {
  return locale.trim().replace(/\.utf-?8/i, '.UTF-8');
}

function byLabel(a: LanguageOption, b: LanguageOption): number {
  return a.label.localeCompare(b.label) || a.key.localeCompare(b.key);
}

/** A row of the dialog. What is ours in it comes in the user's language; what a server told, as it told it. */
export function optionOf({ key, label, note }: Option): Option {
  const marked = { label, note };
  return key === lastChoice.key || key === failsafe.key
    ? { key, label: t(marked.label), note: t(marked.note) }
    : { key, label, note };
}
