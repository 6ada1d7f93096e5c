// What can go wrong with a source as a whole, as one sentence that says what to do. Faults of single records are no exceptions.
namespace Cti.Host.Sources;

/// <summary>A source cannot be read, or not to its end. What was delivered before it stands.</summary>
public sealed class SourceException : Exception
{
    internal SourceException(string code, string message, Exception? cause = null)
        : base(message, cause) => Code = code;

    /// <summary>Stable code; docs/codes.md lists them.</summary>
    public string Code { get; }

    internal static SourceException Missing(string path) =>
        new("CTI-SOURCE-001", $"{path}: no such file; {Correction(path)}correct the path or create the file.");

    internal static SourceException NoMatch(string glob) =>
        new(
            "CTI-SOURCE-001",
            $"{glob}: no file matches; {Correction(Literal(glob))}correct the pattern or put files there."
        );

    private static string Correction(string path) =>
        NearbyNames.Correct(path) is { } near ? $"did you mean {near}? Else " : "";

    // The folders before the first wildcard.
    private static string Literal(string glob) =>
        string.Join('/', glob.Split('/').TakeWhile(part => part.AsSpan().IndexOfAny('*', '?') < 0));

    internal static SourceException Directory(string path) =>
        new("CTI-SOURCE-002", $"{path} is a directory; name files in it, for example {path.TrimEnd('/')}/*.");

    internal static SourceException Unreadable(string path, Exception cause) =>
        new("CTI-SOURCE-003", $"{path}: cannot be read: {cause.Message}", cause);

    internal static SourceException NotGzip(string path) =>
        new("CTI-SOURCE-004", $"{path} is not gzip, but `compression: gzip` is declared; declare auto or none.");

    internal static SourceException Damaged(string path, long bytes, Exception? cause = null) =>
        new(
            "CTI-SOURCE-005",
            $"{path}: the gzip data is damaged or cut off after {bytes} unpacked bytes; fetch the file again.",
            cause
        );

    internal static SourceException Unparsed(string path, Cti.Core.ReaderFault fault) =>
        new(
            fault.Error.code,
            $"{path}:{fault.Line}, byte {fault.Offset}: {fault.Error.message}. What follows cannot be read; what stands before it is kept."
        );

    internal static SourceException Bomb(string path, long bytes, int expansion) =>
        new(
            "CTI-SOURCE-006",
            $"{path}: {bytes} bytes unpacked so far, more than {expansion} times what was packed; "
                + "if the file is to be trusted, raise max_expansion."
        );

    internal static SourceException Spool(string path, Exception cause) =>
        new(
            "CTI-SOURCE-024",
            $"{path}: a body on its way cannot be kept there: {cause.Message} Check the free space beside the store.",
            cause
        );
}
