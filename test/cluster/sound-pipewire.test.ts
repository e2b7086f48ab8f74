import { existsSync } from 'node:fs';
import { beforeAll, expect, it } from 'vitest';
import { requireOrSkip } from '../support/require-or-skip.js';
import { ada } from './support/cluster.js';
import type { Host } from './support/host.js';
import { missingForCluster } from './support/missing.js';
import { until } from './support/run.js';
import { loudestLevelOf, sampleRate, tone, wave } from './support/tone.js';
import { useCluster } from './support/use-cluster.js';

const programs = ['pulseaudio', 'paplay', 'pipewire', 'pipewire-pulse', 'wireplumber', 'pw-play', 'dbus-run-session'];
const absent = programs.filter((name) => !existsSync(`/usr/bin/${name}`));
const missing =
  missingForCluster ??
  (absent.length === 0 ? undefined : `needs ${absent.join(', ')} (sh scripts/setup.sh test installs them)`);

const patience = 60_000;
const format = `--raw --rate=${sampleRate} --channels=1 --format=s16le --latency-msec=50`;
/** WirePlumber watches logind. */
const logind = 'mkdir -p /run/systemd/seats /run/systemd/sessions /run/systemd/users /run/systemd/machines';

/** A sound card that nobody hears. */
const card = `context.objects = [ { factory = adapter args = {
  factory.name = support.null-audio-sink node.name = card media.class = Audio/Sink audio.position = [ MONO ]
} } ]
`;
/** docs/devices.md */
const tunnel = `context.spa-libs = {
  audio.convert.* = audioconvert/libspa-audioconvert
  support.* = support/libspa-support
}
context.modules = [
  { name = libpipewire-module-protocol-native }
  { name = libpipewire-module-client-node }
  { name = libpipewire-module-adapter }
  { name = libpipewire-module-pulse-tunnel args = { tunnel.mode = sink } }
]
`;

requireOrSkip(missing, 'The sound of a session, with PipeWire', () => {
  const cluster = useCluster({ servers: [{ name: 's1' }] });
  const server = (): Host => cluster().server('s1').host;

  beforeAll(async () => {
    await server().sh('base64 -d >/run/tone.wav', { input: wave(tone(440, 4, 0.5)).toString('base64') });
    await server().sh(logind);
    await server().write('/run/tunnel.conf', tunnel);
  });

  /** What comes out of the client while the session plays. */
  const play = async (script: string, socket: () => Promise<string>, env: Readonly<Record<string, string>> = {}) => {
    await server().write('/run/xsession', `#!/bin/sh\n${script}\n`, 0o755);
    const args = ['login', '--user', ada.name, '--password-file', '-', '--no-x11'];
    const login = cluster().startLdm(args, {
      env: { SOUND: 'yes', LDM_XSESSION: '/run/xsession', ...env },
      input: `${ada.password}\n`,
    });
    const recorder = cluster().client.start(
      [
        'sh',
        '-c',
        `exec parec --server=unix:${await socket()} ${format} --device=@DEFAULT_MONITOR@ >/run/recorded.raw`,
      ],
      { timeoutMs: 120_000 },
    );
    const { stdout, stderr } = await login.done;
    recorder.signal('SIGTERM');
    await recorder.done;
    expect(stdout, stderr).toContain('played\n');
    return Buffer.from(await cluster().client.sh('base64 /run/recorded.raw'), 'base64');
  };
  const found = async (pattern: string): Promise<string> => {
    let path = '';
    const look = async (): Promise<boolean> => {
      path = (await cluster().client.run(['sh', '-c', `ls ${pattern}`])).stdout.trim();
      return path !== '';
    };
    await until(pattern, look, patience);
    return path;
  };

  it('comes out of a PipeWire of the client', async () => {
    const { client } = cluster();
    await client.write('/run/pw/.config/pipewire/pipewire.conf.d/card.conf', card);
    await client.sh(`${logind}; chmod 700 /run/pw`);
    const env = { XDG_RUNTIME_DIR: '/run/pw', HOME: '/run/pw' };
    for (const service of ['pipewire', 'dbus-run-session -- wireplumber', 'pipewire-pulse']) {
      client.start(service.split(' '), { env, timeoutMs: 600_000 });
      await until(
        'PipeWire',
        async () => (await client.run(['test', '-S', '/run/pw/pipewire-0'])).code === 0,
        patience,
      );
    }
    const socket = await found('/run/pw/pulse/native');
    const sinks = ['pactl', `--server=unix:${socket}`, 'get-default-sink'];
    await until('its card', async () => (await client.run(sinks)).stdout === 'card\n', patience);
    const recorded = await play(
      'pactl info >/dev/null; sleep 2; paplay /run/tone.wav && echo played',
      async () => socket,
      { LDM_SOUND_SOCKET: socket },
    );
    expect(loudestLevelOf(440, recorded)).toBeCloseTo(0.5, 1);
    expect(loudestLevelOf(880, recorded)).toBeLessThan(0.02);
    expect(await client.sh('pgrep -x pulseaudio || true')).toBe('');
  });

  it('takes that of a PipeWire program in the session', async () => {
    const script = `export XDG_RUNTIME_DIR=/run/home/$(id -u)/runtime; mkdir -p -m 700 $XDG_RUNTIME_DIR
      exec 2>/dev/null
      pipewire & sleep 2
      dbus-run-session -- wireplumber & sleep 2
      pipewire -c /run/tunnel.conf & sleep 3
      pw-play /run/tone.wav && echo played
      kill $(jobs -p)`;
    const recorded = await play(script, () => found('/run/ldm-sound-*/native'));
    expect(loudestLevelOf(440, recorded)).toBeCloseTo(0.5, 1);
    expect(loudestLevelOf(880, recorded)).toBeLessThan(0.1);
  });
});
