import { setting } from '../setting.js';
import { absolutePaths, seconds } from '../values.js';

/** The administrator's programs at the turns of a login. */
export const hookSettings = {
  hookFolders: setting<readonly string[]>({
    variable: 'LDM_HOOK_DIRS',
    meaning: 'folders of hooks; of one name the earlier folder has the say',
    accepted: 'absolute paths separated by white space',
    defaultValue: ['/etc/ldm/rc.d', '/usr/share/ldm/rc.d'],
    parse: absolutePaths,
  }),
  hookTimeoutMs: setting({
    variable: 'LDM_HOOK_TIMEOUT',
    meaning: 'seconds after which a hook that has not ended is killed',
    accepted: 'seconds from 0.1 to 300, such as 30',
    defaultValue: 30_000,
    defaultText: '30',
    parse: seconds,
  }),
};
