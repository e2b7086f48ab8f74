import { hostname } from 'node:os';
import { guestAccountProblem } from '../../greeter/guest-account.js';
import { userNameProblemText } from '../../login/sentences/user-name.js';
import { etcdAccess, UnreadableFileError } from '../../servers/discovery/etcd-access.js';
import { placeText, type SettingsProblem } from '../../settings/problem.js';
import type { Settings } from '../../settings/settings.js';
import type { Log } from '../../shared/log/log.js';
import { trustProgram } from '../../shared/programs/program-trust.js';

/** The number of problems that are logged individually: a broken file may have thousands. */
const maxLogged = 50;

/** The problems of the settings, and of the files and programs that they name on this client. */
export function problemsOf(settings: Settings): readonly SettingsProblem[] {
  return [...settings.problems, ...etcdProblems(settings), ...getHostsProblems(settings), ...accountProblems(settings)];
}

/** Whether there is anything to fix. */
export function needsRepair(problems: readonly SettingsProblem[]): boolean {
  return problems.some(({ severity }) => severity === 'warning');
}

export function logProblems(problems: readonly SettingsProblem[], log: Log): void {
  for (const { severity, variable, origin, text } of problems.slice(0, maxLogged)) {
    const details = { at: origin === undefined ? undefined : placeText(origin), variable, problem: text };
    if (severity === 'warning') log.warn('setting-problem', details);
    else log.info('setting-note', details);
  }
  if (problems.length > maxLogged) log.warn('more-setting-problems', { more: problems.length - maxLogged });
}

function etcdProblems(settings: Settings): SettingsProblem[] {
  try {
    etcdAccess(settings);
    return [];
  } catch (error) {
    if (!(error instanceof UnreadableFileError)) throw error;
    const source = settings.sources[error.key];
    const origin = source.kind === 'default' ? undefined : source.origin;
    const text = `${error.message}; etcd is not asked`;
    return [{ code: 'unusable-file', severity: 'warning', variable: error.variable, value: error.file, origin, text }];
  }
}

function getHostsProblems({ getHosts, sources }: Settings): SettingsProblem[] {
  if (getHosts === undefined || sources.getHosts.kind === 'default') return [];
  const trust = trustProgram(getHosts, process.getuid?.() ?? 0);
  if (trust.kind === 'trusted') return [];
  const about = { variable: 'LDM_GET_HOSTS', value: getHosts, origin: sources.getHosts.origin };
  return [{ code: 'unusable-file', severity: 'warning', ...about, text: `LDM_GET_HOSTS: ${trust.reason}` }];
}

function accountProblems(settings: Settings): SettingsProblem[] {
  const problem = guestAccountProblem(settings, hostname());
  if (problem === undefined) return [];
  const source = [settings.sources.hostToUserName, settings.sources.accountName].find(({ kind }) => kind !== 'default');
  const origin = source === undefined || source.kind === 'default' ? undefined : source.origin;
  const text = `there is no guest or automatic login: ${userNameProblemText(problem)}`;
  return [{ code: 'unusable-account', severity: 'warning', variable: 'LDM_USERNAME', origin, text }];
}
