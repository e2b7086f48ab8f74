// Runs inside the client: tells each client what shows on the login screen, one widget a line as JSON, read from an
// accessibility bus. It stays, for an emulated processor needs a quarter of a minute to start Node.
//   node read-screen.mjs SOCKET PORT
// D-Bus in the few words that this takes (D-Bus specification, "Message Protocol"), little-endian.
// Node is there because ldm-greeter needs it; a library for GTK's accessibility would bring what the greeter may lack.
import { createConnection, createServer } from 'node:net';

const registry = { name: 'org.a11y.atspi.Registry', root: '/org/a11y/atspi/accessible/root' };
const accessible = 'org.a11y.atspi.Accessible';
const textFace = 'org.a11y.atspi.Text';
/** AtspiRole: entries and the status; entries for passwords have another. */
const textRole = 61;
/** 0 and -1 */
const fromStartToEnd = Buffer.from([0, 0, 0, 0, 255, 255, 255, 255]);
/** Bits of AtspiStateType. */
const bits = { focused: 12, sensitive: 24, showing: 25 };

const socket = createConnection(process.argv[2]);
const waiting = new Map();
let received = Buffer.alloc(0);
let isOpen = false;
let serial = 0;

socket.write(`\0AUTH EXTERNAL ${Buffer.from(String(process.getuid())).toString('hex')}\r\nBEGIN\r\n`);
socket.on('data', (data) => {
  received = Buffer.concat([received, data]);
  if (!isOpen) {
    const end = received.indexOf('\r\n');
    if (end < 0) return;
    isOpen = true;
    received = received.subarray(end + 2);
  }
  while (takeMessage());
});

/** One value of a signature, and where the next begins. */
class Reader {
  constructor(buffer, at = 0) {
    this.buffer = buffer;
    this.at = at;
  }
  align(to) {
    this.at = Math.ceil(this.at / to) * to;
  }
  number() {
    this.align(4);
    this.at += 4;
    return this.buffer.readUInt32LE(this.at - 4);
  }
  text(length) {
    this.at += length + 1;
    return this.buffer.toString('utf8', this.at - length - 1, this.at - 1);
  }
  values(signature) {
    const all = [];
    for (let rest = signature; rest !== ''; ) {
      const one = firstType(rest);
      rest = rest.slice(one.length);
      all.push(this.value(one));
    }
    return all;
  }
  value(type) {
    switch (type[0]) {
      case 'y':
        this.at += 1;
        return this.buffer[this.at - 1];
      case 'i':
      case 'u':
        return this.number();
      case 's':
      case 'o':
        return this.text(this.number());
      case 'g':
        return this.text(this.value('y'));
      case 'v':
        return this.value(this.value('g'));
      case '(':
        this.align(8);
        return this.values(type.slice(1, -1));
      case 'a': {
        const length = this.number();
        if (type[1] === '(') this.align(8);
        const end = this.at + length;
        const all = [];
        while (this.at < end) all.push(this.value(type.slice(1)));
        return all;
      }
      default:
        throw new Error(`no reader for ${type}`);
    }
  }
}

function firstType(signature) {
  if (signature[0] === 'a') return `a${firstType(signature.slice(1))}`;
  if (signature[0] !== '(') return signature[0];
  let depth = 0;
  let end = 0;
  do {
    if (signature[end] === '(') depth += 1;
    if (signature[end] === ')') depth -= 1;
    end += 1;
  } while (depth > 0);
  return signature.slice(0, end);
}

function takeMessage() {
  if (received.length < 16) return false;
  const head = new Reader(received, 12);
  const fields = new Map(head.value('a(yv)'));
  head.align(8);
  const end = head.at + received.readUInt32LE(4);
  if (received.length < end) return false;
  const [type, replyTo, signature] = [received[1], fields.get(5), fields.get(8) ?? ''];
  const body = new Reader(received.subarray(head.at, end)).values(signature);
  received = received.subarray(end);
  // 2: a reply, 3: an error
  waiting.get(replyTo)?.(type === 3 ? [] : body);
  return true;
}

/** @param body the arguments, as the signature says */
function call(destination, path, face, method, signature = '', body = Buffer.alloc(0)) {
  serial += 1;
  const id = serial;
  const parts = [];
  let length = 0;
  const put = (buffer) => {
    parts.push(buffer);
    length += buffer.length;
  };
  const pad = () => put(Buffer.alloc((8 - (length % 8)) % 8));
  for (const [code, type, text] of [
    [1, 'o', path],
    [2, 's', face],
    [3, 's', method],
    [6, 's', destination],
  ]) {
    pad();
    put(Buffer.concat([Buffer.from([code, 1, type.charCodeAt(0), 0]), withLength(text)]));
  }
  if (signature !== '') {
    pad();
    put(Buffer.from([8, 1, 'g'.charCodeAt(0), 0, signature.length, ...Buffer.from(signature), 0]));
  }
  const head = Buffer.alloc(16);
  // Little-endian, a call, no flags, version 1
  head.set([0x6c, 1, 0, 1]);
  head.writeUInt32LE(id, 8);
  head.writeUInt32LE(length, 12);
  pad();
  head.writeUInt32LE(body.length, 4);
  socket.write(Buffer.concat([head, ...parts, body]));
  return new Promise((resolve) => waiting.set(id, resolve));
}

function withLength(text) {
  const bytes = Buffer.from(text);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(bytes.length);
  return Buffer.concat([size, bytes, Buffer.alloc(1)]);
}

/** All widgets that show, of all windows on the bus. */
async function lines() {
  const found = [];
  const [applications = []] = await call(registry.name, registry.root, accessible, 'GetChildren');
  for (const [name] of applications) {
    const [items = []] = await call(name, '/org/a11y/atspi/cache', 'org.a11y.atspi.Cache', 'GetItems');
    for (const item of items) {
      const [states, , role, label, faces] = [...item].reverse();
      const has = (bit) => (states[0] & (1 << bit)) !== 0;
      if (!has(bits.showing)) continue;
      const isText = role === textRole && faces.includes(textFace);
      const [text = ''] = isText ? await call(name, item[0][1], textFace, 'GetText', 'ii', fromStartToEnd) : [];
      const flags = { isFocused: has(bits.focused), isSensitive: has(bits.sensitive) };
      found.push(`${JSON.stringify({ role, name: label, text, ...flags })}\n`);
    }
  }
  return found.join('');
}

await call('org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus', 'Hello');
// An application keeps its list of widgets only while somebody listens to events.
await call(
  registry.name,
  '/org/a11y/atspi/registry',
  registry.name,
  'RegisterEvent',
  's',
  withLength('object:state-changed'),
);
createServer(async (asker) => {
  // A client that waited too long is gone.
  asker.on('error', () => {});
  asker.end(await lines());
}).listen(Number(process.argv[3]), '127.0.0.1');
