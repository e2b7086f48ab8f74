import { type AccountLog, credentialsFile, readAccountLog } from './account-log.js';
import type { HashedAccount } from './accounts.js';
import type { Behavior } from './actor-behavior.js';
import { checkout, type Host, startHost } from './host.js';
import type { Link, Network } from './network.js';
import { until } from './run.js';
import { type ScriptedServices, startScriptedServices } from './scripted-services.js';
import { type Sshd, type SshdOptions, sshdLog, startSshd } from './sshd.js';

/** The project's own ldminfod, none, or a scripted answer. */
export type Info = 'ldminfod' | 'refused' | Behavior;

export interface ServerOptions extends SshdOptions {
  readonly name: string;
  /** A rating of 50 where it is not said. */
  readonly info?: Info;
  /** How the client's known_hosts names it: plainly where it is not said. */
  readonly known?: 'plain' | 'hashed' | 'unknown';
}

export const infoPort = 9571;
const sshPort = 22;
/** Where sshd goes when something scripted takes its port. */
const hiddenSshPort = 2022;

/** What a rated server says. */
export function rated(rating: number, more: Readonly<Record<string, string | number>> = {}): Behavior {
  const lines = Object.entries({ rating, ...more }).map(([key, value]) => `${key}:${value}\n`);
  return { does: 'say', text: `language:C.UTF-8\nsession:/usr/bin/xterm\n${lines.join('')}` };
}

/** How far a server goes with a connection on its ssh port before it stops. */
export type Stage = 'accept' | 'banner' | 'key exchange offer' | 'host key';
const packetsAt = { banner: 0, 'key exchange offer': 1, 'host key': 2 } as const;

/** An application server: sshd, accounts, an info service, and everything that can go wrong with them. */
export class AppServer {
  #faulty = false;

  private constructor(
    readonly options: ServerOptions,
    readonly host: Host,
    readonly link: Link,
    readonly sshd: Sshd,
    readonly scripted: ScriptedServices,
  ) {}

  static async start(
    options: ServerOptions,
    network: Network,
    number: number,
    accounts: readonly HashedAccount[],
  ): Promise<AppServer> {
    const host = await startHost(options.name);
    const [link, sshd, scripted] = await Promise.all([
      network.connect(host, number),
      startSshd(host, accounts, options),
      startScriptedServices(host),
    ]);
    const server = new AppServer(options, host, link, sshd, scripted);
    await server.inform(options.info ?? rated(50));
    server.#faulty = false;
    return server;
  }

  get name(): string {
    return this.options.name;
  }

  get address(): string {
    return this.link.address;
  }

  /** What its sshd and PAM got to know. */
  async accountLog(): Promise<AccountLog> {
    return readAccountLog(await this.host.read(sshdLog), await this.host.read(credentialsFile));
  }

  /** Forgets what {@link accountLog} and the scripted services told so far. */
  async forget(): Promise<void> {
    this.scripted.forget();
    // sshd keeps the file open and appends to it, so it is emptied, not removed.
    await this.host.sh(`: >${sshdLog}; rm -f ${credentialsFile}`);
  }

  /** From now on its info service is this. */
  async inform(info: Info): Promise<void> {
    this.#faulty = true;
    if (info !== 'refused' && info !== 'ldminfod') return this.scripted.play(infoPort, info);
    await this.scripted.close(infoPort);
    if (info === 'refused') return;
    this.host.start([`${checkout}/bin/ldminfod`], { timeoutMs: 3_600_000 });
    await until(`ldminfod of ${this.name}`, () => this.host.listens(infoPort));
  }

  /** Pulls its cable. */
  cut(): Promise<void> {
    this.#faulty = true;
    return this.link.cut();
  }

  /** Drops every packet to and from it. */
  dropPackets(): Promise<void> {
    this.#faulty = true;
    return this.link.drop();
  }

  /** Ends sshd at once, with all its sessions; the port refuses from then on, the info service goes on. */
  killSshd(): Promise<void> {
    this.#faulty = true;
    return this.sshd.kill();
  }

  /** sshd stands still, with all its sessions, and takes nothing and sends nothing; the kernel goes on. */
  freezeSshd(): Promise<void> {
    this.#faulty = true;
    return this.sshd.freeze();
  }

  /** Its ssh port refuses new connections; sessions live on. */
  refuse(): Promise<void> {
    this.#faulty = true;
    return this.sshd.stopListening();
  }

  /** Its sshd has other host keys than the client knows. */
  async wrongHostKey(): Promise<void> {
    this.#faulty = true;
    await this.sshd.stopListening();
    await this.sshd.useKeys('other');
    await this.sshd.start();
  }

  /** Its ssh port goes so far with each connection, and then says nothing more. */
  silentAfter(stage: Stage): Promise<void> {
    return this.#stopAfter(stage, 'silence');
  }

  /** Its ssh port goes so far with each connection, and then closes it. */
  endsAfter(stage: Stage): Promise<void> {
    return this.#stopAfter(stage, 'end');
  }

  async #stopAfter(stage: Stage, then: 'silence' | 'end'): Promise<void> {
    this.#faulty = true;
    await this.sshd.stopListening();
    if (stage === 'accept') {
      return this.scripted.play(sshPort, then === 'end' ? { does: 'reset' } : { does: 'fall-silent', text: '' });
    }
    await this.sshd.usePort(hiddenSshPort);
    await this.sshd.start();
    await this.scripted.play(sshPort, { does: 'relay', port: hiddenSshPort, packets: packetsAt[stage], then });
  }

  /** Its packet filter drops what is sent to these ports, at one of its addresses or at all. */
  async filter(ports: readonly number[], address?: string): Promise<void> {
    this.#faulty = true;
    const where = address === undefined ? '' : `ip daddr ${address} `;
    await this.host.sh(
      [
        'nft add table inet filtered',
        "nft 'add chain inet filtered arriving { type filter hook input priority 0; }'",
        `nft 'add rule inet filtered arriving ${where}tcp dport { ${ports.join(', ')} } drop'`,
      ].join('\n'),
    );
  }

  /** Loses this share of what arrives, in per cent. */
  losePackets(percent: number): Promise<void> {
    this.#faulty = true;
    return this.link.lose(percent);
  }

  /** Every packet to and from it takes so many ms longer. */
  slow(ms: number): Promise<void> {
    this.#faulty = true;
    return this.link.slow(ms);
  }

  /** As at first; where there was a fault, running sessions end. */
  async heal(): Promise<void> {
    if (!this.#faulty) return;
    await this.link.restore();
    await this.host.sh('nft delete table inet filtered 2>/dev/null || true');
    await this.scripted.close(sshPort);
    await this.sshd.kill();
    await this.sshd.useKeys('own');
    await this.sshd.usePort(sshPort);
    await this.sshd.start();
    await this.inform(this.options.info ?? rated(50));
    this.#faulty = false;
  }

  stop(): Promise<void> {
    return this.host.stop();
  }
}
