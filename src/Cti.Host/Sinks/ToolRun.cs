// A program that looks at a sink's new file before it is put in place, or is told of it afterwards.

using System.Diagnostics;
using System.Globalization;
using Cti.Core;
using Cti.Host.Config;
using Cti.Host.Programs;

namespace Cti.Host.Sinks;

/// <summary>A checker or a reloader as declared, references resolved.</summary>
/// <param name="Program">The program; <see cref="FormatCheck.File"/> in an argument is the file.</param>
/// <param name="Timeout">How long it may take.</param>
/// <param name="Redactor">Takes secrets out of what it says.</param>
public sealed record SinkProgramPlan(ProgramPlan Program, TimeSpan Timeout, Redactor Redactor);

internal static class ToolRun
{
    /// <summary>Runs it to its end; null where it ended with exit code 0, else what happened, as the rest of a sentence that begins with its name.</summary>
    public static string? Run(SinkProgramPlan plan, string file, CancellationToken abort)
    {
        var folder = Directory.CreateTempSubdirectory("cti-check-");
        try
        {
            return Run(
                plan,
                argument =>
                    argument
                        .Replace(FormatCheck.File, Path.GetFullPath(file), StringComparison.Ordinal)
                        .Replace(FormatCheck.Folder, folder.FullName, StringComparison.Ordinal),
                abort
            );
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string? Run(SinkProgramPlan plan, Func<string, string> fill, CancellationToken abort)
    {
        Process process;
        try
        {
            process = ChildProgram.Start(plan.Program, fill);
        }
        catch (Exception error) when (ChildProgram.CannotStart(error))
        {
            return $"`{plan.Program}` cannot be started: {error.Message}. Install it, or name it by its whole path.";
        }

        using (process)
        using (abort.Register(() => ChildProgram.Kill(process)))
        {
            var words = new LastWords();
            process.StandardInput.Close();
            // Checkers complain on either.
            var heard = Task.WhenAll(
                words.ListenAsync(process.StandardError.BaseStream),
                words.ListenAsync(process.StandardOutput.BaseStream)
            );
            if (!process.WaitForExit(plan.Timeout))
            {
                ChildProgram.Kill(process);
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"`{plan.Program}` took longer than {plan.Timeout.TotalSeconds:0.###} s (timeout).{Said(plan, words)}"
                );
            }

            // A child of its own may hold the pipes open: what was said by then is enough.
            heard.Wait(TimeSpan.FromSeconds(1), CancellationToken.None);
            abort.ThrowIfCancellationRequested();
            return process.ExitCode == 0
                ? null
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"`{plan.Program}` ended with exit code {process.ExitCode}.{Said(plan, words)}"
                );
        }
    }

    private static string Said(SinkProgramPlan plan, LastWords words) => plan.Redactor.Redact(words.Quoted);
}
