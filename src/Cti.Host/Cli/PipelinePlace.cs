// The options of commands that look into the store of one pipeline, and how they become a plan.

using System.CommandLine;
using Cti.Host.Run;

namespace Cti.Host.Cli;

/// <summary>One set per command.</summary>
internal sealed class PipelinePlace
{
    private readonly Argument<string> _pipeline = new("pipeline")
    {
        Description = "The pipeline's file.",
        HelpName = "PIPELINE",
    };

    private readonly Option<string?> _store = new("--store")
    {
        Description = "Use this store instead of the pipeline's.",
        HelpName = "PATH",
    };

    private readonly Option<string?> _outDir = new("--out-dir")
    {
        Description = "Take relative paths of the store and of sinks from here instead of the pipeline's folder.",
        HelpName = "DIR",
    };

    /// <summary>Adds them to a command; the pipeline is its first argument.</summary>
    public void AddTo(Command command)
    {
        command.Arguments.Insert(0, _pipeline);
        command.Options.Add(_store);
        command.Options.Add(_outDir);
    }

    /// <summary>The pipeline, resolved; null, and what is wrong on stderr, where it does not hold.</summary>
    public PipelinePlan? Load(ParseResult result, RunOptions? options = null) =>
        Pipelines
            .Load(
                [result.GetValue(_pipeline)!],
                (options ?? new RunOptions()) with
                {
                    Store = result.GetValue(_store),
                    OutDir = result.GetValue(_outDir),
                },
                Console.Error,
                PipelineUse.Sinks
            )
            ?[0];
}
