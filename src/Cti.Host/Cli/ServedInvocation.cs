// How a command that a service runs for a client knows whose it is: System.CommandLine hands this to its action.

using System.CommandLine;

namespace Cti.Host.Cli;

/// <summary>An invocation in a service.</summary>
internal sealed class ServedInvocation : InvocationConfiguration
{
    public required CommandIo Io { get; init; }
}

internal static class Invocation
{
    /// <summary>The surroundings of a command: the client's where a service runs it, else this program's own.</summary>
    public static CommandIo IoOf(ParseResult result) =>
        result.InvocationConfiguration is ServedInvocation served ? served.Io : CommandIo.Console();
}
