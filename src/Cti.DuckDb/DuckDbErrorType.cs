// The error classes of DuckDB, numbered as its C API numbers them.
// Knows: the list. Must not know: which of them a caller may retry.

namespace Cti.DuckDb;

/// <summary>DuckDB's class of an error. The first words of a message name it ("Constraint Error: …").</summary>
public enum DuckDbErrorType
{
    /// <summary>DuckDB gave no class.</summary>
    Unknown = 0,
    OutOfRange = 1,
    Conversion = 2,
    UnknownType = 3,
    Decimal = 4,
    MismatchType = 5,
    DivideByZero = 6,
    ObjectSize = 7,
    InvalidType = 8,
    Serialization = 9,

    /// <summary>A conflict with another transaction, or a transaction statement in the wrong state.</summary>
    Transaction = 10,
    NotImplemented = 11,
    Expression = 12,

    /// <summary>A table, column, function or setting that does not exist, or exists already.</summary>
    Catalog = 13,

    /// <summary>SQL that is not well formed.</summary>
    Parser = 14,
    Planner = 15,
    Scheduler = 16,
    Executor = 17,

    /// <summary>A NOT NULL, CHECK, UNIQUE or key constraint.</summary>
    Constraint = 18,
    Index = 19,
    Stat = 20,

    /// <summary>The database is open already, with another configuration.</summary>
    Connection = 21,
    Syntax = 22,
    Settings = 23,

    /// <summary>SQL that names columns, types or functions that do not fit.</summary>
    Binder = 24,
    Network = 25,
    Optimizer = 26,
    NullPointer = 27,

    /// <summary>A file: missing, locked by another process, not a database, disk full.</summary>
    Io = 28,

    /// <summary>Cancelled, or ran into its timeout.</summary>
    Interrupt = 29,

    /// <summary>The database is unusable until it is opened again.</summary>
    Fatal = 30,
    Internal = 31,
    InvalidInput = 32,

    /// <summary>More than <c>memory_limit</c>.</summary>
    OutOfMemory = 33,
    Permission = 34,
    ParameterNotResolved = 35,
    ParameterNotAllowed = 36,
    Dependency = 37,
    Http = 38,
    MissingExtension = 39,
    Autoload = 40,
    Sequence = 41,
    InvalidConfiguration = 42,
}
