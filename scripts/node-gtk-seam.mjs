// node-gtk defines every name of GTK when it is loaded, and every method of a class when the class is first used. In the
// bundles of the windows both are defined when they are used (src/ui/toolkit/on-demand.ts), which saves a third of the
// greeter's start. The build applies this to node-gtk's source, and fails if an update of node-gtk moves one of the places.
// Of all names in GTK's namespaces these are not found, and not needed here: names with underscores at their ends or two in
// a row (those that marshal a GClosure), functions of an interface in the classes that have it, and node-gtk's additions that are
// left out below.
import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const onDemand = join(here, '../src/ui/toolkit/on-demand.ts');

const helpers = `
const { camelCase, classOnDemand, infoFinder, interfaceMember, membersOnDemand } = require(${JSON.stringify(onDemand)})

function listOf(info, lengthFn, itemFn) {
  const list = []
  forLoopFn(info, lengthFn, itemFn, (item) => list.push([getName(item), item]))
  return list
}

/** @param kind as in the names of GLib's functions; values: 'property' or 'field' */
function defineMembers(constructor, kind, info, values, interfaces) {
  const ofKind = (name) => GI[kind + '_info_' + name]
  const plural = values === 'field' ? 'fields' : 'properties'
  classOnDemand(constructor, {
    findMethod: (name) => ofKind('find_method')(info, name),
    methods: () => listOf(info, ofKind('get_n_methods'), ofKind('get_method')),
    describeMethod: getFunctionDescription,
    values: () => listOf(info, ofKind('get_n_' + plural), ofKind('get_' + values)),
    describeValue: values === 'field' ? getFieldDescription : (one) => getPropertyDescription(one).property,
    first: values === 'field' ? 'value' : 'method',
    interfaces,
  })
}
`;

/** By file, in order: the text to find, and its replacement. Each text is there once. */
const changes = {
  // Node looks for it. What is left of the file is for Windows.
  'native.js': [
    [
      "path.join(__dirname, 'binding', bindingName, 'node_gtk.node')",
      "'node-gtk/lib/binding/' + bindingName + '/node_gtk.node'",
    ],
    [
      `if (!fs.existsSync(bindingPath)) {
  const binary = require('@mapbox/node-pre-gyp')
  const packagePath = path.resolve(path.join(__dirname, '../package.json'))
  bindingPath = binary.find(packagePath)
}
`,
      '',
    ],
  ],
  // What it adds to namespaces, of those that the windows use.
  'module.js': [
    [
      `  let override
  try { override = require.resolve(\`./overrides/\${[ns, version].join('-')}.js\`) }
  catch (e) {
    try { override = require.resolve(\`./overrides/\${ns}.js\`) }
    catch (e) {}
  }
  if (override)
    require(override).apply(module)
`,
      `  if (ns === 'Gtk') require('./overrides/Gtk-3.0.js').apply(module)
`,
    ],
  ],
  'bootstrap.js': [
    ["const camelCaseRaw = require('lodash.camelcase')\n", helpers],
    [
      `const camelCaseCache = new Map()
function camelCase(name) {
  let result = camelCaseCache.get(name)
  if (result === undefined) {
    result = camelCaseRaw(name)
    camelCaseCache.set(name, result)
  }
  return result
}
`,
      '',
    ],
    // Fields
    [`function addField(object, fieldInfo) {`, `function getFieldDescription(fieldInfo) {`],
    [
      `  const name = getInfoName(fieldInfo)

  Object.defineProperty(object, name, {
    configurable: true,
    enumerable: readable,
    get: readable ? fieldGetter(fieldInfo) : undefined,
    set: writable ? fieldSetter(fieldInfo) : undefined
  })
`,
      `  return {
    configurable: true,
    enumerable: readable,
    get: readable ? fieldGetter(fieldInfo) : undefined,
    set: writable ? fieldSetter(fieldInfo) : undefined
  }
`,
    ],
    // Classes
    [
      `  forLoopFn(info, GI.object_info_get_n_properties, GI.object_info_get_property, (propertyInfo) => {
    addProperty(constructor, propertyInfo)
  })

  forLoopFn(info, GI.object_info_get_n_methods, GI.object_info_get_method, (methodInfo) => {
    addFunction(constructor, methodInfo);
  })
`,
      `  const interfaces = []
`,
    ],
    [
      `    applyInterface(constructor, getInterface(interfaceInfo))
  })

`,
      `    interfaces.push(getInterface(interfaceInfo))
  })
  defineMembers(constructor, 'object', info, 'property', interfaces)
`,
    ],
    // Classes without a description, which have only interfaces
    [
      `  interface_._properties.forEach(description => define(constructor, description))
  interface_._methods.forEach(description => define(constructor, description))
  interface_._constants.forEach(description => define(constructor, description))
`,
      `  membersOnDemand(constructor.prototype, (name) => interfaceMember([interface_], name))
`,
    ],
    // Names of a namespace
    [
      `  const entries = internal.GetInfoEntries(ns)

  for (let i = 0; i < entries.length; i += 3) {
    const type = entries[i + 1]
    const name = type === GI.InfoType.FUNCTION ? camelCase(entries[i]) : entries[i]
    defineLazyInfo(module, ns, name, entries[i + 2])
  }
}

function defineLazyInfo(module, ns, name, index) {
  const key = ns + '.' + name

  Object.defineProperty(module, name, {
    configurable: true,
    enumerable: true,
    get() {
`,
      `  const repo = GI.Repository_get_default()
  const find = infoFinder(
    (name) => GI.Repository_find_by_name.call(repo, ns, name),
    () => listOf(ns, (one) => GI.Repository_get_n_infos.call(repo, one), (one, i) => GI.Repository_get_info.call(repo, one, i)))
  membersOnDemand(module, (name) => {
      const key = ns + '.' + name
`,
    ],
    [
      `        const repo = GI.Repository_get_default()
        const info = GI.Repository_get_info.call(repo, ns, index)
        const value = makeInfo(info)
        Object.defineProperty(module, name, {
          configurable: true, enumerable: true, writable: true, value,
        })
        return value
`,
      `        const info = find(name)
        const value = info && makeInfo(info)
        return value === undefined ? undefined : { configurable: true, enumerable: true, writable: true, value }
`,
    ],
    [
      `    },
    /* Plain assignments must keep working (getInterface() and the overrides
     * write straight into the module). */
    set(value) {
      Object.defineProperty(module, name, {
        configurable: true, enumerable: true, writable: true, value,
      })
    },
  })
`,
      `  })
`,
    ],
    // Structures
    [
      `  const nMethods = GI.union_info_get_n_methods(info);
  for (let i = 0; i < nMethods; i++) {
    const methodInfo = GI.union_info_get_method(info, i);
    addFunction(constructor, methodInfo);
  }

  const nFields = GI.union_info_get_n_fields(info);
  for (let i = 0; i < nFields; i++) {
    const fieldInfo = GI.union_info_get_field(info, i);
    addField(constructor.prototype, fieldInfo);
  }
`,
      `  defineMembers(constructor, 'union', info, 'field', [])
`,
    ],
    [
      `  const nMethods = GI.struct_info_get_n_methods(info);
  for (let i = 0; i < nMethods; i++) {
    var methodInfo = GI.struct_info_get_method(info, i);
    addFunction(constructor, methodInfo);
  }

  const nFields = GI.struct_info_get_n_fields(info);
  for (let i = 0; i < nFields; i++) {
    const fieldInfo = GI.struct_info_get_field(info, i);
    addField(constructor.prototype, fieldInfo);
  }
`,
      `  defineMembers(constructor, 'struct', info, 'field', [])
`,
    ],
    // Interfaces
    [
      `  constructor._properties = []
  forLoopFn(info, GI.interface_info_get_n_properties, GI.interface_info_get_property, (propertyInfo) => {
    constructor._properties.push(getPropertyDescription(propertyInfo))
    addProperty(constructor, propertyInfo)
  })

  constructor._methods = []
  forLoopFn(info, GI.interface_info_get_n_methods, GI.interface_info_get_method, (methodInfo) => {
    constructor._methods.push(getFunctionDescription(methodInfo))
    addFunction(constructor, methodInfo)
  })

  constructor._constants = []
  forLoopFn(info, GI.interface_info_get_n_constants, GI.interface_info_get_constant, (constantInfo) => {
    constructor._constants.push(getConstantDescription(constantInfo))
    addConstant(constructor, constantInfo)
  })
`,
      `  defineMembers(constructor, 'interface', info, 'property', [])
`,
    ],
  ],
};

const seamFile = /[\\/]node-gtk[\\/]lib[\\/](bootstrap|module|native)\.js$/;

/**
 * @param {string} file name of a file of node-gtk
 * @param {string} source of that file
 * @throws {Error} when a place is not where it was
 */
export function applySeam(file, source) {
  let text = source;
  for (const [place, replacement] of changes[file]) {
    const found = text.split(place).length - 1;
    if (found !== 1) {
      throw new Error(
        `node-gtk's ${file} has changed: ${JSON.stringify(place)} is there ${found} times, not once; see scripts/node-gtk-seam.mjs`,
      );
    }
    text = text.replace(place, () => replacement);
  }
  return text;
}

/** Bundles node-gtk's JavaScript. Its compiled part stays in node_modules/. */
export const bundleNodeGtk = {
  name: 'bundle-node-gtk',
  setup(setup) {
    // Without what only programs with classes of their own need.
    setup.onResolve({ filter: /^node-gtk$/ }, ({ resolveDir }) =>
      setup.resolve('node-gtk/lib/module.js', { kind: 'require-call', resolveDir }),
    );
    setup.onLoad({ filter: seamFile }, ({ path }) => ({
      contents: applySeam(basename(path), readFileSync(path, 'utf8')),
    }));
  },
};
