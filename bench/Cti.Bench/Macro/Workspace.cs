// Where the macro benchmark keeps its things: feeds and warninglists that are made once and used again, and a fresh folder per run.

using System.Text.Json;

namespace Cti.Bench.Macro;

/// <summary>A feed ready to be read. Facts are known of generated ones only.</summary>
internal sealed record Feed(string Path, FeedFacts? Facts);

/// <summary>The benchmark's folder.</summary>
internal sealed class Workspace(string folder)
{
    // Part of every name, to be raised when what is generated changes.
    private const string Edition = "v1";

    /// <summary>The folder with the warninglists, made if it is not there.</summary>
    public string Lists()
    {
        var lists = Path.Combine(folder, $"lists-{Edition}");
        if (!Directory.Exists(lists))
        {
            var half = Directory.CreateDirectory(lists + ".making");
            _ = WarninglistWriter.Write(half.FullName);
            half.MoveTo(lists);
        }

        return lists;
    }

    /// <summary>The generated feed of so many records, made if it is not there.</summary>
    public Feed Generated(long records, ulong seed)
    {
        var path = Path.Combine(Directory.CreateDirectory(folder).FullName, $"feed-{Edition}-{records}-{seed}.csv");
        var facts = path + ".json";
        if (!File.Exists(facts))
        {
            var writer = new FeedWriter(seed, WarninglistWriter.Write(null));
            FeedFacts written;
            using (var file = File.Create(path))
            {
                written = writer.Write(records, file);
            }

            // Last, so that a feed whose facts are there is whole.
            File.WriteAllText(facts, JsonSerializer.Serialize(written));
        }

        return new Feed(path, JsonSerializer.Deserialize<FeedFacts>(File.ReadAllText(facts)));
    }

    /// <summary>An empty folder; whatever stood there is gone.</summary>
    public string Fresh(string name)
    {
        var path = Path.Combine(folder, name);
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }

        return Directory.CreateDirectory(path).FullName;
    }
}
