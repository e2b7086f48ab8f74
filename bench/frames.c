/*
 * Presses a key every 20 ms while a window is on the screen, and prints the times at which the screen changed, in ms:
 *   frames COUNT TURN   COUNT presses: TURN of Down, then TURN of Up, and so on
 * An X server cannot tell how often a program draws, but when it has drawn (extension DAMAGE).
 */
#include <X11/Xlib.h>
#include <X11/extensions/XTest.h>
#include <X11/extensions/Xdamage.h>
#include <X11/keysym.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

int main(int argc, char **argv) {
  Display *display = XOpenDisplay(NULL);
  int event_base, error_base;
  if (argc != 3 || !display || !XDamageQueryExtension(display, &event_base, &error_base)) return 1;
  int count = atoi(argv[1]), turn = atoi(argv[2]);
  XDamageCreate(display, DefaultRootWindow(display), XDamageReportRawRectangles);
  KeyCode down = XKeysymToKeycode(display, XK_Down), up = XKeysymToKeycode(display, XK_Up);
  double start = now(), next = start;
  for (int press = 0; press < count;) {
    while (XPending(display)) {
      XEvent event;
      XNextEvent(display, &event);
      if (event.type == event_base + XDamageNotify) printf("%.2f\n", now() - start);
    }
    double wait = next - now();
    if (wait > 0) {
      struct pollfd fd = {ConnectionNumber(display), POLLIN, 0};
      XFlush(display);
      poll(&fd, 1, (int)wait + 1);
      continue;
    }
    KeyCode key = press / turn % 2 ? up : down;
    XTestFakeKeyEvent(display, key, True, CurrentTime);
    XTestFakeKeyEvent(display, key, False, CurrentTime);
    XFlush(display);
    press += 1;
    next += 20;
  }
  printf("%.2f\n", now() - start);
  return 0;
}
