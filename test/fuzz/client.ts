import { logIn } from '../../src/login/login.js';
import { createLog } from '../../src/shared/log/log.js';
import { Secret } from '../../src/shared/secret.js';
import { loginDependenciesFor } from '../unit/support/login-dependencies.js';
import type { Report, Task } from './task.js';

/** The login itself, in a process that may be stopped, filled or ended by what it is told: one task after the other. */
process.on('message', (task: Task) => {
  void carryOut(task).then((report) => process.send?.(report));
});

async function carryOut({ port, knownHost, isAnswered, cancelAfterMs }: Task): Promise<Report> {
  const began = performance.now();
  const cpu = process.cpuUsage();
  let logBytes = 0;
  const log = createLog(7, (text) => {
    logBytes += text.length;
  });
  const settings = { LDM_SERVER: `127.0.0.1:${port}`, LDM_CONNECT_TIMEOUT: '0.5', LDM_PROBE_TIMEOUT: '0.5' };
  const dependencies = loginDependenciesFor(settings, [knownHost], log);
  const cancel = new AbortController();
  let toldBytes = 0;
  let session: { close(): void } | undefined;
  let cancelledAt: number | undefined;
  const timer = setTimeout(() => {
    cancelledAt = performance.now();
    cancel.abort();
    session?.close();
  }, cancelAfterMs);
  const outcome = await logIn(
    {
      user: 'anna',
      password: new Secret('secret'),
      choice: { mode: 'automatic' },
      command: { line: 'true', input: 'a line of the script\n'.repeat(200) },
      startWithinMs: 1_000,
    },
    dependencies,
    {
      tell(news) {
        if (news.kind === 'server-message') toldBytes += news.text.length;
      },
      mayGoOn: async () => true,
      ask: (_server, _prompt, withdrawn) =>
        new Promise((resolve, reject) => {
          if (isAnswered) setImmediate(() => resolve(new Secret('answer')));
          const giveUp = (): void => reject(new Error('given up'));
          withdrawn.addEventListener('abort', giveUp);
          cancel.signal.addEventListener('abort', giveUp);
        }),
    },
    cancel.signal,
  );
  let end = '';
  if (outcome.kind === 'started') {
    session = outcome.session;
    if (cancel.signal.aborted) session.close();
    outcome.session.channel.resume();
    outcome.session.channel.stderr.resume();
    end = (await outcome.session.ended).kind;
  }
  clearTimeout(timer);
  const { user, system } = process.cpuUsage(cpu);
  const code = outcome.kind === 'none-left' ? (outcome.failures[0]?.code ?? 'nothing') : end;
  return {
    outcome: `${outcome.kind} ${code}`,
    ms: performance.now() - began,
    cancelMs: cancelledAt === undefined ? 0 : performance.now() - cancelledAt,
    cpuMs: (user + system) / 1_000,
    logBytes,
    toldBytes,
  };
}
