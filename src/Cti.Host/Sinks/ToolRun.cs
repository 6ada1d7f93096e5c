// A program that looks at a sink's new file before it is put in place, is told of it afterwards, or asked what the tool has.

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

/// <summary>What a tool says of a value.</summary>
/// <param name="Has">Null where it could not be asked.</param>
/// <param name="Said">What happened, as a sentence that begins with the program's name.</param>
internal readonly record struct ToolAnswer(bool? Has, string Said);

internal static class ToolRun
{
    // How it ended: its exit code, null where it did not end by itself; and what happened.
    private readonly record struct Ending(int? Exit, string Said);

    /// <summary>Runs it to its end; null where it ended with exit code 0, else what happened, as the rest of a sentence that begins with its name.</summary>
    public static string? Run(SinkProgramPlan plan, string file, CancellationToken abort) =>
        RunToEnd(plan, file, "", abort) is { Exit: not 0, Said: var said } ? said : null;

    /// <summary>Asks whether the tool has a value: exit code 0 says that it has, 1 that it has not.</summary>
    public static ToolAnswer Ask(SinkProgramPlan plan, string file, string value, CancellationToken abort)
    {
        var ending = RunToEnd(plan, file, value, abort);
        return new ToolAnswer(
            ending.Exit switch
            {
                0 => true,
                1 => false,
                _ => null,
            },
            ending.Said
        );
    }

    private static Ending RunToEnd(SinkProgramPlan plan, string file, string value, CancellationToken abort)
    {
        var folder = Directory.CreateTempSubdirectory("cti-check-");
        try
        {
            return Run(
                plan,
                argument =>
                    argument
                        .Replace(FormatCheck.File, Path.GetFullPath(file), StringComparison.Ordinal)
                        .Replace(FormatCheck.Folder, folder.FullName, StringComparison.Ordinal)
                        .Replace(FormatCheck.Value, value, StringComparison.Ordinal),
                abort
            );
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static Ending Run(SinkProgramPlan plan, Func<string, string> fill, CancellationToken abort)
    {
        Process process;
        try
        {
            process = ChildProgram.Start(plan.Program, fill);
        }
        catch (Exception error) when (ChildProgram.CannotStart(error))
        {
            return new Ending(
                null,
                $"`{plan.Program}` cannot be started: {error.Message}. Install it, or name it by its whole path."
            );
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
                return new Ending(
                    null,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"`{plan.Program}` took longer than {plan.Timeout.TotalSeconds:0.###} s (timeout).{Said(plan, words)}"
                    )
                );
            }

            // A child of its own may hold the pipes open: what was said by then is enough.
            heard.Wait(TimeSpan.FromSeconds(1), CancellationToken.None);
            abort.ThrowIfCancellationRequested();
            return new Ending(
                process.ExitCode,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"`{plan.Program}` ended with exit code {process.ExitCode}.{Said(plan, words)}"
                )
            );
        }
    }

    private static string Said(SinkProgramPlan plan, LastWords words) => plan.Redactor.Redact(words.Quoted);
}
