import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** What came of one fault. */
export interface FaultRow {
  readonly fault: string;
  /** What the user got or read. */
  readonly outcome: string;
  readonly ms: number;
}

const intro = `# What happens when something fails

Made by \`LDM_FAULT_TABLE=docs/faults.md npx vitest run --config vitest.cluster.config.ts test/cluster/faults\`, on real
sshd servers in network namespaces. Times are from the start of \`ldm login\` to its end.
`;

/** Writes the rows as Markdown into the file that LDM_FAULT_TABLE names; without it, nowhere. */
export function writeFaultTable(tables: Readonly<Record<string, readonly FaultRow[]>>): void {
  const file = process.env.LDM_FAULT_TABLE;
  if (file === undefined) return;
  const text = Object.entries(tables).map(([title, rows]) =>
    [
      `\n## ${title}\n\n| fault | outcome | time |\n|---|---|---|`,
      ...rows.map(({ fault, outcome, ms }) => `| ${fault} | ${outcome} | ${(ms / 1_000).toFixed(1)} s |`),
      '',
    ].join('\n'),
  );
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, intro + text.join(''));
}
