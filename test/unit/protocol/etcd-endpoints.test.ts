import { expect, it } from 'vitest';
import { parseEtcdEndpoints, withScheme } from '../../../src/protocol/etcd-endpoints.js';

it('the endpoints of etcd are read in every usual spelling', () => {
  expect(parseEtcdEndpoints(', etcd1, etcd2:1 [fd00::1]:2 HTTPS://etcd3/ http://etcd4:5// etcd1 ')).toEqual([
    '//etcd1:2379',
    '//etcd2:1',
    '//[fd00::1]:2',
    'https://etcd3:2379',
    'http://etcd4:5',
  ]);
  for (const text of ['', ' , ', 'a b!', 'ftp://a', 'http://a/b', 'http:///', 'xhttp://a']) {
    expect([text, parseEtcdEndpoints(text)]).toEqual([text, undefined]);
  }
  const three = ['//a:1', 'http://b:2', 'https://c:3'];
  expect(withScheme(three, true)).toEqual(['https://a:1', 'http://b:2', 'https://c:3']);
  expect(withScheme(three, false)).toEqual(['http://a:1', 'http://b:2', 'https://c:3']);
});
