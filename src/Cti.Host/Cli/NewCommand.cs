// cti new: a pipeline's file from a sample of the feed.

using System.CommandLine;
using System.Text;
using Cti.Core;
using Cti.Host.Run;
using Cti.Host.Sources;

namespace Cti.Host.Cli;

internal static class NewCommand
{
    private const int HeadBytes = 1 << 16;

    public static Command Create()
    {
        var name = new Argument<string>("NAME")
        {
            Description = "The pipeline's name: a lower-case letter, then letters, digits, _ and -.",
        };
        var from = new Option<string>("--from")
        {
            Description = "A sample of the feed, as it is published (gzip is understood).",
            HelpName = "FILE",
            Required = true,
        };
        var output = new Option<string?>("--out")
        {
            Description = "Where the pipeline is written. Default: NAME.yaml here.",
            HelpName = "PATH",
        };
        var force = new Option<bool>("--force") { Description = "Overwrite the file where it exists." };
        var command = new Command(
            "new",
            """
            Write a pipeline from a sample of its feed: format, dialect, columns, types and times are inferred, and the first records become a test.

            Examples:
              cti new phishing --from downloads/phishing.csv
              cti new c2 --from c2.json.gz --out pipelines/c2.yaml
            """
        )
        {
            name,
            from,
            output,
            force,
        };
        command.SetAction(result =>
            Write(
                result.GetValue(name)!,
                result.GetValue(from)!,
                result.GetValue(output) ?? result.GetValue(name) + ".yaml",
                result.GetValue(force),
                RunEnvironment.System.Clock
            )
        );
        return command;
    }

    private static int Write(string name, string sample, string path, bool force, TimeProvider clock)
    {
        if (Core.Declare.NameModule.tryParse(name).IsNone)
        {
            Console.Error.WriteLine(
                $"{name} is no name for a pipeline: a lower-case letter, then lower-case letters, digits, _ and -, at most 64."
            );
            return ExitCode.Usage;
        }

        if (File.Exists(path) && !force)
        {
            Console.Error.WriteLine($"{path} exists; choose another --out, or overwrite it with --force.");
            return ExitCode.Usage;
        }

        try
        {
            var (head, isWhole) = ReadHead(sample);
            var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
            var today = new DateTimeOffset(clock.GetUtcNow().UtcDateTime.Date, TimeSpan.Zero);
            var created = NewPipelineModule.create(
                new NewPipelineRequest(
                    name,
                    Path.GetRelativePath(folder, Path.GetFullPath(sample)).Replace('\\', '/'),
                    head,
                    isWhole,
                    TimestampModule.ofDateTimeOffset(today)
                )
            );
            if (created.IsError)
            {
                var (code, message) = created.ErrorValue;
                Console.Error.WriteLine($"{sample}: {code} {message}. No pipeline was written.");
                return ExitCode.Failed;
            }

            Directory.CreateDirectory(folder);
            File.WriteAllText(path, created.ResultValue.Text, new UTF8Encoding(false));
            Tell(path, sample, created.ResultValue);
            return ExitCode.Done;
        }
        catch (SourceException error)
        {
            Console.Error.WriteLine(error.Message);
            return ExitCode.Failed;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"{path} cannot be written: {error.Message}");
            return ExitCode.Failed;
        }
    }

    private static (byte[] Head, bool IsWhole) ReadHead(string path)
    {
        using var content = new FileContent(path, new FileReadOptions());
        var head = new byte[HeadBytes + 1];
        var length = 0;
        int count;
        while (length < head.Length && (count = content.Read(head.AsSpan(length))) > 0)
        {
            length += count;
        }

        return (head[..Math.Min(length, HeadBytes)], length <= HeadBytes);
    }

    private static void Tell(string path, string sample, NewPipeline created)
    {
        Console.WriteLine($"{path}: written from {sample}");
        Console.WriteLine($"  {created.Sentence}");
        if (!created.HasTest)
        {
            Console.WriteLine(
                "  no test: none of the sampled records becomes an indicator without a fault or a screening"
            );
        }

        var test = created.HasTest ? $"  cti test {path}\n" : "";
        Console.WriteLine(
            $"""
            Next:
              look for DECIDE in the file: terms, trust, mode, what is never listed
              cti validate {path}
            {test}  cti run {path} --dry-run
              cti schema > pipeline.schema.json    for editors
            """
        );
    }
}
