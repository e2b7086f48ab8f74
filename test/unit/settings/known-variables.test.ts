import { describe, expect, it } from 'vitest';
import { isKnownVariable, nearestSetting } from '../../../src/settings/known-variables.js';

describe('the name of a variable', () => {
  it('is known if a setting, the classic LDM or LTSP uses it', () => {
    const known = ['LDM_SERVER', 'LDM_MENU_ITEM_3', 'LDM_MENU_COMMAND_9', 'SCREEN_07', 'SCREEN_DEFAULT', 'LC_ALL'];
    expect(
      [...known, 'SCREEN_02_LDM_SERVER', 'X_MODE_1', 'RDP_SERVER_01'].filter((name) => !isKnownVariable(name)),
    ).toEqual([]);
    const unknown = ['LDM_SERVERS', 'LDM_MENU_ITEM_', 'SCREEN_7', 'XSCREEN_07', 'SCREEN_07X', 'LC_', 'X_MODE_12'];
    expect(
      [...unknown, 'SCREEN_2_LDM_SERVER', 'SCREEN_0X_LDM_SERVER', 'LDM_SCREEN_07_SERVER'].filter(isKnownVariable),
    ).toEqual([]);
  });

  it('is taken for a misspelled setting if at most two letters differ', () => {
    expect(nearestSetting('LDM_SERVERS')).toBe('LDM_SERVER');
    expect(nearestSetting('LDM_SRVR')).toBe('LDM_SERVER');
    expect(nearestSetting('LDM_SERVERXY')).toBe('LDM_SERVER');
    expect(nearestSetting('LDM_SERVERXYZ')).toBeUndefined();
    expect(nearestSetting('LDM_XXXVER')).toBeUndefined();
    expect(nearestSetting('XYLDM_SERV')).toBeUndefined();
    expect(nearestSetting('XLDM_SERVE')).toBe('LDM_SERVER');
    expect(nearestSetting('')).toBeUndefined();
  });
});
