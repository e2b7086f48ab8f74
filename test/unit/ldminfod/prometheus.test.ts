import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLog } from '../../../src/ldminfod/log.js';
import { prometheusText, withPrometheusFile, writeIntervalMs } from '../../../src/ldminfod/prometheus.js';
import type { ServerInfo } from '../../../src/protocol/info-service.js';
import { serverInfo } from '../../support/server-info.js';

const info = serverInfo();

describe('the file for Prometheus', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ldminfod-prometheus-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('has every number of an answer in the text exposition format', () => {
    const text = prometheusText(3, info, 1_000);
    expect(text.endsWith('\n')).toBe(true);
    for (const line of text.trimEnd().split('\n')) {
      expect(line).toMatch(/^(# HELP ldminfod_\w+ .+|# TYPE ldminfod_\w+ (counter|gauge)|ldminfod_\w+ \d+)$/);
    }
    const samples = text.split('\n').filter((line) => /^ldminfod/.test(line));
    expect(samples).toEqual([
      'ldminfod_answers_total 3',
      'ldminfod_rating 70',
      'ldminfod_sessions 16',
      'ldminfod_pending 2',
      'ldminfod_capacity 60',
      'ldminfod_draining 0',
      'ldminfod_ssh_up 1',
      'ldminfod_answered_timestamp_seconds 1000',
    ]);
  });

  it('leaves out what the server does not know, and tells of draining and of a missing sshd', () => {
    const text = prometheusText(1, { ...info, rating: 0, pending: null, draining: true, sshDown: true }, 1);
    expect(text.split('\n').filter((line) => !/^(# |$)/.test(line))).toHaveLength(7);
    expect(text).not.toContain('pending');
    expect(text).toMatch(/^(.* ldminfod_.*\n|ldminfod_.*\n)*$/);
    expect(text).toContain('\nldminfod_draining 1\n');
    expect(text).toContain('\nldminfod_ssh_up 0\n');
  });

  it('is written with an answer, at most every 10 s, and whole', () => {
    const file = join(folder, 'ldminfod.prom');
    let time = 0;
    const told: ServerInfo[] = [];
    const log = createLog(
      () => {},
      () => time,
    );
    const counted = withPrometheusFile(
      (send) => send(info),
      file,
      () => time,
      log,
    );
    expect(existsSync(file)).toBe(false);
    const ask = (): void => counted((one) => told.push(one));
    ask();
    time = writeIntervalMs - 1;
    ask();
    expect(readFileSync(file, 'utf8')).toContain('\nldminfod_answers_total 1\n');
    time = writeIntervalMs;
    ask();
    expect(readFileSync(file, 'utf8')).toContain('\nldminfod_answered_timestamp_seconds 10\n');
    expect(readFileSync(file, 'utf8')).toContain('\nldminfod_answers_total 3\n');
    expect(told).toEqual([info, info, info]);
    expect(readdirSync(folder)).toEqual(['ldminfod.prom']);
  });

  it('that cannot be written keeps nobody from an answer, and is logged', () => {
    const lines: string[] = [];
    const log = createLog(
      (line) => lines.push(line),
      () => 0,
    );
    const told: ServerInfo[] = [];
    withPrometheusFile(
      (send) => send(info),
      join(folder, 'missing/file'),
      () => 0,
      log,
    )((one) => told.push(one));
    expect(told).toEqual([info]);
    expect(lines).toEqual([expect.stringContaining('prometheus-file-not-written')]);
  });
});
