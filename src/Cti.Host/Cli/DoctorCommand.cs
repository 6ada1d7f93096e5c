// cti doctor: whether this machine can run pipelines, and these ones. One line per check, with what to do.

using System.CommandLine;
using System.Text.Json;
using Cti.Host.Config;
using Cti.Host.Doctor;

namespace Cti.Host.Cli;

internal static class DoctorCommand
{
    public static Command Create()
    {
        var pipelines = new Argument<string[]>("pipeline")
        {
            Description = "Pipeline files (YAML) to look at, too.",
            Arity = ArgumentArity.ZeroOrMore,
            HelpName = "PIPELINE",
        };
        var json = new Option<bool>("--json")
        {
            Description = "Print a list of {pipeline,status,subject,detail,remedy} on stdout.",
        };
        var command = new Command(
            "doctor",
            """
            Check what pipelines need before they run: DuckDB's library, folders, space, the clock; with pipelines also their files, stores, sources,
            lists and secrets. Opens no connection and leaves nothing behind. Exit 1 when something will not work.

            Examples:
              cti doctor
              cti doctor pipelines/*.yaml
            """
        )
        {
            pipelines,
            json,
        };
        command.SetAction(result => Run(result.GetValue(pipelines) ?? [], result.GetValue(json)));
        return command;
    }

    private static int Run(string[] paths, bool json)
    {
        var (files, allRead) = Pipelines.Read(paths, Console.Error);
        var findings = MachineChecks
            .Run(TimeProvider.System, Environment.GetEnvironmentVariable)
            .Select(finding => (Pipeline: (string?)null, Finding: finding))
            .Concat(
                files.SelectMany(file =>
                    PipelineChecks
                        .Run(file, Environment.GetEnvironmentVariable)
                        .Select(finding => (Pipeline: (string?)file.Path, Finding: finding))
                )
            )
            .ToList();
        if (json)
        {
            WriteJson(findings);
        }
        else
        {
            Write(findings);
        }

        return !allRead ? ExitCode.Usage
            : findings.Exists(one => one.Finding.Health == Health.Fail) ? ExitCode.Failed
            : ExitCode.Done;
    }

    private static void Write(List<(string? Pipeline, Finding Finding)> findings)
    {
        var width = findings.Max(one => one.Finding.Subject.Length);
        string? pipeline = null;
        foreach (var (path, finding) in findings)
        {
            if (path != pipeline)
            {
                pipeline = path;
                Console.Out.WriteLine();
                Console.Out.WriteLine(TerminalText.Visible(path!));
            }

            var subject = TerminalText.Visible(finding.Subject).PadRight(width);
            Console.Out.WriteLine($"{finding.Name, -4}  {subject}  {TerminalText.Visible(finding.Detail)}");
            if (finding.Remedy.Length > 0)
            {
                Console.Out.WriteLine($"      {new string(' ', width)}  → {TerminalText.Visible(finding.Remedy)}");
            }
        }
    }

    private static void WriteJson(List<(string? Pipeline, Finding Finding)> findings)
    {
        using var stdout = Console.OpenStandardOutput();
        using (var json = new Utf8JsonWriter(stdout))
        {
            json.WriteStartArray();
            foreach (var (pipeline, finding) in findings)
            {
                finding.WriteJson(json, pipeline);
            }

            json.WriteEndArray();
        }

        stdout.WriteByte((byte)'\n');
    }
}
