// What a person may say on the command line about a run, with every default.

namespace Cti.Host.Run;

/// <summary>Options common to the commands that touch data.</summary>
public sealed record RunOptions
{
    /// <summary>`--input NAME=GLOB`: feeds a source from local files (`-`: from standard input) instead of what the pipeline declares.</summary>
    public IReadOnlyDictionary<string, string> Inputs { get; init; } = new Dictionary<string, string>();

    /// <summary>`--store PATH`: instead of the pipeline's store; relative to the current directory.</summary>
    public string? Store { get; init; }

    /// <summary>`--out-dir DIR`: relative paths of the store and of sinks are taken from here instead of the pipeline's folder.</summary>
    public string? OutDir { get; init; }

    /// <summary>`--now TIME`: the time that scores, publication times and serials are computed at. Default: the clock, once per run.</summary>
    public DateTimeOffset? Now { get; init; }

    /// <summary>The time that what is read tells of. Default: the run's `now`.</summary>
    public DateTimeOffset? ReadAt { get; init; }

    /// <summary>`--batch-size N`: raw records per batch, 1 to 1,000,000. Results do not depend on it. Default 4,096.</summary>
    public int BatchSize { get; init; } = 4096;

    /// <summary>`--threads N`: 1 runs everything fused; 2 (default) reads and normalises on one task and stores on another.</summary>
    public int Threads { get; init; } = 2;

    /// <summary>`--json`: one JSON object on stdout at the end.</summary>
    public bool Json { get; init; }

    /// <summary>`--quiet`: errors only.</summary>
    public bool Quiet { get; init; }

    /// <summary>`--strict`: dead letters make the exit code 3.</summary>
    public bool Strict { get; init; }

    /// <summary>How long stream sinks may go on delivering what is committed once the run was asked to end. Default 30 s.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Raw records per epoch: what commits together. Default 245,760, two of DuckDB's row groups, so that whole groups are written once.
    /// Results do not depend on the batch size because epochs end at exactly this many records of a source.
    /// </summary>
    public int EpochRecords { get; init; } = 245_760;

    /// <summary>Instead of the sources, the records of these dead letters: `cti dead-letters replay`.</summary>
    public Letters.LetterFilter? Replay { get; init; }
}
