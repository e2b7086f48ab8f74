import { existsSync } from 'node:fs';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { requireOrSkip } from '../support/require-or-skip.js';
import type { Account } from './support/accounts.js';
import { checkout, type Host } from './support/host.js';
import { missingForCluster } from './support/missing.js';
import { type Running, until } from './support/run.js';
import { levelOf, sampleRate, tone, withoutSilence } from './support/tone.js';
import { useCluster } from './support/use-cluster.js';

const missing =
  missingForCluster ??
  (existsSync('/usr/bin/pulseaudio') && existsSync('/usr/bin/paplay')
    ? undefined
    : 'needs the packages pulseaudio and pulseaudio-utils (sh scripts/setup.sh test installs them)');

const ada: Account = { name: 'ada', password: 'correct horse' };
const ben: Account = { name: 'ben', password: 'battery staple' };
const format = `--raw --rate=${sampleRate} --channels=1 --format=s16le`;
/** What the session knows of it. */
const told = 'env | grep -e ^PULSE_SERVER -e ^LTSP_ALSA || echo none';
/** ms, on a busy machine. */
const patience = 80_000;
const play = `paplay ${format} /run/tone.raw`;

requireOrSkip(missing, 'The sound of a session', () => {
  const cluster = useCluster({
    servers: [
      { name: 's1' },
      { name: 's2', config: ['AllowStreamLocalForwarding no'] },
      { name: 's3', config: ['MaxSessions 1'] },
    ],
    accounts: [ada, ben],
  });
  const server = (name = 's1'): Host => cluster().server(name).host;

  beforeAll(async () => {
    const samples = tone(440, 2, 0.5).toString('base64');
    for (const { host } of cluster().servers) await host.sh('base64 -d >/run/tone.raw', { input: samples });
  });
  beforeEach(() => cluster().client.sh('rm -f /run/recorded.raw'));

  /** A desktop that is what this script does. */
  const session = async (
    script: string,
    { name = 's1', who = ada, env = {} }: { name?: string; who?: Account; env?: Readonly<Record<string, string>> } = {},
  ): Promise<Running> => {
    const path = `/run/xsession-${who.name}`;
    await server(name).write(path, `#!/bin/sh\n${script}\n`, 0o755);
    return cluster().startLdm(['login', '--user', who.name, '--password-file', '-', '--no-x11', '--server', name], {
      env: { SOUND: 'yes', LDM_XSESSION: path, ...env },
      input: `${who.password}\n`,
    });
  };
  /** The socket of the PulseAudio that ldm has started on the client. */
  const clientSocket = async (): Promise<string> => {
    let found = '';
    const look = async (): Promise<boolean> => {
      found = (await cluster().client.run(['sh', '-c', 'ls /run/ldm-sound-*/native'])).stdout.trim();
      return found !== '';
    };
    await until('PulseAudio on the client', look, patience);
    return found;
  };
  /** Records what comes out of the client for so long. */
  const record = async (socket: string, seconds: number): Promise<Buffer> => {
    const device = '--device=@DEFAULT_MONITOR@';
    await cluster().client.sh(
      `timeout ${seconds} parec --server=unix:${socket} --latency-msec=50 ${format} ${device} >/run/recorded.raw || true`,
    );
    return Buffer.from(await cluster().client.sh('base64 /run/recorded.raw'), 'base64');
  };
  const isPlaying = async (): Promise<boolean> => {
    const find = 'pactl --server=unix:"$(ls /run/ldm-sound-*/native)" list short sink-inputs';
    return (await cluster().client.run(['sh', '-c', find])).stdout !== '';
  };
  const sockets = () =>
    server().sh(`find /tmp /run '(' -path ${checkout} -o -path /run/checkout ')' -prune -o -name 'ldm-*' -print; true`);
  const services = async (): Promise<string[]> =>
    [...(await cluster().client.processes()).values()].filter((line) => line.includes('pulseaudio'));

  it('comes out of the client: a tone that paplay plays has its frequency and its level there', async () => {
    const login = await session(`pactl info >/dev/null; sleep 1; ${play}; echo code=$?`);
    const recorded = withoutSilence(await record(await clientSocket(), 5));
    const { stdout, stderr } = await login.done;
    expect(stderr).not.toContain('warn device');
    expect(stdout).toBe('code=0\n');
    expect(recorded.length / 2 / sampleRate).toBeGreaterThan(1.9);
    expect(recorded.length / 2 / sampleRate).toBeLessThan(2.2);
    expect(levelOf(440, recorded)).toBeCloseTo(0.5, 1);
    expect(levelOf(880, recorded)).toBeLessThan(0.01);
    expect(levelOf(466, recorded)).toBeLessThan(0.02);
  });

  it('leaves nothing behind: no socket on the server, no service and no folder on the client', async () => {
    const login = await session(
      'pactl info >/dev/null && echo "$PULSE_SERVER"; cd "$(dirname "$(echo "$PULSE_SERVER" | cut -c 6-)")"; ls -ld "$PWD" "$PWD"/*',
    );
    const { stdout, stderr } = await login.done;
    expect(stdout, stderr).toMatch(/^unix:\/tmp\/ldm-\w{16}\/sound\ndrwx------.* ada ada .*\nsrw-------.* ada ada /);
    await until('no socket', async () => (await sockets()) === '');
    expect(await services()).toEqual([]);
    expect(await cluster().client.sh('ls /run | grep ldm-sound || true')).toBe('');
  });

  it('leaves nothing behind when ldm is killed', async () => {
    const login = await session('pactl info >/dev/null; exec sleep 60');
    await clientSocket();
    login.signal('SIGKILL');
    await login.done;
    await until('no socket', async () => (await sockets()) === '', 20_000);
    await until('no service', async () => (await services()).length === 0);
    await cluster().client.sh('rm -rf /run/ldm-sound-*');
  });

  it('costs nothing where it is off', async () => {
    const login = await session(`${told}; sleep 1`, {
      env: { SOUND: 'no' },
    });
    await until('the session', () => login.stdout() !== '', patience);
    expect(await sockets()).toBe('');
    expect(await services()).toEqual([]);
    expect((await login.done).stdout).toBe('none\n');
  });

  it('starts no service before a program wants to play', async () => {
    const login = await session('echo "$PULSE_SERVER"; sleep 1');
    await until('the session', () => login.stdout() !== '', patience);
    expect(await services()).toEqual([]);
    await login.done;
  });

  it('is missing on a server that forbids it, and the session starts without it', async () => {
    const { stdout, stderr, code } = await (await session(told, { name: 's2' })).done;
    expect(code).toBe(0);
    expect(stdout).toBe('none\n');
    expect(stderr).toMatch(/warn device-failed device=sound server=s2 problem="the server forwards no socket"/);
  });

  it('gives way to the desktop on a server that allows one session alone', async () => {
    const { stdout, stderr, code } = await (await session(told, { name: 's3' })).done;
    expect(code, stderr).toBe(0);
    expect(stdout).toBe('none\n');
  });

  it('belongs to one session: two have their own, and nobody else on the server can connect', async () => {
    const first = await session('echo "$PULSE_SERVER"; pactl info >/dev/null; sleep 6');
    const second = await session('echo "$PULSE_SERVER"; pactl info >/dev/null; sleep 6', { who: ben });
    await until('both', () => first.stdout() !== '' && second.stdout() !== '', patience);
    const [ofAda, ofBen] = [first.stdout().trim(), second.stdout().trim()];
    expect(ofAda).not.toBe(ofBen);
    await until(
      'two services',
      async () => (await services()).filter((line) => !line.includes('setpriv')).length === 2,
      patience,
    );
    const asBen = ['setpriv', '--reuid', 'ben', '--regid', 'ben', '--clear-groups', 'env', `PULSE_SERVER=${ofAda}`];
    const tried = await server().run([...asBen, 'pactl', 'info']);
    expect(tried.code).not.toBe(0);
    expect(tried.stderr).toMatch(/Access denied|Connection refused|Permission denied/);
    await Promise.all([first.done, second.done]);
    await until('no socket', async () => (await sockets()) === '');
  });

  describe('the microphone', () => {
    const attempt = `timeout 5 parec --latency-msec=50 ${format} 2>&1 >/run/home/$(id -u)/heard.raw; stat -c %s /run/home/$(id -u)/heard.raw`;

    it('is not for the session without a setting, and other commands are refused too, and the log says so', async () => {
      const { stdout, stderr } = await (
        await session(`${attempt}\npactl load-module module-null-sink 2>&1; pactl exit 2>&1; ${play} && echo played`)
      ).done;
      expect(stdout).toMatch(/Access denied\n0\n/);
      expect(stdout).toMatch(/Failure: Access denied\n/);
      expect(stdout).toMatch(/played\n$/);
      expect(stderr).toContain('sound-refused what=recording');
      expect(stderr).toContain('sound-refused what=command');
    });

    it('is for the session with it', async () => {
      const { stdout, stderr } = await (await session(attempt, { env: { LDM_MICROPHONE: 'yes' } })).done;
      expect(Number(stdout.trim().split('\n').at(-1)), stdout + stderr).toBeGreaterThan(sampleRate);
    });
  });

  it('ends when the service dies, the session goes on, and later programs find a new one', async () => {
    const login = await session(`${play}; echo first=$?; sleep 6; ${play}; echo second=$?; echo goes on`);
    await until('it plays', () => isPlaying(), patience);
    await cluster().client.sh('pkill -KILL -x pulseaudio');
    const { stdout, code } = await login.done;
    expect(stdout).toMatch(/^first=1\nsecond=0\ngoes on\n$/);
    expect(code).toBe(0);
  });

  it('does not hold up the session where the service stands still', async () => {
    const login = await session(
      `pactl info >/dev/null; echo ready; ${play} & sleep 1; head -c 20000000 /dev/zero | tr '\\0' x; echo; kill %1; echo goes on`,
    );
    await until('the session', () => login.stdout().startsWith('ready'), patience);
    await cluster().client.sh('pkill -STOP -x pulseaudio');
    const { stdout, code, ms } = await login.done;
    expect(code).toBe(0);
    expect(stdout.endsWith('goes on\n')).toBe(true);
    expect(ms).toBeLessThan(20_000);
  });

  it('does not hold up the session where the line is full', async () => {
    // Less than the tone needs, with two channels.
    await server().sh('tc qdisc add dev eth0 root tbf rate 1mbit burst 16kb latency 300ms');
    try {
      const wide = play.replace('--channels=1', '--channels=2');
      const login = await session(
        `pactl info >/dev/null; ${wide} & for i in $(seq 40); do date +t%s%3N; sleep 0.1; done; kill $!`,
      );
      const delays: number[] = [];
      let isOver = false;
      void login.done.then(() => {
        isOver = true;
      });
      while (!isOver) {
        const told = [...login.stdout().matchAll(/^t(\d{13})$/gm)];
        for (const [, ms] of told.slice(delays.length)) delays.push(Date.now() - Number(ms));
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      expect(delays).toHaveLength(40);
      expect(Math.max(...delays)).toBeLessThan(5_000);
    } finally {
      await server().sh('tc qdisc del dev eth0 root');
    }
  });
});
