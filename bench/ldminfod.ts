/**
 * Queries per second: ldminfod against a script that is forked for each query, as inetd runs the classic one. Both answer
 * the same generator in turns of one run, so that the ratio is valid on any machine. Then 1,400 clients at once.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Side } from './measure.js';
import type { Row } from './report.js';

const turnMs = 3_000;
const turns = 3;
const atOnce = 16;
const burst = 1_400;
const bursts = 5;
const wanted = { ratio: 50, burstMs: 1_000 };
const sessions = 4;

/**
 * The work of the classic service for one answer, with the same number of processes: `locale -a`; `which` for each session,
 * twice, since it lists them twice; the load; the memory.
 */
const classicScript = `
import glob, os, subprocess
def run(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.decode()
lang = os.environ.get("LANG", "").replace("UTF8", "UTF-8")
print("language:" + lang)
for locale in sorted(run("locale", "-a").split()):
    if locale.endswith(".utf8") and locale not in ("C", "POSIX"):
        print("language:" + locale.replace(".utf8", ".UTF-8"))
for named in (False, True):
    for name in glob.glob(os.path.join(os.environ["SESSIONS"], "*.desktop")):
        values = dict(line.strip().split("=", 1) for line in open(name) if "=" in line)
        if values.get("Hidden") == "true" or not run("which", values["TryExec"]):
            continue
        print(("session-with-name:" + values["Name"] + ":" if named else "session:") + values["Exec"])
print("xsession:/etc/X11/Xsession")
memory = dict(line.split()[:2] for line in open("/proc/meminfo"))
total = int(memory["MemTotal:"])
used = total - int(memory["MemFree:"]) - int(memory["Buffers:"]) - int(memory["Cached:"])
load = float(open("/proc/loadavg").read().split()[2])
print("rating:%d" % max(0, 100 - int(50 * load / 8 + 50 * used / total)))
`;

/** Like inetd: accepts a connection, forks, and makes it the standard output of the program. */
const inetd = `
use Socket;
socket(my $listener, PF_INET, SOCK_STREAM, 0) or die;
bind($listener, pack_sockaddr_in(0, inet_aton("127.0.0.1"))) and listen($listener, 4096) or die;
$| = 1; my ($port) = unpack_sockaddr_in(getsockname($listener)); print "$port\\n";
$SIG{CHLD} = "IGNORE";
while (1) {
  accept(my $client, $listener) or next;
  if (!fork) { open(STDIN, "<&", $client); open(STDOUT, ">&", $client); exec @ARGV; exit 1 }
  close $client;
}
`;

interface Contender {
  readonly name: string;
  readonly port: number;
  readonly process: ChildProcess;
}

/** Starts a program and reads its port from its output. */
function startContender(name: string, command: readonly string[], environment: NodeJS.ProcessEnv): Promise<Contender> {
  const [program = '', ...args] = command;
  const child = spawn(program, args, { env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  return new Promise((resolve, reject) => {
    let said = '';
    const listen = (text: Buffer): void => {
      said += text.toString();
      const port = /(?:^|port=)(\d+)\n/.exec(said)?.[1];
      if (port !== undefined) resolve({ name, port: Number(port), process: child });
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${name} ended with code ${code}: ${said}`)));
  });
}

/** One query. @returns ms from its start to the end of the answer */
function query(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    let answer = '';
    const socket = connect({ host: '127.0.0.1', port });
    socket.setEncoding('utf8').on('data', (text: string) => {
      answer += text;
    });
    socket.on('error', reject).on('end', () => {
      socket.destroy();
      if (/^rating:\d+$/m.test(answer)) resolve(performance.now() - began);
      else reject(new Error(`no answer: ${JSON.stringify(answer)}`));
    });
  });
}

/** Runs `atOnce` parallel queries for a turn. @returns answers per second */
async function measureTurn(port: number): Promise<number> {
  const began = performance.now();
  let answers = 0;
  const asker = async (): Promise<void> => {
    while (performance.now() - began < turnMs) {
      await query(port);
      answers += 1;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, asker));
  return answers / ((performance.now() - began) / 1_000);
}

/** Answers per second, and the time until the last answer of a burst. */
export async function ldminfodRows(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-ldminfod-'));
  const started: ChildProcess[] = [];
  try {
    for (let number = 0; number < sessions; number += 1) {
      const lines = ['[Desktop Entry]', `Name=Session ${number}`, 'Exec=/bin/sh', 'TryExec=sh', ''];
      writeFileSync(join(folder, `${number}.desktop`), lines.join('\n'));
    }
    const script = join(folder, 'classic.py');
    writeFileSync(script, classicScript);
    writeFileSync(join(folder, 'empty.conf'), '');
    // Not the wrapper of a version manager, which would take longer than the script.
    const python = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();
    const forked = await startContender('script forked per query', ['perl', '-e', inetd, python, '-S', script], {
      SESSIONS: folder,
      LANG: 'C.UTF-8',
    });
    started.push(forked.process);
    const options = [
      '--config',
      join(folder, 'empty.conf'),
      '--listen',
      '127.0.0.1',
      '--port',
      '0',
      '--xsessions',
      folder,
    ];
    const ours = await startContender('ldminfod', ['bin/ldminfod', ...options], {});
    started.push(ours.process);

    const rates = new Map<Contender, number[]>([
      [forked, []],
      [ours, []],
    ]);
    for (let turn = 0; turn < turns; turn += 1) {
      for (const [contender, measured] of rates) measured.push(await measureTurn(contender.port));
    }
    const slowest: number[] = [];
    for (let round = 0; round < bursts; round += 1) {
      slowest.push(Math.max(...(await Promise.all(Array.from({ length: burst }, () => query(ours.port))))));
    }
    const pid = ours.process.pid ?? 0;
    const memory = Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024;
    const side = ({ name }: Contender, values: readonly number[] = []): Side => ({ name, values });
    return [
      {
        what: 'ldminfod: queries answered',
        unit: 'a second',
        ours: side(ours, rates.get(ours)),
        other: side(forked, rates.get(forked)),
        wanted: { ratio: 'at least', limit: wanted.ratio },
      },
      {
        what: `ldminfod: ${burst} clients at once, until the last is answered`,
        unit: 'ms',
        ours: side(ours, slowest),
        wanted: { value: 'at most', limit: wanted.burstMs },
        note: `most memory it had: ${memory.toFixed(0)} MB`,
      },
    ];
  } finally {
    for (const child of started) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}
