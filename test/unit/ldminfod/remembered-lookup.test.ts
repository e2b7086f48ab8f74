import type { LookupAddress } from 'node:dns';
import { expect, it } from 'vitest';
import { rememberedLookup } from '../../../src/ldminfod/registry/remembered-lookup.js';

/** A resolver that answers when it is told to. */
function heldResolver() {
  const waiting: ((error: Error | null, addresses: LookupAddress[]) => void)[] = [];
  const lookup = rememberedLookup((_host, _options, callback) => void waiting.push(callback));
  return {
    waiting,
    answer: (address: string | Error): void => {
      const callback = waiting.shift();
      if (address instanceof Error) callback?.(address, []);
      else callback?.(null, [{ address, family: 4 }]);
    },
    look: (): Promise<unknown> =>
      new Promise((resolve) => {
        lookup('etcd1', { all: true }, (error, addresses) => resolve(error?.message ?? addresses));
      }),
  };
}

it('the addresses of a name are asked for once at a time, and the old ones serve while the new ones take long', async () => {
  const resolver = heldResolver();
  const first = [resolver.look(), resolver.look()];
  expect(resolver.waiting).toHaveLength(1);
  resolver.answer('10.0.0.1');
  const old = [{ address: '10.0.0.1', family: 4 }];
  expect(await Promise.all(first)).toEqual([old, old]);

  expect(await resolver.look()).toEqual(old);
  expect(resolver.waiting).toHaveLength(1);
  const late = resolver.look();
  resolver.answer('10.0.0.2');
  expect(await late).toEqual([{ address: '10.0.0.2', family: 4 }]);

  const failing = resolver.look();
  resolver.answer(new Error('EAI_AGAIN'));
  expect(await failing).toEqual([{ address: '10.0.0.2', family: 4 }]);
});

it('a name that was never found fails with the reason of its lookup', async () => {
  const resolver = heldResolver();
  const looked = resolver.look();
  resolver.answer(new Error('ENOTFOUND'));
  expect(await looked).toBe('ENOTFOUND');
});
