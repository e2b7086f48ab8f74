import type { CleanRoot } from './clean-root.js';

/** What an administrator would do to have ldm@.service take Xvfb in the place of Xorg, as shell text. */
export function seatOnXvfb(settings: Readonly<Record<string, string>> = {}): string {
  const all = { LDM_SEAT_XSERVER: 'Xvfb -screen 0 1024x768x24', LDM_SEAT_XARGUMENTS: '', ...settings };
  const words = Object.entries(all).map(([name, value]) => `"${name}=${value}"`);
  return `mkdir -p /etc/systemd/system/ldm@.service.d
printf '[Service]\\nEnvironment=%s\\n' '${words.join(' ')}' >/etc/systemd/system/ldm@.service.d/xvfb.conf
systemctl daemon-reload`;
}

/** The windows on the display of a seat's unit, as xwininfo tells them; empty while there is no display. */
export async function windowsOf(root: Pick<CleanRoot, 'run'>, seat: string): Promise<string> {
  const look = `export XAUTHORITY=$(ls -t /run/ldm-${seat}/ldm-seat.*/Xauthority | head -n 1)
    DISPLAY=:$(xauth list | sed -n '1s/.*:\\([0-9]*\\) .*/\\1/p') xwininfo -root -tree`;
  return (await root.run(look)).stdout;
}
