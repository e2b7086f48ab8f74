import type { OneSessionPolicy } from '../session/one-session.js';
import type { Settings } from '../settings/settings.js';
import type { ServerAddress } from '../shared/server-address.js';
import type { LoginObserver } from './outcome.js';
import { meansYes, otherSessionsPrompt, sessionElsewherePrompt, wishElsewhere } from './sentences.js';

/** What LDM_LIMIT_ONE_SESSION and its prompt make of the user's other sessions; undefined: they stay. */
export function oneSessionPolicy(
  { limitOneSession, limitOneSessionPrompt }: Pick<Settings, 'limitOneSession' | 'limitOneSessionPrompt'>,
  server: ServerAddress,
  observer: Pick<LoginObserver, 'ask'>,
  signal: AbortSignal,
): OneSessionPolicy | undefined {
  if (!limitOneSession) return undefined;
  if (!limitOneSessionPrompt) return { endHere: async () => true, decideElsewhere: async () => 'end' };
  const ask = async (text: string): Promise<string> =>
    (await observer.ask(server.name, { text, echo: true }, signal)).reveal();
  return {
    endHere: async ({ name }) => meansYes(await ask(otherSessionsPrompt(name))),
    decideElsewhere: async ({ name }) => wishElsewhere(await ask(sessionElsewherePrompt(name))),
  };
}
