import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { endProcess } from './end-process.js';
import { xauthorityRecord } from './xauthority-record.js';

export interface VirtualScreen {
  /** DISPLAY and XAUTHORITY for its clients. */
  readonly environment: { readonly DISPLAY: string; readonly XAUTHORITY: string };
  end(): Promise<void>;
}

const geometry = '1024x768x24';
/** ms */
const startTimeout = 15_000;

/**
 * Starts an X server without a screen, on a free display, which accepts only clients with its cookie.
 * @param folder a private directory
 */
export async function startVirtualScreen(folder: string): Promise<VirtualScreen> {
  const xauthority = join(folder, 'screen-authority');
  await writeFile(xauthority, xauthorityRecord('', 'MIT-MAGIC-COOKIE-1', randomBytes(16)), { mode: 0o600 });
  const args = ['-displayfd', '3', '-auth', xauthority, '-nolisten', 'tcp', '-noreset', '-screen', '0', geometry];
  const child = spawn('Xvfb', args, { detached: true, stdio: ['ignore', 'ignore', 'pipe', 'pipe'] });
  let complaints = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    complaints = (complaints + chunk).slice(-2_000);
  });
  try {
    const number = await new Promise<string>((resolve, reject) => {
      let told = '';
      const timer = setTimeout(() => reject(new Error(`Xvfb is not ready within ${startTimeout} ms`)), startTimeout);
      child.stdio[3]?.on('data', (chunk: Buffer) => {
        told += chunk.toString();
        if (told.endsWith('\n')) resolve(told.trim());
      });
      child.once('error', reject);
      child.once('close', (code) => reject(new Error(`Xvfb ended with code ${code}: ${complaints.trim()}`)));
      child.once('close', () => clearTimeout(timer));
      child.stdio[3]?.once('data', () => clearTimeout(timer));
    });
    return {
      environment: { DISPLAY: `:${number}`, XAUTHORITY: xauthority },
      end: () => endProcess(child),
    };
  } catch (error) {
    await endProcess(child);
    throw error;
  }
}
