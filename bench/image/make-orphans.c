// Leaves COUNT orphans to PID 1, lets all of them end at once, and says how many milliseconds later none was left.
//
//   make-orphans COUNT

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now_ms(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

static void wait_ms(int milliseconds) {
  struct timespec time = {0, milliseconds * 1000000L};
  nanosleep(&time, NULL);
}

static int processes(void) {
  int count = 0;
  DIR *proc = opendir("/proc");
  for (struct dirent *entry; (entry = readdir(proc)) != NULL;) count += isdigit(entry->d_name[0]) != 0;
  closedir(proc);
  return count;
}

int main(int argc, char **argv) {
  int count = argc > 1 ? atoi(argv[1]) : 5000;
  int gate[2];
  char byte;
  wait_ms(500);
  int before = processes();
  if (pipe(gate) != 0) return 1;
  pid_t parent = fork();
  if (parent == 0) {
    for (int made = 0; made < count; made++) {
      if (fork() == 0) {
        close(gate[1]);
        // Until the last writer is gone.
        read(gate[0], &byte, 1);
        _exit(0);
      }
    }
    _exit(0);
  }
  waitpid(parent, NULL, 0);
  wait_ms(1000);
  if (processes() < before + count) return 1;
  double start = now_ms();
  close(gate[1]);
  // A bound for those that never come to an end.
  while (processes() > before && now_ms() - start < 120000) wait_ms(1);
  printf("%d left after %.1f ms\n", processes() - before, now_ms() - start);
  fflush(stdout);
  return 0;
}
