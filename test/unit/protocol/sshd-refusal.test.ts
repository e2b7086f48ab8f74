import { expect, it } from 'vitest';
import { sshdRefusal } from '../../../src/protocol/sshd-refusal.js';

it.each([
  ['Not allowed at this time\r\n', 'turned-away'],
  ['exceeded MaxStartups', 'busy'],
  ['Closed', undefined],
])('the text %j that sshd sends instead of its banner means %s', (text, code) => {
  expect(sshdRefusal(text)).toBe(code);
});
