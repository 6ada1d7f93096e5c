// The contract between a source's transport (files, HTTP, a program, standard input) and whoever reads it.

using Cti.Core;
using Cti.Host.Config;
using Cti.Host.Store;

namespace Cti.Host.Sources;

/// <summary>Where a source's bytes come from. One per source and run; used by one task.</summary>
/// <remarks>
/// <para><b>Use.</b> <see cref="FindAsync"/> once; then each input in the order given: <see cref="SourceInput.Open"/>, read to the end, dispose.
/// Dispose what was found when the last is read: it may stand for files that only it knows of.</para>
/// <para><b>Whole or not at all.</b> An input that can be cut short on its way (a download, a program's output) is found only once all
/// of it is here. So nobody reads half a body, and half a snapshot is never taken for a whole one. Standard input cannot promise that.</para>
/// <para><b>In parts.</b> What a server hands out part by part, each whole, may be found as far as it could be had: <see cref="SourceInputs.Fault"/> then says
/// what kept the rest away. Never of a snapshot.</para>
/// <para><b>Unchanged.</b> Where nothing is new since the cursors in <c>known</c> were stored, there is nothing to read, which is not the same as an
/// empty reading: what was said stands. Only cursors behind a complete reading carry <see cref="SourceCursor.Validators"/>.</para>
/// <para><b>Acknowledgement.</b> None. The reader stores the cursor, and with the last one the input's validators, in the transaction of the data
/// it stands for. What was not stored is found again next time.</para>
/// <para><b>Errors.</b> <see cref="SourceException"/>: the source as a whole has failed after every retry that made sense; its message says what
/// to do and holds no secret. Other sources go on.</para>
/// <para><b>End.</b> <c>stop</c> ends it at once with <see cref="OperationCanceledException"/> and leaves nothing behind.</para>
/// </remarks>
internal interface IOrigin
{
    /// <summary>Makes the inputs ready to be read.</summary>
    /// <param name="known">The source's stored cursors, by <see cref="SourceInput.Key"/>.</param>
    /// <param name="stop">Cancelled when the run shall end.</param>
    Task<SourceInputs> FindAsync(IReadOnlyDictionary<string, SourceCursor> known, CancellationToken stop);
}

/// <summary>What an origin needs from its run.</summary>
/// <param name="StorePath">Cursors name files as seen from the store: the same file wherever the user stands.</param>
/// <param name="Spool">For bodies on their way.</param>
/// <param name="Clock">For timeouts and delays.</param>
internal sealed record OriginServices(string StorePath, Spool Spool, TimeProvider Clock)
{
    /// <summary>0 to 1, for the jitter of what is asked again.</summary>
    public Func<double> Random { get; init; } = System.Random.Shared.NextDouble;
}

/// <summary>An origin as declared, paths and references resolved. Building one touches nothing.</summary>
public abstract record OriginPlan
{
    /// <summary>How the bytes are unpacked and decoded.</summary>
    public required FileReadOptions Text { get; init; }

    /// <summary>The origin of one run.</summary>
    internal abstract IOrigin Create(bool isSnapshot, OriginServices services);
}

/// <summary>What an origin found.</summary>
internal sealed class SourceInputs : IDisposable
{
    private SourceInputs(IReadOnlyList<SourceInput> all, bool isUnchanged, IReadOnlyList<CursorMove> moves)
    {
        All = all;
        IsUnchanged = isUnchanged;
        Moves = moves;
    }

    /// <summary>Nothing is new since the last complete reading.</summary>
    public static SourceInputs Unchanged { get; } = new([], true, []);

    public bool IsUnchanged { get; }

    /// <summary>In the order they are to be read.</summary>
    public IReadOnlyList<SourceInput> All { get; }

    /// <summary>Files that were read on under another name: their cursors go over to the new one.</summary>
    public IReadOnlyList<CursorMove> Moves { get; }

    /// <summary>Why there is not more, where there should be; told once what is there was read. Null where everything is.</summary>
    public SourceException? Fault { get; private init; }

    /// <summary>What somebody should know although nothing failed, one sentence each.</summary>
    public IReadOnlyList<string> Notes { get; private init; } = [];

    public static SourceInputs Of(params IReadOnlyList<SourceInput> all) => new(all, false, []);

    public static SourceInputs Of(IReadOnlyList<SourceInput> all, IReadOnlyList<CursorMove> moves) =>
        new(all, false, moves);

    public static SourceInputs OfParts(
        IReadOnlyList<SourceInput> all,
        SourceException? fault,
        IReadOnlyList<string> notes
    ) => new(all, false, []) { Fault = fault, Notes = notes };

    public void Dispose()
    {
        foreach (var input in All)
        {
            input.Dispose();
        }
    }
}

/// <summary>One input, ready to be read.</summary>
/// <param name="Path">Where its bytes are now.</param>
/// <param name="Name">What positions and messages call it; never holds a secret.</param>
/// <param name="Key">What its cursor is stored under.</param>
/// <param name="Text">How the bytes are unpacked and decoded.</param>
internal sealed record SourceInput(string Path, string Name, string Key, FileReadOptions Text) : IDisposable
{
    /// <summary>Stored with the cursor behind its end.</summary>
    public Validators Validators { get; init; } = Validators.None;

    /// <summary>Stored with a cursor in its midst: how to get at it again.</summary>
    public Validators Before { get; init; } = Validators.None;

    /// <summary>Whether it is only what came since the last reading: its numbers say nothing about the feed.</summary>
    public bool IsPart { get; init; }

    /// <summary>Whether a cursor means anything the next time: not of a stream that is gone once it was read.</summary>
    public bool KeepsCursor { get; init; } = true;

    /// <summary>The file that goes with the input; null where it is not ours.</summary>
    public SpoolFile? Spooled { get; init; }

    /// <summary>Bytes to read, for progress; 0 where nobody knows.</summary>
    public long Size => System.IO.File.Exists(Path) ? new FileInfo(Path).Length : 0;

    /// <summary>Opens it, where a cursor says or at its beginning.</summary>
    /// <exception cref="SourceException">It cannot be opened.</exception>
    public FileReading Open(ReaderSpec format, SourceCursor? cursor) =>
        FileSource.Open(
            Path,
            Text with
            {
                Name = Name,
            },
            format,
            cursor is null
                ? null
                : new FileCursor(
                    Name,
                    cursor.Offset,
                    cursor.Line,
                    cursor.Size,
                    cursor.ModifiedUnixMicroseconds,
                    cursor.ContentHash,
                    cursor.Header
                )
        );

    public void Dispose() => Spooled?.Dispose();
}
