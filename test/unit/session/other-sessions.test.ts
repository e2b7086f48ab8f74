import { spawn } from 'node:child_process';
import { expect, it } from 'vitest';
import script from '../../../src/session/other-sessions.sh?raw';

it('the script for other sessions says that it cannot tell them where its own login is no sshd, as on dropbear', async () => {
  // Away from this process, which may itself run below an sshd.
  const child = spawn('setsid', ['--fork', '/bin/sh', '-s', 'end'], { stdio: ['pipe', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stdin.end(script);
  await new Promise((resolve) => child.stdout.once('close', resolve));
  expect(output).toBe('unknown\n');
});
