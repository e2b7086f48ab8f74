/** The language of the windows. To be imported before any module with texts. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { t, useLanguage } from '../../shared/i18n.js';

// Beside this bundle.
useLanguage(join(__dirname, 'words'), process.env);

export { dateText, isRightToLeft, isTranslated, t, tn } from '../../shared/i18n.js';

/** The content of a layout file, with its `translatable` texts in the user's language. */
export function translatedLayout(file: string): string {
  return readFileSync(file, 'utf8').replace(
    /( translatable="yes">)([^<]+)(<)/g,
    (_whole, before: string, text: string, after: string) => before + toXml(t(fromXml(text))) + after,
  );
}

function fromXml(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

function toXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
