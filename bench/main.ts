import { parseArgs } from 'node:util';
import { loginRows } from './login.js';
import { isReached, machine, type Row, tableOf } from './report.js';
import { startRows } from './start.js';
import { surveyRows } from './survey.js';
import { x11Rows } from './x11.js';

const help = `usage: npm run bench -- [--runs N] [--only PART[,PART...]] [--strict]
Parts: login, start, x11, table, ldminfod. As root; everything happens in namespaces of its own.
--runs N    measurements of each side (default 7)
--strict    exit code 1 where a number is not reached
`;

const parts: ReadonlyMap<string, (runs: number) => Promise<Row[]>> = new Map([
  ['login', loginRows],
  ['start', startRows],
  ['x11', x11Rows],
  ['table', surveyRows],
]);

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '7' },
      only: { type: 'string' },
      strict: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const wanted = values.only?.split(',') ?? [...parts.keys()];
  const rows: Row[] = [];
  for (const name of wanted) {
    const part = parts.get(name);
    if (part === undefined) {
      process.stderr.write(`bench: no part ${name}\n${help}`);
      return 64;
    }
    process.stderr.write(`bench: ${name}\n`);
    rows.push(...(await part(Number(values.runs))));
  }
  process.stdout.write(`${machine()}\n\n${tableOf(rows)}\n`);
  return values.strict && rows.some((row) => isReached(row) === false) ? 1 : 0;
}

process.exitCode = await main();
