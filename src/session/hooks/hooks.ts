import type { Log } from '../../shared/log/log.js';
import { trustProgram } from '../../shared/programs/program-trust.js';
import { type ProgramEnd, runProgram } from '../../shared/programs/run-program.js';
import { findHooks, type HookFile, type HookPhase } from './files.js';

/** The result of the hooks of a phase. */
export interface HookResult {
  /** The message of the hook that refuses the login; only phases P and S can refuse. */
  readonly refusal: string | undefined;
  /** Additional environment variables of the session; only phase X gives them. */
  readonly environment: Readonly<Record<string, string>>;
}

/** The administrator's programs at the stages of a login. */
export interface Hooks {
  /** Whether any phase of a login has a hook. */
  readonly areThere: boolean;
  /** Runs the hooks of a phase, one after the other. Never throws. */
  run(phase: HookPhase, environment: Readonly<Record<string, string>>, signal: AbortSignal): Promise<HookResult>;
}

export interface HookDependencies {
  readonly folders: readonly string[];
  readonly timeoutMs: number;
  /** The environment of every hook. */
  readonly environment: Readonly<Record<string, string>>;
  /** Of this process. */
  readonly uid: number;
  readonly log: Log;
}

/** A hook inherits nothing, and what it leaves running goes on. */
const hookRun = {
  children: 'free',
  stdout: { maxBytes: 65_536, part: 'first' },
  stderr: { maxBytes: 4_000, part: 'first' },
  directory: '/',
} as const;

/** The PATH of the classic LDM. The directory of `ldm` comes after it, so that a hook can call `ldm`. */
const systemPath = '/sbin:/bin:/usr/sbin:/usr/bin';

export function createHooks({ folders, timeoutMs, environment, uid, log }: HookDependencies): Hooks {
  const phases: readonly HookPhase[] = ['P', 'S', 'X', 'K'];
  return {
    areThere: phases.some((phase) => findHooks(phase, folders).length > 0),
    async run(phase, more, signal) {
      let given: Record<string, string> = {};
      for (const hook of trusted(findHooks(phase, folders), uid, log)) {
        if (signal.aborted) break;
        const began = performance.now();
        const run = { ...hookRun, environment: { ...environment, ...more }, timeoutMs, signal };
        const end = await runProgram(hook.path, [], run);
        report(log, hook, end, Math.round(performance.now() - began));
        const message = end.stderr.trim();
        const hasFailed = end.kind === 'exited' && end.code !== 0;
        if ((phase === 'P' || phase === 'S') && hasFailed && message !== '') {
          return { refusal: message, environment: given };
        }
        if (phase === 'X' && end.problem === undefined) given = { ...given, ...readAssignments(end.stdout) };
      }
      return { refusal: undefined, environment: given };
    },
  };
}

/**
 * The environment of every hook: the administrator's settings, the PATH of the classic LDM, and this client's address.
 * @param variables of the settings, without secrets
 * @param ownFolder where `ldm` is
 */
export function hookEnvironment(
  variables: Readonly<Record<string, string>>,
  ownFolder: string,
  address: string | null,
): Record<string, string> {
  return { ...variables, PATH: `${systemPath}:${ownFolder}`, ...(address !== null && { LDMINFO_IPADDR: address }) };
}

/** NAME=VALUE, but for variables that would change how the session itself starts. */
const assignment = /^(?!(?:IFS|ENV|BASH_ENV)=|LD_)[A-Za-z_][A-Za-z0-9_]{0,99}=\P{Cc}*$/u;

/** The assignments that a hook of phase X prints, one a line. Other lines are left out. */
export function readAssignments(output: string): Record<string, string> {
  const lines = output.split('\n').filter((line) => assignment.test(line));
  return Object.fromEntries(
    lines.map((line) => {
      const end = line.indexOf('=');
      return [line.slice(0, end), line.slice(end + 1)];
    }),
  );
}

function trusted(hooks: readonly HookFile[], uid: number, log: Log): readonly HookFile[] {
  return hooks.flatMap(({ name, path }) => {
    const trust = trustProgram(path, uid);
    if (trust.kind === 'trusted') return [{ name, path: trust.path }];
    log.error('hook-not-trusted', { hook: name, path, problem: trust.reason });
    return [];
  });
}

function report(log: Log, { name }: HookFile, end: ProgramEnd, ms: number): void {
  const said = end.stderr.trim() || undefined;
  if (end.problem === undefined) log.info('hook-finished', { hook: name, ms, said });
  else if (end.kind === 'exited') log.warn('hook-exit-code', { hook: name, ms, code: end.code, said });
  else log.error('hook-failed', { hook: name, ms, problem: end.problem, said });
}
