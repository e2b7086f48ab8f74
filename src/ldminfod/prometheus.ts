import type { ServerInfo } from '../protocol/info-service.js';
import { errorCode } from '../shared/errors.js';
import { writeAtomically } from '../shared/files/atomic-file.js';
import type { Log } from './log.js';
import type { InfoSource } from './snapshot.js';

/** ms between two updates of the file. */
export const writeIntervalMs = 10_000;

/**
 * Prometheus' text exposition format 0.0.4, as node_exporter's textfile collector reads it. Values that are not known
 * are left out.
 * @param answers number of answers since the start
 * @param info the latest answer
 * @param seconds time of that answer, since 1970
 */
export function prometheusText(answers: number, info: ServerInfo, seconds: number): string {
  const sample = (name: string, type: 'counter' | 'gauge', help: string, value: number | null): string =>
    value === null
      ? ''
      : `# HELP ldminfod_${name} ${help}\n# TYPE ldminfod_${name} ${type}\nldminfod_${name} ${value}\n`;
  return [
    sample('answers_total', 'counter', 'Answers given since the start.', answers),
    sample('rating', 'gauge', 'Room for one more user, 0 (no logins) to 100 (idle).', info.rating),
    sample('sessions', 'gauge', 'Running sessions.', info.running),
    sample('pending', 'gauge', 'Logins in progress.', info.pending),
    sample('capacity', 'gauge', 'Maximum number of sessions.', info.capacity),
    sample('draining', 'gauge', '1 while the server takes no new logins.', info.draining ? 1 : 0),
    sample('ssh_up', 'gauge', '0 where nothing listens on the ssh port.', info.sshDown ? 0 : 1),
    sample('answered_timestamp_seconds', 'gauge', 'Time of the latest answer.', seconds),
  ].join('');
}

/**
 * Writes the file when an answer is given, at most every 10 s, so an idle server does nothing. The file is replaced as a
 * whole, so a reader never sees half of it. A write error is logged, at most once a minute.
 * @param now ms since 1970
 */
export function withPrometheusFile(source: InfoSource, file: string, now: () => number, log: Log): InfoSource {
  let answers = 0;
  let writtenAt = Number.NEGATIVE_INFINITY;
  return (receive) =>
    source((info) => {
      receive(info);
      answers += 1;
      if (now() - writtenAt < writeIntervalMs) return;
      writtenAt = now();
      try {
        writeAtomically(file, prometheusText(answers, info, Math.round(writtenAt / 1_000)), { mode: 0o644 });
      } catch (error) {
        log.warnRarely('prometheus-file-not-written', {
          file,
          code: errorCode(error) ?? 'unknown',
        });
      }
    });
}
