// Programs of other people as child processes: found, started without a shell and with little of our environment, killed with their children.

using System.Diagnostics;
using Cti.Host.Config;

namespace Cti.Host.Programs;

/// <summary>A program as declared, references resolved.</summary>
/// <param name="Run">The program and its arguments.</param>
/// <param name="Folder">Where it is started: the pipeline's folder, absolute.</param>
/// <param name="Environment">Declared variables.</param>
public sealed record ProgramPlan(
    IReadOnlyList<ConfiguredText> Run,
    string Folder,
    IReadOnlyList<(string Name, ConfiguredText Value)> Environment
)
{
    /// <summary>The command as it is written.</summary>
    public override string ToString() => string.Join(' ', Run);
}

internal static class ChildProgram
{
    // What a program may need to find itself; nothing else of ours reaches it.
    private static readonly string[] Inherited = ["PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR"];

    /// <summary>Starts it, its three streams redirected.</summary>
    /// <param name="plan">The program.</param>
    /// <param name="fill">What an argument becomes; null where it stays as it is declared.</param>
    /// <exception cref="Exception">It <see cref="CannotStart"/>.</exception>
    public static Process Start(ProgramPlan plan, Func<string, string>? fill = null)
    {
        var start = new ProcessStartInfo(Find(plan))
        {
            WorkingDirectory = plan.Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var argument in plan.Run.Skip(1))
        {
            start.ArgumentList.Add(fill is null ? argument.Reveal() : fill(argument.Reveal()));
        }

        start.Environment.Clear();
        foreach (var name in Inherited)
        {
            if (Environment.GetEnvironmentVariable(name) is { } value)
            {
                start.Environment[name] = value;
            }
        }

        foreach (var (name, value) in plan.Environment)
        {
            start.Environment[name] = value.Reveal();
        }

        return Process.Start(start) ?? throw new InvalidOperationException("no process");
    }

    /// <summary>Whether an error of <see cref="Start"/> says that there is no such program, or that it must not be started.</summary>
    public static bool CannotStart(Exception error) =>
        error is System.ComponentModel.Win32Exception or InvalidOperationException or IOException;

    /// <summary>Ends it and its children at once.</summary>
    public static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has ended by itself.
        }
    }

    // A name with a slash is a path from the pipeline's folder; one without is looked for in PATH, and nowhere else.
    private static string Find(ProgramPlan plan)
    {
        var program = plan.Run[0].Reveal();
        return program.Contains('/', StringComparison.Ordinal)
            ? Path.GetFullPath(Path.Combine(plan.Folder, program))
            : (Environment.GetEnvironmentVariable("PATH") ?? "")
                .Split(':', StringSplitOptions.RemoveEmptyEntries)
                .Select(folder => Path.Combine(folder, program))
                .FirstOrDefault(File.Exists)
                ?? Path.Combine(plan.Folder, program);
    }
}
