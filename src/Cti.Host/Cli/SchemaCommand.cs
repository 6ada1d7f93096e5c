// cti schema: what a pipeline's file may say, for editors (JSON Schema) and for people (Markdown).

using System.CommandLine;
using Cti.Core.Declare;
using Microsoft.FSharp.Core;

namespace Cti.Host.Cli;

internal enum SchemaFormat
{
    Json,
    Markdown,
}

internal static class SchemaCommand
{
    public static Command Create()
    {
        var format = new Option<SchemaFormat>("--format")
        {
            Description = "json: JSON Schema for editors and checkers. markdown: the reference page.",
            HelpName = "json|markdown",
        };
        var part = new Option<string?>("--part")
        {
            Description = "The schema of a file that this block takes keys from with `use`, as sources.trust.",
            HelpName = "BLOCK",
        };
        var command = new Command(
            "schema",
            """
            Print what a pipeline's file may say: as JSON Schema for editors, or as a page for people.

            Examples:
              cti schema > pipeline.schema.json
              cti schema --part sources.trust > trust.schema.json
              cti schema --format markdown > docs/reference.md
            """
        )
        {
            format,
            part,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(part) is not null && result.GetValue(format) == SchemaFormat.Markdown)
            {
                result.AddError("--part is for JSON Schema; the page has every block");
            }
        });
        command.SetAction(result =>
        {
            if (result.GetValue(part) is { } block)
            {
                return PrintPart(PipelineSchema.part(block));
            }

            Console.Out.WriteLine(
                result.GetValue(format) == SchemaFormat.Markdown ? PipelineSchema.markdown() : PipelineSchema.json()
            );
            return ExitCode.Done;
        });
        return command;
    }

    private static int PrintPart(FSharpResult<string, string> schema)
    {
        if (schema.IsError)
        {
            Console.Error.WriteLine($"cti schema: {schema.ErrorValue}");
            return ExitCode.Usage;
        }

        Console.Out.WriteLine(schema.ResultValue);
        return ExitCode.Done;
    }
}
