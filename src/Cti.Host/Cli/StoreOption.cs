// `--store` of the commands that ask a store without a pipeline.

using System.CommandLine;

namespace Cti.Host.Cli;

internal static class StoreOption
{
    /// <summary>Where pipelines in the folder `pipelines` keep theirs.</summary>
    public const string Default = "out/cti.duckdb";

    public static Option<string> Create() =>
        new("--store")
        {
            Description = "The store to ask.",
            DefaultValueFactory = _ => Default,
            HelpName = "PATH",
        };
}
