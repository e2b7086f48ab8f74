/**
 * Members that are described when they are first used. node-gtk describes all names of GTK and all methods of a class at
 * once; a window needs one in twenty of them. scripts/node-gtk-seam.mjs builds this into node-gtk.
 */

/** @returns what a name stands for, or undefined where there is nothing of this name */
export type Describe = (name: string) => PropertyDescriptor | undefined;

/**
 * Gives an object members on demand. A member precedes those that the object inherits, as if it were there already, and
 * follows those that the object has.
 */
export function membersOnDemand(object: object, describe: Describe): void {
  const missing = new Set<PropertyKey>();
  const has = (name: PropertyKey): boolean => {
    if (typeof name !== 'string' || missing.has(name)) return false;
    const description = describe(name);
    if (description === undefined) missing.add(name);
    else Object.defineProperty(object, name, description);
    return description !== undefined;
  };
  // Between the object and what it inherits from, and asked only where the object has no such member. Its target has
  // that as its prototype, so that `instanceof` works.
  const between = new Proxy(Object.create(Object.getPrototypeOf(object)) as object, {
    get: (above, name, receiver) => Reflect.get(has(name) ? object : above, name, receiver) as unknown,
    set: (above, name, value, receiver) => Reflect.set(has(name) ? object : above, name, value, receiver),
    has: (above, name) => has(name) || Reflect.has(above, name),
  });
  Object.setPrototypeOf(object, between);
}

/** A member of a class, as node-gtk describes it. */
export interface Method {
  /** False for a function of the class itself. */
  readonly isMethod: boolean;
  readonly property: PropertyDescriptor;
}

/** What GLib knows about a class, structure or interface, with names as GLib spells them. */
export interface Members<Info> {
  readonly findMethod: (name: string) => Info | null;
  readonly methods: () => readonly (readonly [name: string, info: Info])[];
  readonly describeMethod: (info: Info) => Method;
  /** The properties or fields. */
  readonly values: () => readonly (readonly [name: string, info: Info])[];
  readonly describeValue: (info: Info) => PropertyDescriptor;
  /** Which one a name stands for where it is both. */
  readonly first: 'method' | 'value';
  /** Interfaces with members on demand; the last one that has a name precedes the others and the class. */
  readonly interfaces: readonly Class[];
}

export type Class = object & { readonly prototype: object };

/** Gives a class its members on demand. */
export function classOnDemand<Info>(ofClass: Class, members: Members<Info>): void {
  const findMethod = infoFinder(members.findMethod, members.methods);
  const findValue = infoFinder(undefined, members.values);
  const method = (name: string, isMethod: boolean): PropertyDescriptor | undefined => {
    const info = findMethod(name);
    const description = info && members.describeMethod(info);
    return description?.isMethod === isMethod ? description.property : undefined;
  };
  const value = (name: string): PropertyDescriptor | undefined => {
    const info = findValue(name);
    return info && members.describeValue(info);
  };
  const own = (name: string): PropertyDescriptor | undefined =>
    members.first === 'method' ? (method(name, true) ?? value(name)) : (value(name) ?? method(name, true));
  membersOnDemand(ofClass.prototype, (name) => interfaceMember(members.interfaces, name) ?? own(name));
  membersOnDemand(ofClass, (name) => method(name, false));
}

/** What the objects of these interfaces have by this name. */
export function interfaceMember(interfaces: readonly Class[], name: string): PropertyDescriptor | undefined {
  for (const { prototype } of interfaces.toReversed()) {
    // Asked for, it is defined.
    const member = name in prototype ? Object.getOwnPropertyDescriptor(prototype, name) : undefined;
    if (member !== undefined) return member;
  }
  return undefined;
}

/**
 * Finds by the name in JavaScript: first by GLib's usual name for it, which is quick, then among all names.
 * @param find by GLib's name; undefined where there is no quick way
 */
export function infoFinder<Info>(
  find: ((name: string) => Info | null) | undefined,
  all: () => readonly (readonly [name: string, info: Info])[],
): (name: string) => Info | undefined {
  let byName: ReadonlyMap<string, Info> | undefined;
  return (name) => {
    const found = find?.(isFunctionName(name) ? snakeCase(name) : name);
    if (found) return found;
    if (find && !/\d/.test(name)) return undefined;
    byName ??= new Map(all().map(([spelled, info]) => [camelCase(spelled), info]));
    return byName.get(name);
  };
}

/** Types and constants have the same name in both. */
function isFunctionName(name: string): boolean {
  return /^[a-z]/.test(name);
}

/** A name of GLib in JavaScript: `getNPages` for `get_n_pages`, `isActive` for `is-active`. As lodash does it. */
export function camelCase(name: string): string {
  const words = name.match(/[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+/g) ?? [];
  return words.map((word, i) => (i === 0 ? word.toLowerCase() : capitalized(word))).join('');
}

function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1).toLowerCase();
}

/** GLib's usual name for a name in JavaScript. Around digits, others are possible. */
function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
