import { beforeAll, describe, expect, it } from 'vitest';
import { requireOrSkip } from '../support/require-or-skip.js';
import { ada, knownHostsFile } from './support/cluster.js';
import { missingForCluster } from './support/missing.js';
import type { Outcome } from './support/run.js';
import { until } from './support/run.js';
import { useCluster } from './support/use-cluster.js';

const log = '/var/log/certified.log';

requireOrSkip(missingForCluster, 'A server with a host certificate', () => {
  const cluster = useCluster({
    servers: [{ name: 's1', known: 'unknown', hostKeyTypes: ['ed25519', 'ecdsa', 'rsa'] }],
  });
  const authorities: Record<string, string> = {};
  const server = () => cluster().server('s1').host;
  let port = 3_000;

  beforeAll(async () => {
    for (const type of ['ed25519', 'ecdsa', 'rsa']) {
      await server().sh(`ssh-keygen -q -N '' -t ${type} -f /etc/ssh/ca_${type}`);
      authorities[type] = (await server().read(`/etc/ssh/ca_${type}.pub`)).split(' ').slice(0, 2).join(' ');
    }
  });

  interface Certified {
    /** What ssh-keygen is given; an authority signs the key of a type. */
    readonly sign?: string;
    readonly authority?: string;
    readonly type?: string;
    /** The client's known_hosts; `PORT`, `CA` and `KEY` are replaced. */
    readonly known?: string;
    readonly env?: Readonly<Record<string, string>>;
    readonly sshd?: readonly string[];
  }

  /** Starts one more sshd, with a certificate for its key, and logs in there. */
  async function login(certified: Certified): Promise<Outcome & { readonly heard: string }> {
    const { sign = '-h -n s1', authority = 'ed25519', type = 'ed25519', env = {}, sshd = [] } = certified;
    const { known = '@cert-authority s1,[s1]:PORT CA' } = certified;
    port += 1;
    const key = `/etc/ssh/own_${type}_key`;
    await server().sh(
      [
        `rm -f ${log} ${key}-cert.pub`,
        `ssh-keygen -q -s /etc/ssh/ca_${authority} -I 'server one' ${sign} ${key}.pub`,
        `/usr/sbin/sshd -f /etc/ssh/sshd_config -p ${port} -E ${log} -o HostCertificate=${key}-cert.pub ${sshd.join(' ')}`,
      ].join('\n'),
    );
    await until('sshd', () => server().listens(port));
    const own = (await server().read(`${key}.pub`)).split(' ').slice(0, 2).join(' ');
    // At once: a key is random letters, and may have these words too.
    const words: Record<string, string> = { PORT: String(port), CA: authorities[authority] ?? '', KEY: own };
    const lines = known.replace(/PORT|CA|KEY/g, (word) => words[word] ?? '');
    await cluster().client.write(knownHostsFile, `${lines}\n`);
    const outcome = await cluster().login(ada, ['echo there'], { env: { LDM_SERVER: `s1:${port}`, ...env } });
    return { ...outcome, heard: await server().read(log) };
  }

  describe('is logged in to', () => {
    it.each(['ed25519', 'ecdsa', 'rsa'])('by an authority and a key of type %s', async (type) => {
      const { stdout, stderr } = await login({ authority: type, type });
      expect(stdout, stderr).toBe('there\n');
      expect(stderr).toMatch(
        /^info host-certificate-accepted server=s1:\d+ port=\d+ id="server one" serial=0 authority=SHA256:/m,
      );
      expect(stderr).toMatch(/^info connection-secured server=s1:\d+ kex=\S+ hostKey=\S+-cert-v01@openssh.com/m);
    });

    it.each<[string, Certified]>([
      ['with a pattern for a name', { sign: '-h -n "s*,other"' }],
      ['for a line with a pattern', { known: '@cert-authority * CA' }],
      ['while it is valid', { sign: '-h -n s1 -V -1d:+1d' }],
      ['with a second authority in the file', { known: '@cert-authority * CA\n@cert-authority * KEY' }],
      [
        'by its key alone, when the certificate is for another name',
        { sign: '-h -n s2', known: '@cert-authority * CA\n[s1]:PORT KEY' },
      ],
      ['by its key alone, when nobody knows the authority', { known: '[s1]:PORT KEY' }],
    ])('%s', async (_, certified) => {
      const { stdout, stderr } = await login(certified);
      expect(stdout, stderr).toBe('there\n');
    });
  });

  describe('is refused before anything is sent to the server', () => {
    const refused = 's1:PORT: its certificate does not prove its identity; nothing was sent to it.';
    const clock = "s1:PORT: its certificate is not valid at this computer's time (";
    const revoked = 's1:PORT: its identity was revoked (host key revoked); nothing was sent to it.';
    const other = '@cert-authority * ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl';

    it.each<[string, Certified, string]>([
      ['after its time', { sign: '-h -n s1 -V 20200101:20200102' }, clock],
      ['before its time', { sign: '-h -n s1 -V 20600101:20600102' }, clock],
      ['for another name', { sign: '-h -n s2' }, refused],
      ['for no name at all', { sign: '-h' }, refused],
      ['of a user', { sign: '-n s1' }, refused],
      ['of an authority that is not known', { known: other }, refused],
      [
        'of an authority for other hosts only',
        { known: '@cert-authority s2,[s2]:PORT CA' },
        's1:PORT: its identity is not known',
      ],
      [
        'of an authority that is revoked',
        { known: '@cert-authority * CA\n@revoked * CA\n@cert-authority * KEY' },
        revoked,
      ],
      ['of a key that is revoked', { known: '@cert-authority * CA\n@revoked * KEY' }, revoked],
      [
        'of an unknown authority, although new keys are learned',
        { known: other, env: { LDM_HOST_KEYS: 'accept-new' } },
        refused,
      ],
    ])('%s', async (_, certified, sentence) => {
      const { code, stderr, heard } = await login(certified);
      expect(stderr).toContain(sentence.replace('PORT', String(port)));
      expect(code).toBe(76);
      expect(heard).not.toContain(ada.name);
    });
  });

  it('is shown by ldm keys scan, whatever its authority wrote into it', async () => {
    await login({ sign: "-h -n s1,app1 -V 20260101Z:20360101Z -I 'one\n@cert-authority * two'" });
    const { code, stdout, stderr } = await cluster().ldm(['keys', 'scan', `s1:${port}`]);
    expect(code, stderr).toBe(0);
    const lines = stdout.trim().split('\n');
    const print = async (file: string) => (await server().sh(`ssh-keygen -lf ${file}`)).split(' ')[1];
    const [own, authority] = [await print('/etc/ssh/own_ed25519_key.pub'), await print('/etc/ssh/ca_ed25519.pub')];
    expect(lines.at(-1)).toBe(
      `# [s1]:${port} ssh-ed25519-cert-v01@openssh.com ${own} "one @cert-authority * two" for s1,app1 ` +
        `from 2026-01-01T00:00:00.000Z until 2036-01-01T00:00:00.000Z, signed by ${authority}`,
    );
    expect(lines.filter((line) => !line.startsWith('#'))).toHaveLength(3);
    const servers = await cluster().ldm(['servers', '--json'], { env: { LDM_SERVER: `s1:${port}` } });
    expect(JSON.parse(servers.stdout)).toMatchObject([{ hostKey: 'known' }]);
  });

  it('keeps a session through a change of keys', async () => {
    const { code, stdout, stderr } = await login({ sshd: ['-o', '"RekeyLimit 1M"'] });
    expect(stdout, stderr).toBe('there\n');
    expect(code).toBe(0);
    const { stdout: bytes } = await cluster().login(ada, ['head -c 5000000 /dev/zero | tr "\\0" x'], {
      env: { LDM_SERVER: `s1:${port}` },
    });
    expect(bytes.length).toBe(5_000_000);
    expect(await server().read(log)).toMatch(/rekey|set_newkeys/);
  });
});

requireOrSkip(missingForCluster, 'Post-quantum key exchange', () => {
  const cluster = useCluster({ servers: [{ name: 's1' }] });
  let port = 2_000;
  const login = async (kex: string, env: Readonly<Record<string, string>> = {}) => {
    const { host, sshd } = cluster().server('s1');
    port += 1;
    await host.sh(`/usr/sbin/sshd -f /etc/ssh/sshd_config -p ${port} -o KexAlgorithms=${kex}`);
    await until('sshd', () => host.listens(port));
    await cluster().client.write(knownHostsFile, `[s1]:${port} ${sshd.hostKeys[0]}\n`);
    return cluster().login(ada, ['echo there'], { env: { LDM_SERVER: `s1:${port}`, ...env } });
  };
  const hybrid = /^(mlkem768x25519-sha256|sntrup761x25519-sha512(@openssh\.com)?)$/;

  it('works with each algorithm that this sshd has, and is preferred', async () => {
    const { stdout: offered } = await cluster()
      .server('s1')
      .host.run(['/usr/sbin/sshd', '-T', '-f', '/etc/ssh/sshd_config']);
    const all = /^kexalgorithms (.*)$/m.exec(offered)?.[1]?.split(',') ?? [];
    const ours = all.filter((name) => hybrid.test(name));
    expect(ours.length).toBeGreaterThan(0);
    for (const name of ours) {
      const { stdout, stderr } = await login(name, { LDM_POST_QUANTUM: 'require' });
      expect(stdout, stderr).toBe('there\n');
      expect(stderr).toContain(`kex=${name} `);
    }
    expect((await login(all.join(','))).stderr).toContain(`kex=${ours[0]} `);
  });

  it('lets ldm keys scan ask a server that has no other', async () => {
    await login('sntrup761x25519-sha512@openssh.com');
    const { code, stdout, stderr } = await cluster().ldm(['keys', 'scan', `s1:${port}`]);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain(cluster().server('s1').sshd.hostKeys[0]);
  });

  it('is left out by KexAlgorithms in LDM_SSHOPTIONS', async () => {
    const { stderr, stdout } = await login('+sntrup761x25519-sha512@openssh.com', {
      LDM_SSHOPTIONS: '-o KexAlgorithms=curve25519-sha256',
    });
    expect(stdout, stderr).toBe('there\n');
    expect(stderr).toContain('kex=curve25519-sha256 ');
  });

  it('that is required refuses a server without it', async () => {
    const { code, stderr } = await login('curve25519-sha256', { LDM_POST_QUANTUM: 'require' });
    expect(code, stderr).toBe(69);
    expect((await login('curve25519-sha256')).stdout).toBe('there\n');
  });
});
