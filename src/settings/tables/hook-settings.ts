import { setting } from '../setting.js';
import { absolutePaths, seconds } from '../values.js';

/** Programs that run at the stages of a login. */
export const hookSettings = {
  hookFolders: setting<readonly string[]>({
    variable: 'LDM_HOOK_DIRS',
    meaning: 'directories of hooks; for hooks of the same name, the earlier directory takes precedence',
    accepted: 'absolute paths separated by white space',
    defaultValue: ['/etc/ldm/rc.d', '/usr/share/ldm/rc.d'],
    parse: absolutePaths,
  }),
  hookTimeoutMs: setting({
    variable: 'LDM_HOOK_TIMEOUT',
    meaning: 'seconds until a hook that has not ended is killed',
    accepted: 'seconds from 0.1 to 300, such as 30',
    defaultValue: 30_000,
    defaultText: '30',
    parse: seconds,
  }),
};
