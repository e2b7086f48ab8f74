import { expect, it } from 'vitest';
import { find, placeOf } from './support/accessibility.js';
import { onStage } from './support/stage.js';
import { waitFor } from './support/wait.js';

onStage(
  'the login window on a screen that changes its size',
  (stage) => {
    it('follows the monitor', async () => {
      const { desktop, root } = stage;
      const frame = await find(root, 'frame', 'Login');
      expect(placeOf(frame)).toEqual({ x: 0, y: 0, width: 1024, height: 768 });
      await desktop.resize({ width: 800, height: 600 });
      await waitFor('800x600', () => placeOf(frame).width === 800 && placeOf(frame).height === 600);
      await desktop.resize({ width: 1024, height: 768 });
      await waitFor('1024x768', () => placeOf(frame).width === 1024 && placeOf(frame).height === 768);
    });
  },
  { width: 1024, height: 768 },
);
