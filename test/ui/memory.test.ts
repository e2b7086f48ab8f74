import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { onStage } from './support/stage.js';

onStage('the memory of the greeter', (stage) => {
  it('the greeter, which draws nothing with OpenGL, loads neither OpenGL nor the compiler behind it', () => {
    const maps = readFileSync(`/proc/${stage.greeter.pid}/maps`, 'utf8');
    const files = new Set(maps.match(/[^/\n]*\.so[.\d]*$/gm));
    expect([...files].filter((name) => name.startsWith('libgtk-3.so'))).toHaveLength(1);
    expect([...files].filter((name) => /^lib(GL|GLX|EGL|gallium|LLVM)\b|_dri\.so/.test(name))).toEqual([]);
  });
});
