/**
 * The gallery: every situation at the login screen, with the servers and users that cause it. The demo, the tests and the
 * pictures use it. A new situation needs only a new entry here.
 */
import type { ClientFault } from './client-fault.js';
import { strangeTexts } from './strange-texts.js';

/** One server of the cluster, with its own IPv4 address in 127/8. */
export type DemoServer =
  /** Takes logins. The rating is 0-100. */
  | {
      readonly kind: 'ssh';
      readonly address: string;
      readonly rating: number;
      readonly capacity: number;
      /** The server drains, for this reason. */
      readonly draining?: string;
      /** The client knows another host key for it. */
      readonly keyChanged?: true;
    }
  /** Dead: neither accepts nor refuses connections. */
  | { readonly kind: 'silent'; readonly address: string }
  /** Alive, but refuses connections. */
  | { readonly kind: 'refusing'; readonly address: string }
  /** A name or address outside of this machine. Nothing is started for it. */
  | { readonly kind: 'outside'; readonly address: string };

/** What a server does at a login, step by step. After the last step, the user is logged in. */
export type SignInStep =
  /** Asks a question. Any other answer is refused; `null` accepts every answer. */
  | { readonly kind: 'ask'; readonly prompt: string; readonly echo: boolean; readonly answer: string | null }
  /** Shows a message, and continues. */
  | { readonly kind: 'say'; readonly text: string }
  /** Sends nothing more. */
  | { readonly kind: 'fall-silent' }
  | { readonly kind: 'refuse' };

export interface DemoUser {
  readonly name: string;
  readonly password: string;
  /** The steps after the password, which every server asks for first. */
  readonly then?: readonly SignInStep[];
}

export interface Scenario {
  /** One line for the screen. */
  readonly summary: string;
  /** The client lacks this. */
  readonly lacks?: ClientFault;
  /** In list order. */
  readonly servers: readonly DemoServer[];
  readonly users: readonly DemoUser[];
}

export const defaultScenario = 'cluster';

const demo: DemoUser = { name: 'demo', password: 'demo' };
const three: readonly DemoServer[] = [2, 3, 4].map((host) => server(host, { rating: 110 - host * 20 }));

function server(host: number, known: Partial<Extract<DemoServer, { kind: 'ssh' }>> = {}): DemoServer {
  return { kind: 'ssh', address: `127.0.0.${host}`, rating: 50, capacity: 40, ...known };
}

function user(name: string, ...then: SignInStep[]): DemoUser {
  return { name, password: 'demo', then };
}

function lacking(fault: ClientFault, summary: string, address = 'app1'): Scenario {
  return { summary, lacks: fault, servers: [{ kind: 'outside', address }], users: [demo] };
}

const scenarios: Readonly<Record<string, Scenario>> = {
  [defaultScenario]: {
    summary: 'three living servers with different ratings, and a dead one',
    servers: [
      server(2, { rating: 85 }),
      server(3, { rating: 55 }),
      { kind: 'silent', address: '127.0.0.5' },
      server(4, { rating: 20 }),
    ],
    users: [demo],
  },
  'expired-password': {
    summary: 'the password has expired, and the server asks for a new one',
    servers: three,
    users: [
      user(
        'dora',
        { kind: 'say', text: 'You are required to change your password immediately (password expired).' },
        { kind: 'ask', prompt: 'New password: ', echo: false, answer: null },
        { kind: 'ask', prompt: 'Retype new password: ', echo: false, answer: null },
      ),
    ],
  },
  'second-factor': {
    summary: 'the server asks for a code after the password: 123456',
    servers: three,
    users: [user('dora', { kind: 'ask', prompt: 'Verification code: ', echo: true, answer: '123456' })],
  },
  messages: {
    summary: 'three messages at the login, one of them long',
    servers: three,
    users: [
      user(
        'dora',
        { kind: 'say', text: 'Welcome to the school\u2019s servers.' },
        {
          kind: 'say',
          text:
            'On Friday from 17:00 to 19:00 the servers are renewed. Save your work before then: sessions that are ' +
            'still open will be ended. Questions go to <help@school.example> & the staff room.',
        },
        { kind: 'say', text: 'Your password will expire in 3 days.' },
        { kind: 'ask', prompt: 'Press Enter when you have read this: ', echo: true, answer: null },
      ),
    ],
  },
  'long-name': {
    summary: 'a very long user name, and a long question',
    servers: three,
    users: [
      user('maximiliane-theodora.von-und-zu-hohenlohe-waldenburg-schillingsfuerst@students.school.example', {
        kind: 'ask',
        prompt:
          'Enter the six digits that the token with the serial number 4711-0815 shows now, then press Enter to go on: ',
        echo: true,
        answer: null,
      }),
    ],
  },
  locked: {
    summary: 'the server refuses the user, and says why',
    servers: three,
    users: [user('dora', { kind: 'say', text: 'Your account is locked until 08:00.' }, { kind: 'refuse' })],
  },
  'no-answer': {
    summary: 'the server falls silent during the login; Cancel returns to the login screen',
    servers: three,
    users: [user('dora', { kind: 'fall-silent' })],
  },
  'all-down': {
    summary: 'no server is available: two are silent, one refuses',
    servers: [
      { kind: 'silent', address: '127.0.0.2' },
      { kind: 'silent', address: '127.0.0.3' },
      { kind: 'refusing', address: '127.0.0.4' },
    ],
    users: [demo],
  },
  'no-cable': lacking('cable', 'the network cable of the client is not plugged in'),
  'no-address': lacking('address', 'the client gets no network address'),
  'no-route': lacking('route', 'the client has an address, but no route to the servers', '198.51.100.11'),
  'silent-name-server': lacking('name-server', 'the name server does not answer'),
  'unknown-names': lacking('names', "the servers' names are not known"),
  'wrong-clock': { summary: 'the clock of the client is wrong', lacks: 'clock', servers: three, users: [demo] },
  'key-changed': {
    summary: 'the only server has another host key than the known one',
    servers: [server(2, { keyChanged: true })],
    users: [demo],
  },
  drain: {
    summary: 'one of three servers is draining, one is full',
    servers: [server(2, { draining: 'Maintenance until 18:00' }), server(3, { rating: 0 }), server(4)],
    users: [demo],
  },
  'strange-texts': {
    summary: 'servers that send unreadable texts: joined, wide and reversed letters without end',
    servers: [
      server(2, { draining: strangeTexts['joined letters'].slice(0, 200) }),
      server(3, { draining: strangeTexts['wide letters'] }),
      server(4),
    ],
    users: [
      user('dora', ...Object.values(strangeTexts).map((text) => ({ kind: 'say', text }) as const), {
        kind: 'ask',
        prompt: strangeTexts['joined signs'],
        echo: true,
        answer: null,
      }),
    ],
  },
  'many-servers': {
    summary: '300 servers, a tenth of them off',
    servers: Array.from({ length: 300 }, (_, i): DemoServer => {
      const address = `127.0.${1 + Math.floor(i / 100)}.${1 + (i % 100)}`;
      if (i % 10 === 7) return { kind: 'refusing', address };
      return { kind: 'ssh', address, rating: 1 + ((i * 37) % 100), capacity: 40 };
    }),
    users: [demo],
  },
};

export const scenarioNames: readonly string[] = Object.keys(scenarios);

export function findScenario(name: string): Scenario | undefined {
  return Object.hasOwn(scenarios, name) ? scenarios[name] : undefined;
}
