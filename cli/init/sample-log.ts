/** The log that `swarm init` writes: a bad morning of a small shop, in the formats that its programs really write. */
export const sampleLog = `Nov 21 06:25:01 shop-1 CRON[2211]: pam_unix(cron:session): session opened for user root by (uid=0)
Nov 21 06:25:02 shop-1 systemd[1]: Started Daily apt download activities.
Nov 21 06:58:13 shop-1 sshd[2304]: Accepted publickey for deploy from 10.0.4.17 port 50122 ssh2: ED25519 SHA256:q1v0
2026-11-21 07:02:10.114 UTC [914] LOG:  checkpoint complete: wrote 312 buffers (1.9%); 0 WAL file(s) added, 0 removed
10.0.4.21 - - [21/Nov/2026:07:03:44 +0000] "GET /health HTTP/1.1" 200 17 "-" "kube-probe/1.29"
10.0.4.33 - - [21/Nov/2026:07:03:51 +0000] "GET /cart HTTP/1.1" 200 5120 "-" "Mozilla/5.0"
2026-11-21 07:04:02,530 INFO  [main] c.e.shop.Application - Started Application in 6.214 seconds (JVM running for 7.02)
Nov 21 07:09:40 shop-1 sshd[2391]: Failed password for invalid user admin from 203.0.113.9 port 41822 ssh2
Nov 21 07:09:43 shop-1 sshd[2391]: Failed password for invalid user oracle from 203.0.113.9 port 41830 ssh2
Nov 21 07:09:47 shop-1 sshd[2394]: Failed password for invalid user test from 203.0.113.9 port 41844 ssh2
Nov 21 07:09:49 shop-1 sshd[2394]: error: maximum authentication attempts exceeded for invalid user test from 203.0.113.9 port 41844 ssh2 [preauth]
2026-11-21 07:12:31.870 UTC [1022] LOG:  automatic vacuum of table "shop.public.orders": index scans: 1
2026-11-21 07:14:05,101 WARN  [http-nio-8080-exec-4] c.z.hikari.pool.HikariPool - HikariPool-1 - Thread starvation or clock leap detected
Nov 21 07:15:18 shop-1 kernel: [48211.220114] nvme0n1: I/O Cmd(0x2) @ LBA 148839424, 8 blocks, I/O Error (sct 0x2 / sc 0x81)
Nov 21 07:15:18 shop-1 kernel: [48211.220190] blk_update_request: critical medium error, dev nvme0n1, sector 148839424
Nov 21 07:15:19 shop-1 kernel: [48211.541022] EXT4-fs error (device nvme0n1p2): ext4_find_entry:1455: inode #131091: comm postgres: reading directory lblock 0
Nov 21 07:15:19 shop-1 kernel: [48211.541871] EXT4-fs (nvme0n1p2): Remounting filesystem read-only
2026-11-21 07:15:20.004 UTC [1031] ERROR:  could not extend file "base/16384/24901": Read-only file system
2026-11-21 07:15:20.005 UTC [1031] STATEMENT:  INSERT INTO orders (customer, total) VALUES ($1, $2)
2026-11-21 07:15:20.377 UTC [914] PANIC:  could not write to file "pg_wal/xlogtemp.914": Read-only file system
2026-11-21 07:15:20.512 UTC [901] LOG:  server process (PID 914) was terminated by signal 6: Aborted
2026-11-21 07:15:20.513 UTC [901] LOG:  terminating any other active server processes
2026-11-21 07:15:21,040 ERROR [http-nio-8080-exec-7] o.h.e.jdbc.spi.SqlExceptionHelper - FATAL: the database system is in recovery mode
2026-11-21 07:15:21,377 ERROR [http-nio-8080-exec-2] o.h.e.jdbc.spi.SqlExceptionHelper - FATAL: the database system is in recovery mode
2026/11/21 07:15:22 [error] 733#733: *9912 upstream prematurely closed connection while reading response header from upstream, client: 10.0.4.33, server: shop.example, request: "POST /order HTTP/1.1", upstream: "http://10.0.4.40:8080/order"
10.0.4.33 - - [21/Nov/2026:07:15:22 +0000] "POST /order HTTP/1.1" 502 157 "-" "Mozilla/5.0"
10.0.4.35 - - [21/Nov/2026:07:15:23 +0000] "POST /order HTTP/1.1" 502 157 "-" "Mozilla/5.0"
2026/11/21 07:15:25 [error] 733#733: *9920 connect() failed (111: Connection refused) while connecting to upstream, client: 10.0.4.35, server: shop.example, request: "GET /cart HTTP/1.1", upstream: "http://10.0.4.40:8080/cart"
2026/11/21 07:15:26 [error] 733#733: *9927 connect() failed (111: Connection refused) while connecting to upstream, client: 10.0.4.21, server: shop.example, request: "GET /cart HTTP/1.1", upstream: "http://10.0.4.40:8080/cart"
E1121 07:15:40.118203    1204 pod_workers.go:1298] "Error syncing pod, skipping" err="failed to \\"StartContainer\\" for \\"shop\\" with CrashLoopBackOff" pod="shop/shop-6f7c9d-x2k8p"
W1121 07:15:42.500871    1204 eviction_manager.go:330] "Eviction manager: attempting to reclaim" resourceName="ephemeral-storage"
Nov 21 07:16:03 shop-1 dhclient[611]: DHCPACK of 10.0.4.40 from 10.0.4.1
Nov 21 07:16:30 shop-1 sudo:   deploy : TTY=pts/0 ; PWD=/home/deploy ; USER=root ; COMMAND=/usr/bin/systemctl restart shop
Nov 21 07:16:31 shop-1 systemd[1]: Stopping Shop...
Nov 21 07:16:33 shop-1 systemd[1]: shop.service: Main process exited, code=killed, status=9/KILL
2026-11-21 07:17:02,918 ERROR [http-nio-8080-exec-1] c.e.shop.OrderController - java.lang.OutOfMemoryError: Java heap space
Nov 21 07:19:44 shop-1 smartd[588]: Device: /dev/nvme0n1, SMART overall-health self-assessment test result: FAILED
Nov 21 07:20:00 shop-1 CRON[2502]: pam_unix(cron:session): session closed for user root
`;
