// cti: the command line. Every command is a file of its own under Cli/; this only lists them.

using System.CommandLine;
using Cti.Host.Cli;
using Cti.Host.Tracing;

var root = new RootCommand(
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
    BackfillCommand.Create(),
    ValidateCommand.Create(),
    TestCommand.Create(),
    PlanCommand.Create(),
    ApplyCommand.Create(),
    ExportCommand.Create(),
    SqlCommand.Create(),
    ExplainCommand.Create(),
    DeadLettersCommand.Create(),
    CursorCommand.Create(),
    DoctorCommand.Create(),
    GraphCommand.Create(),
    SchemaCommand.Create(),
    NewCommand.Create(),
};

var parsed = root.Parse(args);
if (parsed.Errors.Count > 0)
{
    foreach (var error in parsed.Errors)
    {
        Console.Error.WriteLine(error.Message);
    }

    Console.Error.WriteLine("Try cti --help.");
    return ExitCode.Usage;
}

using var crash = CrashAt.FromEnvironment(Environment.GetEnvironmentVariable(CrashAt.Variable));
try
{
    // Signals are ours (Cli/Signals.cs): the library's own handler would end a run two seconds after Ctrl-C, drained or not.
    return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
}
catch (IOException error) when (error.HResult == 32 || error.Message.Contains("Broken pipe", StringComparison.Ordinal))
{
    // Whoever read our output had enough.
    return ExitCode.Done;
}
