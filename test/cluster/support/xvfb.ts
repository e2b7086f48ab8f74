import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Programs of which the machine lacks some, in words for `requireOrSkip`; undefined when all are there. */
export function missingPrograms(...programs: readonly string[]): string | undefined {
  const missing = programs.filter((program) => {
    try {
      execFileSync('sh', ['-c', `command -v "$0"`, program], { stdio: 'ignore' });
      return false;
    } catch {
      return true;
    }
  });
  return missing.length > 0 ? `${missing.join(', ')} not installed` : undefined;
}

export interface Xvfb {
  /** `:N` */
  readonly display: string;
  /** The Xauthority file that opens it. */
  readonly xauthority: string;
  /** In hex; undefined where anybody is let in. */
  readonly cookie: string | undefined;
  end(): void;
}

/** A virtual X server on a free display number, which lets in who shows its cookie, or anybody. */
export async function startXvfb({ access = 'cookie' }: { access?: 'cookie' | 'anybody' } = {}): Promise<Xvfb> {
  const folder = mkdtempSync(join(tmpdir(), 'ldm-xvfb-'));
  const xauthority = join(folder, 'authority');
  const cookie = randomBytes(16).toString('hex');
  execFileSync('xauth', ['-q', '-f', xauthority, 'add', ':0', '.', cookie], { stdio: 'pipe' });
  const arguments_ = ['-displayfd', '3', '-nolisten', 'tcp', '-noreset', '-screen', '0', '1024x768x24'];
  const allowed = access === 'cookie' ? ['-auth', xauthority] : ['-ac'];
  const server = spawn('Xvfb', [...arguments_, ...allowed], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  const end = (): void => {
    server.kill();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const number = await new Promise<string>((resolve, reject) => {
      let told = '';
      server.stdio[3]?.on('data', (chunk: Buffer) => {
        told += chunk.toString();
        if (told.endsWith('\n')) resolve(told.trim());
      });
      server.once('error', reject);
      server.once('exit', (code) => reject(new Error(`Xvfb ended with code ${code}`)));
    });
    const display = `:${number}`;
    if (number !== '0') execFileSync('xauth', ['-q', '-f', xauthority, 'add', display, '.', cookie], { stdio: 'pipe' });
    return { display, xauthority, cookie: access === 'cookie' ? cookie : undefined, end };
  } catch (error) {
    end();
    throw error;
  }
}
