/** The task file that `swarm init` writes. It runs at once, with models that ship, on the sample log beside it. */
export const firstTask = `# yaml-language-server: $schema=./task.schema.json
# Reads a log, lets six small models vote on every line, and reports what went wrong.
#
#   swarm check task.yaml                             is this file right?
#   swarm plan task.yaml                              what would run?
#   swarm run task.yaml                               run it on app.log
#   swarm run task.yaml --input log=/var/log/syslog   run it on another log
version: 1
name: log-triage

inputs:
  log: { type: file, path: app.log, description: the log to read }

# A run stops, with exit code 4, before it spends more than this.
resources: { budget: { wall: 10m } }

# Five specialists and a generalist of a megabyte each. They ship with swarm, need no network, and label a line of a log;
# they do not write. For an agent that writes, add a model of your own:
#   models: { writer: { provider: llama, file: models/some-model.gguf } }
agents:
  auth: { role: login specialist, model: "voter:auth", domain: auth }
  database: { role: database specialist, model: "voter:database", domain: database }
  network: { role: network specialist, model: "voter:network", domain: network }
  storage: { role: storage specialist, model: "voter:storage", domain: storage }
  application: { role: application specialist, model: "voter:application", domain: application }
  generalist: { role: generalist, model: "voter:generalist" }

workflow:
  # Every line, 32 at once.
  - id: triage
    map:
      over: "\${{ inputs.log.lines }}"
      as: line
      do:
        # First the generalist says what the line is about, so that the votes weigh the right specialist most.
        - id: area
          if: "\${{ trim(line.text) != '' }}"
          ask: generalist
          prompt: "\${{ line.text }}"
          options: [auth, database, network, storage, application]
        - id: severity
          if: "\${{ trim(line.text) != '' }}"
          decide:
            question: How severe is this line?
            evidence: "\${{ line.text }}"
            options: [info, warning, error, critical]
            voters: [auth, database, network, storage, application, generalist]
            domain: "\${{ steps.area.output }}"

  # Lines that say the same are one incident: the worst first, then the most frequent.
  - id: incidents
    group:
      over: "\${{ steps.triage.items }}"
      as: entry
      where: "\${{ entry.steps.severity.recommendation in ['error', 'critical'] }}"
      by: "\${{ [entry.steps.severity.recommendation, shape(entry.item.text)] }}"
      order:
        - { by: "\${{ indexOf(['error', 'critical'], group.key[0]) }}", direction: desc }
        - { by: "\${{ group.count }}", direction: desc }
      take: 20

outputs:
  report:
    markdown: |
      # \${{ len(steps.incidents.output) }} incidents in \${{ steps.triage.count }} lines

      {% for incident in steps.incidents.output %}
      \${{ incident.rank }}. **\${{ incident.key[0] }}**, \${{ incident.count }} x, area \${{ incident.first.steps.area.output }}, first on line \${{ incident.first.item.number }}: \${{ md(clip(incident.first.item.text, 160)) }}
      {% if len(incident.first.steps.severity.dissent) > 0 %}
         Not all agreed:{% for vote in incident.first.steps.severity.dissent %} \${{ vote.voter }} said \${{ vote.option }}.{% endfor %}

      {% endif %}
      {% endfor %}

      \`swarm show \${{ run.id }}\` has every vote.
`;
