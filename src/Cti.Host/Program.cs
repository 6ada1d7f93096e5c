// cti: parses the command line and runs what it says.

using System.CommandLine;
using Cti.Host.Cli;
using Cti.Host.Tracing;

var parsed = CommandLine.Root().Parse(args);
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
    return await parsed.InvokeAsync(
        new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false }
    );
}
catch (IOException error) when (error.HResult == 32 || error.Message.Contains("Broken pipe", StringComparison.Ordinal))
{
    // Whoever read our output had enough.
    return ExitCode.Done;
}
