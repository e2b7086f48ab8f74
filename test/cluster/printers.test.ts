import { existsSync } from 'node:fs';
import { beforeAll, expect, it } from 'vitest';
import { requireOrSkip } from '../support/require-or-skip.js';
import type { Account } from './support/accounts.js';
import { missingForCluster } from './support/missing.js';
import { type Outcome, until } from './support/run.js';
import { useCluster } from './support/use-cluster.js';

const programs = ['/usr/sbin/cupsd', '/usr/bin/lp', '/usr/sbin/lpadmin', '/usr/bin/dbus-daemon'];
const printers = ['/usr/sbin/ippeveprinter', '/usr/bin/ippeveprinter'];
const missing =
  missingForCluster ??
  (programs.every((path) => existsSync(path)) && printers.some((path) => existsSync(path))
    ? undefined
    : 'needs the packages cups, cups-client, cups-ipp-utils and dbus (sh scripts/setup.sh test installs them)');

const ada: Account = { name: 'ada', password: 'correct horse' };
const patience = 60_000;

const cupsd = `Listen 127.0.0.1:631
Listen /run/cups/cups.sock
Browsing No
WebInterface No
<Location />
  Order allow,deny
  Allow localhost
</Location>
<Location /admin>
  AuthType Default
  Require user @SYSTEM
</Location>
<Policy default>
  <Limit CUPS-Add-Modify-Printer CUPS-Delete-Printer>
    AuthType Default
    Require user @SYSTEM
  </Limit>
  <Limit All>
    Order deny,allow
  </Limit>
</Policy>
`;
const files = `RequestRoot /run/print/spool
CacheDir /run/print/cache
TempDir /run/print/tmp
StateDir /run/cups
ErrorLog stderr
Sandboxing relaxed
`;

requireOrSkip(missing, 'The printers of a client', () => {
  const cluster = useCluster({
    servers: [{ name: 's1' }, { name: 's2', config: ['AllowStreamLocalForwarding no'] }],
    accounts: [ada],
  });

  /** A printer that answers to IPP, as one at a USB port does, and CUPS with a queue for it. */
  beforeAll(async () => {
    const { client } = cluster();
    await client.write('/run/print/cupsd.conf', cupsd);
    await client.write('/run/print/cups-files.conf', files);
    const folders = 'cd /run/print; mkdir -p spool cache tmp out /run/cups /run/dbus; chmod 1777 tmp out; chown lp *';
    await client.sh(folders);
    client.start(['dbus-daemon', '--system', '--nofork', '--nopidfile'], { timeoutMs: 600_000 });
    await until('D-Bus', async () => (await client.run(['test', '-S', '/run/dbus/system_bus_socket'])).code === 0);
    const printer = ['-r', 'off', '-k', '-d', '/run/print/out', '-f', 'text/plain,application/octet-stream'];
    client.start(['ippeveprinter', ...printer, '-p', '8631', 'Hall'], { timeoutMs: 600_000 });
    client.start(['cupsd', '-f', '-c', '/run/print/cupsd.conf', '-s', '/run/print/cups-files.conf'], {
      timeoutMs: 600_000,
    });
    await until('the printer', () => client.listens(8631), patience);
    await until('CUPS', () => client.listens(631), patience);
    const add = ['lpadmin', '-h', '/run/cups/cups.sock', '-p', 'hall', '-E', '-v', 'ipp://localhost:8631/ipp/print'];
    await client.sh(`${add.join(' ')} -m raw`);
  });

  const session = async (script: string, name = 's1', printers = 'yes'): Promise<Outcome> => {
    await cluster().server(name).host.write('/run/xsession', `#!/bin/sh\n${script}\n`, 0o755);
    return cluster().ldm(['login', '--user', ada.name, '--password-file', '-', '--no-x11', '--server', name], {
      env: { LDM_LOCAL_PRINTERS: printers, LDM_PRINTER_DEFAULT: 'hall', LDM_XSESSION: '/run/xsession' },
      input: `${ada.password}\n`,
    });
  };

  it('print a page of the session', async () => {
    const { stdout, stderr } = await session('lpstat -p | head -n 1; echo "a page of $(id -un)" | lp; echo "code=$?"');
    expect(stdout, stderr).toMatch(/^printer hall .*\nrequest id is hall-\d+ .*\ncode=0\n$/);
    const printed = (): Promise<string> => cluster().client.sh('cat /run/print/out/* 2>/dev/null || true');
    await until('the page', async () => (await printed()) === 'a page of ada\n', patience);
  });

  it('are not managed by the session, not even with the rights of ldm', async () => {
    const { stdout } = await session('/usr/sbin/lpadmin -U root -x hall </dev/null 2>&1; lpstat -p | head -n 1');
    expect(stdout).toMatch(/\nprinter hall /);
    expect(stdout.split('\n')[0]).toMatch(/Unauthorized|Forbidden|[Pp]assword/);
  });

  it('are not there where the setting is off, or the server forbids it', async () => {
    const ask = 'env | grep ^CUPS_SERVER || echo none';
    expect((await session(ask, 's1', 'no')).stdout).toBe('none\n');
    const { stdout, stderr } = await session(ask, 's2');
    expect(stdout).toBe('none\n');
    expect(stderr).toContain('warn device-failed device=printers server=s2');
  });
});
