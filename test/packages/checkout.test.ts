import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { checkout } from '../cluster/support/host.js';
import { requireOrSkip } from '../support/require-or-skip.js';
import { npmAccess, sourceFiles } from './support/build-packages.js';
import { missingForPackages } from './support/missing.js';
import { cache } from './support/must.js';
import { isThorough } from './support/releases.js';
import { minimalRoot, runInRoot } from './support/roots.js';

requireOrSkip(missingForPackages, 'a checkout on a minimal Debian 13 with git, nodejs and npm', () => {
  it.runIf(isThorough)(
    'npm run demo installs what is missing, logs in by itself and leaves pictures',
    { timeout: 900_000 },
    async () => {
      mkdirSync(cache, { recursive: true });
      const folder = mkdtempSync(join(cache, 'checkout-'));
      try {
        for (const file of await sourceFiles()) {
          mkdirSync(dirname(join(folder, file)), { recursive: true });
          cpSync(join(checkout, file), join(folder, file));
        }
        const { env, certificates } = await npmAccess();
        const commands = 'apt-get -q install --yes git nodejs npm; cd /checkout; npm run demo';
        const { stdout } = await runInRoot(await minimalRoot('trixie'), ['sh', '-euc', commands], {
          binds: { '/checkout': folder, ...certificates },
          env,
        });
        expect(stdout).toMatch(/The login went to the chosen server, 127\.0\.0\.[234]\./);
        const pictures = readdirSync(join(folder, 'screenshots')).filter((name) => name.endsWith('.png'));
        expect(pictures).toEqual(expect.arrayContaining(['greeter.png', 'password.png']));
        const gallery = process.env.LDM_TEST_PICTURES;
        if (gallery !== undefined) cpSync(join(folder, 'screenshots'), join(gallery, 'demo'), { recursive: true });
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );
});
