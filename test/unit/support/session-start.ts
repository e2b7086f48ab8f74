import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import type { HookPhase } from '../../../src/session/hooks/files.js';
import type { OneSessionPolicy } from '../../../src/session/one-session.js';
import type { SessionProgress } from '../../../src/session/session-observer.js';
import type { Prompt } from '../../../src/session/sign-in/prompt-answers.js';
import { type SessionDependencies, type SessionRequest, startSession } from '../../../src/session/start-session.js';
import type { X11Forwarding } from '../../../src/session/x11/forwarding.js';
import { createLog } from '../../../src/shared/log/log.js';
import { Secret } from '../../../src/shared/secret.js';
import { FakeServer, type FakeServerPlan } from './fake-server.js';

/** What the policy of LDM_LIMIT_ONE_SESSION decides. */
interface Decisions {
  readonly endsHere?: boolean;
  readonly elsewhere?: 'go' | 'end' | 'cancel';
}

export interface Scene {
  readonly plan?: FakeServerPlan;
  /** Why the hooks of a phase refuse; `none`: there are no hooks. */
  readonly hooks?: Partial<Record<HookPhase, string>> | 'none';
  /** Without them LDM_LIMIT_ONE_SESSION is off. */
  readonly oneSession?: Decisions;
  readonly request?: Partial<SessionRequest>;
  readonly dependencies?: Partial<SessionDependencies>;
  readonly answer?: (prompt: Prompt) => Promise<Secret>;
}

/**
 * Starts a session of ann on `app1:2222`, a server without a network. Its `events` are those of the server, with the
 * phases of the hooks, the progress and the questions of the policy between them.
 */
export function start({ plan, hooks = {}, oneSession, request, dependencies, answer }: Scene = {}) {
  const server = new FakeServer('app1:2222', { clientAddress: '10.0.0.7', ...plan });
  const { events } = server;
  const environments: Record<string, Readonly<Record<string, string>>> = {};
  const progress: SessionProgress[] = [];
  const log: string[] = [];
  const cancel = new AbortController();
  const socketParent = mkdtempSync(join(tmpdir(), 'ldm-session-'));
  onTestFinished(() => rmSync(socketParent, { recursive: true, force: true }));
  const starting = startSession(
    server.verified(),
    {
      user: 'ann',
      password: new Secret('pw'),
      command: ({ environment }) => ({ line: `start ${environment.PRINTER ?? 'without'}`, input: undefined }),
      ...request,
    },
    {
      forwardX11: undefined,
      hooks: {
        areThere: hooks !== 'none',
        run: async (phase, environment) => {
          events.push(phase);
          environments[phase] = environment;
          const refusal = hooks === 'none' ? undefined : hooks[phase];
          return { refusal, environment: phase === 'X' ? { PRINTER: 'hp' } : {} };
        },
      },
      socketParent,
      oneSession: oneSession && policy(oneSession, events),
      sessionTimeoutMs: 60_000,
      log: createLog(7, (line) => log.push(line)),
      ...dependencies,
    },
    {
      tell: (one) => {
        progress.push(one);
        events.push(one.kind);
      },
      ask: (_server, prompt) => (answer ? answer(prompt) : Promise.resolve(new Secret(''))),
    },
    cancel.signal,
  );
  return { server, events, environments, progress, log: () => log.join(''), cancel, socketParent, starting };
}

function policy({ endsHere = false, elsewhere = 'cancel' }: Decisions, events: string[]): OneSessionPolicy {
  return {
    endHere: async () => {
      events.push('asked');
      return endsHere;
    },
    decideElsewhere: async ({ name }) => {
      events.push(`asked about ${name}`);
      return elsewhere;
    },
  };
}

/** X11 that keeps what it is told. */
export function fakeX11(desktopShown?: X11Forwarding['desktopShown']) {
  const x11 = {
    request: { single: false, screen: 0, protocol: 'MIT-MAGIC-COOKIE-1', cookie: 'c0ffee' },
    serverAnswers: vi.fn(),
    close: vi.fn(),
    desktopShown,
  };
  return { x11, forwardX11: () => x11 as unknown as X11Forwarding };
}
