"""Carries every frame between two interfaces, a while later. For kernels without netem.

Usage: slow-cable.py FIRST SECOND MILLISECONDS; says `ready`, ends when killed.
"""
import collections
import select
import socket
import sys
import time

SOL_PACKET = 263
PACKET_VNET_HDR = 15  # packet(7): the header that tells of checksums and segments left to the hardware goes along
ETH_P_ALL = 3


def attach(interface):
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    sock.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    sock.bind((interface, 0))
    sock.setblocking(False)
    return sock


ends = [attach(sys.argv[1]), attach(sys.argv[2])]
delay = int(sys.argv[3]) / 1000
waiting = collections.deque()
print("ready", flush=True)
while True:
    patience = max(0, waiting[0][0] - time.monotonic()) if waiting else None
    for source in select.select(ends, [], [], patience)[0]:
        frame, address = source.recvfrom(1 << 17)
        if address[2] != socket.PACKET_OUTGOING:
            waiting.append((time.monotonic() + delay, ends[1] if source is ends[0] else ends[0], frame))
    while waiting and waiting[0][0] <= time.monotonic():
        _, target, frame = waiting.popleft()
        try:
            target.send(frame)
        except OSError:
            pass  # The cable is cut, or full: frames get lost.
