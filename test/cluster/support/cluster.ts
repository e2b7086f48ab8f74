import { type Account, hashAccounts } from './accounts.js';
import { AppServer, type ServerOptions } from './app-server.js';
import { checkout, type Host, startHost } from './host.js';
import { type Link, type Network, networkPrefix, startNetwork } from './network.js';
import { type Outcome, type Running, type RunOptions, until } from './run.js';

export interface ClusterOptions {
  readonly servers: readonly ServerOptions[];
  /** The same on every server; {@link ada} alone where it is not said. */
  readonly accounts?: readonly Account[];
}

/** Who logs in where a test does not care who. */
export const ada: Account = { name: 'ada', password: 'correct horse' };

export const knownHostsFile = '/etc/ssh/ssh_known_hosts';
const stateDir = '/run/ldm-state';
const display = ':7';
const xauthority = '/run/xauthority';

const clientNumber = 1;
const firstServerNumber = 11;

/** A thin client and its application servers, each a host of its own, on one switch. */
export class Cluster {
  /** Set for every `ldm`; a test may add to it. */
  readonly environment: Record<string, string>;

  private constructor(
    readonly client: Host,
    /** The client's cable. */
    readonly cable: Link,
    readonly servers: readonly AppServer[],
    readonly network: Network,
  ) {
    this.environment = {
      HOME: '/run',
      LDM_SERVER: servers.map(({ name }) => name).join(' '),
      LDM_STATE_DIR: stateDir,
    };
  }

  static async start(options: ClusterOptions): Promise<Cluster> {
    const [network, client, accounts] = await Promise.all([
      startNetwork(),
      startHost('client'),
      hashAccounts(options.accounts ?? [ada]),
    ]);
    const [cable, ...servers] = await Promise.all([
      network.connect(client, clientNumber),
      ...options.servers.map((server, index) => AppServer.start(server, network, firstServerNumber + index, accounts)),
    ]);
    const cluster = new Cluster(client, cable, servers, network);
    await cluster.#nameServers();
    return cluster;
  }

  /** @throws when the cluster has no server of this name */
  server(name: string): AppServer {
    const found = this.servers.find((server) => server.name === name);
    if (found === undefined) throw new Error(`the cluster has no server ${name}`);
    return found;
  }

  /** Runs `ldm` on the client, to its end. */
  ldm(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    return this.startLdm(args, options).done;
  }

  /** Starts `ldm` on the client. */
  startLdm(args: readonly string[], options: RunOptions = {}): Running {
    const env = { ...this.environment, ...options.env };
    return this.client.start([`${checkout}/bin/ldm`, ...args], { ...options, env });
  }

  /** Runs `ldm login` with a command in place of the desktop; the password goes in on standard input. */
  login(
    account: Account,
    command: readonly string[],
    options: Omit<RunOptions, 'input'> & { readonly args?: readonly string[] } = {},
  ): Promise<Outcome> {
    return this.startLogin(account, command, options).done;
  }

  startLogin(
    account: Account,
    command: readonly string[],
    { args = ['--no-x11'], ...options }: Omit<RunOptions, 'input'> & { readonly args?: readonly string[] } = {},
  ): Running {
    const login = ['login', '--user', account.name, '--password-file', '-', ...args];
    return this.startLdm([...login, '--', ...command], { ...options, input: `${account.password}\n` });
  }

  /** Starts Xvfb on the client, and puts it into the environment of every `ldm`. */
  async startX(): Promise<void> {
    await this.client.sh(
      [
        `touch ${xauthority}`,
        `xauth -q -f ${xauthority} add ${display} . "$(od -An -N16 -tx1 /dev/urandom | tr -d ' \\n')"`,
        // Without -noreset it turns away who comes while its last client leaves.
        `Xvfb ${display} -noreset -screen 0 1024x768x24 -nolisten tcp -auth ${xauthority} </dev/null >/run/xvfb.log 2>&1 &`,
      ].join('\n'),
    );
    await until('Xvfb', async () => {
      const { code } = await this.client.run(['test', '-S', `/tmp/.X11-unix/X${display.slice(1)}`]);
      return code === 0;
    });
    this.environment.DISPLAY = display;
    this.environment.XAUTHORITY = xauthority;
  }

  /** Heals every server, and forgets what earlier logins left in logs and memories. */
  async reset(): Promise<void> {
    await Promise.all(
      this.servers.map(async (server) => {
        await server.heal();
        await server.forget();
      }),
    );
    await this.client.sh(`rm -rf ${stateDir}`);
  }

  /** Ends every host and what runs there. */
  async stop(): Promise<void> {
    await Promise.all([this.client.stop(), ...this.servers.map((server) => server.stop())]);
    await this.network.stop();
  }

  /** Tells the client the servers' names and keys, and the servers the client's name. */
  async #nameServers(): Promise<void> {
    const names = this.servers.map(({ address, name }) => `${address} ${name}`);
    const hosts = ['127.0.0.1 localhost', '::1 localhost', `${networkPrefix}${clientNumber} client`, ...names];
    const known = (which: ServerOptions['known']): string =>
      this.servers
        .filter(({ options }) => (options.known ?? 'plain') === which)
        .flatMap(({ name, address, sshd }) => sshd.hostKeys.map((key) => `${name},${address} ${key}\n`))
        .join('');
    await Promise.all(
      [this.client, ...this.servers.map(({ host }) => host)].map((host) =>
        host.write('/etc/hosts', `${hosts.join('\n')}\n`),
      ),
    );
    await this.client.sh("sed -i 's/^hosts:.*/hosts: files dns/' /etc/nsswitch.conf");
    const hashed = known('hashed');
    await this.client.write(knownHostsFile, hashed);
    if (hashed !== '')
      await this.client.sh(`ssh-keygen -q -H -f ${knownHostsFile} 2>/dev/null; rm ${knownHostsFile}.old`);
    await this.client.write(knownHostsFile, known('plain') + (await this.client.read(knownHostsFile)));
  }
}
