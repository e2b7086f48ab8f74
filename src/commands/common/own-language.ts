import { fileURLToPath } from 'node:url';
import { useLanguage } from '../../shared/i18n.js';

/** From here on this process speaks the language of whoever started it. */
export function useOwnLanguage(): void {
  useLanguage(fileURLToPath(new URL('./words', import.meta.url)), process.env);
}
