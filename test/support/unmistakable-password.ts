import { expect } from 'vitest';

/** A password that occurs nowhere by chance. */
export const unmistakable = 'Unmistakable "Pass/word" 9';

/** Its halves, for a copy of a part tells enough. */
export const halves = ['Unmistakable', '"Pass/word" 9'];

/** It, and the forms that a careless program would leave it in. */
const forms = [
  unmistakable,
  JSON.stringify(unmistakable).slice(1, -1),
  encodeURIComponent(unmistakable),
  Buffer.from(unmistakable).toString('base64').replace(/=+$/, ''),
  Buffer.from(unmistakable).toString('hex'),
];

export function expectNoSecretIn(text: string): void {
  for (const form of forms) expect(text.includes(form), form).toBe(false);
}
