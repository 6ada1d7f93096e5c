// cti schema: the JSON Schema of pipeline files, for editors.

using System.CommandLine;
using Cti.Core.Declare;

namespace Cti.Host.Cli;

internal static class SchemaCommand
{
    public static Command Create()
    {
        var command = new Command(
            "schema",
            """
            Print the JSON Schema of pipeline files, for editors and checkers.

            Example:
              cti schema > pipeline.schema.json
            """
        );
        command.SetAction(_ =>
        {
            Console.Out.WriteLine(PipelineSchema.json());
            return ExitCode.Done;
        });
        return command;
    }
}
