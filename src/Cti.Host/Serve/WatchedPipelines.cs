// The pipelines of a service as files: which there are, whether they changed, and what they say. Changed files are checked as a whole before any
// of them holds.

using System.IO.Hashing;
using System.Text;
using Cti.Core.Declare;
using Cti.Host.Cli;
using Cti.Host.Config;
using Cti.Host.Run;
using Cti.Host.Sources;

namespace Cti.Host.Serve;

/// <summary>What looking at the files came to.</summary>
/// <param name="Plans">The pipelines; null where something is wrong.</param>
/// <param name="Problem">What is wrong, as `cti validate` would print it; "" where nothing is.</param>
internal sealed record Loaded(IReadOnlyList<PipelinePlan>? Plans, string Problem);

/// <summary>One per service; used by its loop.</summary>
/// <param name="paths">Files, globs and folders as the user gave them.</param>
/// <param name="options">The command line's overrides.</param>
internal sealed class WatchedPipelines(IReadOnlyList<string> paths, RunOptions options)
{
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);
    private static readonly int LargestFile = new YamlLimits().Characters;
    private string _loaded = "";
    private string _seen = "";

    /// <summary>
    /// Whether the files are others than those that were loaded last. A change is believed once two looks see the same: editors write in steps.
    /// </summary>
    public bool HaveChanged()
    {
        var now = Fingerprint();
        var settled = now == _seen;
        _seen = now;
        return settled && now != _loaded;
    }

    /// <summary>Reads and checks everything.</summary>
    public Loaded Load()
    {
        using var errors = new StringWriter { NewLine = "\n" };
        var files = Files();
        var (read, _) = Pipelines.Read(files, TextWriter.Null);
        Remember(read);
        // Before the reading that counts: what changes from here on is seen by the next look.
        _loaded = _seen = Fingerprint();
        var plans = files.Length == 0 ? [] : Pipelines.Load(files, options, errors);
        if (plans is not null)
        {
            foreach (var source in plans.SelectMany(plan => plan.Sources))
            {
                if (source.Origin is StandardInputPlan)
                {
                    errors.WriteLine(
                        $"CTI-SERVICE-001 source {source.Name} reads standard input, which a service has none of; feed it from files: --input {source.Name}=GLOB"
                    );
                    plans = null;
                }
            }
        }

        return new Loaded(plans, errors.ToString());
    }

    // Files of folders and globs that are there now, in a stable order; a file that was named is one, whether it is there or not.
    private string[] Files() =>
        [
            .. paths
                .SelectMany(path =>
                    Directory.Exists(path)
                        ? Directory
                            .EnumerateFiles(path)
                            .Where(file => Path.GetExtension(file) is ".yaml" or ".yml")
                            .Order(StringComparer.Ordinal)
                    : path.AsSpan().IndexOfAny('*', '?') >= 0 ? Matching(path)
                    : [path]
                )
                .Distinct(StringComparer.Ordinal),
        ];

    // A pattern that matches nothing yet may do so later.
    private static IEnumerable<string> Matching(string pattern)
    {
        try
        {
            return GlobFiles.Expand([pattern]);
        }
        catch (SourceException)
        {
            return [];
        }
    }

    // Included files and secret files belong to a pipeline like its own text.
    private void Remember(IReadOnlyList<PipelineFile> files)
    {
        _used.Clear();
        foreach (var file in files)
        {
            _used.UnionWith(file.Bundle.Includes.Select(include => Path.Combine(file.Folder, include.Key)));
            _used.UnionWith(
                file.References.Select(placed => placed.Reference)
                    .OfType<Reference.File>()
                    .Select(reference => Path.Combine(file.Folder, reference.path))
            );
        }
    }

    // Names and contents of every file that matters.
    private string Fingerprint()
    {
        var hash = new XxHash128();
        foreach (var file in Files().Concat(_used.Order(StringComparer.Ordinal)))
        {
            hash.Append(Encoding.UTF8.GetBytes(file + "\0"));
            try
            {
                using var stream = new FileStream(
                    file,
                    FileMode.Open,
                    FileAccess.Read,
                    FileShare.ReadWrite | FileShare.Delete
                );
                var bytes = new byte[Math.Min(stream.Length, LargestFile)];
                hash.Append(bytes.AsSpan(0, stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)));
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // Not being there is a state, too.
                hash.Append("?"u8);
            }
        }

        return Convert.ToHexString(hash.GetCurrentHash());
    }
}
