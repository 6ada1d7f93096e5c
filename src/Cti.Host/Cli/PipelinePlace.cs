// The options of commands about the store of one pipeline, and where those run: in this program, or in the service that owns the store.

using System.CommandLine;
using Cti.Host.Run;
using Cti.Host.Serve;

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

    // Names a file, as the user sees it or as the store calls it.
    private Option<string?>? _uri;

    /// <summary>Adds them to a command; the pipeline is its first argument.</summary>
    public void AddTo(Command command)
    {
        command.Arguments.Insert(0, _pipeline);
        command.Options.Add(_store);
        command.Options.Add(_outDir);
    }

    /// <summary>An option of the command that names one file of a source.</summary>
    public Option<string?> AddUriTo(Command command)
    {
        _uri = new Option<string?>("--uri")
        {
            Description = "Which file, where the source has several.",
            HelpName = "PATH",
        };
        command.Options.Add(_uri);
        return _uri;
    }

    /// <summary>Does the command's work with the resolved pipeline; where it does not hold, tells what is wrong.</summary>
    /// <param name="result">What the user gave.</param>
    /// <param name="use">What the work needs of the pipeline.</param>
    /// <param name="options">What the work is told; store and output folder come from here.</param>
    /// <param name="work">Gives the exit code.</param>
    public async Task<int> RunAsync(
        ParseResult result,
        PipelineUse use,
        RunOptions options,
        Func<CommandIo, PipelinePlan, Task<int>> work
    )
    {
        using var io = Invocation.IoOf(result);
        var loaded = Pipelines.Load(
            [result.GetValue(_pipeline)!],
            options with
            {
                Store = result.GetValue(_store),
                OutDir = result.GetValue(_outDir),
            },
            io.Error,
            use
        );
        if (loaded is not [var plan])
        {
            return ExitCode.Usage;
        }

        return !io.IsServed && await StoreClient.RunAsync(plan.StorePath, Arguments(result, plan), io) is { } served
            ? served
            : await work(io, plan with { File = io.Shown(plan.File) });
    }

    private string[] Arguments(ParseResult result, PipelinePlan plan)
    {
        var instead = new Dictionary<Symbol, string?>
        {
            [_pipeline] = Path.GetFullPath(plan.File),
            [_store] = Path.GetFullPath(plan.StorePath),
        };
        if (result.GetValue(_outDir) is { } outDir)
        {
            instead[_outDir] = Path.GetFullPath(outDir);
        }

        if (_uri is not null && result.GetValue(_uri) is { } uri && File.Exists(uri))
        {
            instead[_uri] = Path.GetFullPath(uri);
        }

        return Forwarding.Arguments(result, instead);
    }
}
