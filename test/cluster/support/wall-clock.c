/*
 * Preloaded into a program: its wall clock goes wrong by as many seconds as the file named by TEST_CLOCK says at that
 * moment. The monotonic clock is left alone, as the kernel leaves it when somebody sets the time.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static long long off(void) {
  const char *name = getenv("TEST_CLOCK");
  FILE *file = name == NULL ? NULL : fopen(name, "re");
  long long seconds = 0;
  if (file == NULL) return 0;
  if (fscanf(file, "%lld", &seconds) != 1) seconds = 0;
  fclose(file);
  return seconds;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  static int (*real)(clockid_t, struct timespec *);
  int result;
  if (real == NULL) real = dlsym(RTLD_NEXT, "clock_gettime");
  result = real(clock, now);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += off();
  return result;
}

int gettimeofday(struct timeval *now, void *zone) {
  static int (*real)(struct timeval *, void *);
  int result;
  if (real == NULL) real = dlsym(RTLD_NEXT, "gettimeofday");
  result = real(now, zone);
  if (result == 0) now->tv_sec += off();
  return result;
}

time_t time(time_t *result) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (result != NULL) *result = now.tv_sec;
  return now.tv_sec;
}
