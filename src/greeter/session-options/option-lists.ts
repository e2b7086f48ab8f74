import type { OptionKind, ServerChoice, ToGreeter } from '../../protocol/greeter-messages.js';
import type { ServerStatus } from '../../servers/server-status.js';
import type { Conversation } from '../conversation/conversation.js';
import { optionRow } from '../presenter/sentences.js';
import { AdvertisedSessions } from './advertised-sessions.js';
import type { LanguageOption, SessionOption, SessionOptions } from './session-options.js';

/** The lists of sessions and languages that the windows have asked for. */
export class OptionLists {
  readonly advertised = new AdvertisedSessions();
  readonly #requested = new Set<OptionKind>();
  readonly #statuses: () => readonly ServerStatus[];

  constructor(statuses: () => readonly ServerStatus[]) {
    this.#statuses = statuses;
  }

  /** New windows have asked for nothing yet. */
  forgetRequests(): void {
    this.#requested.clear();
  }

  request(kind: OptionKind): void {
    this.#requested.add(kind);
  }

  learn(): void {
    this.advertised.learn(this.#statuses());
  }

  options(choice: ServerChoice): SessionOptions {
    return this.advertised.options(choice, this.#statuses());
  }

  findSession(choice: ServerChoice, key: string): SessionOption | undefined {
    return this.options(choice).sessions.find((option) => option.key === key);
  }

  findLanguage(choice: ServerChoice, key: string): LanguageOption | undefined {
    return this.options(choice).languages.find((option) => option.key === key);
  }

  messages({ choice, session, language }: Conversation): ToGreeter[] {
    return [...this.#requested].map((kind) => {
      const { sessions, languages } = this.options(choice);
      const [chosen, rows] = kind === 'session' ? [session.key, sessions] : [language.key, languages];
      return { type: 'options', kind, chosen, rows: rows.map(optionRow) };
    });
  }
}
