// Writes lines of 100 bytes to stdout, so many of them with each write(2), and then how long that took.
//
//   write-lines BYTES LINES-PER-WRITE FILE     FILE gets the nanoseconds

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LINE_BYTES = 100 };

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  long long left = atoll(argv[1]);
  size_t size = atoi(argv[2]) * LINE_BYTES;
  char *block = malloc(size);
  for (size_t at = 0; at < size; at += LINE_BYTES) {
    memset(block + at, 'a' + at / LINE_BYTES % 26, LINE_BYTES - 1);
    block[at + LINE_BYTES - 1] = '\n';
  }
  long long start = now();
  while (left > 0) {
    for (size_t at = 0; at < size;) {
      ssize_t written = write(1, block + at, size - at);
      if (written < 0) return 1;
      at += written;
    }
    left -= size;
  }
  long long took = now() - start;
  // Renamed into place: whoever sees it sees all of it.
  char draft[4096];
  snprintf(draft, sizeof draft, "%s.part", argv[3]);
  FILE *file = fopen(draft, "w");
  if (file == NULL) return 1;
  fprintf(file, "%lld\n", took);
  fclose(file);
  rename(draft, argv[3]);
  pause();
  return 0;
}
