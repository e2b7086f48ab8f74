import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { requireOrSkip } from '../../support/require-or-skip.js';
import type { Accessible } from './accessibility.js';
import { type Desktop, small, startDesktop } from './desktop.js';
import { Greeter } from './greeter.js';
import { missingForWindows } from './missing.js';
import type { Size } from './size.js';

/** The fixture of every window test. */
export interface Stage {
  readonly desktop: Desktop;
  readonly greeter: Greeter;
  /** Root of the greeter's widgets. */
  readonly root: Accessible;
}

/** A group of tests on one desktop, each with a fresh greeter. */
export function onStage(title: string, tests: (stage: Stage) => void, size: Size = small): void {
  requireOrSkip(missingForWindows, title, () => {
    let desktop: Desktop | undefined;
    let greeter: Greeter | undefined;
    const present = <T>(part: T | undefined): T => {
      if (part === undefined) throw new Error('the stage stands only while a test runs');
      return part;
    };
    beforeAll(async () => {
      desktop = await startDesktop(size);
    });
    beforeEach(async () => {
      greeter = await Greeter.start(present(desktop));
    });
    afterEach(async () => {
      await greeter?.stop();
    });
    afterAll(async () => {
      await desktop?.stop();
    });
    tests({
      get desktop() {
        return present(desktop);
      },
      get greeter() {
        return present(greeter);
      },
      get root() {
        return present(greeter).root;
      },
    });
  });
}
