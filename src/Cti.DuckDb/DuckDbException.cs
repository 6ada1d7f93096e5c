// The one exception for what DuckDB refuses; misuse of this provider throws InvalidOperationException and its kin.
// Knows: messages and classes. Must not know: connections.

using System.Data.Common;

namespace Cti.DuckDb;

/// <summary>An error that DuckDB reported, with its message unchanged.</summary>
public sealed class DuckDbException : DbException
{
    public DuckDbException()
        : this("Unknown error") { }

    /// <summary>For errors that come as text only: the class is read from the first words.</summary>
    public DuckDbException(string message)
        : this(message, TypeOf(message)) { }

    public DuckDbException(string message, Exception? innerException)
        : base(message, innerException) => ErrorType = TypeOf(message);

    public DuckDbException(string message, DuckDbErrorType errorType)
        : base(message, (int)errorType) => ErrorType = errorType;

    /// <summary>DuckDB's class of the error.</summary>
    public DuckDbErrorType ErrorType { get; }

    /// <summary>
    /// True for a conflict with a concurrent transaction: the same work, begun anew, may succeed.
    /// </summary>
    public override bool IsTransient =>
        ErrorType == DuckDbErrorType.Transaction && Message.Contains("conflict", StringComparison.OrdinalIgnoreCase);

    // DuckDB's words for its classes, where they are not the enum's name with spaces.
    private static readonly Dictionary<string, DuckDbErrorType> Words = BuildWords();

    private static Dictionary<string, DuckDbErrorType> BuildWords()
    {
        var words = new Dictionary<string, DuckDbErrorType>(StringComparer.OrdinalIgnoreCase)
        {
            ["TransactionContext"] = DuckDbErrorType.Transaction,
            ["INTERNAL"] = DuckDbErrorType.Internal,
            ["FATAL"] = DuckDbErrorType.Fatal,
        };
        foreach (var type in Enum.GetValues<DuckDbErrorType>())
        {
            words[type.ToString()] = type;
        }
        return words;
    }

    /// <summary>The class that a message such as "IO Error: …" or "Out of Memory Error: …" names.</summary>
    private static DuckDbErrorType TypeOf(string message)
    {
        var end = message.IndexOf(" Error:", StringComparison.Ordinal);
        if (end is < 0 or > 40)
        {
            return DuckDbErrorType.Unknown;
        }
        var word = message[..end].Replace(" ", "", StringComparison.Ordinal);
        return Words.GetValueOrDefault(word);
    }
}
