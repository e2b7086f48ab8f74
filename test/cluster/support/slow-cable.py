"""Carries every frame between two interfaces, a while later. For kernels without netem.

Usage: slow-cable.py FIRST SECOND MILLISECONDS MEGABITS; says `ready`, ends when killed. With 0 megabits a second a frame
takes no time of its own; otherwise each direction carries one frame after the other.
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
seconds_per_byte = 8 / (int(sys.argv[4]) * 1e6) if int(sys.argv[4]) > 0 else 0
# By source: the frames that it sent, oldest first, and when the last of them has left it.
waiting = {end: collections.deque() for end in ends}
left = {end: 0 for end in ends}
print("ready", flush=True)
while True:
    due = [frames[0][0] for frames in waiting.values() if frames]
    patience = max(0, min(due) - time.monotonic()) if due else None
    for source in select.select(ends, [], [], patience)[0]:
        frame, address = source.recvfrom(1 << 17)
        if address[2] != socket.PACKET_OUTGOING:
            left[source] = max(left[source], time.monotonic()) + len(frame) * seconds_per_byte
            waiting[source].append((left[source] + delay, frame))
    for source, frames in waiting.items():
        target = ends[1] if source is ends[0] else ends[0]
        while frames and frames[0][0] <= time.monotonic():
            _, frame = frames.popleft()
            try:
                target.send(frame)
            except OSError:
                pass  # The cable is cut, or full: frames get lost.
