import { framed } from "./frame.ts";
import { graph, heatmap, timeline } from "./panels.ts";
import { medianAnd, quantile, rate, series, sum } from "./queries.ts";
import { spans } from "./tables.ts";
import { traceQueries } from "./trace-queries.ts";

/** Of a group that has ended the replicas stay where they were. */
const whileLed = (expression: string): string =>
  `(${expression}) and on (instance) (max by (instance) (${series("swarm_raft_state", 'role="leader"')}) == 1)`;

export const coordination = framed({
  uid: "swarm-coordination",
  title: "Swarm coordination",
  description: "Decisions and their ballots, and the Raft group that orders them.",
  hasMetrics: true,
  sections: [
    {
      title: "Decisions",
      panels: [
        graph(
          {
            title: "Outcomes",
            description:
              "Decisions that end, per second. Everything but settled needs a person or another vote.",
            unit: "ops",
          },
          [{ expr: sum(rate(series("swarm_decisions_total")), "outcome"), legend: "{{outcome}}" }],
          { stacked: true },
        ),
        graph(
          {
            title: "Decision time",
            description: "From the commit that opens a decision to the one that ends it.",
            unit: "s",
          },
          medianAnd(0.95, "swarm_decision_duration_seconds_bucket", { exemplars: true }),
        ),
        graph(
          {
            title: "Ballots",
            description:
              "What became of ballots, per second. Missing ones are those of agents that failed or were late.",
            unit: "ops",
          },
          [{ expr: sum(rate(series("swarm_ballots_total")), "status"), legend: "{{status}}" }],
          { stacked: true },
        ),
        heatmap(
          {
            title: "Confidence of ballots",
            description:
              "What voters say of their own answers. All at the top says nothing: compare with calibration.",
            unit: "percentunit",
          },
          sum(rate(series("swarm_ballot_confidence_ratio_bucket")), "le"),
        ),
        graph(
          {
            title: "Margin",
            description:
              "How far the winner leads, as a part of all weight: median, and what 9 of 10 exceed.",
            unit: "percentunit",
          },
          [
            { expr: quantile(0.5, "swarm_decision_margin_ratio_bucket"), legend: "median" },
            { expr: quantile(0.1, "swarm_decision_margin_ratio_bucket"), legend: "p10" },
          ],
          { max: 1 },
        ),
        graph(
          {
            title: "Calibration (Brier)",
            description:
              "Distance of stated confidence from being right, over graded ballots. 0 is best; 0.25 is what saying one half always gets.",
            unit: "short",
            limits: [{ at: 0.25, colour: "red" }],
          },
          [{ expr: `avg by (role) (${series("swarm_calibration_brier_ratio")})`, legend: "{{role}}" }],
        ),
        spans(
          {
            title: "Decisions not settled",
            description: "The newest decisions without a winner.",
            width: 24,
          },
          traceQueries.unsettled,
        ),
      ],
    },
    {
      title: "Raft",
      panels: [
        timeline(
          {
            title: "Who leads",
            description:
              "Each replica over time. Never two at once in one group; a gap longer than an election is an outage.",
          },
          {
            expr: `max by (instance, node) (${series("swarm_raft_state", 'role="leader"')})`,
            legend: "{{instance}} replica {{node}}",
          },
          { "0": { text: "follows", color: "text" }, "1": { text: "leads", color: "green" } },
        ),
        graph(
          {
            title: "Term",
            description: "Grows with every election. Climbing steadily: replicas cannot hold a leader.",
            unit: "short",
          },
          [{ expr: `max by (instance) (${series("swarm_raft_term")})`, legend: "{{instance}}" }],
        ),
        graph(
          {
            title: "Commit time",
            description:
              "From handing an entry to the leader to its commit, disks included. Queues of agents and models are not in it.",
            unit: "s",
            limits: [{ at: 0.25, colour: "red" }],
          },
          medianAnd(0.99, "swarm_raft_commit_duration_seconds_bucket", { exemplars: true }),
        ),
        graph(
          {
            title: "Behind the leader",
            description:
              "Entries that a replica of a living group has yet to receive (log), and to apply of those that it knows to be committed. Should return to zero.",
            unit: "short",
          },
          [
            {
              expr: whileLed(
                `max by (instance) (${series("swarm_raft_last_index")}) - on (instance) group_right () ${series("swarm_raft_last_index")}`,
              ),
              legend: "log, replica {{node}}",
            },
            {
              expr: whileLed(`${series("swarm_raft_commit_index")} - ${series("swarm_raft_applied_index")}`),
              legend: "applied, replica {{node}}",
            },
          ],
        ),
        graph(
          {
            title: "Append round trip p95",
            description: "From sending an append to a follower's answer, its disk included.",
            unit: "s",
          },
          [
            {
              expr: quantile(0.95, "swarm_raft_append_rtt_seconds_bucket", "node", "peer"),
              legend: "{{node}} to {{peer}}",
            },
          ],
        ),
        graph(
          {
            title: "Elections and leaders",
            description:
              "Elections by how they ended, and changes of leader, per second. Lost ones come from contention.",
            unit: "ops",
          },
          [
            { expr: sum(rate(series("swarm_raft_elections_total")), "outcome"), legend: "{{outcome}}" },
            { expr: sum(rate(series("swarm_raft_leader_changes_total"))), legend: "leader changes" },
          ],
        ),
        graph(
          {
            title: "Proposals",
            description: "Entries committed, and hand-overs turned away to be tried again, per second.",
            unit: "ops",
          },
          [{ expr: sum(rate(series("swarm_raft_proposals_total")), "outcome"), legend: "{{outcome}}" }],
        ),
      ],
    },
  ],
});
