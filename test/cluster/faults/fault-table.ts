import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { dirname } from 'node:path';
import type { Outcome } from '../support/run.js';

/** What came of one fault. */
export interface FaultRow {
  readonly fault: string;
  /** What the user got or read. */
  readonly outcome: string;
  readonly ms: number;
}

/** The parts of the table, in its order. Each is filled by one test file, which may run alone. */
const titles = {
  first: 'The first server of two has it',
  alone:
    'The only server has it (LDM_CONNECT_TIMEOUT=3, on the slow line 10, on the lossy one 30; LDM_PROBE_TIMEOUT=1)',
  later: 'During sign-in and session',
  slow: 'The server takes its time over the sign-in, or its user does',
  silence: 'The server of a session falls silent, and answers again or not (`ldm login`)',
  frozen: 'The server of a desktop falls silent (`ldm greeter`)',
  surroundings: 'What both ends stand on has it: names, disks, clocks',
  windows: 'The login screen (`ldm greeter`)',
} as const;
export type Section = keyof typeof titles;

const intro = `# What happens when something fails

Made by \`LDM_FAULT_TABLE=docs/faults.md npx vitest run --config vitest.cluster.config.ts test/cluster/faults\`, on real
sshd servers in network namespaces. Times are from the start of \`ldm login\` to its end; of what befalls a login screen
or a session, from the fault to what the user sees of it. Where the load was above the number of processors, the machine
was busy with other things beside, and times are longer than they need be.
`;

/** Writes rows into the file that LDM_FAULT_TABLE names, in the place of their sections'; without it, nowhere. */
export function writeFaultTable(sections: Readonly<Partial<Record<Section, readonly FaultRow[]>>>): void {
  const file = process.env.LDM_FAULT_TABLE;
  if (file === undefined) return;
  const before = existsSync(file) ? readFileSync(file, 'utf8').split(/^(?=## )/m) : [];
  const isSection = (value: string): value is Section => Object.hasOwn(titles, value);
  const texts = Object.keys(titles)
    .filter(isSection)
    .map((section) => {
      const heading = `## ${titles[section]}\n`;
      const rows = sections[section];
      return rows === undefined ? before.find((part) => part.startsWith(heading))?.trimEnd() : table(heading, rows);
    })
    .filter((text) => text !== undefined);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, [intro, ...texts.map((text) => `${text}\n`)].join('\n'));
}

function table(heading: string, rows: readonly FaultRow[]): string {
  const lines = rows.map(({ fault, outcome, ms }) => `| ${fault} | ${outcome} | ${(ms / 1_000).toFixed(1)} s |`);
  // Times are only as good as the machine was free.
  const context = `${availableParallelism()} processors, load ${loadavg()[0]?.toFixed(1)}.`;
  return [heading, `${context}\n`, '| fault | outcome | time |', '|---|---|---|', ...lines].join('\n');
}

/** What the user got or read of `ldm login`, with `hostname` as its command. */
export function inWords({ code, stdout, stderr }: Outcome): string {
  if (code === 0) return `logged in on ${stdout.trim()}`;
  const reason = [...stderr.matchAll(/^ +(\S+: .*)$/gm)].at(-1)?.[1];
  return `code ${code}, ${reason === undefined ? lastLine(stderr) : `"${reason}"`}`;
}

/** What `ldm` said last, in quotes. */
export function lastLine(stderr: string): string {
  return `"${stderr.trimEnd().split('\n').at(-1) ?? ''}"`;
}
