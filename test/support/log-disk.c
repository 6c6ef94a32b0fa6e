/*
 * Preloaded into a process that writes a log, this records what reaches the disk and in which order: writes to `data.mdb`,
 * `journal` and `*.new`, flushes of them, their names, flushes of folders, and lines written to a file `*.acks`.
 * With DISK_FAIL_AFTER=N, the Nth write or flush and all later ones fail with EIO; with DISK_FAIL_TIMES=M, only M of them;
 * with DISK_FAIL_FLUSHES=1, only flushes count and fail.
 *
 * A record in DISK_TRACE: kind (W write, S flush, C created, R renamed, D folder flushed, A acknowledgement), 1 if the write
 * itself waits for the disk, the file's inode (8 bytes), offset (8 bytes), length (4 bytes), data: of C and R the name.
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
static char kind[FDS]; /* 0 other, 'd' data, 's' data with O_DSYNC, 'f' folder, 'a' acknowledgements */
static uint64_t inode[FDS];
static int trace = -1;
static long calls = 0, fail_after = -1, fail_times = -1;
static int only_flushes = 0;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("DISK_TRACE"), *fail = getenv("DISK_FAIL_AFTER"), *times = getenv("DISK_FAIL_TIMES");
  if (path) trace = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fail) fail_after = atol(fail);
  if (times) fail_times = atol(times);
  only_flushes = getenv("DISK_FAIL_FLUSHES") != 0;
}

static int ends(const char *path, const char *end) {
  size_t a = strlen(path), b = strlen(end);
  return a >= b && strcmp(path + a - b, end) == 0;
}

static void put(const void *data, size_t size) {
  if (syscall(SYS_write, trace, data, size) != (long)size) abort();
}

static void record(char what, char synced, uint64_t file, uint64_t offset, const struct iovec *parts, int count) {
  uint32_t length = 0;
  if (trace < 0) return;
  for (int at = 0; at < count; at++) length += parts[at].iov_len;
  pthread_mutex_lock(&lock);
  put(&what, 1), put(&synced, 1), put(&file, 8), put(&offset, 8), put(&length, 4);
  for (int at = 0; at < count; at++) put(parts[at].iov_base, parts[at].iov_len);
  pthread_mutex_unlock(&lock);
}

static void record_name(char what, uint64_t file, const char *path) {
  const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
  struct iovec part = {(void *)name, strlen(name)};
  record(what, 0, file, 0, &part, 1);
}

static int is_watched(const char *path) { return ends(path, "data.mdb") || ends(path, "/journal") || ends(path, ".new"); }

static int note(int fd, const char *path, int flags) {
  struct stat found;
  if (fd < 0 || fd >= FDS) return fd;
  kind[fd] = ends(path, ".acks") ? 'a' : 0;
  if (fstat(fd, &found) != 0) return fd;
  inode[fd] = found.st_ino;
  if (S_ISDIR(found.st_mode)) kind[fd] = 'f';
  else if (is_watched(path)) {
    kind[fd] = flags & O_DSYNC ? 's' : 'd';
    if (flags & O_CREAT && found.st_size == 0) record_name('C', inode[fd], path);
  }
  return fd;
}

static int is_data(int fd) { return fd >= 0 && fd < FDS && (kind[fd] == 'd' || kind[fd] == 's'); }

static int fails(int fd, int flushes) {
  if (!is_data(fd) || fail_after < 0 || (only_flushes && !flushes)) return 0;
  long call = __sync_add_and_fetch(&calls, 1);
  if (call < fail_after || (fail_times >= 0 && call >= fail_after + fail_times)) return 0;
  errno = EIO;
  return 1;
}

static ssize_t written(int fd, const struct iovec *parts, int count, off_t offset, ssize_t result) {
  int saved = errno;
  if (result >= 0 && is_data(fd)) record('W', kind[fd] == 's', inode[fd], offset, parts, count);
  else if (result >= 0 && fd >= 0 && fd < FDS && kind[fd] == 'a') record('A', 0, 0, 0, parts, count);
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
  return fails(fd, 0) ? -1 : written(fd, &part, 1, offset, syscall(SYS_pwrite64, fd, data, size, offset));
}
ssize_t pwrite64(int fd, const void *data, size_t size, off_t offset) { return pwrite(fd, data, size, offset); }
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) {
  return fails(fd, 0) ? -1 : written(fd, parts, count, offset, syscall(SYS_pwritev, fd, parts, count, offset, 0));
}
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off_t offset) { return pwritev(fd, parts, count, offset); }
ssize_t writev(int fd, const struct iovec *parts, int count) {
  off_t offset = is_data(fd) ? lseek(fd, 0, SEEK_CUR) : 0;
  return fails(fd, 0) ? -1 : written(fd, parts, count, offset, syscall(SYS_writev, fd, parts, count));
}
ssize_t write(int fd, const void *data, size_t size) {
  struct iovec part = {(void *)data, size};
  off_t offset = is_data(fd) ? lseek(fd, 0, SEEK_CUR) : 0;
  return fails(fd, 0) ? -1 : written(fd, &part, 1, offset, syscall(SYS_write, fd, data, size));
}

static int flushed(int fd, int result) {
  if (result == 0 && is_data(fd)) record('S', 0, inode[fd], 0, 0, 0);
  if (result == 0 && fd >= 0 && fd < FDS && kind[fd] == 'f') record('D', 0, inode[fd], 0, 0, 0);
  return result;
}
int fdatasync(int fd) { return fails(fd, 1) ? -1 : flushed(fd, syscall(SYS_fdatasync, fd)); }
int fsync(int fd) { return fails(fd, 1) ? -1 : flushed(fd, syscall(SYS_fsync, fd)); }

int rename(const char *from, const char *to) {
  struct stat found;
  int known = is_watched(from) && stat(from, &found) == 0;
  int result = syscall(SYS_rename, from, to);
  if (result == 0 && known) record_name('R', found.st_ino, to);
  return result;
}
