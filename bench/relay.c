/*
 * Copies between X clients, one at a time, and a display, and does nothing else: the floor for forwarding X11 in C.
 *   relay SOCKET DISPLAY-SOCKET
 */
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int unix_socket(const char *path, struct sockaddr_un *address)
{
  memset(address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  strncpy(address->sun_path, path, sizeof address->sun_path - 1);
  return socket(AF_UNIX, SOCK_STREAM, 0);
}

/* Returns 0 at the end. */
static int copy(int from, int to)
{
  static char data[65536];
  ssize_t length = read(from, data, sizeof data);
  for (ssize_t written = 0; written < length;) {
    ssize_t now = write(to, data + written, length - written);
    if (now <= 0)
      return 0;
    written += now;
  }
  return length > 0;
}

int main(int count, char **words)
{
  struct sockaddr_un own, display;
  if (count != 3)
    return 64;
  int listener = unix_socket(words[1], &own);
  if (bind(listener, (void *)&own, sizeof own) != 0 || listen(listener, 8) != 0)
    return 1;
  for (;;) {
    int ends[2] = { accept(listener, NULL, NULL), unix_socket(words[2], &display) };
    int open = connect(ends[1], (void *)&display, sizeof display) == 0;
    while (open) {
      struct pollfd watched[2] = { { ends[0], POLLIN, 0 }, { ends[1], POLLIN, 0 } };
      poll(watched, 2, -1);
      for (int i = 0; i < 2 && open; i++)
        if (watched[i].revents)
          open = copy(ends[i], ends[!i]);
    }
    close(ends[0]);
    close(ends[1]);
  }
}
