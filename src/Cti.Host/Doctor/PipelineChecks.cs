// What one pipeline needs to run: its file, store, sources' files, lists, secrets, and folders to write to. Reads what it names, leaves
// nothing behind, asks no server.

using System.Globalization;
using System.Text.RegularExpressions;
using Cti.Core.Declare;
using Cti.DuckDb;
using Cti.Host.Cli;
using Cti.Host.Config;
using Cti.Host.Run;
using Cti.Host.Sources;
using Cti.Host.Store;

namespace Cti.Host.Doctor;

internal static partial class PipelineChecks
{
    public static IEnumerable<Finding> Run(PipelineFile file, Func<string, string?> environment)
    {
        if (file is not { Pipeline: { } pipeline, Root: { } root })
        {
            var first = file.Diagnostics[0];
            yield return Finding.Fail(
                "file",
                $"{TerminalText.Count(file.Diagnostics.Count, "error")}, the first in {file.PathOf(first.File)}:{first.Line}: {first.Message}",
                $"cti validate {file.Path}"
            );
            yield break;
        }

        yield return Finding.Ok("file", $"{file.Path} holds");
        yield return Store(Under(file, pipeline.Store));
        foreach (var finding in root.ItemsUnder("sources").SelectMany(source => Source(file, source)))
        {
            yield return finding;
        }

        yield return Screen(file, pipeline.Screen);
        foreach (var finding in References(file, root, environment))
        {
            yield return finding;
        }

        foreach (
            var folder in root.ItemsUnder("sinks").Select(sink => OutputFolder(file, sink)).OfType<string>().Distinct()
        )
        {
            yield return MachineChecks.Folder("output", folder, "change the sink's path, or the folder's permissions");
        }
    }

    private static Finding Store(string path)
    {
        if (!File.Exists(path))
        {
            var folder = MachineChecks.Folder(
                "store",
                Path.GetDirectoryName(path) ?? ".",
                "change `store:`, or the folder's permissions"
            );
            return folder.Health == Health.Fail
                ? folder
                : folder with
                {
                    Detail = $"{path} will be created; {folder.Detail}",
                };
        }

        try
        {
            using var store = StoreFile.Open(path, new StoreOptions { ReadOnly = true });
            var version = store.Connection.Value<int>("SELECT coalesce(max(version), 0)::INTEGER FROM migrations");
            var size = string.Create(CultureInfo.InvariantCulture, $"{new FileInfo(path).Length / 1048576.0:N1} MiB");
            return version > StoreFile.Version
                    ? Finding.Fail(
                        "store",
                        $"{path} is of version {version}, this program knows {StoreFile.Version}",
                        "use a newer cti"
                    )
                : version < StoreFile.Version
                    ? Finding.Ok(
                        "store",
                        $"{path}, {size}, version {version}: the next run brings it to {StoreFile.Version}"
                    )
                : Finding.Ok("store", $"{path}, {size}, version {version}, not in use");
        }
        catch (StoreException error)
        {
            return Finding.Fail(
                "store",
                error.Message,
                "look at the process that holds it, or at the file's permissions"
            );
        }
        catch (DuckDbException error)
        {
            return Finding.Fail(
                "store",
                $"{path} is no store: {error.Message}",
                "change `store:`, or move the file away"
            );
        }
    }

    private static IEnumerable<Finding> Source(PipelineFile file, Node source)
    {
        var subject = "source " + source.TextUnder("name");
        var from = source.Under("from");
        if (from is null || from.TextUnder("type") != "file" || from.Under("path") is not { } path)
        {
            yield return Finding.Ok(subject, $"is of type {from.TextUnder("type")}; nothing was fetched to try it");
            yield break;
        }

        Node[] written = path is Node.Scalar ? [path] : [.. NodeModule.items(path)];
        var globs = written.OfType<Node.Scalar>().Select(glob => Under(file, NodeReading.PathOf(glob.Item))).ToList();
        var finding = Finding.Ok(subject, "");
        try
        {
            var files = FileSource.Match(globs);
            var bytes = files.Sum(one => new FileInfo(one).Length);
            finding = finding with
            {
                Detail = $"{TerminalText.Count(files.Count, "file")}, {TerminalText.Count(bytes, "byte")}",
            };
        }
        catch (SourceException error)
        {
            finding = Finding.Fail(
                subject,
                error.Message,
                $"or feed it: cti run … --input {source.TextUnder("name")}=FILE"
            );
        }
        catch (IOException error)
        {
            finding = Finding.Fail(subject, error.Message, "look at the file and the folders above it");
        }

        yield return finding;
    }

    private static Finding Screen(PipelineFile file, ScreenSettings screen)
    {
        try
        {
            var warninglists = screen.Warninglists.Select(glob => Under(file, glob)).ToList();
            var allow = screen.Allow.Select(path => Under(file, path)).ToList();
            var never = screen.Never.Select(path => Under(file, path)).ToList();
            ScreenLoader.Load(never, warninglists, allow, Pipelines.Guard(screen), new DiskLists());
            return warninglists.Count + allow.Count == 0
                ? Finding.Warn(
                    "screen",
                    "no warninglists and no allow-lists: what is common or ours can be listed",
                    "declare screen: { warninglists: [\"lists/*.json\"], allow: [\"ours.txt\"] }"
                )
                : Finding.Ok(
                    "screen",
                    $"{TerminalText.Count(FileSource.Match(warninglists).Count, "warninglist")}, {TerminalText.Count(FileSource.Match(allow).Count, "allow-list")}: all can be read"
                );
        }
        catch (ListException error)
        {
            return Finding.Fail(
                "screen",
                error.Message.ReplaceLineEndings("; "),
                "a run would stop here: get the list"
            );
        }
    }

    // What the environment and files must bring. Whether it is there is told, never what it is.
    private static IEnumerable<Finding> References(PipelineFile file, Node root, Func<string, string?> environment)
    {
        var references =
            from scalar in root.ItemsUnder("sources").Concat(root.ItemsUnder("enrich")).SelectMany(Scalars)
            from Match match in Reference().Matches(scalar.Text)
            select (Kind: match.Groups[1].Value, Name: match.Groups[2].Value, scalar.Span);
        foreach (var (kind, name, place) in references.DistinctBy(one => (one.Kind, one.Name)))
        {
            var isThere =
                kind == "env"
                    ? !string.IsNullOrEmpty(environment(name))
                    : File.Exists(Under(file, RelativePath.from(place.File, name)));
            var subject = $"secret {kind}:{name}";
            yield return isThere
                ? Finding.Ok(subject, kind == "env" ? "is set" : "is there")
                : Finding.Fail(
                    subject,
                    $"{file.PathOf(place.File)}:{place.Start.Line} needs it, but it is not {(kind == "env" ? "set" : "there")}",
                    kind == "env" ? $"export {name}=…" : "create the file, readable by cti alone"
                );
        }
    }

    private static IEnumerable<ScalarNode> Scalars(Node node) =>
        node switch
        {
            Node.Scalar { Item: var scalar } => [scalar],
            Node.Sequence { Item.Items: var items } => items.SelectMany(Scalars),
            Node.Mapping { Item.Entries: var entries } => entries.SelectMany(entry => Scalars(entry.Value)),
            _ => [],
        };

    private static string? OutputFolder(PipelineFile file, Node sink) =>
        sink.Under("to").Under("path") is Node.Scalar { Item: var path }
            ? Path.GetDirectoryName(Under(file, NodeReading.PathOf(path)))
            : null;

    private static string Under(PipelineFile file, string path) => Path.GetFullPath(Path.Combine(file.Folder, path));

    [GeneratedRegex(@"(?<!\$)\$\{(env|file):([^}]+)\}", RegexOptions.CultureInvariant)]
    private static partial Regex Reference();
}
