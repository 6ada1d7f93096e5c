// `--store` of the commands that ask a store without a pipeline, and where those run: in this program, or in the service that owns the store.

using System.CommandLine;
using Cti.DuckDb;
using Cti.Host.Serve;
using Cti.Host.Store;

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

    /// <summary>Does a command's work on a store that is there; where it is not, says so.</summary>
    /// <param name="result">What the user gave.</param>
    /// <param name="store">The command's option.</param>
    /// <param name="instead">Options and arguments that a service is sent with another value.</param>
    /// <param name="answer">Given the store's path; gives the exit code.</param>
    public static async Task<int> AskAsync(
        ParseResult result,
        Option<string> store,
        IReadOnlyDictionary<Symbol, string?> instead,
        Func<CommandIo, string, int> answer
    )
    {
        using var io = Invocation.IoOf(result);
        var path = result.GetValue(store)!;
        try
        {
            if (!File.Exists(path))
            {
                throw new StoreException($"There is no store at {path}. Name it: --store PATH.");
            }

            var sent = new Dictionary<Symbol, string?>(instead) { [store] = Path.GetFullPath(path) };
            return io.IsServed
                ? answer(io, path)
                : await StoreClient.RunAsync(path, Forwarding.Arguments(result, sent), io) ?? answer(io, path);
        }
        catch (Exception error) when (error is StoreException or DuckDbException)
        {
            io.Error.WriteLine(error.Message);
            return ExitCode.Failed;
        }
    }
}
