import type { ServerChoice } from '../../protocol/greeter-messages.js';
import { t } from '../../shared/i18n.js';
import { cleanLine } from '../../shared/plain-text.js';

/** Some settings cannot be used. */
export function settingsText(): string {
  return t('Some settings of this computer cannot be used; the command "ldm settings" shows which ones.');
}

/** What was picked is not available on the server that was chosen later. */
export function notOfferedText(choice: ServerChoice, label: string): string {
  if (choice.mode === 'automatic') return t('No server offers {label}. The default is used instead.', { label });
  return t('{server} does not offer {label}. The default is used instead.', { server: cleanLine(choice.name), label });
}
