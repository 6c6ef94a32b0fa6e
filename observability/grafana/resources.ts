import { framed } from "./frame.ts";
import { graph, heatmap } from "./panels.ts";
import { medianAnd, rate, series, sum } from "./queries.ts";

export const resources = framed({
  uid: "swarm-resources",
  title: "Swarm resources",
  description:
    "What runs wait for: the scheduler, the memory of models, the disk, the event loop; and what becomes of traces.",
  hasMetrics: true,
  sections: [
    {
      title: "Scheduler",
      panels: [
        graph(
          {
            title: "Wait for a lease",
            description: "How long calls wait before a model may work on them. Above a minute they starve.",
            unit: "s",
            limits: [
              { at: 10, colour: "yellow" },
              { at: 60, colour: "red" },
            ],
          },
          medianAnd(0.95, "swarm_gpu_lease_wait_seconds_bucket", { by: "priority", exemplars: true }),
        ),
        graph(
          {
            title: "Time a lease is held",
            description: "How long a call keeps what the scheduler gave it.",
            unit: "s",
          },
          medianAnd(0.95, "swarm_gpu_lease_hold_seconds_bucket"),
        ),
        graph(
          { title: "Leases", description: "Calls that models work on.", unit: "short" },
          [{ expr: sum(series("swarm_gpu_leases"), "device", "state"), legend: "{{device}} {{state}}" }],
          { stacked: true },
        ),
        graph(
          {
            title: "Time in use",
            description:
              "Part of the last minute in which any call held a lease. Low with a queue: calls wait for memory, not for the model. It does not say how busy the device itself was.",
            unit: "percentunit",
          },
          [
            {
              expr: `max by (instance, device) (${series("swarm_gpu_utilization_ratio")})`,
              legend: "{{device}} {{instance}}",
            },
          ],
          { max: 1 },
        ),
        graph(
          {
            title: "Queue",
            description:
              "Calls that wait for a lease. At 1,024 for one model further ones fail as overloaded.",
            unit: "short",
            limits: [
              { at: 512, colour: "yellow" },
              { at: 1024, colour: "red" },
            ],
          },
          [{ expr: sum(series("swarm_gpu_queue_depth"), "priority"), legend: "{{priority}}" }],
        ),
        graph(
          {
            title: "Memory of models",
            description:
              "What models hold, and the budget of the runs that go on. Never above the budget; reserved for long: a load hangs.",
            unit: "bytes",
          },
          [
            {
              expr: sum(series("swarm_gpu_memory_bytes"), "device", "kind"),
              legend: "{{kind}} {{device}}",
            },
          ],
        ),
        graph(
          {
            title: "Evictions",
            description:
              "Models taken out of memory, per second, and why. Many for room: the models in use do not fit together.",
            unit: "ops",
          },
          [{ expr: sum(rate(series("swarm_gpu_evictions_total")), "reason"), legend: "{{reason}}" }],
          { stacked: true },
        ),
      ],
    },
    {
      title: "Event log",
      panels: [
        graph(
          {
            title: "Commit to disk",
            description:
              "One group commit of the event log. Above 100 ms everything that leaves the record waits.",
            unit: "s",
            limits: [{ at: 0.1, colour: "red" }],
          },
          medianAnd(0.99, "swarm_log_append_duration_seconds_bucket", { exemplars: true }),
        ),
        heatmap(
          {
            title: "Rows of a commit",
            description: "Few rows in many commits: work comes one by one. Many rows: the disk is behind.",
            unit: "short",
          },
          sum(rate(series("swarm_log_batch_size_bucket")), "le"),
        ),
        graph(
          {
            title: "Space",
            description: "What the log takes, and what it can grow to: that and the free space of its disk.",
            unit: "bytes",
          },
          [
            { expr: sum(series("swarm_log_used_bytes"), "instance"), legend: "used {{instance}}" },
            { expr: sum(series("swarm_log_map_bytes"), "instance"), legend: "at most {{instance}}" },
          ],
        ),
      ],
    },
    {
      title: "Telemetry",
      panels: [
        graph(
          {
            title: "Spans exported",
            description:
              "Spans a second that the collector took, did not take, rejected for good, or that were left when a run ended. Only sent is good; `swarm trace RUN --otlp` sends the rest.",
            unit: "ops",
          },
          [{ expr: sum(rate(series("swarm_otel_spans_total")), "result"), legend: "{{result}}" }],
          { stacked: true },
        ),
        graph(
          {
            title: "Spans that wait",
            description: "Spans in memory that wait for the collector. Beyond 2,048 they wait in the log.",
            unit: "short",
          },
          [{ expr: sum(series("swarm_otel_queue_size"), "instance"), legend: "{{instance}}" }],
        ),
      ],
    },
    {
      title: "Process",
      panels: [
        graph(
          {
            title: "Event loop delay p99",
            description:
              "How late timers fire. Above 250 ms the process is blocked: elections and deadlines suffer.",
            unit: "s",
            limits: [
              { at: 0.1, colour: "yellow" },
              { at: 0.25, colour: "red" },
            ],
          },
          [
            {
              expr: `max by (instance) (${series("nodejs_eventloop_lag_p99_seconds")})`,
              legend: "{{instance}}",
            },
          ],
        ),
        graph(
          { title: "CPU", description: "Seconds of CPU a second: 1 is one core.", unit: "short" },
          [
            {
              expr: sum(rate(series("process_cpu_user_seconds_total")), "instance"),
              legend: "user {{instance}}",
            },
            {
              expr: sum(rate(series("process_cpu_system_seconds_total")), "instance"),
              legend: "system {{instance}}",
            },
          ],
          { stacked: true },
        ),
        graph(
          {
            title: "Memory",
            description:
              "Resident memory of the process, and what JavaScript uses of it. Engines are processes of their own.",
            unit: "bytes",
          },
          [
            {
              expr: sum(series("process_resident_memory_bytes"), "instance"),
              legend: "resident {{instance}}",
            },
            { expr: sum(series("nodejs_heap_size_used_bytes"), "instance"), legend: "heap {{instance}}" },
          ],
        ),
        graph(
          {
            title: "Garbage collection",
            description: "Part of the time that the process collects garbage.",
            unit: "percentunit",
          },
          [
            {
              expr: sum(rate(series("nodejs_gc_duration_seconds_sum")), "instance", "kind"),
              legend: "{{kind}} {{instance}}",
            },
          ],
          { stacked: true },
        ),
      ],
    },
  ],
});
