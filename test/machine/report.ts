/** What each step of an evening took and how it ended: said at once, and written to docs/machine-report.md at the end of a whole one. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { checkout } from '../cluster/support/host.js';
import { type Picture, toPng } from './picture.js';
import type { Machine } from './qemu.js';

const pictures = join(checkout, 'screenshots/machine');

export interface Step {
  readonly name: string;
  readonly seconds: number;
  readonly isDone: boolean;
  /** What was seen. */
  readonly seen: readonly string[];
}

export class Report {
  readonly #steps: Step[] = [];
  #seen: string[] = [];

  /** Runs a step and notes it. @throws what it throws */
  async step(name: string, run: () => Promise<void>): Promise<void> {
    const began = performance.now();
    this.#seen = [];
    let isDone = false;
    try {
      await run();
      isDone = true;
    } finally {
      const step = { name, seconds: (performance.now() - began) / 1_000, isDone, seen: this.#seen };
      this.#steps.push(step);
      console.info(
        [`${time(step.seconds)}  ${isDone ? 'ok    ' : 'FAILED'}  ${name}`, ...step.seen].join('\n          '),
      );
    }
  }

  /** Notes something that was seen in the step that runs. */
  saw(what: string): void {
    this.#seen.push(what);
  }

  /** Saves a picture in screenshots/. */
  keep(name: string, picture: Picture): void {
    mkdirSync(pictures, { recursive: true });
    writeFileSync(join(pictures, `${name}.png`), toPng(picture));
  }

  /** What the machine noted since its start, beside the pictures. */
  async keepJournal({ guest }: Machine): Promise<void> {
    const journal = await guest.sh('journalctl --boot --no-pager');
    writeFileSync(join(pictures, 'journal.txt'), journal);
  }

  /** @param about lines on what it was run with */
  write(about: readonly string[]): void {
    const rows = this.#steps.flatMap(({ name, seconds, isDone, seen }) => [
      `| ${name} | ${isDone ? 'as it should' : '**failed**'} | ${time(seconds).trim()} | ${seen.join('; ')} |`,
    ]);
    const text = [
      '# An evening on a real machine: the last report',
      '',
      'Written by `npm run test:machine`. A Debian 13 client in QEMU with its own kernel and Xorg, two Debian 13 servers with',
      'systemd and Xfce in namespaces. The packages were built on Debian 13 and installed as `docs/small-cluster.md` says.',
      'Without KVM everything inside takes 15 to 20 times as long as on hardware: the times are no benchmark.',
      '',
      ...about.map((line) => `- ${line}`),
      `- ${cpus().length} processors (${cpus()[0]?.model.trim()})`,
      '',
      '| step | outcome | time | seen |',
      '|---|---|---|---|',
      ...rows,
      '',
      'A desktop whose server does not answer, after Ctrl, Alt and Shift have given the window the keyboard:',
      '',
      '![The server app2 is not answering](pictures/server-lost.png)',
      '',
    ];
    writeFileSync(join(checkout, 'docs/machine-report.md'), text.join('\n'));
  }
}

const time = (seconds: number): string => `${seconds.toFixed(1)} s`.padStart(8);
