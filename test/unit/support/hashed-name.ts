import { createHmac } from 'node:crypto';
import fc from 'fast-check';

/** Names as `ssh-keygen -H` hides them, each with a salt of its own. */
export function hashedName(names: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.tuple(names, fc.uint8Array({ minLength: 20, maxLength: 20 })).map(([name, salt]) => {
    const hash = createHmac('sha1', salt).update(name).digest('base64');
    return `|1|${Buffer.from(salt).toString('base64')}|${hash}`;
  });
}
