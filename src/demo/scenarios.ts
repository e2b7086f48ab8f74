/** What the demo shows: which servers there are and who can log in. One more scenario is one more entry here. */

/** One server of the cluster, on an IPv4 address of its own in 127/8. */
export type DemoServer =
  /** Takes logins, and rates itself 0-100. */
  | { readonly kind: 'ssh'; readonly address: string; readonly rating: number; readonly capacity: number }
  /** Dead: answers neither yes nor no. */
  | { readonly kind: 'silent'; readonly address: string };

export interface DemoUser {
  readonly name: string;
  readonly password: string;
}

export interface Scenario {
  /** One line for the screen. */
  readonly summary: string;
  /** In the order of the list. */
  readonly servers: readonly DemoServer[];
  readonly users: readonly DemoUser[];
}

export const defaultScenario = 'cluster';

const scenarios: Readonly<Record<string, Scenario>> = {
  [defaultScenario]: {
    summary: 'three servers that live, with ratings of their own, and one that is dead',
    servers: [
      { kind: 'ssh', address: '127.0.0.2', rating: 85, capacity: 40 },
      { kind: 'ssh', address: '127.0.0.3', rating: 55, capacity: 40 },
      { kind: 'silent', address: '127.0.0.5' },
      { kind: 'ssh', address: '127.0.0.4', rating: 20, capacity: 40 },
    ],
    users: [{ name: 'demo', password: 'demo' }],
  },
};

export const scenarioNames: readonly string[] = Object.keys(scenarios);

export function findScenario(name: string): Scenario | undefined {
  return Object.hasOwn(scenarios, name) ? scenarios[name] : undefined;
}
