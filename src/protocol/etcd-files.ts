import { readFileSync } from 'node:fs';
import { errorCode } from '../shared/errors.js';

/**
 * Reads a file with a certificate, a key or a password for etcd.
 * @returns the text, or why the file cannot be used
 */
export function readEtcdFile(file: string): { readonly text: string } | { readonly problem: string } {
  try {
    const text = readFileSync(file, 'utf8');
    // With an empty list of authorities, Node would trust those of the system.
    return text.trim() === '' ? { problem: 'it is empty' } : { text };
  } catch (error) {
    return { problem: errorCode(error) ?? 'unknown' };
  }
}

/** The password in the text of a file: its first line. */
export function passwordIn(text: string | undefined): string {
  return text?.split(/\r?\n/, 1)[0] ?? '';
}
