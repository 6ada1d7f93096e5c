// Files on this machine as an origin: which there are, and whether a snapshot of them changed.

using Cti.Host.Store;

namespace Cti.Host.Sources;

/// <summary>`from: { type: file }`.</summary>
public sealed record FilePlan : OriginPlan
{
    /// <summary>Globs of the files to read.</summary>
    public required IReadOnlyList<string> Globs { get; init; }

    internal override IOrigin Create(bool isSnapshot, OriginServices services) =>
        new LocalFiles(this, isSnapshot, services.StorePath);
}

internal sealed class LocalFiles(FilePlan plan, bool isSnapshot, string storePath) : IOrigin
{
    public Task<SourceInputs> FindAsync(IReadOnlyDictionary<string, SourceCursor> known, CancellationToken stop)
    {
        var inputs = FileSource
            .Match(plan.Globs)
            .Select(path => new SourceInput(path, path, Key(storePath, path), plan.Text))
            .ToList();
        // Files that grow are read from where they ended; a snapshot says everything anew, or nothing.
        return Task.FromResult(
            isSnapshot && inputs.Count == known.Count && inputs.TrueForAll(input => IsUnchanged(input, known))
                ? SourceInputs.Unchanged
                : SourceInputs.Of(inputs, isSnapshot ? [] : FileIdentity.Moves(inputs, known))
        );
    }

    private static bool IsUnchanged(SourceInput input, IReadOnlyDictionary<string, SourceCursor> known)
    {
        var file = new FileInfo(input.Path);
        return file.Exists
            && known.GetValueOrDefault(input.Key) is { } cursor
            && cursor.Size == file.Length
            && cursor.ModifiedUnixMicroseconds
                == (file.LastWriteTimeUtc - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
    }

    /// <summary>What the cursor of a file is stored under: its path as seen from the store.</summary>
    public static string Key(string storePath, string path) =>
        Path.GetRelativePath(Path.GetDirectoryName(Path.GetFullPath(storePath))!, path);

    /// <summary>The inverse of <see cref="Key"/>.</summary>
    public static string PathOf(string storePath, string key) =>
        Path.Combine(Path.GetDirectoryName(Path.GetFullPath(storePath))!, key);
}
