"""Captures what goes over an interface, in either direction: one line for each frame, as it comes.

Usage: capture.py INTERFACE; says `ready`, then `PROTOCOL SOURCE TARGET FLAGS` lines, ends when killed. PROTOCOL is tcp,
udp, ip, arp or other; FLAGS are TCP's by their first letters. Multicast IPv6 is left out: the kernel's own, to nobody.
"""
import socket
import struct
import sys

ETH_P_ALL = 3


def line(frame):
    kind = struct.unpack("!H", frame[12:14])[0]
    packet = frame[14:]
    if kind == 0x0806:
        return "arp %s %s -" % (socket.inet_ntoa(packet[14:18]), socket.inet_ntoa(packet[24:28]))
    if kind == 0x86DD and packet[24] == 0xFF:
        return None
    if kind != 0x0800:
        return "other %04x - -" % kind
    length = (packet[0] & 15) * 4
    source, target = socket.inet_ntoa(packet[12:16]), socket.inet_ntoa(packet[16:20])
    if packet[9] not in (6, 17):
        return "ip %s %s -" % (source, target)
    ports = struct.unpack("!HH", packet[length : length + 4])
    flags = "-"
    if packet[9] == 6:
        flags = "".join(letter for bit, letter in enumerate("FSRPAU") if packet[length + 13] >> bit & 1)
    return "%s %s:%d %s:%d %s" % ("tcp" if packet[9] == 6 else "udp", source, ports[0], target, ports[1], flags)


capture = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
capture.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
capture.bind((sys.argv[1], 0))
print("ready", flush=True)
while True:
    text = line(capture.recv(1 << 17))
    if text:
        print(text, flush=True)
