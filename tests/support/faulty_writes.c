/* Preloaded into a program, makes its writes to some files fail, as a full or broken disk would.
   TOYFARM_FAULT="CALL NAME AFTER ERRNO": CALL is write, sync or rename; NAME a part of the file's
   name; the first AFTER such calls succeed. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static struct {
  int read, after, error;
  char call[16], name[128];
} fault;

/* True, with errno set, if this call is to fail. */
static int fails(char const* call, char const* file) {
  if (!fault.read) {
    char const* text = getenv("TOYFARM_FAULT");
    fault.read = 1;
    if (!text || sscanf(text, "%15s %127s %d %d", fault.call, fault.name, &fault.after, &fault.error) != 4) {
      fault.call[0] = '\0';
    }
  }
  if (strcmp(call, fault.call) != 0 || !strstr(file, fault.name)) {
    return 0;
  }
  if (__atomic_sub_fetch(&fault.after, 1, __ATOMIC_SEQ_CST) >= 0) {
    return 0;
  }
  errno = fault.error;
  return 1;
}

static int fails_on(char const* call, int fd) {
  char link[64], file[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t const n = readlink(link, file, sizeof file - 1);
  file[n > 0 ? n : 0] = '\0';
  return fails(call, file);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int fd, void const* bytes, size_t n) {
  return fails_on("write", fd) ? -1 : REAL(write)(fd, bytes, n);
}
ssize_t pwrite(int fd, void const* bytes, size_t n, off_t at) {
  return fails_on("write", fd) ? -1 : REAL(pwrite)(fd, bytes, n, at);
}
ssize_t pwrite64(int fd, void const* bytes, size_t n, off64_t at) {
  return fails_on("write", fd) ? -1 : REAL(pwrite64)(fd, bytes, n, at);
}
ssize_t writev(int fd, struct iovec const* pieces, int n) {
  return fails_on("write", fd) ? -1 : REAL(writev)(fd, pieces, n);
}
int fsync(int fd) { return fails_on("sync", fd) ? -1 : REAL(fsync)(fd); }
int fdatasync(int fd) { return fails_on("sync", fd) ? -1 : REAL(fdatasync)(fd); }
int rename(char const* from, char const* to) { return fails("rename", to) ? -1 : REAL(rename)(from, to); }
