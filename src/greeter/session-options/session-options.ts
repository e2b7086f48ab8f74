import type { Option } from '../../protocol/greeter-messages.js';
import type { ServerInfo } from '../../protocol/info-service.js';
import type { DesktopPick, SessionPick } from '../../session/remote-command.js';
import { canonicalLocale } from '../../shared/locale.js';
import { cleanLine } from '../../shared/plain-text.js';
import { rememberedLanguageName } from './language-name.js';

/** One row of a dialog, with what it stands for. The built-in rows get their texts from the presenter. */
export interface OptionWithPick<P> extends Option {
  readonly pick: P;
}

export type SessionOption = OptionWithPick<SessionPick>;
export type LanguageOption = OptionWithPick<string | undefined>;

/** What servers tell about their sessions and languages. Untrusted input: at login the server itself looks them up. */
export interface SessionOptions {
  readonly sessions: readonly SessionOption[];
  readonly languages: readonly LanguageOption[];
}

const withoutText = { label: '', note: '' } as const;
export const defaultSession: SessionOption = { key: 'default', ...withoutText, pick: { kind: 'default' } };
export const defaultLanguage: LanguageOption = { key: 'default', ...withoutText, pick: undefined };
const failsafe: SessionOption = { key: 'failsafe', ...withoutText, pick: { kind: 'failsafe' } };

/** More than a dialog can show; the rest is left out. */
const maxOptions = 500;
/** A longer name or command of a session is ignored. */
const maxNameLength = 1_000;

/** All that the servers tell, without duplicates: sessions in the servers' order, languages by name. */
export function sessionOptionsFrom(infos: readonly ServerInfo[]): SessionOptions {
  const sessions = firstByKey(infos.flatMap(advertisedSessions));
  const locales = new Set(infos.flatMap(advertisedLocales));
  return {
    sessions: [defaultSession, failsafe, ...sessions.slice(0, maxOptions)],
    languages: [defaultLanguage, ...[...locales].map(languageOption).sort(byLabel).slice(0, maxOptions)],
  };
}

/** Where one server has two sessions of the same name, their commands tell them apart. */
function advertisedSessions({ sessions }: ServerInfo): SessionOption[] {
  const usable = sessions.map(trimmed).filter(({ name, exec }) => isName(name) && isName(exec));
  const firstExec = new Map(usable.toReversed().map(({ name, exec }) => [name, exec]));
  const ambiguous = new Set(usable.filter(({ name, exec }) => firstExec.get(name) !== exec).map(({ name }) => name));
  const options = usable.map(({ name, exec }): SessionOption => {
    const isAmbiguous = ambiguous.has(name);
    return {
      key: `session ${name}${isAmbiguous ? ` ${exec}` : ''}`,
      label: cleanLine(name),
      note: isAmbiguous ? cleanLine(exec) : '',
      pick: { kind: 'named', name, exec },
    };
  });
  return options.filter(({ label }) => label !== '');
}

function firstByKey(options: readonly SessionOption[]): SessionOption[] {
  const found = new Map<string, SessionOption>();
  for (const option of options) if (!found.has(option.key)) found.set(option.key, option);
  return [...found.values()];
}

function advertisedLocales({ languages }: ServerInfo): string[] {
  return languages.map(canonicalLocale).filter((locale) => /^[A-Za-z][\w.@-]{0,99}$/.test(locale));
}

function languageOption(locale: string): LanguageOption {
  const label = rememberedLanguageName(locale);
  return { key: `language ${locale}`, label, note: label === locale ? '' : locale, pick: locale };
}

/**
 * The same session among the options of other servers.
 * @returns undefined where they do not have it; the session itself where they list none at all
 */
export function sessionAmong(wanted: SessionOption, { sessions }: SessionOptions): SessionOption | undefined {
  const { pick } = wanted;
  const named = sessions.flatMap((option) => (option.pick.kind === 'named' ? { option, ...option.pick } : []));
  if (pick.kind !== 'named' || named.length === 0) return wanted;
  const same =
    named.find(({ name, exec }) => name === pick.name && exec === pick.exec) ??
    named.find(({ name, exec }) => name === pick.name || exec === pick.exec);
  return same?.option;
}

/** The same for a language. */
export function languageAmong(wanted: LanguageOption, { languages }: SessionOptions): LanguageOption | undefined {
  if (wanted.pick === undefined || languages.length <= 1) return wanted;
  return languages.find(({ key }) => key === wanted.key);
}

/**
 * How many of the picked session and language a server does not list. A server that lists none at all may have any.
 */
export function countMissing({ session, language }: DesktopPick, { sessions, languages }: ServerInfo): number {
  const lacksSession =
    session.kind === 'named' &&
    sessions.length > 0 &&
    !sessions.map(trimmed).some(({ name, exec }) => name === session.name || exec === session.exec);
  const lacksLanguage =
    language !== undefined && languages.length > 0 && !languages.some((locale) => canonicalLocale(locale) === language);
  return Number(lacksSession) + Number(lacksLanguage);
}

function trimmed({ name, exec }: { readonly name: string; readonly exec: string }) {
  return { name: name.trim(), exec: exec.trim() };
}

function isName(text: string): boolean {
  return text !== '' && text.length <= maxNameLength && !/\p{Cc}/u.test(text);
}

function byLabel(a: LanguageOption, b: LanguageOption): number {
  return a.label.localeCompare(b.label) || a.key.localeCompare(b.key);
}
