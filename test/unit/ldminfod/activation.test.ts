import { expect, it } from 'vitest';
import { activatedDescriptors } from '../../../src/ldminfod/activation.js';

it('takes the sockets of systemd from descriptor 3 on', () => {
  expect(activatedDescriptors({ LISTEN_FDS: '2', LISTEN_PID: '77' }, 77)).toEqual([3, 4]);
});

it.each([
  [{ LISTEN_FDS: '2', LISTEN_PID: '78' }],
  [{ LISTEN_FDS: 'x', LISTEN_PID: '77' }],
  [{ LISTEN_PID: '77' }],
  [{ LISTEN_FDS: '2' }],
  [{}],
])('takes no sockets with %j, which is not meant for process 77', (environment) => {
  expect(activatedDescriptors(environment, 77)).toEqual([]);
});
