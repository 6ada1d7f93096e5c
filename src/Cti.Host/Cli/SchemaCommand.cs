// cti schema: what a pipeline's file may say, for editors (JSON Schema) and for people (Markdown).

using System.CommandLine;
using Cti.Core.Declare;

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
        var command = new Command(
            "schema",
            """
            Print what a pipeline's file may say: as JSON Schema for editors, or as a page for people.

            Examples:
              cti schema > pipeline.schema.json
              cti schema --format markdown > docs/reference.md
            """
        )
        {
            format,
        };
        command.SetAction(result =>
        {
            Console.Out.WriteLine(
                result.GetValue(format) == SchemaFormat.Markdown ? PipelineSchema.markdown() : PipelineSchema.json()
            );
            return ExitCode.Done;
        });
        return command;
    }
}
