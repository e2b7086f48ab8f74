import { fileURLToPath } from 'node:url';
import { useLanguage } from '../../shared/i18n.js';

/** Sets the language of this process from its environment. */
export function useOwnLanguage(): void {
  useLanguage(fileURLToPath(new URL('./words', import.meta.url)), process.env);
}
