import { seededRandom } from '../../src/simulation/seeded-random.js';
import { Draw } from './draw.js';
import { drawMessage } from './messages.js';

/**
 * What a hostile server does in one connection: all of it follows from the seed. A seed that once found a fault is kept
 * in kept-seeds.json, so draws must stay in their order; new kinds of lies go to the end of a list.
 */
export interface Plan {
  readonly seed: number;
  /** What stands where the server's name should: pieces, and ms between them. Undefined: an honest name. */
  readonly version: { readonly pieces: readonly Buffer[]; readonly everyMs: number } | undefined;
  readonly signIn: SignInPlan;
  readonly lies: readonly Lie[];
  /** What the command does once it runs. */
  readonly command: 'never starts' | 'is refused' | 'ends' | 'talks' | 'stays';
  /** Whether somebody answers the questions of the server. */
  readonly isAnswered: boolean;
  /** ms after which the user presses Cancel, or ends the session. */
  readonly cancelAfterMs: number;
}

export type SignInPlan =
  | { readonly kind: 'accept' | 'refuse' | 'silent' | 'change' }
  | { readonly kind: 'partial' | 'ask'; readonly prompts: number; readonly rounds: number; readonly text: string };

/** What is done to one packet of the server's. */
export interface Lie {
  /** Its number, counted from the first, or the first of a type of message. */
  readonly at: { readonly packet: number } | { readonly type: number };
  readonly kind: (typeof lieKinds)[number];
  readonly message: Buffer;
  readonly times: number;
  /** Draws of its own, in [0, 1). */
  readonly draws: readonly number[];
}

const lieKinds = [
  'cut',
  'end',
  'drop',
  'repeat',
  'truncate',
  'extend',
  'flip',
  'field',
  'retype',
  'insert',
  'insert-behind',
  'flood',
  'stall',
  'drip',
  'raw',
  'raw-length',
] as const;

export function planOf(seed: number): Plan {
  const draw = new Draw(seededRandom(seed));
  const version = draw.chance(0.08) ? drawVersion(draw) : undefined;
  const signIn = drawSignIn(draw);
  const command = draw.of(['ends', 'talks', 'talks', 'stays', 'stays', 'never starts', 'is refused'] as const);
  const isAnswered = draw.chance(0.8);
  const cancelAfterMs = draw.chance(0.4) ? draw.below(800) : 3_000;
  // Lies at the key exchange, at the sign-in and in the session are about as many.
  const lies = Array.from({ length: draw.of([0, 1, 1, 1, 2, 3]) }, () => drawLie(draw));
  return { seed, version, signIn, command, isAnswered, cancelAfterMs, lies };
}

/** What an honest server sends: from the first message of a key exchange to the end of a command. */
const usualTypes = [20, 31, 21, 6, 53, 51, 60, 52, 91, 91, 91, 91, 93, 99, 99, 99, 94, 95, 96, 97, 98];

function drawLie(draw: Draw): Lie {
  const kind = draw.chance(0.35) ? draw.of(['field', 'flood', 'insert-behind'] as const) : draw.of(lieKinds);
  const at = draw.chance(0.3) ? { packet: draw.below(draw.of([4, 8, 40])) } : { type: draw.of(usualTypes) };
  const message = drawMessage(draw);
  const times = kind === 'flood' ? draw.of([100, 3_000, 20_000]) : draw.of([1, 2, 3, 50]);
  return { at, kind, message, times, draws: Array.from({ length: 8 }, () => draw.number()) };
}

/** Most kinds let the user in: a server that never does cannot lie in a session. */
const signInKinds = [
  ...(['accept', 'accept', 'accept', 'accept', 'accept', 'accept', 'accept', 'accept'] as const),
  ...(['ask', 'ask', 'partial', 'refuse', 'silent', 'change'] as const),
];

function drawSignIn(draw: Draw): SignInPlan {
  const kind = draw.of(signInKinds);
  if (kind !== 'ask' && kind !== 'partial') return { kind };
  const length = draw.of([0, 1, 10, 5_000, 30_000]);
  const text = draw.of(['x', '\u202e', 'e\u0301\u0302\u0303', '\u0007\u001b[2J', '👩‍👩‍👧', '\n']).repeat(length);
  return { kind, prompts: draw.of([0, 1, 2, 3, 60, 1_000]), rounds: draw.of([1, 1, 2, 5, 200]), text };
}

function drawVersion(draw: Draw): NonNullable<Plan['version']> {
  const line = (text: string): Buffer => Buffer.from(`${text}\r\n`);
  const long = (): number => draw.of([10, 300, 9_000, 40_000]);
  const pieces = draw.of<() => Buffer[]>([
    () => [line('SSH-1.5-old')],
    () => [line('SSH-1.99-both')],
    () => [line('SSH-2.1-new')],
    () => [line(`SSH-2.0-${'x'.repeat(long())}`)],
    () => [line('SSH-2.0-')],
    () => [line('SSH-2.0')],
    () => [Buffer.from('SSH-2.0-feed\n')],
    () => [Buffer.from('SSH-2.0-none')],
    () => [Buffer.from('SSH-2.0-\0\0\r\n')],
    () => [line('SSH-2.0-\u001b[2J\u202e')],
    () => [line('HTTP/1.1 400 Bad Request'), line('')],
    () => [draw.bytes(200)],
    () => [],
    () => Array.from({ length: draw.of([1, 1_000, 2_000]) }, () => line('a line before the name')),
    () => Array.from({ length: draw.of([1, 20, 1_100]) }, () => line('x'.repeat(long()))),
    () => [Buffer.alloc(draw.of([100, 9_000, 2_000_000]), 'x')],
    () => [...'SSH-2.0-slow\r\n'].map((letter) => Buffer.from(letter)),
    () => Array.from({ length: 500 }, () => Buffer.from('\n')),
  ])();
  return { pieces, everyMs: draw.of([0, 0, 1, 50]) };
}
