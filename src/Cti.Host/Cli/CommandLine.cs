// The command line's root. Every command is a file of its own; this only lists them. The program and a service that runs commands for others parse
// with the same one.

using System.CommandLine;

namespace Cti.Host.Cli;

internal static class CommandLine
{
    /// <summary>A new root: System.CommandLine's commands belong to one parent.</summary>
    public static RootCommand Root() =>
        new(
            """
            Moves threat intelligence: pipelines declared in YAML read feeds, normalise, screen and score them, keep everything in DuckDB and deliver the
            current, safe set to every sink.

            Start here:
              cti run pipelines/quickstart.yaml           run a pipeline
              cti sql "SELECT * FROM indicators LIMIT 5"  ask its store (with --store out/quickstart/cti.duckdb)
              cti explain 192.0.2.10                      why is this value in a sink, or not
            """
        )
        {
            RunCommand.Create(),
            ServeCommand.Create(),
            UserCommand.Create(),
            BackfillCommand.Create(),
            ValidateCommand.Create(),
            TestCommand.Create(),
            PlanCommand.Create(),
            ApplyCommand.Create(),
            ApprovalsCommand.Create(),
            VerdictsCommand.Create(),
            ProbeCommand.Create(),
            ExportCommand.Create(),
            ConvertCommand.Create(),
            TapCommand.Create(),
            TopCommand.Create(),
            SqlCommand.Create(),
            ExplainCommand.Create(),
            DeadLettersCommand.Create(),
            CursorCommand.Create(),
            DoctorCommand.Create(),
            GraphCommand.Create(),
            SchemaCommand.Create(),
            NewCommand.Create(),
            ExtractCommand.Create(),
        };
}
