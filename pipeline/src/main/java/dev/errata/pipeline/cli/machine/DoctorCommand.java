package dev.errata.pipeline.cli.machine;

import dev.errata.pipeline.cli.Command;
import dev.errata.pipeline.cli.Session;

/** {@code doctor}: what this machine has, what Errata will use of it, and what could be better. */
@picocli.CommandLine.Command(
        name = "doctor",
        description = "Look at this machine and say what could be better.",
        footer = {"", "Example:", "  errata doctor --json"})
public final class DoctorCommand implements Command {
    @Override
    public void run(Session session) {
        MachineFindings findings = MachineFindings.of(Machine.look());
        session.result(findings, findings.text());
    }
}
