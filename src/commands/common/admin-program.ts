import { trustProgram } from '../../shared/programs/program-trust.js';
import { runProgram } from '../../shared/programs/run-program.js';

const adminRun = { children: 'free', stderr: { maxBytes: 500, part: 'last' } } as const;

/**
 * Runs a program that the settings name to its end, without a shell. It goes on when `ldm` ends.
 * @returns the last it wrote on standard error, or how it failed; undefined where it ended with exit code 0
 */
export async function runAdminProgram([file = '', ...args]: readonly string[]): Promise<string | undefined> {
  const trust = trustProgram(file, process.getuid?.() ?? 0, process.env.PATH);
  if (trust.kind === 'distrusted') return trust.reason;
  const end = await runProgram(trust.path, args, adminRun);
  return end.problem === undefined ? undefined : end.stderr.trim() || end.problem;
}
