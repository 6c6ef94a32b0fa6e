/*
 * Preloaded into a process that writes a log, this records what reaches the disk and in which order: writes to
 * `data.mdb`, flushes of it, and lines written to a file `*.acks`. With DISK_FAIL_AFTER=N, the Nth write or flush of
 * `data.mdb` and all later ones fail with EIO.
 *
 * A record in DISK_TRACE: kind (W write, S flush, A acknowledgement), 1 if the write itself waits for the disk,
 * offset (8 bytes), length (4 bytes), data.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FDS = 4096 };
static char kind[FDS]; /* 0 other, 'd' data, 's' data with O_DSYNC, 'a' acknowledgements */
static int trace = -1;
static long calls = 0, fail_after = -1;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("DISK_TRACE"), *fail = getenv("DISK_FAIL_AFTER");
  if (path) trace = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fail) fail_after = atol(fail);
}

static int ends(const char *path, const char *end) {
  size_t a = strlen(path), b = strlen(end);
  return a >= b && strcmp(path + a - b, end) == 0;
}

static int note(int fd, const char *path, int flags) {
  if (fd >= 0 && fd < FDS) {
    if (ends(path, "data.mdb")) kind[fd] = flags & O_DSYNC ? 's' : 'd';
    else kind[fd] = ends(path, ".acks") ? 'a' : 0;
  }
  return fd;
}

static void put(const void *data, size_t size) {
  if (syscall(SYS_write, trace, data, size) != (long)size) abort();
}

static void record(char what, char synced, uint64_t offset, const struct iovec *parts, int count) {
  uint32_t length = 0;
  if (trace < 0) return;
  for (int at = 0; at < count; at++) length += parts[at].iov_len;
  pthread_mutex_lock(&lock);
  put(&what, 1), put(&synced, 1), put(&offset, 8), put(&length, 4);
  for (int at = 0; at < count; at++) put(parts[at].iov_base, parts[at].iov_len);
  pthread_mutex_unlock(&lock);
}

static int is_data(int fd) { return fd >= 0 && fd < FDS && (kind[fd] == 'd' || kind[fd] == 's'); }

static int fails(int fd) {
  if (!is_data(fd) || fail_after < 0 || __sync_add_and_fetch(&calls, 1) < fail_after) return 0;
  errno = EIO;
  return 1;
}

static ssize_t written(int fd, const struct iovec *parts, int count, off_t offset, ssize_t result) {
  int saved = errno;
  if (result >= 0 && is_data(fd)) record('W', kind[fd] == 's', offset, parts, count);
  else if (result >= 0 && fd >= 0 && fd < FDS && kind[fd] == 'a') record('A', 0, 0, parts, count);
  errno = saved;
  return result;
}

#define MODE(flags) va_list rest; va_start(rest, flags); mode_t mode = (flags) & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; va_end(rest)
int open(const char *p, int f, ...) { MODE(f); return note(syscall(SYS_openat, AT_FDCWD, p, f, mode), p, f); }
int open64(const char *p, int f, ...) { MODE(f); return note(syscall(SYS_openat, AT_FDCWD, p, f, mode), p, f); }
int openat(int d, const char *p, int f, ...) { MODE(f); return note(syscall(SYS_openat, d, p, f, mode), p, f); }
int openat64(int d, const char *p, int f, ...) { MODE(f); return note(syscall(SYS_openat, d, p, f, mode), p, f); }
int close(int fd) { if (fd >= 0 && fd < FDS) kind[fd] = 0; return syscall(SYS_close, fd); }

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset) {
  struct iovec part = {(void *)data, size};
  return fails(fd) ? -1 : written(fd, &part, 1, offset, syscall(SYS_pwrite64, fd, data, size, offset));
}
ssize_t pwrite64(int fd, const void *data, size_t size, off_t offset) { return pwrite(fd, data, size, offset); }
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) {
  return fails(fd) ? -1 : written(fd, parts, count, offset, syscall(SYS_pwritev, fd, parts, count, offset, 0));
}
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off_t offset) { return pwritev(fd, parts, count, offset); }
ssize_t writev(int fd, const struct iovec *parts, int count) {
  off_t offset = is_data(fd) ? lseek(fd, 0, SEEK_CUR) : 0;
  return fails(fd) ? -1 : written(fd, parts, count, offset, syscall(SYS_writev, fd, parts, count));
}
ssize_t write(int fd, const void *data, size_t size) {
  struct iovec part = {(void *)data, size};
  off_t offset = is_data(fd) ? lseek(fd, 0, SEEK_CUR) : 0;
  return fails(fd) ? -1 : written(fd, &part, 1, offset, syscall(SYS_write, fd, data, size));
}

static int flushed(int fd, int result) {
  if (result == 0 && is_data(fd)) record('S', 0, 0, 0, 0);
  return result;
}
int fdatasync(int fd) { return fails(fd) ? -1 : flushed(fd, syscall(SYS_fdatasync, fd)); }
int fsync(int fd) { return fails(fd) ? -1 : flushed(fd, syscall(SYS_fsync, fd)); }
