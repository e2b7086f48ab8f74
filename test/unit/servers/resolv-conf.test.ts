import { describe, expect, it } from 'vitest';
import { parseResolvConf, searchedNames } from '../../../src/servers/dns/resolv-conf.js';

describe('resolv.conf', () => {
  it('is read as glibc reads it', () => {
    const text = `
# comment
nameserver 10.0.0.1
nameserver fe80::1%eth0 ; the router
nameserver 10.0.0.3
nameserver 10.0.0.4
domain old.example
search school.example. city.example
options rotate timeout:2 attempts:9 ndots:2 edns0
`;
    expect(parseResolvConf(text, 'client.home.example')).toEqual({
      nameservers: ['10.0.0.1', 'fe80::1%eth0', '10.0.0.3'],
      search: ['school.example', 'city.example'],
      ndots: 2,
      timeoutMs: 2_000,
      attempts: 5,
      isConfigured: true,
      rotate: true,
    });
  });

  it('that says nothing means this machine, its own domain, 5 s and 2 attempts', () => {
    expect(parseResolvConf('', 'client.home.example')).toEqual({
      nameservers: ['127.0.0.1'],
      search: ['home.example'],
      ndots: 1,
      timeoutMs: 5_000,
      attempts: 2,
      isConfigured: false,
      rotate: false,
    });
    expect(parseResolvConf('', 'client').search).toEqual([]);
  });

  it('has a name with enough dots asked as it is first, a shorter one last, a full one alone', () => {
    const config = { search: ['a.example', 'b.example'], ndots: 1 };
    expect(searchedNames('_ldm._tcp', config)).toEqual(['_ldm._tcp', '_ldm._tcp.a.example', '_ldm._tcp.b.example']);
    expect(searchedNames('ldm', config)).toEqual(['ldm.a.example', 'ldm.b.example', 'ldm']);
    expect(searchedNames('_ldm._tcp.school.example.', config)).toEqual(['_ldm._tcp.school.example']);
  });

  it('may have any blanks, and comments behind values', () => {
    const text = [' nameserver \t 10.0.0.1 \r', 'search  a.example\tb.example # c.example\r', 'options\trotate ;x'];
    const blanks = parseResolvConf(text.join('\n'), 'client');
    expect(blanks).toMatchObject({ nameservers: ['10.0.0.1'], search: ['a.example', 'b.example'], rotate: true });
  });

  it('has name servers in its lines for them alone', () => {
    const text = 'domain a.example\noptions rotate\nnameserver\nnameserver 10.0.0.1\nsortlist 10.0.0.0\n';
    expect(parseResolvConf(text, '').nameservers).toEqual(['10.0.0.1']);
    expect(parseResolvConf('nameserver\n', '')).toMatchObject({ nameservers: ['127.0.0.1'], isConfigured: false });
  });

  it.each([
    ['domain a.example', ['a.example']],
    ['search a.example\nsearch b.example\nsearch c.example', ['c.example']],
    ['search a.example\ndomain b.example', ['b.example']],
    ['search a b c d e f g', ['a', 'b', 'c', 'd', 'e', 'f']],
    ['search', []],
  ])('searches the domains of the last line that names some: %j', (text, domains) => {
    expect(parseResolvConf(text, 'client.home.example').search).toEqual(domains);
  });

  it.each([
    ['timeout:12', 12_000],
    ['timeout:99', 30_000],
    ['timeout:0', 1_000],
    ['timeout:3 timeout:4 timeout:5', 5_000],
    ['timeout:2s', 5_000],
    ['timeout:x:2', 5_000],
    ['timeout:', 5_000],
    ['timeouts:2', 5_000],
  ])('waits by the last of the options %s', (options, timeoutMs) => {
    expect(parseResolvConf(`options ${options}`, '').timeoutMs).toBe(timeoutMs);
  });

  it('with the root as its only domain adds nothing to a name', () => {
    expect(searchedNames('ldm', parseResolvConf('search .', ''))).toEqual(['ldm']);
  });

  it('has a name with as many dots as `ndots` asked as it is first', () => {
    const names = (name: string) => searchedNames(name, { search: ['x'], ndots: 2 });
    expect(['a.b', 'a.b.c', 'a.b.c.d'].map((name) => names(name)[0])).toEqual(['a.b.x', 'a.b.c', 'a.b.c.d']);
  });
});
