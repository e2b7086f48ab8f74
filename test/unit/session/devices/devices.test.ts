import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { devicesOf } from '../../../../src/session/devices/devices.js';
import { pulseAudioArguments, pulseAudioEnvironment } from '../../../../src/session/devices/own-pulseaudio.js';
import { usualServices } from '../../../../src/session/devices/sound.js';
import { readSettings } from '../../../../src/settings/settings.js';
import { createLog } from '../../../../src/shared/log/log.js';

const log = createLog(7, () => {});

function place(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ldm-devices-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
const devices = (variables: Readonly<Record<string, string>>, parent = '/nonexistent', runtimeDir?: string) =>
  devicesOf(readSettings(variables), { parent, runtimeDir, log });

describe('the devices of a session', () => {
  it.each([
    {},
    { SOUND: 'no' },
    { LDM_LOCAL_PRINTERS: 'no' },
    { LDM_MICROPHONE: 'yes', LDM_SOUND_SOCKET: '/run/a' },
    { SOUND: 'yes', SOUND_DAEMON: 'tcp' },
    { SOUND: 'yes', SOUND_DAEMON: 'esd' },
    { SOUND: 'yes', SOUND_DAEMON: 'false' },
  ])('are none with %j', (variables) => {
    expect(devices(variables)).toEqual([]);
  });

  it('are the sound, which programs find by PULSE_SERVER; nothing is started for it yet', () => {
    const parent = place();
    const [sound, ...others] = devices({ SOUND: 'yes' }, parent);
    expect(others).toEqual([]);
    expect(sound?.name).toBe('sound');
    expect(sound?.environment('/tmp/ldm-a/sound')).toEqual({
      PULSE_SERVER: 'unix:/tmp/ldm-a/sound',
      LTSP_ALSA_DEFAULT: 'pulse',
    });
    expect(readdirSync(parent)).toEqual([]);
    sound?.close();
  });

  it('are the printers of this client, which programs find by CUPS_SERVER', () => {
    const [printers, ...others] = devices({ LDM_LOCAL_PRINTERS: 'yes' });
    expect(others).toEqual([]);
    expect(printers?.name).toBe('printers');
    expect(printers?.gate).toBeUndefined();
    expect(printers?.environment('/tmp/ldm-a/printers')).toEqual({ CUPS_SERVER: '/tmp/ldm-a/printers' });
    expect(devices({ SOUND: 'y', LDM_LOCAL_PRINTERS: 'y' }).map(({ name }) => name)).toEqual(['sound', 'printers']);
  });

  it('reach the service that is named', async () => {
    const folder = place();
    const heard: string[] = [];
    const server = createServer((socket) => {
      heard.push('named');
      socket.end();
    });
    await new Promise<void>((resolve) => server.listen(join(folder, 'named'), resolve));
    onTestFinished(() => void server.close());
    const [sound] = devices({ SOUND: 'yes', LDM_SOUND_SOCKET: join(folder, 'named') });
    const socket = await sound?.connect();
    await new Promise((resolve) => socket?.once('end', resolve).resume());
    socket?.destroy();
    expect(heard).toEqual(['named']);
  });

  it('start no service where one is named that does not run', async () => {
    const folder = place();
    const [sound] = devices({ SOUND: 'yes', LDM_SOUND_SOCKET: join(folder, 'nothing') }, folder);
    await expect(sound?.connect()).rejects.toThrow('ENOENT');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('are looked for at the places of PulseAudio and PipeWire', () => {
    expect(usualServices('/run/user/7')).toEqual(['/run/user/7/pulse/native', '/run/pulse/native']);
    expect(usualServices(undefined)).toEqual(['/run/pulse/native']);
    expect(usualServices('relative')).toEqual(['/run/pulse/native']);
  });
});

describe('the PulseAudio of a session', () => {
  it('reads no configuration, loads nothing later, shares no memory and has one private socket', () => {
    const args = pulseAudioArguments('/run/ldm-sound-a/native');
    expect(args).toEqual(expect.arrayContaining(['-n', '--disallow-module-loading=yes', '--disable-shm=yes']));
    expect(args.filter((arg) => arg.includes('protocol'))).toEqual([
      '--load=module-native-protocol-unix socket=/run/ldm-sound-a/native auth-anonymous=1 auth-cookie-enabled=0',
    ]);
    expect(args.join(' ')).not.toMatch(/tcp|zeroconf|rtp|http|cli/);
  });

  it('has nothing of the environment but PATH', () => {
    const environment = pulseAudioEnvironment('/run/a', { PATH: '/bin', LDM_SERVER: 'app1', PULSE_SERVER: 'tcp:b' });
    expect(Object.keys(environment)).not.toContain('PULSE_SERVER');
    expect(environment).toEqual({
      PATH: '/bin',
      HOME: '/run/a',
      XDG_RUNTIME_DIR: '/run/a',
      PULSE_RUNTIME_PATH: '/run/a',
      PULSE_STATE_PATH: '/run/a',
    });
    expect(pulseAudioEnvironment('/run/a', {})).not.toHaveProperty('PATH');
  });
});
