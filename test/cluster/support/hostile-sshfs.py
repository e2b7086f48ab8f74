#!/usr/bin/python3
# Stands in the place of sshfs on a server that wants more of the client than the medium. Does what the file
# /run/hostile/mode says, and writes each answer to /run/hostile/answers, a line for each attempt.
import os
import struct
import sys

receive, send = sys.stdin.buffer, sys.stdout.buffer
log = open('/run/hostile/answers', 'w')
count = 0


def say(what, answer):
    log.write('%s: %s\n' % (what, answer))
    log.flush()


def text(value):
    value = value if isinstance(value, bytes) else value.encode()
    return struct.pack('>I', len(value)) + value


def packet(kind, payload):
    return struct.pack('>IB', len(payload) + 1, kind) + payload


def answer():
    head = receive.read(4)
    if len(head) < 4:
        return None
    return receive.read(struct.unpack('>I', head)[0])


def ask(kind, payload):
    """The answer's kind, and its payload without the number of the request."""
    global count
    count += 1
    send.write(packet(kind, struct.pack('>I', count) + payload))
    send.flush()
    reply = answer()
    if reply is None:
        return 0, b''
    return reply[0], reply[5:]


def plain(reply):
    kind, payload = reply
    if kind == 101:
        return 'status %d' % struct.unpack('>I', payload[:4])
    return {0: 'end', 102: 'handle', 103: 'data', 104: 'name', 105: 'attributes', 201: 'extended'}[kind]


def mode_of(payload):
    return oct(struct.unpack('>I', payload[20:24])[0])


def names():
    kind, payload = ask(11, text('/'))
    found = []
    while True:
        kind, reply = ask(12, payload)
        if kind != 104:
            return sorted(found)
        at = 4
        for _ in range(struct.unpack('>I', reply[:4])[0]):
            (length,) = struct.unpack('>I', reply[at:at + 4])
            found.append(reply[at + 4:at + 4 + length].decode())
            at += 4 + length + 4 + 32


def evil():
    say('names', ' '.join(names()))
    secret = '/run/ldm-home/secret'
    paths = [secret, '..' + secret, '../../..' + secret, 'folder/../..' + secret, './../' + secret, '/proc/self/environ',
             'to-secret', 'to-etc/passwd', 'to-root' + secret, 'up' + secret, 'memory', 'terminal', 'pipe', 'folder/../kept',
             'kept\0x', 'kept/x', 'x' * 300, 'a/' * 3000, '/proc/self/fd/0', 'to-proc']
    nothing = struct.pack('>I', 0)
    for path in paths:
        name = path.replace('\0', '0')[:40]
        for flags in (1, 2, 1 | 2 | 8, 2 | 8 | 16):
            say('open %d %s' % (flags, name), plain(ask(3, text(path) + struct.pack('>I', flags) + nothing)))
        for kind in (7, 17, 11):
            say('kind %d %s' % (kind, name), plain(ask(kind, text(path))))
        say('setstat %s' % name, plain(ask(9, text(path) + struct.pack('>II', 4, 0o4777))))
        say('truncate %s' % name, plain(ask(9, text(path) + struct.pack('>IQ', 1, 0))))
        say('fetch %s' % name, plain(ask(18, text(path) + text('fetched-' + name.replace('/', '_')))) if path.strip('./') not in ('to-secret', 'to-proc', 'pipe', 'memory', 'terminal') else 'left out')
        say('put %s' % name, plain(ask(200, text('posix-rename@openssh.com') + text('bait') + text(path))) if '/' in path else 'left out')
    for target in (secret, '../..' + secret):
        say('symlink', plain(ask(20, text(target) + text('mine'))))
        say('hardlink', plain(ask(200, text('hardlink@openssh.com') + text(target) + text('mine'))))
    say('mkdir', plain(ask(14, text('../../run/ldm-home/made') + nothing)))
    say('rmdir root', plain(ask(15, text('/'))))
    say('remove root', plain(ask(13, text('/'))))
    say('rename root', plain(ask(18, text('/') + text('x'))))
    kind, handle = ask(3, text('kept') + struct.pack('>I', 3) + nothing)
    say('fsetstat', plain(ask(10, handle + struct.pack('>II', 4, 0o6777))))
    say('mode', mode_of(ask(8, handle)[1]))
    say('owner', plain(ask(10, handle + struct.pack('>III', 2, 0, 0))))
    kind, data = ask(5, handle + struct.pack('>QI', 0, 0xffffffff))
    say('read', '%d bytes' % struct.unpack('>I', data[:4]))
    say('read far', plain(ask(5, handle + struct.pack('>QI', 2 ** 53 - 1, 10))))
    for number in (b'', b'\0' * 3, b'\xff' * 4, b'\0' * 5000, b'../../etc'):
        for kind, rest in ((4, b''), (5, struct.pack('>QI', 0, 10)), (6, struct.pack('>Q', 0) + text('x')), (12, b'')):
            say('handle %d' % kind, plain(ask(kind, text(number) + rest)))
    say('unknown', plain(ask(77, b'x')))
    say('extension', plain(ask(200, text('copy-data') + b'x' * 40)))
    opened = 0
    # A hundred at a time, without waiting for an answer.
    for _ in range(100):
        send.write(b''.join(packet(3, struct.pack('>I', n) + text('kept') + struct.pack('>I', 1) + nothing) for n in range(100)))
        send.flush()
        opened += sum(answer()[0] == 102 for _ in range(100))
    say('opened of 10000', opened)
    say('end', plain(ask(7, text('kept'))))


def greet():
    send.write(packet(1, struct.pack('>I', 3)))
    send.flush()
    answer()


mode = open('/run/hostile/mode').read().strip()
if mode != 'mute':
    if mode != 'garbage':
        greet()
try:
    if mode == 'evil':
        evil()
    elif mode == 'garbage':
        send.write(os.urandom(1000000))
        send.flush()
    elif mode == 'giant':
        send.write(struct.pack('>IB', 0xfffffff0, 6) + b'x' * 1000000)
        send.flush()
    elif mode == 'short':
        send.write(packet(3, struct.pack('>II', 1, 1000) + b'x'))
        send.flush()
    elif mode == 'deaf':
        # Asks without reading, for as long as anybody takes it.
        kind, handle = ask(3, text('kept') + struct.pack('>II', 1, 0))
        ask_again = packet(5, struct.pack('>I', 1) + handle + struct.pack('>QI', 0, 65536)) * 100
        while True:
            send.write(ask_again)
            send.flush()
except BrokenPipeError:
    pass
say('done', receive.read() == b'')
