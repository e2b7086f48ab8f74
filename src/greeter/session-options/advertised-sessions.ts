import type { ServerChoice } from '../../protocol/greeter-messages.js';
import type { ServerInfo } from '../../protocol/info-service.js';
import type { ServerStatus } from '../../servers/server-status.js';
import type { DesktopPick } from '../../session/remote-command.js';
import { type ServerAddress, serverKey } from '../../shared/server-address.js';
import { countMissing, type SessionOptions, sessionOptionsFrom } from './session-options.js';

/** The sessions and languages that each server told last. A server that is asked again keeps them meanwhile. */
export class AdvertisedSessions {
  readonly #infos = new Map<string, ServerInfo>();

  learn(statuses: readonly ServerStatus[]): void {
    for (const { server, info } of statuses) if (info !== null) this.#infos.set(serverKey(server), info);
  }

  /** What the chosen server offers; in automatic mode, what any server offers that a login may go to. */
  options(choice: ServerChoice, statuses: readonly ServerStatus[]): SessionOptions {
    const isMeant = ({ server, state }: ServerStatus): boolean =>
      choice.mode === 'server' ? server.name === choice.name : state !== 'down' && state !== 'draining';
    return sessionOptionsFrom(
      statuses.filter(isMeant).flatMap(({ server }) => this.#infos.get(serverKey(server)) ?? []),
    );
  }

  /** How many of the picked session and language a server lacks; 0 where it has told nothing. */
  countMissing(pick: DesktopPick, server: ServerAddress): number {
    const info = this.#infos.get(serverKey(server));
    return info === undefined ? 0 : countMissing(pick, info);
  }
}
