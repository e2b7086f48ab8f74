import { describe, expect, it } from 'vitest';
import {
  camelCase,
  classOnDemand,
  infoFinder,
  interfaceMember,
  membersOnDemand,
} from '../../../src/ui/toolkit/on-demand.js';

const value = (of: unknown): PropertyDescriptor => ({ configurable: true, writable: true, value: of });

describe('members on demand', () => {
  it('are described once, when they are first used', () => {
    const asked: string[] = [];
    const object: { here?: number } = {};
    membersOnDemand(object, (name) => {
      asked.push(name);
      return name === 'here' ? value(1) : undefined;
    });
    expect(asked).toEqual([]);
    expect([object.here, object.here]).toEqual([1, 1]);
    expect(['absent' in object, 'absent' in object]).toEqual([false, false]);
    expect(asked).toEqual(['here', 'absent']);
  });

  it('precede what is inherited, even if that was used before', () => {
    class Above {
      activate(): string {
        return 'above';
      }
    }
    class Below extends Above {}
    membersOnDemand(Below.prototype, (name) => (name === 'activate' ? value(() => 'below') : undefined));
    expect([new Above().activate(), new Below().activate()]).toEqual(['above', 'below']);
  });

  it('leave the members that an object has and inherits', () => {
    class Above {
      inherited(): string {
        return 'inherited';
      }
    }
    class Below extends Above {
      own(): string {
        return 'own';
      }
    }
    membersOnDemand(Below.prototype, (name) => (name === 'own' ? value(() => 'on demand') : undefined));
    const object = new Below();
    expect([object.own(), object.inherited(), object instanceof Above]).toEqual(['own', 'inherited', true]);
  });

  it('get what is assigned, through their setters', () => {
    class Widget {
      stored = '';
    }
    membersOnDemand(Widget.prototype, (name) =>
      name === 'name'
        ? {
            get(this: Widget) {
              return this.stored;
            },
            set(this: Widget, to: string) {
              this.stored = `set ${to}`;
            },
          }
        : undefined,
    );
    const widget = new Widget() as Widget & { name: string; other: number };
    widget.name = 'card';
    widget.other = 2;
    expect([widget.name, widget.other, Object.keys(widget)]).toEqual(['set card', 2, ['stored', 'other']]);
  });
});

describe('a class on demand', () => {
  interface Info {
    readonly kind: 'method' | 'static' | 'value';
    readonly text: string;
  }
  const infos: Readonly<Record<string, Info>> = {
    is_active: { kind: 'method', text: 'the method' },
    new_with_label: { kind: 'static', text: 'the constructor' },
    get_x11_xid: { kind: 'method', text: 'with digits' },
  };
  const values: readonly (readonly [string, Info])[] = [
    ['is-active', { kind: 'value', text: 'the property' }],
    ['can-focus', { kind: 'value', text: 'the other property' }],
  ];
  const made = (first: 'method' | 'value', interfaces: readonly { prototype: object }[] = []) => {
    class Made {}
    classOnDemand<Info>(Made, {
      findMethod: (name) => infos[name] ?? null,
      methods: () => Object.entries(infos),
      describeMethod: ({ kind, text }) => ({ isMethod: kind === 'method', property: value(text) }),
      values: () => values,
      describeValue: ({ text }) => value(text),
      first,
      interfaces,
    });
    return Made as unknown as Record<string, unknown> & { readonly prototype: Record<string, unknown> };
  };

  it('has methods in its objects, and other functions in itself', () => {
    const { prototype, ...own } = made('method');
    expect(own).toEqual({});
    expect([made('method').newWithLabel, made('method').isActive]).toEqual(['the constructor', undefined]);
    expect([prototype.newWithLabel, prototype.isActive]).toEqual([undefined, 'the method']);
  });

  it('takes the method or the value where both have a name', () => {
    expect([made('method').prototype.isActive, made('value').prototype.isActive]).toEqual([
      'the method',
      'the property',
    ]);
    expect(made('method').prototype.canFocus).toBe('the other property');
  });

  it('prefers the last of its interfaces that has a name', () => {
    const one = { prototype: { isActive: 'one', canFocus: 'one' } };
    const two = { prototype: { isActive: 'two' } };
    const { prototype } = made('method', [one, two]);
    expect([prototype.isActive, prototype.canFocus]).toEqual(['two', 'one']);
    expect(interfaceMember([one, two], 'toString')).toBeUndefined();
  });

  it('finds names with digits', () => {
    expect(made('method').prototype.getX11Xid).toBe('with digits');
  });
});

describe('names', () => {
  it.each([
    ['get_n_pages', 'getNPages'],
    ['is-active', 'isActive'],
    ['show', 'show'],
    ['get_x11_display', 'getX11Display'],
    ['utf8to16', 'utf8To16'],
    ['_g_type', 'gType'],
    ['marshal_VOID__INT', 'marshalVoidInt'],
    ['rgbTransform', 'rgbTransform'],
  ])('of GLib: %s is %s', (name, wanted) => {
    expect(camelCase(name)).toBe(wanted);
  });

  it('of types and constants are not changed', () => {
    const asked: string[] = [];
    const find = infoFinder<string>(
      (name) => {
        asked.push(name);
        return name;
      },
      () => [],
    );
    expect(['TextView', 'KEY_Return', 'mainQuit'].map(find)).toEqual(['TextView', 'KEY_Return', 'main_quit']);
    expect(asked).toHaveLength(3);
  });
});
