/* Passes the bytes of X clients on, and nothing else: relay LISTEN CONNECT, two Unix sockets. One client at a time. */
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static char bytes[1 << 16];

static int at(const char *path, int listens)
{
  struct sockaddr_un name = {.sun_family = AF_UNIX};
  strncpy(name.sun_path, path, sizeof name.sun_path - 1);
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  int failed = listens ? bind(fd, (struct sockaddr *)&name, sizeof name) || listen(fd, 8)
                       : connect(fd, (struct sockaddr *)&name, sizeof name);
  return failed ? -1 : fd;
}

static int pass(int from, int to)
{
  ssize_t length = read(from, bytes, sizeof bytes);
  for (ssize_t sent = 0, part; sent < length; sent += part)
    if ((part = write(to, bytes + sent, length - sent)) <= 0)
      return 0;
  return length > 0;
}

int main(int argc, char **argv)
{
  int listener = argc == 3 ? at(argv[1], 1) : -1;
  if (listener < 0)
    return 64;
  for (;;) {
    struct pollfd ends[2] = {{accept(listener, 0, 0), POLLIN, 0}, {at(argv[2], 0), POLLIN, 0}};
    for (int goes = 1; goes && poll(ends, 2, -1) > 0;) {
      if (ends[0].revents)
        goes = pass(ends[0].fd, ends[1].fd);
      if (goes && ends[1].revents)
        goes = pass(ends[1].fd, ends[0].fd);
    }
    close(ends[0].fd);
    close(ends[1].fd);
  }
}
