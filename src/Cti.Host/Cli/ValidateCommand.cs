// cti validate: every error of every file in one go; touches nothing but the files and those they use.

using System.CommandLine;
using Cti.Host.Config;

namespace Cti.Host.Cli;

internal static class ValidateCommand
{
    public static Command Create()
    {
        var pipelines = Pipelines.Argument();
        var json = new Option<bool>("--json")
        {
            Description = "Print a list of {file,line,column,code,message,hint} on stdout.",
        };
        var command = new Command(
            "validate",
            """
            Check pipeline files without running them: every error at once, with its place and what to write instead.

            Examples:
              cti validate pipelines/*.yaml
              cti validate pipelines/urlhaus.yaml --json
            """
        )
        {
            pipelines,
            json,
        };
        command.SetAction(result => Run(result.GetValue(pipelines)!, result.GetValue(json)));
        return command;
    }

    private static int Run(string[] paths, bool json)
    {
        var (files, allRead) = Pipelines.Read(paths, Console.Error);
        var holds = allRead && files.All(file => file.Pipeline is not null);
        if (json)
        {
            Console.Out.WriteLine(DiagnosticPrinter.ToJson(files));
        }
        else
        {
            foreach (var file in files)
            {
                if (file.Pipeline is { } pipeline)
                {
                    Console.Out.WriteLine(
                        $"{file.Path}: pipeline {pipeline.Name.Value} holds, {TerminalText.Count(pipeline.Sources.Length, "source")}, {TerminalText.Count(pipeline.Sinks.Length, "sink")}"
                    );
                }
                else
                {
                    DiagnosticPrinter.Print(Console.Error, file);
                }
            }
        }

        return holds ? ExitCode.Done : ExitCode.Usage;
    }
}
